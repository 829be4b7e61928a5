# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2154 # variables of the other parts
#
# Makes the booted machine from which runs start. It is saved as two files. `ram` is the machine's
# memory, as the QEMU that booted the machine left it (its -object memory-backend-file was shared with
# the file). `state` is the rest, as QEMU's migration stream without the memory (x-ignore-shared). A
# run maps `ram` privately, so it starts at once, reads only the pages that it uses, and does not
# change the file.

# QEMU's boot loader (-kernel) adds memory regions, and a later QEMU needs the same regions to load the
# state. The contents do not matter then: a run gives the same kernel, which is small, and an empty
# initrd.

# overlay DIR: puts the files that every guest gets in addition to its root into DIR.
overlay()
{
	mkdir -p "$1/usr/bin"
	cp "$AGENT_DIR/init" "$1/init"
	cp "$AGENT_DIR/xenvm-agent" "$1/usr/bin/xenvm-agent"
	chmod 755 "$1/init" "$1/usr/bin/xenvm-agent"
}

# pack_initrd ROOT.CPIO OVERLAY RESULT: packs the root and the overlay into an initrd.
pack_initrd()
{
	"$RIG/in-chroot" --bind "$RUN" -- sh -euc '
		cd "$1"
		find . -mindepth 1 -print0 | LC_ALL=C sort -z |
			cpio --quiet --null --create --format=newc --reproducible > "$2"
	' pack "$2" "$RUN/overlay.cpio"
	cat "$1" "$RUN/overlay.cpio" > "$3"
	rm -rf "$2" "$RUN/overlay.cpio"
}

# pack_domus OVERLAY: adds the domUs' kernel, initrd and configurations to dom0's overlay.
pack_domus()
{
	[ -n "$(domu_names)" ] || return 0
	mkdir -p "$1/etc/xenvm"
	overlay "$RUN/domu"
	[ "$KERNEL" = debian ] || cp -R "$DOMU_KERNEL_DIR/overlay/." "$RUN/domu/"
	pack_initrd "$GUEST_ROOT/root.cpio" "$RUN/domu" "$1/etc/xenvm/initrd"
	cp "$DOMU_KERNEL_DIR/vmlinuz" "$1/etc/xenvm/vmlinuz"
	domu_names > "$1/etc/xenvm/domus"
	for name in $(domu_names); do
		case $name in
		n[0-9]*) domu_config "$name" "$NEIGHBOUR_MIB" 1 ;;
		*) domu_config "$name" "$GUEST_MIB" "$VCPUS" ;;
		esac > "$1/etc/xenvm/$name.cfg"
	done
}

# pack_kvm OVERLAY: adds the guest's kernel, initrd and boot script to the KVM host's overlay.
pack_kvm()
{
	mkdir -p "$1/etc/xenvm"
	overlay "$RUN/domu"
	pack_initrd "$GUEST_ROOT/root.cpio" "$RUN/domu" "$1/etc/xenvm/initrd"
	cp "$KERNEL_DIR/vmlinuz" "$1/etc/xenvm/vmlinuz"
	kvm_guest > "$1/etc/xenvm/kvm"
	chmod 755 "$1/etc/xenvm/kvm"
}

# kernel_options INITRD: prints QEMU's options for the kernel, quoted. Xen is loaded as a multiboot
# kernel. Xen is unpacked first, because QEMU does not unpack it. Linux and its initrd are modules.
kernel_options()
{
	case $MACHINE in
	native) quoted -kernel "$KERNEL_DIR/vmlinuz" -append "$LINUX_ARGS" -initrd "$1" ;;
	kvm) quoted -kernel "$DOM0_ROOT/vmlinuz" -append "$LINUX_ARGS" -initrd "$1" ;;
	*)
		quoted -kernel "$SNAPSHOT_XEN" -append "$XEN_ARGS" \
			-initrd "$KERNEL_DIR/vmlinuz $LINUX_ARGS,$1" ;;
	esac
}

# boot_machine DIR: boots the machine, waits until the agent is ready, and saves the machine into DIR.
boot_machine()
{
	overlay "$RUN/overlay"
	case $MACHINE in
	native) pack_initrd "$GUEST_ROOT/root.cpio" "$RUN/overlay" "$RUN/initrd" ;;
	kvm)
		pack_kvm "$RUN/overlay"
		pack_initrd "$DOM0_ROOT/root.cpio" "$RUN/overlay" "$RUN/initrd" ;;
	*)
		pack_domus "$RUN/overlay"
		pack_initrd "$DOM0_ROOT/root.cpio" "$RUN/overlay" "$RUN/initrd"
		gzip -dc "$XEN_DIR/xen.gz" > "$1/xen" ;;
	esac
	SNAPSHOT_XEN=$1/xen
	echo none > "$RUN/none"
	: > "$RUN/control"
	mkfifo "$RUN/monitor"
	eval "set -- \"\$1\" $(qemu_command "$1/ram" on "$RUN/none") $(kernel_options "$RUN/initrd")"
	snapshot_dir=$1
	shift
	"$RIG/in-chroot" --bind "$RUN" -- "$@" < "$RUN/monitor" > "$RUN/qemu" 2>&1 3> "$RUN/out" 4> "$RUN/err" &
	QEMU_PID=$!
	exec 8> "$RUN/monitor"
	wait_ready
	printf '%s\n' 'migrate_set_capability x-ignore-shared on' "migrate file:$snapshot_dir/state" \
		'info migrate' quit >&8
	exec 8>&-
	wait "$QEMU_PID" || true
	QEMU_PID=''
	grep -q 'Migration status: completed' "$RUN/qemu" || boot_failed "the booted machine could not be saved"
	cp "$RUN/serial" "$snapshot_dir/serial"
	cp "$RUN/consoles" "$snapshot_dir/consoles"
	fallocate -d "$snapshot_dir/ram" 2> /dev/null || true
}

# wait_ready: waits until the agent says that it is ready.
wait_ready()
{
	deadline=$(($(date +%s) + BOOT_TIMEOUT))
	until grep -q '^ready$' "$RUN/control"; do
		if grep -q '^\(fail\|crash\)' "$RUN/control"; then
			boot_failed "the machine did not boot: $(grep '^\(fail\|crash\)' "$RUN/control")"
		fi
		! console_crashed || boot_failed "the machine crashed while it booted"
		kill -0 "$QEMU_PID" 2> /dev/null || boot_failed "the machine stopped while it booted"
		[ "$(date +%s)" -lt "$deadline" ] ||
			boot_failed "the machine did not boot within $BOOT_TIMEOUT s"
		sleep 0.2
	done
}
BOOT_TIMEOUT=${XENVM_BOOT_TIMEOUT:-900}

boot_failed()
{
	last_words
	fail "$*."
}

# ensure_snapshot: sets $SNAPSHOT to the directory of the saved machine, and makes the machine if it is
# missing. The directory is not removed while this process runs. Only one process makes the machine, and
# the others wait.
ensure_snapshot()
{
	SNAPSHOT=$CACHE/snapshot-$(printf '%s\n' "$PLAN" | sha256sum | cut -c 1-16)
	use_machine "$SNAPSHOT"
	[ -d "$SNAPSHOT" ] || make_snapshot
	SNAPSHOT_XEN=$SNAPSHOT/xen
	touch -c "$SNAPSHOT/.manifest"
	needs_entry "$MACHINE_KIND" "$SNAPSHOT"
}

# make_snapshot: boots the machine, unless another process has booted it meanwhile.
make_snapshot()
{
	exec 9> "$CACHE/lock/${SNAPSHOT##*/}"
	flock -n 9 || {
		say "xenvm: another process is booting this machine; waiting"
		flock 9
	}
	[ -d "$SNAPSHOT" ] || {
		"$RIG/build" --clean 5>&- 9>&- || say "xenvm: the cache was not cleaned; going on"
		say "xenvm: booting the machine once ($MACHINE${XEN_DIR:+, domUs: $(domu_names | wc -l)}, $MACHINE_MIB MiB)"
		start=$(date +%s)
		mkdir "$RUN/snapshot"
		boot_machine "$RUN/snapshot"
		printf '%s\n' "$PLAN" > "$RUN/snapshot/.manifest"
		mv "$RUN/snapshot" "$SNAPSHOT"
		rm -f "$RUN/initrd" "$RUN/serial" "$RUN/consoles" "$RUN/control"
		say "xenvm: saved, $(($(date +%s) - start)) s"
	}
	exec 9>&-
}
