/* SPDX-License-Identifier: GPL-2.0-only */
/* xenpmu.h - the commands of xenpmu(1) and their exit status. */
#ifndef XENPMU_H
#define XENPMU_H

#include <stdio.h>

/* Exit status. */
#define EXIT_NOT_HERE	1	/* this machine cannot do what was asked */
#define EXIT_USAGE	2	/* the arguments are wrong */

/* Prints one sentence on stderr, after the program's name. */
#define complain(fmt, ...) fprintf(stderr, "xenpmu: " fmt "\n", ##__VA_ARGS__)

/* Each takes the arguments after its name and returns the exit status. */
int cmd_events(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_info(int argc, char **argv);

#endif
