# SPDX-License-Identifier: GPL-2.0-only
#
# results.jq - makes build/bench/results.json from the lines of all runs: "required" (the figures that
# have a bound), "figures" (for the report and the charts), "zen4" (the figures of the runs on that
# CPU) and "raw" (the lines themselves).
#
# The machine's instructions have five parts (see pmu-account.h), and "cost" is their sum: the
# instructions of the guest's program, its kernel and Xen together, and of anything else that ran
# meanwhile.  With KVM, the host (its kernel and QEMU) takes the place of Xen.

# Names the five parts.  Their meaning depends on the machine.
def split:
  if .instructions == null then . + {cost: .ns, xen: 0, kernel: null, user: null}
  elif .machine == "native" then
    . + {cost: (.instructions | add), xen: 0, kernel: .instructions[0], user: .instructions[1]}
  elif .machine == "kvm" then
    . + {cost: (.instructions | add), xen: (.instructions[0] + .instructions[1]),
	 kernel: .instructions[3], user: .instructions[4]}
  elif .guest == "pv" or .guest == "dom0" then
    . + {cost: (.instructions | add), xen: .instructions[0], kernel: .instructions[2],
	 user: .instructions[1]}
  else
    . + {cost: (.instructions | add), xen: .instructions[0], kernel: .instructions[3],
	 user: .instructions[4]}
  end
  | . + {into_xen: (if .machine == "native" or .entries == null then 0
		    elif .machine == "kvm" then
		      ([.entries | to_entries[] | select(.key | startswith("vmexit")) | .value] | add // 0)
		    else (.entries | add // 0) end)};

def round(n): . as $x | if $x == null then null else ($x * n | round) / n end;

def one(f): map(select(f)) | if length > 0 then .[0] else null end;
def ratio($a; $b): if $a == null or $b == null or $b == 0 then null else $a / $b end;
def at($m; $g): map(select(.machine == $m and .guest == $g));

# --- the cost of one piece of work minus that of another one, per repetition

def more($with; $without):
  if $with == null or $without == null then null else
  { cost: (($with.cost - $without.cost) / $with.per),
    xen: (($with.xen - $without.xen) / $with.per),
    kernel: (($with.kernel - $without.kernel) / $with.per),
    entries: (($with.into_xen - $without.into_xen) / $with.per) } end;

# Interrupts and timers make the same number of entries in each second, with any work.  A loop without
# other entries gives that rate, and this function subtracts these entries.
def added($with; $without; $rate):
  more($with; $without) as $m
  | if $m == null then null else $m + {
      entries: (($with.into_xen - $without.into_xen - $rate * ($with.ns - $without.ns)) / $with.per)
    } end;

def rate($lines):
  ($lines | one(.bench == "sampling" and .work == "cpu" and .rate == 0)) as $l
  | if $l == null then 0 else $l.into_xen / $l.ns end;

def switches($lines):
  ($lines | map(select(.bench == "switch"))) as $s
  | ($s | one(.events == 0)) as $none
  | $s | map(select(.events > 0)
      | {run, machine, guest, events, set, mode} + (added(.; $none; rate($lines)) // {}));

def pipes($lines):
  ($lines | map(select(.bench == "pipe"))) as $p
  | def per($e; $m):
      ($p | one(.events == $e and .mode == $m and .loops == 2500)) as $long
      | ($p | one(.events == $e and .mode == $m and .loops == 500)) as $short
      | if $long == null or $short == null then null
	else (($long.cost - $short.cost) / 4000) end;
    per(0; "u") as $none
  | $p | map(select(.events > 0 and .loops == 2500))
  | map({run, machine, guest, events, mode, cost: (per(.events; .mode) - $none)});

# With a sampling rate, the number of samples depends on the time.  A program with system calls does not
# take the same time on all machines.
def samplings($lines):
  ($lines | map(select(.bench == "sampling"))) as $s
  | $s | map(select(.rate > 0) | . as $l
      | ($s | one(.rate == 0 and .work == $l.work)) as $none
      | {run, machine, guest, work, rate, events, samples, lost, throttled,
	 a_second: ratio(.samples; .ns / 1e9),
	 overhead: (100 * (.cost - $none.cost) / $none.cost),
	 per_sample: (if .samples > 0 then (.cost - $none.cost) / .samples else null end),
	 entries: ((.into_xen - $none.into_xen) / ([.samples, 1] | max))});

# The cost without the part that grows with time: see added().
def taxes($lines):
  ($lines | map(select(.bench == "tax"))) as $t
  | $t | map(select(.work != "cpu") | . as $l
      | ($t | one(.state == $l.state and .work == "cpu")) as $cpu
      | {run, machine, guest, state, work,
	 xen: ((.xen - $cpu.xen / $cpu.ns * .ns) / .per), cost: (.cost / .per),
	 entries: (.into_xen / .per)});

def reads($lines):
  $lines | map(select(.bench == "read")
    | {run, machine, guest, way, events, available}
      + if .available then {cost: (.cost / .per), user: (.user / .per), entries: (.into_xen / .per)}
	else {} end);

def slots($lines):
  ($lines | map(select(.bench == "vcpu"))) as $v
  | ($v | one(.slots == 0)) as $none
  | $v | map({run, machine, guest, slots, xen: (.xen / .per), more: more(.; $none)});

def vcpus($lines):
  ($lines | map(select(.bench == "vcpus"))) as $v
  | $v | map(select(.events > 0) | . as $l
      | ($v | one(.events == 0 and .vcpus == $l.vcpus)) as $none
      | {run, machine, guest, vcpus, overhead: (100 * (.cost - $none.cost) / $none.cost)});

def domains($lines):
  ($lines | map(select(.bench == "domains"))) as $d
  | ($d | one(.events == 0)) as $none
  | $d | map(select(.events > 0)
      | {run, machine, guest,
	 others: ({"ours-slots": 1, "ours-domains-3": 3, "ours-domains-7": 7}[.run] // 0),
	 guest_cost: ((.kernel + .user - $none.kernel - $none.user) / .per), xen: (.xen / .per),
	 xen_none: ($none.xen / .per)});

def opens($lines):
  $lines | map(select(.bench == "opens")
    | {run, machine, guest, open, cost: (.cost / .per)});

def errors($all):
  ($all | map(select(.bench == "micro" or .bench == "program"))) as $a
  | ($a | map(select(.machine == "native") | {key: (.bench + .program + .event), value: .count})
     | from_entries) as $native
  | $a | map(. as $l
      | (if .bench == "micro" then .true else $native[.bench + .program + .event] end) as $truth
      | {run, machine, guest, bench, program, event, count, truth: $truth, share,
	 error: (if $truth == null then null else (.count - $truth) end)}
      | . + {percent: (if .error == null or .truth == 0 then null else 100 * .error / .truth end)});

# --- the figures with a bound

def bound($name; $value; $op; $limit; $note):
  {name: $name, value: ($value | round(10000)), bound: "\($op) \($limit)", note: $note,
   holds: (if $value == null then false elif $op == "<=" then ($value | round(10000)) <= $limit
	   else $value == $limit end)};

def worst: map(select(. != null)) | if length > 0 then max else null end;

def required($all; $f):
  def sw($m; $g; $e; $set; $mode):
    $f.switch | one(.machine == $m and .guest == $g and .events == $e and .set == $set and .mode == $mode);
  def smp($m; $g; $w; $e):
    $f.sampling | one(.machine == $m and .guest == $g and .work == $w and .rate == 1000 and .events == $e);
  def tax($m; $g; $s; $w):
    $f.tax | one(.machine == $m and .guest == $g and .state == $s and .work == $w);
  def read($m; $g; $way): $f.read | one(.machine == $m and .guest == $g and .way == $way and .events == 1);
  def record($e; $g):
    [ "cpu", "syscalls", "long syscalls" | ratio(smp("ours"; $g; .; $e).overhead; smp("native"; "native"; .; $e).overhead) ] | worst;
  def kept($e; $g; f):
    [ "cpu", "syscalls", "long syscalls" | ratio(smp("native"; "native"; .; $e) | f; smp("ours"; $g; .; $e) | f) ] | worst;
  def each($e; $g):
    [ "cpu", "syscalls", "long syscalls" | ratio(smp("ours"; $g; .; $e).per_sample; smp("native"; "native"; .; $e).per_sample) ] | worst;
  [
    bound("entries added per context switch, PV, 4 equal events, u and uk, and different ones, u";
      [sw("ours"; "pv"; 4; "equal"; "u").entries, sw("ours"; "pv"; 4; "equal"; "uk").entries,
       sw("ours"; "pv"; 4; "different"; "u").entries] | worst | round(10); "<="; 0;
      "less those that come with time, to a tenth: ticks of the longer run, and what they wake, are about 0.01"),
    ( "pv", "dom0", "pvh", "hvm" | . as $g |
      bound("instructions added per context switch, 4 equal events :u, \($g) : native";
	ratio(sw("ours"; $g; 4; "equal"; "u").cost; sw("native"; "native"; 4; "equal"; "u").cost);
	"<="; 1; "\(sw("ours"; $g; 4; "equal"; "u").cost // 0 | round(1)) : \(sw("native"; "native"; 4; "equal"; "u").cost // 0 | round(1))")),
    bound("the same, 4 equal events, kernel and user, pv : native";
      ratio(sw("ours"; "pv"; 4; "equal"; "uk").cost; sw("native"; "native"; 4; "equal"; "uk").cost); "<="; 1; ""),
    bound("the same, 4 equal events :u, pv : stock pv";
      ratio(sw("ours"; "pv"; 4; "equal"; "u").cost; sw("stock"; "pv"; 4; "equal"; "u").cost);
      "<="; 0.2; "stock \(sw("stock"; "pv"; 4; "equal"; "u").cost // 0 | round(1))"),
    bound("the same, 4 different events :u, pv : native";
      ratio(sw("ours"; "pv"; 4; "different"; "u").cost; sw("native"; "native"; 4; "different"; "u").cost);
      "<="; 1.2; "\(sw("ours"; "pv"; 4; "different"; "u").cost // 0 | round(1)) : \(sw("native"; "native"; 4; "different"; "u").cost // 0 | round(1))"),
    ( "pv", "pvh" | . as $g |
      bound("perf record -F 1000 -a, 6 events, overhead, \($g) : native, the worst of three programs";
	record(6; $g); "<="; 1.5;
	"cpu \(smp("ours"; $g; "cpu"; 6).overhead // 0 | round(100)) % : \(smp("native"; "native"; "cpu"; 6).overhead // 0 | round(100)) %, system calls \(smp("ours"; $g; "syscalls"; 6).overhead // 0 | round(100)) % : \(smp("native"; "native"; "syscalls"; 6).overhead // 0 | round(100)) %, for a second \(smp("ours"; $g; "long syscalls"; 6).overhead // 0 | round(100)) % : \(smp("native"; "native"; "long syscalls"; 6).overhead // 0 | round(100)) %"),
      bound("the same, samples that native keeps : kept"; kept(6; $g; .samples); "<="; 1.02;
	"within 2 %, the step of the frequency's adaptation"),
      bound("the same, samples a second that native keeps : kept"; kept(6; $g; .a_second); "<="; 1.02; ""),
      bound("the same, with as many samples as native keeps: instructions a sample"; each(6; $g); "<="; 1.5; ""),
      bound("perf record -F 1000 -a, 10 events, overhead, \($g) : native";
	record(10; $g); "<="; 1.5;
	([ "cpu", "syscalls", "long syscalls" | "\(.) \(ratio(smp("ours"; $g; .; 10).overhead; smp("native"; "native"; .; 10).overhead) | round(100))" ] | join(", "))),
      bound("the same, samples that native keeps : kept"; kept(10; $g; .samples); "<="; 1.02; ""),
      bound("the same, samples a second that native keeps : kept"; kept(10; $g; .a_second); "<="; 1.02; ""),
      bound("the same, with as many samples as native keeps: instructions a sample"; each(10; $g); "<="; 1.5; "") ),
    ( "pv", "pvh" | . as $g |
      bound("user-space RDPMC, entries a read, \($g)"; read("ours"; $g; "rdpmc").entries | round(100); "<="; 0; ""),
      bound("user-space RDPMC, instructions a read more than native, \($g)";
	(if read("ours"; $g; "rdpmc").user == null then null
	 else (read("ours"; $g; "rdpmc").user - read("native"; "native"; "rdpmc").user) | round(100) end); "<="; 0; "") ),
    bound("tax of a system call (two entries), not attached, pv";
      (if tax("ours"; "pv"; "not attached"; "syscalls") == null or tax("off"; "pv"; "no PMU"; "syscalls") == null then null
       else (tax("ours"; "pv"; "not attached"; "syscalls").xen - tax("off"; "pv"; "no PMU"; "syscalls").xen) / 2 end);
      "<="; 2; "Xen's instructions for each entry, against Debian's Xen with vpmu=0"),
    bound("tax of a system call (two entries), attached and idle, pv";
      (if tax("ours"; "pv"; "attached, idle"; "syscalls") == null or tax("off"; "pv"; "no PMU"; "syscalls") == null then null
       else (tax("ours"; "pv"; "attached, idle"; "syscalls").xen - tax("off"; "pv"; "no PMU"; "syscalls").xen) / 2 end);
      "<="; 12; "Xen's instructions for each entry"),
    bound("tax of a CPUID exit, not attached, pvh";
      (if tax("ours"; "pvh"; "not attached"; "cpuids") == null or tax("off"; "pvh"; "no PMU"; "cpuids") == null then null
       else tax("ours"; "pvh"; "not attached"; "cpuids").xen - tax("off"; "pvh"; "no PMU"; "cpuids").xen end);
      "<="; 2; ""),
    bound("tax of a CPUID exit, attached and idle, pvh";
      (if tax("ours"; "pvh"; "attached, idle"; "cpuids") == null or tax("off"; "pvh"; "no PMU"; "cpuids") == null then null
       else tax("ours"; "pvh"; "attached, idle"; "cpuids").xen - tax("off"; "pvh"; "no PMU"; "cpuids").xen end);
      "<="; 12; ""),
    ( "pv", "dom0", "pvh", "hvm" | . as $g |
      bound("error of user-mode counts, 20 microbenchmarks, \($g)";
	[$f.accuracy[] | select(.machine == "ours" and .guest == $g and .bench == "micro") | .error | fabs] | worst;
	"<="; 0; "instructions, branches and cycles"),
      bound("error of user-mode instructions, real programs, \($g), % of native";
	[$f.accuracy[] | select(.machine == "ours" and .guest == $g and .bench == "program" and .event == "instructions") | .percent | fabs] | worst;
	"<="; 0.01; "") )
  ];

def figures:
  . as $all
  | group_by(.run) as $runs
  | { switch: [$runs[] | switches(.)[]], pipe: [$runs[] | pipes(.)[]],
    sampling: [$runs[] | samplings(.)[]], read: [$runs[] | reads(.)[]], tax: [$runs[] | taxes(.)[]],
    slots: [$runs[] | slots(.)[]], vcpus: [$runs[] | vcpus(.)[]], domains: [$runs[] | domains(.)[]],
    opens: [$runs[] | opens(.)[]], accuracy: errors($all) };

map(split) as $raw
| ($raw | map(select(.cpu != "zen4"))) as $all
| ($all | figures) as $f
| {required: required($all; $f), figures: $f, zen4: ($raw | map(select(.cpu == "zen4")) | figures), raw: $raw}
