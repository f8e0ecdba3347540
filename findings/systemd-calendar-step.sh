#!/bin/sh
# SPDX-License-Identifier: MIT
# systemd-analyze calendar leaves out moments of a step without an end. Where a
# step passes the end of its minute, hour, day or month, and so also of the hour,
# day, month or year around that, the first moment there is left out: with "*:0/7"
# the 00:00 of each day, with "0/5:00" that of the first day of each month.
# systemd.time(7) says that the value itself matches, too; and the same with an end
# ("*:0..59/7") or as a list ("*:0,7,14,21,28,35,42,49,56") has all moments.
#
# Seen with systemd 252.39-1~deb12u2, Debian 12, x86_64, in the next 400 moments:
#     *:*:0/25     3 left out, the first: 2026-01-30 23:00:00
#     *:0/7        2 left out, the first: 2026-01-31 00:00:00
#     *:0..59/7    0 left out
#     0/5:00       3 left out, the first: 2026-02-01 00:00:00
#     *-*-1/11    11 left out, the first: 2027-01-01 00:00:00
# Ends with 1 if that has changed. Libraries of other packages are the machine's.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq systemd=252.39-1~deb12u2 \
	libsystemd-shared=252.39-1~deb12u2 >/dev/null
for package in *.deb; do
	dpkg-deb -x "$package" .
done
export LC_ALL=C TZ=UTC
export LD_LIBRARY_PATH="$dir/usr/lib/x86_64-linux-gnu/systemd"

# The next 400 moments of an expression.
moments() {
	usr/bin/systemd-analyze calendar --iterations=400 \
		--base-time='2026-01-30 22:50:00' -- "$1" |
		sed -n -E 's/.*(elapse|Iter[^:]*): ... ([-0-9]+ [:0-9]+) UTC/\2/p' |
		sort
}

# An expression with a step, and the same as a list: what the list has beyond it, up
# to the last moment of the step.
row() {
	moments "$1" >step
	moments "$2" >list
	last=$(tail -n 1 step)
	awk -v last="$last" '$0 <= last' list | comm -13 step - >left-out
	count=$(wc -l <left-out)
	first=$(head -n 1 left-out)
	printf '%-11s %2d left out%s\n' "$1" "$count" "${first:+, the first: $first}"
}

{
	row '*:*:0/25'  '*:*:0,25,50'
	row '*:0/7'     '*:0,7,14,21,28,35,42,49,56'
	row '*:0..59/7' '*:0,7,14,21,28,35,42,49,56'
	row '0/5:00'    '0,5,10,15,20:00'
	row '*-*-1/11'  '*-*-1,12,23'
} >seen
cat seen
diff - seen <<'S'
*:*:0/25     3 left out, the first: 2026-01-30 23:00:00
*:0/7        2 left out, the first: 2026-01-31 00:00:00
*:0..59/7    0 left out
0/5:00       3 left out, the first: 2026-02-01 00:00:00
*-*-1/11    11 left out, the first: 2027-01-01 00:00:00
S
