#!/bin/sh
# SPDX-License-Identifier: MIT
# qemu-user for riscv64 takes struct sigaction of rt_sigaction(2) to have a word
# for sa_restorer. Linux for riscv64 has none (its uapi headers: handler, flags,
# mask: 24 bytes): the emulator writes 32 bytes where the kernel writes 24. What
# stands behind the caller's struct is set to 0, such as a saved register in the
# frame of a program without libc. (A libc reads into a larger struct of its own.)
#
# Seen with qemu-user-static 1:7.2+dfsg-7+deb12u18+b3, Debian 12, x86_64:
#     words of the caller that were written: 4 (the kernel's struct has 3)
# Ends with 1 if that has changed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq qemu-user-static=1:7.2+dfsg-7+deb12u18+b3 \
	binutils-riscv64-linux-gnu=2.40-2 binutils-common=2.40-2 \
	libbinutils=2.40-2 libjansson4=2.14-2 >/dev/null
for package in *.deb; do
	dpkg-deb -x "$package" .
done
export LD_LIBRARY_PATH="$dir/usr/lib/x86_64-linux-gnu"

cat >old.s <<'S'
	.globl	_start
_start:	la	s0, words
	li	a0, 10			# SIGUSR1
	li	a1, 0			# no new action
	mv	a2, s0			# the old one
	li	a3, 8			# bytes of a mask
	li	a7, 134			# rt_sigaction
	ecall
	li	a0, 0			# how many words are not 1 any more
	li	t2, 8
	li	t3, 1
1:	ld	t1, 0(s0)
	beq	t1, t3, 2f
	addi	a0, a0, 1
2:	addi	s0, s0, 8
	addi	t2, t2, -1
	bnez	t2, 1b
	li	a7, 93			# exit
	ecall
	.data
	.balign	8
words:	.dword	1, 1, 1, 1, 1, 1, 1, 1
S
usr/bin/riscv64-linux-gnu-as -o old.o old.s
usr/bin/riscv64-linux-gnu-ld -o old old.o
code=0
usr/bin/qemu-riscv64-static ./old || code=$?
usr/bin/qemu-riscv64-static --version | head -n 1
echo "words of the caller that were written: $code (the kernel's struct has 3)"
[ "$code" = 4 ]
