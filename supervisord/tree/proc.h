/* SPDX-License-Identifier: MIT */
/* Processes as /proc shows them, one after the other. Knows no service. */
#ifndef SUPERVISORD_TREE_PROC_H
#define SUPERVISORD_TREE_PROC_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PROC_NAME = 16, /* TASK_COMM_LEN of the kernel */
	PROC_LIST_BYTES = 1024,
};

struct proc {
	int32_t pid, parent, group, session;
	uint64_t start; /* ticks since boot */
	uint64_t environment; /* its address; 0: in exec(2), or not to be told */
	bool exits;     /* it has no memory any more, but maybe files, locks */
	char state;     /* a letter: proc(5), /proc/<pid>/stat */
	char name[PROC_NAME]; /* '?' for what no terminal should get */
};

/* Its folder: whatever is done by this descriptor is about that one process,
 * also when its number is another's by now. Or -errno: it is gone. */
int proc_open(int32_t pid);
bool proc_read(int folder, struct proc *p);  /* false: it is gone */
bool proc_find(int32_t pid, struct proc *p); /* both at once */

/* One of its nearest `depth` ancestors is that process: what the kernel tells. */
bool proc_descends(const struct proc *p, int32_t from, int depth);

/* Before Linux 5.1 it goes to whoever has that number. */
int proc_signal(int folder, int32_t pid, int signal);

/* The user ids that it has: real, effective, saved and of the file system, of
 * its first thread, as our user namespace numbers them (proc(5), /proc/PID/
 * status). The owner of the folder is less: it is the effective one alone, and
 * of the files in it root, if the process is not dumpable, which each may ask
 * for (prctl(2), PR_SET_DUMPABLE). A zombie has ids, too. False: it is gone. */
enum { PROC_USERS = 4 };
bool proc_users(int folder, uint32_t ids[PROC_USERS]);

/* Each of them is root's or that user's. */
bool proc_users_are(const uint32_t ids[PROC_USERS], uint32_t user);

/* There is a /proc, and it numbers processes as we do. */
bool proc_usable(void);

/* It runs, or may do so again by itself. */
bool proc_lives(const struct proc *p);

struct proc_list {
	int fd;
	bool text; /* of numbers; else a folder */
	long size, at;
	_Alignas(8) char bytes[PROC_LIST_BYTES];
};

/* All processes. 0, or -errno. */
int proc_list_all(struct proc_list *l);

/* The children of one of a single thread. They may be more than those, where
 * the kernel was built without CONFIG_PROC_CHILDREN: look at proc.parent. */
int proc_list_children(struct proc_list *l, int32_t pid);

/* The next one; 0 at the end, when the list is closed. */
int32_t proc_next(struct proc_list *l);
void proc_list_close(struct proc_list *l);

/* Its first thread has children; false if that cannot be told. */
bool proc_has_children(int32_t pid);

#endif
