/* SPDX-License-Identifier: MIT */
/* Processes as /proc shows them (proc(5)). A process is held by its folder,
 * which is never that of another process, whatever its number becomes. */
#include "supervisord/tree/proc.h"

#include "model/handling.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/fd.h"
#include "sys/memory.h"

enum {
	STAT_BYTES = 1024, /* 50 fields of up to 20 digits, and a name */
	SIGNALS_BYTES = 4096, /* of /proc/PID/status, up to SigCgt */
	STATUS_BYTES = 512, /* up to Uid, the ninth line */
};

/* The fields behind the name. */
enum {
	FIELD_PARENT = 1,
	FIELD_GROUP = 2,
	FIELD_SESSION = 3,
	FIELD_FLAGS = 6,
	FIELD_THREADS = 17,
	FIELD_START = 19,
	FIELD_MEMORY = 20, /* 0: a thread of the kernel, or it exits */
	FIELD_ENVIRONMENT = 47,
	FIELD_STATUS = 49,
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
	char path[PROC_PATH];
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

static uint64_t read_fields(const char *stat, long at, long size, struct proc *p)
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
	p->status = (uint32_t)field[FIELD_STATUS];
	return field[FIELD_THREADS] > 0 ? field[FIELD_THREADS] : 1;
}

/* Does it run, or may it do so again by itself? */
bool proc_lives(const struct proc *p)
{
	return p->state != 'Z' && p->state != 'X' && p->state != 'x';
}

static int list_begin(struct proc_list *l, int fd, bool text)
{
	l->fd = fd;
	l->folder = -1;
	l->text = text;
	l->size = l->at = 0;
	return fd < 0 ? fd : 0;
}

static void close_folder(struct proc_list *l)
{
	if (l->folder >= 0)
		(void)sys_close(l->folder); /* it was only read */
	l->folder = -1;
}

/* Closes a list before its end. */
void proc_list_close(struct proc_list *l)
{
	close_folder(l);
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

/* The next process of a list that is there: it is read, and l->folder is its
 * folder until the next call. False at the end, where the list is closed. */
bool proc_each(struct proc_list *l, struct proc *p)
{
	int32_t pid;

	while (close_folder(l), (pid = proc_next(l)) != 0) {
		l->folder = proc_open(pid);
		if (l->folder >= 0 && proc_read(l->folder, p))
			return true;
	}
	return false;
}

static int open_threads(int folder)
{
	return sys_openat(folder, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	                  0);
}

/* "Z 0 -1 -1 …", behind the name: the process is reaped while its file is read,
 * which says nothing of parent, group and session any more (seen in Linux
 * 6.18). */
static bool is_reaped(const char *stat, long state, long size)
{
	const int group = 4; /* behind the state; none is below 0 else */

	return state + group < size && stat[state + group] == '-';
}

/* "pid (name) state parent group session …", of which the name may hold
 * anything. The number of threads; 0: it is gone, and *p is as it was. */
static uint64_t read_stat(int folder, const char *file, struct proc *p)
{
	char stat[STAT_BYTES];
	long size = fd_read_file(folder, file, stat, sizeof(stat));
	long end = size;

	while (end > 0 && stat[end - 1] != ')')
		end--;
	if (end <= 0 || is_reaped(stat, end + 1, size))
		return 0;
	p->pid = 0;
	for (long at = 0; stat[at] >= '0' && stat[at] <= '9'; at++)
		p->pid = 10 * p->pid + (stat[at] - '0');
	p->thread = 0;
	read_name(stat, end - 1, p);
	return read_fields(stat, end + 1, size, p);
}

static const char *thread_file(int32_t thread, const char *name,
                               char path[PROC_PATH])
{
	struct digits d;
	char *at = append_path(path, "task/");

	at = append_path(append_path(at, text_number(&d, thread)), "/");
	(void)append_path(at, name);
	return path;
}

/* A process whose first thread has ended (pthread_exit(3)) is a zombie by its
 * own file, but its other threads work: it lives as one of those does. The
 * first thread is counted until the last has ended. */
static void read_living_thread(int folder, struct proc *p)
{
	struct proc_list threads;
	char path[PROC_PATH];
	struct proc other;
	int32_t thread;

	if (list_begin(&threads, open_threads(folder), false) < 0)
		return; /* it has ended */
	while (p->thread == 0 && (thread = proc_next(&threads)) != 0)
		if (thread != p->pid &&
		    read_stat(folder, thread_file(thread, "stat", path),
		              &other) > 0 &&
		    proc_lives(&other)) {
			p->thread = thread;
			p->state = other.state;
			p->exits = other.exits;
			p->environment = other.environment;
		}
	proc_list_close(&threads);
}

/* Reads /proc/PID/stat into *p, and, if the first thread has ended before
 * others, how one of those is. False: the process is gone; *p is then as it
 * was. */
bool proc_read(int folder, struct proc *p)
{
	uint64_t threads = read_stat(folder, "stat", p);

	if (threads > 1 && !proc_lives(p))
		read_living_thread(folder, p);
	return threads > 0;
}

/* The name, below the folder of the process, of a file which a thread has only
 * while it lives (environ, exe, fd): `name` itself, or of the thread that *p
 * names. */
const char *proc_file(const struct proc *p, const char *name,
                      char path[PROC_PATH])
{
	return p->thread == 0 ? name : thread_file(p->thread, name, path);
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
 * (pidfd_send_signal(2)). Before Linux 5.1, or where a sandbox refuses that, it
 * is sent to the number of the process, if that was not reaped just before. 0
 * or -errno. */
int proc_signal(int folder, int32_t pid, int signal)
{
	int error = sys_pidfd_send_signal(folder, signal, 0);
	struct proc p;

	if (!call_is_missing(error))
		return error;
	return proc_read(folder, &p) ? sys_kill(pid, signal) : -ESRCH;
}

/* Is there a /proc that numbers processes as this process does? */
bool proc_usable(void)
{
	char link[PROC_PATH] = { 0 };
	struct digits d;

	return sys_readlinkat(AT_FDCWD, "/proc/self", link, sizeof(link) - 1) >
	               0 &&
	       text_equal(link, text_number(&d, sys_getpid()));
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
	char path[PROC_PATH], *at = append_path(path, "/proc/");
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

static bool has_text(int folder, const char *file)
{
	char byte;

	return fd_read_file(folder, file, &byte, 1) == 1;
}

/* Has a thread of that process children? False as well if that cannot be
 * told. */
bool proc_has_children(int folder)
{
	struct proc_list threads;
	char path[PROC_PATH];
	int32_t thread;
	bool some = false;

	if (list_begin(&threads, open_threads(folder), false) >= 0)
		while (!some && (thread = proc_next(&threads)) != 0)
			some = has_text(folder, thread_file(thread, "children",
			                                    path));
	proc_list_close(&threads);
	return some;
}

/* Would this signal, 1 to 64, end the process that has this number, as it does
 * not handle it (model/handling.c)? What cannot be read handles all signals. */
bool proc_would_end(int32_t pid, int signal)
{
	static char status[SIGNALS_BYTES];
	int folder = proc_open(pid);
	long size = -ESRCH;

	if (folder >= 0) {
		size = fd_read_file(folder, "status", status,
		                    sizeof(status) - 1);
		(void)sys_close(folder); /* it was only read */
	}
	status[size > 0 ? size : 0] = '\0';
	return signal_would_end(status, signal);
}
