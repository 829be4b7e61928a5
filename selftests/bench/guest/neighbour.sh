#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# neighbour.sh - what another domain does meanwhile: it burns the CPU and counts in all
# of its counters.
set -eu
if [ -f /run/xenvm/xen_pmu.ko ] && [ ! -d /sys/module/xen_pmu ]; then
	insmod /run/xenvm/xen_pmu.ko
fi
here=$(cd "$(dirname "$0")" && pwd)
exec perf stat -o /dev/null -a -e instructions,cycles,branches,branch-misses,r00c4,r00c8 \
	"$here/cost" '"x":1' cpu 100000000000 > /dev/null 2>&1
