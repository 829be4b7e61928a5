# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2153,SC2154 # variables of the other parts
#
# Turns the options into a machine: its parts, memory, command lines, and QEMU's options. All of
# these are in the snapshot's key.

. "$RIG/lib/cpus.sh"

# mib FILE: prints the size in MiB, rounded up.
mib() { echo $(( ($(wc -c < "$1") + 1048575) / 1048576 )); }

# xen_target: prints the target of `build` for --xen.
xen_target()
{
	case $XEN in
	release) echo xen ;;
	*) echo "xen-$XEN" ;;
	esac
}

# part_targets: prints the targets of `build` for this machine and this run.
part_targets()
{
	echo chroot qemu kernel agent
	if ! has_xen || [ "$GUEST" != dom0 ] || [ "$DOMUS" -gt 0 ]; then
		echo root:guest
	fi
	dom0=root:dom0
	case $GUEST-$DOMU_TYPE in
	*hvm*) dom0=root:dom0-hvm ;;
	esac
	case $MACHINE in
	ours) echo $dom0 "$(xen_target)" ;;
	stock) echo $dom0 xen-stock ;;
	kvm) echo kvm-host ;;
	esac
	suffix=''
	[ "$KERNEL" = debian ] || suffix=-$KERNEL
	[ -z "$suffix" ] || echo "kernel$suffix"
	if [ "$MACHINE$LOAD_MODULE" = oursyes ] && [ -z "$MODULE_FILE" ] && [ "$MODE" != snapshot ]; then
		echo "module$suffix"
	fi
}

# plan_parts: builds and finds the parts with one call of `build`, because each call costs a second.
# For work on a part, XENVM_QEMU_DIR, XENVM_XEN_DIR or XENVM_AGENT_DIR is a directory to use instead.
plan_parts()
{
	GUEST_ROOT='' DOM0_ROOT='' XEN_DIR='' MODULE=$MODULE_FILE
	targets=$(part_targets)
	# shellcheck disable=SC2086 # words
	"$RIG/build" ${WITH:+--with "$WITH"} $targets > "$RUN/parts" ||
		fail "the rig could not be built, see above."
	for target in $targets; do
		read -r dir
		case $target in
		chroot) XENPMU_CHROOT=$dir ;;
		qemu) QEMU_DIR=${XENVM_QEMU_DIR:-$dir} ;;
		kernel) KERNEL_DIR=$dir DOMU_KERNEL_DIR=$dir ;;
		kernel-*) DOMU_KERNEL_DIR=$dir ;;
		agent) AGENT_DIR=${XENVM_AGENT_DIR:-$dir} ;;
		root:guest) GUEST_ROOT=$dir ;;
		root:dom0*) DOM0_ROOT=$dir ;;
		xen|xen-debug) XEN_DIR=${XENVM_XEN_DIR:-$dir} ;;
		xen-stock) XEN_DIR=$dir ;;
		kvm-host) DOM0_ROOT=$dir ;;
		module*) MODULE=$dir/xen_pmu.ko ;;
		esac
	done < "$RUN/parts"
	export XENPMU_CHROOT
}

# hvm_domus: prints how many domUs have a device model in dom0.
hvm_domus()
{
	hvm=0
	for name in $(domu_names); do
		[ "$(domu_type "$name")" != hvm ] || hvm=$((hvm + 1))
	done
	echo "$hvm"
}

# with_checks MIB: prints the memory of a guest with a debug kernel. KASAN has a shadow byte for
# each eight bytes and keeps a thirty-second of the memory for freed objects, and every object is larger.
with_checks() { echo $(($1 * 4 / 3 + 256)); }

# A guest needs twice the size of its root, because the root is unpacked into memory while its archive
# is still there, and some memory for the kernel and the programs. A domU's archive and kernel are files
# in dom0 until the domU runs.
plan_memory()
{
	domu_mib=0 all_domus=0 carried=0
	if [ -n "$GUEST_ROOT" ]; then
		domu_mib=$((2 * $(mib "$GUEST_ROOT/root.cpio") + 288))
		case $KERNEL in debug|kasan) domu_mib=$(with_checks "$domu_mib") ;; esac
	fi
	GUEST_MIB=$domu_mib NEIGHBOUR_MIB=$domu_mib
	case $MACHINE in
	native)
		MACHINE_MIB=${MEMORY:-$domu_mib}
		return ;;
	kvm)
		GUEST_MIB=${MEMORY:-$GUEST_MIB}
		carried=$(($(mib "$GUEST_ROOT/root.cpio") + 32))
		MACHINE_MIB=$((GUEST_MIB + 2 * $(mib "$DOM0_ROOT/root.cpio") + 3 * carried + 384))
		return ;;
	esac
	if [ "$GUEST" != dom0 ]; then
		GUEST_MIB=${MEMORY:-$GUEST_MIB}
		all_domus=$GUEST_MIB
	fi
	all_domus=$((all_domus + DOMUS * NEIGHBOUR_MIB))
	if [ "$all_domus" -gt 0 ]; then
		carried=$(($(mib "$GUEST_ROOT/root.cpio") + 32))
	fi
	DOM0_MIB=$((2 * $(mib "$DOM0_ROOT/root.cpio") + 2 * carried + 384 + $(hvm_domus) * 128))
	if [ "$GUEST" = dom0 ]; then
		DOM0_MIB=${MEMORY:-$DOM0_MIB}
	fi
	MACHINE_MIB=$((DOM0_MIB + all_domus + 64 * (DOMUS + 1) + 192))
}

# plan_cmdlines: sets the kernels' command lines. They switch off everything that could differ between
# two runs. Timers and watchdogs are harmless, because the machine's time is virtual, but the NMI watchdog
# would take a counter.
plan_cmdlines()
{
	linux="rdinit=/init rootfstype=ramfs panic=-1 oops=panic nmi_watchdog=0 random.trust_cpu=on xenvm.settle=$SETTLE"
	linux="$linux${LINUX_CMDLINE:+ $LINUX_CMDLINE}"
	DOMU_CMDLINE="console=hvc0 $linux"
	# Since 6.16 Linux reads a register of the chipset at a fixed address, which a PV guest does not have.
	case $KERNEL in
	backports) DOMU_CMDLINE="$DOMU_CMDLINE initcall_blacklist=print_s5_reset_status_mmio" ;;
	# After a report of KASAN the kernel goes on. kasan_multi_shot makes KASAN report later faults, too.
	kasan) DOMU_CMDLINE="$DOMU_CMDLINE kasan_multi_shot" ;;
	esac
	if ! has_xen; then
		LINUX_ARGS="console=ttyS0,115200 tsc=reliable $linux"
		XEN_ARGS=''
		[ "$MACHINE" != kvm ] || LINUX_ARGS="$LINUX_ARGS kvm_amd.enable_mediated_pmu=1"
		return
	fi
	LINUX_ARGS="console=hvc0 $linux"
	dom0_vcpus=$PCPUS
	[ "$GUEST" != dom0 ] || dom0_vcpus=$VCPUS
	XEN_ARGS="console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all bootscrub=1 cpufreq=none"
	XEN_ARGS="$XEN_ARGS dom0_mem=${DOM0_MIB}M,max:${DOM0_MIB}M dom0_max_vcpus=$dom0_vcpus"
	case "$MACHINE $XEN_CMDLINE" in
	"ours pmu="*|"ours "*" pmu="*|"stock vpmu="*|"stock "*" vpmu="*) ;;
	ours*) XEN_ARGS="$XEN_ARGS pmu=all" ;;
	stock*) XEN_ARGS="$XEN_ARGS vpmu=1" ;;
	esac
	XEN_ARGS="$XEN_ARGS${XEN_CMDLINE:+ $XEN_CMDLINE}"
}

# domu_type NAME: prints the domU's type. The guest's name is its type; --domu-type is that of neighbours.
domu_type()
{
	case $1 in
	n[0-9]*) echo "$DOMU_TYPE" ;;
	*) echo "$1" ;;
	esac
}

# domu_config NAME MIB VCPUS: prints xl's configuration of a domU. The TSC is the machine's time, and
# equal on all CPUs, but QEMU has no flag for that. Without tsc_mode Xen would emulate the TSC: each
# RDTSC would exit, and would not retire in the guest.
domu_config()
{
	cat <<END
name = "$1"
type = "$(domu_type "$1")"
kernel = "/etc/xenvm/vmlinuz"
ramdisk = "/etc/xenvm/initrd"
extra = "$DOMU_CMDLINE"
memory = $2
vcpus = $3
tsc_mode = "native"
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
END
	[ "$(domu_type "$1")" != hvm ] || cat <<'END'
vga = "none"
vnc = 0
usb = 0
END
}

# kvm_guest: prints the script that boots the guest of a KVM host, waits for its end, and exits with
# the status of its command. The guest's agent finds the same devices at the same ports as native's
# agent does in the machine. Stdout and stderr of the command are the script's own. The guest's console
# is the machine's, so that xenvm sees a panic, and its second serial port is the machine's second one.
#
# The guest is a microvm. On PC boards QEMU sets all registers again, late in the guest's boot. Among
# them is TR, with a busy TSS, as on a processor. The rig's QEMU takes permissions for ports only from a
# TSS that is not busy, so no program could use ports there.
kvm_guest()
{
	cat <<END
#!/bin/sh
modprobe kvm_amd || exit 125
mkdir -p /run/kvm
cd /run/kvm || exit 125
qemu-system-x86_64 -no-user-config -nodefaults -display none -no-reboot \\
	-machine microvm,accel=kvm,acpi=on,rtc=on -cpu host,pmu=on -smp $VCPUS -m ${GUEST_MIB}M \\
	-kernel /etc/xenvm/vmlinuz -initrd /etc/xenvm/initrd -append$(quoted "$LINUX_ARGS") \\
	-chardev serial,id=com1,path=/dev/ttyS0 -serial chardev:com1 \\
	-chardev serial,id=com2,path=/dev/ttyS1 -device isa-serial,index=1,chardev=com2 \\
	-fw_cfg name=opt/xenvm/request,file=/run/xenvm/request \\
	-device isa-debug-exit,iobase=0x5e8,iosize=1 \\
	-chardev file,id=control,path=control -device isa-debugcon,iobase=0x5e0,chardev=control \\
	-chardev file,id=out,path=/dev/fd/3 -device isa-debugcon,iobase=0x5e1,chardev=out \\
	-chardev file,id=err,path=/dev/fd/4 -device isa-debugcon,iobase=0x5e2,chardev=err \\
	-chardev file,id=files,path=files -device isa-debugcon,iobase=0x5e3,chardev=files \\
	3>&1 4>&2 > qemu 2>&1
said=\$(sed -n 's/^exit //p' control)
[ -n "\$said" ] || {
	cat qemu >&2
	echo "xenvm: the guest crashed." >&2
	exit 123
}
[ ! -s files ] || tar --warning=no-timestamp -xf files -C /
exit "\$said"
END
}

# domu_names: prints the domUs of the machine, one in a line, in the order of their creation.
domu_names()
{
	has_xen || return 0
	[ "$GUEST" = dom0 ] || echo "$GUEST"
	i=0
	while [ $((i += 1)) -le "$DOMUS" ]; do
		echo "n$i"
	done
}

# plan_machine: calls all functions above; $PLAN is the text of the snapshot's key.
SETTLE=20
plan_machine()
{
	QEMU_CPU=$(cpu_model "$CPU") || fail "--cpu takes one of: $CPU_NAMES; not '$CPU'."
	plan_parts
	plan_memory
	plan_cmdlines
	PLAN=$(
		printf '%s\n' "$QEMU_DIR" "$KERNEL_DIR" "$DOMU_KERNEL_DIR" "$AGENT_DIR" "$GUEST_ROOT" "$DOM0_ROOT" "$XEN_DIR" \
			"$QEMU_CPU" "$PCPUS" "$MACHINE_MIB" "$XEN_ARGS" "$LINUX_ARGS" "$TRACE_QEMU"
		for name in $(domu_names); do
			domu_config "$name" "$GUEST_MIB" "$VCPUS" | sed "s/^/$NEIGHBOUR_MIB /"
		done
		[ "$MACHINE" != kvm ] || kvm_guest
		cat "$RIG/xenvm.d/machine.sh" "$RIG/xenvm.d/snapshot.sh"
	)
	# Equal options give the same kind of machine, even if its parts have changed.
	MACHINE_KIND=machine.$(
		printf '%s\n' "$MACHINE" "$GUEST" "$QEMU_CPU" "$PCPUS" "$VCPUS" "$DOMUS" "$DOMU_TYPE" \
			"$KERNEL" "$XEN" "$MEMORY" "$WITH" "$XEN_CMDLINE" "$LINUX_CMDLINE" "$TRACE_QEMU" |
			sha256sum | cut -c 1-16
	)
}

# quoted STRING...: prints each string as a word of the shell.
quoted()
{
	for q; do
		printf " '%s'" "$(printf '%s\n' "$q" | sed "s/'/'\\\\''/g")"
	done
}

# qemu_command RAM SHARED REQUEST: prints QEMU's command line, quoted. RAM is the file with the
# machine's memory. With SHARED=on the machine's writes go to the file; with SHARED=off they stay in
# this QEMU, and the file is only read. Streams 1 and 2 go to descriptors 3 and 4.
qemu_command()
{
	if [ "$2" = on ]; then
		ram="share=on,size=${MACHINE_MIB}M,mem-path=$1"
	else
		ram="share=off,readonly=on,rom=off,size=${MACHINE_MIB}M,mem-path=$1"
	fi
	quoted "$QEMU_DIR/qemu-system-x86_64" -L "$QEMU_DIR/firmware" \
		-no-user-config -nodefaults -display none -vga none -no-reboot \
		-machine pc-i440fx-10.0,memory-backend=ram,vmport=off \
		-object "memory-backend-file,id=ram,$ram" -m "${MACHINE_MIB}M" \
		-accel tcg -cpu "$QEMU_CPU" -smp "$PCPUS" \
		-icount "shift=0,sleep=${ICOUNT_SLEEP:-off}" -seed 1 -rtc base=2026-01-01T00:00:00,clock=vm \
		-chardev "file,id=com1,path=$RUN/serial" -serial chardev:com1 \
		-chardev "${COM2:-null},id=com2" -serial chardev:com2 \
		-fw_cfg "name=opt/xenvm/request,file=$3" \
		-device isa-debug-exit,iobase=0x5e8,iosize=1 -monitor stdio
	n=0
	for path in "$RUN/control" /dev/fd/3 /dev/fd/4 "$RUN/files.tar" "$RUN/consoles"; do
		quoted -chardev "file,id=stream$n,path=$path" \
			-device "isa-debugcon,iobase=0x5e$n,chardev=stream$n"
		n=$((n + 1))
	done
	# shellcheck disable=SC2086 # split at blanks
	quoted $TRACE_QEMU
}
