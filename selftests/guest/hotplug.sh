#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# hotplug.sh - a CPU goes and comes back while events are opened and closed.
#
# perf calls the driver with locks of its own held, and the kernel calls perf and the
# driver while it takes a CPU down.  Whatever the driver does at the first event, at the
# last one, at loading and unloading, or at a write to one of its files may therefore not
# wait for the lock of CPU hotplug while perf's locks are held.  (One that did: a
# tracepoint that was hooked at the first event, in event_init.  For a group that begins
# with a software event perf holds the leader's context there, which CPU hotplug wants.)
#
# Each test runs one such thing over and over, and beside it CPU 1 goes offline and comes
# back ROUNDS times, without a pause.  At the end events must count exactly.
#
# How it could fail: each of the two waits for the other for ever.  Then neither loop comes
# round any more; the stacks of the tasks that wait are printed, and nothing else is tried,
# for that guest is lost.  CPU 1 that does not come back fails, too.
#
# usage: hotplug.sh [MODULE [ROUNDS]]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"
# shellcheck source=selftests/guest/loops.sh
. "$DIR/loops.sh"

MODULE=${1:-$DIR/xen_pmu.ko}
ROUNDS=${2:-30}

need perf insmod rmmod taskset
[ -e $CPU1 ] || skip "there is no second CPU that could go"
if [ ! -d /sys/module/xen_pmu ] || [ ! -f "$MODULE" ]; then
	skip "the module xen_pmu is not loaded, or $MODULE not there"
fi

# Whether both loops have come round often enough, and the command succeeded at least once.
enough()
{
	came_round "$ROUNDS" && [ "$(good command)" -gt 0 ] && [ "$(good cpu1)" -ge "$ROUNDS" ]
}

# beside_hotplug NAME COMMAND...
beside_hotplug()
{
	_name=$1
	shift
	start_loop command "$@"
	start_loop cpu1 take_cpu1
	if ! until_loops enough || ! stop_loops; then
		ktap_test_fail "$_name"
		ktap_exit_fail_msg "this guest is lost"
	fi
	ktap_print_msg "CPU 1 went $(good cpu1) times; the command ran $(rounds command) times," \
		"$(good command) with success"
	ktap_test_result "$_name" [ "$(cat $CPU1)" = 1 ]
}

# The file that says who may read counters has two states that matter to all CPUs.
change_rdpmc()
{
	echo 2 >$PMU/rdpmc && echo 1 >$PMU/rdpmc && echo 0 >$PMU/rdpmc && echo 1 >$PMU/rdpmc
}

ktap_print_header
ktap_set_plan 9
beside_hotplug "a group that a software event leads, on CPU 1" \
	perf stat -C1 -e '{cpu-clock,cycles}' true
beside_hotplug "an event of a task" perf stat -e cycles true
beside_hotplug "an event of a task and its children, sampled" \
	perf record -q -o "$SCRATCH/data" -e instructions -c 10007 true
beside_hotplug "events that take turns on all CPUs" perf stat -a -e $MANY sleep 0.02
beside_hotplug "sampling on all CPUs" \
	perf record -q -a -o "$SCRATCH/data" -F 1000 sleep 0.02
beside_hotplug "the time after which events take turns" change_interval 1 1000 4
beside_hotplug "who may read counters" change_rdpmc
beside_hotplug "the module goes and comes back" take_module "$MODULE"
taskset -c 0 "$DIR/hold" >"$SCRATCH/log" 2>&1 &&
	taskset -c 1 "$DIR/hold" >>"$SCRATCH/log" 2>&1
exact=$?
[ $exact = 0 ] || note "$SCRATCH/log"
ktap_test_result "events count exactly on both CPUs" [ $exact = 0 ]
ktap_finished
