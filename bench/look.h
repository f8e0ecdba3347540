/* SPDX-License-Identifier: MIT */
/* What /proc says of a process, for measured programs without libc, and what
 * they have found as a line. */
#ifndef BENCH_LOOK_H
#define BENCH_LOOK_H

#include <stdbool.h>
#include <stdint.h>

uint64_t look_now_us(void);             /* CLOCK_MONOTONIC */

/* The beginning of /proc/PID/FILE as text in to; false: there is none. */
bool look_file(int pid, const char *file, char *to, unsigned room);

/* The file that it runs; false: none, as a thread of the kernel. */
bool look_program(int pid, char *to, unsigned room);

/* The number behind that word; 0: it is not there. */
uint64_t look_field(const char *text, const char *word);

/* All processes, one after the other. */
struct look_all {
	int fd;
	long at, got;
	char bytes[4096];
};

bool look_begin(struct look_all *all);
int look_next(struct look_all *all);    /* a pid; 0: no more, and closed */

/* The children of one, one after the other (proc(5), task/TID/children). */
struct look_children {
	int fd, number;
	long at, got;
	char bytes[4096];
};

bool look_children(struct look_children *all, int pid);
int look_child(struct look_children *all);      /* as above */

/* "word=number ", and at the end the line. */
struct look_line {
	unsigned length;
	char text[512];
};

void look_say(struct look_line *line, const char *word, uint64_t number);
void look_write(struct look_line *line, int fd);

#endif
