# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# perf-tap.sh - functions for the shell tests: TAP by the kernel's own helpers, and a
# scratch directory.  A script that sources this file first sets DIR to its directory.

# shellcheck source=/dev/null
. "$DIR/ktap_helpers.sh"

SCRATCH=$(mktemp -d) || exit 1
trap 'rm -rf "$SCRATCH"' EXIT

# skip WHY...: skips the whole script.
skip()
{
	ktap_print_header
	ktap_skip_all "$@"
	exit "$KSFT_SKIP"
}

# need COMMAND...: skips the whole script if a command is missing.
need()
{
	for _cmd; do
		command -v "$_cmd" >/dev/null && continue
		skip "there is no $_cmd here"
	done
}

# note FILE: prints the file as TAP comments.
note()
{
	sed 's/^/# /' "$1"
}

# The turns of the program spin, and the numbers that follow from them.
SPIN_TURNS=$(awk '$2 == "SPIN_TURNS" { print $3 }' "$DIR/spin.h")
export SPIN_INSNS=$((1 + 10 * SPIN_TURNS + 3))
