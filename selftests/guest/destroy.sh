#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# destroy.sh - a domain that is destroyed while it counts leaves nothing.
#
# In dom0, while the domU n1 runs neighbour.sh: its page is attached, its
# counters run.  It is destroyed as it is.  Then
#
#  - the domain is gone: no zombie in "xl list" (Xen keeps a domain, as state
#    "d", as long as anybody holds a reference to one of its pages);
#  - Xen has more free pages than before, at least as many as n1 had memory;
#  - events in dom0, on the same physical CPU, count exactly as before.
#
# How it could fail: a page reference that is dropped on detach only; counters
# of the dead VCPU that are left running, or its state used after it is freed.
#
# usage: destroy.sh [DOMAIN]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"
# shellcheck source=selftests/guest/xen-pages.sh
. "$DIR/xen-pages.sh"

DOMAIN=${1:-n1}

need xl
memory=$(xl list "$DOMAIN" 2>/dev/null | awk 'NR == 2 { print $3 }')
if [ -z "$memory" ]; then
	ktap_skip_all "there is no domain $DOMAIN"
	exit "$KSFT_SKIP"
fi
ktap_print_header
ktap_set_plan 4

ktap_test_result "events count exactly beside $DOMAIN" "$DIR/hold"
before=$(xen_pages)
xl destroy "$DOMAIN"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	xl list | awk 'NR > 1 && $1 != "Domain-0"' >"$SCRATCH/left"
	awk -v d="$DOMAIN" '$1 == d || $1 == "(null)" || $5 ~ /d/' \
		"$SCRATCH/left" >"$SCRATCH/zombies"
	[ -s "$SCRATCH/zombies" ] || break
	sleep 1
done
note "$SCRATCH/zombies"
ktap_test_result "no zombie" [ ! -s "$SCRATCH/zombies" ]
after=$(xen_pages)
ktap_print_msg "$memory MiB; Xen's free pages: $before, then $after"
ktap_test_result "its memory is free again" \
	[ $((after - before)) -ge $((memory * 256)) ]
ktap_test_result "events count exactly afterwards" "$DIR/hold"
ktap_finished
