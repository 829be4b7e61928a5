// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program with one hot function, for `perf record` to find.
 *
 * collatz() does nearly all of the work: it walks the 3n+1 sequence of every
 * number up to the limit, and returns the longest walk.  All other code (the
 * argument, one line of output) takes almost no time.  So a profile with less
 * than nine tenths of its samples in collatz() is wrong.
 */
#include <stdio.h>
#include <stdlib.h>

static __attribute__((noinline)) unsigned int collatz(unsigned long limit)
{
	unsigned int longest = 0;

	for (unsigned long start = 1; start <= limit; start++) {
		unsigned int steps = 0;

		for (unsigned long n = start; n != 1; steps++)
			n = n & 1 ? 3 * n + 1 : n / 2;
		if (steps > longest)
			longest = steps;
	}
	return longest;
}

int main(int argc, char **argv)
{
	unsigned long limit = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;

	printf("longest 3n+1 walk up to %lu: %u steps\n", limit, collatz(limit));
	return 0;
}
