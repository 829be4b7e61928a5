#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# detect.sh - the driver finds the right kind and number of counters.
#
# Family and model tell which counters a processor has, by AMD's manuals: family 10h
# has four legacy counters (BKDG 31116), family 17h has six core counters, and family
# 19h model 11h has six core counters with the global registers of PerfMonV2 (PPR
# 55901).  The stock driver must report this in the kernel's log, and our driver in
# debugfs, from the page's constant block, which Xen writes.  The report must also be
# true: a group with one event for each counter counts, all counts are equal, and a
# group with one event more does not fit.
#
# How it could fail: the rig shows features that its CPU model does not have (or hides
# some that it has), so that the other tests on this CPU test the driver of another
# CPU; Xen asks its back ends in the wrong order; some code has a fixed number of
# counters.

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

need perf awk

INFO=/sys/kernel/debug/xen_pmu/info

# cpuinfo NAME: the value for the first CPU.
cpuinfo()
{
	awk -F': ' -v name="$1" '{ key = $1; sub(/[ \t]+$/, "", key) }
		key == name { print $2; exit }' /proc/cpuinfo
}

# The stock driver prints lines of its own at boot.
kernel_says()
{
	dmesg | sed -n "s/^\[[^]]*\] *//; s/^\.\.\. $1: *//p"
}

# Our driver has a file in debugfs.
driver_says()
{
	sed -n "s/^$1: //p" "$INFO"
}

# group N: do N events of instructions:u run at once, with equal counts?
group()
{
	_list=$(awk -v n="$1" 'BEGIN { while (n-- > 0) printf "instructions:u%s", n ? "," : "" }')
	perf stat -x, -o "$SCRATCH/stat" -e "{$_list}" "$DIR/spin" 2>"$SCRATCH/log" ||
		return 1
	[ "$(awk -F, 'NF > 3 { print $1 }' "$SCRATCH/stat" | sort | uniq -c |
		awk '{ print $1, $2 }')" = "$1 $SPIN_INSNS" ]
}

same()
{
	good=0
	if [ "$2" != "$3" ]; then
		ktap_print_msg "$1: '$3' must be '$2'"
		good=1
	fi
	ktap_test_result "$1: $2" [ $good -eq 0 ]
}

case $(cpuinfo 'cpu family')/$(cpuinfo model) in
16/*)	counters=4 version=0 name='AMD PMU driver.' backend='AMD legacy' ;;
23/*)	counters=6 version=0 name='Fam17h+ core perfctr, AMD PMU driver.' backend='AMD core' ;;
25/17)	counters=6 version=2 name='Fam17h+ core perfctr, AMD PMU driver.' backend='AMD PerfMonV2' ;;
*)	skip "what family $(cpuinfo 'cpu family') model $(cpuinfo model) has is not known here" ;;
esac

ktap_print_header
ktap_set_plan 5
if [ -f "$INFO" ]; then
	same "back end" "$backend" "$(driver_says backend)"
	same "counters" "$counters" "$(driver_says counters)"
	same "global control" "$([ $version = 2 ] && echo yes || echo no)" \
		"$(driver_says global_control)"
else
	same "driver" "$name" "$(dmesg | sed -n 's/.*Performance Events: //p')"
	same "counters" "$counters" "$(kernel_says 'generic registers')"
	same "version" "$version" "$(kernel_says version)"
fi
group $counters
good=$?
[ $good -eq 0 ] || note "$SCRATCH/stat"
ktap_test_result "a group of $counters events" [ $good -eq 0 ]
group $((counters + 1))
good=$?
[ $good -ne 0 ] || note "$SCRATCH/stat"
ktap_test_result "a group of $((counters + 1)) events does not fit" [ $good -ne 0 ]
ktap_finished
