// SPDX-License-Identifier: GPL-2.0-only
/* splitmix64 (Steele, Lea and Flood, 2014), which is good enough for tests. */
#include <stdlib.h>
#include <time.h>

#include "hypervisor-prng.h"

static uint64_t state;

void prng_seed(uint64_t seed)
{
	state = seed;
}

uint64_t prng(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

unsigned int prng_below(unsigned int n)
{
	return prng() % n;
}

uint64_t prng_fresh_seed(void)
{
	const char *seed = getenv("SEED");
	struct timespec now;

	if (seed)
		return strtoull(seed, NULL, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}
