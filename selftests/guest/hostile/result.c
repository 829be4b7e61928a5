// SPDX-License-Identifier: GPL-2.0-only
/* result.c - the results as TAP, in the debugfs file xen_pmu_hostile. */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "hostile.h"

static char text[32768];
static size_t used;
static int tests;
static struct dentry *file;

static void append(const char *before, const char *fmt, va_list ap)
{
	used += scnprintf(text + used, sizeof(text) - used, "%s", before);
	used += vscnprintf(text + used, sizeof(text) - used, fmt, ap);
	used += scnprintf(text + used, sizeof(text) - used, "\n");
}

void result(bool good, const char *fmt, ...)
{
	char before[32];
	va_list ap;

	scnprintf(before, sizeof(before), "%sok %d ", good ? "" : "not ",
		  ++tests);
	va_start(ap, fmt);
	append(before, fmt, ap);
	va_end(ap);
}

void remark(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append("# ", fmt, ap);
	va_end(ap);
}

static int results_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "TAP version 13\n1..%d\n%s", tests, text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

int results_create(void)
{
	file = debugfs_create_file("xen_pmu_hostile", 0400, NULL, NULL,
				   &results_fops);
	return PTR_ERR_OR_ZERO(file);
}

void results_remove(void)
{
	debugfs_remove(file);
}
