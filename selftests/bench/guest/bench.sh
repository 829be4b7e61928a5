#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench.sh - runs the benchmarks inside of one machine.  It prints a line of JSON for each
# measurement on stdout, and all other output on stderr.
#
#   bench.sh LABELS PART...
#
# LABELS are members of a JSON object that name the machine.  PARTs are switch, sampling,
# reading, tax, slots, vcpus, domains, opens, micro, programs, and (as the last one)
# program COMMAND.  The programs in this script's folder measure.
set -u
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here:$PATH
LABELS=$1
shift
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# Switch the kernel's limits off, so that only the requested rate limits sampling.  (The kernel
# accepts the second line only after the first one; see perf_cpu_time_max_percent in its sysctl
# documentation.)
echo 25 > /proc/sys/kernel/perf_cpu_time_max_percent
echo 100000 > /proc/sys/kernel/perf_event_max_sample_rate
echo 0 > /proc/sys/kernel/perf_cpu_time_max_percent

# Six events, and six different ones.
SET_A="instructions cycles branches branch-misses r00c4 r00c8"
SET_B="r00c6 r00ca r00c9 r00c5 r0076 r00c0"

# events N SET MODIFIER: prints the first N events of SET for perf's option -e.
events()
{
	echo "$2" | tr ' ' '\n' | head -n "$1" | sed "s/\$/$3/" | paste -s -d ,
}

# --- 1. context switches --------------------------------------------------------

ROUNDS=1500

# switches LABELS EVENTS1 EVENTS2: runs the ping-pong, each side under its own perf stat.
switches()
{
	if [ -z "$2" ]; then
		taskset 1 pingpong answer x y $ROUNDS &
		taskset 1 pingpong ask x y $ROUNDS "$LABELS,\"bench\":\"switch\",$1"
	else
		taskset 1 perf stat -o /dev/null -e "$3" pingpong answer x y $ROUNDS &
		taskset 1 perf stat -o /dev/null -e "$2" pingpong ask x y $ROUNDS \
			"$LABELS,\"bench\":\"switch\",$1"
	fi
	wait
}

switch()
{
	mkfifo x y
	switches '"events":0,"set":"none","mode":"none"' "" ""
	for n in 1 2 4 6; do
		for mode in u uk; do
			a=$(events $n "$SET_A" ":$mode")
			switches "\"events\":$n,\"set\":\"equal\",\"mode\":\"$mode\"" "$a" "$a"
			switches "\"events\":$n,\"set\":\"different\",\"mode\":\"$mode\"" "$a" \
				"$(events $n "$SET_B" ":$mode")"
		done
	done
	rm x y
	for n in 0 1 2 4 6; do
		for mode in u uk; do
			if [ $n = 0 ]; then
				set --
			else
				set -- perf stat -o /dev/null -e "$(events $n "$SET_A" ":$mode")"
			fi
			# The difference of two lengths leaves out the beginning and the end.
			for loops in 500 2500; do
				cost "$LABELS,\"bench\":\"pipe\",\"events\":$n,\"mode\":\"$mode\",\"loops\":$loops" \
					run "$@" taskset 1 perf bench sched pipe -l $loops
			done
			[ $n != 0 ] || break
		done
	done
}

# --- 2. sampling ------------------------------------------------------------------

# named N: prints N events that all count instructions, under N names.
named()
{
	seq "$1" | sed 's|.*|instructions/name=i&/|' | paste -s -d ,
}

# If a sample costs more than the time between two samples, the program makes no progress, and the
# rate has no cost.  Without samples, no program takes more than three seconds.
DROWNED=10

# sampled WORK PROGRAM N RATE...: samples a program that does its work N times, at these rates.
sampled()
{
	work=$1 program=$2 n=$3
	shift 3
	cost "$LABELS,\"bench\":\"sampling\",\"work\":\"$work\",\"rate\":0,\"events\":0" "$program" "$n"
	for events in 6 10; do
		for rate; do
			label="\"work\":\"$work\",\"rate\":$rate,\"events\":$events"
			: > line
			perf record -q -a -F "$rate" -e "$(named $events)" -o data -- timeout -s KILL $DROWNED \
				cost "$LABELS,\"bench\":\"sampling\",$label" "$program" "$n" > line
			if [ ! -s line ]; then
				echo "{$LABELS,\"bench\":\"drowned\",$label}"
				continue
			fi
			perf report -i data --stats 2> /dev/null > stats
			sed "s|}\$|,\"samples\":$(stat_of SAMPLE),\"lost\":$(stat_of LOST),\"throttled\":$(stat_of THROTTLE)}|" line
		done
	done
}

sampling()
{
	sampled cpu cpu 100000000 100 1000 5000 20000	# ten instructions each
	sampled syscalls syscalls 400000 100 1000 5000 20000
	# A second natively, like the loop: in the first tenth of a second perf has not found its periods.
	sampled "long syscalls" syscalls 2400000 1000
}

# stat_of TYPE: prints the number of records of a type in the output of perf report --stats.  The
# first such line is the sum of all events.
stat_of()
{
	awk -v type="$1" '$1 == type && $2 == "events:" { n = $3; exit } END { print n + 0 }' stats
}

# --- 3. reading ----------------------------------------------------------------------

reading() { reads "$LABELS" 2000; }

# --- 4. tax of an entry into Xen ---------------------------------------------------------

# taxed STATE [PERF-STAT-OPTION...]: measures system calls and CPUIDs in this state; and a loop
# without either, to find the cost that grows with time.
taxed()
{
	state=$1
	shift
	sleep 1		# until the work that follows a module's load is done
	for work in "cpu 20000000" "syscalls 100000" "cpuids 50000"; do
		label="$LABELS,\"bench\":\"tax\",\"state\":\"$state\",\"work\":\"${work% *}\""
		if [ $# = 0 ]; then
			# shellcheck disable=SC2086 # two words
			cost "$label" $work
		else
			# shellcheck disable=SC2086 # two words
			perf stat -o /dev/null "$@" cost "$label" $work
		fi
	done
}

tax()
{
	if [ -d /sys/module/xen_pmu ]; then
		rmmod xen_pmu
		taxed "not attached"
		insmod /run/xenvm/xen_pmu.ko || exit 1
		taxed "attached, idle"
	elif [ -d /sys/bus/event_source/devices/cpu ]; then
		taxed "idle"
	else
		taxed "no PMU"
		return
	fi
	for n in 1 4; do
		taxed "$n counting, both modes" -a -e "$(events $n "$SET_A" :uk)"
		taxed "$n counting, user only" -a -e "$(events $n "$SET_A" :u)"
	done
}

# --- 5. VCPU switches: sleeps, while another domain burns the CPU and counts --------------

# slots LABELS: measures sleeps with different numbers of this domain's counters in use.
slots()
{
	for n in 0 1 3 6; do
		label="$LABELS,\"bench\":\"vcpu\",\"slots\":$n"
		if [ $n = 0 ]; then
			cost "$label" sleeps 1000
		else
			perf stat -o /dev/null -a -e "$(events $n "$SET_A" :uk)" cost "$label" sleeps 1000
		fi
	done
}

# --- 6. growth -----------------------------------------------------------------------------

# Measures a fixed amount of work on each of the first N CPUs, with and without four events on all
# CPUs.
vcpus()
{
	all=$(nproc)
	for n in 1 2 4 8 16; do
		[ "$n" -le "$all" ] || break
		work="i=0; while [ \$i -lt $n ]; do taskset -c \$i cost '\"x\":1' syscalls 20000 > /dev/null & i=\$((i + 1)); done; wait"
		label="$LABELS,\"bench\":\"vcpus\",\"vcpus\":$n"
		cost "$label,\"events\":0" run sh -c "$work"
		cost "$label,\"events\":4" run perf stat -o /dev/null -a -e "$(events 4 "$SET_A" :u)" \
			sh -c "$work"
	done
}

# Measures the cost of this domain.  The run's name says how many other domains count meanwhile.
domains()
{
	for n in 0 4; do
		label="$LABELS,\"bench\":\"domains\",\"events\":$n"
		if [ $n = 0 ]; then
			cost "$label" syscalls 20000
		else
			perf stat -o /dev/null -a -e "$(events $n "$SET_A" :u)" \
				cost "$label" syscalls 20000
		fi
	done
}

opens()
{
	mkfifo x y
	for n in 1 10 100 1000 10000; do
		taskset 1 perf stat -o /dev/null -e "$(events 4 "$SET_A" :u)" \
			pingpong answer x y $ROUNDS &
		cost '"x":1' opens $n taskset 1 perf stat -o /dev/null \
			-e "$(events 4 "$SET_A" :u)" pingpong ask x y $ROUNDS \
			"$LABELS,\"bench\":\"opens\",\"open\":$n" 2>&1 > /dev/null | grep '^{'
		wait
	done
	rm x y
}

# --- 7. accuracy ------------------------------------------------------------------------------

micros() { micro "$LABELS"; }

# counted NAME COMMAND...: counts instructions, branches and cycles of a program in user mode.
counted()
{
	name=$1
	shift
	if ! setarch -R perf stat -x '|' -o stat -e instructions:u,branches:u,cycles:u "$@" \
		> out 2>&1 < /dev/null; then
		sed 's/^/bench: /' out >&2
		echo "bench: $name failed" >&2
		return
	fi
	awk -F'|' -v labels="$LABELS" -v name="$name" '
		NF < 5 || $1 !~ /^[0-9]/ { next }
		{ sub(/:u$/, "", $3)
		  printf "{%s,\"bench\":\"program\",\"program\":\"%s\",\"event\":\"%s\",\"count\":%s,\"share\":%s}\n",
			 labels, name, $3, $1, $5 }
	' stat
}

programs()
{
	# The input is the same on all machines, because it comes from the root file system.
	head -c 300000 /usr/bin/perf > binary
	seq 60000 > numbers
	cat > insert.sql <<-END
	CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c TEXT);
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO t SELECT i, i * 7919 % 10007, hex(i) FROM n;
	CREATE INDEX tb ON t (b);
	SELECT count(*), sum(x.b), max(x.c) FROM t x JOIN t y ON x.b = y.a;
	END
	counted gzip gzip -9 -c binary
	counted bzip2 bzip2 -9 -c binary
	counted xz xz -6 --threads=1 -c binary
	counted "xz, 4 threads" xz -6 --threads=4 --block-size=65536 -c binary
	counted "sort, 4 threads" sort --parallel=4 -S 10M -k 1.2 numbers
	# shellcheck disable=SC2016 # awk's variables
	counted mawk mawk '{ s += $1 % 7; a[$1 % 101] += s } END { print s, length(a) }' numbers
	counted sed sed -E 's/([0-9])([0-9])/\2\1/g' numbers
	# shellcheck disable=SC2016 # perl's variables
	counted perl env PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0 perl -ne '$h{$_ % 997} += $_; END { print scalar(keys %h), "\n" }' numbers
	counted sqlite3 sqlite3 -init insert.sql :memory: .quit
	counted "openssl sha3" openssl dgst -sha3-256 binary
	counted "openssl aes" openssl enc -aes-256-ctr -K 00 -iv 00 -in binary -out /dev/null
}

# program COMMAND: counts any program.
program()
{
	name=$1
	cost "$LABELS,\"bench\":\"unseen\",\"program\":\"cost\",\"events\":0" run sh -c "$1"
	cost "$LABELS,\"bench\":\"unseen\",\"program\":\"cost\",\"events\":4" run \
		perf stat -o /dev/null -e "$(events 4 "$SET_A" "")" sh -c "$1"
	counted "$name" sh -c "$1"
}

while [ $# -gt 0 ]; do
	part=$1
	shift
	case $part in
	switch|sampling|reading|tax|slots|vcpus|domains|opens|micros|programs) $part ;;
	program) program "$1"; shift ;;
	*) echo "bench: no part '$part'" >&2; exit 2 ;;
	esac
done
