# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # here: see below
# What the tests of this folder share: the rig's commands, a scratch folder and
# the kernel's own TAP helpers.  Sourced with $here set to this folder.

rig=$here/../rig
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC1091 # comes from the kernel's source package
. "$("$rig/build" kselftest)/tools/testing/selftests/kselftest/ktap_helpers.sh"

xenvm() { "$rig/xenvm" run --timeout 600 "$@" < /dev/null; }

# result NAME COMMAND...: one test, passed if COMMAND succeeds.
result() {
	_case=$1
	shift
	if "$@"; then ktap_test_pass "$_case"; else ktap_test_fail "$_case"; fi
}

# same NAME WANTED GOT: passed if they are the same; says both if not.
same() {
	[ "$2" = "$3" ] || printf '# %s: wanted "%s", got "%s"\n' "$1" "$2" "$3"
	result "$1" [ "$2" = "$3" ]
}
