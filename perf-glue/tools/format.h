/* SPDX-License-Identifier: GPL-2.0-only */
/* format.h - an event-select code, written for perf. */
#ifndef XENPMU_FORMAT_H
#define XENPMU_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX	128	/* bytes that the longest result needs */

/**
 * format_event - write a code as "cpu/event=...,umask=.../MODES"
 * @code: event select as the CPU's register has it, mode bits and all
 * @modes: SPEC_*, 0 for both without saying so
 * @buf: result, FORMAT_MAX bytes
 *
 * The terms are those of /sys/bus/event_source/devices/cpu/format.  Enable,
 * interrupt, user, kernel, host-only and guest-only bits are the driver's and
 * Xen's affair and are left out.
 *
 * Return: NULL, or a sentence that names what a guest may not have.
 */
const char *format_event(uint64_t code, unsigned int modes, char *buf);

#endif
