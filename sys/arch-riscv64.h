/* SPDX-License-Identifier: MIT */
/* riscv64: the door into the kernel and the entry point. Source: syscall(2),
 * Linux 4.15 arch/riscv/kernel/entry.S. Knows no call by name.
 *
 *     number  a   b   c   d   e   f   result  clobbered
 *     a7      a0  a1  a2  a3  a4  a5  a0      none
 */
#ifndef SYS_ARCH_H
#define SYS_ARCH_H

#define ARCH_ELF_MACHINE 243 /* EM_RISCV */

#define ARCH_ENTER "ecall"
#define ARCH_NUMBER "a7"
#define ARCH_A "a0"
#define ARCH_B "a1"
#define ARCH_C "a2"
#define ARCH_D "a3"
#define ARCH_E "a4"
#define ARCH_F "a5"
#define ARCH_RESULT "a0"
#define ARCH_CLOBBERED "memory"

/* clone(2) with the child on its own stack: it calls run(argument), which
 * must not return. stack_end is 16-byte aligned. Nothing of the caller's
 * frame may be used by the child, hence in assembly. */
static inline long arch_clone(long number, unsigned long flags,
                              void *stack_end, int *parent_tid, int *child_tid,
                              void (*run)(void *), void *argument)
{
	void **stack = stack_end;
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = (long)flags;
	register long a1 __asm__("a1");
	register long a2 __asm__("a2") = (long)parent_tid;
	register long a3 __asm__("a3") = 0;
	register long a4 __asm__("a4") = (long)child_tid;

	*--stack = argument;
	*--stack = (void *)run;
	a1 = (long)stack;
	__asm__ volatile("ecall\n\t"
	                 "bnez a0, 1f\n\t"
	                 "li s0, 0\n\t"
	                 "li ra, 0\n\t"
	                 "ld a1, 0(sp)\n\t"
	                 "ld a0, 8(sp)\n\t"
	                 "addi sp, sp, 16\n\t"
	                 "jalr a1\n\t"
	                 "ebreak\n"
	                 "1:"
	                 : "+r"(a0), "+r"(a1)
	                 : "r"(a7), "r"(a2), "r"(a3), "r"(a4)
	                 : "ra", "memory");
	return a0;
}

/* The kernel enters with argc at the stack pointer, argv behind it. The
 * global pointer must be set without relaxation, which would use it. */
#define ARCH_START                       \
	__asm__(".globl _start\n"        \
	        ".type _start,@function\n" \
	        "_start:\n\t"            \
	        ".option push\n\t"       \
	        ".option norelax\n\t"    \
	        "lla gp, __global_pointer$\n\t" \
	        ".option pop\n\t"        \
	        "li s0, 0\n\t"           \
	        "li ra, 0\n\t"           \
	        "mv a0, sp\n\t"          \
	        "andi sp, sp, -16\n\t"   \
	        "call sys_start\n\t"     \
	        "ebreak\n"               \
	        ".size _start, . - _start")

#endif
