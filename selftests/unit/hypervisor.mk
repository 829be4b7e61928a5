# SPDX-License-Identifier: GPL-2.0-only
# The Xen part's tests: its own sources over a software model of the counters.
HV := hypervisor/x86
HV_BACKENDS := $(HV)/backend.c $(HV)/amd.c $(HV)/amd_core.c \
	$(HV)/amd_legacy.c $(HV)/amd_v2.c

TESTS += hypervisor-request
hypervisor-request_SRCS := selftests/unit/hypervisor-request.c \
	selftests/unit/hypervisor-model.c selftests/unit/hypervisor-prng.c \
	$(HV)/request.c $(HV)/policy.c $(HV_BACKENDS)
hypervisor-request_CPPFLAGS := -I$(TOP)/$(HV)

TESTS += hypervisor-plan
hypervisor-plan_SRCS := selftests/unit/hypervisor-plan.c \
	selftests/unit/hypervisor-model.c selftests/unit/hypervisor-prng.c \
	$(HV)/core.c $(HV_BACKENDS) $(HV)/policy.c $(HV)/request.c
hypervisor-plan_CPPFLAGS := -I$(TOP)/$(HV)

TESTS += hypervisor-whole
hypervisor-whole_SRCS := selftests/unit/hypervisor-whole.c \
	selftests/unit/hypervisor-machine.c selftests/unit/hypervisor-guests.c \
	selftests/unit/hypervisor-oracle.c \
	selftests/unit/hypervisor-model.c selftests/unit/hypervisor-prng.c \
	$(HV)/vcpu.c $(HV)/record.c $(HV)/hvm.c $(HV)/svm.c $(HV)/core.c \
	$(HV)/cpu.c $(HV)/cpuid.c $(HV)/start.c $(HV)/trial.c \
	$(HV_BACKENDS) $(HV)/policy.c $(HV)/request.c
hypervisor-whole_CPPFLAGS := -I$(TOP)/$(HV) -I$(TOP)/hypervisor/include \
	-I$(TOP)/selftests/unit

TESTS += hypervisor-hvm
hypervisor-hvm_SRCS := $(patsubst %-whole.c,%-hvm.c,$(hypervisor-whole_SRCS))
hypervisor-hvm_CPPFLAGS := $(hypervisor-whole_CPPFLAGS)

TESTS += hypervisor-start
hypervisor-start_SRCS := $(patsubst %-whole.c,%-start.c,$(hypervisor-whole_SRCS))
hypervisor-start_CPPFLAGS := $(hypervisor-whole_CPPFLAGS)
