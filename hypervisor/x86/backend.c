/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of back ends, in the order in which start.c tries them.  A back end
 * that needs more of a CPU comes before one that needs less.
 */
#include "backend.h"

const struct pmu_backend *const pmu_backends[] = {
    &pmu_amd_v2,
    &pmu_amd_core,
    &pmu_amd_legacy,
};

const unsigned int pmu_nr_backends =
    sizeof(pmu_backends) / sizeof(pmu_backends[0]);
