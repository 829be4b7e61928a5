/* SPDX-License-Identifier: GPL-2.0-only */
/* xenpmu.h - the commands of xenpmu(1), and how they fail. */
#ifndef XENPMU_H
#define XENPMU_H

#include <stdio.h>

/* Exit status. */
#define EXIT_NOT_HERE	1	/* well asked, but this machine cannot */
#define EXIT_USAGE	2	/* what was typed makes no sense */

/* One sentence on stderr, after the program's name. */
#define complain(fmt, ...) fprintf(stderr, "xenpmu: " fmt "\n", ##__VA_ARGS__)

/* Each takes what follows its name on the command line; gives the exit status. */
int cmd_events(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_info(int argc, char **argv);

#endif
