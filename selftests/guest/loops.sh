# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # SCRATCH is perf-tap.sh's; MANY is for others
#
# loops.sh - runs commands in loops beside each other, and watches the loops: a loop that
# no longer comes round shows a deadlock.  Scripts source this file after perf-tap.sh.

CPU1=/sys/devices/system/cpu/cpu1/online
PMU=/sys/bus/event_source/devices/cpu

# Each loop must come round within this many seconds of the guest's time.  Each command
# takes less than a tenth of that, even with the debug kernel.
STUCK=60

loops='' loop_pids=''

# start_loop NAME COMMAND...: runs the command again and again until stop_loops.  A
# command that fails also counts as a round, because the other loops can make it fail.
start_loop()
{
	_loop=$1
	shift
	rm -f "$SCRATCH/stop"
	: >"$SCRATCH/$_loop.rounds"
	: >"$SCRATCH/$_loop.good"
	(
		while [ ! -e "$SCRATCH/stop" ]; do
			if "$@" >"$SCRATCH/$_loop.log" 2>&1; then
				echo >>"$SCRATCH/$_loop.good"
			fi
			echo >>"$SCRATCH/$_loop.rounds"
		done
	) &
	loops="$loops $_loop" loop_pids="$loop_pids $!"
}

# rounds NAME: how often the loop came round; good NAME: how often its command succeeded.
rounds() { wc -l <"$SCRATCH/$1.rounds"; }
good() { wc -l <"$SCRATCH/$1.good"; }

# Prints the stacks of all blocked tasks, as TAP comments.
show_blocked()
{
	dmesg -C
	echo w >/proc/sysrq-trigger
	dmesg | tail -n 150 | sed 's/^/# /'
}

# until_loops CONDITION...: waits until the condition holds.  If a loop does not come
# round for STUCK seconds, the function fails and names that loop.
until_loops()
{
	for _loop in $loops; do
		rounds "$_loop" >"$SCRATCH/$_loop.last"
		echo 0 >"$SCRATCH/$_loop.still"
	done
	while ! "$@"; do
		sleep 1
		for _loop in $loops; do
			_now=$(rounds "$_loop")
			_still=$(($(cat "$SCRATCH/$_loop.still") + 1))
			[ "$_now" = "$(cat "$SCRATCH/$_loop.last")" ] || _still=0
			echo "$_now" >"$SCRATCH/$_loop.last"
			echo "$_still" >"$SCRATCH/$_loop.still"
			[ $_still -ge $STUCK ] || continue
			ktap_print_msg "$_loop is stuck after $_now rounds"
			show_blocked
			return 1
		done
	done
}

# came_round N: has each loop come round N times?
came_round()
{
	for _loop in $loops; do
		[ "$(rounds "$_loop")" -ge "$1" ] || return 1
	done
}

# Have all loops ended?
loops_ended()
{
	for _pid in $loop_pids; do
		! kill -0 "$_pid" 2>/dev/null || return 1
	done
}

# stop_loops: lets each loop finish its round.  Fails if a loop does not end.
stop_loops()
{
	: >"$SCRATCH/stop"
	until_loops loops_ended || return
	for _pid in $loop_pids; do
		wait "$_pid"
	done
	loops='' loop_pids=''
}

# --- What the loops do ---------------------------------------------------------------

# More events than counters, so that the events take turns.
MANY=cycles,instructions,branches,branch-misses,cache-references,cache-misses,r76,rc0

# CPU 1 goes offline and comes back.
take_cpu1()
{
	echo 0 >$CPU1 && echo 1 >$CPU1
}

# take_module FILE: unloads the module and loads it again.  rmmod fails while an event is
# open.
take_module()
{
	[ ! -d /sys/module/xen_pmu ] || rmmod xen_pmu || return
	insmod "$1"
}

# change_interval MS...: sets the interval of the rotation to each value, on all CPUs.
change_interval()
{
	for _ms; do
		echo $_ms >$PMU/perf_event_mux_interval_ms || return
	done
}
