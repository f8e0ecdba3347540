/* SPDX-License-Identifier: MIT */
/* What helpers share. Names begin with call_ here, too, as they stand beside
 * those of a configuration. */
#ifndef CONFIG_CALL_FILE_H
#define CONFIG_CALL_FILE_H

#include "config/connate/call.h"
#include "sys/kernel.h"

enum { CALL_BLOCK_BYTES = 4096 };

/* file.c: opening, reading, writing */
int call_open(const char *path, int flags, unsigned mode);
int call_open_read(const char *path);
long call_read_all(int fd, void *room, size_t size);
int call_write_all(int fd, const void *bytes, size_t size);
int call_close(int fd, int error);
long call_read_text(const char *path, char *room, size_t size);

/* part.c: the file that is to replace another */
struct call_part {
	const char *path; /* of the one that is replaced */
	char name[PATH_MAX];
};

int call_part_begin(struct call_part *part, const char *path);
int call_part_open(struct call_part *part, const char *path);
int call_part_end(struct call_part *part, int fd, unsigned mode, int error);
int call_part_rename(struct call_part *part);

/* environment.c: the environment of the service */
char *const *call_environment(void);

#endif
