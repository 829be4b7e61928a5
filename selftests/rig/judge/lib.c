// SPDX-License-Identifier: GPL-2.0-only
/*
 * TAP on the first serial port, and the end of the machine: a write of v to QEMU's
 * isa-debug-exit at 0xf4 ends QEMU with status 2 v + 1.
 */
#include <stdarg.h>
#include "judge.h"

#define COM1		0x3f8
#define DEBUG_EXIT	0xf4
#define EXIT_PASS	0x10	/* QEMU's status 33 */
#define EXIT_FAIL	0x11	/* 35 */

static unsigned int cases, failed;

static void put(char c)
{
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(COM1, c);
}

static void put_number(u64 n, unsigned int base)
{
	char digits[20];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i)
		put(digits[--i]);
}

static void vput(const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		const char *s;
		long d;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		switch (*++fmt) {
		case 's':
			for (s = va_arg(ap, const char *); *s; s++)
				put(*s);
			break;
		case 'd':
			d = va_arg(ap, long);
			if (d < 0)
				put('-');
			put_number(d < 0 ? -(u64)d : (u64)d, 10);
			break;
		case 'u':
			put_number(va_arg(ap, u64), 10);
			break;
		case 'x':
			put_number(va_arg(ap, u64), 16);
			break;
		default:
			put(*fmt);
		}
	}
}

static void put_text(const char *s)
{
	for (; *s; s++)
		put(*s);
}

void say(const char *fmt, ...)
{
	va_list ap;

	put_text("# ");
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put('\n');
}

static bool vcheck(bool ok, const char *fmt, va_list ap)
{
	put_text(ok ? "ok " : "not ok ");
	put_number(++cases, 10);
	put_text(" - ");
	vput(fmt, ap);
	put('\n');
	failed += !ok;
	return ok;
}

bool check(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcheck(ok, fmt, ap);
	va_end(ap);
	return ok;
}

bool check_eq(u64 got, u64 paper, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcheck(got == paper, fmt, ap);
	va_end(ap);
	if (got != paper)
		say("  got %u (0x%x), paper %u (0x%x): %d", got, got, paper, paper,
		    (long)(got - paper));
	return got == paper;
}

static void end_machine(u8 status)
{
	outb(DEBUG_EXIT, status);
	for (;;)
		asm volatile("cli; hlt");
}

void judge_exit(void)
{
	put_text("1..");
	put_number(cases, 10);
	put('\n');
	if (failed)
		say("%u of %u cases failed", (u64)failed, (u64)cases);
	end_machine(failed || !cases ? EXIT_FAIL : EXIT_PASS);
	__builtin_unreachable();
}

void judge_die(const char *fmt, ...)
{
	va_list ap;

	put_text("Bail out! ");
	va_start(ap, fmt);
	vput(fmt, ap);
	va_end(ap);
	put('\n');
	end_machine(EXIT_FAIL);
	__builtin_unreachable();
}

void *memcpy(void *to, const void *from, unsigned long n)
{
	void *start = to;

	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (n) : : "memory");
	return start;
}

void *memset(void *to, int byte, unsigned long n)
{
	void *start = to;

	asm volatile("rep stosb" : "+D" (to), "+c" (n) : "a" (byte) : "memory");
	return start;
}
