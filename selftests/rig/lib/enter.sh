# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The inner half of in-chroot, which runs in a separate mount namespace: it makes a root on a tmpfs,
# and execs the command there.  The cached chroot itself is not the root, so that mount points can be
# made for any path without a write to the cache entry.
#
# Environment: XENPMU_CHROOT, XENPMU_CACHE, XENPMU_BINDS (lines DIR[:DST]), REPO.

new=$XENPMU_CACHE/mnt
mount -t tmpfs -o mode=755 xenpmu-root "$new"

# show DIR: mounts DIR of the chroot, read-only, at its place in the root.
show()
{
	mkdir -p "$new/$1"
	mount --bind "$XENPMU_CHROOT/$1" "$new/$1"
	mount -o remount,bind,ro "$new/$1"
}

# Only directories that programs need are shown.  /opt, /srv, /usr/src, /var and others must have room
# for mount points, because the repository or the cache can be there.
for d in "$XENPMU_CHROOT"/* "$XENPMU_CHROOT"/usr/* "$XENPMU_CHROOT"/usr/src/*; do
	[ -e "$d" ] || [ -L "$d" ] || continue	# the pattern has no match
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

# bind DIR DST: mounts DIR of the host as DST in the root.
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
