// SPDX-License-Identifier: GPL-2.0-only
/* xenpmu.c - the command line of xenpmu(1). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <perfmon/pfmlib.h>

#include "../../hypervisor/public/pmu_page.h"
#include "xenpmu.h"

static const struct command {
	const char *name, *args, *what;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "events", "[PATTERN]", "list the events of this CPU", cmd_events },
	{ "encode", "NAME[:MODIFIERS]", "print the event in perf's syntax",
	  cmd_encode },
	{ "info", "", "print what this guest's PMU offers", cmd_info },
	{ NULL }
};

static void print_help(FILE *to)
{
	const struct command *c;

	fputs("usage: xenpmu COMMAND [ARGUMENT]\n\n", to);
	for (c = commands; c->name; c++)
		fprintf(to, "  %-7s %-17s %s\n", c->name, c->args, c->what);
	fputs("\n  perf stat -e \"$(xenpmu encode RETIRED_INSTRUCTIONS:u)\" PROGRAM\n"
	      "\nThe manual is xenpmu(1).\n", to);
}

static void version(void)
{
	int pfm = pfm_get_version();

	printf("xenpmu %s (page interface %d.%d, libpfm4 %d.%d)\n",
	       XENPMU_VERSION, XEN_PMU_PAGE_MAJOR, XEN_PMU_PAGE_MINOR,
	       PFM_MAJ_VERSION(pfm), PFM_MIN_VERSION(pfm));
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		version();
		return 0;
	}
	for (c = commands; c->name; c++)
		if (!strcmp(argv[1], c->name))
			return c->run(argc - 2, argv + 2);
	complain("There is no command '%s'; 'xenpmu --help' lists them.",
		 argv[1]);
	return EXIT_USAGE;
}
