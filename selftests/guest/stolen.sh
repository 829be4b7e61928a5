#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# stolen.sh - time that Xen gives to another guest is no cost of sampling.
#
# To be run with a neighbour that burns the same physical CPU.  The kernel's limits are
# set to their defaults, and a busy program is sampled at 4000 Hz.  Perf measures what
# samples cost, and lowers kernel.perf_event_max_sample_rate where they take more than
# their share.  On the rig they do: a sample costs 3 to 14 us there, which allows some
# ten thousand a second.  What must not happen is that a time slice of the neighbour's,
# which falls into a handler now and then, is taken for the cost of a sample: that is
# thousands of times as long, and the rate ends below one thousand for good.
#
# How it could fail: the cost is the difference of two times, and the guest was not
# running all the while.
#
# usage: stolen.sh

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

RATE=/proc/sys/kernel/perf_event_max_sample_rate
PERCENT=/proc/sys/kernel/perf_cpu_time_max_percent
LEAST=8000

need perf
old_percent=$(cat $PERCENT)
echo 25 >$PERCENT
old_rate=$(cat $RATE)
echo 100000 >$RATE

ktap_print_header
ktap_set_plan 2
# shellcheck disable=SC2016 # for the inner shell
perf record -q -F 4000 -o "$SCRATCH/data" -- \
	sh -c 'i=0; while [ $i -lt 1000000 ]; do i=$((i + 1)); done' >"$SCRATCH/log" 2>&1
ktap_test_result "perf record runs" [ $? -eq 0 ]
rate=$(cat $RATE)
ktap_print_msg "perf_event_max_sample_rate was 100000 and is $rate"
ktap_test_result "the rate is not lower than samples cost" [ "$rate" -ge $LEAST ]

echo 25 >$PERCENT
echo "$old_rate" >$RATE
echo "$old_percent" >$PERCENT
ktap_finished
