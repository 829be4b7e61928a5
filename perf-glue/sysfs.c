// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs.c - /sys/bus/event_source/devices/cpu: format, events, caps, rdpmc, xen.
 *
 * format/ says which bits of config hold each field of an event (AMD: APM volume 2, 13.2.1,
 * PERF_CTL).  events/ has the events that this CPU has and that the policy allows, with the
 * codes of this CPU.  caps/ has no file "branches": perf would take it for branch stacks.
 */
#include <linux/device.h>
#include <linux/perf_event.h>

#include "arch-x86-xen-pmu/perf/mapping.h"
#include "arch-x86-xen-pmu/perf/rdpmc.h"
#include "arch-x86-xen-pmu/perf/user.h"
#include "arch-x86-xen-pmu/xen/offer.h"
#include "events.h"
#include "sysfs.h"

PMU_FORMAT_ATTR(event,	"config:0-7,32-35");
PMU_FORMAT_ATTR(umask,	"config:8-15");
PMU_FORMAT_ATTR(edge,	"config:18");
PMU_FORMAT_ATTR(inv,	"config:23");
PMU_FORMAT_ATTR(cmask,	"config:24-31");

static struct attribute *format_attrs[] = {
	&format_attr_event.attr,
	&format_attr_umask.attr,
	&format_attr_edge.attr,
	&format_attr_inv.attr,
	&format_attr_cmask.attr,
	NULL
};

static const struct attribute_group format_group = {
	.name = "format",
	.attrs = format_attrs,
};

/* Print @config in the terms of format/, as in event=0xc0,umask=0x1. */
static ssize_t show_config(char *page, u64 config)
{
	u64 event = (config & 0xff) | (config >> 24 & 0xf00);
	ssize_t len = sysfs_emit(page, "event=%#llx", event);

	if (config >> 8 & 0xff)
		len += sysfs_emit_at(page, len, ",umask=%#llx",
				     config >> 8 & 0xff);
	if (config & XEN_PMU_CTL_EDGE)
		len += sysfs_emit_at(page, len, ",edge=1");
	if (config & XEN_PMU_CTL_INV)
		len += sysfs_emit_at(page, len, ",inv=1");
	if (config & XEN_PMU_CTL_CMASK)
		len += sysfs_emit_at(page, len, ",cmask=%#llx",
				     (config & XEN_PMU_CTL_CMASK) >> 24);
	return len + sysfs_emit_at(page, len, "\n");
}

static ssize_t name_show(struct device *dev, struct device_attribute *attr,
			 char *page)
{
	struct perf_pmu_events_attr *event =
		container_of(attr, struct perf_pmu_events_attr, attr);

	return show_config(page, xen_pmu_uarch()->table->generic[event->id]);
}

#define EVENT(_var, _name, _id)						\
	static struct perf_pmu_events_attr event_##_var = {		\
		.attr = __ATTR(_name, 0444, name_show, NULL),		\
		.id = PERF_COUNT_HW_##_id,				\
	}

EVENT(cycles, cpu-cycles, CPU_CYCLES);
EVENT(instructions, instructions, INSTRUCTIONS);
EVENT(cache_references, cache-references, CACHE_REFERENCES);
EVENT(cache_misses, cache-misses, CACHE_MISSES);
EVENT(branches, branch-instructions, BRANCH_INSTRUCTIONS);
EVENT(branch_misses, branch-misses, BRANCH_MISSES);
EVENT(frontend, stalled-cycles-frontend, STALLED_CYCLES_FRONTEND);
EVENT(backend, stalled-cycles-backend, STALLED_CYCLES_BACKEND);
EVENT(ref_cycles, ref-cycles, REF_CPU_CYCLES);

static struct attribute *event_attrs[] = {
	&event_cycles.attr.attr,
	&event_instructions.attr.attr,
	&event_cache_references.attr.attr,
	&event_cache_misses.attr.attr,
	&event_branches.attr.attr,
	&event_branch_misses.attr.attr,
	&event_frontend.attr.attr,
	&event_backend.attr.attr,
	&event_ref_cycles.attr.attr,
	NULL
};

static umode_t event_is_visible(struct kobject *kobj, struct attribute *attr,
				int nr)
{
	struct perf_pmu_events_attr *event =
		container_of(attr, struct perf_pmu_events_attr, attr.attr);
	u64 config = xen_pmu_uarch()->table->generic[event->id];

	return config && xen_pmu_policy_allows(&xen_pmu_offer, config) ?
	       attr->mode : 0;
}

static const struct attribute_group events_group = {
	.name = "events",
	.attrs = event_attrs,
	.is_visible = event_is_visible,
};

/* perf reads here how precise an event with the modifier "P" can be. */
static ssize_t max_precise_show(struct device *dev,
				struct device_attribute *attr, char *page)
{
	return sysfs_emit(page, "0\n");
}
static DEVICE_ATTR_RO(max_precise);

static ssize_t pmu_name_show(struct device *dev, struct device_attribute *attr,
			     char *page)
{
	return sysfs_emit(page, "%s\n", xen_pmu_uarch()->name);
}
static DEVICE_ATTR_RO(pmu_name);

static ssize_t policy_show(struct device *dev, struct device_attribute *attr,
			   char *page)
{
	return sysfs_emit(page, "%s\n",
			  xen_pmu_policy_name(xen_pmu_offer.policy));
}
static DEVICE_ATTR_RO(policy);

static ssize_t counters_show(struct device *dev, struct device_attribute *attr,
			     char *page)
{
	return sysfs_emit(page, "%u\n", xen_pmu_offer.nr_gp);
}
static DEVICE_ATTR_RO(counters);

static struct attribute *caps_attrs[] = {
	&dev_attr_max_precise.attr,
	&dev_attr_pmu_name.attr,
	NULL
};

static const struct attribute_group caps_group = {
	.name = "caps",
	.attrs = caps_attrs,
};

/* The file rdpmc has the values of the kernel's own driver: who may use RDPMC. */
static ssize_t rdpmc_show(struct device *dev, struct device_attribute *attr,
			  char *page)
{
	return sysfs_emit(page, "%d\n", xen_pmu_user_mode());
}

static ssize_t rdpmc_store(struct device *dev, struct device_attribute *attr,
			   const char *text, size_t size)
{
	unsigned long mode;
	int err = kstrtoul(text, 0, &mode);

	if (!err)
		err = xen_pmu_user_set_mode(mode);
	return err ?: size;
}
static DEVICE_ATTR_RW(rdpmc);

static struct attribute *top_attrs[] = {
	&dev_attr_rdpmc.attr,
	NULL
};

static const struct attribute_group top_group = {
	.attrs = top_attrs,
};

/* The directory xen/ is for users without debugfs.  perf does not read it. */
static struct attribute *xen_attrs[] = {
	&dev_attr_policy.attr,
	&dev_attr_counters.attr,
	NULL
};

static const struct attribute_group xen_group = {
	.name = "xen",
	.attrs = xen_attrs,
};

const struct attribute_group *xen_pmu_attr_groups[] = {
	&format_group,
	&events_group,
	&caps_group,
	&top_group,
	&xen_group,
	NULL
};
