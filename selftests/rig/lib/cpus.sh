# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # used by those who source this
#
# The CPUs of the rig. RDTSCP under SVM is reported as RDTSC by QEMU, and MONITOR gives Xen a #GP
# with several CPUs, so none of them has either.
CPU_NAMES='zen2 zen4 k8'

# cpu_model NAME: prints QEMU's -cpu for one of these; fails for any other.
cpu_model()
{
	case $1 in
	# Family 17h model 31h: six core counters.
	zen2) echo 'EPYC-Rome,pmu=on,-rdtscp,-monitor' ;;
	# Family 19h model 11h: the same, and the global registers of PerfMonV2.
	zen4) echo 'EPYC-Genoa,pmu=on,+perfmon-v2,-rdtscp,-monitor' ;;
	# Family 10h, the last before the core counters: four legacy ones. Nested paging it had.
	k8) echo 'Opteron_G3,pmu=on,+npt,-rdtscp,-monitor' ;;
	*) return 1 ;;
	esac
}
