# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# build --update-versions: rewrite the versions file from Debian's index.

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

# update_versions: says what changes; the comments of the file stay.
update_versions()
{
	apt_setup
	apt_update
	new=$(mktemp "$CACHE/tmp/versions.XXXXXX")
	while IFS= read -r line; do
		set -f
		# shellcheck disable=SC2086 # words
		set -- $line
		case ${1-} in
		''|'#'*) printf '%s\n' "$line" ;;
		*)
			v=$(newest "$1")
			[ -n "$v" ] || die "the index of $(mirror) has no $1."
			[ "$v" = "$2" ] || say "$1: $2 -> $v"
			printf '%-18s %s\n' "$1" "$v" ;;
		esac
	done < "$VERSIONS" > "$new"
	cat "$new" > "$VERSIONS"
	rm -f "$new"
}
