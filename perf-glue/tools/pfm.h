/* SPDX-License-Identifier: GPL-2.0-only */
/* pfm.h - asks libpfm4 about the core PMU of the CPU that the tool runs on. */
#ifndef XENPMU_PFM_H
#define XENPMU_PFM_H

#include <stdint.h>
#include <perfmon/pfmlib.h>

/**
 * pfm_open - start libpfm4 and find the core PMU
 * @info: out: what libpfm4 knows about the core PMU
 *
 * The environment variable LIBPFM_FORCE_PMU makes libpfm4 use another CPU's tables.
 *
 * Return: 0, or -1 after a sentence on stderr.
 */
int pfm_open(pfm_pmu_info_t *info);

/**
 * pfm_encode - find the event-select code of a name
 * @name: the name in a struct spec
 * @code: out: the register's value for user and kernel mode
 *
 * Return: 0, or -1 after a sentence on stderr.
 */
int pfm_encode(const char *name, uint64_t *code);

#endif
