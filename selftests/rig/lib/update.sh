# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Debian's index may have newer versions than the versions file.  `build --update-versions` rewrites
# the file.  Until then, a build uses a newer version if the old one can no longer be fetched.

# got KIND PKG VERSION PATTERN: can these files be fetched?  An index can list files that its mirror
# does not hold, so this function fetches them; the caller needs them anyway.
got() { (download "$@") > /dev/null 2>&1; }

# has NAME VERSION: can this version of NAME (a name of the versions file) be fetched?
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

# listed PKG: prints the versions of a source package in the index or in the file pool.
listed()
{
	apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p'
	awk -v pkg="$1" '$1 == "source" && $2 == pkg { print $3 }' "$RIG/pool"
}

# versions_of NAME: prints the listed versions, oldest first.
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

# newest NAME: prints the newest version that can be fetched, or the current version if none is newer.
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

# rewritten NAMES: prints the versions file with the newest versions of NAMES, and reports the changes.
rewritten()
{
	while IFS= read -r line; do
		set -f
		# shellcheck disable=SC2086 # words
		set -- "$1" $line
		case " $1 " in
		*" ${2-#} "*)
			v=$(newest "$2")
			[ -n "$v" ] || die "$(mirror) has no $2 that can be fetched."
			[ "$v" = "$3" ] || say "$2: $3 -> $v"
			printf '%-18s %s\n' "$2" "$v" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done < "$VERSIONS"
}

# names: prints all names of the versions file.
names() { sed -n 's|^\([a-z][a-z0-9.-]*\)[ 	].*|\1|p' "$VERSIONS"; }

# update_versions: rewrites the versions file and reports the changes.  Its comments stay.
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

# wanted TARGET: prints the versions that the missing parts of TARGET need.
wanted()
{
	[ ! -d "$(entry "$1")" ] || return 0
	declared versions "$1" | tr ' ' '\n'
	for need in $(declared needs "$1"); do
		(wanted "$need") || exit 1
	done
}

# follow_index TARGET...: mirrors drop a version when a newer one replaces it.  If missing parts of these
# targets can no longer be built with the versions of the file, they are built with the newest ones that
# can be fetched.  $FOLLOWED stores that choice for this versions file, so that all runs agree.
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
		say "Debian's index has dropped versions of the versions file; building with its current versions"
		new=$(mktemp "$CACHE/tmp/versions.XXXXXX")
		rewritten "$gone" > "$new"
		mv "$new" "$FOLLOWED"
		VERSIONS=$FOLLOWED
		rm -f "$KEYS"/*
	fi
	exec 6>&-
}
