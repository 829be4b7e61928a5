# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# perf-tap.sh - what the shell tests share: TAP by the kernel's own helpers,
# this directory, a scratch directory.  To be sourced; the sourcing script has
# set DIR to the directory it lies in.

# shellcheck source=/dev/null
. "$DIR/ktap_helpers.sh"

SCRATCH=$(mktemp -d) || exit 1
trap 'rm -rf "$SCRATCH"' EXIT

# skip WHY...: nothing of the whole script can be tested here.
skip()
{
	ktap_print_header
	ktap_skip_all "$@"
	exit "$KSFT_SKIP"
}

# need COMMAND...: the whole script is skipped if one is missing.
need()
{
	for _cmd; do
		command -v "$_cmd" >/dev/null && continue
		skip "there is no $_cmd here"
	done
}

# note FILE: its lines as TAP comments.
note()
{
	sed 's/^/# /' "$1"
}

# The number of turns that the program spin makes, and all that follows.
SPIN_TURNS=$(awk '$2 == "SPIN_TURNS" { print $3 }' "$DIR/spin.h")
export SPIN_INSNS=$((1 + 10 * SPIN_TURNS + 3))
