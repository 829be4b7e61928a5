#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of `make demo` that runs in the guest: stock perf counts a real program, and
# profiles a program with one hot function.  The script prints what a user would see.
# The part on the host (run) judges the output.
set -e
cd /tmp

echo "\$ uname -r; cat /sys/hypervisor/type /sys/hypervisor/guest_type"
uname -r
cat /sys/hypervisor/type /sys/hypervisor/guest_type 2>/dev/null || true
echo
echo "\$ perf stat -e cycles,instructions,branches,branch-misses gzip -9 < libc.so.6"
cp "$(ldconfig -p | awk '/libc.so.6/ { print $NF; exit }')" libc.so.6
perf stat -o stat.txt -e cycles,instructions,branches,branch-misses \
	gzip -9 < libc.so.6 > libc.gz
cat stat.txt
echo "\$ perf record -e instructions:u -c 100003 ./hot 100000"
perf record -q -o hot.data -e instructions:u -c 100003 /hot 100000
echo
echo "\$ perf report"
perf report -i hot.data --stdio --sort symbol 2>/dev/null | grep -v '^#*$'
echo
echo "\$ perf record (frequency mode, user and kernel) gzip"
perf record -q -F 2000 -o gzip.data gzip -9 < libc.so.6 > libc.gz
perf report -i gzip.data --stdio --sort dso 2>/dev/null | grep -v '^#*$'
