// SPDX-License-Identifier: GPL-2.0-only
/*
 * tools-format - writing an event-select code for perf (format.c).
 *
 * The test reads the printed terms as perf does, with the positions that sysfs has for AMD
 * ("event" is config:0-7,32-35, and so on).  It does so for every single bit and for random
 * codes.  The result must be the code without the bits that the driver and Xen set.  A code
 * with a bit that a guest may not set must be refused.
 *
 * How it could fail: bits 8 to 11 of the event are in the wrong place, a term is missing,
 * or a forbidden bit is ignored.
 */
#include <stdint.h>

#include "kselftest.h"
#include "perf-glue/tools/format.h"
#include "perf-glue/tools/spec.h"

#define TERMS	0x0000000fff84ffffULL	/* the bits of the five terms */
#define OTHERS	0x0000030000530000ULL	/* USR OS INT EN, guest, host */

/* Returns the number after @name in the text, or 0. */
static uint64_t term(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p ? strtoull(p + strlen(name), NULL, 0) : 0;
}

/* Returns the code that perf opens, by format/ in sysfs of the kernel's own AMD driver. */
static uint64_t assemble(const char *text)
{
	uint64_t event = term(text, "/event=");

	return (event & 0xff) | (event & 0xf00) << 24 |
	       term(text, ",umask=") << 8 | term(text, ",edge=") << 18 |
	       term(text, ",inv=") << 23 | term(text, ",cmask=") << 24;
}

static bool right(uint64_t code)
{
	char text[FORMAT_MAX];
	const char *why = format_event(code, SPEC_USER, text);

	if (code & ~(TERMS | OTHERS))
		return why && strlen(why) > 10;
	return !why && assemble(text) == (code & TERMS & ~OTHERS);
}

static void check_text(uint64_t code, unsigned int modes, const char *expect)
{
	char text[FORMAT_MAX] = "";
	const char *why = format_event(code, modes, text);

	if (why || strcmp(text, expect))
		ksft_print_msg("it gives %s\n", why ? why : text);
	ksft_test_result(!why && !strcmp(text, expect), "%s\n", expect);
}

static void check_bits(void)
{
	int wrong = 0;

	for (int i = 0; i < 64; i++)
		if (!right(0xc0 | 1ULL << i)) {
			ksft_print_msg("bit %d\n", i);
			wrong++;
		}
	ksft_test_result(!wrong, "each of the 64 bits\n");
}

/* xorshift64, Marsaglia 2003. */
static uint64_t next(void)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void check_random(void)
{
	int wrong = 0;

	for (int i = 0; i < 100000; i++)
		wrong += !right(next() & (TERMS | OTHERS)) + !right(next());
	ksft_test_result(!wrong, "random codes: %d wrong\n", wrong);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	check_text(0x5300c0, 0, "cpu/event=0xc0,umask=0x0/");
	check_text(0x5300c0, SPEC_USER, "cpu/event=0xc0,umask=0x0/u");
	check_text(0x100530fd0, SPEC_KERNEL, "cpu/event=0x1d0,umask=0xf/k");
	check_text(0x1d300c1, SPEC_USER | SPEC_KERNEL,
		   "cpu/event=0xc1,umask=0x0,inv=1,cmask=0x1/uk");
	check_text(0xffd7ffff | 0xfULL << 32, 0,
		   "cpu/event=0xfff,umask=0xff,edge=1,inv=1,cmask=0xff/");
	check_bits();
	check_random();
	ksft_finished();
}
