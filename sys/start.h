/* SPDX-License-Identifier: MIT */
/* What each program defines instead of libc's main(): its result is the exit
 * code. argv and envp are the kernel's own and may be written to; argv[argc]
 * is NULL and directly followed by envp[0]. */
#ifndef SYS_START_H
#define SYS_START_H

int main(int argc, char **argv, char **envp);

#endif
