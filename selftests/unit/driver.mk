# SPDX-License-Identifier: GPL-2.0-only
# The guest driver's pure files.
DRV := arch-x86-xen-pmu

TESTS += driver-period
driver-period_SRCS := selftests/unit/driver-period.c $(DRV)/period.c

TESTS += driver-assign
driver-assign_SRCS := selftests/unit/driver-assign.c $(DRV)/assign.c

TESTS += driver-mapping
driver-mapping_SRCS := selftests/unit/driver-mapping.c $(DRV)/mapping.c \
	$(DRV)/assign.c perf-glue/events.c perf-glue/events_amd_zen.c \
	perf-glue/events_amd_k8.c
driver-mapping_CPPFLAGS := -I$(TOP)/$(DRV)

TESTS += driver-vcpu
driver-vcpu_SRCS := selftests/unit/driver-vcpu.c selftests/unit/driver-xen.c \
	$(DRV)/vcpu.c $(DRV)/event.c $(DRV)/place.c $(DRV)/reads.c \
	$(DRV)/batch.c $(DRV)/assign.c $(DRV)/period.c

TESTS += driver-model
driver-model_SRCS := selftests/unit/driver-model.c selftests/unit/driver-xen.c \
	$(DRV)/vcpu.c $(DRV)/event.c $(DRV)/place.c $(DRV)/reads.c \
	$(DRV)/batch.c $(DRV)/assign.c $(DRV)/period.c
