# SPDX-License-Identifier: GPL-2.0-only
# perf for Xen guests.
#
#   make             the guest driver xen_pmu.ko for the running kernel (or KDIR=)
#   make tools       the command-line tool xenpmu (needs libpfm4-dev)
#   make demo        perf stat and perf record in a PV guest, on any machine
#   make check       every test that is not long; last line: N passed, N failed
#   make check-full  the long ones too
#   make check-debug the guest's tests with a Linux and a Xen that look for faults of their own
#   make bench       costs and accuracy beside native and stock Xen: build/bench/report.md
#                    (PROGRAM='command...': of this program alone)
#   make lint        checkpatch, shellcheck
#
# demo, check and bench need root and a Debian 12 or 13 host; they build a whole
# machine (QEMU, Xen, kernel, guests) in XENPMU_CACHE, ~/.cache/xen-pmu.

KDIR ?= /lib/modules/$(shell uname -r)/build

module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C perf-glue/tools

demo:
	selftests/demo/run

check:
	selftests/check

check-full:
	selftests/check --full

check-debug:
	selftests/check --debug

bench:
	selftests/bench/run

lint:
	selftests/lint

clean:
	test ! -d $(KDIR) || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	rm -rf build

.PHONY: module tools demo check check-full check-debug bench lint clean
