/* SPDX-License-Identifier: MIT */
/* What several of the helpers share. Names begin with call_ here, too: they
 * stand beside those of a configuration. */
#ifndef CONFIG_CALL_FILE_H
#define CONFIG_CALL_FILE_H

#include "config/connate/call.h"
#include "sys/kernel.h"

enum { CALL_BLOCK_BYTES = 4096 };

/* file.c: paths begin at the working folder; descriptors are close-on-exec */

/* flags as in open(2); a file that is made has exactly this mode. */
int call_open(const char *path, int flags, unsigned mode);

/* A device or a FIFO does not become a terminal and does not make us wait. */
int call_open_read(const char *path);

/* Up to the end of the file or of room: how many bytes. */
long call_read_all(int fd, void *room, size_t size);
int call_write_all(int fd, const void *bytes, size_t size);

/* Closes a file that was written: the first error of all. */
int call_close(int fd, int error);

/* The first size - 1 bytes, and a 0 byte: how many without that. */
long call_read_text(const char *path, char *room, size_t size);

/* part.c: the file that is to replace another */
struct call_part {
	const char *path; /* of what it replaces */
	char name[PATH_MAX];
};

/* Its name is free then. */
int call_part_begin(struct call_part *part, const char *path);

/* A descriptor to write to. */
int call_part_open(struct call_part *part, const char *path);

/* error is what writing gave; with 0 it gets this mode and its place, else it
 * goes. fd is closed. */
int call_part_end(struct call_part *part, int fd, unsigned mode, int error);

/* It gets its place, or goes. */
int call_part_rename(struct call_part *part);

/* environment.c: that of the service */
char *const *call_environment(void);

#endif
