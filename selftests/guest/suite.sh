#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# suite.sh - runs all parts or some parts of the guest's tests, one after the other.
#
# Each test is a TAP stream of its own.  A test that does not apply to this machine says
# so and is skipped: for example, a test of the module on a machine with the stock
# driver, or a test of late samples in a guest with NMIs.  Some tests need more than one
# guest, and have rows of their own in the matrix: tests with a neighbour (sleeper -n,
# leak.sh), with several physical CPUs, or in a guest that never had the module
# (denied.sh without the module).
#
# The exit status is that of the last test that failed, or 0.
#
# usage: suite.sh [counting | semantics | sampling | abuse]...

DIR=$(cd "$(dirname "$0")" && pwd)

# Tests of the counts: by event, by mode, by program; and what counting costs.
counting="detect.sh counts loop split switches modes sleeper registers encode.sh tool.sh"
# Tests of the promises of perf_event_open(2) for events that count.
semantics="threads cpus multiplex ioctls formats scope attrs opens rdpmc rdpmc_modes switches:-m:2000"
# Tests of overflows: their time, the contents of samples, and the task that gets them.
sampling="record perf-record.sh periods ring rate swapped signal sigtrap storm fields bpf chains.sh masked"
# Tests of wrong use by users, kernels and administrators.
abuse="badinput badinput.sh denied.sh hostile.sh reload.sh"

[ $# -gt 0 ] || set -- counting semantics sampling abuse
tests=
for part; do
	case $part in
	counting)  tests="$tests $counting" ;;
	semantics) tests="$tests $semantics" ;;
	sampling)  tests="$tests $sampling" ;;
	abuse)	   tests="$tests $abuse" ;;
	*)	   echo "suite.sh: there is no part $part" >&2; exit 2 ;;
	esac
done

status=0
for test in $tests; do
	# Colons separate a test's name and its arguments.
	arguments=$(echo "${test#"${test%%:*}"}" | tr : ' ')
	test=${test%%:*}
	echo "# suite: $test$arguments"
	# shellcheck disable=SC2086
	"$DIR/$test" $arguments || {
		failed=$?
		[ $failed = 4 ] || {		# 4: the whole test was skipped
			echo "# suite: $test has failed: $failed"
			status=$failed
		}
	}
done
exit $status
