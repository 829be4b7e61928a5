// SPDX-License-Identifier: GPL-2.0-only
/* pfm.c - calls libpfm4 (pfm_initialize(3), pfm_get_os_event_encoding(3)). */
#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pfm.h"
#include "xenpmu.h"

/* Names a CPU that libpfm4 does not know: "AuthenticAMD family 0x17 model 0x31". */
static void cpu_name(char *buf, size_t size)
{
	unsigned int a, b, c, d, family, model;
	char vendor[13] = "";

	__cpuid(0, a, b, c, d);
	memcpy(vendor, &b, 4);
	memcpy(vendor + 4, &d, 4);
	memcpy(vendor + 8, &c, 4);
	__cpuid(1, a, b, c, d);
	family = (a >> 8) & 0xf;
	model = (a >> 4) & 0xf;
	if (family == 0xf || family == 6)
		model |= (a >> 12) & 0xf0;
	if (family == 0xf)
		family += (a >> 20) & 0xff;
	snprintf(buf, size, "%s family %#x model %#x", vendor, family, model);
}

static int find_core(pfm_pmu_info_t *info)
{
	pfm_pmu_t pmu;

	pfm_for_all_pmus(pmu) {
		memset(info, 0, sizeof(*info));
		info->size = sizeof(*info);
		if (pfm_get_pmu_info(pmu, info) == PFM_SUCCESS &&
		    info->is_present && info->type == PFM_PMU_TYPE_CORE)
			return 0;
	}
	return -1;
}

int pfm_open(pfm_pmu_info_t *info)
{
	int ret = pfm_initialize();
	char cpu[64];

	if (ret != PFM_SUCCESS && ret != PFM_ERR_NOTSUPP) {
		complain("libpfm4 cannot start: %s.", pfm_strerror(ret));
		return -1;
	}
	if (ret == PFM_SUCCESS && !find_core(info))
		return 0;
	cpu_name(cpu, sizeof(cpu));
	complain("libpfm4 has no event table for this CPU (%s); give perf a code from the processor's manual instead, as in cpu/event=0xc0,umask=0/.",
		 cpu);
	return -1;
}

static void explain(const char *name, int ret)
{
	switch (ret) {
	case PFM_ERR_NOTFOUND:
		complain("This CPU has no event %s; 'xenpmu events' lists the events that it has.",
			 name);
		break;
	case PFM_ERR_ATTR:
	case PFM_ERR_ATTR_VAL:
	case PFM_ERR_ATTR_SET:
		complain("%s: the event has no such unit mask or modifier; 'xenpmu events' lists the unit masks.",
			 name);
		break;
	case PFM_ERR_UMASK:
		complain("%s: the event needs a unit mask; 'xenpmu events' lists its unit masks.",
			 name);
		break;
	case PFM_ERR_FEATCOMB:
		complain("%s: these unit masks or modifiers exclude each other.",
			 name);
		break;
	default:
		complain("%s: libpfm4 says: %s.", name, pfm_strerror(ret));
	}
}

int pfm_encode(const char *name, uint64_t *code)
{
	pfm_pmu_encode_arg_t arg = { .size = sizeof(arg) };
	int ret = pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3,
					    PFM_OS_NONE, &arg);
	pfm_event_info_t event = { .size = sizeof(event) };
	pfm_pmu_info_t pmu = { .size = sizeof(pmu) };
	int count = arg.count;

	if (ret != PFM_SUCCESS) {
		explain(name, ret);
		return -1;
	}
	*code = arg.codes[0];
	free(arg.codes);

	if (pfm_get_event_info(arg.idx, PFM_OS_NONE, &event) != PFM_SUCCESS ||
	    pfm_get_pmu_info(event.pmu, &pmu) != PFM_SUCCESS ||
	    pmu.type != PFM_PMU_TYPE_CORE) {
		complain("%s is not an event of the CPU's cores; a guest may count only those.",
			 name);
		return -1;
	}
	if (count != 1) {
		complain("%s needs a second register, which a guest may not use.",
			 name);
		return -1;
	}
	return 0;
}
