/* SPDX-License-Identifier: MIT */
/*
 * pmu_page.h - the page and the hypercall of Xen's batched guest PMU.
 *
 * A guest that wants performance counters shares one page per VCPU with Xen.
 * The guest writes into the page which counters it wants and how each is
 * programmed.  Xen looks at the page whenever it enters that VCPU, checks the
 * whole request and loads it into the CPU's counters.  The guest reads counts
 * with RDPMC, without Xen.  For each overflow Xen puts a record into the page
 * and raises VIRQ_XENPMU, or an NMI if the guest prefers one.
 *
 * Xen, the guest driver, the command-line tool and the unit tests include this
 * same file.  hypervisor/README.md explains the rules R1..R13 that the comments
 * name.
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
 * The includer provides the fixed-width types: <xen/types.h> in Xen,
 * <linux/types.h> in Linux, <stdint.h> elsewhere.
 */

/*
 * Sub-operations of HYPERVISOR_xenpmu_op(op, struct xen_pmu_params *).
 *
 * Each acts on the calling VCPU only.  params.vcpu must be the number of that
 * VCPU, else the result is -EINVAL.  Only query uses params.version: it fills
 * maj and min.
 *
 *
 *   all     -ENOSYS      this Xen does not have the interface, or it is off.
 *                        (Stock Xen returns -EOPNOTSUPP for these numbers. With
 *                        its own vPMU on it returns -EPERM or -EINVAL.)
 *           -EOPNOTSUPP  this kind of guest cannot have the interface
 *           -EPERM       Xen's security policy (XSM) denies it; never for detach
 *           -EFAULT      the params cannot be read or written
 *   query   out: version = interface version, val = XEN_PMU_POLICY_*.
 *   attach  in: val = guest frame number of the page (PV: the machine frame
 *           number). The domain must own the page and be able to write it.
 *           Xen fills the constant block, zeroes the state block and the
 *           ring's indices, and holds a reference to the page until detach.
 *           -EBUSY   this VCPU has a page already
 *           -EINVAL  val does not name such a page
 *           -ENOMEM  Xen has no memory for this VCPU's state
 *   detach  Stops and forgets every counter, and drops the page. Returns 0
 *           also if there was no page.
 *   sync    Looks at the request block now. arg may be NULL.
 *           0        the published batch is applied, or none is published
 *           -EINVAL  the batch is refused: state.error says why
 *           -ENOENT  no page is attached
 */
#define XENPMU_page_query   16
#define XENPMU_page_attach  17
#define XENPMU_page_detach  18
#define XENPMU_page_sync    19

#define XEN_PMU_PAGE_MAGIC  0x554d5058u /* "XPMU", little endian */
#define XEN_PMU_PAGE_MAJOR  2           /* changes that break old guests */
#define XEN_PMU_PAGE_MINOR  3           /* changes that do not */

#define XEN_PMU_PAGE_SIZE   4096
#define XEN_PMU_SLOTS       16          /* slots that a page can describe */
#define XEN_PMU_RECORDS     16          /* ring entries, a power of two */
#define XEN_PMU_ALLOWED     12          /* entries of the event allow list */

/* What the owner of the host lets a domain count (R11). */
#define XEN_PMU_POLICY_OFF  0
#define XEN_PMU_POLICY_IPC  1           /* instructions and cycles */
#define XEN_PMU_POLICY_ARCH 2           /* also the architectural events */
#define XEN_PMU_POLICY_ALL  3           /* every core event */

#define XEN_PMU_VENDOR_AMD   1
#define XEN_PMU_VENDOR_INTEL 2

/*
 * Constant block: Xen writes it once, at attach.
 *
 * A slot is one counter.  Slots 0..nr_gp-1 are the general-purpose counters,
 * slots nr_gp..nr_gp+nr_fixed-1 are the fixed counters.
 */
struct xen_pmu_const {
    uint32_t magic;           /* XEN_PMU_PAGE_MAGIC */
    uint16_t major, minor;
    uint8_t  vendor;          /* XEN_PMU_VENDOR_* */
    uint8_t  policy;          /* XEN_PMU_POLICY_* */
    uint8_t  nr_gp, gp_width;       /* number, and bits of each */
    uint8_t  nr_fixed, fixed_width;
    uint8_t  nr_allowed;      /* valid entries of allowed[] */
    uint8_t  backend_version; /* Intel: architectural version; AMD: 1 =
                                 legacy or core counters, 2 = PerfMonV2 */
    uint32_t features;        /* XEN_PMU_FEAT_* */
    uint32_t cpuid_sig;       /* CPUID leaf 1, EAX, of the physical CPU */
    /*
     * The bits of a general-purpose slot's ctl that the guest may set.  Their
     * layout is the CPU's own event-select register (AMD: APM volume 2, 13.2.1,
     * PERF_CTL; Intel: SDM volume 3, 20.2.1, IA32_PERFEVTSELx).  The enable bit
     * is never among them: request.run decides which slots are enabled.
     */
    uint64_t ctl_mask;
    /*
     * The bits that the guest may set for a fixed slot: USR, OS and INT, at the
     * places that they have in ctl_mask.
     */
    uint64_t fixed_mask;
    /*
     * The bits of ctl_mask that select the event.  Below policy "all", these
     * bits of ctl must equal an entry of allowed[].  With policy "all",
     * nr_allowed is 0 and every value passes.
     */
    uint64_t event_mask;
    uint64_t allowed[XEN_PMU_ALLOWED];
    uint32_t rdpmc[XEN_PMU_SLOTS];  /* each slot's ECX for RDPMC */
    char     backend[16];     /* for people, NUL-terminated: "AMD core" */
    /*
     * The bits of ctl that only the slots in precise_slots may set, besides
     * those in ctl_mask.  A counter with these bits set counts exactly what
     * retires (AMD: PERF_CTL[43], PreciseRetire).  Both fields are 0 where the
     * CPU has no such bits, and always before minor version 3.
     */
    uint64_t precise_mask;
    uint64_t precise_slots;
    /*
     * Xen refuses an event whose ctl equals refused_event in the bits of
     * refused_mask, whatever the policy is: such an event counts what other
     * cores do, or is not an event by itself.  If refused_mask is 0, no event
     * is refused.
     */
    uint64_t refused_mask, refused_event;
};

/* Bits of xen_pmu_const.features */
#define XEN_PMU_FEAT_RDPMC   (1u << 0)  /* RDPMC works in the guest's kernel
                                           without an exit */
#define XEN_PMU_FEAT_GLOBAL  (1u << 1)  /* one register switches all counters */
#define XEN_PMU_FEAT_USER    (1u << 2)  /* Xen obeys FLAG_USER_RDPMC */
#define XEN_PMU_FEAT_SELDOM  (1u << 3)  /* Xen obeys FLAG_SELDOM_RDPMC */
#define XEN_PMU_FEAT_NMI     (1u << 4)  /* Xen obeys FLAG_NMI */
#define XEN_PMU_FEAT_TELL    (1u << 5)  /* Xen obeys FLAG_TELL_RDPMC */
#define XEN_PMU_FEAT_SPENT   (1u << 6)  /* Xen limits by consumer.spent */

/* Bits of ctl that are at the same place for every vendor */
#define XEN_PMU_CTL_EVENT    0x0000ffffULL /* event select, unit mask */
#define XEN_PMU_CTL_USR      (1ULL << 16)  /* count guest user mode */
#define XEN_PMU_CTL_OS       (1ULL << 17)  /* count guest kernel mode */
#define XEN_PMU_CTL_EDGE     (1ULL << 18)
#define XEN_PMU_CTL_INT      (1ULL << 20)  /* an overflow makes a record */
#define XEN_PMU_CTL_EN       (1ULL << 22)  /* must be clear: run enables */
#define XEN_PMU_CTL_INV      (1ULL << 23)
#define XEN_PMU_CTL_CMASK    0xff000000ULL

/*
 * How a slot is to be programmed.
 *
 * USR and OS are the guest's user and kernel mode.  Both modes of a PV guest
 * run in ring 3, so Xen tells them apart.  A running slot must have at least
 * one of the two bits set.
 *
 * Xen loads start into the counter when gen differs from the gen that it loaded
 * last.  So Xen may see the same request again without any effect (R2).  If
 * only ctl changes, Xen programs the new ctl at once and the counter keeps its
 * value.
 *
 * period makes a slot take samples that many events apart, without any action
 * of the guest.  After Xen has made a record of an overflow, it subtracts
 * period from the counter.  The counter then overflows again that many events
 * after the last overflow.  If several periods have passed, Xen subtracts that
 * many of them.  No event is lost: state.renewed[] is the sum of what Xen has
 * subtracted since start was loaded.  A changed period does not move the
 * overflow that comes next.  It is the distance from that one to the one after
 * it.
 *
 * If period is 0, the counter goes on from zero after an overflow.  It does so,
 * too, if Xen makes no record, because the rate limit withholds it or the ring
 * is full.  The guest must then load the counter again.
 */
struct xen_pmu_slot {
    uint64_t ctl;
    uint64_t start;           /* events; below 2^width */
    uint32_t gen;             /* 0 at attach */
    uint32_t period;          /* events, below 2^(width - 1) */
};

/*
 * Request block: only the guest writes it.
 *
 * seq is even while a batch is published, and odd while the guest edits the
 * block.  Xen takes nothing from the block while seq is odd, except the flags;
 * the batch that was applied last keeps running.  To publish: seq |= 1; write
 * barrier; edit; release store of seq + 1.  seq is 0 at first, and 0 counts as
 * applied.
 *
 * A guest can take back a batch that Xen has not looked at, as when a thread
 * stops and the next one wants the same counters.  While seq is odd, the guest
 * reads state.applied and state.refused.  If they show that the batch that Xen
 * judged last was applied, the guest may store the seq of that batch again: Xen
 * then finds nothing to do.  run must be as in that batch.  The guest may use
 * the seq numbers after it again.
 *
 * changed: the slots that may differ from the last *applied* batch.  Xen reads
 * only these slots.  So the guest keeps a slot's bit set until it has seen a
 * batch with that slot applied.
 *
 * run: the slots that count.  A slot that leaves run keeps its value, and keeps
 * its programming for the next time it is in run.
 *
 * In both maps, the bits of absent slots must be clear.
 *
 * flags: XEN_PMU_FLAG_*.  They are not part of a batch: Xen obeys the flags
 * that it finds at each entry, whether seq is odd or even.  So a guest can set
 * XEN_PMU_FLAG_USER_RDPMC for one process and clear it for the next with a
 * single store, and Xen writes no MSR for it.  flags is 0 at attach, and in
 * guests that do not know of it.  Xen ignores a flag whose bit in
 * constant.features is clear: PV guests have all four bits, other guests have
 * none.
 *
 * USER_RDPMC: RDPMC does not fault in user mode.
 *
 * SELDOM_RDPMC: the guest's kernel reads counters seldom.  While USER_RDPMC is
 * clear, Xen then saves the two writes of CR4 of each system call: RDPMC
 * faults in the kernel, too.  A sync makes it work there until the next return
 * to user mode.  state.rdpmc says whether RDPMC works in the kernel.  Without
 * this flag it always works there.
 *
 * TELL_RDPMC: in addition to SELDOM_RDPMC.  Xen also makes RDPMC work when it
 * raises the VIRQ or NMI of an overflow, because the handler reads counters.
 *
 * NMI: Xen tells the guest of overflows by an NMI instead of VIRQ_XENPMU.  The
 * guest can then see what was interrupted even where it masks interrupts.  Xen
 * still raises the VIRQ if the VCPU is being switched out, blocks, or has no
 * handler for NMIs registered.  state.nmis counts these NMIs, so that the
 * handler can tell whether an NMI is about overflows.  Two NMIs may reach the
 * guest as one.
 */
#define XEN_PMU_FLAG_USER_RDPMC   (1u << 0)
#define XEN_PMU_FLAG_SELDOM_RDPMC (1u << 1)
#define XEN_PMU_FLAG_NMI          (1u << 2)
#define XEN_PMU_FLAG_TELL_RDPMC   (1u << 3)
#define XEN_PMU_FLAGS             0xfu  /* all other bits must be clear */

struct xen_pmu_request {
    uint32_t seq;
    uint32_t flags;
    uint64_t changed;
    uint64_t run;
    uint64_t rsvd[5];
    struct xen_pmu_slot slot[XEN_PMU_SLOTS];
};

/*
 * The guest's part of the ring.
 *
 * cons is the index of the record that the guest will read next.
 *
 * spent is the time that the guest has spent handling overflow interrupts on
 * this VCPU since attach.  Its unit is a tick of the guest's own TSC, as RDTSC
 * shows it to the guest (Xen may scale or emulate that TSC), and it wraps at
 * 2^64.  The guest adds to it at the end of each handler.  A guest need not
 * write it at all.
 *
 * Xen uses spent where constant.features has XEN_PMU_FEAT_SPENT.  A guest that
 * has spent more than half of the last millisecond on overflows gets no more
 * records in that millisecond.  If a single overflow took longer, this lasts
 * for up to four milliseconds.  Counters that count only user mode are exempt:
 * they need progress of the user program, so they cannot keep the guest from
 * going on.  A false value harms only the guest itself.
 */
struct xen_pmu_consumer {
    uint32_t cons;
    uint32_t rsvd0;
    uint64_t spent;
    uint64_t rsvd[6];
};

/*
 * State block: only Xen writes it.
 *
 * applied is the seq of the batch that Xen accepted last.
 *
 * A refused batch changes nothing.  refused is then its seq, error says why,
 * and error_slot is the slot at fault, or ~0.  Xen tells the guest as it tells
 * of a record, by VIRQ_XENPMU or an NMI: nothing of the batch is in force until
 * the guest publishes another one.
 */
struct xen_pmu_state {
    uint32_t applied;
    uint32_t refused;
    uint32_t error;           /* XEN_PMU_ERR_* */
    uint32_t error_slot;
    /* Statistics since attach, for people and tests; never reset. */
    uint64_t nr_applied;      /* batches applied */
    uint64_t nr_refused;      /* batches refused */
    uint64_t nr_sync;         /* sync hypercalls */
    uint64_t nr_pmi;          /* overflow interrupts taken for this VCPU */
    uint64_t nr_record;       /* records put in the ring */
    uint64_t nr_lost;         /* records that found the ring full */
    uint64_t nr_throttled;    /* records withheld by the rate limit */
    uint64_t msr_batch;       /* PMU MSRs written to apply batches */
    uint64_t msr_mode;        /* ...  to tell user from kernel mode */
    uint64_t msr_switch;      /* ... to switch the VCPU in and out */
    uint64_t msr_pmi;         /* ... to handle overflow interrupts */
    /*
     * What Xen has subtracted from each slot's counter since start was loaded:
     * see xen_pmu_slot.period.  RDPMC plus this value is a count that goes on
     * over overflows, modulo 2^width.  The value changes only while the VCPU is
     * in Xen.
     */
    uint64_t renewed[XEN_PMU_SLOTS];
    /*
     * 1: RDPMC works in the guest's kernel, at least until the VCPU returns to
     * user mode.
     *
     * 0: RDPMC faults in the guest's kernel.  A sync makes it work: see
     * XEN_PMU_FLAG_SELDOM_RDPMC.  If the value is still 0 after a sync, the
     * VCPU is on a CPU whose counters do not show what Xen writes to them.  On
     * such a CPU RDPMC faults in every mode of every guest, whatever the flags
     * say, and nothing counts.
     */
    uint32_t rdpmc;
    uint32_t nmis;            /* NMIs raised since attach, modulo 2^32 */
};

#define XEN_PMU_ERR_NONE     0
#define XEN_PMU_ERR_SLOT     1          /* changed or run names an absent slot */
#define XEN_PMU_ERR_CTL      2          /* ctl has bits outside the mask */
#define XEN_PMU_ERR_MODE     3          /* a running slot counts no mode */
#define XEN_PMU_ERR_EVENT    4          /* the policy does not allow the
                                           event, or other cores share it, or
                                           it is not an event by itself
                                           (AMD's Merge) */
#define XEN_PMU_ERR_PERIOD   5          /* over half the counter's range */
#define XEN_PMU_ERR_START    6          /* start is wider than the counter */
#define XEN_PMU_ERR_RSVD     7          /* a reserved field is not zero */

/*
 * One overflow (R7).
 *
 * The registers are the guest's at the moment when Xen took the interrupt, the
 * first at which Xen can look.  cs and ss are what the guest sees in its own
 * exception frames.  Both modes of a PV guest are ring 3: XEN_PMU_REC_USER says
 * in which one the guest was.
 */
struct xen_pmu_record {
    uint32_t seq;             /* state.applied at that time */
    uint32_t flags;           /* XEN_PMU_REC_* */
    uint64_t counters;        /* bitmap of the slots that overflowed */
    uint64_t tsc;             /* the guest's TSC; 0 where the guest's own
                                 RDTSC exits to Xen */
    uint64_t ip, cs, rflags, sp, ss;
    uint64_t ax, bx, cx, dx, si, di, bp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rsvd;
};

#define XEN_PMU_REC_USER     (1u << 0)  /* the guest was in user mode */
#define XEN_PMU_REC_MASKED   (1u << 1)  /* guest interrupts were masked, so a
                                           VIRQ comes later than this record */

/*
 * Xen's part of the ring.  prod is the index of the record that Xen will write
 * next.  It wraps at 2^32; the entry is prod % XEN_PMU_RECORDS.
 */
struct xen_pmu_ring {
    uint32_t prod;
    uint32_t throttled;       /* 1 while the rate limit withholds records */
    uint64_t rsvd;
    struct xen_pmu_record record[XEN_PMU_RECORDS];
};

/* R1: each block has its own cache lines and one writer, named here. */
struct xen_pmu_page {
    struct xen_pmu_const    constant;   /* Xen, at attach */
    struct xen_pmu_request  request;    /* guest */
    struct xen_pmu_consumer consumer;   /* guest */
    struct xen_pmu_state    state;      /* Xen */
    struct xen_pmu_ring     ring;       /* Xen */
};

#endif /* __XEN_PUBLIC_ARCH_X86_PMU_PAGE_H__ */
