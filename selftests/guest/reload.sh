#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# reload.sh - loading and unloading the module leaves nothing behind.
#
# The module is loaded and unloaded 100 times.  Each time hold.c opens events, counts,
# samples and closes the events.  rmmod must be refused while they are open.  After the
# unload perf must have no PMU.  At the end
#
#  - the guest has as many free pages as after a warm-up of ten rounds.
#    Caches are dropped first, and the pages in the allocator's per-CPU lists
#    are counted as free (/proc/zoneinfo), so that only real differences remain.
#    A driver that leaks its page at each unload loses a page for each round and
#    VCPU.  The limit is half a page for each round: the memory that the kernel
#    keeps after insmod (vmalloc areas, slabs) does not grow with the number of
#    rounds;
#  - in dom0, Xen also has as many free pages as before ("xl debug-keys H" prints
#    its heap in pages).  Xen allocates less than a page for a VCPU at attach, so
#    a leak costs one page in four rounds or more; the limit is one in ten;
#  - the kernel's log has no warning, bug or call trace;
#  - events count exactly (hold.c checks that in every round).
#
# hostile.sh tests that Xen keeps no reference to a page.
#
# usage: reload.sh [MODULE [ROUNDS]]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"
# shellcheck source=selftests/guest/xen-pages.sh
. "$DIR/xen-pages.sh"

MODULE=${1:-$DIR/xen_pmu.ko}
ROUNDS=${2:-100}
WARM_UP=10
PMU=/sys/bus/event_source/devices/cpu

# Prints the number of free pages of this guest.
guest_pages()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "pages" && $2 == "free" { n += $3 }
	     $1 == "count:" { n += $2 }
	     END { print n }' /proc/zoneinfo
}

# Runs one round; prints why it went wrong, or nothing.
one_round()
{
	insmod "$MODULE" 2>&1 || echo "insmod failed"
	[ -e $PMU ] || echo "loaded, but there is no $PMU"
	"$DIR/hold" rmmod xen_pmu >"$SCRATCH/hold" 2>&1
	case $? in
	1) ;;
	0) echo "unloaded with events open" ;;
	*) cat "$SCRATCH/hold" ;;
	esac
	rmmod xen_pmu 2>&1 || echo "rmmod failed"
	[ ! -e $PMU ] || echo "unloaded, but there is still $PMU"
}

# rounds N: runs N rounds; stops at the first round that goes wrong.
rounds()
{
	_n=0
	while [ $_n -lt "$1" ]; do
		_why=$(one_round)
		[ -z "$_why" ] || break
		_n=$((_n + 1))
	done
	[ -z "$_why" ] || ktap_print_msg "round $_n: $_why"
	[ -z "$_why" ]
}

# A kernel with KASAN keeps freed memory unused for a while, and keeps the shadow of a
# module's memory.
guest_keeps_pages() { grep -q ' kasan_' /proc/kallsyms; }

# leak WHAT BEFORE AFTER LIMIT
leak()
{
	if [ -z "$2" ]; then
		ktap_test_skip "no leak: $1"
		return
	fi
	ktap_print_msg "$1: $2 free, then $3"
	ktap_test_result "no leak: $1" [ $(($2 - $3)) -lt "$4" ]
}

need insmod rmmod awk
if [ ! -d /sys/module/xen_pmu ] || [ ! -f "$MODULE" ]; then
	skip "the module xen_pmu is not loaded, or $MODULE not there"
fi
ktap_print_header
ktap_set_plan 5

dmesg -C
rmmod xen_pmu
ktap_test_result "the first $WARM_UP rounds" rounds $WARM_UP
guest=$(guest_pages) xen=$(xen_pages)
ktap_test_result "$ROUNDS rounds" rounds "$ROUNDS"
if guest_keeps_pages; then
	guest=
fi
leak "pages of the guest" "$guest" "$(guest_pages)" $((ROUNDS / 2))
leak "pages of Xen" "$xen" "$(xen_pages)" $((ROUNDS / 10))
insmod "$MODULE"

if dmesg | grep -E 'WARNING|BUG|Call Trace|Oops|refcount|general protection' \
	>"$SCRATCH/splat"; then
	note "$SCRATCH/splat"
	dmesg | tail -n 40 | sed 's/^/# /'
	ktap_test_fail "no splat in the kernel's log"
else
	ktap_test_pass "no splat in the kernel's log"
fi
ktap_finished
