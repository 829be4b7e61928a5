# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The inner half of in-chroot, already in a mount namespace of its own: put a root together on a
# tmpfs and exec the command in it.  The root is not the cached chroot itself, so that mount
# points for any path can be made without a write to the cache entry.
#
# Environment: XENPMU_CHROOT, XENPMU_CACHE, XENPMU_BINDS (lines DIR[:DST]), REPO.

new=$XENPMU_CACHE/mnt
mount -t tmpfs -o mode=755 xenpmu-root "$new"

for d in "$XENPMU_CHROOT"/*; do
	n=${d##*/}
	if [ -L "$d" ]; then
		cp -P "$d" "$new/$n"
		continue
	fi
	mkdir "$new/$n"
	case $n in
	usr|etc|var|opt)
		mount --bind "$d" "$new/$n"
		mount -o remount,bind,ro "$new/$n" ;;
	proc|sys|dev|tmp)
		mount --rbind "/$n" "$new/$n" ;;
	esac
done
mount --bind /tmp "$new/var/tmp"

# bind DIR DST: DIR of the host as DST in the root.
bind()
{
	mkdir -p "$new$2"
	mount --bind "$1" "$new$2"
}

bind "$REPO" "$REPO"
mount -o remount,bind,ro "$new$REPO"
bind "$XENPMU_CACHE" "$XENPMU_CACHE"
while IFS= read -r b; do
	[ -z "$b" ] || bind "${b%%:*}" "${b#*:}"
done <<END
$XENPMU_BINDS
END
unset XENPMU_BINDS

[ -d "$new$PWD" ] || cd /
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
exec chroot "$new" /usr/bin/env -C "$PWD" "$@"
