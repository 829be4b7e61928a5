/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Xen that vcpu.c, record.c, hvm.c, svm.c, cpu.c, cpuid.c and start.c in
 * hypervisor/x86/ use.  hypervisor-machine.c defines the functions.  Names and meanings
 * are Xen's.
 */
#ifndef FAKE_XEN_H
#define FAKE_XEN_H

#include <string.h>	/* before the macro strlcpy below: newer C libraries declare
			   it */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "hypervisor-model.h"
#include "pmu_page.h"

#define NR_CPUS		MODEL_CPUS
#define noinline	__attribute__((noinline))
#define always_inline		inline __attribute__((__always_inline__))
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define likely(x)	__builtin_expect(!!(x), 1)
#define __read_mostly

/* A Xen without VMX, because vmx.c is not linked */
#define CONFIG_AMD_SVM	1

struct cpu_user_regs {
	uint64_t rip, rflags, rsp, rax, rbx, rcx, rdx, rsi, rdi, rbp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint16_t cs, ss;
};

struct vcpu;

struct domain {
	unsigned int architectural_iopl;
	bool hvm;
	int paused;
	struct vcpu *vcpu;	/* its first VCPU */
	struct domain *next;
	struct {
		bool vtsc;
		uint32_t tsc_khz;
	} arch;
};

struct vpmu_struct {
	void *priv_context;
	void *xenpmu_data;
};

/* What Xen declares of VMCBs and nested guests */
struct vmcb_struct {
	uint64_t rip, rsp, rflags, rax;
	struct { uint16_t sel; } cs, ss;
	struct { bool intr_shadow; } int_stat;
	uint8_t cpl;
	uint32_t general1_intercepts;
	uint64_t debugctl;
	struct { uint64_t bytes; } virt_ext;
	bool clean;
};

struct nestedvcpu {
	void *nv_n1vmcx, *nv_n2vmcx;
};

struct trap_info {
	unsigned long address;
};

struct vcpu {
	unsigned int vcpu_id;
	unsigned long pause_flags;
	struct domain *domain;
	struct {
		unsigned long flags;
		struct vpmu_struct vpmu;
		bool nmi_pending;
		struct {
			unsigned long iopl;
			struct trap_info *trap_ctxt;
		} pv;
		struct {
			struct {
				struct vmcb_struct *vmcb;
			} svm;
			struct nestedvcpu nested;
		} hvm;
	} arch;
	bool idle, hvm;
	uint8_t evtchn_upcall_mask;
	struct cpu_user_regs regs;
	unsigned int virqs;		/* VIRQ_XENPMU raised so often */
	uint32_t intercepted;		/* an MSR whose accesses exit */
	struct vcpu *next;		/* of the same domain */
};

#define TF_kernel_mode		1
#define X86_CR4_PCE		0x100
#define X86_EFLAGS_IF		0x200
#define X86_EFLAGS_IOPL		0x3000
#define GENERAL1_INTERCEPT_RDPMC (1u << 15)
#define EVENT_CHECK_VECTOR	0xfc
#define VIRQ_XENPMU		13
#define X86_EXC_NMI		2
#define APIC_LVTPC		0x340
#define PMU_APIC_VECTOR		0xf9

#define VM_ASSIST(d, what)	((d)->what)
#define vcpu_info(v, field)	((v)->field)
#define is_idle_vcpu(v)		((v)->idle)
#define is_hvm_vcpu(v)		((v)->hvm)
#define is_hvm_domain(d)	((d)->hvm)
#define using_svm()		true
#define using_vmx()		false
#define hvm_get_guest_tsc(v)	(fake_now() + FAKE_TSC_OFFSET)
extern bool hvm_tsc_scaling_supported;
#define FAKE_TSC_OFFSET		(1ULL << 40)
#define vcpu_nestedhvm(v)	((v)->arch.hvm.nested)
#define vmcb_get_cpl(vmcb)	((vmcb)->cpl)
#define vmcb_get_general1_intercepts(vmcb) ((vmcb)->general1_intercepts)
#define vmcb_set_general1_intercepts(vmcb, val) \
	((vmcb)->clean = false, (vmcb)->general1_intercepts = (val))
#define vmcb_get_debugctlmsr(vmcb) ((vmcb)->debugctl)
#define vmcb_set_debugctlmsr(vmcb, val) \
	((vmcb)->clean = false, (vmcb)->debugctl = (val))
#define MSR_IA32_DEBUGCTLMSR	0x1d9
#define svm_enable_intercept_for_msr(v, msr) ((v)->intercepted = (msr))

/* The list of domains */
extern struct domain *fake_domains;
#define for_each_domain(d)	for ((d) = fake_domains; (d); (d) = (d)->next)
#define for_each_vcpu(d, v)	for ((v) = (d)->vcpu; (v); (v) = (v)->next)
#define rcu_read_lock(lock)	do { } while (0)
#define rcu_read_unlock(lock)	do { } while (0)
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);

/* Hotplug of CPUs */
struct notifier_block {
	int (*notifier_call)(struct notifier_block *nfb, unsigned long action,
			     void *hcpu);
};
#define CPU_STARTING		3
#define CPU_ONLINE		4
#define NOTIFY_DONE		0
void register_cpu_notifier(struct notifier_block *nfb);
void on_each_cpu(void (*func)(void *), void *arg, int wait);

struct tasklet {
	void (*func)(void *);
};
#define DECLARE_TASKLET(name, f, arg) struct tasklet name = { .func = (f) }
void tasklet_schedule(struct tasklet *t);

#define XENLOG_INFO		""
#define XENLOG_WARNING		""
void printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#undef strlcpy
#define strlcpy(to, from, size)	snprintf(to, size, "%s", from)

/* Other users of the counters */
#define XENPMU_MODE_OFF		0
#define XENPMU_MODE_HV		2
extern unsigned int vpmu_mode, opt_vpmu_enabled;
#define NMI_NONE		0
#define NMI_LOCAL_APIC		2
extern unsigned int nmi_watchdog;
#define PMU_OWNER_NONE		0
#define PMU_OWNER_XENOPROF	1
#define PMU_OWNER_HVM		2
int acquire_pmu_ownership(int owner);
void release_pmu_ownership(int owner);
#define cpu_has_apic		true

/* CPUID */
#define X86_VENDOR_INTEL	1
#define X86_VENDOR_AMD		2
#define X86_VENDOR_HYGON	16
struct cpuinfo_x86 {
	uint8_t x86_vendor, x86;
};
struct cpu_policy {
	struct {
		uint32_t e1c;
	} extd;
};
const struct cpuinfo_x86 *fake_cpuinfo(void);
#define boot_cpu_data		(*fake_cpuinfo())
const struct cpu_policy *fake_raw_policy(void);
#define raw_cpu_policy		(*fake_raw_policy())
#define cpuid_eax		model_cpuid_eax
#define cpuid_ebx		model_cpuid_ebx
#define cpuid_ecx		model_cpuid_ecx

struct vcpu *fake_current(void);
#define current			fake_current()
#define guest_cpu_user_regs()	(&current->regs)
#define smp_processor_id()	model_this

/* Interrupts: only whether they are off where they must be */
extern bool fake_irqs_on;
#define local_irq_is_enabled()	fake_irqs_on
#define local_irq_save(flags)	((flags) = fake_irqs_on, fake_irqs_on = false)
#define local_irq_restore(flags) (fake_irqs_on = (flags))

void fake_assert(bool ok, const char *what);
#define ASSERT(x)		fake_assert(x, #x)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)

unsigned long read_cr4(void);
void write_cr4(unsigned long cr4);
uint32_t apic_read(unsigned int reg);
void apic_write(unsigned int reg, uint32_t val);
uint64_t fake_now(void);
#define rdtsc()			fake_now()
void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq);
void send_IPI_self(int vector);

#include "asm-pmu.h"

#endif /* FAKE_XEN_H */
