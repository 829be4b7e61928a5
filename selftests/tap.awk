# SPDX-License-Identifier: GPL-2.0-only
# Counts the results in a test's TAP output (as kselftest.h prints it).  The output can
# have several streams; each begins with its version line.
#
# Prints "PASSED FAILED SKIPPED" as one line.  A stream without a plan, a plan that does
# not match the results, and "Bail out!" count as failures: a program that dies half way
# must not look like a program with few tests.

function close_stream() {
	if (skipall)
		skipped++
	else if (planned < 0 || (run != planned && !bailed))
		failed++
}

function open_stream() { planned = -1; run = bailed = skipall = 0; streams++ }

/^TAP version/	{ if (streams) close_stream(); open_stream(); next }

/^(1\.\.[0-9]|ok |not ok )/ { if (!streams) open_stream() }

/^1\.\.[0-9]+/	{
	skipall = /SKIP/ && /^1\.\.0/
	planned = substr($1, 4) + 0
}
# XFAIL is a known gap, and not a pass.
/^ok .*# *(SKIP|XFAIL)/	{ skipped++; run++; next }
/^not ok .*# *TODO/	{ skipped++; run++; next }
/^ok /			{ passed++; run++ }
/^not ok /		{ failed++; run++ }
/^Bail out!/		{ failed++; bailed = 1 }

END {
	if (!streams)
		open_stream()
	close_stream()
	print passed + 0, failed + 0, skipped + 0
}
