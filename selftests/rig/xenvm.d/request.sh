# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # variables of the other parts
#
# Makes the request for the agent; agent/agent.h describes its contents.

# stage_puts DIR: copies the files of --put to their places below DIR.
stage_puts()
{
	printf '%s' "$PUTS" | while IFS= read -r put; do
		src=${put%%:*} dst=
		case $put in
		*:*) dst=${put#*:} ;;
		esac
		name=$(basename -- "$(readlink -f -- "$src")")
		[ "${src%/}" = . ] || [ "${src%/}" = .. ] || name=$(basename -- "$src")
		case $dst in
		'') dst=$name ;;
		*/) dst=$dst$name ;;
		esac
		case $dst in
		/*) ;;
		*) dst=/root/$dst ;;
		esac
		mkdir -p "$1$(dirname -- "$dst")"
		if [ -d "$src" ] && [ -d "$1$dst" ]; then
			cp -RL -p -- "$src/." "$1$dst/"
		else
			cp -RL -p -- "$src" "$1$dst"
		fi || fail "--put $put: could not be copied."
	done || exit 125
}

# pack DIR RESULT: packs the files in DIR into a request.  The same files give the same bytes (fixed
# order and times).  Directories of every guest are left out, so that they keep their modes.
pack()
{
	(
		cd "$1" || exit
		find . ! -type d -print0 -o -type d -empty -print0 | LC_ALL=C sort -z |
			tar --null --no-recursion -T - --owner=0 --group=0 --numeric-owner \
				--mtime=@1767225600 --format=gnu -cf - | gzip -n > "$2.tgz"
	) || fail "the request could not be packed."
	printf 'XENVM%011d' "$(wc -c < "$2.tgz")" | cat - "$2.tgz" > "$2"
	rm -rf "$1"
}

# strip_module: makes $RUN/xen_pmu.ko without debug information, because each byte of a request costs
# an emulated port access.
strip_module()
{
	"$RIG/in-chroot" --bind "$RUN" -- strip --strip-debug -o "$RUN/xen_pmu.ko" "$MODULE" ||
		fail "$MODULE is not a module."
}

# job DIR: makes DIR/run/xenvm, the directory that the agent reads.
job()
{
	mkdir -p "$1/run/xenvm"
	[ "$MACHINE" != ours ] || [ -z "$MODULE" ] || {
		[ -e "$RUN/xen_pmu.ko" ] || strip_module
		cp "$RUN/xen_pmu.ko" "$1/run/xenvm/xen_pmu.ko"
	}
}

# guest_job DIR: makes the job of the guest that runs the command.
guest_job()
{
	job "$1"
	stage_puts "$1"
	cp "$ARGV" "$1/run/xenvm/argv"
	if [ -n "$GETS" ]; then
		printf '%s' "$GETS" | while IFS= read -r get; do
			path=${get%%:*}
			case $path in
			/*) ;;
			*) path=/root/$path ;;
			esac
			printf '%s\0' "${path#/}"
		done > "$1/run/xenvm/get"
	fi
	[ "$MACHINE$LOAD_MODULE" = oursyes ] || return 0
	cat >> "$1/run/xenvm/setup" <<'END'
insmod /run/xenvm/xen_pmu.ko || {
	echo "xenvm: xen_pmu.ko does not load; the kernel's last lines:"
	dmesg | tail -n 20
	exit 1
}
END
}

# neighbour_job DIR: makes the job of a neighbour.
neighbour_job()
{
	job "$1"
	stage_puts "$1"
	printf '%s\0' sh -c "exec >/dev/null; cd /root; $NEIGHBOUR" > "$1/run/xenvm/argv"
}

# domu_request JOB DOM0 NAME: packs JOB into DOM0, as dom0's request for the domU NAME.
domu_request()
{
	mkdir -p "$2/run/xenvm/domus"
	pack "$1" "$RUN/domu-request"
	mv "$RUN/domu-request.tgz" "$2/run/xenvm/domus/$3"
}

# kvm_request DIR: makes the job of the KVM host: it boots the guest with a request of its own, and
# sends back the guest's files.
kvm_request()
{
	guest_job "$RUN/guest"
	mkdir -p "$1/run/xenvm"
	[ -z "$GETS" ] || cp "$RUN/guest/run/xenvm/get" "$1/run/xenvm/get"
	printf '%s\0' /etc/xenvm/kvm > "$1/run/xenvm/argv"
	pack "$RUN/guest" "$RUN/guest-request"
	mv "$RUN/guest-request" "$1/run/xenvm/request"
}

# make_request: makes the file $RUN/request.
make_request()
{
	if [ "$MACHINE" = kvm ]; then
		kvm_request "$RUN/dom0"
	elif [ "$MACHINE" = native ] || [ "$GUEST" = dom0 ]; then
		guest_job "$RUN/dom0"
	else
		guest_job "$RUN/guest"
		domu_request "$RUN/guest" "$RUN/dom0" "$GUEST"
		echo "$GUEST" > "$RUN/dom0/run/xenvm/guest"
	fi
	if [ -n "$NEIGHBOUR" ]; then
		neighbour_job "$RUN/neighbour"
		domu_request "$RUN/neighbour" "$RUN/dom0" n1
		i=1
		echo n1 > "$RUN/dom0/run/xenvm/neighbours"
		while [ $((i += 1)) -le "$DOMUS" ]; do
			ln "$RUN/dom0/run/xenvm/domus/n1" "$RUN/dom0/run/xenvm/domus/n$i"
			echo "n$i" >> "$RUN/dom0/run/xenvm/neighbours"
		done
	fi
	if [ -n "$IN_DOM0" ]; then
		{
			printf '%s\n' "$IN_DOM0"
			[ ! -e "$RUN/dom0/run/xenvm/setup" ] || cat "$RUN/dom0/run/xenvm/setup"
		} > "$RUN/setup"
		mv "$RUN/setup" "$RUN/dom0/run/xenvm/setup"
	fi
	pack "$RUN/dom0" "$RUN/request"
}
