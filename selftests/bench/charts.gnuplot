# SPDX-License-Identifier: GPL-2.0-only
#
# charts.gnuplot - draws switch.svg and sampling.svg from charts.data (made by charts.jq).
# Each chart has the measured machines; without any, it stays empty.
set terminal svg size 720,400 font "sans-serif,13" background rgb "white"
set key autotitle columnhead outside right
set grid ytics
set style data linespoints
set logscale y

set output "switch.svg"
set title "Instructions added to a context switch by counting (:u, equal sets)"
set xlabel "events"
set ylabel "instructions"
set xtics (1, 2, 4, 6)
stats "charts.data" index 0 nooutput
if (STATS_columns > 1) plot for [i=2:STATS_columns] "charts.data" index 0 using 1:i

set output "sampling.svg"
set title "perf record -a, 6 events, a program that only computes: overhead"
set xlabel "samples a second (each event)"
set ylabel "% more instructions"
set logscale x
set xtics (100, 1000, 5000, 20000)
stats "charts.data" index 1 nooutput
if (STATS_columns > 1) plot for [i=2:STATS_columns] "charts.data" index 1 using 1:i
