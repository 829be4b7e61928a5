// SPDX-License-Identifier: GPL-2.0-only
/*
 * tools-spec - splitting an event name from its modifiers (spec.c).
 *
 * The tables list what users type.  An accepted row has the name for libpfm4, the modes,
 * and whether host or guest letters were ignored.  A refused row has a part of the error
 * sentence.  Then come 200,000 random strings of the letters that matter.  Each must give
 * an error sentence, or a name without modes that is not longer than the string.  The
 * sanitizers check memory accesses.
 *
 * How it could fail: a unit mask is taken for a modifier or a modifier for a unit mask,
 * "::" is taken for the start of a modifier, or a long name overflows.
 */
#include <stdint.h>

#include "kselftest.h"
#include "perf-glue/tools/spec.h"

#define U  SPEC_USER
#define K  SPEC_KERNEL
#define UK (SPEC_USER | SPEC_KERNEL)

static const struct good {
	const char *text, *name;
	unsigned int modes;
	bool dropped;
} good[] = {
	{ "RETIRED_INSTRUCTIONS", "RETIRED_INSTRUCTIONS", 0, false },
	{ "EVENT:u", "EVENT", U, false },
	{ "EVENT:k", "EVENT", K, false },
	{ "EVENT:uk", "EVENT", UK, false },
	{ "EVENT:u:k", "EVENT", UK, false },
	{ "EVENT:u=1:k=0", "EVENT", U, false },
	{ "EVENT:u=0", "EVENT", K, false },
	{ "EVENT:k=n", "EVENT", U, false },
	{ "EVENT:k=y", "EVENT", K, false },
	{ "pmu::EVENT:u", "pmu::EVENT", U, false },
	{ "pmu::EVENT:MASK:k", "pmu::EVENT:MASK", K, false },
	{ "EVENT:MASK:u:c=1:i", "EVENT:MASK:c=1:i", U, false },
	{ "EVENT:e:uk", "EVENT:e", UK, false },
	{ "EVENT:u:MASK", "EVENT:MASK", U, false },
	{ "EVENT:uh", "EVENT", U, true },
	{ "EVENT:G", "EVENT", 0, true },
	{ "EVENT:g:h", "EVENT", 0, true },
	{ "EVENT:H:k", "EVENT", K, true },
	{ "EVENT:MASK_u", "EVENT:MASK_u", 0, false },
	{ "EVENT:0x1f:u", "EVENT:0x1f", U, false },
	{ "u", "u", 0, false },
};

static const struct bad {
	const char *text, *says;
} bad[] = {
	{ "", "name is empty" },
	{ ":u", "name is empty" },
	{ "pmu::", "name is empty" },
	{ "pmu:::u", "name is empty" },
	{ "EVENT:", "nothing between" },
	{ "EVENT:MASK::u", "nothing between" },
	{ "EVENT:p", "precise" },
	{ "EVENT:upp", "precise" },
	{ "EVENT:u=2", "0 or 1" },
	{ "EVENT:u=", "0 or 1" },
	{ "EVENT:k=10", "0 or 1" },
	{ "EVENT:h", "host only" },
	{ "EVENT:H", "host only" },
	{ "EVENT:u:u=0", "same mode" },
	{ "EVENT:u=0:k=0", "no mode" },
};

static void check_good(void)
{
	struct spec spec;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		const struct good *g = &good[i];
		const char *why = spec_parse(g->text, &spec);

		if (why)
			ksft_print_msg("it says: %s\n", why);
		ksft_test_result(!why && !strcmp(spec.name, g->name) &&
				 spec.modes == g->modes &&
				 spec.dropped == g->dropped,
				 "%s is %s, modes %u\n", g->text, g->name,
				 g->modes);
	}
}

static void check_bad(void)
{
	struct spec spec;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *why = spec_parse(bad[i].text, &spec);

		if (why)
			ksft_print_msg("it says: %s\n", why);
		ksft_test_result(why && strstr(why, bad[i].says),
				 "'%s' is refused: %s\n", bad[i].text,
				 bad[i].says);
	}
}

static void check_long(void)
{
	char text[2 * SPEC_NAME_MAX];
	struct spec spec;
	bool right = true;

	for (size_t len = 1; len < sizeof(text); len++) {
		const char *why;

		memset(text, 'A', len);
		text[len] = '\0';
		why = spec_parse(text, &spec);
		right &= len < SPEC_NAME_MAX ? !why && !strcmp(spec.name, text)
					     : why && strstr(why, "too long");
		if (len == sizeof(text) - 1)
			break;
	}
	ksft_test_result(right, "names up to %d bytes, and no longer\n",
			 SPEC_NAME_MAX - 1);
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

/* Is an attribute of the name u or k?  In "pmu::u", u is the event. */
static bool mode_left(const char *name)
{
	const char *p = strchr(name, ':');

	if (p && p[1] == ':')
		p += 2;
	else
		p = name;
	for (p = strchr(p, ':'); p; p = strchr(p + 1, ':'))
		if ((p[1] == 'u' || p[1] == 'k') && (!p[2] || p[2] == ':'))
			return true;
	return false;
}

static bool random_one(void)
{
	static const char letters[] = "ukhgGHpPeic=01:::AB_x";
	char text[64];
	struct spec spec;
	size_t len = next() % (sizeof(text) - 1);
	const char *why;

	for (size_t i = 0; i < len; i++)
		text[i] = letters[next() % (sizeof(letters) - 1)];
	text[len] = '\0';
	why = spec_parse(text, &spec);
	if (why)
		return strlen(why) > 10;
	return strlen(spec.name) <= len && !(spec.modes & ~UK) &&
	       !mode_left(spec.name);
}

static void check_random(void)
{
	int wrong = 0;

	for (int i = 0; i < 200000; i++)
		wrong += !random_one();
	ksft_test_result(!wrong, "random strings: %d wrong\n", wrong);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(good) + ARRAY_SIZE(bad) + 2);
	check_good();
	check_bad();
	check_long();
	check_random();
	ksft_finished();
}
