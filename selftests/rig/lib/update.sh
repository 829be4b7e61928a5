# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# When Debian's index has moved on from the versions file: rewriting the file (build
# --update-versions), and building all the same until somebody does.

# got KIND PKG VERSION PATTERN: can these files be had?  An index can list what its mirror does
# not hold, so this fetches them; whoever asks needs them anyway.
got() { (download "$@") > /dev/null 2>&1; }

# has NAME VERSION: can NAME of the versions file be had in that version?
has()
{
	case $1 in
	suite) ;;
	kernel-release) [ -n "$(latest binary "linux-headers-$2")" ] ;;
	linux) got binary linux-perf "$2" '*.deb' ;;
	linux-source) got source linux "$2" '*.orig.tar.*' ;;
	xen) got source xen "$2" '*' && got binary xen-hypervisor-4.20-amd64 "$2" '*.deb' ;;
	qemu) got source qemu "$2" '*' ;;
	linux-kvm) backports got binary "linux-binary-$(kvm_release "$2")" "$2" '*.deb' ;;
	*) got binary "$1" "$2" '*.deb' ;;
	esac
}

# listed PKG: the versions of a source package that the index or the file pool lists.
listed()
{
	apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p'
	awk -v pkg="$1" '$1 == "source" && $2 == pkg { print $3 }' "$RIG/pool"
}

# versions_of NAME: the versions that are listed, oldest first.
versions_of()
{
	case $1 in
	suite) version suite ;;
	kernel-release)
		apt-cache show --no-all-versions linux-image-amd64 |
			sed -n 's/^Depends:.*linux-image-\([^ ,]*\).*/\1/p' ;;
	linux) apt-cache show linux-perf | sed -n 's/^Version: //p' ;;
	linux-source) listed linux ;;
	xen|qemu) listed "$1" ;;
	linux-kvm) backports latest binary linux-image-amd64 ;;
	*) apt-cache show "$1" | sed -n 's/^Version: //p' ;;
	esac 2> /dev/null | sort -Vu
}

# newest NAME: the newest version that can be had; the present one if there is none that is newer.
newest()
{
	now=$(version "$1")
	for v in $(versions_of "$1" | tac) "$now"; do
		if (has "$1" "$v"); then
			printf '%s\n' "$v"
			return
		fi
	done
}

# rewritten NAMES: the versions file with the newest versions of NAMES; says what changes.
rewritten()
{
	while IFS= read -r line; do
		set -f
		# shellcheck disable=SC2086 # words
		set -- "$1" $line
		case " $1 " in
		*" ${2-#} "*)
			v=$(newest "$2")
			[ -n "$v" ] || die "$(mirror) has no $2 that can be had."
			[ "$v" = "$3" ] || say "$2: $3 -> $v"
			printf '%-18s %s\n' "$2" "$v" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done < "$VERSIONS"
}

# names: all that the versions file has.
names() { sed -n 's|^\([a-z][a-z0-9.-]*\)[ 	].*|\1|p' "$VERSIONS"; }

# update_versions: says what changes; the comments of the file stay.
update_versions()
{
	VERSIONS=$RIG/versions
	apt_setup
	apt_update
	new=$(mktemp "$CACHE/tmp/versions.XXXXXX")
	rewritten "$(names | paste -s -d ' ')" > "$new"
	cat "$new" > "$VERSIONS"
	rm -f "$new"
}

# wanted TARGET: the versions that go into what is missing of TARGET.
wanted()
{
	[ ! -d "$(entry "$1")" ] || return 0
	declared versions "$1" | tr ' ' '\n'
	for need in $(declared needs "$1"); do
		(wanted "$need") || exit 1
	done
}

# follow_index TARGET...: mirrors drop a version when a newer one replaces it.  If what is missing
# of these targets can no longer be built as the versions file says, build it with the newest that
# can be had, and remember that for this versions file ($FOLLOWED), so that all runs agree.
follow_index()
{
	names=$(for t; do (wanted "$t") || exit 1; done | sort -u | grep -vx suite) || return 0
	exec 6> "$CACHE/lock/versions"
	flock 6
	apt_setup
	[ -n "$(find "$A/fresh" -mtime -1 2> /dev/null)" ] || apt_update
	gone=
	for name in $names; do
		v=$(version "$name") || exit 1
		(has "$name" "$v") || gone="$gone $name"
	done
	case " $gone " in
	*' linux '*|*' kernel-release '*) gone="$gone linux kernel-release" ;;
	esac
	if [ -n "$gone" ]; then
		say "Debian's index has moved on from the versions file; building with what it has now"
		new=$(mktemp "$CACHE/tmp/versions.XXXXXX")
		rewritten "$gone" > "$new"
		mv "$new" "$FOLLOWED"
		VERSIONS=$FOLLOWED
		rm -f "$KEYS"/*
	fi
	exec 6>&-
}
