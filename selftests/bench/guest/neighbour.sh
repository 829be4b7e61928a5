#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# neighbour.sh - the load in another domain: burns the CPU and counts in all of the domain's
# counters.
set -eu
if [ -f /run/xenvm/xen_pmu.ko ] && [ ! -d /sys/module/xen_pmu ]; then
	insmod /run/xenvm/xen_pmu.ko
fi
here=$(cd "$(dirname "$0")" && pwd)
exec perf stat -o /dev/null -a -e instructions,cycles,branches,branch-misses,r00c4,r00c8 \
	"$here/cost" '"x":1' cpu 100000000000 > /dev/null 2>&1
