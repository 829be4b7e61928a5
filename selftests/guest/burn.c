// SPDX-License-Identifier: GPL-2.0-only
/*
 * burn - executes user instructions until it is killed, or for a number of seconds.
 * It is no test: it is the load in another domain while the tests run.
 *
 * usage: burn [seconds]
 */
#include <stdlib.h>
#include <unistd.h>

#include "work.h"

int main(int argc, char **argv)
{
	if (argc > 1)
		alarm(atoi(argv[1]));
	for (;;)
		work_loop(1000000);
}
