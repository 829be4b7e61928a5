#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# hostile.sh - a hostile guest driver hurts only itself.
#
# The script unloads xen_pmu, loads xen_pmu_hostile, prints the TAP of that module,
# and loads xen_pmu again.  Loading xen_pmu_hostile does all the harm (see
# hostile/main.c).  A last test counts a known loop exactly in the same guest.
#
# How it could fail: see hostile/main.c.  If Xen survives, but is left with wrong
# counters, the last test fails.
#
# usage: hostile.sh [DIRECTORY of xen_pmu.ko and xen_pmu_hostile.ko]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

MODULES=${1:-$DIR}
RESULTS=/sys/kernel/debug/xen_pmu_hostile

need insmod rmmod
if [ ! -d /sys/module/xen_pmu ]; then
	skip "the module xen_pmu is not loaded"
fi
rmmod xen_pmu || ktap_exit_fail_msg "rmmod xen_pmu failed"
insmod "$MODULES/xen_pmu_hostile.ko" >"$SCRATCH/log" 2>&1 &&
	cat $RESULTS >"$SCRATCH/tap" && rmmod xen_pmu_hostile
insmod "$MODULES/xen_pmu.ko" >>"$SCRATCH/log" 2>&1
"$DIR/hold" >>"$SCRATCH/log" 2>&1
exact=$?

# Prints the module's TAP stream, with room for one more result at the end.
if [ ! -s "$SCRATCH/tap" ]; then
	note "$SCRATCH/log"
	ktap_exit_fail_msg "xen_pmu_hostile did not load"
fi
tests=$(grep -Ec '^(not )?ok ' "$SCRATCH/tap")
sed "s/^1\\.\\.[0-9]*\$/1..$((tests + 1))/" "$SCRATCH/tap"
if [ $exact -eq 0 ]; then
	echo "ok $((tests + 1)) events count exactly afterwards"
else
	note "$SCRATCH/log"
	echo "not ok $((tests + 1)) events count exactly afterwards"
fi
[ $exact -eq 0 ] && ! grep -q '^not ok' "$SCRATCH/tap"
