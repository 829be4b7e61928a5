# SPDX-License-Identifier: GPL-2.0-only
# The Xen part's tests: its own sources over a software model of the counters.
HV := hypervisor/x86

TESTS += hypervisor-request
hypervisor-request_SRCS := selftests/unit/hypervisor-request.c \
	selftests/unit/hypervisor-prng.c $(HV)/request.c $(HV)/policy.c \
	$(HV)/amd.c
hypervisor-request_CPPFLAGS := -I$(TOP)/$(HV)

TESTS += hypervisor-plan
hypervisor-plan_SRCS := selftests/unit/hypervisor-plan.c \
	selftests/unit/hypervisor-model.c selftests/unit/hypervisor-prng.c \
	$(HV)/core.c $(HV)/ring.c $(HV)/amd.c $(HV)/policy.c $(HV)/request.c
hypervisor-plan_CPPFLAGS := -I$(TOP)/$(HV)

TESTS += hypervisor-whole
hypervisor-whole_SRCS := selftests/unit/hypervisor-whole.c \
	selftests/unit/hypervisor-machine.c selftests/unit/hypervisor-guests.c \
	selftests/unit/hypervisor-oracle.c \
	selftests/unit/hypervisor-model.c selftests/unit/hypervisor-prng.c \
	$(HV)/vcpu.c $(HV)/record.c $(HV)/core.c $(HV)/ring.c $(HV)/amd.c \
	$(HV)/policy.c $(HV)/request.c
hypervisor-whole_CPPFLAGS := -I$(TOP)/$(HV) -I$(TOP)/hypervisor/include \
	-I$(TOP)/selftests/unit
