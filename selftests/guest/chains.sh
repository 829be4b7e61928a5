#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# chains.sh - stock perf shows the exact callers of user code and of kernel code.
#
# The program tree does all its work in three leaves.  One leaf and its callers have
# frame pointers.  One has none (RBP is rubbish there).  One is in the kernel, in the
# write(2) to a file of the tests' module (kwork/).  Every sample in a leaf must have
# exactly the callers that the sources have, with
#
#  - perf record -g: by frame pointers in user code, and by the kernel's unwinder;
#  - perf record --call-graph dwarf: from a copy of the stack, in both user leaves.
#
# The same kernel work then runs with interrupts off.  If an NMI takes the sample
# (natively, and with our driver in a PV guest) the result must be the same.  With
# overflows by VIRQ a sample is late there: it has its own address and the callers in
# user code, but no callers in the kernel (masked.c says more about late samples).
#
# How it could fail: registers or a stack pointer of another moment unwind to other
# callers or to none; a stack that is copied when the program runs again has another
# content.
#
# usage: chains.sh [DIRECTORY of xen_pmu_kwork.ko]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

MODULES=${1:-$DIR}
USER_PERIOD=20011
# perf finds names in a module only after a sample in the kernel proper.  So env executes
# the program, and the kernel executes some periods for env first.
KERNEL_PERIOD=50021
TURNS=125000			# of the kernel's loop, 10 instructions each
TREE_TURNS=$(awk '$2 == "TREE_TURNS" { print $3 }' "$DIR/tree.h")

USER="tree_b tree_a _start"
SYSCALL="do_syscall_64 entry_SYSCALL_64_after_hwframe"
CALLERS="kwork_middle kwork_outer kwork_write vfs_write ksys_write $SYSCALL"

# record PERIOD OPTIONS... -- ARGUMENTS...: samples tree.  Each line of $SCRATCH/chains
# then has the functions of one sample, from the innermost on.
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

# chains NAME LEAF FEWEST MOST CALLERS: judges the samples in LEAF.
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
# The kernel frees the driver's init code after init, and would load the next module
# there.  perf would then find xen_pmu_init at the addresses of kwork_leaf.
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

# There is one sample for each period.  The place of the first sample decides whether the
# last one is still in the loop.
user=$((4 * TREE_TURNS / USER_PERIOD))
kernel=$((10 * TURNS / KERNEL_PERIOD))
# An overflow with a copy of the stack executes about 11,000 instructions in the kernel
# natively, and these are counted.  They are at most a quarter of the period.
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
	kernel=1	# one sample stands for all periods of the section
fi
record $KERNEL_PERIOD -e instructions:k -g -- "late $TURNS"
chains "frame pointers, interrupts off" kwork_late $kernel $kernel_most "$late"
record $KERNEL_PERIOD -e instructions:k --call-graph dwarf,1024 -- "late $TURNS"
chains "dwarf, interrupts off" kwork_late $kernel $kernel_most "$late"

rmmod xen_pmu_kwork
ktap_finished
