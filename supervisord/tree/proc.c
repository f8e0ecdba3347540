/* SPDX-License-Identifier: MIT */
/* Processes as /proc shows them (proc(5)). A process is held by its folder,
 * which is never that of another process, whatever its number becomes. */
#include "supervisord/tree/proc.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/fd.h"
#include "sys/memory.h"

enum {
	PATH_BYTES = 64,
	STAT_BYTES = 1024, /* 50 fields of up to 20 digits, and a name */
	STATUS_BYTES = 512, /* up to Uid, the ninth line */
};

/* The fields behind the name. */
enum {
	FIELD_PARENT = 1,
	FIELD_GROUP = 2,
	FIELD_SESSION = 3,
	FIELD_FLAGS = 6,
	FIELD_START = 19,
	FIELD_MEMORY = 20, /* 0: a thread of the kernel, or it exits */
	FIELD_ENVIRONMENT = 47,
	FIELDS,
};

static char *append_path(char *at, const char *text)
{
	size_t length = text_length(text);

	memcpy(at, text, length + 1);
	return at + length;
}

/* The folder of the process with that number: what is done by this descriptor
 * is about that one process, also when its number is used again. A descriptor
 * to close, or -errno: it is gone. */
int proc_open(int32_t pid)
{
	char path[PATH_BYTES];
	struct digits d;

	(void)append_path(append_path(path, "/proc/"), text_number(&d, pid));
	return sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	                  0);
}

static void read_name(const char *stat, long end, struct proc *p)
{
	long at = 0;
	int length = 0;

	while (at < end && stat[at] != '(')
		at++;
	for (at++; at < end && length < PROC_NAME - 1; at++)
		p->name[length++] = stat[at] >= ' ' && stat[at] <= '~'
		                            ? stat[at]
		                            : '?';
	p->name[length] = '\0';
}

static void read_fields(const char *stat, long at, long size, struct proc *p)
{
	uint64_t field[FIELDS] = { 0 };

	p->state = at < size ? stat[at] : '\0';
	for (int k = 0; k < FIELDS && at < size; k++, at++)
		for (; at < size && stat[at] != ' '; at++)
			if (stat[at] >= '0' && stat[at] <= '9')
				field[k] = 10 * field[k] +
				           (uint64_t)(stat[at] - '0');
	p->parent = (int32_t)field[FIELD_PARENT];
	p->group = (int32_t)field[FIELD_GROUP];
	p->session = (int32_t)field[FIELD_SESSION];
	p->flags = (uint32_t)field[FIELD_FLAGS];
	p->start = field[FIELD_START];
	p->exits = field[FIELD_MEMORY] == 0;
	p->environment = field[FIELD_ENVIRONMENT];
}

/* Reads /proc/PID/stat into *p: "pid (name) state parent group session …", of
 * which the name may hold anything. False: it is gone; *p is then as it was. */
bool proc_read(int folder, struct proc *p)
{
	char stat[STAT_BYTES];
	long size = fd_read_file(folder, "stat", stat, sizeof(stat));
	long end = size;

	while (end > 0 && stat[end - 1] != ')')
		end--;
	if (end <= 0)
		return false;
	p->pid = 0;
	for (long at = 0; stat[at] >= '0' && stat[at] <= '9'; at++)
		p->pid = 10 * p->pid + (stat[at] - '0');
	read_name(stat, end - 1, p);
	read_fields(stat, end + 1, size, p);
	return true;
}

/* Behind the first word of that line. The name of the process, which is before
 * it, has no newline (proc(5)). NULL: there is no such line. */
static const char *uid_line(const char *status)
{
	for (; *status != '\0'; status++)
		if (text_starts(status, "\nUid:"))
			return status + sizeof("\nUid:") - 1;
	return NULL;
}

/* The user ids of the first thread of a process, as the user namespace of this
 * process numbers them (proc(5), /proc/PID/status). The owner of the folder
 * tells less: it is the effective id alone, and the owner of the files in it is
 * root if the process is not dumpable, which each process may choose (prctl(2),
 * PR_SET_DUMPABLE). A zombie has ids, too. False: it is gone. */
bool proc_users(int folder, uint32_t ids[PROC_USERS])
{
	char status[STATUS_BYTES + 1];
	long size = fd_read_file(folder, "status", status, STATUS_BYTES);
	const char *at;

	status[size > 0 ? size : 0] = '\0';
	at = uid_line(status);
	for (int k = 0; at != NULL && k < PROC_USERS; k++) {
		while (*at == '\t' || *at == ' ')
			at++;
		if (*at < '0' || *at > '9')
			return false; /* cut off */
		for (ids[k] = 0; *at >= '0' && *at <= '9'; at++)
			ids[k] = 10 * ids[k] + (uint32_t)(*at - '0');
	}
	return at != NULL;
}

/* Is each of these ids root's or that user's? */
bool proc_users_are(const uint32_t ids[PROC_USERS], uint32_t user)
{
	for (int k = 0; k < PROC_USERS; k++)
		if (ids[k] != 0 && ids[k] != user)
			return false;
	return true;
}

/* proc_open(), proc_read() and close in one. False: there is no such
 * process. */
bool proc_find(int32_t pid, struct proc *p)
{
	int folder = proc_open(pid);
	bool there = folder >= 0 && proc_read(folder, p);

	if (folder >= 0)
		(void)sys_close(folder); /* it was only read */
	return there;
}

/* Is one of its nearest `depth` ancestors the process `from`, by what the
 * kernel tells? */
bool proc_descends(const struct proc *p, int32_t from, int depth)
{
	struct proc at = *p;

	for (; depth > 0; depth--) {
		if (at.parent == from)
			return true;
		if (at.parent <= 1 || !proc_find(at.parent, &at))
			return false;
	}
	return false;
}

/* Sends a signal to the process in this folder, which is taken for a pidfd
 * (pidfd_send_signal(2)). Before Linux 5.1 it is sent to the process that has
 * that number. 0 or -errno. */
int proc_signal(int folder, int32_t pid, int signal)
{
	int error = sys_pidfd_send_signal(folder, signal, 0);

	return error == -ENOSYS ? sys_kill(pid, signal) : error;
}

/* Is there a /proc that numbers processes as this process does? */
bool proc_usable(void)
{
	char link[PATH_BYTES] = { 0 };
	struct digits d;

	return sys_readlinkat(AT_FDCWD, "/proc/self", link, sizeof(link) - 1) >
	               0 &&
	       text_equal(link, text_number(&d, sys_getpid()));
}

/* Does it run, or may it do so again by itself? */
bool proc_lives(const struct proc *p)
{
	return p->state != 'Z' && p->state != 'X' && p->state != 'x';
}

static int list_begin(struct proc_list *l, int fd, bool text)
{
	l->fd = fd;
	l->text = text;
	l->size = l->at = 0;
	return fd < 0 ? fd : 0;
}

/* Begins a list of all processes. 0 or -errno; then the list is empty. */
int proc_list_all(struct proc_list *l)
{
	return list_begin(l,
	                  sys_openat(AT_FDCWD, "/proc",
	                             O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0),
	                  false);
}

static int open_children(int32_t pid)
{
	char path[PATH_BYTES], *at = append_path(path, "/proc/");
	struct digits d;
	const char *number = text_number(&d, pid);

	at = append_path(append_path(at, number), "/task/");
	(void)append_path(append_path(at, number), "/children");
	return sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

/* Begins a list of the children of a process of a single thread. Where the
 * kernel was built without CONFIG_PROC_CHILDREN it is a list of all processes:
 * the caller looks at proc.parent. 0 or -errno; then the list is empty. */
int proc_list_children(struct proc_list *l, int32_t pid)
{
	int error = list_begin(l, open_children(pid), true);

	return error == -ENOENT ? proc_list_all(l) : error;
}

/* Closes a list before its end. */
void proc_list_close(struct proc_list *l)
{
	if (l->fd >= 0)
		(void)sys_close(l->fd); /* it was only read */
	l->fd = -1;
}

static int next_byte(struct proc_list *l)
{
	if (l->at >= l->size) {
		l->size = sys_read(l->fd, l->bytes, sizeof(l->bytes));
		l->at = 0;
	}
	return l->size > 0 ? (unsigned char)l->bytes[l->at++] : -1;
}

static int32_t next_number(struct proc_list *l)
{
	int32_t pid = 0;
	int byte;

	do {
		byte = next_byte(l);
	} while (byte == ' ');
	for (; byte >= '0' && byte <= '9'; byte = next_byte(l))
		pid = 10 * pid + (byte - '0');
	return pid;
}

static const struct linux_dirent64 *next_entry(struct proc_list *l)
{
	const struct linux_dirent64 *entry;

	if (l->at >= l->size) {
		l->size = sys_getdents64(l->fd, l->bytes, sizeof(l->bytes));
		l->at = 0;
	}
	if (l->size <= 0)
		return NULL;
	entry = (const void *)(l->bytes + l->at);
	l->at += entry->d_reclen;
	return entry;
}

static int32_t next_folder(struct proc_list *l)
{
	const struct linux_dirent64 *entry;
	uint64_t pid;

	while ((entry = next_entry(l)) != NULL)
		if (text_to_number(entry->d_name, INT32_MAX, &pid))
			return (int32_t)pid;
	return 0;
}

/* The next pid of a list; 0 at the end, where the list is closed. */
int32_t proc_next(struct proc_list *l)
{
	int32_t pid = l->text ? next_number(l) : next_folder(l);

	if (pid == 0)
		proc_list_close(l);
	return pid;
}

/* Has the first thread of that process children? False as well if that cannot
 * be told. */
bool proc_has_children(int32_t pid)
{
	int fd = open_children(pid);
	char byte;
	bool some;

	if (fd < 0)
		return false;
	some = sys_read(fd, &byte, 1) == 1;
	(void)sys_close(fd); /* it was only read */
	return some;
}
