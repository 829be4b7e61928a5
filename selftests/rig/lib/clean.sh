# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # variables of env.sh
#
# Cleaning of the cache.  A tree is a clone of the repository, or a copy.  A tree needs an entry if
# its last build or run of that kind used the entry: clones/TREE/KIND is a link to the entry.  A new
# key of the same kind moves the link.  A tree that is gone loses all of its links.  A saved machine is
# no longer needed when its tree has replaced a part of the machine.  The entries that a needed entry
# was made from are needed as well.
#
# Age: an entry that was used within a day is never removed for its age, so clones beside each other
# keep each other's parts.
#
# Room: saved machines take most of the cache.  They are removed earlier if the cache is larger than
# its bound, or if the disk is short, the longest unused first, in this order:
#   1. machines that no tree needs;
#   2. machines of other trees, unused for more than a day;
#   3. machines of this tree, unused for more than a week;
#   4. machines of other trees, used today (only if the disk is short);
#   5. the other machines of this tree.
# For the bound, a machine is removed only if it was not used for two hours.  If the disk is short, its
# age does not matter.  A machine in use stays: its user holds a shared lock on lock/NAME.use, and
# removing it needs this lock exclusively.  An error in the cleaning must not end a test, so entries
# that cannot be read are skipped.

BOUND_GB=${XENPMU_CACHE_GB:-30}
DISK_GB=${XENPMU_DISK_GB:-5}	# with less than this free, the disk is short
RECENT=7200			# a machine used within this many seconds stays in spite of the bound
LINKS=$CACHE/clones/$(printf '%s\n' "$REPO" | sha256sum | cut -c 1-16)

DAY=86400
x='[0-9a-f]'
HEX16=$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x

# needs_entry KIND DIR: notes that this tree needs the entry DIR, and no other entry of the kind.
needs_entry()
{
	[ -f "$LINKS/.tree" ] || {
		mkdir -p "$LINKS"
		printf '%s\n' "$REPO" > "$LINKS/.tree"
	}
	[ "$(readlink "$LINKS/$1")" = "../../${2##*/}" ] || ln -sfn "../../${2##*/}" "$LINKS/$1"
}

# use_machine DIR: from now on this process and its children use the saved machine DIR, which may not
# exist yet.  Descriptor 5 holds the lock.
use_machine()
{
	exec 5>> "$CACHE/lock/${1##*/}.use"
	flock -s 5
}

# entries: prints the names of all entries.  A link is not an entry of the rig.
entries()
{
	for dir in "$CACHE"/*-$HEX16; do
		[ -L "$dir" ] || [ ! -f "$dir/.manifest" ] || echo "${dir##*/}"
	done
}

# is_ours DIR: has the rig made this directory of the cache?  In the default place the rig has made
# all of them, some of them before it made marks.
is_ours()
{
	[ -e "$CACHE/$1/.made-by-the-rig" ] || [ "$CACHE" = "${HOME:-/root}/.cache/xen-pmu" ]
}

# size ENTRY: prints the size in KiB.  Entries do not change, so the size is stored.
size()
{
	kib=$(cat "$CACHE/$1/.size" 2> /dev/null) || kib=
	case $kib in
	''|*[!0-9]*)
		kib=$(du -sk "$CACHE/$1" 2> /dev/null | cut -f 1)
		[ -n "$kib" ] || return 1
		echo "$kib" 2> /dev/null > "$CACHE/$1/.size" || : ;;
	esac
	echo "$kib"
}

# used ENTRY: prints the time of its last use.
used()
{
	stat -c %Y "$CACHE/$1/.manifest" 2> /dev/null
}

# drop ENTRY TIME: removes the entry, unless it is in use or was used after TIME.  A user of an entry
# sets its time under one of the two locks, so this function reads the time with both locks held.
drop()
(
	exec 8>> "$CACHE/lock/$1" 7>> "$CACHE/lock/$1.use"
	flock -n 8 && flock -n 7 || exit 1
	t=$(used "$1") && [ "$t" -le "$2" ] || exit 1
	gone=$CACHE/tmp/gone.$1.$$
	mv "$CACHE/$1" "$gone" || exit 1
	exec 8>&- 7>&-
	rm -rf --one-file-system -- "$gone"
)

# machine_is_of ENTRY: would a tree boot this saved machine?  It would if the machine's parts are those
# in $KEYS/targets, and the scripts at the end of its manifest are those in $KEYS/scripts.
machine_is_of()
{
	manifest=$CACHE/$1/.manifest
	while IFS= read -r part; do
		case $part in
		"$CACHE"/*) grep -qxF "../../${part##*/}" "$KEYS/targets" || return 1 ;;
		esac
	done < "$manifest"
	tail -c "$(wc -c < "$KEYS/scripts")" "$manifest" | cmp -s - "$KEYS/scripts"
}

# gone CLONE: has its tree been gone for a day?  A tree that cannot be seen now may be on a disk that
# is not mounted, or outside of the container of this process.
gone()
{
	[ -e "$1/.unseen" ] || : > "$1/.unseen"
	[ -n "$(find "$1/.unseen" -mmin +1440)" ]
}

# forget: removes the links of trees that are gone, and links to replaced or removed entries.
forget()
{
	for clone in "$CACHE"/clones/$HEX16; do
		tree=$(cat "$clone/.tree" 2> /dev/null) || continue
		[ -f "$tree/selftests/rig/build" ] || {
			! gone "$clone" || rm -rf -- "$clone"
			continue
		}
		rm -f "$clone/.unseen"
		find "$clone" -type l -printf '%l\n' > "$KEYS/targets" || continue
		scripts=yes
		cat "$tree/selftests/rig/xenvm.d/machine.sh" "$tree/selftests/rig/xenvm.d/snapshot.sh" \
			> "$KEYS/scripts" 2> /dev/null || scripts=no
		for link in "$clone"/*; do
			entry=$(readlink "$link") || continue
			entry=${entry##*/}
			[ -d "$CACHE/$entry" ] || rm -f -- "$link"
			case $entry in
			snapshot-*)
				[ $scripts = no ] || [ ! -f "$CACHE/$entry/.manifest" ] ||
					machine_is_of "$entry" || rm -f -- "$link" ;;
			esac
		done
	done
}

# needed: prints a line "CLONE ENTRY" for each link, and for each entry that such an entry was made
# from.
needed()
{
	find "$CACHE/clones" -type l -printf '%h %l\n' 2> /dev/null |
		sed 's,\.\./\.\./,,' | LC_ALL=C sort -u > "$KEYS/new" || return 1
	: > "$KEYS/all"
	while [ -s "$KEYS/new" ]; do
		LC_ALL=C sort -u -o "$KEYS/all" "$KEYS/all" "$KEYS/new" || return 1
		while read -r clone name; do
			sed -n 's/^need \(.*\) \([0-9a-f]\{16\}\)$/\1-\2/p' "$CACHE/$name/.manifest" 2> /dev/null |
				tr ':+,' '___' | sed "s,^,$clone ,"
		done < "$KEYS/new" | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$KEYS/all" > "$KEYS/more" || return 1
		mv "$KEYS/more" "$KEYS/new"
	done
	cat "$KEYS/all"
}

# table: makes $KEYS/table.  Each line describes an entry: who needs it (ours, theirs, nobodys),
# seconds unused, KiB, name, time of its last use.  Fails if it cannot tell who needs the entries.
table()
{
	needed > "$KEYS/links" || return 1
	now=$(date +%s)
	entries | while read -r name; do
		t=$(used "$name") || continue
		kib=$(size "$name") || continue
		whose=nobodys
		! grep -q " $name\$" "$KEYS/links" || whose=theirs
		! grep -qxF "$LINKS $name" "$KEYS/links" || whose=ours
		echo "$whose $((now - t)) $kib $name $t"
	done > "$KEYS/table"
}

# too_old: prints "NAME TIME" for each entry of a table that is removed for its age.
too_old()
{
	awk -v day=$DAY '$2 > ($1 == "nobodys" ? day : 30 * day) { print $4, $5 }'
}

# candidates: prints the saved machines of a table in the order in which they are removed for room:
# "WHEN KIB NAME TIME".  WHEN is "bound", or "short" if the machine is removed only for a short disk.
candidates()
{
	awk -v day=$DAY -v recent=$RECENT '
		$4 !~ /^snapshot-/ { next }
		$1 == "nobodys" { order = 1 }
		$1 == "theirs" { order = $2 > day ? 2 : 4 }
		$1 == "ours" { order = $2 > 7 * day ? 3 : 5 }
		{ print order, $2, (order == 4 || $2 <= recent ? "short" : "bound"), $3, $4, $5 }' |
		sort -k 1,1n -k 2,2nr | cut -d ' ' -f 3-
}

# kib_free: prints the free KiB of the disk.
kib_free()
{
	df -Pk "$CACHE" | awk 'NR == 2 { print $4 }'
}

# gb KIB: prints KIB in GB, with one digit after the point.
gb()
{
	awk -v kib="$1" 'BEGIN { printf "%.1f", kib * 1024 / 1e9 }'
}

# make_room: removes saved machines until the cache is within its bound and the disk is not short.
make_room()
{
	rest=$(cd "$CACHE" && du -skc apt-* ccache dl log tmp 2> /dev/null | tail -n 1 | cut -f 1)
	total=$(awk -v rest="${rest:-0}" '{ kib += $3 } END { printf "%d", kib + rest }' "$KEYS/table")
	free=$(kib_free)
	# one GB is for the entry that will be made next
	bound=$(((BOUND_GB - 1) * 1000000000 / 1024)) reserve=$((DISK_GB * 1000000000 / 1024))
	candidates < "$KEYS/table" > "$KEYS/candidates"
	while read -r when kib name t; do
		if [ "$free" -ge "$reserve" ]; then
			[ "$total" -gt "$bound" ] || break
			[ "$when" = bound ] || continue
		fi
		drop "$name" "$t" || continue
		say "cache: $name removed for room, $((kib / 1024)) MiB"
		total=$((total - kib)) free=$((free + kib))
	done < "$KEYS/candidates"
	[ "$total" -le "$bound" ] ||
		say "cache: it has $(gb "$total") GB, its bound is $BOUND_GB GB (XENPMU_CACHE_GB, of which 1 is for the next machine); the other entries are in use, were used lately, or are not saved machines"
	[ "$free" -ge "$reserve" ] ||
		say "cache: the disk has $(gb "$free") GB left, less than $DISK_GB GB (XENPMU_DISK_GB); no saved machine is left that could be removed"
}

# old_files DIR DAYS REGEX: lists the files in DIR whose names match REGEX and that did not change for
# DAYS.  The rig deletes no other files.
old_files()
{
	! is_ours "$1" ||
		find "$CACHE/$1" -mindepth 1 -maxdepth 1 -mmin "+$(($2 * 1440))" \
			-regextype posix-extended -regex ".*/($3)"
}

# leftovers DAYS: removes files of ended builds and runs in tmp/, and old logs of builds.
leftovers()
{
	name='[A-Za-z0-9_.-]+-[0-9a-f]{16}'
	old_files tmp "$1" "(xenvm|keys|mirror|versions)\\.[A-Za-z0-9]{6}|mirror\\.[0-9]+|(gone\\.)?$name\\.[0-9]+" |
		while IFS= read -r left; do
			! kill -0 "$(cat "$left/pid" 2> /dev/null || echo x)" 2> /dev/null || continue
			rm -rf --one-file-system -- "$left"
		done
	old_files log "$1" "$name\\.log" | while IFS= read -r left; do
		rm -f -- "$left"
	done
}

# check_bounds: dies with a sentence if a bound is not a number.
check_bounds()
{
	for gb in "XENPMU_CACHE_GB=$BOUND_GB" "XENPMU_DISK_GB=$DISK_GB"; do
		case ${gb#*=} in
		''|*[!0-9]*|0?*|???????*)
			die "${gb%%=*} is a whole number of GB, such as 20, not '${gb#*=}'; the cache is not cleaned." ;;
		esac
	done
}

# clean: cleans the cache as the head of this file says.  One process cleans at a time, and the others
# do not wait for it.
clean()
(
	exec 9>> "$CACHE/lock/clean"
	flock -n 9 || exit 0
	forget
	table || die "the cache is not cleaned: it is unknown which entries are needed."
	too_old < "$KEYS/table" > "$KEYS/old"
	while read -r name t; do
		drop "$name" "$t" || continue
		say "cache: $name removed, unused"
		sed -i "/ $name /d" "$KEYS/table"
	done < "$KEYS/old"
	leftovers 2
	make_room
)

# collect DAYS: removes all entries that no build or run has used in DAYS.
collect()
(
	exec 9>> "$CACHE/lock/clean"
	flock -n 9 || {
		say "cache: another process is cleaning it; waiting"
		flock 9
	}
	forget
	table || die "nothing is removed: the cache cannot be read."
	awk -v most=$(($1 * DAY)) '$2 >= most { print $4, $5 }' "$KEYS/table" > "$KEYS/old"
	while read -r name t; do
		! drop "$name" "$t" || say "removed $CACHE/$name"
	done < "$KEYS/old"
	leftovers "$1"
	old_files dl "$1" '[a-z0-9][a-z0-9+.-]*_.*\.(deb|dsc|tar\.[a-z0-9]+)(\.part)?' |
		while IFS= read -r left; do
			rm -f -- "$left"
		done
)
