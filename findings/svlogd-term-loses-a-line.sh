#!/bin/sh
# SPDX-License-Identifier: MIT
# svlogd loses a whole line at SIGTERM if more than 1,024 bytes wait in its pipe. It
# has read so many and writes the lines among them; the rest of the line in whose
# middle they end it reads byte by byte up to the newline; and then it exits with 0
# and has not written that line. The next svlogd on the same pipe begins with the
# line behind it, so nothing in the log looks torn. svlogd(8) says that at SIGTERM
# it stops reading and processes what it has read. With multilog on the same lines
# nothing is lost: they stay in the pipe.
#
# Seen with runit 2.1.2-54 and daemontools 1:0.76-8.1, Debian 12, x86_64, of 100
# lines of 26 bytes:
#     svlogd: exit code 0, missing: line 00000000000000000039
#     multilog: exit code 0, missing: nothing
# Ends with 1 if that has changed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq runit=2.1.2-54 daemontools=1:0.76-8.1 >/dev/null
for package in *.deb; do
	dpkg-deb -x "$package" .
done
mkfifo pipe

# The logger is stopped while 100 lines of 26 bytes are written, so that they wait
# in the pipe when it sees SIGTERM. A second one then reads to the end.
lines() {
	i=0
	while [ "$i" -lt 100 ]; do
		printf 'line %020d\n' "$i"
		i=$((i + 1))
	done
}
wait_for() {
	i=0
	until "$@" || [ "$i" = 300 ]; do
		sleep 0.1
		i=$((i + 1))
	done
}
try() {
	mkdir "log-$1"
	exec 3<>pipe
	"usr/bin/$1" "./log-$1" <pipe 3>&- &
	pid=$!
	echo first >&3
	wait_for test -s "log-$1/current"
	kill -STOP "$pid"
	wait_for grep -q '^State:[[:space:]]*T' "/proc/$pid/status"
	lines >&3
	kill -TERM "$pid"
	kill -CONT "$pid"
	code=0
	wait "$pid" || code=$?
	exec 4<pipe 3>&-
	"usr/bin/$1" "./log-$1" <&4 4<&-
	exec 4<&-
	missing=$(lines | grep -v -x -F -f "log-$1/current" | tr '\n' ' ')
	echo "$1: exit code $code, missing: ${missing:-nothing}"
}
try svlogd | tee seen
try multilog | tee -a seen
grep -q '^svlogd: exit code 0, missing: line 0*39 $' seen
grep -q '^multilog: exit code 0, missing: nothing$' seen
