#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# registers.sh - a neighbour that uses vector registers, for as long as the
# tests run.  It ends only when it has lost one, and says so on stderr; the
# runner then fails.

out=$("$(cd "$(dirname "$0")" && pwd)/registers" 0)
echo "$out" >&2
exit 1
