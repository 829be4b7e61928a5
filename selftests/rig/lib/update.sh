# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# When Debian's index has moved on from the versions file: rewriting the file (build
# --update-versions), and building all the same until somebody does.

# newest NAME: the version that the index has for NAME of the versions file.
newest()
{
	case $1 in
	suite) version suite ;;
	kernel-release)
		apt-cache show --no-all-versions linux-image-amd64 |
			sed -n 's/^Depends:.*linux-image-\([^ ,]*\).*/\1/p' ;;
	linux|xen|qemu) latest source "$1" ;;
	*) latest binary "$1" ;;
	esac
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
			[ -n "$v" ] || die "the index of $(mirror) has no $2."
			[ "$v" = "$3" ] || say "$2: $3 -> $v"
			printf '%-18s %s\n' "$2" "$v" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done < "$VERSIONS"
}

# names: all that the versions file has.
names() { sed -n 's/^\([a-z][a-z0-9-]*\)[ 	].*/\1/p' "$VERSIONS"; }

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

# has NAME: does the index have the version of the versions file?  Kernel and headers come together.
has()
{
	v=$(version "$1")
	case $1 in
	suite) ;;
	kernel-release) apt-cache show "linux-headers-$v" > /dev/null 2>&1 ;;
	linux|xen|qemu) source_uris "$1" "$v" > /dev/null 2>&1 ;;
	*) binary_uris "$1" "$v" > /dev/null 2>&1 ;;
	esac
}

# follow_index TARGET...: mirrors drop a version when a newer one replaces it.  If what is missing
# of these targets can no longer be built as the versions file says, build it with what the index
# has, and remember that for this versions file ($FOLLOWED), so that all runs agree.
follow_index()
{
	names=$(for t; do (wanted "$t") || exit 1; done | sort -u | grep -vx suite) || return 0
	exec 6> "$CACHE/lock/versions"
	flock 6
	apt_setup
	[ -n "$(find "$A/fresh" -mtime -1 2> /dev/null)" ] || apt_update
	gone=
	for name in $names; do
		(has "$name") || gone="$gone $name"
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
