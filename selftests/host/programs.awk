# SPDX-License-Identifier: GPL-2.0-only
#
# Compares the lines of guest/programs.sh from two machines. The first file is native's, and the
# second is ours. Prints "same|NAME|NATIVE|OURS" or "different|..." for each comparison, or with
# -v table=1 a table for the documentation. Needs -F'|'.

FNR == 1 { machine++ }

$1 == "count" && $3 ~ /:u$/ {
	key = $2 " " $3
	seen(key)
	value[machine, key] = $4
	deviation[machine, key] = $5
	# The input determines everything that the five programs do. The exception is xz: it reads a
	# clock, and the vDSO uses other instructions for that under Xen (with the same number of branches).
	if ($2 !~ / / && key != "xz instructions:u")
		exact[key] = 1
}
$1 == "count" && $3 !~ /:u$/ { events[machine, $2] = events[machine, $2] $3 " "; detail($2) }
$1 == "error" && $3 ~ /<not supported>$/ { events[machine, $2] = events[machine, $2] "no " $3 " "; next }
$1 == "error" { bad[machine] = bad[machine] $2 ": " $3 "; " }
$1 == "lines" { key = $2 ": counters in its table"; seen(key); value[machine, key] = $3; exact[key] = 1 }

# "ops|NAME|SECONDS|INSTRUCTIONS|OPERATIONS", the short run before the long one.
$1 == "ops" {
	key = $2 " instructions:u of an operation"
	seen(key)
	if ((machine, key) in short_insns) {
		operations = $5 - short_ops[machine, key]
		if (operations > 0)
			value[machine, key] = ($4 - short_insns[machine, key]) / operations
		# perf bench rounds the rate of each thread down to whole operations a second.
		slack[key] += operations > 0 ? 2 * $3 / operations : 0
	} else {
		short_insns[machine, key] = $4
		short_ops[machine, key] = $5
	}
}

function seen(key) { if (!(key in known)) { known[key] = 1; order[++n] = key } }
function detail(name) { if (!(name in detailed)) { detailed[name] = 1; names[++d] = name } }
function verdict(good, name, a, b) { print (good ? "same" : "different") "|" name "|" a "|" b }
function relative(a, b) { return a ? (b - a) / a : 1 }
function number(v) { return v == int(v) ? sprintf("%d", v) : sprintf("%.3f", v) }

function judge(key,    a, b, good) {
	if (!((1, key) in value) || !((2, key) in value)) {
		verdict(0, key, (1, key) in value ? value[1, key] : "none", (2, key) in value ? value[2, key] : "none")
		return
	}
	a = value[1, key]
	b = value[2, key]
	if (key in exact)
		good = a == b && a > 0 && deviation[1, key] + 0 == 0 && deviation[2, key] + 0 == 0
	else
		good = a > 0 && (b - a) ^ 2 <= (a * (0.0001 + slack[key])) ^ 2
	verdict(good, key (key in exact ? ": the same" : ": within 0.01 %"), number(a), number(b))
}

END {
	if (table) {
		print "| what is counted | native | ours | difference |"
		print "|---|--:|--:|--:|"
		for (i = 1; i <= n; i++)
			printf "| %s | %s | %s | %s (%.4f %%) |\n", order[i], number(value[1, order[i]]),
				number(value[2, order[i]]), number(value[2, order[i]] - value[1, order[i]]),
				100 * relative(value[1, order[i]], value[2, order[i]])
		exit
	}
	verdict(bad[1] == "" && bad[2] == "" && machine == 2 && n > 0, "all commands ran and counted",
		bad[1] == "" ? "yes" : bad[1], bad[2] == "" ? "yes" : bad[2])
	for (i = 1; i <= n; i++)
		judge(order[i])
	for (i = 1; i <= d; i++)
		verdict(events[1, names[i]] == events[2, names[i]], names[i] ": perf stat -d has the same events",
			events[1, names[i]], events[2, names[i]])
}
