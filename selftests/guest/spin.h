/* SPDX-License-Identifier: GPL-2.0-only */
/* spin.h - how long the program spin runs; the shell tests read this file. */
#define SPIN_TURNS 1100000
