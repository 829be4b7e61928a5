# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The cache has one directory (an entry) for each target and key.  The key is a hash of everything
# that determines the result: the recipe, its versions, the contents of its files in the repository,
# and the keys of the targets that it needs.  An entry is complete or absent: it is built under
# another name and then renamed.  Each entry has its own lock, so builds can run at once.
#
# A recipe is a script in recipes/.  declared() reads the comments in its head:
#	# inputs: PATH...     files and directories of the repository that it reads
#	# needs: TARGET...    targets that it uses
#	# versions: NAME...   lines of the versions file that it uses
# The recipe runs as `sh -eu RECIPE VARIANT WITH`.  Its variables are OUT (the empty result
# directory), WORK (an empty directory for its own use), IN (a copy of its inputs, at their paths in
# the repository) and NEED_<target> (the directory of each needed target; a "-" in the name is a "_").

# A target is NAME or NAME:VARIANT; +PKG,... adds packages (root:guest+gdb,strace).
target_name() { t=${1%%[:+]*}; printf '%s\n' "$t"; }
target_variant() { t=${1%%+*}; case $t in *:*) printf '%s\n' "${t#*:}" ;; esac; }
target_with() { case $1 in *+*) printf '%s\n' "${1#*+}" ;; esac; }
target_recipe() { printf '%s/recipes/%s\n' "$RIG" "$(target_name "$1")"; }

# declared WHAT TARGET: prints the words after "# WHAT:" in the head of TARGET's recipe.
declared()
{
	sed -n "s/^# $1: *//p; /^[^#]/q; /^\$/q" "$(target_recipe "$2")"
}

# check_target TARGET: dies with a sentence if the target does not exist.
check_target()
{
	case $1 in
	''|*[!a-zA-Z0-9:+.,-]*|-*|.*) die "'$1' cannot be the name of a target." ;;
	esac
	[ -f "$(target_recipe "$1")" ] ||
		die "There is no target '$1'. Targets: $(cd "$RIG/recipes" && echo *)."
	variants=$(declared variants "$1")
	variant=$(target_variant "$1")
	case " $variants " in
	*" $variant "*) ;;
	*)
		if [ -z "$variants" ]; then
			die "'$(target_name "$1")' has no variants: '$1'."
		fi
		die "'$1': say which one of '$variants', as in $(target_name "$1"):${variants%% *}." ;;
	esac
}

# hash_inputs DIR PATH...: prints a line for each file below these paths of DIR.
hash_inputs()
{
	base=$1
	shift
	for input; do
		[ -e "$base/$input" ] || continue
		(
			cd "$base" || exit 1
			set -- "$input" -type f ! -name '*.o' ! -name '*.md' ! -name '.*'
			find "$@" -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum --
			find "$@" -perm -u=x -print | LC_ALL=C sort | sed 's/^/executable  /'
		)
	done
}

# manifest TARGET: prints the text whose hash is TARGET's key.
manifest()
{
	printf 'target %s\n' "$1"
	sha256sum < "$(target_recipe "$1")"
	for v in $(declared versions "$1"); do
		value=$(version "$v") || exit 1
		printf 'version %s %s\n' "$v" "$value"
	done
	# shellcheck disable=SC2046 # words
	hash_inputs "$REPO" $(declared inputs "$1")
	for need in $(declared needs "$1"); do
		value=$(key "$need") || exit 1
		printf 'need %s %s\n' "$need" "$value"
	done
}

# key TARGET: prints the key, 16 hexadecimal digits.  It is computed once in a run.
key()
{
	memo="$KEYS/$1"
	[ -s "$memo" ] || {
		manifest "$1" > "$memo.manifest" || exit 1
		sha256sum < "$memo.manifest" | cut -c 1-16 > "$memo"
	}
	cat "$KEYS/$1"
}

# entry TARGET: prints TARGET's directory in the cache, which may not exist yet.
entry()
{
	k=$(key "$1") || exit 1
	printf '%s/%s-%s\n' "$CACHE" "$(kind "$1")" "$k"
}

# kind TARGET: prints TARGET as a part of a file name.
kind()
{
	printf '%s\n' "$1" | tr ':+,' '___' | cut -c 1-80
}

# copy_inputs TARGET DIR: copies TARGET's inputs into DIR.  Dies if the copy differs from the files
# of the key, because somebody may be editing them.
copy_inputs()
{
	for input in $(declared inputs "$1"); do
		[ -e "$REPO/$input" ] || continue
		parent=$(dirname "$2/$input")
		mkdir -p "$parent"
		cp -R "$REPO/$input" "$parent/"
	done
	# shellcheck disable=SC2046 # words
	hash_inputs "$2" $(declared inputs "$1") > "$2.copied"
	grep -E '^([0-9a-f]{64}|executable)  [^-]' "$KEYS/$1.manifest" | cmp -s - "$2.copied" ||
		die "$1: its files were changed while they were copied. Run it again."
}

# run_recipe TARGET DIR LOG: runs TARGET's recipe with its directories in DIR.
run_recipe()
(
	for need in $(declared needs "$1"); do
		eval "NEED_$(printf '%s\n' "$need" | tr ':+,.-' '_____')=\$(entry \"\$need\")"
		# shellcheck disable=SC2163 # the name is in the variable
		export "NEED_$(printf '%s\n' "$need" | tr ':+,.-' '_____')"
	done
	if [ -n "${NEED_chroot-}" ]; then
		XENPMU_CHROOT=$NEED_chroot
		export XENPMU_CHROOT
	fi
	OUT=$2/out WORK=$2/work IN=$2/in XENPMU_IN_RECIPE=1 LC_ALL=C.UTF-8
	unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS ARCH CROSS_COMPILE
	export OUT WORK IN XENPMU_IN_RECIPE LC_ALL
	cd "$WORK" || exit 1
	exec sh -eu "$(target_recipe "$1")" "$(target_variant "$1")" "$(target_with "$1")" \
		3>&2 9>&- > "$3" 2>&1 < /dev/null
)

# make_entry TARGET: builds TARGET under its lock, unless another process has built it meanwhile.
make_entry()
(
	dir=$(entry "$1") || exit 1
	name=${dir##*/}
	exec 9> "$CACHE/lock/$name"
	flock -n 9 || {
		say "$1: another process is building it; waiting"
		flock 9
	}
	[ -d "$dir" ] && exit 0
	tmp=$CACHE/tmp/$name.$$
	log=$CACHE/log/$name.log
	trap 'rm -rf --one-file-system "$tmp"' EXIT
	trap 'exit 130' INT TERM HUP
	rm -rf --one-file-system "$tmp"
	mkdir -p "$tmp/out" "$tmp/work" "$tmp/in"
	copy_inputs "$1" "$tmp/in"
	start=$(date +%s)
	say "$1: building (log: $log)"
	if ! run_recipe "$1" "$tmp" "$log"; then
		{
			echo "---- the last lines of $log"
			tail -n 15 "$log" | cut -c 1-200
			echo "----"
		} >&2
		die "$1 could not be built; see $log."
	fi
	cp "$KEYS/$1.manifest" "$tmp/out/.manifest"
	mv "$tmp/out" "$dir"
	say "$1: done, $(($(date +%s) - start)) s"
)

# keep_entry DIR: marks the entry DIR as used now; fails if DIR does not exist.  The shared lock keeps
# DIR from being removed between these two steps (drop() of clean.sh needs the lock exclusively).
keep_entry()
(
	[ -d "$1" ] || exit 1
	exec 7>> "$CACHE/lock/${1##*/}"
	flock -s 7
	[ -d "$1" ] || exit 1
	touch -c "$1/.manifest" || :
)

# ensure TARGET: builds TARGET and the targets that it needs, if they are not in the cache.
ensure()
{
	dir=$(entry "$1") || exit 1
	until keep_entry "$dir"; do
		for need in $(declared needs "$1"); do
			(ensure "$need") || exit 1
		done
		make_entry "$1" || exit 1
	done
	needs_entry "$(kind "$1")" "$dir"
}
