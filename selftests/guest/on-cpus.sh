#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# on-cpus.sh - runs a command on fewer and fewer CPUs of this machine.
#
# For each number the script takes CPUs offline until only that number is online, and
# runs the command.  (In a guest its VCPUs go down, and the driver gives their pages
# back.)  At the end it takes all CPUs online again, and runs the command once more.
# The script adds nothing to the output of the command, which may be a TAP stream.
#
# usage: on-cpus.sh "NUMBER..." COMMAND [ARGUMENT...]; numbers from large to small

set -e

numbers=$1
shift
status=0
for number in $numbers; do
	for cpu in /sys/devices/system/cpu/cpu[1-9]*; do
		[ "${cpu##*/cpu}" -lt "$number" ] || echo 0 >"$cpu/online"
	done
	if [ "$(nproc)" != "$number" ]; then
		echo "Bail out! $(nproc) CPUs are online, not $number"
		exit 1
	fi
	echo "# on $number of $(nproc --all) CPUs"
	"$@" || status=$?
done
for cpu in /sys/devices/system/cpu/cpu[1-9]*; do
	echo 1 >"$cpu/online"
done
echo "# on all $(nproc) CPUs again"
"$@" || status=$?
exit $status
