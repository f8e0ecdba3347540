/* SPDX-License-Identifier: MIT */
/* Structures and constants of the kernel that its uapi headers lack. Each
 * names where it is from; sizes are asserted. Linux 4.14.
 */
#ifndef SYS_KERNEL_H
#define SYS_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/socket.h>
#include <asm/statfs.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/reboot.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <linux/signalfd.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/wait.h>

/* include/linux/socket.h, include/linux/net.h */
enum { AF_UNIX = 1, SOCK_STREAM = 1, SOCK_SEQPACKET = 5 };
enum { SCM_RIGHTS = 1, SCM_CREDENTIALS = 2 };
enum {
	MSG_DONTWAIT = 0x40,
	MSG_NOSIGNAL = 0x4000,
	MSG_PEEK = 2,
	MSG_TRUNC = 0x20,
	MSG_CMSG_CLOEXEC = 0x40000000,
};

/* include/linux/timerfd.h */
enum {
	TFD_TIMER_ABSTIME = 1,
	TFD_TIMER_CANCEL_ON_SET = 2,
	TFD_CLOEXEC = O_CLOEXEC,
};

/* include/linux/net.h */
enum { SOCK_DGRAM = 2, SOCK_CLOEXEC = O_CLOEXEC };

/* linux/if.h (which includes a header of libc): struct ifreq as SIOCGIFFLAGS
 * and SIOCSIFFLAGS use it. */
struct interface_request {
	char name[16];
	int16_t flags;
	char unused[22];
};

enum { IFF_UP = 1 };

/* include/linux/uio.h */
struct iovec {
	void *base;
	size_t length;
};

/* include/linux/socket.h: struct user_msghdr */
struct msghdr {
	void *name;
	int32_t name_length;
	struct iovec *parts;
	size_t part_count;
	void *control;
	size_t control_length;
	uint32_t flags;
};

/* include/linux/socket.h: struct cmsghdr with one descriptor behind it */
struct control_fd {
	size_t length;
	int32_t level, type;
	int32_t fd, unused;
};

/* The length field of a control_fd: CMSG_LEN(sizeof(int)). */
enum { CONTROL_FD_LENGTH = 20 };

/* The same with several; at most 253, SCM_MAX_FD of include/net/scm.h. Its
 * length field is CONTROL_FDS_LENGTH of how many there are. */
enum { CONTROL_FDS = 64 };
struct control_fds {
	size_t length;
	int32_t level, type;
	int32_t fd[CONTROL_FDS];
};
#define CONTROL_FDS_LENGTH(count) (16 + 4 * (size_t)(count))

/* The same with struct ucred of include/linux/socket.h: the sender of a message
 * to a socket with SO_PASSCRED (unix(7)). It has no room for a descriptor. */
struct control_sender {
	size_t length;
	int32_t level, type;
	int32_t pid;
	uint32_t uid, gid, unused;
};

/* include/uapi/linux/ioprio.h, which is younger than what it says */
enum { IOPRIO_WHO_PROCESS = 1 };

/* include/uapi/linux/pidfd.h and magic.h, which are younger than what they
 * say */
enum { PIDFD_SIGNAL_PROCESS_GROUP = 1 << 2, PIDFS_MAGIC = 0x50494446 };

/* The same: what PIDFD_GET_INFO fills in, as far as all kernels have it. mask
 * names what is asked for, and then what was told. Linux 6.13; the exit_code,
 * a status as of wait(2), Linux 6.15. */
enum { PIDFD_INFO_EXIT = 1 << 3 };
struct pidfd_info {
	uint64_t mask, cgroup;
	uint32_t pid, group, parent, users[4], groups[4];
	int32_t exit_code;
};
#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)

/* include/linux/dirent.h: what getdents64(2) fills in. */
struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

/* The kernel's own struct flock for fcntl(2) is in asm/fcntl.h. */

/* include/uapi/linux/memfd.h, Linux 6.3 */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

/* include/uapi/linux/prctl.h, Linux 6.3; the second flag 6.6 */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
enum { MDWE_REFUSE_EXEC_GAIN = 1, MDWE_NO_INHERIT = 2 };

/* A signal set as the kernel takes it: bit n - 1 is signal n. */
#define SIGNAL_BIT(n) (1ull << ((n) - 1))

_Static_assert(sizeof(struct msghdr) == 56, "an ABI");
_Static_assert(sizeof(struct control_fd) == 24, "an ABI");
_Static_assert(sizeof(struct pidfd_info) == 64, "an ABI");
_Static_assert(sizeof(struct interface_request) == 40, "an ABI");
_Static_assert(sizeof(struct signalfd_siginfo) == 128, "an ABI");
_Static_assert(sizeof(siginfo_t) == 128, "an ABI");

#endif
