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

# show DIR: DIR of the chroot, read-only, at its place in the root.
show()
{
	mkdir -p "$new/$1"
	mount --bind "$XENPMU_CHROOT/$1" "$new/$1"
	mount -o remount,bind,ro "$new/$1"
}

# Only what programs need: in /opt, /srv, /usr/src, /var and so on there must be room for mount
# points, because the repository or the cache can be there.
for d in "$XENPMU_CHROOT"/* "$XENPMU_CHROOT"/usr/* "$XENPMU_CHROOT"/usr/src/*; do
	[ -e "$d" ] || [ -L "$d" ] || continue	# a pattern that matched nothing
	n=${d#"$XENPMU_CHROOT"/}
	if [ -L "$d" ]; then
		cp -P "$d" "$new/$n"
		continue
	fi
	case $n in
	usr/src|usr/local)
		mkdir "$new/$n" ;;
	etc|usr/*)
		show "$n" ;;
	proc|sys|dev|tmp)
		mkdir "$new/$n"
		mount --rbind "/$n" "$new/$n" ;;
	*)
		[ ! -d "$d" ] || mkdir "$new/$n" ;;
	esac
done
mkdir -p "$new/var/tmp"
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
