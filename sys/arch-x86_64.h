/* SPDX-License-Identifier: MIT */
/* x86_64: the door into the kernel and the entry point. Source: syscall(2),
 * Linux 4.14 arch/x86/entry/entry_64.S. Knows no call by name.
 *
 *     number  a    b    c    d    e    f    result  clobbered
 *     rax     rdi  rsi  rdx  r10  r8   r9   rax     rcx, r11
 */
#ifndef SYS_ARCH_H
#define SYS_ARCH_H

#define ARCH_ELF_MACHINE 62 /* EM_X86_64 */

#define ARCH_ENTER "syscall"
#define ARCH_NUMBER "rax"
#define ARCH_A "rdi"
#define ARCH_B "rsi"
#define ARCH_C "rdx"
#define ARCH_D "r10"
#define ARCH_E "r8"
#define ARCH_F "r9"
#define ARCH_RESULT "rax"
#define ARCH_CLOBBERED "rcx", "r11", "memory"

/* clone(2) with the child on its own stack: it calls run(argument), which
 * must not return. stack_end is 16-byte aligned. Nothing of the caller's
 * frame may be used by the child, hence in assembly. */
static inline long arch_clone(long number, unsigned long flags,
                              void *stack_end, int *parent_tid, int *child_tid,
                              void (*run)(void *), void *argument)
{
	void **stack = stack_end;
	register long r10 __asm__("r10") = (long)child_tid;
	register long r8 __asm__("r8") = 0;
	long result;

	*--stack = argument;
	*--stack = (void *)run;
	__asm__ volatile("syscall\n\t"
	                 "test %%rax, %%rax\n\t"
	                 "jnz 1f\n\t"
	                 "xor %%ebp, %%ebp\n\t"
	                 "pop %%rax\n\t"
	                 "pop %%rdi\n\t"
	                 "call *%%rax\n\t"
	                 "ud2\n"
	                 "1:"
	                 : "=a"(result)
	                 : "a"(number), "D"(flags), "S"(stack),
	                   "d"(parent_tid), "r"(r10), "r"(r8)
	                 : "rcx", "r11", "memory");
	return result;
}

/* The kernel enters with argc at the stack pointer, argv behind it. */
#define ARCH_START                       \
	__asm__(".globl _start\n"        \
	        ".type _start,@function\n" \
	        "_start:\n\t"            \
	        "xor %ebp, %ebp\n\t"     \
	        "mov %rsp, %rdi\n\t"     \
	        "and $-16, %rsp\n\t"     \
	        "call sys_start\n\t"     \
	        "ud2\n"                  \
	        ".size _start, . - _start")

#endif
