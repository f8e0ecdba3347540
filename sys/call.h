/* SPDX-License-Identifier: MIT */
/* The system calls that the programs make, with types. Each returns what the
 * kernel does: a value from 0 up, or -errno. Its contract is the manual page of
 * its name in section 2. A comment says where it blocks, where it differs from
 * that page, and which kernel has it, if Linux 4.14 has not. The programs make
 * no other calls. */
#ifndef SYS_CALL_H
#define SYS_CALL_H

#include <stdbool.h>

#include <asm/unistd.h>

#include "sys/arch.h"
#include "sys/kernel.h"

/* One call. Only the registers of its arguments are set, each to a value of the
 * argument's own type: the kernel takes no more of a register than the type that
 * it declares (SYSCALL_DEFINE in include/linux/syscalls.h). So what it declares
 * as a long must not be an int here. A constant fills its register: a 0 may stand
 * for a pointer. All values are computed before the first register is set, as
 * computing one may take any register. */
#define WHOLE(x) __builtin_choose_expr(__builtin_constant_p(x), (long)(x), (x))
#define VALUE(R, x) __typeof__(WHOLE(x) + 0) R##_value = WHOLE(x);
#define SET(R) register __typeof__(R##_value) R __asm__(ARCH_##R) = R##_value;
#define IN(R) , "r"(R)
#define ENTER(number, values, sets, inputs)                          \
	({                                                           \
		values                                               \
		register long number_ __asm__(ARCH_NUMBER) = number; \
		register long result_ __asm__(ARCH_RESULT);          \
		sets                                                 \
		__asm__ volatile(ARCH_ENTER                          \
		                 : "=r"(result_)                     \
		                 : "r"(number_) inputs               \
		                 : ARCH_CLOBBERED);                  \
		result_;                                             \
	})

#define CALL0(number) ENTER(number, , , )
#define CALL1(number, a) ENTER(number, VALUE(A, a), SET(A), IN(A))
#define CALL2(number, a, b) \
	ENTER(number, VALUE(A, a) VALUE(B, b), SET(A) SET(B), IN(A) IN(B))
#define CALL3(number, a, b, c) \
	ENTER(number, VALUE(A, a) VALUE(B, b) VALUE(C, c), \
	      SET(A) SET(B) SET(C), IN(A) IN(B) IN(C))
#define CALL4(number, a, b, c, d) \
	ENTER(number, VALUE(A, a) VALUE(B, b) VALUE(C, c) VALUE(D, d), \
	      SET(A) SET(B) SET(C) SET(D), IN(A) IN(B) IN(C) IN(D))
#define CALL5(number, a, b, c, d, e) \
	ENTER(number, \
	      VALUE(A, a) VALUE(B, b) VALUE(C, c) VALUE(D, d) VALUE(E, e), \
	      SET(A) SET(B) SET(C) SET(D) SET(E), \
	      IN(A) IN(B) IN(C) IN(D) IN(E))
#define CALL6(number, a, b, c, d, e, f) \
	ENTER(number, \
	      VALUE(A, a) VALUE(B, b) VALUE(C, c) VALUE(D, d) VALUE(E, e) \
	              VALUE(F, f), \
	      SET(A) SET(B) SET(C) SET(D) SET(E) SET(F), \
	      IN(A) IN(B) IN(C) IN(D) IN(E) IN(F))

/* Is this the answer where a call is not to be had? An old kernel says ENOSYS;
 * a sandbox says EPERM to all that it does not know (seccomp(2)), as the kernel
 * does where a right is missing: then what is done in place of the call is
 * refused as well. */
static inline bool call_is_missing(long error)
{
	return error == -ENOSYS || error == -EPERM;
}

/* Processes */

static inline _Noreturn void sys_exit(int code)
{
	for (;;)
		CALL1(__NR_exit_group, code);
}

static inline int sys_execveat(int dir, const char *path, char *const *argv,
                               char *const *envp, int flags)
{
	return (int)CALL5(__NR_execveat, dir, path, argv, envp, flags);
}

static inline int sys_execve(const char *path, char *const *argv,
                             char *const *envp)
{
	return (int)CALL3(__NR_execve, path, argv, envp);
}

/* A copy of this process, as fork(2) makes it, in new namespaces (CLONE_NEW…,
 * or 0); the child's pid is also stored at parent_tid before either goes on.
 * Returns 0 in the child. */
static inline int sys_fork_into(unsigned long namespaces, int *parent_tid)
{
	return (int)CALL5(__NR_clone,
	                  CLONE_PARENT_SETTID | SIGCHLD | namespaces, 0,
	                  parent_tid, 0, 0);
}

static inline int sys_fork(int *parent_tid)
{
	return sys_fork_into(0, parent_tid);
}

/* A child that shares our memory, on a stack of its own, of which stack_end is
 * the end. It calls run(argument). See arch_clone(). */
static inline int sys_clone(unsigned long flags, void *stack_end,
                            int *parent_tid, int *child_tid,
                            void (*run)(void *), void *argument)
{
	return (int)arch_clone(__NR_clone, flags, stack_end, parent_tid,
	                       child_tid, run, argument);
}

/* Blocks unless WNOHANG is in options. */
static inline int sys_waitid(int which, int pid, siginfo_t *info, int options)
{
	return (int)CALL5(__NR_waitid, which, pid, info, options, 0);
}

static inline int sys_kill(int pid, int signal)
{
	return (int)CALL2(__NR_kill, pid, signal);
}

/* To the process of a pidfd, or of a folder /proc/<pid>. Linux 5.1. flags: 0,
 * or PIDFD_SIGNAL_PROCESS_GROUP (Linux 6.9; -EINVAL before): to the group that
 * it leads. info: what comes with the signal; or NULL. */
static inline int sys_pidfd_send_info(int fd, int signal, const siginfo_t *info,
                                      unsigned flags)
{
#ifdef __NR_pidfd_send_signal
	return (int)CALL4(__NR_pidfd_send_signal, fd, signal, info, flags);
#else
	(void)fd, (void)signal, (void)info, (void)flags;
	return -ENOSYS;
#endif
}

static inline int sys_pidfd_send_signal(int fd, int signal, unsigned flags)
{
	return sys_pidfd_send_info(fd, signal, NULL, flags);
}

/* Linux 5.3. */
static inline int sys_pidfd_open(int pid)
{
#ifdef __NR_pidfd_open
	return (int)CALL2(__NR_pidfd_open, pid, 0);
#else
	(void)pid;
	return -ENOSYS;
#endif
}

static inline int sys_getpid(void)
{
	return (int)CALL0(__NR_getpid);
}

static inline int sys_getppid(void)
{
	return (int)CALL0(__NR_getppid);
}

static inline int sys_getuid(void)
{
	return (int)CALL0(__NR_getuid);
}

static inline int sys_geteuid(void)
{
	return (int)CALL0(__NR_geteuid);
}

static inline int sys_getsid(int pid)
{
	return (int)CALL1(__NR_getsid, pid);
}

static inline int sys_getpgid(int pid)
{
	return (int)CALL1(__NR_getpgid, pid);
}

static inline int sys_setpgid(int pid, int group)
{
	return (int)CALL2(__NR_setpgid, pid, group);
}

static inline int sys_setsid(void)
{
	return (int)CALL0(__NR_setsid);
}

static inline int sys_prctl(int option, unsigned long a, unsigned long b)
{
	return (int)CALL5(__NR_prctl, option, a, b, 0, 0);
}

/* No memory that was ever writable can be executed from now on, in this program
 * alone: what it starts decides for itself. -EINVAL before Linux 6.6. */
static inline int sys_refuse_exec_gain(void)
{
	return sys_prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN | MDWE_NO_INHERIT,
	                 0);
}

static inline int sys_prlimit(int pid, int resource,
                              const struct rlimit64 *new_limit,
                              struct rlimit64 *old_limit)
{
	return (int)CALL4(__NR_prlimit64, pid, resource, new_limit, old_limit);
}

static inline int sys_setuid(uint32_t uid)
{
	return (int)CALL1(__NR_setuid, uid);
}

static inline int sys_setgid(uint32_t gid)
{
	return (int)CALL1(__NR_setgid, gid);
}

static inline int sys_setgroups(uint32_t count, const uint32_t *groups)
{
	return (int)CALL2(__NR_setgroups, count, groups);
}

static inline int sys_capget(struct __user_cap_header_struct *header,
                             struct __user_cap_data_struct *sets)
{
	return (int)CALL2(__NR_capget, header, sets);
}

static inline int sys_capset(struct __user_cap_header_struct *header,
                             const struct __user_cap_data_struct *sets)
{
	return (int)CALL2(__NR_capset, header, sets);
}

static inline int sys_unshare(unsigned long flags)
{
	return (int)CALL1(__NR_unshare, flags);
}

static inline int sys_ioprio_set(int which, int who, uint32_t priority)
{
	return (int)CALL3(__NR_ioprio_set, which, who, priority);
}

static inline int sys_sched_setaffinity(int pid, size_t size, const void *mask)
{
	return (int)CALL3(__NR_sched_setaffinity, pid, size, mask);
}

static inline int sys_umask(uint32_t mask)
{
	return (int)CALL1(__NR_umask, mask);
}

static inline int sys_getpriority(int which, int who)
{
	return (int)CALL2(__NR_getpriority, which, who);
}

static inline int sys_setpriority(int which, int who, int nice)
{
	return (int)CALL3(__NR_setpriority, which, who, nice);
}

static inline int sys_reboot(unsigned command)
{
	return (int)CALL4(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
	                  command, 0);
}

static inline int sys_sethostname(const char *name, size_t length)
{
	return (int)CALL2(__NR_sethostname, name, length);
}

/* Blocks until everything dirty is on disk. */
static inline void sys_sync(void)
{
	(void)CALL0(__NR_sync); /* it cannot fail */
}

/* Signals */

static inline int sys_sigprocmask(int how, const uint64_t *set, uint64_t *old)
{
	return (int)CALL4(__NR_rt_sigprocmask, how, set, old, sizeof(*set));
}

static inline int sys_sigaction(int signal, const struct sigaction *new_action,
                                struct sigaction *old_action)
{
	return (int)CALL4(__NR_rt_sigaction, signal, new_action, old_action,
	                  sizeof(uint64_t));
}

static inline int sys_sigaltstack(const struct sigaltstack *stack)
{
	return (int)CALL2(__NR_sigaltstack, stack, NULL);
}

static inline int sys_signalfd(int fd, const uint64_t *set, int flags)
{
	return (int)CALL4(__NR_signalfd4, fd, set, sizeof(*set), flags);
}

/* Descriptors */

/* Opening may block: FIFOs, network file systems, devices. */
static inline int sys_openat(int dir, const char *path, int flags,
                             unsigned mode)
{
	return (int)CALL4(__NR_openat, dir, path, flags, mode);
}

static inline int sys_close(int fd)
{
	return (int)CALL1(__NR_close, fd);
}

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)CALL3(__NR_close_range, first, last, flags);
}

static inline int sys_dup3(int from, int to, int flags)
{
	return (int)CALL3(__NR_dup3, from, to, flags);
}

static inline int sys_epoll_create(int flags)
{
	return (int)CALL1(__NR_epoll_create1, flags);
}

static inline int sys_epoll_ctl(int epoll, int operation, int fd,
                                struct epoll_event *event)
{
	return (int)CALL4(__NR_epoll_ctl, epoll, operation, fd, event);
}

/* Does not block with timeout_ms 0. */
static inline int sys_epoll_wait(int epoll, struct epoll_event *events,
                                 int most, int timeout_ms)
{
	return (int)CALL6(__NR_epoll_pwait, epoll, events, most, timeout_ms, 0,
	                  0);
}

static inline int sys_fcntl(int fd, int command, unsigned long argument)
{
	return (int)CALL3(__NR_fcntl, fd, command, argument);
}

static inline int sys_fcntl_lock(int fd, int command, struct flock *lock)
{
	return (int)CALL3(__NR_fcntl, fd, command, lock);
}

static inline int sys_pipe2(int fds[2], int flags)
{
	return (int)CALL2(__NR_pipe2, fds, flags);
}

static inline int sys_socket(int family, int type, int protocol)
{
	return (int)CALL3(__NR_socket, family, type, protocol);
}

static inline int sys_socketpair(int family, int type, int protocol, int fds[2])
{
	return (int)CALL4(__NR_socketpair, family, type, protocol, fds);
}

static inline int sys_bind(int fd, const void *address, uint32_t size)
{
	return (int)CALL3(__NR_bind, fd, address, size);
}

/* Blocks on a socket that blocks. */
static inline int sys_connect(int fd, const void *address, uint32_t size)
{
	return (int)CALL3(__NR_connect, fd, address, size);
}

static inline int sys_listen(int fd, int backlog)
{
	return (int)CALL2(__NR_listen, fd, backlog);
}

/* Of two descriptors, one of each process: 0 if they have the same open file
 * (KCMP_FILE). Linux 3.5. */
static inline int sys_kcmp_file(int pid, int fd, int other_pid, int other_fd)
{
	return (int)CALL5(__NR_kcmp, pid, other_pid, 0, fd, other_fd);
}

static inline int sys_getsockname(int fd, void *address, uint32_t *size)
{
	return (int)CALL3(__NR_getsockname, fd, address, size);
}

static inline int sys_setsockopt(int fd, int level, int option,
                                 const void *value, uint32_t size)
{
	return (int)CALL5(__NR_setsockopt, fd, level, option, value, size);
}

/* Blocks unless flags has MSG_DONTWAIT. */
static inline long sys_sendmsg(int fd, const struct msghdr *message,
                               unsigned flags)
{
	return CALL3(__NR_sendmsg, fd, message, flags);
}

/* Blocks unless flags has MSG_DONTWAIT. */
static inline long sys_recvmsg(int fd, struct msghdr *message, unsigned flags)
{
	return CALL3(__NR_recvmsg, fd, message, flags);
}

/* Blocks unless the descriptor is non-blocking. */
static inline long sys_read(int fd, void *bytes, size_t size)
{
	return CALL3(__NR_read, fd, bytes, size);
}

/* Blocks unless the descriptor is non-blocking. */
static inline long sys_write(int fd, const void *bytes, size_t size)
{
	return CALL3(__NR_write, fd, bytes, size);
}

static inline long sys_pread(int fd, void *bytes, size_t size, long offset)
{
	return CALL4(__NR_pread64, fd, bytes, size, offset);
}

static inline long sys_pwrite(int fd, const void *bytes, size_t size,
                              long offset)
{
	return CALL4(__NR_pwrite64, fd, bytes, size, offset);
}

/* Blocks until an event, the time-out (NULL: none), never on a zero one. */
static inline int sys_ppoll(struct pollfd *fds, unsigned count,
                            const struct __kernel_timespec *timeout)
{
	struct __kernel_timespec left = { 0, 0 };

	if (timeout != NULL)
		left = *timeout; /* the kernel writes to it */
	return (int)CALL5(__NR_ppoll, fds, count, timeout ? &left : NULL, NULL,
	                  0);
}

static inline int sys_ioctl(int fd, unsigned long request, void *argument)
{
	return (int)CALL3(__NR_ioctl, fd, request, argument);
}

static inline long sys_getdents64(int fd, void *bytes, size_t size)
{
	return CALL3(__NR_getdents64, fd, bytes, size);
}

/* mode: bits as in chmod(2), of others: 1 is to execute. By the real user. */
static inline int sys_faccessat(int folder, const char *path, int mode)
{
	return (int)CALL3(__NR_faccessat, folder, path, mode);
}

static inline long sys_readlinkat(int dir, const char *path, char *bytes,
                                  size_t size)
{
	return CALL4(__NR_readlinkat, dir, path, bytes, size);
}

static inline int sys_fstat(int fd, struct stat *status)
{
	return (int)CALL2(__NR_fstat, fd, status);
}

static inline int sys_fstatat(int dir, const char *path, struct stat *status,
                              int flags)
{
	return (int)CALL4(__NR_newfstatat, dir, path, status, flags);
}

static inline int sys_fstatfs(int fd, struct statfs *status)
{
	return (int)CALL2(__NR_fstatfs, fd, status);
}

static inline int sys_fchown(int fd, uint32_t uid, uint32_t gid)
{
	return (int)CALL3(__NR_fchown, fd, uid, gid);
}

/* From the beginning of the file, or of the names in a folder. */
static inline long sys_lseek(int fd, long offset)
{
	return CALL3(__NR_lseek, fd, offset, 0);
}

static inline int sys_fchmod(int fd, unsigned mode)
{
	return (int)CALL2(__NR_fchmod, fd, mode);
}

/* An id of -1 is unchanged. */
static inline int sys_fchownat(int dir, const char *path, uint32_t uid,
                               uint32_t gid, int flags)
{
	return (int)CALL5(__NR_fchownat, dir, path, uid, gid, flags);
}

/* Blocks until what the file holds is on disk. */
static inline int sys_fsync(int fd)
{
	return (int)CALL1(__NR_fsync, fd);
}

/* Both times of the file become now. */
static inline int sys_utimensat_now(int dir, const char *path)
{
	return (int)CALL4(__NR_utimensat, dir, path, NULL, 0);
}

/* timerfd_create(2): a descriptor that is readable when its time has come. */
static inline int sys_timerfd_create(int clock, int flags)
{
	return (int)CALL2(__NR_timerfd_create, clock, flags);
}

static inline int sys_timerfd_settime(int fd, int flags,
                                      const struct __kernel_itimerspec *to)
{
	return (int)CALL4(__NR_timerfd_settime, fd, flags, to, NULL);
}

static inline int sys_inotify_init(int flags)
{
	return (int)CALL1(__NR_inotify_init1, flags);
}

static inline int sys_inotify_add_watch(int fd, const char *path,
                                        uint32_t events)
{
	return (int)CALL3(__NR_inotify_add_watch, fd, path, events);
}

/* Names in folders */

static inline int sys_mkdirat(int dir, const char *path, unsigned mode)
{
	return (int)CALL3(__NR_mkdirat, dir, path, mode);
}

static inline int sys_symlinkat(const char *target, int dir, const char *path)
{
	return (int)CALL3(__NR_symlinkat, target, dir, path);
}

static inline int sys_unlinkat(int dir, const char *path, int flags)
{
	return (int)CALL3(__NR_unlinkat, dir, path, flags);
}

/* riscv64 has no renameat. */
static inline int sys_renameat(int from_dir, const char *from, int to_dir,
                               const char *to)
{
	return (int)CALL5(__NR_renameat2, from_dir, from, to_dir, to, 0);
}

static inline int sys_mount(const char *source, const char *target,
                            const char *type, unsigned long flags,
                            const char *data)
{
	return (int)CALL5(__NR_mount, source, target, type, flags, data);
}

static inline int sys_chroot(const char *path)
{
	return (int)CALL1(__NR_chroot, path);
}

/* The length with the NUL; a folder that is not below the root is named
 * "(unreachable)/…". */
static inline long sys_getcwd(char *path, size_t size)
{
	return CALL2(__NR_getcwd, path, size);
}

static inline int sys_chdir(const char *path)
{
	return (int)CALL1(__NR_chdir, path);
}

/* Memory */

/* Never to be executed: Linux 6.3, where it can be sealed by that, and where
 * sysctl vm.memfd_noexec may be so that no other one can be had. Before, or
 * where a sandbox refuses the flag: without it. */
static inline int sys_memfd_create(const char *name, unsigned flags)
{
	int fd = (int)CALL2(__NR_memfd_create, name, flags | MFD_NOEXEC_SEAL);

	return fd == -EINVAL || call_is_missing(fd)
	               ? (int)CALL2(__NR_memfd_create, name, flags)
	               : fd;
}

static inline int sys_ftruncate(int fd, long size)
{
	return (int)CALL2(__NR_ftruncate, fd, size);
}

/* Allocates the pages, so that a later touch cannot fail. */
static inline int sys_fallocate(int fd, int mode, long offset, long size)
{
	return (int)CALL4(__NR_fallocate, fd, mode, offset, size);
}

/* An address, or -errno (between -4095 and -1). */
static inline long sys_mmap(void *address, size_t size, int protection,
                            int flags, int fd, long offset)
{
	return CALL6(__NR_mmap, address, size, (long)protection, (long)flags,
	             (long)fd, offset);
}

static inline int sys_munmap(void *address, size_t size)
{
	return (int)CALL2(__NR_munmap, address, size);
}

static inline int sys_madvise(void *address, size_t size, int advice)
{
	return (int)CALL3(__NR_madvise, address, size, advice);
}

static inline int sys_mlock(const void *address, size_t size)
{
	return (int)CALL2(__NR_mlock, address, size);
}

/* Time, waiting */

static inline int sys_clock_gettime(int clock, struct __kernel_timespec *time)
{
	return (int)CALL2(__NR_clock_gettime, clock, time);
}

/* Blocks unless flags has GRND_NONBLOCK; at most 256 bytes are sure to come
 * at once. */
static inline long sys_getrandom(void *bytes, size_t size, unsigned flags)
{
	return CALL3(__NR_getrandom, bytes, size, flags);
}

/* FUTEX_WAIT with a relative time-out (NULL: none) blocks while *word ==
 * value; FUTEX_WAKE wakes up to `value` waiters. */
static inline int sys_futex(const uint32_t *word, int operation, uint32_t value,
                            const struct __kernel_timespec *timeout)
{
	return (int)CALL6(__NR_futex, word, operation, value, timeout, NULL, 0);
}

#endif
