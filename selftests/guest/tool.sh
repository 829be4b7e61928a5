#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tool.sh - xenpmu gives the right answers, messages and exit status.
#
# The script runs the tool as a user does.  If the module xen_pmu is loaded, "info"
# must agree with perf's sysfs directory and with Xen.  The script then unloads the
# module, checks that "info" says so, and loads the module again.  On other machines
# "info" must say why it has nothing to report.  "events" and "encode" do not need a
# Xen guest.  Every error is one sentence on stderr with nothing on stdout, and exit
# status 1 (not available here) or 2 (makes no sense).
#
# How it could fail: a wrong exit status makes "perf stat -e $(xenpmu ...)" in
# a script go on with an empty event; a message on stdout would be the event.
#
# usage: tool.sh [MODULE]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

MODULE=${1:-$DIR/xen_pmu.ko}

# run ARGUMENT...: runs the tool; stdout, stderr and $status have the result.
run()
{
	xenpmu "$@" >"$SCRATCH/out" 2>"$SCRATCH/err"
	status=$?
}

# judge NAME: prints the result by $good, and the output if $good is not 0.
judge()
{
	if [ "$good" -ne 0 ]; then
		ktap_print_msg "exit status $status"
		note "$SCRATCH/out"
		note "$SCRATCH/err"
	fi
	ktap_test_result "$1" [ "$good" -eq 0 ]
}

# refused NAME STATUS PATTERN ARGUMENT...: the tool fails and prints one sentence only.
refused()
{
	_name=$1 _status=$2 _pattern=$3
	shift 3
	run "$@"
	[ "$status" -eq "$_status" ] && [ ! -s "$SCRATCH/out" ] &&
		[ "$(wc -l <"$SCRATCH/err")" -eq 1 ] &&
		grep -q "$_pattern.*\\.\$" "$SCRATCH/err"
	good=$?
	judge "$_name"
}

# says NAME PATTERN ARGUMENT...: the tool succeeds, and a line matches.
says()
{
	_name=$1 _pattern=$2
	shift 2
	run "$@"
	[ "$status" -eq 0 ] && [ ! -s "$SCRATCH/err" ] &&
		grep -Eq "$_pattern" "$SCRATCH/out"
	good=$?
	judge "$_name"
}

info_loaded()
{
	says "info: a Xen guest" "^guest type +$(cat /sys/hypervisor/guest_type)\$" info
	# detect.sh tests that this number is right.
	counters=$(cat /sys/bus/event_source/devices/cpu/xen/counters)
	says "info: $counters counters" "^counters +$counters\$" info
	says "info: of 48 bits" '^counter_width +48$' info
	says "info: the policy" '^policy +(ipc|arch|all)$' info
	says "info: the interface's version" '^interface +2\.[0-9]+$' info
	type=$(cat /sys/bus/event_source/devices/cpu/type)
	says "info: the type that perf uses" "^pmu type +$type\$" info
	rmmod xen_pmu
	run info
	[ $status -eq 1 ] && grep -q 'not loaded.*\.$' "$SCRATCH/err"
	good=$?
	judge "info: without the module"
	insmod "$MODULE"
	says "info: with the module again" "^counters +$counters\$" info
}

need xenpmu
ktap_print_header
says "the version" '^xenpmu [0-9.]+ \(page interface 2\.' --version
says "help" '^usage: xenpmu' --help
says "an event by pattern" '^RETIRED_NEAR_RETURNS$' events near_ret
says "an event by wildcard" '^RETIRED_INSTRUCTIONS$' events 'retired_inst*'
says "a code for perf" '^cpu/event=0xc0,umask=0x0/u$' encode \
	RETIRED_INSTRUCTIONS:u
refused "no such command" 2 'no command' frobnicate
refused "no such event" 2 'no event' encode NO_SUCH_EVENT
refused "no such unit mask" 2 'unit mask' encode RETIRED_INSTRUCTIONS:NONE
refused "precise sampling" 2 'precise' encode RETIRED_INSTRUCTIONS:p
refused "the host's counts" 2 'host only' encode RETIRED_INSTRUCTIONS:h
refused "no event matches" 1 'No event' events no_such_event
refused "two patterns" 2 'one pattern' events a b
refused "info of something" 2 'no argument' info something
if [ -d /sys/module/xen_pmu ] && [ -f "$MODULE" ]; then
	info_loaded
else
	run info
	[ $status -eq 1 ] && [ "$(wc -l <"$SCRATCH/err")" -eq 1 ]
	good=$?
	judge "info: nothing to tell here"
fi
ktap_set_plan $((KTAP_TESTNO - 1))
ktap_finished
