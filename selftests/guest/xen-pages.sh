# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# xen-pages.sh - reads the free pages of Xen's heap, for tests in dom0 that look for
# leaks.  "xl info" prints MiB only; the debug key H prints pages.

# Prints the number, or nothing if Xen cannot be asked.
xen_pages()
{
	command -v xl >/dev/null || return
	xl dmesg -c >/dev/null 2>&1 && xl debug-keys H >/dev/null 2>&1 || return
	xl dmesg | awk '/heap\[node=[0-9]*\]\[zone=/ { n += $(NF - 1) }
			END { if (NR) print n }'
}
