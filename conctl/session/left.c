/* SPDX-License-Identifier: MIT */
/* What a service has left: a process of the group of a former program, which by
 * now is a child of supervisord or connate. It says itself of which service it
 * is. Knows no screen. */
#include "conctl/session/left.h"

#include <stdbool.h>

#include "conctl/session/identity.h"
#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "conctl/session/record.h"
#include "conctl/session/supervisord.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/fd.h"

enum {
	PATH_BYTES = 64,            /* "/proc/4194304/task/4194304/children" */
	LIST_BYTES = 32768,         /* of pids; more are not looked at */
	ENVIRONMENT_BYTES = 32768,
	THREADS_BYTES = 512,        /* some of them do */
};

static char *append(char *to, const char *text)
{
	while ((*to = *text++) != '\0')
		to++;
	return to;
}

static long read_children(int parent, char list[LIST_BYTES])
{
	char path[PATH_BYTES], *at = append(path, "/proc/");
	struct digits d;
	const char *number = text_number(&d, parent);

	at = append(append(append(at, number), "/task/"), number);
	(void)append(at, "/children");
	return fd_read_file(AT_FDCWD, path, list, LIST_BYTES - 1);
}

/* The environment of a thread, as the process was started with it, names the
 * service. */
static bool thread_says(int thread, uint32_t service)
{
	static char bytes[ENVIRONMENT_BYTES + 1];
	long size = fd_read_file(thread, "environ", bytes, ENVIRONMENT_BYTES);
	const char *entry = table_name(session.table, service) -
	                    (sizeof(TABLE_NAME_IS) - 1);

	bytes[size > 0 ? size : 0] = '\0';
	for (long at = 0; at < size; at += (long)text_length(bytes + at) + 1)
		if (text_equal(bytes + at, entry))
			return true;
	return false;
}

/* A zombie has no environment; but a process whose first thread alone has ended
 * is shown as one, and its other threads have it. */
static bool says_service(int folder, uint32_t service)
{
	_Alignas(8) char list[THREADS_BYTES];
	int threads = sys_openat(folder, "task",
	                         O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long got = threads < 0 ? 0 : sys_getdents64(threads, list, sizeof(list));
	bool says = false;

	for (long at = 0; at < got && !says;) {
		const struct linux_dirent64 *entry = (const void *)(list + at);
		int thread = entry->d_name[0] == '.'
		                     ? -ENOENT
		                     : sys_openat(threads, entry->d_name,
		                                  O_PATH | O_CLOEXEC, 0);

		says = thread >= 0 && thread_says(thread, service);
		if (thread >= 0)
			(void)sys_close(thread); /* it was only read */
		at += entry->d_reclen;
	}
	if (threads >= 0)
		(void)sys_close(threads); /* it was only read */
	return says;
}

/* Every process of a service that supervisord has started leads its group. */
static bool is_left(int pid, uint32_t service, char name[LEFT_NAME])
{
	int folder = process_open(pid);
	struct relation r;
	bool is;
	long size;

	if (folder < 0)
		return false;
	r = process_relation(folder);
	is = r.group != 0 && r.group != pid && says_service(folder, service);
	size = is ? fd_read_file(folder, "comm", name, LEFT_NAME - 1) : 0;
	name[size > 0 ? size - 1 : 0] = '\0'; /* an end of line */
	(void)sys_close(folder);              /* it was only read */
	return is;
}

static int find_below(int parent, uint32_t service, char name[LEFT_NAME])
{
	static char list[LIST_BYTES];
	struct record r = session_record(service);
	long size = parent > 0 ? read_children(parent, list) : 0;
	int pid = 0;

	for (long at = 0; at < size; at++) {
		if (list[at] >= '0' && list[at] <= '9') {
			pid = 10 * pid + (list[at] - '0');
			continue;
		}
		if (pid != r.life.pid && pid != r.helper &&
		    is_left(pid, service, name))
			return pid;
		pid = 0;
	}
	return 0;
}

/* A process that a service without a guard has left, and its name; 0: there is
 * none, or it may not be seen. Only with /proc/PID/task/PID/children
 * (CONFIG_PROC_CHILDREN). */
int left_find(uint32_t service, char name[LEFT_NAME])
{
	struct report report;
	int pid = 0;

	if (table_guards(table_service(session.table, service)) ||
	    !pids_are_ours(session.folder))
		return 0;
	if (supervisord_look(&report) == SUPERVISORD_RUNS)
		pid = find_below(report.supervisord, service, name);
	return pid != 0 ? pid
	                : find_below(session.connate.pid, service, name);
}
