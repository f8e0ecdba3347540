#!/bin/sh
# SPDX-License-Identifier: MIT
# /proc/PID/stat may show a process without parent, group and session while its
# parent reaps it. A read that began before gives a whole line, with parent 0, group
# and session -1 and the state of the moment when the read began: X or Z, and once
# in a while R or S. After that it fails with ESRCH. proc(5) has no such values. A
# program that takes parent 0 for a thread of the kernel, or for a process of another
# pid namespace, is now and then wrong about a process that it has just looked at.
#
# Seen with Linux 6.1.192-2 of Debian 12 (and with 6.18), x86_64, 2 processors, of
# 1,000 processes that were reaped while another one read:
#     67 to 111 without parent: "X 0 -1 -1", fewer "Z 0 -1 -1", a few R and S
# Ends with 1 if that has changed. The kernel runs in the machine's qemu-system-x86,
# without its hardware's help: half a minute. gcc and cpio are the machine's, too.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq linux-image-6.1.0-56-cloud-amd64=6.1.192-2 >/dev/null
dpkg-deb --fsys-tarfile linux-image-*.deb |
	tar -x ./boot/vmlinuz-6.1.0-56-cloud-amd64

cat >init.c <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads until the process is gone. Returns whether it was without parent. */
static int is_without_parent(int fd)
{
	char line[512], state;
	int parent, group, session;
	ssize_t got;

	while ((got = pread(fd, line, sizeof(line) - 1, 0)) > 0) {
		line[got] = 0;
		if (sscanf(strrchr(line, ')') + 1, " %c %d %d %d", &state,
		           &parent, &group, &session) != 4 || parent != 0)
			continue;
		dprintf(1, "seen: %c %d %d %d\n", state, parent, group, session);
		return 1;
	}
	return 0;
}

/* One child ends and is reaped while another one reads. */
static void try(void)
{
	int alive[2], ready[2], fd;
	char path[32], c = 0;
	pid_t child, reader;

	if (pipe(alive) != 0 || pipe(ready) != 0)
		_exit(2);
	child = fork();
	if (child == 0) {
		close(alive[1]);
		_exit((int)read(alive[0], &c, 1));
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	fd = open(path, O_RDONLY);
	reader = fork();
	if (reader == 0) {
		close(alive[1]);
		_exit(write(ready[1], &c, 1) != 1 || is_without_parent(fd));
	}
	if (child < 0 || reader < 0 || read(ready[0], &c, 1) != 1)
		_exit(2);
	close(alive[0]);
	close(alive[1]);
	close(ready[0]);
	close(ready[1]);
	close(fd);
	waitpid(child, NULL, 0);
	waitpid(reader, NULL, 0);
}

int main(void)
{
	if (mount("proc", "/proc", "proc", 0, NULL) != 0)
		dprintf(1, "there is no /proc\n");
	for (int i = 0; i < 1000; i++)
		try();
	dprintf(1, "end\n");
	return reboot(RB_AUTOBOOT);	/* ends the emulator */
}
C
mkdir root root/dev root/proc
gcc -O1 -static -o root/init init.c
(cd root && find . | cpio -o -H newc --quiet) >initrd
qemu-system-x86_64 -M q35 -accel tcg,thread=multi -smp 2 -m 256 -nodefaults \
	-display none -serial file:console -no-reboot \
	-kernel boot/vmlinuz-6.1.0-56-cloud-amd64 -initrd initrd \
	-append 'console=ttyS0 quiet panic=-1'
grep -q '^end' console
tr -d '\r' <console | sed -n 's/.*seen: //p' >seen
echo "of 1000: $(wc -l <seen) without parent"
sort seen | uniq -c | sort -rn
grep -q '^[XZ] 0 -1 -1$' seen
if grep -v '^[A-Z] 0 -1 -1$' seen; then
	exit 1
fi
