/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spec.h - what a user asked for: an event name and its modifiers, split.
 *
 * libpfm4 writes NAME:UMASK:u:k:e:i:c=1, perf writes NAME:uk.  Both are
 * accepted.  Modes are taken out of the name here, because perf wants them
 * behind the event and a guest has none but user and kernel.
 */
#ifndef XENPMU_SPEC_H
#define XENPMU_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#define SPEC_NAME_MAX	256

#define SPEC_USER	(1u << 0)	/* :u */
#define SPEC_KERNEL	(1u << 1)	/* :k */

/**
 * struct spec - a name, split
 * @name: event, unit masks and the modifiers e, i, c: for libpfm4 as it is
 * @modes: SPEC_*; 0 when the user named none, which means both
 * @dropped: a host or guest modifier was there and has been left out
 */
struct spec {
	char name[SPEC_NAME_MAX];
	unsigned int modes;
	bool dropped;
};

/**
 * spec_parse - split "[pmu::]EVENT[:UMASK...][:MODIFIERS...]"
 * @text: what the user typed
 * @out: the parts
 *
 * Return: NULL, or a sentence (without a full stop) that says what is wrong.
 */
const char *spec_parse(const char *text, struct spec *out);

#endif
