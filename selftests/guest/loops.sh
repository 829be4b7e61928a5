# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # SCRATCH is perf-tap.sh's; MANY is for others
#
# loops.sh - commands that run over and over beside each other, and are watched: a
# deadlock shows as a loop that does not come round any more.  To be sourced after
# perf-tap.sh.

CPU1=/sys/devices/system/cpu/cpu1/online
PMU=/sys/bus/event_source/devices/cpu

# Seconds of the guest's time in which each loop must come round.  None of the
# commands takes a tenth of that, with a kernel that checks itself neither.
STUCK=60

loops='' loop_pids=''

# start_loop NAME COMMAND...: goes on until stop_loops.  A command that fails counts
# as a round, too: what these loops do to each other is what can make it fail.
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

# rounds NAME, good NAME: how often the loop came round; how often its command succeeded.
rounds() { wc -l <"$SCRATCH/$1.rounds"; }
good() { wc -l <"$SCRATCH/$1.good"; }

# Prints the stacks of all tasks that wait in the kernel for something that does not
# come, as TAP comments.
show_blocked()
{
	dmesg -C
	echo w >/proc/sysrq-trigger
	dmesg | tail -n 150 | sed 's/^/# /'
}

# until_loops CONDITION...: waits until the condition holds.  Fails, and says which loop
# is to blame, if one of them does not come round for STUCK seconds.
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

# came_round N: whether each loop has come round N times.
came_round()
{
	for _loop in $loops; do
		[ "$(rounds "$_loop")" -ge "$1" ] || return 1
	done
}

# Whether no loop runs any more.
loops_ended()
{
	for _pid in $loop_pids; do
		! kill -0 "$_pid" 2>/dev/null || return 1
	done
}

# stop_loops: lets each finish its round.  Fails if one does not.
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

# More events than there are counters, so that they take turns.
MANY=cycles,instructions,branches,branch-misses,cache-references,cache-misses,r76,rc0

# CPU 1 goes offline and comes back.
take_cpu1()
{
	echo 0 >$CPU1 && echo 1 >$CPU1
}

# take_module FILE: the module goes and comes back.  It does not go while an event is open.
take_module()
{
	[ ! -d /sys/module/xen_pmu ] || rmmod xen_pmu || return
	insmod "$1"
}

# change_interval MS...: the time after which events take turns changes on all CPUs.
change_interval()
{
	for _ms; do
		echo $_ms >$PMU/perf_event_mux_interval_ms || return
	done
}
