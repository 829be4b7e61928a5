#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# beside.sh - disturbs the guest while a command runs, or for a while.
#
# The disturbances are loops beside each other:
#
#   hotplug   CPU 1 goes offline and comes back
#   interval  the time after which events take turns changes, on all CPUs
#   stat      more events than counters take turns on CPU 1
#   record    CPU 1 is sampled
#   reload    the module goes and comes back, whenever no event is open
#
# With a COMMAND the first four run beside it.  It runs on CPU 0, whose counters they
# leave alone, so tests of exact counts hold there; tests that take CPUs or the module
# themselves cannot run so.  Without a command all five run, on all CPUs, until each has
# come round ROUNDS times, and the module has gone and come back at least once in ten of
# its tries; events must count exactly afterwards.
#
# How it could fail: any two of these wait for each other (see hotplug.sh), a loop cannot
# do its work any more, or the guest prints a splat, which the runner looks for
# (selftests/splats.awk).
#
# usage: beside.sh -n ROUNDS | COMMAND [ARGUMENT...]
# exit status: that of COMMAND, or 1 if a loop failed

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"
# shellcheck source=selftests/guest/loops.sh
. "$DIR/loops.sh"

MODULE=$DIR/xen_pmu.ko

need perf taskset insmod rmmod
[ -e $CPU1 ] || skip "there is no second CPU that could be disturbed"

# shellcheck disable=SC2317 # start_loop calls it
# pause COMMAND...: after it a moment in which no event of it is open.
pause()
{
	"$@"
	_status=$?
	sleep 0.05
	return "$_status"
}

# start_some OPTION MS...: perf's option that says which CPUs, and the intervals.
start_some()
{
	_cpus=$1
	shift
	start_loop hotplug take_cpu1
	start_loop interval change_interval "$@"
	start_loop stat pause perf stat "$_cpus" -e $MANY sleep 0.05
	start_loop record pause perf record -q "$_cpus" -o "$SCRATCH/data" -F 2000 sleep 0.05
}

# check_loops: one test for each loop: it did its work at least once in ten rounds.
check_loops()
{
	for _loop in $1; do
		ktap_print_msg "$_loop: $(rounds "$_loop") rounds, $(good "$_loop") with success"
		[ "$(good "$_loop")" != 0 ] || note "$SCRATCH/$_loop.log"
		ktap_test_result "$_loop did its work" \
			[ $(($(good "$_loop") * 10)) -ge "$(rounds "$_loop")" ]
	done
}

case ${1-} in
-n)
	ktap_print_header
	ktap_set_plan 6
	start_some -a 1 1000 4
	start_loop reload pause take_module "$MODULE"
	if ! until_loops came_round "$2" || ! stop_loops; then
		ktap_exit_fail_msg "this guest is lost"
	fi
	check_loops "hotplug interval stat record reload"
	[ -d /sys/module/xen_pmu ] || insmod "$MODULE"
	taskset -c 0 "$DIR/hold" >"$SCRATCH/log" 2>&1 &&
		taskset -c 1 "$DIR/hold" >>"$SCRATCH/log" 2>&1
	exact=$?
	[ $exact = 0 ] || note "$SCRATCH/log"
	ktap_test_result "events count exactly on both CPUs" [ $exact = 0 ]
	ktap_finished ;;
-*|'')
	echo "usage: beside.sh -n ROUNDS | COMMAND [ARGUMENT...]" >&2
	exit 2 ;;
esac

# Events of the command's own take turns after these times, too.
start_some -C1 1 2 4
taskset -c 0 "$@"
status=$?
ktap_print_header
ktap_set_plan 4
stop_loops || ktap_exit_fail_msg "this guest is lost"
check_loops "hotplug interval stat record"
[ $status != 0 ] || [ "$KTAP_CNT_FAIL" = 0 ] || status=1
exit $status
