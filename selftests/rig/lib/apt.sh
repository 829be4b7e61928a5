# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2030,SC2031 # backports() is a subshell on purpose
#
# Debian packages for the recipes.  The rig uses a separate configuration of apt, with the host's
# mirror and settings (proxies).  The suite is the rig's, whatever release the host has.

# find_mirror: prints the base address of a Debian mirror that has the suite: XENPMU_MIRROR, or the
# first one in the host's apt configuration.
find_mirror()
{
	suite=$(version suite)
	if [ -n "${XENPMU_MIRROR-}" ]; then
		printf '%s\n' "$XENPMU_MIRROR"
		return
	fi
	probe=$(mktemp "$CACHE/tmp/mirror.XXXXXX")
	# shellcheck disable=SC2016 # apt's own $(...)
	for m in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | awk '!seen[$0]++'); do
		/usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
			"${m%/}/dists/$suite/InRelease" "$probe" > /dev/null 2>&1 || continue
		grep -q '^Origin: Debian$' "$probe" || continue
		rm -f "$probe"
		printf '%s\n' "${m%/}"
		return
	done
	rm -f "$probe"
	die "No mirror in this host's apt configuration has Debian $suite. Set XENPMU_MIRROR to the address of one that does."
}

# mirror: prints the result of find_mirror, and keeps it for a day.
mirror()
{
	if [ -n "${XENPMU_MIRROR-}" ]; then
		printf '%s\n' "$XENPMU_MIRROR"
		return
	fi
	if [ -z "$(find "$CACHE/mirror" -mtime -1 -size +0 2> /dev/null)" ]; then
		found=$(find_mirror) || exit 1
		printf '%s\n' "$found" > "$CACHE/tmp/mirror.$$"
		mv "$CACHE/tmp/mirror.$$" "$CACHE/mirror"
	fi
	cat "$CACHE/mirror"
}

# backports COMMAND...: runs a function of this file with the index of the suite's backports.
backports()
(
	APT_SUITE=$(version suite)-backports APT_READY=''
	apt_setup
	[ -n "$(find "$A/fresh" -mtime -1 2> /dev/null)" ] || apt_update
	"$@"
)

# index: prints the suite whose index is used.
index() { printf '%s\n' "${APT_SUITE:-$(version suite)}"; }

# sources_list: prints apt's list of sources, for binary and source packages.
sources_list()
{
	m=$(mirror) || exit 1
	suite=$(index)
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -e "$keyring" ] || keyring=/usr/share/keyrings/debian-archive-keyring.pgp
	for type in deb deb-src; do
		printf '%s [signed-by=%s] %s %s main\n' "$type" "$keyring" "$m" "$suite"
	done
}

# apt_setup: writes the configuration, and fetches the index if there is none.  Sets APT_CONFIG.
apt_setup()
{
	[ -z "${APT_READY-}" ] || return 0
	A=$CACHE/apt-$(index)
	mkdir -p "$A/lists/partial" "$A/cache/archives/partial"
	exec 8> "$CACHE/lock/apt"
	flock 8
	: > "$A/status"
	sources_list > "$A/sources.list.new"
	cat > "$A/apt.conf" <<-END
	Dir::Etc::sourcelist "$A/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::State "$A";
	Dir::State::lists "$A/lists";
	Dir::State::status "$A/status";
	Dir::Cache "$A/cache";
	Dir::Cache::pkgcache "";
	Dir::Cache::srcpkgcache "";
	APT::Architecture "amd64";
	APT::Architectures "amd64";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	END
	APT_CONFIG=$A/apt.conf
	export APT_CONFIG
	if ! cmp -s "$A/sources.list.new" "$A/sources.list"; then
		mv "$A/sources.list.new" "$A/sources.list"
		apt_update
	fi
	exec 8>&-
	APT_READY=1
}

apt_update()
{
	say "reading Debian's index"
	rm -f "$A/fresh"
	apt-get update -q --error-on=any > "$CACHE/log/apt.log" 2>&1 || {
		tail -n 5 "$CACHE/log/apt.log" >&2
		rm -f "$A/sources.list"
		die "apt-get update failed for $(mirror); see $CACHE/log/apt.log."
	}
	: > "$A/fresh"
}

# source_uris PKG VERSION, binary_uris PKG VERSION: print apt's lines 'URI' FILE SIZE HASH.
source_uris() { apt-get source --print-uris -qq --only-source "$1=$2" | grep "^'"; }
binary_uris() { apt-get download --print-uris -qq "$1=$2" | grep "^'"; }

# pool_uris KIND PKG VERSION: prints such lines from the list `pool`, which has hashes of files.
pool_uris()
{
	m=$(mirror) || exit 1
	awk -v kind="$1" -v pkg="$2" -v v="$3" -v mirror="$m" '
		$1 == kind && $2 == pkg && $3 == v {
			n = split($4, part, "/")
			printf "\047%s/%s\047 %s 0 SHA256:%s\n", mirror, $4, part[n], $5
			found = 1
		}
		END { exit !found }' "$RIG/pool"
}

# uris KIND PKG VERSION: prints such lines from the index or the pool.  If the index does not have
# VERSION, it is fetched again.  Call apt_setup first.
uris()
{
	pool_uris "$1" "$2" "$3" && return
	"$1_uris" "$2" "$3" && return
	(
		flock 8
		# Another process may have fetched the index just now.
		[ -n "$(find "$A/fresh" -mmin -2 2> /dev/null)" ] || apt_update
	) 8> "$CACHE/lock/apt" >&2 || exit 1
	"$1_uris" "$2" "$3" && return
	newest=$(latest "$1" "$2")
	die "$(index) at $(mirror) has no $1 package $2 $3 (it has ${newest:-none}). If the mirror has moved on: 'selftests/rig/build --update-versions', then build again."
}

# require PKG=VERSION...: dies with a sentence if the index does not have these binary packages.
require()
{
	apt_setup
	for pin; do
		uris binary "${pin%%=*}" "${pin#*=}" > /dev/null || exit 1
	done
}

# known_packages PKG,...: dies with a sentence if Debian does not have one of these packages.
known_packages()
{
	apt_setup
	for p in $(printf '%s\n' "$1" | tr , ' '); do
		[ -n "$(latest binary "$p")" ] ||
			die "--with: Debian $(version suite) has no package '$p'."
	done
}

# mmdebstrap ...: runs mmdebstrap without the caller's open files.  mmdebstrap passes numbers of
# descriptors to `sh -c "cat >&N"`, and dash accepts only numbers of one digit.
mmdebstrap()
{
	command mmdebstrap "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# latest KIND PKG: prints the newest version in the index.
latest()
{
	case $1 in
	source) apt-cache showsrc --only-source "$2" 2> /dev/null | sed -n 's/^Version: //p' ;;
	binary) apt-cache show --no-all-versions "$2" 2> /dev/null | sed -n 's/^Version: //p' ;;
	esac | sort -V | tail -n 1
}

# download KIND PKG VERSION PATTERN: fetches the package's files whose names match PATTERN into the
# cache, checks them by the index's hashes, and prints their paths.
download()
{
	apt_setup
	list=$(uris "$1" "$2" "$3") || exit 1
	printf '%s\n' "$list" | while read -r uri file _ hash; do
		# shellcheck disable=SC2254 # a pattern on purpose
		case $file in
		$4) ;;
		*) continue ;;
		esac
		uri=${uri#\'}
		uri=${uri%\'}
		file=$CACHE/dl/$(printf '%s\n' "$file" | sed 's/%3a/:/')
		(
			flock 7
			[ -s "$file" ] && [ "$hash" = "SHA256:$(sha256sum < "$file" | cut -d ' ' -f 1)" ] && exit
			say "downloading ${file##*/}"
			/usr/lib/apt/apt-helper download-file "$uri" "$file.part" "$hash" >&2 ||
				die "${file##*/} could not be downloaded, or its hash is not the index's."
			mv "$file.part" "$file"
		) 7> "$CACHE/lock/dl-${file##*/}" || exit 1
		touch "$file"
		printf '%s\n' "$file"
	done
}

# source_tree PKG DIR: unpacks the Debian source of PKG into DIR, with Debian's patches applied.  The
# .dsc is not needed (a mirror may lack it), because the index has the same hashes.
source_tree()
{
	v=$(version "$1")
	orig=$(download source "$1" "$v" '*.orig.tar.*')
	debian=$(download source "$1" "$v" '*.debian.tar.*')
	{ [ -s "$orig" ] && [ -s "$debian" ]; } || die "$1 $v: the source has other files than expected."
	say "unpacking $1 $v"
	mkdir -p "$2"
	"$RIG/in-chroot" --bind "$2:/build" -- tar -C /build --strip-components=1 -xf "$orig"
	"$RIG/in-chroot" --bind "$2:/build" -- tar -C /build -xf "$debian"
	sed -e 's/[ 	]*#.*//' -e '/^[ 	]*$/d' "$2/debian/patches/series" | while read -r p strip; do
		"$RIG/in-chroot" --bind "$2:/build" -- \
			patch -d /build "${strip:--p1}" -sEtNfi "debian/patches/$p" ||
			die "$1 $v: Debian's patch $p does not apply."
	done
}

# kvm_release VERSION: prints the release (uname -r) of the kernel package of backports in VERSION.
kvm_release() { printf '%s\n' "${1%%-*}+deb13-amd64"; }

# host_apt_settings: prints the host's settings for fetching (proxies, checks) as apt.conf lines.
host_apt_settings()
{
	apt-config dump | grep -E '^Acquire::(https?|ftp)?(::)?(Proxy|Check-Valid-Until|Check-Date|Retries)' || :
}
