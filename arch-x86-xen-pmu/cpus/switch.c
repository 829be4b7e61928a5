// SPDX-License-Identifier: GPL-2.0-only
/*
 * switch.c - what is done where a CPU goes from one task to another.
 *
 * Records of overflows belong to the task that is still the current one (perf/sample.c), and the
 * next process may or may not read counters (perf/user.c).  The tracepoints sched_switch and
 * sched_process_exec tell of both.  They are hooked as long as the module is loaded: hooking takes
 * the lock of CPU hotplug, and perf opens and closes events with locks held that CPU hotplug waits
 * for.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/tracepoint.h>

#include "../cpu.h"
#include "../perf/sample.h"
#include "../perf/user.h"
#include "switch.h"

static void on_switch(void *unused, bool preempt, struct task_struct *prev,
		      struct task_struct *next, unsigned int prev_state)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (!c)
		return;
	xen_pmu_catch_up(c);
	c->left_stack = (unsigned long)task_stack_page(prev);
	xen_pmu_user_switching(c, prev, next);
}

static void on_exec(void *unused, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	xen_pmu_user_executed();
}

/* The tracepoints are not exported by name. */
static struct hook {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} hooks[] = {
	{ "sched_switch", on_switch },
	{ "sched_process_exec", on_exec },
};

static bool hooked;

static void find_hook(struct tracepoint *tp, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(tp->name, hooks[i].name))
			hooks[i].tp = tp;
}

static void unhook(unsigned int nr)
{
	while (nr--)
		tracepoint_probe_unregister(hooks[nr].tp, hooks[nr].probe, NULL);
	tracepoint_synchronize_unregister();
}

/* xen_pmu_switch_init - be told of switches; false if this kernel cannot tell; may sleep */
bool xen_pmu_switch_init(void)
{
	unsigned int i;

	for_each_kernel_tracepoint(find_hook, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!hooks[i].tp ||
		    tracepoint_probe_register(hooks[i].tp, hooks[i].probe, NULL)) {
			unhook(i);
			return false;
		}
	}
	hooked = true;
	return true;
}

/* xen_pmu_switch_exit - be told no more; nobody is on the way here when it returns */
void xen_pmu_switch_exit(void)
{
	if (hooked)
		unhook(ARRAY_SIZE(hooks));
	hooked = false;
}
