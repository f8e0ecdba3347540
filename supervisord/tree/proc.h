/* SPDX-License-Identifier: MIT */
/* Processes as /proc shows them. Knows no service. */
#ifndef SUPERVISORD_TREE_PROC_H
#define SUPERVISORD_TREE_PROC_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PROC_NAME = 16, /* TASK_COMM_LEN of the kernel */
	PROC_LIST_BYTES = 1024,
	PROC_PATH = 64, /* bytes */
	PROCESS_PARENTS = 16, /* looked at, up to a service's process */
};

struct proc {
	int32_t pid, parent, group, session;
	int32_t thread;       /* 0; or one that lives, if the first thread has
	                         ended before others: then exits, environment
	                         and state are those of this one */
	uint32_t flags;       /* PF_… of include/linux/sched.h */
	uint64_t start;       /* ticks since boot */
	uint64_t environment; /* its address; 0: in exec(2), or hidden */
	uint32_t status;      /* of a zombie, as of wait(2), of which 0 may mean
	                         that it is hidden */
	bool exits;           /* it has no memory any more, but maybe files and
	                         locks */
	char state;           /* a letter: proc(5), /proc/PID/stat */
	char name[PROC_NAME]; /* '?' for bytes that are not printable ASCII */
};

/* User ids: real, effective, saved, of the file system. */
enum { PROC_USERS = 4 };

/* One process. folder: of it, by proc_open(). False: it is gone. */
int proc_open(int32_t pid);                 /* a descriptor, or -errno */
bool proc_read(int folder, struct proc *p);
bool proc_find(int32_t pid, struct proc *p);
bool proc_users(int folder, uint32_t ids[PROC_USERS]);
bool proc_users_are(const uint32_t ids[PROC_USERS], uint32_t user);
const char *proc_file(const struct proc *p, const char *name,
                      char path[PROC_PATH]);
bool proc_lives(const struct proc *p);      /* it is no zombie */
bool proc_descends(const struct proc *p, int32_t from, int depth);
bool proc_has_children(int folder);
bool proc_would_end(int32_t pid, int signal);
int proc_signal(int folder, int32_t pid, int signal);

bool proc_usable(void);                     /* there is a /proc */

/* A list of processes, read in pieces. */
struct proc_list {
	int fd;
	int folder; /* of the process that proc_each() has read; or below 0 */
	bool text; /* of numbers; else a folder */
	long size, at;
	_Alignas(8) char bytes[PROC_LIST_BYTES];
};

int proc_list_all(struct proc_list *l);     /* 0 or -errno */
int proc_list_children(struct proc_list *l, int32_t pid);
int32_t proc_next(struct proc_list *l);     /* 0: the end; it is closed */
bool proc_each(struct proc_list *l, struct proc *p);
void proc_list_close(struct proc_list *l);  /* before that */

#endif
