#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# suite.sh - runs the guest's tests one after the other, all or some parts.
#
# Each is a TAP stream of its own.  The tests that are not for this machine say so
# and are skipped: those about the module where the kernel's own driver is, those
# of an NMI's absence where there is one.  Left to rows of their own are those that
# want more of the machine than a guest: a neighbour (sleeper -n, leak.sh), several
# physical CPUs, a guest that never had the module (denied.sh without it).
#
# The exit status is that of the last test that failed, or 0.
#
# usage: suite.sh [counting | semantics | sampling | abuse]...

DIR=$(cd "$(dirname "$0")" && pwd)

# What a counter counts, in which mode, for which program, at what cost.
counting="detect.sh counts loop split switches modes sleeper registers encode.sh tool.sh"
# What perf_event_open(2) promises of events that count.
semantics="threads cpus multiplex ioctls formats scope attrs opens rdpmc rdpmc_modes switches:-m:2000"
# Overflows: when they come, what a sample says, who gets it.
sampling="record perf-record.sh periods ring rate swapped signal sigtrap storm fields bpf chains.sh masked"
# Users, kernels and administrators who do what they should not.
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
	# A test's arguments follow it after colons.
	arguments=$(echo "${test#"${test%%:*}"}" | tr : ' ')
	test=${test%%:*}
	echo "# suite: $test$arguments"
	# shellcheck disable=SC2086
	"$DIR/$test" $arguments || {
		failed=$?
		[ $failed = 4 ] || {		# 4: all of it was skipped
			echo "# suite: $test has failed: $failed"
			status=$failed
		}
	}
done
exit $status
