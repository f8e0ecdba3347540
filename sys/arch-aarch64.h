/* SPDX-License-Identifier: MIT */
/* aarch64: the door into the kernel and the entry point. Source: syscall(2),
 * Linux 4.14 arch/arm64/kernel/entry.S. Knows no call by name.
 *
 *     number  a   b   c   d   e   f   result  clobbered
 *     x8      x0  x1  x2  x3  x4  x5  x0      none
 */
#ifndef SYS_ARCH_H
#define SYS_ARCH_H

#define ARCH_ELF_MACHINE 183 /* EM_AARCH64 */

#define ARCH_ENTER "svc #0"
#define ARCH_NUMBER "x8"
#define ARCH_A "x0"
#define ARCH_B "x1"
#define ARCH_C "x2"
#define ARCH_D "x3"
#define ARCH_E "x4"
#define ARCH_F "x5"
#define ARCH_RESULT "x0"
#define ARCH_CLOBBERED "memory"

/* clone(2) with the child on its own stack: it calls run(argument), which
 * must not return. stack_end is 16-byte aligned. Nothing of the caller's
 * frame may be used by the child, hence in assembly. */
static inline long arch_clone(long number, unsigned long flags,
                              void *stack_end, int *parent_tid, int *child_tid,
                              void (*run)(void *), void *argument)
{
	void **stack = stack_end;
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = (long)flags;
	register long x1 __asm__("x1");
	register long x2 __asm__("x2") = (long)parent_tid;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = (long)child_tid;

	*--stack = argument;
	*--stack = (void *)run;
	x1 = (long)stack;
	__asm__ volatile("svc #0\n\t"
	                 "cbnz x0, 1f\n\t"
	                 "mov x29, #0\n\t"
	                 "mov x30, #0\n\t"
	                 "ldp x1, x0, [sp], #16\n\t"
	                 "blr x1\n\t"
	                 "brk #1\n"
	                 "1:"
	                 : "+r"(x0), "+r"(x1)
	                 : "r"(x8), "r"(x2), "r"(x3), "r"(x4)
	                 : "x30", "memory");
	return x0;
}

/* The kernel enters with argc at the stack pointer, argv behind it. */
#define ARCH_START                       \
	__asm__(".globl _start\n"        \
	        ".type _start,@function\n" \
	        "_start:\n\t"            \
	        "mov x29, #0\n\t"        \
	        "mov x30, #0\n\t"        \
	        "mov x0, sp\n\t"         \
	        "and sp, x0, #-16\n\t"   \
	        "bl sys_start\n\t"       \
	        "brk #1\n"               \
	        ".size _start, . - _start")

#endif
