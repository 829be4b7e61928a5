// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - xen_pmu_splat: makes one fault on purpose for each checker of the debug kernel.
 *
 * A clean log proves something only if the checkers do report faults.  Loaded with
 * what=NAME, this module makes the fault of that name, and its checker must report the
 * fault on the console (selftests/host/splats).  No fault does harm while the checkers
 * are on: the module or the checker undoes the fault, or the fault is only a read.
 *
 *	rcu	a pointer that RCU protects is used without its protection
 *	locks	two mutexes are taken in one order and then in the other
 *	nesting	a spinlock is taken under a raw one
 *	sleep	a function that can sleep is called with a spinlock held
 *	preempt	smp_processor_id() is called where the task can change its CPU
 *	memory	a byte is read that was freed
 *	global	a byte is read behind a variable
 *	timer	a timer is freed while it is armed
 *	work	work is freed while it is queued
 *	list	a list's entry is added twice
 *	warn	WARN()
 *
 * lockdep switches itself off after the first fault that it finds, and RCU's checks with
 * it.  So rcu has to come before locks, nesting and the others.
 */
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

static char *what = "";
module_param(what, charp, 0);
MODULE_PARM_DESC(what, "the fault to make");

static void fault_rcu(void)
{
	static int value;
	static int __rcu *protected = (int __rcu *)&value;

	pr_info("%d\n", *rcu_dereference(protected));
}

static void fault_locks(void)
{
	static DEFINE_MUTEX(one);
	static DEFINE_MUTEX(other);

	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);

	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static void fault_nesting(void)
{
	static DEFINE_RAW_SPINLOCK(raw);
	static DEFINE_SPINLOCK(lock);

	raw_spin_lock(&raw);
	spin_lock(&lock);
	spin_unlock(&lock);
	raw_spin_unlock(&raw);
}

static void fault_sleep(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void fault_preempt(void)
{
	pr_info("%u\n", smp_processor_id());
}

static void fault_memory(void)
{
	char *bytes = kmalloc(64, GFP_KERNEL);

	if (!bytes)
		return;
	OPTIMIZER_HIDE_VAR(bytes);
	kfree(bytes);
	pr_info("%d\n", READ_ONCE(bytes[7]));
}

static void fault_global(void)
{
	static char few[13];
	char *bytes = few;

	OPTIMIZER_HIDE_VAR(bytes);
	pr_info("%d\n", READ_ONCE(bytes[sizeof(few)]));
}

static enum hrtimer_restart expired(struct hrtimer *timer)
{
	return HRTIMER_NORESTART;
}

/* DEBUG_OBJECTS cancels the armed timer, and below the queued work. */
static void fault_timer(void)
{
	struct hrtimer *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer->function = expired;
	hrtimer_start(timer, ms_to_ktime(100000), HRTIMER_MODE_REL);
	kfree(timer);
}

static void done(struct work_struct *work)
{
}

static void fault_work(void)
{
	struct delayed_work *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return;
	INIT_DELAYED_WORK(work, done);
	schedule_delayed_work(work, 100 * HZ);
	kfree(work);
}

static void fault_list(void)
{
	static LIST_HEAD(head);
	static LIST_HEAD(entry);

	list_add(&entry, &head);
	list_add(&entry, &head);
}

static void fault_warn(void)
{
	WARN(true, "xen_pmu_splat: on purpose\n");
}

static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "rcu",	fault_rcu },
	{ "locks",	fault_locks },
	{ "nesting",	fault_nesting },
	{ "sleep",	fault_sleep },
	{ "preempt",	fault_preempt },
	{ "memory",	fault_memory },
	{ "global",	fault_global },
	{ "timer",	fault_timer },
	{ "work",	fault_work },
	{ "list",	fault_list },
	{ "warn",	fault_warn },
};

static int __init splat_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(what, faults[i].name))
			continue;
		faults[i].make();
		return 0;
	}
	return -EINVAL;
}

static void __exit splat_exit(void)
{
}

module_init(splat_init);
module_exit(splat_exit);
MODULE_DESCRIPTION("Faults on purpose, for the checkers of a debug kernel");
MODULE_LICENSE("GPL");
