#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# denied.sh - runs rdpmc_denied (see rdpmc_denied.c) on a VCPU without a page.
#
# With the module xen_pmu the VCPU has a page, and may use RDPMC.  So this script takes
# xen_pmu out, loads xen_pmu_hostile instead, and loads xen_pmu again at the end.  In a
# guest that never had the driver (--no-module) the test shows what a new VCPU may
# read; otherwise it shows what a VCPU may read after a detach.
#
# usage: denied.sh [DIRECTORY of xen_pmu.ko and xen_pmu_hostile.ko]

DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/guest/perf-tap.sh
. "$DIR/perf-tap.sh"

MODULES=${1:-$DIR}

need insmod rmmod
[ -e /sys/hypervisor/type ] || skip "this is no Xen guest"
driver=no
if [ -d /sys/module/xen_pmu ]; then
	driver=yes
	rmmod xen_pmu || ktap_exit_fail_msg "rmmod xen_pmu failed"
fi
insmod "$MODULES/xen_pmu_hostile.ko" quiet=1 ||
	ktap_exit_fail_msg "xen_pmu_hostile did not load"
"$DIR/rdpmc_denied"
status=$?
rmmod xen_pmu_hostile
[ $driver = no ] || insmod "$MODULES/xen_pmu.ko" || status=1
exit $status
