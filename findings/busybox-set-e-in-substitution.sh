#!/bin/sh
# SPDX-License-Identifier: MIT
# In busybox's sh, set -e has no effect inside of $(...), though it has one inside of
# (...): a substitution goes on behind a command that fails, and its result is taken
# for good. $- has no e there, either. dash, its near relative, and bash
# --posix end the substitution and with it the script, as POSIX has it: a subshell
# takes over the options. So a script that was tried with dash goes on with a wrong
# value in an initramfs or a small container.
#
# Seen with busybox 1:1.35.0-4+deb12u1+b1 and dash 0.5.12-2, Debian 12, x86_64:
#     busybox: option e in $(...): no, in (...): yes; goes on with "late"
#     dash: option e in $(...): yes, in (...): yes; ends with 1
# Ends with 1 if that has changed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq busybox=1:1.35.0-4+deb12u1+b1 dash=0.5.12-2 >/dev/null
for package in *.deb; do
	dpkg-deb -x "$package" .
done
cat >script <<'S'
set -e
has() { case $1 in *e*) printf yes ;; *) printf no ;; esac; }
printf 'option e in $(...): %s, in (...): ' "$(has $-)"
(has $-)
value=$(false; echo late)
echo "; goes on with \"$value\""
S
try() {
	name=$1
	shift
	code=0
	said=$("$@" script) || code=$?
	[ "$code" = 0 ] || said="$said; ends with $code"
	echo "$name: $said"
}
{
	try busybox bin/busybox sh
	try dash bin/dash
} >seen
cat seen
diff - seen <<'S'
busybox: option e in $(...): no, in (...): yes; goes on with "late"
dash: option e in $(...): yes, in (...): yes; ends with 1
S
