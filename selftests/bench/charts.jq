# SPDX-License-Identifier: GPL-2.0-only
#
# charts.jq - prints results.json as data blocks for gnuplot.  Two empty lines separate blocks.  The
# first line of a block names the block and its columns.  Columns without a figure are left out.

def lines($name; $cols; $rows):
  [$cols | keys[] | . as $c | select($c == 0 or any($rows[]; .[$c]))] as $keep |
  "# \($name)", ($cols | [.[$keep[]]] | @tsv), ($rows[] | [.[$keep[]] // "NaN"] | @tsv), "", "";

.figures as $f |
[["native", "native"], ["stock", "pv"], ["ours", "pv"], ["ours", "dom0"], ["ours", "pvh"]] as $m |
lines("switch"; ["events"] + ($m | map(join("/")));
  [1, 2, 4, 6 | . as $e | [$e] + [$m[] as $w | [$f.switch[]
    | select(.machine == $w[0] and .guest == $w[1] and .events == $e and .set == "equal" and .mode == "u") | .cost][0]]]),
lines("sampling"; ["rate"] + ($m | map(join("/")));
  [100, 1000, 5000, 20000 | . as $r | [$r] + [$m[] as $w | [$f.sampling[]
    | select(.machine == $w[0] and .guest == $w[1] and .rate == $r and .events == 6 and .work == "cpu") | .overhead][0]]])
