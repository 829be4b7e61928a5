// SPDX-License-Identifier: GPL-2.0-only
/* events.c - "xenpmu events": lists the events that libpfm4 has for this CPU's cores. */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pfm.h"
#include "xenpmu.h"

/* A pattern without wildcards matches anywhere in the name or description. */
static bool matches(const char *pattern, const pfm_event_info_t *event)
{
	if (!pattern)
		return true;
	if (strpbrk(pattern, "*?["))
		return !fnmatch(pattern, event->name, FNM_CASEFOLD);
	return strcasestr(event->name, pattern) ||
	       strcasestr(event->desc, pattern);
}

static void print_umasks(const pfm_event_info_t *event)
{
	for (int i = 0; i < event->nattrs; i++) {
		pfm_event_attr_info_t attr = { .size = sizeof(attr) };

		if (pfm_get_event_attr_info(event->idx, i, PFM_OS_NONE,
					    &attr) != PFM_SUCCESS ||
		    attr.type != PFM_ATTR_UMASK)
			continue;
		printf("    :%s%s\n        %s\n", attr.name,
		       attr.is_dfl ? "  (default)" : "", attr.desc);
	}
}

int cmd_events(int argc, char **argv)
{
	const char *pattern = argc ? argv[0] : NULL;
	pfm_pmu_info_t pmu;
	int shown = 0;

	if (argc > 1) {
		complain("'events' takes at most one pattern; put quotes around a pattern with spaces or wildcards.");
		return EXIT_USAGE;
	}
	if (pfm_open(&pmu))
		return EXIT_NOT_HERE;

	for (int i = pmu.first_event; i != -1; i = pfm_get_event_next(i)) {
		pfm_event_info_t event = { .size = sizeof(event) };

		if (pfm_get_event_info(i, PFM_OS_NONE, &event) != PFM_SUCCESS ||
		    !matches(pattern, &event))
			continue;
		printf("%s\n    %s\n", event.name, event.desc);
		print_umasks(&event);
		shown++;
	}
	if (!shown) {
		complain("No event of %s matches '%s'.", pmu.name, pattern);
		return EXIT_NOT_HERE;
	}
	return 0;
}
