# SPDX-License-Identifier: GPL-2.0-only
#
# program.jq - make bench PROGRAM=: prints the counts of a program and the cost of counting, one
# line for each machine.

def where: "\(.machine)/\(.guest)";

group_by(where)[] | . as $l
| ([$l[] | select(.bench == "unseen" and .events == 0) | .instructions | add][0]) as $without
| ([$l[] | select(.bench == "unseen" and .events == 4) | .instructions | add][0]) as $with
| "\(.[0] | where): \($without) instructions of the machine alone, \($with - $without) more under perf stat with four events; in user mode: "
  + ([$l[] | select(.bench == "program") | "\(.count) \(.event)"] | join(", "))
