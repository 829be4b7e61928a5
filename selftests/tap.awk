# SPDX-License-Identifier: GPL-2.0-only
# Counts the results in one program's TAP output (as kselftest.h prints it).
#
# Prints "PASSED FAILED SKIPPED" as one line.  A plan that does not match what
# was run, "Bail out!" and a missing plan are failures: a program that dies
# half way must not look like one that had little to test.

/^[ \t]*1\.\.[0-9]+/ { sub(/^[ \t]*1\.\./, ""); planned = $1 + 0; plans++; skipall = /SKIP/ }
/^ok .*# *SKIP/      { skipped++; next }
/^not ok .*# *TODO/  { skipped++; next }
/^ok /               { passed++ }
/^not ok /           { failed++ }
/^Bail out!/         { failed++; bailed = 1 }

END {
	run = passed + failed + skipped
	if (skipall)
		skipped++
	else if (!plans || (plans == 1 && run != planned && !bailed))
		failed++
	print passed + 0, failed + 0, skipped + 0
}
