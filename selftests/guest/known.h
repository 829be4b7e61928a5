/* SPDX-License-Identifier: GPL-2.0-only */
/* known.h - a loop with known registers over a known stack: see known.S. */
#ifndef XENPMU_GUEST_KNOWN_H
#define XENPMU_GUEST_KNOWN_H

#define KNOWN_BODY	10	/* instructions in a turn; the last is JNZ */
#define KNOWN_WORDS	32	/* words that lie on the stack */

/* Register number n (0 RAX, 1 RBX, ... as perf numbers them) and stack word n. */
#define KNOWN_REG(n)	(0x1234567890abcd00 + (n))
#define KNOWN_WORD(n)	(0x5ca1ab1e00000000 + (n))

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Sets every general register and the stack, and makes @turns turns. */
void known_loop(uint64_t turns);

/* The addresses of the loop's instructions, in order. */
extern const uint64_t known_insn[KNOWN_BODY];

/* RSP in the loop: KNOWN_WORDS words from there are KNOWN_WORD(). */
extern uint64_t known_rsp;
#endif

#endif
