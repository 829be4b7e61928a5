# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Builds programs of the repository with their own Makefiles in the chroot.

# build_program DIR [VAR=VALUE...]: runs `make -C DIR OUTPUT=$OUT` in the copy of the recipe's inputs.
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

# build_modules RELEASE BUILD [IN-CHROOT-OPTION...]: builds xen_pmu and the tests' modules among the
# recipe's inputs, from the copy of the inputs, with the kernel's build directory BUILD.
build_modules()
{
	release=$1 kernel=$2
	shift 2
	[ -e "$IN/Kbuild" ] || die "there is no Kbuild at the top of the repository."
	say "compiling the module for $release"
	for kbuild in "$IN/Kbuild" "$IN"/selftests/guest/*/Kbuild; do
		dir=${kbuild#"$IN"}
		"$RIG/in-chroot" --bind "$IN:/build" "$@" -- \
			make -C "$kernel" M="/build${dir%/Kbuild}" -j "$(nproc)" modules
	done
	find "$IN" -name 'xen_pmu*.ko' -exec cp {} "$OUT/" \;
}
