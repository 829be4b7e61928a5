#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# taken.sh - a CPU without a page, and a page that Xen takes away, cost only their counts.
#
# The module xen_pmu_hostile (hostile/take.c) stands in the driver's way.
#
#  - It has a page attached on CPU 1, so that Xen refuses the driver's there.  The driver
#    loads all the same and counts on CPU 0; CPU 1 counts nothing, and perf says so; CPU 1
#    goes offline and comes back.  When the page is gone, CPU 1 comes back with counters.
#  - It detaches the driver's page on CPU 0 while events count, as a Xen does that takes the
#    right to count away.  RDPMC faults from then on, in the kernel, too.  The counts stand
#    still, and the guest goes on: no oops, no warning.  After a reload events count exactly.
#
# How it could fail: a driver whose callback of CPU hotplug fails keeps the CPU from coming
# online (or does not load); a kernel that executes RDPMC without an exception table entry
# ends in an oops, and the run with it.
#
# usage: taken.sh [DIRECTORY of xen_pmu.ko and xen_pmu_hostile.ko]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

MODULES=${1:-$DIR}
CPU1=/sys/devices/system/cpu/cpu1/online

need insmod rmmod perf taskset
[ -e $CPU1 ] || skip "there is no second CPU"
[ -d /sys/module/xen_pmu ] || skip "the module xen_pmu is not loaded"

# counts CPU: whether perf counts there.
counts()
{
	perf stat -x, -C "$1" -e instructions sleep 0.01 2>"$SCRATCH/stat"
	note "$SCRATCH/stat"
	grep -q '^[0-9]' "$SCRATCH/stat"
}

counts_not() { ! counts "$1"; }

again()
{
	echo 0 >$CPU1 && echo 1 >$CPU1 && [ "$(cat $CPU1)" = 1 ]
}

exact()
{
	taskset -c "$1" "$DIR/hold" >"$SCRATCH/log" 2>&1 && return
	note "$SCRATCH/log"
	return 1
}

hostile() { taskset -c 0 insmod "$MODULES/xen_pmu_hostile.ko" quiet=1 "$@"; }

# The page goes while perf counts and samples.
revoke()
{
	taskset -c 0 perf record -q -o "$SCRATCH/data" -e instructions -c 100003 \
		sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done' &
	sleep 0.05
	hostile revoke=1 && rmmod xen_pmu_hostile || return
	taskset -c 0 perf stat -e instructions true
	wait
	return 0
}

no_splat()
{
	! dmesg | grep -E 'WARNING|BUG|Call Trace|Oops|general protection'
}

ktap_print_header
ktap_set_plan 11
dmesg -C
rmmod xen_pmu
ktap_test_result "a page on CPU 1 that is not the driver's" hostile take=1
ktap_test_result "the driver loads" insmod "$MODULES/xen_pmu.ko"
ktap_test_result "events count exactly on CPU 0" exact 0
ktap_test_result "nothing is counted on CPU 1, and perf says so" counts_not 1
ktap_test_result "CPU 1 goes and comes back" again
rmmod xen_pmu_hostile
ktap_test_result "and again, when the page is gone" again
ktap_test_result "then events count exactly on CPU 1" exact 1
ktap_test_result "the page of CPU 0 is taken away" revoke
rmmod xen_pmu
ktap_test_result "the driver loads again" insmod "$MODULES/xen_pmu.ko"
ktap_test_result "events count exactly on CPU 0 again" exact 0
ktap_test_result "no splat in the kernel's log" no_splat
ktap_finished
