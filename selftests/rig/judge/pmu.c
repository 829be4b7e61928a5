// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs the counters, and compares one body of code with its paper: judge().
 */
#include "judge.h"

u8 scratch[4096] __attribute__((aligned(4096)));

enum kind kind;
unsigned int nr_counters;
bool have_core, have_global;
u32 perf_ctl0, perf_ctr0;
/* RDPMC's numbers for measure.S. */
u32 measure_ecx[MAX_COUNTERS];

/* Family and model, APM volume 3, appendix E.3.2. */
static enum kind kind_by_family(unsigned int *family, unsigned int *model)
{
	u32 r[4];

	cpuid(1, r);
	*family = r[0] >> 8 & 0xf;
	*model = r[0] >> 4 & 0xf;
	if (*family == 0xf) {
		*family += r[0] >> 20 & 0xff;
		*model |= r[0] >> 12 & 0xf0;
	}
	if (*family < 0x17)
		return K8;
	return *family == 0x19 && *model >= 0x10 && *model <= 0x1f ? ZEN4 : ZEN;
}

/*
 * CPUID tells which counters there are: Fn8000_0001_ECX[23], core counters;
 * Fn8000_0022_EAX[0], the global registers, with the number of counters in EBX[3:0].
 * The processor determines what CPUID must tell: four legacy counters by the BKDGs for
 * families 0Fh and 10h; six core counters by the PPRs for family 17h; the global
 * registers as well by the PPR for family 19h model 11h. If CPUID told less, the other
 * topics would test less, so the judge ends here in that case.
 */
void pmu_identify(void)
{
	unsigned int family, model, n;
	u32 r[4], leaf[4] = { 0 };
	bool ok;

	kind = kind_by_family(&family, &model);
	cpuid(0x80000001, r);
	have_core = r[2] >> 23 & 1;
	cpuid(0x80000000, r);
	if (r[0] >= 0x80000022)
		cpuid(0x80000022, leaf);
	have_global = leaf[0] & 1;
	nr_counters = have_core ? 6 : 4;

	say("family 0x%x model 0x%x: %u counters%s", (u64)family, (u64)model, (u64)nr_counters,
	    have_global ? ", global registers" : "");
	ok = check(have_core == (kind != K8), "CPUID 8000_0001 ECX.23: core counters, from family 15h on");
	ok &= check(have_global == (kind == ZEN4), "CPUID 8000_0022 EAX.0: global registers, from Zen 4 on");
	ok &= check(leaf[0] == have_global && leaf[1] == (have_global ? nr_counters : 0) && !leaf[2] &&
		    !leaf[3], "CPUID 8000_0022: no freezing, no LBR, no north bridge counters");
	if (!ok)
		judge_exit();

	perf_ctl0 = PERF_CTL(0);
	perf_ctr0 = PERF_CTR(0);
	for (n = 0; n < MAX_COUNTERS; n++)
		measure_ecx[n] = n % nr_counters;
}

void pmu_stop(void)
{
	unsigned int n;

	for (n = 0; n < nr_counters; n++)
		wrmsr(PERF_CTL(n), 0);
	for (n = 0; n < nr_counters; n++)
		wrmsr(PERF_CTR(n), 0);
}

void pmu_set(unsigned int n, u64 ctl, u64 ctr)
{
	wrmsr(PERF_CTR(n), ctr);
	wrmsr(PERF_CTL(n), ctl);
}

/* The quantity on paper that each event counts, for a body at this CPL with its measure(). */
enum quantity { NONE, INSN, INSN_U, INSN_K, CYCLE, CYCLE_U, CYCLE_K, BRANCHES, TAKEN, COND, FAR };

static u64 paper_of(enum quantity q, const struct paper *p, unsigned int cpl)
{
	u64 hits = p->hits ? *p->hits : 0;
	u64 far = p->far + 2 * hits;	/* the interrupt and its IRETQ */
	u64 own = MEASURE_INSNS + p->insn;
	u64 usr = cpl ? own : p->other;
	u64 os = (cpl ? p->other : own) + hits * p->hit_insn;

	switch (q) {
	case INSN:
		return usr + os;
	case INSN_U:
		return usr;
	case INSN_K:
		return os;
	case CYCLE:
		return usr + os + p->rounds;
	case CYCLE_U:
		return usr + (cpl ? p->rounds : 0);
	case CYCLE_K:
		return os + (cpl ? 0 : p->rounds);
	case BRANCHES:
		return MEASURE_BRANCHES + p->branch + FAR_BRANCH * far;
	case TAKEN:
		return MEASURE_BRANCHES + p->taken + FAR_BRANCH * far;
	case COND:
		return kind == K8 ? 0 : p->cond;
	case FAR:
		return far;
	default:
		return 0;
	}
}

/* Every event in any mode and with both filters, on changing counters; and an unknown event. */
static const struct column {
	const char *name;
	u64 ctl;
	enum quantity paper;
} columns[] = {
	{ "instructions", EVENT(EV_INSN) | CTL_ANY, INSN },
	{ "instructions:u", EVENT(EV_INSN) | CTL_USR | CTL_EN, INSN_U },
	{ "instructions:k", EVENT(EV_INSN) | CTL_OS | CTL_EN, INSN_K },
	{ "branches", EVENT(EV_BRANCH) | CTL_ANY, BRANCHES },
	{ "taken", EVENT(EV_TAKEN) | CTL_ANY, TAKEN },
	{ "conditional", EVENT(EV_COND) | CTL_ANY, COND },

	{ "conditional", EVENT(EV_COND) | CTL_ANY, COND },
	{ "taken", EVENT(EV_TAKEN) | CTL_ANY, TAKEN },
	{ "instructions", EVENT(EV_INSN) | CTL_ANY, INSN },
	{ "cycles", EVENT(EV_CYCLES) | CTL_ANY, CYCLE },
	{ "cycles:u", EVENT(EV_CYCLES) | CTL_USR | CTL_EN, CYCLE_U },
	{ "cycles:k", EVENT(EV_CYCLES) | CTL_OS | CTL_EN, CYCLE_K },

	{ "no event", EVENT(0xfff) | CTL_ANY, NONE },
	{ "far transfers", EVENT(EV_FAR) | CTL_ANY, FAR },
	{ "branches", EVENT(EV_BRANCH) | CTL_ANY, BRANCHES },
	{ "not enabled", EVENT(EV_INSN) | CTL_USR | CTL_OS, NONE },
	{ "instructions:k", EVENT(EV_INSN) | CTL_OS | CTL_EN, INSN_K },
	{ "instructions:u", EVENT(EV_INSN) | CTL_USR | CTL_EN, INSN_U },
};

/* Runs the body once with the columns from first on; true if all agree. */
static bool judge_pass(unsigned int first, unsigned int cpl, void *fn, u64 a, u64 b, u64 c,
		       const struct paper *p)
{
	const struct column *col = columns + first;
	unsigned int n, used = ARRAY_SIZE(columns) - first;
	u64 out[2 * MAX_COUNTERS];
	bool ok = true;

	if (used > nr_counters)
		used = nr_counters;
	if (p->before)
		p->before();
	for (n = 0; n < used; n++)
		pmu_set(n, col[n].ctl, 0);
	if (cpl) {
		user_cpl(cpl);
		user_call(measure, (u64)fn, (u64)out, a, b, c);
		user_cpl(3);
	} else {
		measure(fn, out, a, b, c);
	}
	pmu_stop();
	for (n = 0; n < used; n++) {
		u64 got = (out[MAX_COUNTERS + n] - out[n]) & COUNTER_MASK;
		u64 paper = paper_of(col[n].paper, p, cpl);

		if (got == paper)
			continue;
		say("  %s: got %u, paper %u: %d", col[n].name, got, paper, (long)(got - paper));
		ok = false;
	}
	return ok;
}

static bool judge_all(unsigned int cpl, void *fn, u64 a, u64 b, u64 c, const struct paper *p)
{
	unsigned int first;
	bool ok = true;

	for (first = 0; first < ARRAY_SIZE(columns); first += nr_counters)
		ok &= judge_pass(first, cpl, fn, a, b, c, p);
	return ok;
}

bool judge(const char *name, unsigned int cpl, void *fn, u64 a, u64 b, u64 c,
	   const struct paper *p)
{
	return check(judge_all(cpl, fn, a, b, c, p), "%s, CPL %u", name, (u64)cpl);
}

void judge_both(const char *name, void *fn, const struct paper *p)
{
	judge(name, 0, fn, (u64)scratch, 1, 0, p);
	judge(name, 3, fn, (u64)scratch, 1, 0, p);
}
