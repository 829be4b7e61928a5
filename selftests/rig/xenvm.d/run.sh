# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2119,SC2120,SC2154 # variables of the other parts
#
# One run, from the snapshot to the command's status.

# make_run_dir: makes $RUN, the directory of this run.  It is removed when xenvm ends.
make_run_dir()
{
	RUN=$(mktemp -d "$CACHE/tmp/xenvm.XXXXXX") || fail "no directory for the run."
	QEMU_PID='' RELAY=''
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

clean_up()
{
	[ $? = 0 ] || say_disk >&2
	[ -z "$RELAY" ] || QEMU_PID=$(cat "$RUN/pid" 2> /dev/null) || true
	[ -z "$QEMU_PID" ] || kill -9 "$QEMU_PID" 2> /dev/null || true
	[ -z "$RELAY" ] || wait "$RELAY" || true
	if [ -n "$KEEP" ]; then
		printf 'xenvm: the run is in %s\n' "$RUN" >&2
	else
		rm -rf "$RUN"
	fi
}

# write_log: writes the file of --log: the consoles of the boot (unless this run was the boot), and of
# the run.
write_log()
{
	[ -n "$LOG" ] || return 0
	for f in "$SNAPSHOT/serial" "$RUN/serial" "$SNAPSHOT/consoles" "$RUN/consoles"; do
		[ ! -s "$f" ] || cat "$f"
	done | tr -d '\000' > "$LOG" || fail "--log: cannot write '$LOG'."
}

# last_words: prints the end of the consoles on stderr.
last_words()
{
	write_log
	for console in serial consoles qemu; do
		[ -s "$RUN/$console" ] || continue
		words=$(grep -avE '^\(qemu\)|^QEMU |warning: TCG doesn' "$RUN/$console" | tail -n 25 | tr -d '\r\000')
		[ -n "$words" ] || continue
		case $console in
		serial) echo "---- the last lines of the machine's console:" ;;
		consoles) echo "---- the last lines of the domUs' consoles:" ;;
		qemu) echo "---- QEMU:" ;;
		esac
		printf '%s\n' "$words"
	done >&2
	echo "----" >&2
}

# console_crashed: does the machine's console say that a kernel or Xen has crashed? Xen then prints
# that it will reboot, but the reboot does not succeed on this machine.
console_crashed()
{
	[ -s "$RUN/serial" ] &&
		grep -aqE 'Kernel panic - not syncing|^\(XEN\) (Panic on CPU|.*rebooting machine)' "$RUN/serial"
}

# watch_console: ends QEMU some seconds after a crash, so that the last messages arrive.
watch_console()
{
	while sleep 1; do
		console_crashed || continue
		sleep 2
		qemu_pid=$(cat "$RUN/pid") || continue
		kill -9 "$qemu_pid" 2> /dev/null || true
		return
	done
}

# qemu_run: runs QEMU from the snapshot, with the request. QEMU's status goes to $RUN/status.
qemu_run()
{
	eval "set -- $(qemu_command "$SNAPSHOT/ram" off "$RUN/request") $(kernel_options "$RUN/none")"
	status=0
	watch_console < /dev/null > /dev/null 2>&1 3>&- 4>&- &
	watch=$!
	printf '%s\n' 'migrate_set_capability x-ignore-shared on' "migrate_incoming file:$SNAPSHOT/state" |
		timeout --foreground -k 5 "$TIMEOUT" "$RIG/in-chroot" --bind "$RUN" -- "$@" \
			-pidfile "$RUN/pid" -incoming defer > "$RUN/qemu" 2>&1 || status=$?
	kill "$watch" 2> /dev/null || true
	wait "$watch" 2> /dev/null || true
	echo "$status" > "$RUN/status"
}

# start_run: starts the run in the background, so that a signal to xenvm ends it at once.
start_run()
{
	relay_run < /dev/null &
	RELAY=$!
	wait "$RELAY" || true
	RELAY=''
}

# relay_run: runs qemu_run, with its descriptors 3 and 4 relayed to stdout and stderr. The descriptors
# are always pipes, whatever xenvm's own stdout and stderr are.
relay_run()
{
	exec 7>&1
	{
		qemu_run 3>&1 4>&6 6>&- 7>&- | cat >&7 6>&-
	} 6>&1 | cat >&2
	exec 7>&-
}

# fetch_gets: copies the files from the guest to their places.
fetch_gets()
{
	[ -n "$GETS" ] || return 0
	mkdir "$RUN/files"
	[ ! -s "$RUN/files.tar" ] || tar -xf "$RUN/files.tar" -C "$RUN/files" ||
		fail "the files of --get did not arrive whole."
	printf '%s' "$GETS" | while IFS= read -r get; do
		path=${get%%:*}
		case $path in
		/*) ;;
		*) path=/root/$path ;;
		esac
		dst=.
		case $get in
		*:*) dst=${get#*:} ;;
		esac
		[ -e "$RUN/files$path" ] || {
			[ "$STATUS" = 0 ] || continue	# if the command has failed, its status counts
			fail "--get: the guest has no $path."
		}
		cp -R -- "$RUN/files$path" "$dst" || fail "--get: cannot write $dst."
	done || exit 125
}

# judge_run: determines the result from the agent's messages and from QEMU's status.
judge_run()
{
	said=$(grep -E '^(fail|crash) ' "$RUN/control" | head -n 1) || true
	case $said in
	fail*) last_words; fail "${said#fail }." ;;
	crash*)
		last_words
		printf 'xenvm: the guest crashed (%s).\n' "${said#crash }" >&2
		exit 123 ;;
	esac
	said=$(sed -n 's/^exit \([0-9]*\)$/\1/p' "$RUN/control")
	if [ -n "$said" ]; then
		STATUS=$said
		[ "$MACHINE$STATUS" != kvm123 ] || last_words	# see kvm_guest
		return
	fi
	last_words
	if console_crashed; then
		echo "xenvm: the machine crashed." >&2
		exit 123
	fi
	case $(cat "$RUN/status") in
	124|137)
		printf 'xenvm: no end after %s s.\n' "$TIMEOUT" >&2
		exit 124 ;;
	esac
	[ -s "$RUN/serial" ] || grep -q . "$RUN/control" || fail "QEMU ended with status $(cat "$RUN/status")."
	echo "xenvm: the machine crashed." >&2
	exit 123
}

run_command()
{
	ensure_snapshot
	make_request
	echo none > "$RUN/none"
	: > "$RUN/control"
	start_run
	write_log
	judge_run
	fetch_gets
}
