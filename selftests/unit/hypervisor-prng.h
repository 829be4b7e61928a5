/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers for the property tests.  A printed seed repeats a run. */
#ifndef HYPERVISOR_PRNG_H
#define HYPERVISOR_PRNG_H

#include <stdint.h>

void prng_seed(uint64_t seed);
/* 64 random bits */
uint64_t prng(void);
/* 0..n-1; n must not be 0 */
unsigned int prng_below(unsigned int n);
/* A new seed for each run, or $SEED to repeat one */
uint64_t prng_fresh_seed(void);

#endif /* HYPERVISOR_PRNG_H */
