# SPDX-License-Identifier: GPL-2.0-only
# The guest driver's pure files.
CORE := arch-x86-xen-pmu/core

TESTS += driver-period
driver-period_SRCS := selftests/unit/driver-period.c $(CORE)/period.c

TESTS += driver-assign
driver-assign_SRCS := selftests/unit/driver-assign.c $(CORE)/assign.c

TESTS += driver-mapping
driver-mapping_SRCS := selftests/unit/driver-mapping.c $(CORE)/assign.c \
	arch-x86-xen-pmu/perf/mapping.c perf-glue/events.c perf-glue/events_amd_zen.c \
	perf-glue/events_amd_k8.c

TESTS += driver-vcpu
driver-vcpu_SRCS := selftests/unit/driver-vcpu.c selftests/unit/driver-xen.c \
	$(addprefix $(CORE)/, assign.c batch.c event.c freeze.c overflow.c period.c place.c \
	reads.c slot.c vcpu.c)

TESTS += driver-model
driver-model_SRCS := $(patsubst %-vcpu.c,%-model.c,$(driver-vcpu_SRCS))
