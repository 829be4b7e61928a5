/* SPDX-License-Identifier: GPL-2.0-only */
/* hostile.h - functions that the parts of xen_pmu_hostile share. */
#ifndef XEN_PMU_HOSTILE_H
#define XEN_PMU_HOSTILE_H

#include <linux/types.h>
#include <pmu_page.h>

/**
 * struct victim - one attached page and what lies around it
 * @page: shared with Xen
 * @seq: of the batch published last
 *
 * The pages before and after hold a pattern that Xen must not touch.
 */
struct victim {
	struct xen_pmu_page *page;
	u32 seq;
};

/* result.c: TAP lines for debugfs. */
void result(bool good, const char *fmt, ...) __printf(2, 3);
void remark(const char *fmt, ...) __printf(1, 2);
int results_create(void);
void results_remove(void);

/* rdpmc.c: a file in debugfs for rdpmc_denied; a test of RDPMC in the kernel. */
void rdpmc_create(void);
void rdpmc_remove(void);
void test_rdpmc(const char *when, unsigned int expect);

/* hypercall.c: all act on the calling CPU, and return Xen's error. */
int page_attach_gfn(unsigned long gfn);
int page_attach(struct xen_pmu_page *page);
int page_detach(void);
int page_sync(void);
int page_op_other_vcpu(unsigned int op);
int page_op_null(unsigned int op);
int page_op_unknown(void);

/* main.c */
int victim_attach(struct victim *v);
bool victim_surroundings_intact(const struct victim *v);

/* batch.c: publishes the request block, and makes Xen apply it (sync). */
void batch_begin(struct victim *v);
int batch_end(struct victim *v);
u64 counter_mask(const struct victim *v);
u64 read_counter(const struct victim *v, int slot);

/* leak.c: a file in debugfs; reading it uses @page. */
void leak_create(struct xen_pmu_page *page);
void leak_remove(void);

/* take.c: implements the module parameters take and revoke. */
int take_init(void);
void take_exit(void);

/* The tests.  Each uses the attached page v, except the first. */
void test_attach(struct victim *v);
void test_batches(struct victim *v);
void test_scribble(struct victim *v);
void test_random(struct victim *v);
void test_storm(struct victim *v);

#endif
