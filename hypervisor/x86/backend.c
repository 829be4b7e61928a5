/* SPDX-License-Identifier: GPL-2.0-only */
/* The back ends, those that need more of a CPU before those that need less. */
#include "backend.h"

const struct pmu_backend *const pmu_backends[] = {
    &pmu_amd_v2,
    &pmu_amd_core,
    &pmu_amd_legacy,
};

const unsigned int pmu_nr_backends =
    sizeof(pmu_backends) / sizeof(pmu_backends[0]);
