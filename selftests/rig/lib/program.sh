# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Programs of the repository, built by their own Makefiles in the chroot.

# build_program DIR [VAR=VALUE...]: `make -C DIR OUTPUT=$OUT` in the copy of the recipe's inputs.
build_program()
{
	dir=$1
	shift
	[ -e "$IN/$dir/Makefile" ] || die "there is no $dir/Makefile."
	say "compiling $dir"
	"$RIG/in-chroot" --bind "$IN:/build" --bind "$OUT:/out" -- \
		make -C "/build/$dir" -j "$(nproc)" OUTPUT=/out "$@"
	find "$OUT" \( -name '*.o' -o -name '*.d' \) -exec rm -f {} +
	[ -n "$(ls "$OUT")" ] || die "$dir/Makefile left nothing in \$(OUTPUT)."
}
