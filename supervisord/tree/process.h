/* SPDX-License-Identifier: MIT */
/* A process by more than its number, which the kernel gives to another process
 * once the first one was reaped. Knows no service. */
#ifndef SUPERVISORD_TREE_PROCESS_H
#define SUPERVISORD_TREE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* A key is what no other process of this boot has: the inode of its pidfd
 * (pidfs, Linux 6.9), as inode << 1 | 1; before that its start time in ticks
 * since boot (proc(5), /proc/pid/stat), as ticks << 1. Two processes have the
 * same ticks only if a number comes again within 10 ms. */
enum { KEY_UNKNOWN = 0 };

/* One process, from process_open() to process_close(), whatever becomes of its
 * number: by a pidfd, by its folder in /proc, or, where neither can be had
 * (fd -1), by its number alone. */
struct process {
	int32_t pid;
	int fd;
	bool pidfs;                 /* fd is a pidfd that has an inode */
};

int process_open(struct process *p, int32_t pid); /* 0 or -errno */
void process_close(const struct process *p);
uint64_t process_key(const struct process *p); /* or KEY_UNKNOWN */
bool process_find_key(int32_t pid, uint64_t *key);
bool process_is_there(const struct process *p); /* it was not reaped */
int process_signal(const struct process *p, int signal, bool group);
int process_signal_group(int32_t group, int32_t pid, int signal);
bool process_group_has_child(int32_t group); /* of the caller */

/* Are both known, and of the same kind? Only then they can be compared. */
static inline bool process_keys_tell(uint64_t a, uint64_t b)
{
	return a != KEY_UNKNOWN && b != KEY_UNKNOWN && ((a ^ b) & 1) == 0;
}

#endif
