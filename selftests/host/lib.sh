# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # here: see below
# Shared by the tests of this folder: the rig's commands, a scratch folder and the
# kernel's own TAP helpers.  A test sets $here to this folder and sources this file.

rig=$here/../rig
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC1091 # comes from the kernel's source package
. "$("$rig/build" kselftest)/tools/testing/selftests/kselftest/ktap_helpers.sh"

xenvm() { "$rig/xenvm" run --timeout 600 "$@" < /dev/null; }

# result NAME COMMAND...: one test; it passes if COMMAND succeeds.
result() {
	_case=$1
	shift
	if "$@"; then ktap_test_pass "$_case"; else ktap_test_fail "$_case"; fi
}

# same NAME WANTED GOT: one test; it passes if WANTED equals GOT, else it prints both.
same() {
	[ "$2" = "$3" ] || printf '# %s: wanted "%s", got "%s"\n' "$1" "$2" "$3"
	result "$1" [ "$2" = "$3" ]
}
