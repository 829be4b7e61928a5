# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # the other parts use the variables
#
# xenvm's command line and its error messages. Options that may be repeated are stored with one value
# in a line, so a value cannot contain a newline.

# fail TEXT...: ends with the status for failures of the rig itself.
fail()
{
	printf 'xenvm: %s\n' "$*" >&2
	exit 125
}

NL='
'

# number OPTION VALUE MIN MAX: VALUE must be a number in this range.
number()
{
	case $2 in
	''|*[!0-9]*|?????????*) fail "$1 takes a number, not '$2'." ;;
	esac
	if [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
		fail "$1 takes a number from $3 to $4, not $2."
	fi
}

# word OPTION VALUE CHOICE...: VALUE must be one of the choices.
word()
{
	word_option=$1 word_value=$2
	shift 2
	for choice; do
		[ "$choice" != "$word_value" ] || return 0
	done
	fail "$word_option takes one of: $*; not '$word_value'."
}

one_line()
{
	case $2 in
	*"$NL"*) fail "$1: a value of several lines is not possible." ;;
	esac
}

set_defaults()
{
	MACHINE=ours GUEST='' CPU=zen2 PCPUS=1 VCPUS='' DOMUS=0 DOMU_TYPE=pv MEMORY=''
	KERNEL=debian XEN=release XEN_CMDLINE='' LINUX_CMDLINE='' WITH=''
	PUTS='' GETS='' LOAD_MODULE=yes MODULE_FILE='' NEIGHBOUR='' IN_DOM0=''
	TIMEOUT=600 LOG='' KEEP='' TRACE_QEMU=''
	STATUS=0
}

# take_option OPTION VALUE: handles one option with a value.
take_option()
{
	one_line "$1" "$2"
	case $1 in
	--machine) word "$1" "$2" ours stock native kvm; MACHINE=$2 ;;
	--guest) word "$1" "$2" dom0 pv pvh hvm; GUEST=$2 ;;
	--cpu) [ -n "$2" ] || fail "--cpu needs a name."; CPU=$2 ;;
	--pcpus) number "$1" "$2" 1 16; PCPUS=$2 ;;
	--vcpus) number "$1" "$2" 1 16; VCPUS=$2 ;;
	--domus) number "$1" "$2" 0 8; DOMUS=$2 ;;
	--domu-type) word "$1" "$2" pv pvh hvm; DOMU_TYPE=$2 ;;
	--kernel) word "$1" "$2" debian backports debug kasan; KERNEL=$2 ;;
	--xen) word "$1" "$2" release debug; XEN=$2 ;;
	--memory) number "$1" "$2" 128 16384; MEMORY=$2 ;;
	--xen-cmdline) XEN_CMDLINE=$2 ;;
	--linux-cmdline) LINUX_CMDLINE=$2 ;;
	--with) WITH=${WITH:+$WITH,}$2 ;;
	--put) [ -e "${2%%:*}" ] || fail "--put: there is no '${2%%:*}'."; PUTS=$PUTS$2$NL ;;
	--get) [ -n "${2%%:*}" ] || fail "--get needs a path."; GETS=$GETS$2$NL ;;
	--module) [ -f "$2" ] || fail "--module: there is no file '$2'."; MODULE_FILE=$2 ;;
	--neighbour) NEIGHBOUR=$2 ;;
	--in-dom0) IN_DOM0=$2 ;;
	--timeout) number "$1" "$2" 1 86400; TIMEOUT=$2 ;;
	--log) [ -d "$(dirname -- "$2")" ] || fail "--log: there is no directory for '$2'."; LOG=$2 ;;
	--trace-qemu) TRACE_QEMU=$2 ;;
	*) fail "unknown option '$1'; see xenvm --help." ;;
	esac
}

# has_xen: does the machine run Xen?
has_xen()
{
	case $MACHINE in
	native|kvm) return 1 ;;
	esac
}

# check_options: checks options that depend on each other.
check_options()
{
	if ! has_xen; then
		[ -z "$GUEST" ] || fail "--guest is for a machine with Xen; --machine $MACHINE has none."
		[ "$DOMUS" = 0 ] || fail "--domus is for a machine with Xen."
		[ -z "$XEN_CMDLINE$IN_DOM0" ] || fail "--xen-cmdline and --in-dom0 are for a machine with Xen."
	fi
	if [ "$MACHINE" = native ]; then
		[ -z "$VCPUS" ] || [ "$VCPUS" = "$PCPUS" ] ||
			fail "without Xen the guest has the machine's CPUs: --vcpus $VCPUS is not --pcpus $PCPUS."
	fi
	: "${GUEST:=dom0}" "${VCPUS:=$PCPUS}"
	if [ "$MACHINE" = kvm ]; then
		[ "$CPU" = zen4 ] || fail "KVM gives a guest the PMU only with PerfMonV2: --machine kvm is for --cpu zen4."
		[ "$PCPUS$VCPUS" = 11 ] || fail "--machine kvm has one CPU, and so has its guest."
	fi
	[ "$KERNEL" = debian ] || { has_xen && [ "$GUEST$DOMUS" != dom00 ]; } ||
		fail "--kernel is for domUs, and this machine has none."
	[ "$KERNEL" != kasan ] || [ "$GUEST" = hvm ] ||
		fail "--kernel kasan is for --guest hvm: with KASAN Linux does not boot as a PV or PVH guest."
	[ "$XEN" = release ] || [ "$MACHINE" = ours ] || fail "--xen is for --machine ours."
	[ -z "$NEIGHBOUR" ] || [ "$DOMUS" -gt 0 ] || fail "--neighbour needs --domus, which makes the domUs."
	[ "$DOMU_TYPE" = pv ] || [ "$DOMUS" -gt 0 ] || fail "--domu-type needs --domus, which makes the domUs."
	[ -z "$MODULE_FILE" ] || [ "$MACHINE$LOAD_MODULE" = oursyes ] ||
		fail "--module is for --machine ours, and not with --no-module."
	case $WITH in
	*[!a-z0-9.+,:-]*) fail "--with takes names of Debian packages and commas, not '$WITH'." ;;
	esac
}

# parse_options ARGUMENT...: sets the variables above and, for run, the file $ARGV: the
# command's arguments, each ended by a NUL.
parse_options()
{
	set_defaults
	MODE=${1-}
	case $MODE in
	run|shell|snapshot) shift ;;
	-h|--help|help) cat "$RIG/xenvm.d/usage.txt"; exit 0 ;;
	'') fail "say what to do: xenvm run|shell|snapshot; see xenvm --help." ;;
	*) fail "unknown command '$MODE'; it is run, shell or snapshot; see xenvm --help." ;;
	esac
	while [ $# -gt 0 ]; do
		case $1 in
		-h|--help) cat "$RIG/xenvm.d/usage.txt"; exit 0 ;;
		--no-module) LOAD_MODULE=no; shift ;;
		--keep) KEEP=yes; shift ;;
		--) shift; break ;;
		--*=*) take_option "${1%%=*}" "${1#*=}"; shift ;;
		-*)
			case $1 in
			--machine|--guest|--cpu|--pcpus|--vcpus|--domus|--domu-type|--memory|--kernel|--xen|\
			--xen-cmdline|--linux-cmdline|--with|--put|--get|--module|--neighbour|--in-dom0|--timeout|\
			--log|--trace-qemu)
				[ $# -ge 2 ] || fail "$1 needs a value."
				take_option "$1" "$2"
				shift 2 ;;
			*) fail "unknown option '$1'; see xenvm --help." ;;
			esac ;;
		*) break ;;
		esac
	done
	check_options
	make_run_dir
	if [ "$MODE" = run ]; then
		[ $# -gt 0 ] || fail "run what? xenvm run [OPTION]... -- COMMAND..."
		ARGV=$RUN/argv
		printf '%s\0' "$@" > "$ARGV"
	else
		[ $# -eq 0 ] || fail "$MODE takes no command: '$1'."
	fi
}
