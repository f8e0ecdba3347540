/* SPDX-License-Identifier: MIT */
/* The first C code of each program: from the kernel's stack to main(). */
#include "sys/start.h"

#include "sys/call.h"

ARCH_START;

/* Called by the entry point of the machine. stack: argc, argv[0 … argc - 1],
 * NULL, envp …, NULL (execve(2)). */
_Noreturn void sys_start(long *stack);
__attribute__((used)) _Noreturn void sys_start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);

	sys_exit(main(argc, argv, argv + argc + 1));
}
