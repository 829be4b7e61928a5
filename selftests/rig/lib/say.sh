# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Messages of the rig's scripts.  Messages go to stderr; stdout is for results.  While a recipe runs,
# its stdout and stderr go to its log, and messages go to descriptor 3.

# say TEXT...: prints a line of progress, with the seconds since the run's first script started
# (XENPMU_T0).
say()
{
	if [ -n "${XENPMU_IN_RECIPE-}" ]; then
		printf '[%4d s] %s\n' "$(($(date +%s) - XENPMU_T0))" "$*" >&3
		printf '=== %s\n' "$*" >&2
	else
		printf '[%4d s] %s\n' "$(($(date +%s) - XENPMU_T0))" "$*" >&2
	fi
}

# say_disk: after a failure, prints a sentence if the disk may be the cause.
say_disk()
{
	free=$(df -Pk "$CACHE" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "${free:-1024}" -ge 1024 ] ||
		printf 'rig: the disk is full: of that with %s %d MiB are free. "XENPMU_DISK_GB=10 selftests/rig/build --clean" removes saved machines that nobody is running until 10 GB are free; XENPMU_CACHE can name a directory on another disk.\n' "$CACHE" "$free"
}

# die TEXT...: prints the error, and ends this script with status 1.
die()
{
	if [ -n "${XENPMU_IN_RECIPE-}" ]; then
		printf 'rig: %s\n' "$*" >&3
	fi
	printf 'rig: %s\n' "$*" >&2
	say_disk >&2
	exit 1
}
