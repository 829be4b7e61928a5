# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Xen with the hypervisor part, from Debian's source.

# build_xen [CONFIG_NAME=VALUE...]: configured as Debian's binary is, but for these options.
build_xen()
{
	tree=$WORK/xen
	cp -R "${NEED_xen_source:?}/tree" "$tree"

	say "adding the hypervisor part"
	in_xen sh "$IN/hypervisor/apply" /build || die "hypervisor/apply failed on Xen $(version xen)."

	say "compiling Xen"
	mkdir -p "$CACHE/ccache"
	cp "${NEED_xen_stock:?}/config" "$tree/xen/.config"
	for option; do
		sed -i "/^\(# \)\{0,1\}${option%%=*}[= ]/d" "$tree/xen/.config"
		config_line "$option" >> "$tree/xen/.config"
	done
	in_xen make -C /build/xen olddefconfig CC='ccache gcc'
	for option; do
		config_line "$option" | grep -qxFf - "$tree/xen/.config" || die "this Xen cannot be configured with $option."
	done
	in_xen nice make -C /build/xen -j "$(nproc)" CC='ccache gcc'
	cp "$tree/xen/xen.gz" "$tree/xen/xen-syms" "$OUT/"
	cp "$tree/xen/.config" "$OUT/config"
}

# The line of .config for an option.
config_line()
{
	case $1 in
	*=n) echo "# ${1%=n} is not set" ;;
	*) echo "$1" ;;
	esac
}

# in_xen COMMAND...: in the chroot, with Xen's tree as /build.
in_xen()
{
	"$RIG/in-chroot" --bind "$tree:/build" -- env CCACHE_DIR="$CACHE/ccache" "$@"
}
