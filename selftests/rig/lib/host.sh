# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Packages that the host must have before the rig can build or run.

# host_needs: installs missing packages, or dies with a sentence.
host_needs()
{
	[ "$(id -u)" = 0 ] || die "building the rig needs root (it makes Debian roots and mount namespaces)."
	[ "$(uname -m)" = x86_64 ] || die "the rig builds on x86-64 only; this is $(uname -m)."
	command -v apt-get > /dev/null || die "the rig builds on Debian only: there is no apt-get here."
	missing=
	[ -x /usr/bin/mmdebstrap ] || missing="$missing mmdebstrap"
	command -v flock > /dev/null && command -v unshare > /dev/null || missing="$missing util-linux"
	command -v mount > /dev/null || missing="$missing mount"
	ls /usr/share/keyrings/debian-archive-keyring.* > /dev/null 2>&1 ||
		missing="$missing debian-archive-keyring"
	[ -n "$missing" ] || return 0
	say "installing on this host:$missing"
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	{
		# shellcheck disable=SC2086 # words
		apt-get install -y --no-install-recommends $missing || {
			apt-get update
			apt-get install -y --no-install-recommends $missing
		}
	} < /dev/null > "$CACHE/log/host.log" 2>&1 || {
		tail -n 15 "$CACHE/log/host.log" >&2
		die "could not install$missing; see $CACHE/log/host.log."
	}
}
