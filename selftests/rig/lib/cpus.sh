# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # used by the scripts that source this
#
# The CPUs of the rig.  None of them has RDTSCP, because QEMU reports it as RDTSC under SVM.  None has
# MONITOR, because it gives Xen a #GP with several CPUs.
CPU_NAMES='zen2 zen4 k8'

# cpu_model NAME: prints QEMU's -cpu for a CPU of the rig; fails for any other name.
cpu_model()
{
	case $1 in
	# Family 17h model 31h: six core counters.
	zen2) echo 'EPYC-Rome,pmu=on,-rdtscp,-monitor' ;;
	# Family 19h model 11h: six core counters, and the global registers of PerfMonV2.
	zen4) echo 'EPYC-Genoa,pmu=on,+perfmon-v2,-rdtscp,-monitor' ;;
	# Family 10h: four legacy counters.  Real processors of this family have nested paging, too.
	k8) echo 'Opteron_G3,pmu=on,+npt,-rdtscp,-monitor' ;;
	*) return 1 ;;
	esac
}
