/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spec.h - splits what the user typed into an event name and its modifiers.
 *
 * libpfm4 writes NAME:UMASK:u:k:e:i:c=1, perf writes NAME:uk.  Both are accepted.
 * The modes are taken out of the name, because perf wants them behind the event and
 * because a guest has only two of them, user and kernel.
 */
#ifndef XENPMU_SPEC_H
#define XENPMU_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#define SPEC_NAME_MAX	256

#define SPEC_USER	(1u << 0)	/* :u */
#define SPEC_KERNEL	(1u << 1)	/* :k */

/**
 * struct spec - the parts of what the user typed
 * @name: for libpfm4: the event, its unit masks and the modifiers e, i, c
 * @modes: SPEC_*; 0 if the user named no mode, which means both
 * @dropped: the user gave a host or guest modifier, which is ignored
 */
struct spec {
	char name[SPEC_NAME_MAX];
	unsigned int modes;
	bool dropped;
};

/**
 * spec_parse - split "[pmu::]EVENT[:UMASK...][:MODIFIERS...]"
 * @text: what the user typed
 * @out: the result
 *
 * Return: NULL, or a sentence (without a full stop) that says what is wrong.
 */
const char *spec_parse(const char *text, struct spec *out);

#endif
