#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# taken.sh - a CPU that gets no page, or loses its page, loses only its counts.
#
# The module xen_pmu_hostile (hostile/take.c) takes the page away from the driver.
#
#  - The module attaches a page on CPU 1, so that Xen refuses the driver's page there.
#    Still the driver loads and counts on CPU 0.  CPU 1 counts nothing, and perf says so.
#    CPU 1 can go offline and come back.  When the module has detached its page, CPU 1
#    comes back with counters.
#  - The module detaches the driver's page on CPU 0 while events count, as Xen does when
#    it takes away the right to count.  From then on RDPMC faults, in the kernel too.  The
#    counts stand still, and the guest goes on without an oops or a warning.  After a
#    reload events count exactly.
#
# How it could fail: if the driver's callback of CPU hotplug fails, the CPU does not come
# online (or the driver does not load); if the kernel executes RDPMC without an exception
# table entry, the fault is an oops, and the run ends.
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

# counts CPU: does perf count on this CPU?
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

# Takes the page away while perf counts and samples.
revoke()
{
	# shellcheck disable=SC2016 # for the inner shell
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
