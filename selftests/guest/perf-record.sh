#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# perf-record.sh - stock perf record gives the right number of samples.
#
# The program spin executes a known number of user instructions between exec
# and exit, nearly all of them in one loop.  "perf record -e instructions:u
# -c 100003" on it must give floor(instructions / 100003) samples, and
# "perf script" must put each of them into the loop.  Stock "perf stat" must
# give the number of instructions itself, to the instruction.
#
# How it could fail: see record.c, which reads the ring buffer itself.  This script
# adds a test of perf's own path: exec with enable_on_exec, perf's ring buffers, its
# throttling limits and its symbols.

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

PERIOD=100003

need perf awk
ktap_print_header
ktap_set_plan 4

perf stat -x, -e instructions:u -o "$SCRATCH/stat" "$DIR/spin"
counted=$(awk -F, '/instructions/ { print $1 }' "$SCRATCH/stat")
[ "$counted" = "$SPIN_INSNS" ] || note "$SCRATCH/stat"
ktap_test_result "perf stat counts $SPIN_INSNS instructions:u" \
	[ "$counted" = "$SPIN_INSNS" ]

if perf record -q -e instructions:u -c $PERIOD -o "$SCRATCH/data" \
	"$DIR/spin" >"$SCRATCH/log" 2>&1; then
	ktap_test_pass "perf record ends well"
else
	note "$SCRATCH/log"
	ktap_test_fail "perf record ends well"
fi

perf script -i "$SCRATCH/data" -F ip,sym >"$SCRATCH/script" \
	2>>"$SCRATCH/log" || note "$SCRATCH/log"
samples=$(awk 'NF' "$SCRATCH/script" | wc -l)
ktap_print_msg "$samples samples"
ktap_test_result "samples are floor($SPIN_INSNS / $PERIOD)" \
	[ "$samples" -eq $((SPIN_INSNS / PERIOD)) ]

awk 'NF && $2 != "spin_loop"' "$SCRATCH/script" >"$SCRATCH/outside"
note "$SCRATCH/outside" | head -n 5
if [ "$samples" -gt 0 ] && [ ! -s "$SCRATCH/outside" ]; then
	ktap_test_pass "every sample is inside the loop"
else
	ktap_test_fail "every sample is inside the loop"
fi
ktap_finished
