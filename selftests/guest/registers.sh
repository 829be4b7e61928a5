#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# registers.sh - uses vector registers in another domain for as long as the tests run.
# It ends only if a register is lost.  It then prints a message on stderr, and the
# runner fails.

out=$("$(cd "$(dirname "$0")" && pwd)/registers" 0)
echo "$out" >&2
exit 1
