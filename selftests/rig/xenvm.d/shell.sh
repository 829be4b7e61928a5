# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # variables of the other parts
#
# A prompt in the guest, over the machine's second serial port. Other runs do not use this port. In dom0
# and without Xen the port is the shell's terminal. In a domU the shell uses the domU's console, and dom0
# connects that console to the port (xl console).

# shell_job DIR: makes the request whose command is the shell. The run ends when the shell ends.
shell_job()
{
	mkdir -p "$1/run/xenvm"
	cat > "$1/run/xenvm/shell" <<'END'
stty -F "$1" sane rows "$2" cols "$3" 2>/dev/null
export TERM=vt100 HOME=/root PS1='xenvm:\w\$ '
cd /root
exec setsid -w -c bash -i <"$1" >"$1" 2>&1
END
}

# terminal_size: prints the rows and columns of xenvm's terminal.
terminal_size()
{
	stty size 2> /dev/null || echo 24 80
}

# open_terminal: opens $RUN/com2.in and .out, the two ends of the port. Typed characters go in raw.
open_terminal()
{
	mkfifo "$RUN/com2.in" "$RUN/com2.out"
	COM2="pipe,path=$RUN/com2"
	tty_state=$(stty -g 2> /dev/null) || tty_state=''
	[ -z "$tty_state" ] || stty raw -echo
	cat < "$RUN/com2.out" &
	cat_out=$!
	exec 8<&0
	cat <&8 > "$RUN/com2.in" &
	cat_in=$!
}

close_terminal()
{
	kill "$cat_in" "$cat_out" 2> /dev/null || true
	wait "$cat_in" "$cat_out" 2> /dev/null || true
	[ -z "$tty_state" ] || stty "$tty_state"
}

run_shell()
{
	ensure_snapshot
	ARGV=$RUN/argv
	tty=/dev/ttyS1
	if [ "$GUEST" != dom0 ]; then
		tty=/dev/hvc0
		IN_DOM0="${IN_DOM0:+$IN_DOM0; }mkdir -p /run/lock; stty -F /dev/ttyS1 raw -echo; xl console $GUEST </dev/ttyS1 >/dev/ttyS1 2>&1 &"
	fi
	shell_job "$RUN/shell"
	# shellcheck disable=SC2046 # two numbers
	printf '%s\0' sh /root/.xenvm-shell "$tty" $(terminal_size) > "$ARGV"
	PUTS=$PUTS$RUN/shell/run/xenvm/shell:/root/.xenvm-shell$NL
	make_request
	echo none > "$RUN/none"
	: > "$RUN/control"
	printf 'xenvm: a shell in the guest; it ends with "exit" or Control-D.\n' >&2
	# With sleep=on, idle time passes at the speed of the host's clock.
	ICOUNT_SLEEP=on
	TIMEOUT=0
	open_terminal
	start_run
	close_terminal
	write_log
	judge_run
	fetch_gets
}
