# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The paths of the rig.  $0 is a script in selftests/rig, or a recipe whose caller has set RIG.

if [ -z "${XENPMU_IN_RECIPE-}" ]; then
	RIG=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
	export RIG
fi
REPO=${RIG%/selftests/rig}
CACHE=${XENPMU_CACHE:-${HOME:-/root}/.cache/xen-pmu}
case $CACHE in
/*) ;;
*) CACHE=$PWD/$CACHE ;;
esac
mkdir -p "$CACHE"
CACHE=$(CDPATH='' cd -- "$CACHE" && pwd -P)
# The cache may be a directory with other files in it, such as XENPMU_CACHE=$HOME.  So the rig marks the
# directories that it makes, and deletes old files only in marked directories (lib/clean.sh).
for dir in log lock tmp dl mnt clones; do
	if [ ! -d "$CACHE/$dir" ] && mkdir "$CACHE/$dir" 2> /dev/null; then
		: > "$CACHE/$dir/.made-by-the-rig"
	fi
	[ -d "$CACHE/$dir" ] || mkdir -p "$CACHE/$dir"
done
XENPMU_CACHE=$CACHE
VERSIONS=$RIG/versions
# The versions that replace those of the file if Debian has dropped them: see follow_index.
FOLLOWED=$CACHE/versions-$(sha256sum < "$VERSIONS" | cut -c 1-16)
[ ! -s "$FOLLOWED" ] || VERSIONS=$FOLLOWED
: "${XENPMU_T0:=$(date +%s)}"
export XENPMU_T0 REPO CACHE XENPMU_CACHE VERSIONS FOLLOWED

. "$RIG/lib/say.sh"

# version NAME: prints the value of NAME in the versions file.
version()
{
	awk -v n="$1" '$1 == n { print $2; found = 1 } END { exit !found }' "$VERSIONS" ||
		die "$VERSIONS has no line for '$1'."
}
