#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# perf-test.sh - runs one case of stock "perf test" with a time limit.
#
# The script prints perf's output, and then a line "result|NUMBER|OUTCOME" for the case
# or for each of its subcases.  OUTCOME is perf's own word (Ok, FAILED!, Skip and why),
# "no end" if the limit came first, or "no result" if perf test died.  The script does
# not judge the outcome: selftests/host/perf-test compares two machines.
#
# The limit is in the guest's time, which counts instructions (1 ns each) and idle
# time.  So the load of the host does not change the limit.
#
# usage: perf-test.sh CASE SECONDS
#        perf-test.sh list		NUMBER|NAME of all, for the host

usage()
{
	echo "usage: perf-test.sh CASE SECONDS | list" >&2
	exit 2
}

# Lists the cases that have a result.  A case with subcases has no result of its own.
list()
{
	perf test list 2>&1 | sed -n \
		's/^ *\([0-9][0-9]*\(\.[0-9][0-9]*\)\{0,1\}\): *\(.*[^ ]\) *$/\1|\3/p' |
		awk -F'|' '
			{ number[++n] = $1; line[n] = $0 }
			$1 ~ /\./ { sub(/\..*/, "", $1); parent[$1] = 1 }
			END {
				for (i = 1; i <= n; i++)
					if (!(number[i] in parent))
						print line[i]
			}'
}

if [ "$*" = list ]; then
	list
	exit
fi
case=$1 limit=$2
case $#$case$limit in
*[!0-9]*) usage ;;
esac
[ $# -eq 2 ] || usage

# Some cases of perf want a cgroup file system, as systemd mounts it.
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null

log=$(mktemp) || exit 1
# Some of perf's shell tests catch SIGTERM and go on: -k kills them.
timeout -k 10 "$limit" perf test -v "$case" >"$log" 2>&1 </dev/null
status=$?
cat "$log"
case $status in
124 | 137) without="no end" ;;
*) without="no result" ;;
esac

list | sed -n "/^${case}[.|]/s/|.*//p" | while read -r number; do
	outcome=$(sed -n \
		"s/^ *$number: .*: *\(Ok\|FAILED!\|Skip.*\)\$/\1/p" \
		"$log" | tail -n 1)
	echo "result|$number|${outcome:-$without}"
done
