# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A Linux for domUs that looks for faults of its own, from Debian's kernel source.

# build_debug_kernel FRAGMENT: with kernel-debug/config and kernel-debug/FRAGMENT.
#
# Leaves vmlinuz; overlay/, the modules of root (recipes/root) for this kernel; src/, what modules are
# built with; config; System.map; release.
build_debug_kernel()
{
	tree=$WORK/linux
	fragments="selftests/rig/kernel-debug/config selftests/rig/kernel-debug/$1"
	mkdir "$tree" "$WORK/deb" "$OUT/src" "$OUT/overlay"

	deb=$(download binary linux-source-6.12 "$(version linux)" '*.deb')
	say "unpacking linux $(version linux)"
	"$RIG/in-chroot" --bind "$WORK/deb:/build" -- dpkg-deb -x "$deb" /build
	"$RIG/in-chroot" --bind "$WORK:$WORK" -- \
		tar -C "$tree" -xf "$WORK/deb/usr/src/linux-source-6.12.tar.xz" --strip-components=1

	# KVM is configured because nothing else selects USER_RETURN_NOTIFIER; its modules are big, and no use here.
	sed -i '/+= kvm\/$/d' "$tree/arch/x86/Kbuild"

	# merge_config.sh only prints a note about what could not be set: see for ourselves.
	set --
	for fragment in $fragments; do
		set -- "$@" "/in/$fragment"
	done
	run scripts/kconfig/merge_config.sh -n "$@"
	for fragment in $fragments; do
		missing=$(grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$IN/$fragment" | grep -vxFf "$tree/.config") || :
		[ -z "$missing" ] || die "$fragment: this kernel cannot have: $(echo "$missing" | paste -s -d ' ' -)."
	done

	say "compiling the debug kernel"
	mkdir -p "$CACHE/ccache"
	run nice make -j "$(nproc)" CC='ccache gcc' bzImage modules
	release=$(run make -s kernelrelease)
	cp "$tree/arch/x86/boot/bzImage" "$OUT/vmlinuz"
	cp "$tree/.config" "$OUT/config"
	cp "$tree/System.map" "$OUT/System.map"

	run make -s INSTALL_MOD_PATH=/out/overlay/usr INSTALL_MOD_STRIP=1 DEPMOD=true modules_install
	modules=$OUT/overlay/usr/lib/modules/$release
	rm -rf "$modules/build" "$modules/source"
	ln -s usr/lib "$OUT/overlay/lib"	# where depmod looks
	run depmod -b /out/overlay "$release"
	rm "$OUT/overlay/lib"

	run make -s run-command KBUILD_RUN_COMMAND='scripts/package/install-extmod-build /out/src'
	printf '%s\n' "$release" > "$OUT/release"
}

# run COMMAND...: in the chroot, in the kernel's tree.
run()
{
	"$RIG/in-chroot" --bind "$tree:/build" --bind "$IN:/in" --bind "$OUT:/out" -- env -C /build ARCH=x86_64 \
		CCACHE_DIR="$CACHE/ccache" KBUILD_BUILD_TIMESTAMP=@1767225600 KBUILD_BUILD_USER=xenvm \
		KBUILD_BUILD_HOST=xenvm "$@"
}
