// SPDX-License-Identifier: GPL-2.0-only
/*
 * scribble.c - overwrites the blocks that only Xen may write.
 *
 * The guest can do this, because the page is the guest's.  Xen must use its private
 * copies: it still refuses a bad batch after the guest has changed the constant block
 * to allow it, and the state block is right again after the next batch.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "hostile.h"

static int publish(struct victim *v, u64 bit)
{
	batch_begin(v);
	v->page->request.changed = 1;
	v->page->request.slot[0].ctl = 0xc0 | XEN_PMU_CTL_USR | bit;
	return batch_end(v);
}

static void test_constant(struct victim *v)
{
	struct xen_pmu_const saved = v->page->constant;
	int ret;

	memset(&v->page->constant, 0xff, sizeof(v->page->constant));
	ret = publish(v, XEN_PMU_CTL_EN);
	result(ret == -EINVAL, "a forged mask does not allow a bad batch: %d", ret);
	batch_begin(v);
	v->page->request.changed = v->page->request.run = 1ULL << 60;
	ret = batch_end(v);
	result(ret == -EINVAL, "a forged number of slots adds no slot: %d", ret);
	v->page->constant = saved;
}

static void test_state(struct victim *v)
{
	u64 applied = v->page->state.nr_applied;
	int ret;

	memset(&v->page->state, 0xff, sizeof(v->page->state));
	ret = publish(v, 0);
	if (ret || v->page->state.applied != v->seq)
		remark("sync %d, applied %u, seq %u", ret,
		       v->page->state.applied, v->seq);
	result(!ret && v->page->state.applied == v->seq,
	       "the next batch is applied in spite of a forged state block");
	if (v->page->state.nr_applied != applied + 1)
		remark("applied %llu batches, not %llu",
		       v->page->state.nr_applied, applied + 1);
	result(v->page->state.nr_applied == applied + 1,
	       "Xen's statistics are its own");
}

/* The following tests need a fresh page: the forged numbers disappear with this one. */
void test_scribble(struct victim *v)
{
	int error;

	test_constant(v);
	test_state(v);
	error = page_detach();
	if (!error)
		error = victim_attach(v);
	result(!error, "detach and attach after that");
}
