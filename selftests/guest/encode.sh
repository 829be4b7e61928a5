#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# encode.sh - xenpmu encode gives the same event as perf's own name for it.
#
# The test passes twenty names of libpfm4, each with a modifier, through "xenpmu
# encode".  A few names exist for family 17h only, and others for later families only.
# "perf stat -vv" gets the result and perf's own names for the same event: the name in
# perf's JSON tables for the processor, and the generic name if there is one.  All must
# give the same code (perf prints the attribute that it opens).  On the program spin
# they must give exactly the same count in user mode; if the count follows from spin's
# source, they must give that number.
#
# Some codes count nothing on the rig's PMU, and give 0 each time.  For these codes
# only the comparison of the codes proves anything.  Kernel counts are not compared,
# because perf switches the events on one after the other.
#
# How it could fail: event bits 8 to 11 are lost, unit masks are mixed up, a modifier
# is dropped, or perf parses the format as something else.  perf's tables and libpfm4's
# were made from AMD's manual independently.

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

need perf awk xenpmu

# libpfm4's name, perf's name, the generic name or -, spin's count of it or -
table()
{
	cat <<-EOF
	RETIRED_INSTRUCTIONS:u				ex_ret_instr		instructions	$SPIN_INSNS
	CYCLES_NOT_IN_HALT:u				ls_not_halted_cyc	cycles		-
	RETIRED_BRANCH_INSTRUCTIONS:u			ex_ret_brn		branches	$((SPIN_TURNS + 1))
	RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED:u	ex_ret_brn_misp		branch-misses	-
	RETIRED_TAKEN_BRANCH_INSTRUCTIONS:u		ex_ret_brn_tkn		-		$SPIN_TURNS
	RETIRED_CONDITIONAL_BRANCH_INSTRUCTIONS:u	ex_ret_cond		-		$SPIN_TURNS
	RETIRED_TAKEN_BRANCH_INSTRUCTIONS_MISPREDICTED:u ex_ret_brn_tkn_misp	-		-
	RETIRED_FAR_CONTROL_TRANSFERS:u			ex_ret_brn_far		-		-
	RETIRED_NEAR_RETURNS:u				ex_ret_near_ret		-		-
	RETIRED_NEAR_RETURNS_MISPREDICTED:u		ex_ret_near_ret_mispred	-		-
	RETIRED_INDIRECT_BRANCH_INSTRUCTIONS_MISPREDICTED:u ex_ret_brn_ind_misp	-		-
	DIV_OP_COUNT:u					ex_div_count		-		-
	DIV_CYCLES_BUSY_COUNT:u				ex_div_busy		-		-
	INTERRUPT_TAKEN:u				ls_int_taken		-		-
	LS_DISPATCH:LD_DISPATCH:u			ls_dispatch.ld_dispatch	-		-
	RETIRED_LOCK_INSTRUCTIONS:BUS_LOCK:u		ls_locks.bus_lock	-		-
	EOF
	case $(awk '$1 == "cpu" && $2 == "family" { print $4; exit }' /proc/cpuinfo) in
	23) cat <<-EOF ;;
	RETIRED_MMX_FP_INSTRUCTIONS:SSE_INSTR:u		ex_ret_mmx_fp_instr.sse_instr -		-
	RETIRED_FUSED_INSTRUCTIONS:u			ex_ret_fus_brnch_inst	-		-
	RETIRED_UOPS:u					ex_ret_cops		-		-
	L1_BTB_CORRECTION:u				bp_l1_btb_correct	-		-
	EOF
	*) cat <<-EOF ;;
	RETIRED_INDIRECT_BRANCH_INSTRUCTIONS:u		ex_ret_ind_brch_instr	-		-
	RETIRED_FUSED_INSTRUCTIONS:u			ex_ret_fused_instr	-		-
	RETIRED_OPS:u					ex_ret_ops		-		-
	L2_BTB_CORRECTION:u				bp_l2_btb_correct	-		-
	EOF
	esac
}

# Prints the raw codes of the events that perf opens for the arguments after -e, in
# order.  Generic events are PERF_TYPE_HARDWARE, and are left out.
configs()
{
	awk '$1 == "type" { raw = $2 == 4 } $1 == "config" && raw { print $2 }' \
		"$SCRATCH/log"
}

counts()
{
	awk -F, 'NF > 3 { print $1 }' "$SCRATCH/stat"
}

# same LINES: are there several lines, and are all equal?
same()
{
	[ "$(echo "$1" | wc -l)" -ge 2 ] &&
		[ "$(echo "$1" | sort -u | wc -l)" -eq 1 ]
}

# Prints why the measurement of one name is wrong, or nothing.
verdict()
{
	_configs=$(configs)
	_counts=$(counts)
	same "$_configs" || echo "codes differ:" "$_configs"
	same "$_counts" || echo "counts differ:" "$_counts"
	case $_counts in
	*[!0-9[:space:]]*) echo "not counted:" "$_counts" ;;
	esac
	[ "$1" = - ] || [ "$(echo "$_counts" | head -n 1)" = "$1" ] ||
		echo "expected $1, counted" "$_counts"
}

check()
{
	if ! event=$(xenpmu encode "$1" 2>"$SCRATCH/log"); then
		note "$SCRATCH/log"
		ktap_test_fail "$1"
		return
	fi
	set -- "$@" -e "$event" -e "$2:u"
	[ "$3" = - ] || set -- "$@" -e "$3:u"
	name=$1 expect=$4
	shift 4
	if ! perf stat -vv -x, -o "$SCRATCH/stat" "$@" "$DIR/spin" \
		2>"$SCRATCH/log" >&2; then
		note "$SCRATCH/log" | tail -n 5
		ktap_test_fail "$name"
		return
	fi
	why=$(verdict "$expect")
	[ -z "$why" ] || ktap_print_msg "$why"
	ktap_print_msg "$event counts $(counts | head -n 1)"
	ktap_test_result "$name" [ -z "$why" ]
}

ktap_print_header
ktap_set_plan "$(table | wc -l)"
table >"$SCRATCH/table"
while read -r name own generic expect; do
	check "$name" "$own" "$generic" "$expect" </dev/null
done <"$SCRATCH/table"
ktap_finished
