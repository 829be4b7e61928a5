// SPDX-License-Identifier: GPL-2.0-only
/*
 * format.c - writes an event-select code for perf.  Pure: no libpfm4, no I/O.
 *
 * The layout is in AMD APM volume 2, 13.2.1 PERF_CTL, and in Intel SDM volume 3,
 * 20.2.1 IA32_PERFEVTSELx.  Bits 0 to 31 are the same for both vendors.  Only AMD
 * has bits 8 to 11 of the event number, in bits 32 to 35.
 */
#include <stdio.h>

#include "format.h"
#include "spec.h"

#define SEL_EVENT	0x00000000000000ffULL
#define SEL_UMASK	0x000000000000ff00ULL
#define SEL_USR		(1ULL << 16)
#define SEL_OS		(1ULL << 17)
#define SEL_EDGE	(1ULL << 18)
#define SEL_PIN		(1ULL << 19)
#define SEL_INT		(1ULL << 20)
#define SEL_ANY		(1ULL << 21)	/* Intel: also count the other thread */
#define SEL_EN		(1ULL << 22)
#define SEL_INV		(1ULL << 23)
#define SEL_CMASK	0x00000000ff000000ULL
#define SEL_EVENT_HI	0x0000000f00000000ULL
#define SEL_GUEST	(1ULL << 40)
#define SEL_HOST	(1ULL << 41)

/* The driver and Xen set these bits. */
#define SEL_NOT_OURS	(SEL_USR | SEL_OS | SEL_INT | SEL_EN | SEL_GUEST | \
			 SEL_HOST)
#define SEL_TERMS	(SEL_EVENT | SEL_UMASK | SEL_EDGE | SEL_INV | \
			 SEL_CMASK | SEL_EVENT_HI)

static const char *mode_letters(unsigned int modes)
{
	static const char * const letters[] = {
		[0] = "", [SPEC_USER] = "u", [SPEC_KERNEL] = "k",
		[SPEC_USER | SPEC_KERNEL] = "uk",
	};

	return letters[modes & (SPEC_USER | SPEC_KERNEL)];
}

const char *format_event(uint64_t code, unsigned int modes, char *buf)
{
	unsigned int event = (code & SEL_EVENT) | (code & SEL_EVENT_HI) >> 24;
	unsigned int umask = (code & SEL_UMASK) >> 8;
	unsigned int cmask = (code & SEL_CMASK) >> 24;
	size_t n;

	if (code & SEL_ANY)
		return "it counts the other thread of the core, which a guest may not count";
	if (code & SEL_PIN)
		return "it drives a pin of the processor, which a guest may not do";
	if (code & ~(SEL_TERMS | SEL_NOT_OURS))
		return "its code has bits for which perf's format has no term";

	n = snprintf(buf, FORMAT_MAX, "cpu/event=%#x,umask=0x%x", event, umask);
	if (code & SEL_EDGE)
		n += snprintf(buf + n, FORMAT_MAX - n, ",edge=1");
	if (code & SEL_INV)
		n += snprintf(buf + n, FORMAT_MAX - n, ",inv=1");
	if (cmask)
		n += snprintf(buf + n, FORMAT_MAX - n, ",cmask=0x%x", cmask);
	snprintf(buf + n, FORMAT_MAX - n, "/%s", mode_letters(modes));
	return NULL;
}
