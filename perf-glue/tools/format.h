/* SPDX-License-Identifier: GPL-2.0-only */
/* format.h - writes an event-select code in the form that perf takes. */
#ifndef XENPMU_FORMAT_H
#define XENPMU_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX	128	/* bytes; enough for the longest result */

/**
 * format_event - write a code as "cpu/event=...,umask=.../MODES"
 * @code: value of the CPU's event-select register, with its mode bits
 * @modes: SPEC_*; 0 writes no mode, and perf then counts both
 * @buf: result, FORMAT_MAX bytes
 *
 * The terms are those of /sys/bus/event_source/devices/cpu/format.  The driver and
 * Xen set the enable, interrupt, user, kernel, host-only and guest-only bits, so the
 * result does not have them.
 *
 * Return: NULL, or a sentence (without a full stop) that says why perf cannot have
 * the code.
 */
const char *format_event(uint64_t code, unsigned int modes, char *buf);

#endif
