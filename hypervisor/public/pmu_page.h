/* SPDX-License-Identifier: MIT */
/*
 * pmu_page.h - the page and the hypercall of Xen's batched guest PMU.
 *
 * A guest that wants performance counters shares one page per VCPU with Xen.
 * It writes there which counters it wants, and with what programming; Xen
 * looks at the page whenever it enters that VCPU, checks the whole request and
 * loads it.  Counts are read with RDPMC, without Xen.  Overflows come back as
 * records in the same page and as VIRQ_XENPMU, or as an NMI for who prefers one.
 *
 * Xen, the guest driver, the command-line tool and the unit tests include this
 * same file.  Rules R1..R13 that comments refer to are in hypervisor/README.md.
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to
 * deal in the Software without restriction, including without limitation the
 * rights to use, copy, modify, merge, publish, distribute, sublicense, and/or
 * sell copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in
 * all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING
 * FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
 * DEALINGS IN THE SOFTWARE.
 */

#ifndef __XEN_PUBLIC_ARCH_X86_PMU_PAGE_H__
#define __XEN_PUBLIC_ARCH_X86_PMU_PAGE_H__

/*
 * Fixed-width types come from whoever includes this file: <xen/types.h> in
 * Xen, <linux/types.h> in Linux, <stdint.h> elsewhere.
 */

/*
 * Sub-operations of HYPERVISOR_xenpmu_op(op, struct xen_pmu_params *).
 *
 * All act on the calling VCPU only; params.vcpu must name it (else -EINVAL).
 * params.version.maj/min are ignored except by QUERY, which fills them.
 *
 *   query   out: version = interface version, val = XEN_PMU_POLICY_*.
 *           -ENOSYS  this Xen does not have the interface, or has it off
 *                    (stock Xen gives -EOPNOTSUPP for the number, or, with
 *                    its own vPMU on, -EPERM or -EINVAL)
 *           -EOPNOTSUPP  it has, but not for this kind of guest
 *   attach  in: val = guest frame number of the page (for PV: the machine
 *           frame number), a page that the domain owns and may write.
 *           Xen fills the constant block, zeroes the state block and the ring
 *           indices, and holds a reference to the page until detach.
 *           -EBUSY   this VCPU has a page already
 *           -EPERM   the domain's policy is "off"
 *           -EINVAL  not such a page
 *   detach  Stops and forgets every counter, drops the page; 0 also if there
 *           was none.
 *   sync    Looks at the request block now.  0: the published batch is
 *           applied (or nothing was published), -EINVAL: it was refused, see
 *           state.error; -ENOENT: no page attached.  arg may be NULL.
 */
#define XENPMU_page_query   16
#define XENPMU_page_attach  17
#define XENPMU_page_detach  18
#define XENPMU_page_sync    19

#define XEN_PMU_PAGE_MAGIC  0x554d5058u /* "XPMU", little endian */
#define XEN_PMU_PAGE_MAJOR  2           /* changes that break old guests */
#define XEN_PMU_PAGE_MINOR  3           /* changes that do not */

#define XEN_PMU_PAGE_SIZE   4096
#define XEN_PMU_SLOTS       16          /* most that a page can describe */
#define XEN_PMU_RECORDS     16          /* ring entries, a power of two */
#define XEN_PMU_ALLOWED     12          /* entries of the event allow list */

/* What the owner of the host lets a domain count (R11). */
#define XEN_PMU_POLICY_OFF  0
#define XEN_PMU_POLICY_IPC  1           /* instructions and cycles */
#define XEN_PMU_POLICY_ARCH 2           /* and the architectural events */
#define XEN_PMU_POLICY_ALL  3           /* every core event */

#define XEN_PMU_VENDOR_AMD   1
#define XEN_PMU_VENDOR_INTEL 2

/*
 * Constant block: written by Xen once, at attach.
 *
 * A slot is one counter: slots 0..nr_gp-1 are the general-purpose counters,
 * nr_gp..nr_gp+nr_fixed-1 the fixed ones.
 */
struct xen_pmu_const {
    uint32_t magic;           /* XEN_PMU_PAGE_MAGIC */
    uint16_t major, minor;
    uint8_t  vendor;          /* XEN_PMU_VENDOR_* */
    uint8_t  policy;          /* XEN_PMU_POLICY_* */
    uint8_t  nr_gp, gp_width;       /* number, and bits of a counter */
    uint8_t  nr_fixed, fixed_width;
    uint8_t  nr_allowed;      /* valid entries of allowed[] */
    uint8_t  backend_version; /* Intel: architectural version; AMD: 1 legacy
                                 and core, 2 PerfMonV2 */
    uint32_t features;        /* XEN_PMU_FEAT_* */
    uint32_t cpuid_sig;       /* CPUID leaf 1 EAX of the physical CPU */
    /*
     * Bits of a general-purpose slot's ctl that the guest may set, in the
     * layout of the CPU's own event-select register (AMD: APM volume 2,
     * 13.2.1 PERF_CTL; Intel: SDM volume 3, 20.2.1 IA32_PERFEVTSELx).
     * The enable bit is never among them: it follows request.run.
     */
    uint64_t ctl_mask;
    /* The same for a fixed slot: the bits USR, OS and INT as in ctl_mask. */
    uint64_t fixed_mask;
    /* The bits of ctl_mask that select the event, which allowed[] is matched
     * against; with policy "all" nr_allowed is 0 and every value passes. */
    uint64_t event_mask;
    uint64_t allowed[XEN_PMU_ALLOWED];
    uint32_t rdpmc[XEN_PMU_SLOTS];  /* ECX for RDPMC of each slot */
    char     backend[16];     /* for people, NUL-terminated: "AMD core" */
    /*
     * More bits of ctl that only the slots in precise_slots may set: a counter with
     * them set counts what retires exactly (AMD: PERF_CTL[43], PreciseRetire).  0 and
     * 0 where the CPU has no such bits, which is always so before minor version 3.
     */
    uint64_t precise_mask;
    uint64_t precise_slots;
    /*
     * An event whose ctl equals refused_event in the bits of refused_mask is refused
     * whatever the policy: it counts what other cores do, or is no event by itself.
     * refused_mask 0: there is none.
     */
    uint64_t refused_mask, refused_event;
};

/* features */
#define XEN_PMU_FEAT_RDPMC   (1u << 0)  /* RDPMC works in the guest's kernel,
                                           without an exit */
#define XEN_PMU_FEAT_GLOBAL  (1u << 1)  /* counters are switched together */
#define XEN_PMU_FEAT_USER    (1u << 2)  /* XEN_PMU_FLAG_USER_RDPMC means something */
#define XEN_PMU_FEAT_SELDOM  (1u << 3)  /* XEN_PMU_FLAG_SELDOM_RDPMC does */
#define XEN_PMU_FEAT_NMI     (1u << 4)  /* XEN_PMU_FLAG_NMI does */
#define XEN_PMU_FEAT_TELL    (1u << 5)  /* XEN_PMU_FLAG_TELL_RDPMC does */
#define XEN_PMU_FEAT_SPENT   (1u << 6)  /* Xen goes by consumer.spent */

/* Bits of ctl that have the same place with every vendor. */
#define XEN_PMU_CTL_EVENT    0x0000ffffULL /* event select, unit mask */
#define XEN_PMU_CTL_USR      (1ULL << 16)  /* count guest user mode */
#define XEN_PMU_CTL_OS       (1ULL << 17)  /* count guest kernel mode */
#define XEN_PMU_CTL_EDGE     (1ULL << 18)
#define XEN_PMU_CTL_INT      (1ULL << 20)  /* an overflow makes a record */
#define XEN_PMU_CTL_EN       (1ULL << 22)  /* must be clear: see run */
#define XEN_PMU_CTL_INV      (1ULL << 23)
#define XEN_PMU_CTL_CMASK    0xff000000ULL

/*
 * What a slot should be programmed with.
 *
 * USR and OS mean the guest's modes: on a PV guest, both of which run in
 * ring 3, Xen tells them apart.  At least one must be set in a running slot.
 *
 * start is loaded when gen differs from the gen that Xen loaded last, so that
 * seeing the same request again changes nothing (R2).  A changed ctl alone is
 * programmed at once and leaves the counter's value.
 *
 * period is for samples that are as many events apart, without the guest having
 * to do anything for it: when Xen has made a record of an overflow, it takes
 * period from the counter, which then overflows again when that many events have
 * followed the last time.  If several periods were over it takes as many of them.
 * Nothing is lost: what was taken since start was loaded is in state.renewed[].
 * A new period is the distance of the next overflow but one.  0: the counter goes
 * on from zero, which it also does when Xen makes no record (it was withheld, or
 * the ring was full): then the guest has to load it again.
 */
struct xen_pmu_slot {
    uint64_t ctl;
    uint64_t start;           /* below 2^width */
    uint32_t gen;             /* 0 at attach */
    uint32_t period;          /* events, below 2^(width - 1) */
};

/*
 * Request block: written by the guest only.
 *
 * seq is even when a batch is published and odd while the guest edits; Xen
 * leaves an odd seq alone and keeps the last applied batch running.  To
 * publish: seq |= 1; write barrier; edit; release store of seq + 1.
 * seq starts at 0, which counts as applied.
 *
 * A guest can take back what Xen has not looked at, as when a thread stops and
 * the next wants the same: if state.applied and .refused, read while seq is odd,
 * say that the last batch judged was an applied one, then storing its seq again
 * leaves Xen nothing to do, and the numbers after it may be used again.  run
 * must be that batch's.
 *
 * changed: slots that may differ from the last *applied* batch; Xen reads only
 * those (so a guest keeps a bit set until it has seen the batch applied).
 * run: slots that count.  A slot that is not in run keeps its value, and its
 * programming when it runs again.  Bits of absent slots must be clear.
 *
 * flags: XEN_PMU_FLAG_*, no part of a batch: Xen goes by what it finds at each
 * entry, whether seq is odd or even.  A guest that sets XEN_PMU_FLAG_USER_RDPMC
 * for one process and clears it for another writes nothing else, and no MSR is
 * written.  0 at attach, and for guests that do not know of it.  A flag without
 * its bit in constant.features is ignored: PV guests have all of them, others none.
 *
 * USER_RDPMC: RDPMC does not fault in user mode.
 *
 * SELDOM_RDPMC: the guest's kernel reads counters seldom.  As long as RDPMC faults in
 * user mode, Xen then leaves the permission for it as it is when the mode changes,
 * which is for a system call, and gives it to the kernel only by a sync, until the next
 * return to user mode.  state.rdpmc says whether the kernel has it.  Without this flag
 * it always has.
 *
 * TELL_RDPMC: and with an overflow's VIRQ or NMI, whose handler reads counters.
 *
 * NMI: the guest is told of overflows by an NMI instead of VIRQ_XENPMU, so that it
 * can look at what was interrupted even where it masks interrupts.  The VIRQ comes
 * all the same if the VCPU is being switched out, or blocks, or has registered no
 * handler for NMIs.  state.nmis counts them, so that the handler can tell whether
 * an NMI is about overflows; two may have become one.
 */
#define XEN_PMU_FLAG_USER_RDPMC   (1u << 0)
#define XEN_PMU_FLAG_SELDOM_RDPMC (1u << 1)
#define XEN_PMU_FLAG_NMI          (1u << 2)
#define XEN_PMU_FLAG_TELL_RDPMC   (1u << 3)
#define XEN_PMU_FLAGS             0xfu  /* the others must be clear */

struct xen_pmu_request {
    uint32_t seq;
    uint32_t flags;
    uint64_t changed;
    uint64_t run;
    uint64_t rsvd[5];
    struct xen_pmu_slot slot[XEN_PMU_SLOTS];
};

/*
 * The guest's side of the ring.
 *
 * cons is the index of the next record that the guest will read.
 *
 * spent is the time that the guest's handling of overflow interrupts has taken
 * on this VCPU since attach, in ticks of the guest's own TSC, as RDTSC shows it to the
 * guest (which Xen may have scaled, or emulate), running freely modulo 2^64.
 * The guest adds to it when a handler is done, and need not write it at all.
 * Xen reads it where constant.features has XEN_PMU_FEAT_SPENT: a guest that has
 * spent more than half of the last millisecond on overflows gets no more records
 * in that millisecond (or in up to four, if one overflow took that long), except of
 * counters that count user mode only.  These need progress of the user program, so
 * they cannot keep the guest from going on.  A false value harms the guest itself
 * and nobody else.
 */
struct xen_pmu_consumer {
    uint32_t cons;
    uint32_t rsvd0;
    uint64_t spent;
    uint64_t rsvd[6];
};

/*
 * State block: written by Xen only.
 *
 * applied is the seq of the last batch that Xen accepted.  A refused batch
 * leaves everything as it was: refused is its seq, error says why and
 * error_slot where (or ~0).  The guest is told of it as of a record, by VIRQ_XENPMU
 * or an NMI: nothing of such a batch is in force until the guest publishes another.
 */
struct xen_pmu_state {
    uint32_t applied;
    uint32_t refused;
    uint32_t error;           /* XEN_PMU_ERR_* */
    uint32_t error_slot;
    /* Statistics since attach, 64 bits, never reset; for people and tests. */
    uint64_t nr_applied;      /* batches applied */
    uint64_t nr_refused;      /* batches refused */
    uint64_t nr_sync;         /* sync hypercalls */
    uint64_t nr_pmi;          /* overflow interrupts taken for this VCPU */
    uint64_t nr_record;       /* records put in the ring */
    uint64_t nr_lost;         /* records that found the ring full */
    uint64_t nr_throttled;    /* records withheld by the rate limit */
    uint64_t msr_batch;       /* PMU MSRs written to apply batches */
    uint64_t msr_mode;        /* ... for user/kernel attribution */
    uint64_t msr_switch;      /* ... to switch the VCPU in and out */
    uint64_t msr_pmi;         /* ... to handle overflow interrupts */
    /*
     * What Xen has taken from each slot's counter, for period, since start was
     * loaded.  RDPMC plus this counts on over overflows, modulo 2^width.  It only
     * changes while the VCPU is in Xen.
     */
    uint64_t renewed[XEN_PMU_SLOTS];
    /*
     * 1: RDPMC works in the guest's kernel, until the VCPU returns to user mode at
     * the earliest.  0: it faults; a sync lets it work (XEN_PMU_FLAG_SELDOM_RDPMC).
     * Still 0 after a sync: the VCPU is on a CPU whose counters do not show what Xen
     * writes to them.  There RDPMC faults in every mode of every guest, whatever the
     * flags say, and nothing counts.
     */
    uint32_t rdpmc;
    uint32_t nmis;            /* raised for records since attach, modulo 2^32 */
};

#define XEN_PMU_ERR_NONE     0
#define XEN_PMU_ERR_SLOT     1          /* changed or run names an absent slot */
#define XEN_PMU_ERR_CTL      2          /* ctl has bits outside the mask */
#define XEN_PMU_ERR_MODE     3          /* a running slot counts no mode */
#define XEN_PMU_ERR_EVENT    4          /* the policy does not allow the event,
                                           or it is shared with other cores, or
                                           it is none by itself (AMD's Merge) */
#define XEN_PMU_ERR_PERIOD   5          /* period is over half the counter's range */
#define XEN_PMU_ERR_START    6          /* start is wider than the counter */
#define XEN_PMU_ERR_RSVD     7          /* a reserved field is not zero */

/*
 * One overflow (R7).
 *
 * The registers are the guest's when the interrupt was taken, which is the
 * first moment at which Xen can look.  cs and ss are as the guest sees them
 * in its own exception frames: on PV, XEN_PMU_REC_USER says which of the two
 * ring-3 modes it was.
 */
struct xen_pmu_record {
    uint32_t seq;             /* state.applied when it happened */
    uint32_t flags;           /* XEN_PMU_REC_* */
    uint64_t counters;        /* slots that overflowed */
    uint64_t tsc;             /* as the guest reads it, 0: that would
                                 have been an exit to Xen */
    uint64_t ip, cs, rflags, sp, ss;
    uint64_t ax, bx, cx, dx, si, di, bp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rsvd;
};

#define XEN_PMU_REC_USER     (1u << 0)  /* guest user mode */
#define XEN_PMU_REC_MASKED   (1u << 1)  /* guest interrupts were masked: a
                                           VIRQ comes later than this record */

/* Xen's side of the ring: prod is free-running, entry = prod % RECORDS. */
struct xen_pmu_ring {
    uint32_t prod;
    uint32_t throttled;       /* 1 while the rate limit withholds records */
    uint64_t rsvd;
    struct xen_pmu_record record[XEN_PMU_RECORDS];
};

/* R1: each part has cache lines of its own and one writer. */
struct xen_pmu_page {
    struct xen_pmu_const    constant;   /* Xen, at attach */
    struct xen_pmu_request  request;    /* guest */
    struct xen_pmu_consumer consumer;   /* guest */
    struct xen_pmu_state    state;      /* Xen */
    struct xen_pmu_ring     ring;       /* Xen */
};

#endif /* __XEN_PUBLIC_ARCH_X86_PMU_PAGE_H__ */
