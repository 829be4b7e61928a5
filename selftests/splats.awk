# SPDX-License-Identifier: GPL-2.0-only
# Looks through the consoles of a run (xenvm --log) for what Linux and Xen print
# when they find a fault in themselves, and prints one test as TAP: passed if there
# is nothing of the kind, else failed, with each such line and what follows it.
#
# -v what=NAME: the test's name.

BEGIN {
	# Linux: the WARN macros and lockdep and RCU ("WARNING:"), KASAN, sleeping in
	# atomic context, lockups and lockdep's own limits ("BUG:"), tasks that hang,
	# stalls, objects that are freed in use (ODEBUG), and what ends a kernel.
	linux = "WARNING:|BUG:|kernel BUG at|INFO: (possible|suspicious|trying|task|lockdep)|rcu: INFO|" \
		"suspicious RCU|soft lockup|hard LOCKUP|BUG: KASAN|ODEBUG:|refcount_t:|" \
		"list_(add|del) corruption|turning off the locking|general protection fault|" \
		"Oops|unable to handle|Call Trace:|Kernel panic"
	# Xen: its console has lines of this form only.
	xen = "Assertion '|Xen BUG|Xen WARN|Xen call trace|Panic on CPU|FATAL|UBSAN:|" \
		"check_lock|spinlock .* (fail|wrong)"
	SHOWN = 40		# lines that follow one of these, for the backtrace
	MOST = 400		# such lines in all; the lines themselves are all shown
}

{ sub(/\r$/, "") }

# Linux says this of the rig's CPU, which has no microcode: advice, and no fault.
/Speculative Return Stack Overflow: WARNING: See https/ { next }

/^\(XEN\)/ ? $0 ~ xen : $0 ~ linux {
	found++
	left = SHOWN
	shown[printed++] = $0
	next
}

left > 0 && printed < MOST {
	shown[printed++] = $0
	left--
}

END {
	print "TAP version 13"
	print "1..1"
	for (i = 0; i < printed; i++)
		print "# " shown[i]
	if (!NR)
		print "# there is no console"
	print (found || !NR ? "not ok 1 " : "ok 1 ") (what ? what : "the consoles are clean")
}
