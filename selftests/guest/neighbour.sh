#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# neighbour.sh - counts in another domain for as long as the tests run.
#
# The script loads the module and runs the program loop over and over.  So two domains
# with running counters share the physical CPU.  The script ends only if one of its
# counts is wrong.  It then prints a message on stderr, and the runner fails.
#
# usage: neighbour.sh [MODULE]

DIR=$(cd "$(dirname "$0")" && pwd)

MODULE=${1:-/run/xenvm/xen_pmu.ko}

[ -d /sys/module/xen_pmu ] || insmod "$MODULE" || exit 1
while out=$("$DIR/loop" 10 500000); do
	:
done
echo "$out" >&2
exit 1
