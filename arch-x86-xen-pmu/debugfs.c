// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs.c - /sys/kernel/debug/xen_pmu: info, stats and stats_cpuN.
 *
 * info has "name: value" lines about what Xen offers.  stats has "name value" lines, summed over the
 * CPUs that are attached; stats_cpuN has those of one CPU.  The driver's own figures come first, then
 * Xen's from the page.  A CPU's figures start at its attach.
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>

#include "cpu.h"
#include "cpus/interrupt.h"
#include "debugfs.h"
#include "perf/sample.h"
#include "xen/offer.h"
#include "perf-glue/events.h"

static struct dentry *dir;

/* One figure: its name and its place in the driver's or in Xen's figures. */
struct figure {
	const char *name;
	size_t offset;
	bool xen;
};

#define DRIVER(field) \
	{ #field, offsetof(struct xen_pmu_vcpu_stats, field), false }
#define XEN(name, field) \
	{ name, offsetof(struct xen_pmu_state, field), true }

static const struct figure stats[] = {
	DRIVER(published), DRIVER(asked), DRIVER(synced), DRIVER(loaded), DRIVER(kept),
	DRIVER(moved), DRIVER(drained), DRIVER(dropped), DRIVER(early), DRIVER(unrecorded),
	DRIVER(samples), DRIVER(late), DRIVER(strange), DRIVER(nmis),
	XEN("applied", nr_applied),
	XEN("refused", nr_refused),
	XEN("sync", nr_sync),
	XEN("pmi", nr_pmi),
	XEN("records", nr_record),
	XEN("lost", nr_lost),
	XEN("throttled", nr_throttled),
	XEN("msr_batch", msr_batch),
	XEN("msr_mode", msr_mode),
	XEN("msr_switch", msr_switch),
	XEN("msr_pmi", msr_pmi),
};

/* One CPU's figure; 0 while it has no page. */
static u64 stat_value(unsigned int cpu, const struct figure *figure)
{
	struct xen_pmu_cpu *c = per_cpu(xen_pmu_cpu, cpu);
	const void *base;

	if (!c || !c->page)
		return 0;
	base = figure->xen ? (const void *)&c->page->state : (const void *)&c->vcpu.stats;
	return READ_ONCE(*(const u64 *)(base + figure->offset));
}

/* private: the CPU + 1, or 0 for all */
static int stats_show(struct seq_file *m, void *unused)
{
	unsigned long which = (unsigned long)m->private;
	unsigned int i, cpu;

	cpus_read_lock();	/* pages come and go with CPUs */
	for (i = 0; i < ARRAY_SIZE(stats); i++) {
		u64 sum = 0;

		for_each_possible_cpu(cpu)
			if (!which || which == cpu + 1)
				sum += stat_value(cpu, &stats[i]);
		seq_printf(m, "%s %llu\n", stats[i].name, sum);
	}
	cpus_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int info_show(struct seq_file *m, void *unused)
{
	const struct xen_pmu_const *o = &xen_pmu_offer;
	bool by_nmi = xen_pmu_takes_nmis() && o->features & XEN_PMU_FEAT_NMI;
	unsigned int i;

	seq_printf(m, "module: xen_pmu for Linux %s\n", utsname()->release);
	seq_printf(m, "interface: %u.%u\n", o->major, o->minor);
	seq_printf(m, "vendor: %s\n",
		   o->vendor == XEN_PMU_VENDOR_AMD ? "AMD" :
		   o->vendor == XEN_PMU_VENDOR_INTEL ? "Intel" : "unknown");
	seq_printf(m, "backend: %.*s\n", (int)sizeof(o->backend), o->backend);
	seq_printf(m, "backend_version: %u\n", o->backend_version);
	seq_printf(m, "cpuid_signature: %#x\n", o->cpuid_sig);
	seq_printf(m, "event_table: %s\n", xen_pmu_uarch()->name);
	seq_printf(m, "policy: %s\n", xen_pmu_policy_name(o->policy));
	seq_printf(m, "counters: %u\n", o->nr_gp);
	seq_printf(m, "counter_width: %u\n", o->gp_width);
	seq_printf(m, "fixed_counters: %u\n", o->nr_fixed);
	seq_printf(m, "fixed_counter_width: %u\n", o->fixed_width);
	seq_printf(m, "rdpmc: %s\n", o->features & XEN_PMU_FEAT_RDPMC ? "yes" : "no");
	seq_printf(m, "global_control: %s\n", o->features & XEN_PMU_FEAT_GLOBAL ? "yes" : "no");
	seq_printf(m, "sampling: %s\n", xen_pmu_can_sample() ? "yes" : "no");
	seq_printf(m, "overflows_by: %s\n", by_nmi ? "nmi" : "virq");
	seq_printf(m, "ctl_mask: %#llx\n", o->ctl_mask);
	seq_puts(m, "allowed_events:");
	if (!o->nr_allowed)
		seq_puts(m, " any");
	for (i = 0; i < o->nr_allowed && i < XEN_PMU_ALLOWED; i++)
		seq_printf(m, " %#llx", o->allowed[i]);
	seq_putc(m, '\n');
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(info);

/* xen_pmu_debugfs_init - make the files; without debugfs there are none */
void xen_pmu_debugfs_init(void)
{
	unsigned int cpu;
	char name[24];

	dir = debugfs_create_dir("xen_pmu", NULL);
	debugfs_create_file("info", 0444, dir, NULL, &info_fops);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	for_each_possible_cpu(cpu) {
		snprintf(name, sizeof(name), "stats_cpu%u", cpu);
		debugfs_create_file(name, 0444, dir, (void *)(unsigned long)(cpu + 1), &stats_fops);
	}
}

void xen_pmu_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
}
