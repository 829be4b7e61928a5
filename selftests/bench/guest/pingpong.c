// SPDX-License-Identifier: GPL-2.0-only
/*
 * pingpong - two processes that hand a byte to and fro, so that each step is a
 * context switch on the CPU which they share.
 *
 *   pingpong answer FIFO1 FIFO2 N		the one that answers
 *   pingpong ask FIFO1 FIFO2 N LABELS	the one that asks, and measures
 *
 * After WARM rounds, N rounds are measured; a round is two switches.  What they
 * cost is one line of JSON, with LABELS (members of a JSON object) in it.  One more
 * round follows: who answers the last one exits before the other runs again.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"

#define WARM 1000

static int usage(void)
{
	fputs("usage: pingpong answer|ask FIFO1 FIFO2 ROUNDS [LABELS]\n",
	      stderr);
	return 2;
}

int main(int argc, char *argv[])
{
	static struct X86PMUAccount before, after;
	int in, out;
	char byte = 0;
	long rounds;
	bool ask;

	if (argc < 5)
		return usage();
	ask = !strcmp(argv[1], "ask");
	rounds = strtol(argv[4], NULL, 0);
	if ((!ask && strcmp(argv[1], "answer")) || rounds <= 0 ||
	    argc != 5 + ask)
		return usage();
	/* An open waits for the other side: both in the same order. */
	if (ask) {
		out = open(argv[2], O_WRONLY);
		in = open(argv[3], O_RDONLY);
	} else {
		in = open(argv[2], O_RDONLY);
		out = open(argv[3], O_WRONLY);
	}
	if (in < 0 || out < 0) {
		perror("pingpong: a fifo");
		return 1;
	}
	for (long i = 0; i <= WARM + rounds; i++) {
		if (ask && i == WARM)
			account_read(&before);
		if (ask && i == WARM + rounds)
			account_read(&after);
		if (ask && write(out, &byte, 1) != 1)
			return 1;
		if (read(in, &byte, 1) != 1)
			return 1;
		if (!ask && write(out, &byte, 1) != 1)
			return 1;
	}
	if (!ask)
		return 0;
	printf("{%s,\"per\":%ld", argv[5], 2 * rounds);
	account_print(stdout, &before, &after);
	puts("}");
	return 0;
}
