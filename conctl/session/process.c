/* SPDX-License-Identifier: MIT */
/* Processes and the files that they have open, by /proc. A process is held by
 * its folder there: a file below that folder belongs to this process, even when
 * another process gets its number. No file of another process is opened before
 * it has been looked at, since opening has effects of its own: on a device, a
 * FIFO, or a file that is truncated. Knows no ledger. */
#include "conctl/session/process.h"

#include <stddef.h>

#include "model/handling.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/fd.h"

enum {
	ENTRY_BYTES = 64,           /* "/proc/self/fd/2147483647" fits */
	STAT_BYTES = 512,
	NAME_BYTES = 32,            /* comm has 15, and an end of line */
	STATUS_BYTES = 4096,        /* Uid is among the first lines */
	DESCRIPTOR_MODE = 0600,     /* of a pipe of pipe(2), as it is made */
};

/* "what" and the number behind it, in `bytes` (ENTRY_BYTES). */
static const char *entry(char *bytes, const char *what, int number)
{
	struct digits d;
	const char *parts[] = { what, text_number(&d, number) };
	size_t at = 0;

	for (int k = 0; k < 2; k++)
		for (const char *c = parts[k]; *c != '\0'; c++)
			bytes[at++] = *c;
	bytes[at] = '\0';
	return bytes;
}

/* The folder of a process in /proc: a descriptor that stays that of this
 * process when its number is used again; or -errno. */
int process_open(int pid)
{
	char bytes[ENTRY_BYTES];

	return sys_openat(AT_FDCWD, entry(bytes, "/proc/", pid),
	                  O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

/* State, parent and group of a process, by its stat file (proc(5)): they stand
 * behind its name, which may hold any byte. What cannot be read is 0. */
struct relation process_relation(int folder)
{
	char stat[STAT_BYTES] = { 0 };
	long size = fd_read_file(folder, "stat", stat, sizeof(stat) - 8);
	struct relation r = { .state = 0 };
	const char *at;

	while (size > 0 && stat[size - 1] != ')')
		size--;
	if (size <= 0)
		return r;
	r.state = stat[size + 1];
	for (at = stat + size + 3; *at >= '0' && *at <= '9'; at++)
		r.parent = r.parent * 10 + (*at - '0');
	for (at += *at == ' '; *at >= '0' && *at <= '9'; at++)
		r.group = r.group * 10 + (*at - '0');
	return r;
}

/* State, parent and group of the process that has this number now. */
struct relation relation_of(int pid)
{
	int folder = process_open(pid);
	struct relation r = { .state = 0 };

	if (folder < 0)
		return r;
	r = process_relation(folder);
	(void)sys_close(folder); /* it was only read */
	return r;
}

/* Would this signal, 1 to 64, end the process that has this number, as it does
 * not handle it (model/handling.c)? What cannot be read handles all signals. */
bool process_would_end(int pid, int signal)
{
	static char status[STATUS_BYTES];
	int folder = process_open(pid);
	long size = -ESRCH;

	if (folder >= 0) {
		size = fd_read_file(folder, "status", status,
		                    sizeof(status) - 1);
		(void)sys_close(folder); /* it was only read */
	}
	status[size > 0 ? size : 0] = '\0';
	return signal_would_end(status, signal);
}

/* The number behind tabs; returns what follows it. */
static const char *number_at(const char *text, uint32_t *value)
{
	while (*text == '\t')
		text++;
	for (*value = 0; *text >= '0' && *text <= '9'; text++)
		*value = *value * 10 + (uint32_t)(*text - '0');
	return text;
}

/* The user of a process whose four user ids (credentials(7)) are the same: by
 * the Uid line of its status file, as its folder belongs to root when it cannot
 * be dumped (proc(5)). No name in a line before that has an end of a line: the
 * kernel escapes it. 0, -errno or REFUSED_MIXED. */
int process_owner(int folder, uint32_t *uid)
{
	static const char label[] = "\nUid:";
	static char status[STATUS_BYTES];
	long size = fd_read_file(folder, "status", status, sizeof(status) - 1);
	const char *at = status;
	uint32_t other;

	if (size < 0)
		return (int)size;
	status[size] = '\0';
	while (*at != '\0' && !text_starts(at, label))
		at++;
	if (*at == '\0')
		return -ENODATA;
	at = number_at(at + sizeof(label) - 1, uid);
	for (int k = 1; k < 4; k++) {
		at = number_at(at, &other);
		if (other != *uid)
			return REFUSED_MIXED;
	}
	return 0;
}

/* Whether its name (comm of proc(5)) is this line, which ends with "\n". */
bool process_is_called(int folder, const char *line)
{
	char name[NAME_BYTES] = { 0 };

	return fd_read_file(folder, "comm", name, sizeof(name) - 1) > 0 &&
	       text_equal(name, line);
}

/* fstat(2) of a file below a folder, which is not opened for it (O_PATH): 0 or
 * -errno. */
int file_stat(int folder, const char *name, struct stat *status)
{
	int fd = sys_openat(folder, name, O_PATH | O_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return fd;
	error = sys_fstat(fd, status);
	(void)sys_close(fd); /* it was only looked at */
	return error;
}

/* The same of a descriptor of the process. */
int descriptor_stat(int folder, int number, struct stat *status)
{
	char bytes[ENTRY_BYTES];

	return file_stat(folder, entry(bytes, "fd/", number), status);
}

/* Whether both are the same file. */
bool file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether it lies on a file system of that type (statfs(2)). */
static bool lies_on(int fd, long type)
{
	struct statfs status;

	return sys_fstatfs(fd, &status) >= 0 && status.f_type == type;
}

/* 0, or why it is not of that kind: -errno or REFUSED_… */
static int file_mismatch(int fd, enum file_kind kind, uint32_t owner)
{
	struct stat s;
	int error = sys_fstat(fd, &s);

	if (error < 0)
		return error;
	switch (kind) {
	case FILE_LEDGER:
		return (s.st_mode & S_IFMT) == S_IFREG && s.st_nlink == 0 &&
		                       s.st_uid == owner &&
		                       lies_on(fd, TMPFS_MAGIC)
		               ? 0
		               : REFUSED_LEDGER;
	case FILE_PIPE:
		return s.st_mode == (S_IFIFO | DESCRIPTOR_MODE) &&
		                       s.st_uid == owner &&
		                       lies_on(fd, PIPEFS_MAGIC)
		               ? 0
		               : REFUSED_PIPE;
	case FILE_REGULAR:
		break;
	}
	if ((s.st_mode & S_IFMT) == S_IFREG)
		return 0;
	return (s.st_mode & S_IFMT) == S_IFDIR ? -EISDIR : REFUSED_FILE;
}

/* Opens a file of that kind: first without reading or writing it (O_PATH of
 * open(2)), then, after a look at it, that very file again by /proc/self/fd.
 * flags: of open(2); O_CLOEXEC is added. A descriptor, -errno or REFUSED_… */
int file_open(int folder, const char *name, enum file_kind kind,
              uint32_t owner, int flags)
{
	char bytes[ENTRY_BYTES];
	int seen = sys_openat(folder, name, O_PATH | O_CLOEXEC, 0);
	int fd;

	if (seen < 0)
		return seen;
	fd = file_mismatch(seen, kind, owner);
	if (fd == 0)
		fd = sys_openat(AT_FDCWD, entry(bytes, "/proc/self/fd/", seen),
		                flags | O_CLOEXEC, 0);
	(void)sys_close(seen); /* what was opened is the same */
	return fd;
}

/* Opens what a descriptor of the process refers to, as file_open() does. */
int descriptor_open(int folder, int number, enum file_kind kind,
                    uint32_t owner, int flags)
{
	char bytes[ENTRY_BYTES];

	return file_open(folder, entry(bytes, "fd/", number), kind, owner,
	                 flags);
}
