// SPDX-License-Identifier: GPL-2.0-only
/*
 * rdpmc.c - the attribute rdpmc: whose user mode may read counters; and what user pages say.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>

#include "../core/period.h"
#include "rdpmc.h"

int xen_pmu_rdpmc_mode;

/* xen_pmu_user_flags - hw.flags of a new event: may its user page be used? */
int xen_pmu_user_flags(void)
{
	return xen_pmu_user_mode() != XEN_PMU_NOBODY ? PERF_EVENT_FLAG_USER_READ_CNT : 0;
}

/* xen_pmu_event_index - index of the user page: ECX of RDPMC + 1, or 0 */
int xen_pmu_event_index(struct perf_event *event)
{
	return event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT ? event->hw.event_base_rdpmc : 0;
}

/*
 * A user page's pmc_width comes from the kernel's own driver, which is idle and says 0.  A
 * reader takes that for 64 bits, and reads right with it (a shift by 64 is one by 0).  But
 * perf's tests and people expect the truth, and with the truth the offset has to make up for
 * the sign of the counter.  So this probe corrects both after arch_perf_update_userpage().
 */
struct page_update {
	struct perf_event *event;
	struct perf_event_mmap_page *page;
};

static int page_update_begins(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct page_update *u = (struct page_update *)ri->data;

	u->event = (struct perf_event *)regs_get_kernel_argument(regs, 0);
	u->page = (void *)regs_get_kernel_argument(regs, 1);
	/* only events of this driver's PMU; from Linux 6.15 on an event can have lost its PMU */
	return !u->event->pmu || u->event->pmu->event_idx != xen_pmu_event_index;
}
NOKPROBE_SYMBOL(page_update_begins);

static int page_update_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct page_update *u = (struct page_update *)ri->data;
	struct hw_perf_event *hwc = &u->event->hw;

	u->page->pmc_width = hwc->event_base;
	if (u->page->index)
		u->page->offset = xen_pmu_user_offset(u->page->offset,
						      local64_read(&hwc->prev_count),
						      hwc->event_base);
	return 0;
}
NOKPROBE_SYMBOL(page_update_ends);

static struct kretprobe page_update = {
	.kp.symbol_name	= "arch_perf_update_userpage",
	.entry_handler	= page_update_begins,
	.handler	= page_update_ends,
	.data_size	= sizeof(struct page_update),
};

static bool page_update_probed;

/* xen_pmu_rdpmc_init, xen_pmu_rdpmc_exit - begin and end to correct user pages */
void xen_pmu_rdpmc_init(void)
{
	int err = register_kretprobe(&page_update);

	page_update_probed = !err;
	if (err)
		pr_info("%s cannot be probed (error %d): pmc_width of user pages is 0\n",
			page_update.kp.symbol_name, err);
}

void xen_pmu_rdpmc_exit(void)
{
	if (page_update_probed)
		unregister_kretprobe(&page_update);
}
