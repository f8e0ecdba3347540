#!/bin/sh
# SPDX-License-Identifier: MIT
# s6-log drops a last line without newline when its input ends; but it writes it if
# it had SIGTERM between the line and the end. So the last words of a program that
# dies in the middle of a line are lost in the ordinary case, and kept if the logger
# has been told to end. It exits with 0 and says nothing in both. Its page says that
# it does what it can against loss, and ends cleanly when its input is closed; it
# says nothing of a line without newline. multilog writes the line in both.
#
# Seen with s6 2.11.3.2-1, daemontools 1:0.76-8.1, Debian 12, x86_64:
#     s6-log, EOF: exit code 0, lines: 0
#     s6-log, TERM: exit code 0, lines: 1
#     multilog, EOF: exit code 0, lines: 1
#     multilog, TERM: exit code 0, lines: 1
# Ends with 1 if that has changed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq s6=2.11.3.2-1 libskarnet2.13=2.13.1.1-1 \
	daemontools=1:0.76-8.1 >/dev/null
for package in *.deb; do
	dpkg-deb -x "$package" .
done
export LD_LIBRARY_PATH="$dir/usr/lib/x86_64-linux-gnu:$dir/lib/x86_64-linux-gnu"
mkfifo pipe

# How many lines "last" a logger writes. It has read all of it before the signal
# comes, and has taken the signal, which is pending no more, before the input ends.
wait_for() {
	i=0
	until "$@" || [ "$i" = 300 ]; do
		sleep 0.1
		i=$((i + 1))
	done
}
has_taken_signals() {
	grep -q '^ShdPnd:[[:space:]]*0*$' "/proc/$1/status"
}
is_empty() {	# by FIONREAD
	perl -e '$n = pack "i", 1; ioctl STDIN, 0x541b, $n; exit unpack "i", $n' <&3
}
try() {
	rm -rf log
	mkdir log
	exec 3<>pipe
	"usr/bin/$1" ./log <pipe 3>&- &
	pid=$!
	echo first >&3
	wait_for test -s log/current
	printf last >&3
	wait_for is_empty
	if [ "$2" = TERM ]; then
		kill -TERM "$pid"
		wait_for has_taken_signals "$pid"
	fi
	exec 3>&-
	code=0
	wait "$pid" || code=$?
	echo "$1, $2: exit code $code, lines: $(grep -c -x last log/current)"
}
for logger in s6-log multilog; do
	try "$logger" EOF
	try "$logger" TERM
done >seen
cat seen
diff - seen <<'S'
s6-log, EOF: exit code 0, lines: 0
s6-log, TERM: exit code 0, lines: 1
multilog, EOF: exit code 0, lines: 1
multilog, TERM: exit code 0, lines: 1
S
