// SPDX-License-Identifier: GPL-2.0-only
/*
 * The agent's connection to the host uses only port I/O. Every access is complete when
 * the instruction is, so with -icount a run always takes the same number of
 * instructions. A disk or a network would answer at a moment that depends on the host.
 *
 * Input is a file in QEMU's firmware configuration device (QEMU docs/specs/fw_cfg). The
 * command line of every run names the file; in the run that makes the snapshot it holds
 * no request. Output goes to one isa-debugcon for each stream. isa-debug-exit ends the
 * machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>

#include "agent.h"

#define PORT_FW_CFG_SELECT	0x510	/* 16 bit: which item; rewinds it */
#define PORT_FW_CFG_DATA	0x511	/* 8 bit: its next byte */
#define PORT_STREAMS		0x5e0
#define PORT_POWER_OFF		0x5e8

#define FW_CFG_FILE_DIR		0x19
#define FW_CFG_REQUEST		"opt/xenvm/request"

/* An entry of the device's directory; numbers are big endian. */
struct fw_cfg_file {
	uint32_t size;
	uint16_t select;
	uint16_t reserved;
	char name[56];
};

/* A request begins with "XENVM" and its length in decimal. */
struct request_head {
	char magic[5];
	char len[11];
};

/* insb() of <sys/io.h> does not tell the compiler that it writes memory; this does. */
static void read_bytes(void *buf, size_t len)
{
	asm volatile("rep insb"
		     : "+D" (buf), "+c" (len)
		     : "d" ((uint16_t)PORT_FW_CFG_DATA)
		     : "memory");
}

/* The item that holds the request, or 0. It is looked up each time, because its number
 * may differ between the run that made the snapshot and this run.
 */
static uint16_t find_request(void)
{
	struct fw_cfg_file file;
	uint32_t count;

	outw(FW_CFG_FILE_DIR, PORT_FW_CFG_SELECT);
	read_bytes(&count, sizeof(count));
	for (count = __builtin_bswap32(count); count; count--) {
		read_bytes(&file, sizeof(file));
		file.name[sizeof(file.name) - 1] = 0;
		if (!strcmp(file.name, FW_CFG_REQUEST))
			return __builtin_bswap16(file.select);
	}
	return 0;
}

/*
 * Returns the request in memory that stays mapped, with its length in *len, or NULL if
 * there is no request yet. A call without a request costs about 20 port accesses.
 */
void *ports_read_request(size_t *len)
{
	struct request_head head;
	char digits[sizeof(head.len) + 1] = "";
	uint16_t item = find_request();
	char *data;

	if (!item)
		die("xenvm-agent: the machine has no %s", FW_CFG_REQUEST);
	outw(item, PORT_FW_CFG_SELECT);
	read_bytes(&head, sizeof(head));
	if (memcmp(head.magic, "XENVM", sizeof(head.magic)))
		return NULL;

	memcpy(digits, head.len, sizeof(head.len));
	*len = strtoul(digits, NULL, 10);
	/*
	 * The memory is populated, because in dom0 Xen emulates INS and reads the port
	 * before it stores. A page fault in the store would lose the byte.
	 */
	data = mmap(NULL, *len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (data == MAP_FAILED)
		die("xenvm-agent: no memory for a request of %zu bytes", *len);
	read_bytes(data, *len);
	return data;
}

static void ports_write(struct sink *sink, enum stream stream,
			const void *data, size_t len)
{
	(void)sink;
	asm volatile("rep outsb"
		     : "+S" (data), "+c" (len)
		     : "d" ((uint16_t)(PORT_STREAMS + stream))
		     : "memory");
}

/* Gets access to the ports; works in dom0 too, where Xen emulates them. */
struct sink *ports_open(void)
{
	static struct sink sink = { .write = ports_write };

	if (ioperm(PORT_FW_CFG_SELECT, 2, 1) ||
	    ioperm(PORT_STREAMS, PORT_POWER_OFF - PORT_STREAMS + 1, 1))
		die("xenvm-agent: ioperm: %s", strerror(errno));
	return &sink;
}

/* Ends QEMU at this instruction. */
void ports_power_off(void)
{
	outb(0, PORT_POWER_OFF);
	die("xenvm-agent: the machine does not switch off");
}
