// SPDX-License-Identifier: GPL-2.0-only
/*
 * pingpong - two processes pass a byte to and fro on one CPU, so that each pass is a
 * context switch.
 *
 *   pingpong answer FIFO1 FIFO2 N		the process that answers
 *   pingpong ask FIFO1 FIFO2 N LABELS	the process that asks and measures
 *
 * After WARM rounds the program measures N rounds of two switches each.  It prints their
 * cost as one line of JSON, with LABELS (members of a JSON object) in it.  One more round
 * follows, because the process that answers the last round exits before the other one
 * runs again.
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
	/* open(2) of a FIFO waits for the other side, so both open them in the same order. */
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
