# SPDX-License-Identifier: GPL-2.0-only
# tools.mk - unit tests of xenpmu's pure parts.
TESTS += tools-spec tools-format
tools-spec_SRCS := selftests/unit/tools-spec.c perf-glue/tools/spec.c
tools-format_SRCS := selftests/unit/tools-format.c perf-glue/tools/format.c
