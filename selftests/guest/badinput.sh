#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# badinput.sh - stock perf prints the right message for events that cannot be counted.
#
# badinput.c checks the errors of perf_event_open(2).  This script checks the
# messages that perf makes of these errors, because users see only the messages:
#
#  - an event that does not exist is a syntax error, with perf's own words;
#  - precise sampling and a branch stack end with a message that names the
#    feature, or perf falls back by itself; never with a bare number;
#  - a generic event that the CPU lacks is "<not supported>" in perf stat,
#    which goes on and counts the others exactly;
#  - a raw event with reserved bits is refused, or the reserved bits are
#    dropped (the stock driver); the event beside it counts exactly;
#  - an event that takes two counters is "<not supported>" in a guest (the stock
#    driver has it); the event beside it counts exactly.
#
# How it could fail: EINVAL where EOPNOTSUPP is due makes perf print advice
# that does not apply (/sys/.../nmi_watchdog, "invalid argument").

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

need perf awk

# says NAME PATTERN COMMAND...: the command fails, and its message matches.
says()
{
	_name=$1 _pattern=$2
	shift 2
	if "$@" >"$SCRATCH/log" 2>&1; then
		ktap_print_msg "it succeeded"
		_good=1
	else
		grep -Eiq "$_pattern" "$SCRATCH/log"
		_good=$?
	fi
	[ $_good -eq 0 ] || note "$SCRATCH/log"
	grep -Ei -m 1 "$_pattern" "$SCRATCH/log" | sed 's/^/#   /'
	ktap_test_result "$_name" [ $_good -eq 0 ]
}

# beside NAME EVENT: counts EVENT beside instructions:u, which must stay exact.
beside()
{
	perf stat -x, -o "$SCRATCH/stat" -e "$2" -e instructions:u \
		"$DIR/spin" >"$SCRATCH/log" 2>&1
	_count=$(awk -F, '$3 ~ /^instructions/ { print $1 }' "$SCRATCH/stat")
	grep -v '^#' "$SCRATCH/stat" | sed 's/^/#   /'
	[ "$_count" = "$SPIN_INSNS" ] || note "$SCRATCH/log"
	ktap_test_result "$1" [ "$_count" = "$SPIN_INSNS" ]
}

ktap_print_header
ktap_set_plan 6
says "an event that does not exist" 'event syntax error|bad event name' \
	perf stat -e no_such_event true
says "a term that does not exist" 'unknown term|event syntax error' \
	perf stat -e cpu/nonsense=1/ true
says "precise sampling" 'precise|not supported|doesn.t support' \
	perf record -o "$SCRATCH/data" -e instructions:upp "$DIR/spin"
says "a branch stack" 'branch|not supported|doesn.t support' \
	perf record -o "$SCRATCH/data" -b -e instructions:u "$DIR/spin"
beside "an event that the CPU lacks leaves the others alone" bus-cycles:u
beside "an event that takes two counters leaves the others alone" \
	cpu/event=0x03,umask=0xff/u
ktap_finished
