/* SPDX-License-Identifier: GPL-2.0-only */
/* pfm.h - libpfm4 as this tool uses it: the core PMU of the CPU it runs on. */
#ifndef XENPMU_PFM_H
#define XENPMU_PFM_H

#include <stdint.h>
#include <perfmon/pfmlib.h>

/**
 * pfm_open - start libpfm4 and find the core PMU
 * @info: what libpfm4 knows about it
 *
 * LIBPFM_FORCE_PMU is libpfm4's own way to ask for another CPU's tables.
 *
 * Return: 0, or -1 after a sentence on stderr.
 */
int pfm_open(pfm_pmu_info_t *info);

/**
 * pfm_encode - the event-select code of a name
 * @name: as in struct spec
 * @code: the register's value, as libpfm4 gives it for both modes
 *
 * Return: 0, or -1 after a sentence on stderr.
 */
int pfm_encode(const char *name, uint64_t *code);

#endif
