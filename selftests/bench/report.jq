# SPDX-License-Identifier: GPL-2.0-only
#
# report.jq - results.json as Markdown: RESULTS.md.

def num: if . == null then "-" elif fabs >= 100 then (round | tostring)
	 else ((. * 100 | round) / 100 | tostring) end;
def row: "| " + (map(if type == "string" then . else num end) | join(" | ")) + " |";
def table($head; $rows): if $rows == [] then "Not measured in this run.", "" else ($head | row), ($head | map("---") | row), ($rows[] | row), "" end;
def where: "\(.machine)" + (if .machine == "native" then "" else "/\(.guest)" end);
# Rows by a key, a column for each machine; $key and $value are functions of a figure.
def pivot($what; key; value):
  . as $in
  | if length == 0 then "Not measured in this run.", "" else ([$in[] | where] | reduce .[] as $w ([]; if index($w) then . else . + [$w] end)) as $cols
  | ([$in[] | key] | reduce .[] as $k ([]; if index([$k]) then . else . + [$k] end)) as $keys
  | table([$what] + $cols; [$keys[] as $k | [$k] + [$cols[] as $c
      | [$in[] | select(where == $c and key == $k) | value] | .[0]]]) end;

.figures as $f |
"# The numbers",
"",
"Made by `make bench` (report.jq, analysis.md); do not edit. On the emulated PMU of the rig",
"(zen2), where cost is exact: instructions executed by the guest's programs, its kernel and Xen",
"together, and entries into Xen. Nothing here is a measurement of hardware. `native` is the same",
"Linux with the kernel's own driver and no Xen; `stock` is Debian's Xen binary with `vpmu=1` and the",
"kernel's own driver in the guest; `ours` is this tree.",
"",
"## Required",
"",
table(["figure", "value", "bound", "holds", ""];
  [.required[] | [.name, (.value | if . == null then "not measured" else tostring end), .bound,
		  (if .value == null then "-" elif .holds then "yes" else "**no**" end), (.note // "")]]),
"## 1. Context switch",
"",
"Two processes hand a byte to and fro over FIFOs on one CPU, each under its own `perf stat`;",
"instructions added to a switch by counting, the machine's sum.",
"",
"![added per switch](switch.svg)",
"",
($f.switch | pivot("events"; "\(.events) \(.set) :\(.mode)"; .cost)),
"Entries into Xen added to a switch (less those which come with time):",
"",
($f.switch | map(select(.machine != "native")) | pivot("events"; "\(.events) \(.set) :\(.mode)"; .entries)),
"Of these instructions, Xen's:",
"",
($f.switch | map(select(.machine != "native" and .set == "equal")) | pivot("events"; "\(.events) \(.set) :\(.mode)"; .xen)),
"`perf bench sched pipe` (two processes of one `perf stat`, whose contexts perf exchanges),",
"instructions added to a switch:",
"",
($f.pipe | pivot("events"; "\(.events) :\(.mode)"; .cost)),
"## 2. Sampling",
"",
"`perf record -a -F RATE` with 6 and 10 times `instructions`; overhead in % of the instructions of the",
"run that is not profiled, as far as the program runs (`perf`'s own beginning and end are not in it).",
"`syscalls` are 400,000 of them (0.17 s natively), `long syscalls` 2,400,000. Without a figure: not",
"measured, or samples cost more than the time between two, and the program did not get on.",
"",
"![overhead of sampling](sampling.svg)",
"",
($f.sampling | pivot("work, events, Hz"; "\(.work), \(.events), \(.rate)"; .overhead)),
"Samples kept (in brackets: lost records, throttlings):",
"",
($f.sampling | pivot("work, events, Hz"; "\(.work), \(.events), \(.rate)"; "\(.samples) (\(.lost), \(.throttled))")),
"The same in instructions a sample that was kept:",
"",
($f.sampling | pivot("work, events, Hz"; "\(.work), \(.events), \(.rate)"; .per_sample)),
"## 3. Reading",
"",
"Instructions and entries of one read; of `rdpmc` with 4 events, of four.",
"",
($f.read | pivot("way, events"; "\(.way), \(.events)"; if .available then "\(.cost | num), \(.entries | num)" else "not there" end)),
"## 4. Tax",
"",
"What Xen executes for a system call of a guest's program (a PV guest enters Xen twice for one) and",
"for a CPUID, which exits.",
"",
([$f.tax[] | select(.machine != "native")] | pivot("state, work"; "\(.state), \(.work)"; .xen)),
"## 5. VCPU switch",
"",
"A domain sleeps and wakes while its neighbour on the same physical CPU burns and counts in all six",
"counters: two VCPU switches a sleep. Xen's instructions for one sleep, by counters in use.",
"",
($f.slots | pivot("counters"; "\(.slots)"; .xen)),
"## 6. Growth",
"",
"Overhead in % of four user-mode events on all VCPUs (16 on one physical CPU; native has 16 CPUs)",
"while N of them make system calls:",
"",
($f.vcpus | pivot("VCPUs"; "\(.vcpus)"; .overhead)),
"A system call of a domain that counts four user-mode events, while others on the same physical CPU",
"count in all counters: what the guest executes more than without counting, and Xen in all. (Xen's",
"part has the other domains' time in it.)",
"",
table(["others", "guest", "Xen"]; [$f.domains[] | [(.others | tostring), .guest_cost, .xen]]),
"A context switch (4 events :u on each side) while N events of a third process are open:",
"",
($f.opens | pivot("open events"; "\(.open)"; .cost)),
"## 7. Accuracy",
"",
"Twenty pieces of code of known counts (instructions, branches, cycles in user mode): how many of the",
"60 counts are wrong, and the largest error.",
"",
table(["machine", "wrong", "largest error"];
  [[$f.accuracy[] | select(.bench == "micro")] | group_by(where)[]
   | [.[0] | where] + [(map(select(.error != 0)) | length | tostring), (map(.error | fabs) | max)]]),
"Programs from Debian: instructions in user mode more or less than native.",
"",
($f.accuracy | map(select(.bench == "program" and .event == "instructions"))
  | pivot("program"; .program; if .machine == "native" then .count else .error end)),
"Branches:",
"",
($f.accuracy | map(select(.bench == "program" and .event == "branches"))
  | pivot("program"; .program; if .machine == "native" then .count else .error end)),
"Cycles (on the rig: instructions and REP iterations):",
"",
($f.accuracy | map(select(.bench == "program" and .event == "cycles"))
  | pivot("program"; .program; if .machine == "native" then .count else .error end)),
"## On real hardware",
"",
"An estimate, not a measurement: entries into Xen, times what one costs on a processor. A #VMEXIT and",
"the VMRUN that follows took 1,350 cycles on an AMD EPYC (Linux kernel mailing list, December 2020,",
"\"KVM: SVM: use vmsave/vmload for saving/restoring additional host state\": 1,344 to 1,376 from before",
"VMRUN to after it). PV guests enter by SYSCALL, exceptions and interrupts, which cost less; the same",
"figure is applied to them, so that theirs is an upper bound. Cycles added to a context switch by",
"entries, 4 equal events :u:",
"",
table(["machine", "entries", "cycles"];
  [$f.switch[] | select(.machine != "native" and .events == 4 and .set == "equal" and .mode == "u")
   | [where, .entries, ([.entries * 1350, 0] | max)]])
