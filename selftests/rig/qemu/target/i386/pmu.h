/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 performance monitoring unit for TCG: state and interface.
 *
 * The unit does not use time; it works on positions.  The position of a vCPU is
 * the number of instructions that icount has charged to it.  The unit brings
 * every counter up to date ("accounts" it) whenever a condition of counting
 * changes: privilege level, guest mode, EFER.SVME, a control register.  Between
 * two such points all counting is linear.  So the unit knows the position of
 * the next overflow in advance, and stops the vCPU there.
 */

#ifndef I386_PMU_H
#define I386_PMU_H

#include "pmu-account.h"

#define X86_PMU_MAX_COUNTERS  8
#define X86_PMU_AMD_V2_COUNTERS 6     /* CPUID Fn8000_0022_EBX[3:0] */
#define X86_PMU_PHT_SIZE      4096    /* conditional branches */
#define X86_PMU_BTB_SIZE      512     /* indirect branches */
#define X86_PMU_RAS_SIZE      32      /* return addresses */

typedef struct CPUArchState CPUX86State;

/*
 * The sources that are counted during execution.  Every event is a sum of
 * sources.
 */
typedef enum X86PMUSource {
    X86_PMU_CYCLE,              /* position: instructions and REP iterations */
    X86_PMU_REP,                /* iterations that did not end a REP string */
    X86_PMU_JMP,                /* near, direct, unconditional JMP or CALL */
    X86_PMU_COND_TAKEN,         /* Jcc, JrCXZ, LOOPcc */
    X86_PMU_COND_NOT,
    X86_PMU_INDIRECT,           /* near JMP or CALL through register/memory */
    X86_PMU_RET,                /* near RET */
    X86_PMU_FAR,                /* far JMP/CALL/RET, IRET, SYSCALL..., INTn */
    X86_PMU_EXC,                /* exceptions and interrupts taken */
    X86_PMU_MISP_TAKEN,         /* mispredicted conditional, was taken */
    X86_PMU_MISP_NOT,           /* mispredicted conditional, was not taken */
    X86_PMU_MISP_INDIRECT,
    X86_PMU_MISP_RET,
    X86_PMU_SOURCES
} X86PMUSource;

typedef struct X86PMUCounter {
    uint64_t ctl;               /* control register as written */
    uint64_t value;             /* at position pos */
    /* Decoded from ctl: the sources that are added and subtracted. */
    uint32_t plus;
    uint32_t minus;
} X86PMUCounter;

/*
 * The entries of this vCPU into the host's kernel, by cause: see pmu-account.h.
 */
typedef struct X86PMUEntries {
    uint64_t vector[256];
    uint64_t syscall;
    uint64_t hypercall[X86_PMU_HYPERCALLS];
    uint64_t vmexit[X86_PMU_VMEXITS];
} X86PMUEntries;

typedef struct X86PMUOps X86PMUOps;

typedef enum X86PMUAccess {
    X86_PMU_NOT_MINE,           /* not a register of the unit */
    X86_PMU_FAULT,              /* #GP */
    X86_PMU_OK,
} X86PMUAccess;

/* One per vCPU, in CPUX86State; only the vCPU's own thread uses it. */
typedef struct X86PMUState {
    bool enabled;
    bool far_pending;           /* a far transfer is in flight ... */
    bool int_pending;           /* an INTn is being delivered */
    uint8_t delivered_from;     /* mode in which the delivery began */
    uint16_t exit_on_event;     /* 0 or 0xffff: rare sources stop the vCPU */
    uint32_t live;              /* counters which count in the present mode */
    int64_t far_pos;            /* ... and retires if this position is kept */
    int64_t pos;                /* accounted up to here */
    int64_t reserve;            /* icount budget behind the next stop */
    uint64_t src[X86_PMU_SOURCES];
    uint64_t last[X86_PMU_SOURCES];
    uint64_t total[X86_PMU_WHO][X86_PMU_SOURCES];
    X86PMUEntries entries;
    uint64_t hw_interrupts;     /* statistics: hardware interrupts taken */
    uint64_t overflows;         /* statistics: overflow interrupts raised */
    X86PMUCounter ctr[X86_PMU_MAX_COUNTERS];
    uint64_t global_ctl;        /* bit for each counter: it may count */
    uint64_t global_status;     /* bit for each counter: it overflowed */
    const X86PMUOps *ops;
    uint64_t btb[X86_PMU_BTB_SIZE];
    uint64_t ras[X86_PMU_RAS_SIZE];
    uint32_t ras_top;
    uint8_t pht[X86_PMU_PHT_SIZE];
} X86PMUState;

/*
 * An implementation of the architectural side.  The unit calls all operations
 * on the vCPU's own thread, with the counters accounted.
 */
struct X86PMUOps {
    const char *name;
    unsigned counters;
    unsigned width;             /* bits of a counter */
    /* Resets other registers than counters and controls; may be NULL. */
    void (*reset)(X86PMUState *p);
    /* Sets plus and minus of a counter from its ctl. */
    void (*decode)(CPUX86State *env, X86PMUCounter *c);
    /* Does counter i count in the present mode of the vCPU? */
    bool (*counts)(CPUX86State *env, unsigned i);
    /* Does an overflow of this counter interrupt? */
    bool (*interrupts)(const X86PMUCounter *c);
    /* Counter i has overflowed; may be NULL. */
    void (*overflowed)(X86PMUState *p, unsigned i);
    /* The result of an access to this MSR; @write: it is a write of @val. */
    X86PMUAccess (*check)(CPUX86State *env, uint32_t msr, bool write,
                          uint64_t val);
    /* Executes an access that check() has allowed. */
    uint64_t (*rdmsr)(CPUX86State *env, uint32_t msr);
    void (*wrmsr)(CPUX86State *env, uint32_t msr, uint64_t val);
    /* RDPMC; false: #GP, no such counter. */
    bool (*rdpmc)(CPUX86State *env, uint32_t index, uint64_t *val);
};

/* pmu-amd.c and pmu-amd-v2.c describe these. */
extern const X86PMUOps x86_pmu_amd_legacy;
extern const X86PMUOps x86_pmu_amd_core;
extern const X86PMUOps x86_pmu_amd_v2;

extern const struct VMStateDescription vmstate_x86_pmu;

/* At realize time: checks the unit's requirements and switches the unit on. */
bool x86_pmu_realize(X86CPU *cpu, Error **errp);

/* Entering and leaving cpu_exec(): plan the first stop, forget the last. */
void x86_pmu_exec_enter(CPUX86State *env);
void x86_pmu_exec_exit(CPUX86State *env);

/*
 * Called by the main loop at an instruction boundary, which may be a planned
 * stop.
 */
void x86_pmu_boundary(CPUState *cs);

/*
 * Around every change of CPL, guest mode or EFER.SVME.  The running
 * instruction belongs to the mode that it leaves.
 */
void x86_pmu_mode_leave(CPUX86State *env);
void x86_pmu_mode_enter(CPUX86State *env);

/* The mode that executes now, by CPL, guest mode and RIP. */
enum X86PMUWho x86_pmu_who(CPUX86State *env);

/*
 * Brings a vCPU's totals up to date.  For the running vCPU, @ahead is -1: its
 * totals then go up to its current instruction, the last of its TB.  For
 * another vCPU, @ahead is 0.
 */
void x86_pmu_account(CPUX86State *env, int ahead);

/*
 * For the account of entries.  The first is called after the delivery, the
 * second before SYSCALL changes any state, the third when the #VMEXIT is
 * decided.
 */
void x86_pmu_entered_by_vector(CPUX86State *env, unsigned vector,
                               enum X86PMUWho from);
void x86_pmu_entered_by_syscall(CPUX86State *env);
void x86_pmu_entered_by_vmexit(CPUX86State *env, uint64_t code);

/*
 * Called around the delivery of an exception, INTn (is_int) or interrupt
 * (is_hw).
 */
void x86_pmu_deliver_begin(CPUX86State *env, bool is_int, bool is_hw);
void x86_pmu_deliver_end(CPUX86State *env, unsigned vector);
/* A delivery ended in a #VMEXIT instead. */
void x86_pmu_deliver_cancel(CPUX86State *env);

/* The running instruction, the last of its TB, is a far transfer. */
void x86_pmu_far_begin(CPUX86State *env);

/* The running instruction does not retire (and has not been unwound). */
void x86_pmu_uncount(CPUX86State *env);

/* The vCPU is about to halt: take the overflows of the instructions so far. */
void x86_pmu_halt(CPUX86State *env);

/*
 * The RDMSR, WRMSR and RDPMC helpers call these, on the last instruction of a
 * TB.  x86_pmu_rdpmc() returns false if RDPMC takes a #GP for its index.
 */
X86PMUAccess x86_pmu_rdmsr(CPUX86State *env, uint32_t msr, uint64_t *val);
X86PMUAccess x86_pmu_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val);
bool x86_pmu_rdpmc(CPUX86State *env, uint32_t index, uint64_t *val);

/* For implementations: make a new ctl or value of counter i effective. */
void x86_pmu_counter_changed(CPUX86State *env, unsigned i);

/*
 * For implementations: a condition has changed that decides which counters
 * count.
 */
void x86_pmu_control_changed(CPUX86State *env);

#endif
