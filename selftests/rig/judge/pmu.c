// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programming the counters, and judge(): one body of code against its paper.
 */
#include "judge.h"

u8 scratch[4096] __attribute__((aligned(4096)));

void pmu_stop(void)
{
	unsigned int n;

	for (n = 0; n < NR_COUNTERS; n++)
		wrmsr(PERF_CTL(n), 0);
	for (n = 0; n < NR_COUNTERS; n++)
		wrmsr(PERF_CTR(n), 0);
}

void pmu_set(unsigned int n, u64 ctl, u64 ctr)
{
	wrmsr(PERF_CTR(n), ctr);
	wrmsr(PERF_CTL(n), ctl);
}

/* One counter's event, and what the paper expects of it. */
struct column {
	const char *name;
	u64 ctl, paper;
};

/* Runs the body once with six columns; true if all agree. */
static bool judge_columns(const struct column col[NR_COUNTERS], const u64 got[NR_COUNTERS])
{
	bool ok = true;
	unsigned int n;

	for (n = 0; n < NR_COUNTERS; n++) {
		if (got[n] == col[n].paper)
			continue;
		say("  %s: got %u, paper %u: %d", col[n].name, got[n], col[n].paper,
		    (long)(got[n] - col[n].paper));
		ok = false;
	}
	return ok;
}

static void run(const struct column col[NR_COUNTERS], unsigned int cpl, void *fn,
		u64 a, u64 b, u64 c, u64 got[NR_COUNTERS])
{
	u64 out[2 * NR_COUNTERS];
	unsigned int n;

	for (n = 0; n < NR_COUNTERS; n++)
		pmu_set(n, col[n].ctl, 0);
	if (cpl) {
		user_cpl(cpl);
		user_call(measure, (u64)fn, (u64)out, a, b, c);
		user_cpl(3);
	} else {
		measure(fn, out, a, b, c);
	}
	pmu_stop();
	for (n = 0; n < NR_COUNTERS; n++)
		got[n] = (out[NR_COUNTERS + n] - out[n]) & COUNTER_MASK;
}

/* Every event in any mode, and both filters; counter 5 an event that no CPU has. */
static bool judge_all(unsigned int cpl, void *fn, u64 a, u64 b, u64 c, const struct paper *p)
{
	u64 got[NR_COUNTERS];
	struct column col[NR_COUNTERS];
	u64 own, usr, os, insn, hits, far, branches, taken;
	unsigned int pass;
	bool ok = true;

	for (pass = 0; pass < 3; pass++) {
		const struct column set[3][NR_COUNTERS] = {
			{
				{ "instructions", EVENT(EV_INSN) | CTL_ANY },
				{ "instructions:u", EVENT(EV_INSN) | CTL_USR | CTL_EN },
				{ "instructions:k", EVENT(EV_INSN) | CTL_OS | CTL_EN },
				{ "branches", EVENT(EV_BRANCH) | CTL_ANY },
				{ "taken", EVENT(EV_TAKEN) | CTL_ANY },
				{ "conditional", EVENT(EV_COND) | CTL_ANY },
			}, {
				{ "conditional", EVENT(EV_COND) | CTL_ANY },
				{ "taken", EVENT(EV_TAKEN) | CTL_ANY },
				{ "instructions", EVENT(EV_INSN) | CTL_ANY },
				{ "cycles", EVENT(EV_CYCLES) | CTL_ANY },
				{ "cycles:u", EVENT(EV_CYCLES) | CTL_USR | CTL_EN },
				{ "cycles:k", EVENT(EV_CYCLES) | CTL_OS | CTL_EN },
			}, {
				{ "no event", EVENT(0xfff) | CTL_ANY },
				{ "far transfers", EVENT(EV_FAR) | CTL_ANY },
				{ "branches", EVENT(EV_BRANCH) | CTL_ANY },
				{ "not enabled", EVENT(EV_INSN) | CTL_USR | CTL_OS },
				{ "instructions:k", EVENT(EV_INSN) | CTL_OS | CTL_EN },
				{ "instructions:u", EVENT(EV_INSN) | CTL_USR | CTL_EN },
			},
		};
		memcpy(col, set[pass], sizeof(col));
		if (p->before)
			p->before();
		run(col, cpl, fn, a, b, c, got);
		hits = p->hits ? *p->hits : 0;
		far = p->far + 2 * hits;	/* the interrupt and its IRETQ */
		own = MEASURE_INSNS + p->insn;
		usr = cpl ? own : p->other;
		os = (cpl ? p->other : own) + hits * p->hit_insn;
		insn = usr + os;
		branches = MEASURE_BRANCHES + p->branch + FAR_BRANCH * far;
		taken = MEASURE_BRANCHES + p->taken + FAR_BRANCH * far;
		if (pass == 0) {
			col[0].paper = insn;
			col[1].paper = usr;
			col[2].paper = os;
			col[3].paper = branches;
			col[4].paper = taken;
			col[5].paper = p->cond;
		} else if (pass == 1) {
			col[0].paper = p->cond;
			col[1].paper = taken;
			col[2].paper = insn;
			col[3].paper = insn + p->rounds;
			col[4].paper = usr + (cpl ? p->rounds : 0);
			col[5].paper = os + (cpl ? 0 : p->rounds);
		} else {
			col[1].paper = far;
			col[2].paper = branches;
			col[4].paper = os;
			col[5].paper = usr;
		}
		ok &= judge_columns(col, got);
	}
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
