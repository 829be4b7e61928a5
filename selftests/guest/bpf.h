/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf.h - bpf(2) without a library: maps, programs, instructions by hand. */
#ifndef XENPMU_GUEST_BPF_H
#define XENPMU_GUEST_BPF_H

#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest.h"

/* Instructions: Documentation/bpf/standardization/instruction-set.rst. */
#define BPF_INSN(c, d, s, o, i) ((struct bpf_insn)			\
	{ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define BPF_MOV_TO(d, s)	BPF_INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define BPF_SET_TO(d, i)	BPF_INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define BPF_ADD_TO(d, i)	BPF_INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define BPF_LOAD(d, s, o)	BPF_INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define BPF_STORE(d, o, s)	BPF_INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define BPF_STORE32(d, o, s)	BPF_INSN(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define BPF_CALLS(f)		BPF_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define BPF_RETURNS		BPF_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* A program that is being built. */
struct bpf_code {
	struct bpf_insn insn[128];
	uint32_t nr;
};

static inline void bpf_emit(struct bpf_code *c, struct bpf_insn insn)
{
	if (c->nr == sizeof(c->insn) / sizeof(c->insn[0]))
		ksft_exit_fail_msg("a BPF program is too long\n");
	c->insn[c->nr++] = insn;
}

/* Puts a map into a register: one instruction of two words. */
static inline void bpf_emit_map(struct bpf_code *c, int reg, int fd)
{
	bpf_emit(c, BPF_INSN(BPF_LD | BPF_DW | BPF_IMM, reg,
			     BPF_PSEUDO_MAP_FD, 0, fd));
	bpf_emit(c, BPF_INSN(0, 0, 0, 0, 0));
}

/* Points a register to the program's stack; @offset is negative. */
static inline void bpf_emit_stack(struct bpf_code *c, int reg, int offset)
{
	bpf_emit(c, BPF_MOV_TO(reg, BPF_REG_10));
	bpf_emit(c, BPF_ADD_TO(reg, offset));
}

/* Jumps to the program's end if a register is 0, or if it is not. */
static inline void bpf_emit_give_up(struct bpf_code *c, int reg)
{
	bpf_emit(c, BPF_INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, 0, 0));
}

static inline void bpf_emit_give_up_unless_zero(struct bpf_code *c, int reg)
{
	bpf_emit(c, BPF_INSN(BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, 0));
}

static inline long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/* Creates a map with keys 0..entries-1; returns its file descriptor. */
static inline int bpf_new_map(uint32_t type, uint32_t value, uint32_t entries)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = value;
	attr.max_entries = entries;
	fd = bpf(BPF_MAP_CREATE, &attr);
	if (fd < 0)
		ksft_exit_fail_perror("BPF_MAP_CREATE");
	return fd;
}

static inline void bpf_set(int map, uint32_t key, const void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uint64_t)&key;
	attr.value = (uint64_t)value;
	if (bpf(BPF_MAP_UPDATE_ELEM, &attr))
		ksft_exit_fail_perror("BPF_MAP_UPDATE_ELEM");
}

static inline void bpf_get(int map, uint32_t key, void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uint64_t)&key;
	attr.value = (uint64_t)value;
	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		ksft_exit_fail_perror("BPF_MAP_LOOKUP_ELEM");
}

/*
 * Ends a program, which returns @verdict, and loads it; returns its file descriptor.
 * If the verifier refuses the program, its log is printed.
 */
static inline int bpf_load(uint32_t type, struct bpf_code *c, int verdict)
{
	static char log[16384];
	union bpf_attr attr;
	int fd;

	for (uint32_t i = 0; i < c->nr; i++)
		if (c->insn[i].code == (BPF_JMP | BPF_JEQ | BPF_K) ||
		    c->insn[i].code == (BPF_JMP | BPF_JNE | BPF_K))
			c->insn[i].off = c->nr - i - 1;
	bpf_emit(c, BPF_SET_TO(BPF_REG_0, verdict));
	bpf_emit(c, BPF_RETURNS);

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (uint64_t)c->insn;
	attr.insn_cnt = c->nr;
	attr.license = (uint64_t)"GPL";
	attr.log_buf = (uint64_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		ksft_exit_fail_msg("BPF_PROG_LOAD: %s\n%s\n", strerror(errno),
				   log);
	return fd;
}

#endif
