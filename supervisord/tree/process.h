/* SPDX-License-Identifier: MIT */
/* A process by more than its number: the kernel gives that to another process
 * once the first one has been reaped. Knows no service. */
#ifndef SUPERVISORD_TREE_PROCESS_H
#define SUPERVISORD_TREE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* What no other process of this boot has: the inode of its pidfd (pidfs, Linux
 * 6.9), as inode << 1 | 1; before that its start time in ticks since boot
 * (proc(5), /proc/pid/stat), as ticks << 1. Two processes have the same ticks
 * only if a number comes again within 10 ms. */
enum { KEY_UNKNOWN = 0 };

/* One process, from process_open() to process_close(), whatever becomes of its
 * number: by a pidfd, by its folder in /proc, or, where neither can be had
 * (fd -1), by its number alone. */
struct process {
	int32_t pid;
	int fd;
	bool pidfs;                 /* fd is a pidfd that has an inode */
};

/* 0, or -errno: -ESRCH if no process has that number. */
int process_open(struct process *p, int32_t pid);
void process_close(const struct process *p);

/* Its key, or KEY_UNKNOWN: it has been reaped, or there is no way to tell. */
uint64_t process_key(const struct process *p);

/* The key of the process that has this number now. False: there is none. */
bool process_find_key(int32_t pid, uint64_t *key);

/* Both are known, and of the same kind: only then do they tell anything. */
static inline bool process_keys_tell(uint64_t a, uint64_t b)
{
	return a != KEY_UNKNOWN && b != KEY_UNKNOWN && ((a ^ b) & 1) == 0;
}

/* It has not been reaped. */
bool process_is_there(const struct process *p);

/* A signal to it, or to the process group that it leads (group; to it alone if
 * it leads none yet). 0 or -errno. A group is held by its leader only from
 * Linux 6.9 on; before, its number is used while the leader is there. */
int process_signal(const struct process *p, int signal, bool group);

#endif
