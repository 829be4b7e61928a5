#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# chains.sh - stock perf shows the exact callers, of user and of kernel code.
#
# The program tree does all its work in three leaves: one with frame pointers
# all the way up, one without any (RBP is rubbish there), and one in the kernel,
# in the write(2) that a module of the tests answers (kwork/).  Every sample in
# a leaf must have exactly the callers that the sources have, with
#
#  - perf record -g: frame pointers in user code, the kernel's own unwinder;
#  - perf record --call-graph dwarf: from a copy of the stack, in both halves of
#    the program.
#
# The same kernel work with interrupts off: by NMI nothing changes, natively and on
# ours in a PV guest; by VIRQ a sample is late there, and has its own address and the
# callers in user code, but no callers in the kernel (masked.c has more about that).
#
# How it could fail: registers or a stack pointer that are not those of the
# sample unwind to other callers or none; a stack that is copied when the program
# runs again has another content.
#
# usage: chains.sh [DIRECTORY of xen_pmu_kwork.ko]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

MODULES=${1:-$DIR}
USER_PERIOD=20011
# perf finds names in a module only after a sample in the kernel proper: so env
# executes the program, and the kernel some periods before that.
KERNEL_PERIOD=50021
TURNS=125000			# of the kernel's loop, 10 instructions each
TREE_TURNS=$(awk '$2 == "TREE_TURNS" { print $3 }' "$DIR/tree.h")

USER="tree_b tree_a _start"
SYSCALL="do_syscall_64 entry_SYSCALL_64_after_hwframe"
CALLERS="kwork_middle kwork_outer kwork_write vfs_write ksys_write $SYSCALL"

# record PERIOD OPTIONS... -- ARGUMENTS...: of tree; leaves one line a sample in
# $SCRATCH/chains, its functions from the innermost on.
record()
{
	_options="-c $1"
	shift
	while [ "$1" != -- ]; do
		_options="$_options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # options are words
	perf record -q $_options -o "$SCRATCH/data" \
		env "$DIR/tree" "$@" >"$SCRATCH/log" 2>&1 || note "$SCRATCH/log"
	perf script --no-inline -i "$SCRATCH/data" -F ip,sym \
		>"$SCRATCH/script" 2>>"$SCRATCH/log" || note "$SCRATCH/log"
	awk 'BEGIN { RS = ""; FS = "\n" }
	{
		line = ""
		for (i = 1; i <= NF; i++) {
			split($i, word, " ")
			line = line (i > 1 ? " " : "") word[2]
		}
		print line
	}' "$SCRATCH/script" >"$SCRATCH/chains"
}

# chains NAME LEAF FEWEST MOST CALLERS: of the samples in LEAF.
chains()
{
	awk -v leaf="$2" '$1 == leaf' "$SCRATCH/chains" >"$SCRATCH/leaf"
	_samples=$(wc -l <"$SCRATCH/leaf")
	_wrong=$(grep -cvxF "$2 $5" "$SCRATCH/leaf")
	if [ "$_wrong" -ne 0 ]; then
		sort "$SCRATCH/leaf" | uniq -c | sort -rn | head -n 5 >"$SCRATCH/odd"
		note "$SCRATCH/odd"
		note "$SCRATCH/log"
	fi
	ktap_print_msg "$1: $_samples samples, $_wrong with other callers"
	ktap_test_result "$1: callers of $2" \
		[ "$_samples" -ge "$3" -a "$_samples" -le "$4" -a "$_wrong" -eq 0 ]
}

need perf awk insmod rmmod
ktap_print_header
ktap_set_plan 7
# The kernel frees the driver's init code when it has run, and would put the next
# module there: perf would then find xen_pmu_init at the addresses of kwork_leaf.
ours=
if [ -d /sys/module/xen_pmu ]; then
	ours=$MODULES/xen_pmu.ko
	rmmod xen_pmu
fi
if ! insmod "$MODULES/xen_pmu_kwork.ko" >"$SCRATCH/log" 2>&1; then
	note "$SCRATCH/log"
	ktap_exit_fail_msg "xen_pmu_kwork does not load"
fi
[ -z "$ours" ] || insmod "$ours" || ktap_exit_fail_msg "xen_pmu does not load again"

# One sample a period; whether the last one is in the loop depends on where the
# first one is.
user=$((4 * TREE_TURNS / USER_PERIOD))
kernel=$((10 * TURNS / KERNEL_PERIOD))
# The overflows themselves execute kernel code, natively some 11,000 instructions
# each with a copy of the stack: at most a quarter of the period.
kernel_most=$((kernel * 4 / 3 + 1))

record $USER_PERIOD -e instructions:u -g --
chains "frame pointers" tree_leaf $user $((user + 1)) "$USER"
record $KERNEL_PERIOD -e instructions:k -g -- "chain $TURNS"
chains "frame pointers, kernel" kwork_leaf $kernel $kernel_most \
	"$CALLERS tree_kernel $USER"

record $USER_PERIOD -e instructions:u --call-graph dwarf,1024 --
chains "dwarf" tree_leaf $user $((user + 1)) "$USER"
chains "dwarf, no frame pointers" plain_leaf $user $((user + 1)) \
	"plain_b plain_a _start"
record $KERNEL_PERIOD -e instructions:k --call-graph dwarf,1024 -- "chain $TURNS"
chains "dwarf, kernel" kwork_leaf $kernel $kernel_most \
	"$CALLERS tree_kernel $USER"

late="$CALLERS tree_kernel $USER"
if grep -q '^overflows_by: virq' /sys/kernel/debug/xen_pmu/info 2>/dev/null; then
	late="tree_kernel $USER"
	kernel=1	# it stands for all of the section's periods
fi
record $KERNEL_PERIOD -e instructions:k -g -- "late $TURNS"
chains "frame pointers, interrupts off" kwork_late $kernel $kernel_most "$late"
record $KERNEL_PERIOD -e instructions:k --call-graph dwarf,1024 -- "late $TURNS"
chains "dwarf, interrupts off" kwork_late $kernel $kernel_most "$late"

rmmod xen_pmu_kwork
ktap_finished
