#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# neighbour.sh - another domain that counts, for as long as the tests run.
#
# Loads the module and runs the program loop over and over: the physical CPU is
# shared by two domains that both have counters running.  It ends only when a
# count in it is wrong, and says so on stderr; the runner then fails.
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
