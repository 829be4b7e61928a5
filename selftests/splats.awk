# SPDX-License-Identifier: GPL-2.0-only
# Searches the consoles of a run (xenvm --log) for the messages of Linux and Xen about
# their own faults, and prints one test as TAP.  The test passes if there is no such
# message.  Otherwise it fails, and each message is printed with the lines after it.
#
# -v what=NAME: the test's name.

BEGIN {
	# Linux: the WARN macros, lockdep and RCU ("WARNING:"); KASAN, sleeping in atomic
	# context, lockups and lockdep's own limits ("BUG:"); hung tasks; stalls; objects
	# that are freed in use (ODEBUG); panics.
	linux = "WARNING:|BUG:|kernel BUG at|INFO: (possible|suspicious|trying|task|lockdep)|rcu: INFO|" \
		"suspicious RCU|soft lockup|hard LOCKUP|BUG: KASAN|ODEBUG:|refcount_t:|" \
		"list_(add|del) corruption|turning off the locking|general protection fault|" \
		"Oops|unable to handle|Call Trace:|Kernel panic"
	# Xen's console has faults in these forms only.
	xen = "Assertion '|Xen BUG|Xen WARN|Xen call trace|Panic on CPU|FATAL|UBSAN:|" \
		"check_lock|spinlock .* (fail|wrong)"
	SHOWN = 40		# lines to print after a message, for the backtrace
	MOST = 400		# at most so many of these in all; every message is shown
}

{ sub(/\r$/, "") }

# The rig's CPU has no microcode, so Linux prints this advice.  It is no fault.
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
