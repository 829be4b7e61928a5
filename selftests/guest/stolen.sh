#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# stolen.sh - perf does not take time that Xen gives to another guest for the cost of a
# sample.
#
# This script runs while another domain burns the same physical CPU.  It sets the kernel's
# limits to their defaults, and samples a busy program at 4000 Hz.  Perf measures the cost
# of samples, and lowers kernel.perf_event_max_sample_rate if samples take more than their
# share of the time.  On the rig they do: a sample costs 3 to 14 us, which allows about ten
# thousand samples a second.  Now and then a time slice of the other domain falls into the
# handler of a sample.  Such a slice is thousands of times as long as a sample.  If perf took
# it for the cost of the sample, the rate would fall below one thousand for good.
#
# How it could fail: the driver computes the cost as the difference of two times, although
# the guest did not run all the time between them.
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
