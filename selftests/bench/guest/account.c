// SPDX-License-Identifier: GPL-2.0-only
/* account.c - see account.h */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "account.h"

#define STR_(x)	#x
#define STR(x)	STR_(x)

void account_read(struct X86PMUAccount *a)
{
	memset(a, 0, sizeof(*a));	/* also brings its pages into memory */
	asm volatile("nopl " STR(X86_PMU_ACCOUNT_MAGIC) "(%%rdi)"
		     : : "D" (a) : "memory");
	if (!a->version) {
		struct timespec t;

		clock_gettime(CLOCK_MONOTONIC, &t);
		a->time = t.tv_sec * 1000000000ull + t.tv_nsec;
	}
}

static const char *entries(FILE *to, const char *comma, const char *name,
			   const uint64_t *before, const uint64_t *after,
			   unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (after[i] == before[i])
			continue;
		fprintf(to, "%s\"%s %u\":%" PRIu64, comma, name, i,
			after[i] - before[i]);
		comma = ",";
	}
	return comma;
}

void account_print(FILE *to, const struct X86PMUAccount *before,
		   const struct X86PMUAccount *after)
{
	const char *comma = "";

	fprintf(to, ",\"ns\":%" PRIu64, after->time - before->time);
	if (!after->version)
		return;
	fputs(",\"instructions\":[", to);
	for (int i = 0; i < X86_PMU_WHO; i++)
		fprintf(to, "%s%" PRIu64, i ? "," : "",
			after->instructions[i] - before->instructions[i]);
	fputs("],\"entries\":{", to);
	if (after->syscall != before->syscall) {
		fprintf(to, "\"syscall\":%" PRIu64,
			after->syscall - before->syscall);
		comma = ",";
	}
	comma = entries(to, comma, "vector", before->vector, after->vector, 256);
	comma = entries(to, comma, "hypercall", before->hypercall,
			after->hypercall, X86_PMU_HYPERCALLS);
	entries(to, comma, "vmexit", before->vmexit, after->vmexit,
		X86_PMU_VMEXITS);
	fputs("}", to);
}
