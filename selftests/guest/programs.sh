#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# programs.sh - counts real programs on fixed input with perf stat.
#
# The programs are five of Debian's (perf stat -d -r 5), deterministic stressors of
# stress-ng, and perf bench. The script does not judge the counts:
# selftests/host/programs compares the lines of two machines. A line is
#
#	count|NAME|EVENT|VALUE|DEVIATION IN % OVER THE FIVE RUNS
#	lines|NAME|N	lines of stress-ng's own --perf table with a number
#	ops|NAME|SECONDS|INSTRUCTIONS:U|OPERATIONS
#	error|NAME|WHY
#
# All programs run without address randomisation, because a string function takes
# another path for another alignment, also of the stack.
#
# usage: programs.sh [programs] [stressors] [benches]

SCRATCH=$(mktemp -d) || exit 1
trap 'rm -rf "$SCRATCH"' EXIT
cd "$SCRATCH" || exit 1

RUNS=5
EVENTS=instructions:u,branches:u

# stat NAME OPTION... -- COMMAND...: prints the count lines of COMMAND.
stat()
{
	name=$1
	shift
	if ! setarch -R perf stat -x '|' -o stat -r $RUNS -e $EVENTS "$@" \
		>out 2>&1 </dev/null; then
		sed 's/^/# /' out
		echo "error|$name|perf stat failed"
		return
	fi
	# value|unit|event|deviation|time|share...
	awk -F'|' -v name="$name" '
		/^#/ || NF < 5 { next }
		$1 ~ /^</ { print "error|" name "|" $3 " " $1; next }
		{ print "count|" name "|" $3 "|" $1 "|" $4
		  if ($6 != "100.00")
			print "error|" name "|" $3 " was not always on a counter" }
	' stat
}

# The programs' input comes from the root file system, so it is the same on all machines.
head -c 60000 /usr/bin/perf >binary
seq 20000 >numbers
cat >insert.sql <<'END'
CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
	INSERT INTO t SELECT i, i * 7919 % 10007, hex(i) FROM n;
CREATE INDEX tb ON t (b);
SELECT count(*), sum(x.b), max(x.c) FROM t x JOIN t y ON x.b = y.a;
END

programs()
{
	stat gzip -d -- gzip -9 -c binary
	stat xz -d -- xz -6 --threads=1 -c binary
	stat sort -d -- sort --parallel=1 -S 10M -k 1.2 numbers
	stat sqlite3 -d -- sqlite3 -init insert.sql :memory: .quit
	stat openssl -d -- openssl dgst -sha3-256 binary
}

# stressors: runs stress-ng's stressors with a fixed number of bogo operations.
stressors()
{
	# Each stressor executes 400 million instructions or more, because its start and the
	# time (the parent's clock reads, its memory checks) make up to 20,000 instructions
	# more or less.  The stressors have few clock reads: qsort makes eight in an
	# operation, the others fewer.
	RUNS=2 EVENTS=instructions:u
	stat "stress-ng cpu fibonacci" -- stress-ng --quiet --cpu 1 --seed 1 \
		--cpu-method fibonacci --cpu-ops 40
	stat "stress-ng cpu crc16" -- stress-ng --quiet --cpu 1 --seed 1 \
		--cpu-method crc16 --cpu-ops 60
	stat "stress-ng cpu correlate" -- stress-ng --quiet --cpu 1 --seed 1 \
		--cpu-method correlate --cpu-ops 120
	stat "stress-ng qsort" -- stress-ng --quiet --qsort 1 --seed 1 \
		--qsort-size 16384 --qsort-ops 20
	stress-ng --perf --cpu 1 --cpu-method fibonacci --cpu-ops 50 --seed 1 \
		>out 2>&1 || echo "error|stress-ng --perf|status $?"
	sed 's/^/# /' out
	echo "lines|stress-ng --perf|$(grep -Ec ' [0-9,]+ (CPU Cycles|Instructions|Branch Instructions|Branch Misses) ' out)"
}

# operations NAME SECONDS COMMAND...: prints the ops line of a benchmark that runs for a
# fixed time.
operations()
{
	name=$1 seconds=$2
	shift 2
	if ! setarch -R perf stat -x '|' -o stat -e instructions:u \
		"$@" -r "$seconds" >out 2>&1 </dev/null; then
		sed 's/^/# /' out
		echo "error|$name|failed"
		return
	fi
	# "[thread  0] futex...: ADDRESS [ OPERATIONS ops/sec ]"
	awk -v name="$name" -v seconds="$seconds" -v \
		insns="$(sed -n 's/|.*instructions.*//p' stat)" '
		/ ops\/sec \]$/ { ops += $(NF - 2) * seconds }
		END { print "ops|" name "|" seconds "|" insns "|" ops }
	' out
}

benches()
{
	RUNS=2 EVENTS=instructions:u,branches:u
	stat "perf bench mem memcpy" -- perf bench mem memcpy -s 1MB -l 50
	stat "perf bench mem memset" -- perf bench mem memset -s 1MB -l 50
	stat "perf bench sched pipe" -- perf bench sched pipe -l 2000
	stat "perf bench sched messaging" -- perf bench sched messaging -g 1 -l 20
	stat "perf bench futex wake" -- perf bench futex wake -t 4
	stat "perf bench futex requeue" -- perf bench futex requeue -t 4
	for seconds in 1 3; do
		operations "perf bench futex hash" "$seconds" \
			perf bench futex hash -t 2
		operations "perf bench futex lock-pi" "$seconds" \
			perf bench futex lock-pi -t 2
	done
}

[ $# -gt 0 ] || set -- programs stressors benches
for part; do
	case $part in
	programs | stressors | benches) $part ;;
	*) echo "error|programs.sh|no part '$part'" ;;
	esac
done
