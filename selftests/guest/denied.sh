#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# denied.sh - runs rdpmc_denied, which see, with xen_pmu_hostile in the place of
# xen_pmu, whose page would let this VCPU use RDPMC; and puts that back.  Started
# in a guest that never had a driver (--no-module), it is about what Xen gives to a
# new VCPU; where there was one, about what a detach leaves.
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
