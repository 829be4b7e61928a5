// SPDX-License-Identifier: GPL-2.0-only
/* encode.c - "xenpmu encode": prints the argument of perf -e for an event name. */
#include <stdio.h>

#include "format.h"
#include "pfm.h"
#include "spec.h"
#include "xenpmu.h"

int cmd_encode(int argc, char **argv)
{
	char event[FORMAT_MAX];
	pfm_pmu_info_t pmu;
	struct spec spec;
	const char *why;
	uint64_t code;

	if (argc != 1) {
		complain("'encode' takes one event name, as in: xenpmu encode RETIRED_INSTRUCTIONS:u.");
		return EXIT_USAGE;
	}
	why = spec_parse(argv[0], &spec);
	if (why) {
		complain("'%s': %s.", argv[0], why);
		return EXIT_USAGE;
	}
	if (pfm_open(&pmu))
		return EXIT_NOT_HERE;
	if (pfm_encode(spec.name, &code))
		return EXIT_USAGE;
	why = format_event(code, spec.modes, event);
	if (why) {
		complain("'%s': %s.", argv[0], why);
		return EXIT_USAGE;
	}
	if (spec.dropped)
		complain("Host and guest modifiers are ignored: a guest can count only itself.");
	puts(event);
	return 0;
}
