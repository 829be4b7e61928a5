/* SPDX-License-Identifier: GPL-2.0-only */
/* xenpmu.h - the commands of xenpmu(1), and how they fail. */
#ifndef XENPMU_H
#define XENPMU_H

#define __printf(a, b)	__attribute__((__format__(__printf__, a, b)))

/* Exit status. */
#define EXIT_NOT_HERE	1	/* well asked, but this machine cannot */
#define EXIT_USAGE	2	/* what was typed makes no sense */

/* One sentence on stderr, after the program's name. */
void complain(const char *fmt, ...) __printf(1, 2);

/* Each takes what follows its name on the command line; gives the exit status. */
int cmd_events(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_info(int argc, char **argv);

#endif
