#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# unload.sh - the module can be unloaded whatever perf has been made to do with it.
#
# Events that take turns are driven by a timer on each CPU.  perf keeps these timers
# in memory that it frees when a PMU is unregistered, and does not cancel them: the
# kernel's own PMUs never go.  They are armed by events that take turns, and on every
# CPU by a write to perf_event_mux_interval_ms, whether any event is open or not.  So
# the driver has to see to it that none is armed when it goes.
#
# Each test arms the timers in one of these ways and unloads the module at once.  Then
# the kernel's list of armed timers must have none of them, and the guest must live on
# beyond the time at which they would have expired.  Where the module is loaded again
# meanwhile, the memory has another owner by then.  At the end events must count exactly,
# and the kernel's log must have no splat.
#
# How it could fail: a timer is left armed in freed memory.  It can end the guest when it
# expires or when another timer is put beside it (rb_insert_color below timerqueue_add),
# and the run with it; often nothing happens, which is why the list is looked at.  A driver
# that refuses to be unloaded fails in a sentence.
#
# usage: unload.sh [MODULE]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"
# shellcheck source=selftests/guest/loops.sh
. "$DIR/loops.sh"

MODULE=${1:-$DIR/xen_pmu.ko}

need insmod rmmod perf
[ -r /proc/timer_list ] || skip "this kernel does not list its timers"
if [ ! -d /sys/module/xen_pmu ] || [ ! -f "$MODULE" ]; then
	skip "the module xen_pmu is not loaded, or $MODULE not there"
fi

interval()
{
	echo "$1" >$PMU/perf_event_mux_interval_ms
}

# The module goes.  No other PMU here has events that take turns, so no timer of that
# kind may be armed on any CPU.
unload()
{
	rmmod xen_pmu || return
	_armed=$(grep -c perf_mux_hrtimer_handler /proc/timer_list)
	[ "$_armed" = 0 ] || echo "$_armed timers are armed after unloading"
	[ "$_armed" = 0 ]
}

# As a person would: the interval is set, and no event was ever open.
set_and_reload()
{
	interval 1000 && unload && insmod "$MODULE" && sleep 5
}

# The timers expire while nobody has the memory.
set_and_unload()
{
	interval 1000 && unload && sleep 5 && insmod "$MODULE"
}

# Intervals from the shortest on: the timer expires during the unloading, or after it.
set_all()
{
	for _ms in 1 2 3 4 5 7 10 14 20 28 40 56 80 110; do
		interval $_ms && unload && insmod "$MODULE" &&
			sleep 0.2 || return
	done
}

# Events on all CPUs take turns until the moment of unloading.
take_turns()
{
	for _round in 1 2 3 4 5; do
		perf stat -a -e $MANY sleep 0.05 && unload &&
			insmod "$MODULE" && sleep 0.2 || return
	done
}

# A CPU takes its timer with it, or hands it on, when it goes.
set_and_take_cpu()
{
	interval 1000 && take_cpu1 && interval 1000 && echo 0 >$CPU1 &&
		unload && sleep 2 && echo 1 >$CPU1 && sleep 2 &&
		insmod "$MODULE" && sleep 2
}

no_splat()
{
	! dmesg | grep -E 'WARNING|BUG|Call Trace|Oops|ODEBUG|general protection'
}

# try NAME COMMAND...
try()
{
	_try=$1
	shift
	"$@" >"$SCRATCH/log" 2>&1
	_good=$?
	[ $_good = 0 ] || note "$SCRATCH/log"
	# For the next one.
	[ ! -e $CPU1 ] || echo 1 >$CPU1
	[ -d /sys/module/xen_pmu ] || insmod "$MODULE"
	ktap_test_result "$_try" [ $_good = 0 ]
}

ktap_print_header
ktap_set_plan 7
dmesg -C
try "an interval is set, the module goes and comes back" set_and_reload
try "an interval is set, the module goes" set_and_unload
try "intervals of 1 to 110 ms" set_all
try "events that took turns on all CPUs" take_turns
if [ -e $CPU1 ]; then
	try "an interval is set, a CPU goes, the module goes" set_and_take_cpu
else
	ktap_test_skip "an interval is set, a CPU goes, the module goes: there is one CPU"
fi
try "events count exactly" "$DIR/hold"
try "no splat in the kernel's log" no_splat
ktap_finished
