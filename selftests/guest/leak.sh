#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# leak.sh - no count passes between two domains that share a physical CPU.
#
# Each domain fills all of its counters with a known pattern, and checks them after
# each VCPU switch (see hostile/leak.c).  With a number of switches the script prints
# TAP.  The other domain runs the script without a number: it goes on until the run
# ends, and fails if its own counters are ever wrong.  So both sides of every switch
# are checked.
#
# How it could fail: Xen does not load a counter, because it believes that the CPU
# holds the value already; a running counter counts instructions of the other domain.
#
# usage: leak.sh [SWITCHES]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

RESULT=/sys/kernel/debug/xen_pmu_hostile_leak
SWITCHES=${1-}

# turns PATTERN SWITCHES: runs the switches; the result is in $SCRATCH/leak.
turns()
{
	insmod "$DIR/xen_pmu_hostile.ko" quiet=1 "pattern=$1" "switches=$2" || return
	cat $RESULT >"$SCRATCH/leak"
	rmmod xen_pmu_hostile
}

figure()
{
	awk -v name="$1" '$1 == name { print $2 }' "$SCRATCH/leak"
}

if [ -z "$SWITCHES" ]; then
	while turns 0xbeef 1000 && [ "$(figure wrong)" = 0 ]; do
		:
	done
	cat "$SCRATCH/leak" >&2
	exit 1
fi

need insmod rmmod awk
[ ! -d /sys/module/xen_pmu ] || rmmod xen_pmu ||
	ktap_exit_fail_msg "rmmod xen_pmu failed"
ktap_print_header
ktap_set_plan 2
turns 0x1234 "$SWITCHES"
note "$SCRATCH/leak"
ktap_test_result "$SWITCHES VCPU switches" [ "$(figure switches)" -ge "$SWITCHES" ]
ktap_test_result "nothing of the other domain was seen" [ "$(figure wrong)" = 0 ]
ktap_finished
