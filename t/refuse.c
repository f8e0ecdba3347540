/* SPDX-License-Identifier: MIT */
/* Runs a command, and all that it starts, in a sandbox that refuses system
 * calls, as a container runtime's seccomp(2) filter or an old kernel does.
 *
 *     refuse EPERM|ENOSYS WHICH... -- COMMAND [ARGUMENT...]
 *
 * WHICH: `new`, all calls that came with Linux 5.1 or later, which have number
 * 424 (pidfd_send_signal) and above on every machine; `execveat`; or, as the
 * last of them, `memfd-flag`: memfd_create(2) with MFD_NOEXEC_SEAL. Exits with 77
 * if this system has no such filters. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_SKIP = 77, FIRST_NEW = 424, PARTS_MAX = 16 };

/* One more comparison: calls for which it holds are refused. */
static int add(struct sock_filter *f, int n, unsigned short how,
               unsigned number, unsigned error)
{
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | how | BPF_K, number, 0,
	                                      1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	                                      SECCOMP_RET_ERRNO | error);
	return n;
}

/* The flag is bit 3 of the second argument, on machines of this byte order. */
static int add_flag(struct sock_filter *f, int n, unsigned error)
{
	const struct sock_filter parts[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		         offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 8, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
	};

	memcpy(f + n, parts, sizeof(parts));
	return n + (int)(sizeof(parts) / sizeof(parts[0]));
}

static int add_word(struct sock_filter *f, int n, const char *word,
                    unsigned error)
{
	if (strcmp(word, "memfd-flag") == 0)
		return add_flag(f, n, error);
	return strcmp(word, "new") == 0
	               ? add(f, n, BPF_JGE, FIRST_NEW, error)
	               : add(f, n, BPF_JEQ, SYS_execveat, error);
}

/* Where the right to set a filter is missing, it takes the promise to gain no
 * more rights. */
static int enter(struct sock_filter *f, int n)
{
	struct sock_fprog program = { (unsigned short)n, f };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return 0;
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* the next call tells */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int count, char **words)
{
	struct sock_filter f[PARTS_MAX] = { BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	unsigned error = count > 1 && strcmp(words[1], "ENOSYS") == 0 ? ENOSYS
	                                                              : EPERM;
	int n = 1, at = 2;

	for (; at < count && strcmp(words[at], "--") != 0 && n < PARTS_MAX - 5;
	     at++)
		n = add_word(f, n, words[at], error);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	                                      SECCOMP_RET_ALLOW);
	if (at + 1 >= count)
		return EXIT_USAGE;
	if (enter(f, n) < 0)
		return EXIT_SKIP;
	execv(words[at + 1], words + at + 1);
	perror(words[at + 1]);
	return 127;
}
