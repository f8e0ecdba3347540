/* SPDX-License-Identifier: MIT */
/* What an earlier session has left: connate and supervisord were both killed at
 * once, and with them went the ledger; the services are orphans, and run. A new
 * session with the same lock file must not start any of them a second time. It
 * finds them by what was put into their environment, takes them for up, and
 * watches them (orphans.c).
 *
 * Programs that show a title of their own write it over their environment. One
 * of those that leads a session and runs the file of a service is taken for it,
 * unless a session beside ours has it (others.c).
 *
 * On its way to exec, and while it is a function of the configuration, a process
 * has supervisord's environment, but its ledger as well, which knows it.
 *
 * Between a guard and its program, the program counts: a guard that was left
 * does its part alone. */
#include "model/text.h"
#include "supervisord/proc.h"
#include "supervisord/supervisord.h"
#include "sys/message.h"

/* Our entries come first (spawn.c). */
enum {
	ENVIRON_BYTES = 2 * PATH_MAX,
	EXEC_TRIES = 20,
	EXEC_PAUSE_MS = 1,
};

static const struct table *table(void)
{
	return supervisor.world.table;
}

/* The beginning of its environment, with a NUL behind it. */
static long read_once(int folder, char *bytes)
{
	int fd = sys_openat(folder, "environ", O_RDONLY | O_CLOEXEC, 0);
	long got;

	if (fd < 0)
		return fd; /* of another user: none of ours */
	got = sys_read(fd, bytes, ENVIRON_BYTES - 1);
	(void)sys_close(fd); /* it was only read */
	bytes[got > 0 ? got : 0] = '\0';
	return got;
}

/* In the middle of exec(2), or of its end, a process has none. */
static long read_environment(int folder, char *bytes)
{
	long size = read_once(folder, bytes);

	for (int i = 0; size == 0 && i < EXEC_TRIES; i++) {
		struct __kernel_timespec time = {
			.tv_nsec = EXEC_PAUSE_MS * 1000000,
		};

		(void)sys_ppoll(NULL, 0, &time);
		size = read_once(folder, bytes);
	}
	return size;
}

/* What follows these words in it; or NULL. */
static const char *value_of(const char *bytes, long size, const char *words)
{
	for (long at = 0; at < size; at += (long)text_length(bytes + at) + 1)
		if (text_starts(bytes + at, words))
			return bytes + at + text_length(words);
	return NULL;
}

static bool is_overwritten(const char *bytes)
{
	while (*bytes != '=' && *bytes != '\0')
		bytes++;
	return *bytes == '\0';
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static uint32_t by_program(int folder)
{
	struct stat program, own;

	if (sys_fstatat(folder, "exe", &program, 0) < 0)
		return TABLE_NONE;
	for (uint32_t i = 0; i < table()->services; i++) {
		const struct table_action *run =
			&table_service(table(), i)->run;
		const uint32_t *path = table_list(table(), run->at);

		if (run->kind == ACTION_EXEC &&
		    sys_fstatat(AT_FDCWD, table_text(table(), *path), &own,
		                0) == 0 &&
		    same_file(&own, &program))
			return i;
	}
	return TABLE_NONE;
}

static uint32_t service_of(int folder, int32_t pid)
{
	static char bytes[ENVIRON_BYTES];
	long size = read_environment(folder, bytes);
	const char *lock = value_of(bytes, size, TABLE_LOCK_IS);
	const char *name = value_of(bytes, size, TABLE_NAME_IS);

	if (size <= 0)
		return TABLE_NONE;
	if (is_overwritten(bytes))
		return others_have(pid) ? TABLE_NONE : by_program(folder);
	if (lock == NULL || name == NULL ||
	    !text_equal(lock, supervisor.lock + sizeof(TABLE_LOCK_IS) - 1))
		return TABLE_NONE;
	return table_find(table(), name);
}

/* A lock file in $NAME/ is another one where NAME is something else. What is
 * not in the part of its environment that we read is taken for the same. */
static bool has_our_lock(int folder)
{
	static char bytes[ENVIRON_BYTES];
	const char *file = table_text(table(), table()->lock_file);
	const char *ours = supervisor.lock + sizeof(TABLE_LOCK_IS) - 1;
	size_t length = text_variable(file);
	long size = length > 0 ? read_environment(folder, bytes) : 0;
	char *block[] = { bytes, NULL };
	const char *value = NULL;

	for (long at = 0; at < size && value == NULL;
	     at += (long)text_length(bytes + at) + 1) {
		block[0] = bytes + at;
		value = text_value(block, file + 1, length);
	}
	return value == NULL ||
	       (text_starts(ours, value) &&
	        text_equal(ours + text_length(value), file + 1 + length));
}

/* Before its exec, that closes the ledger. */
static uint32_t service_before(int folder, int32_t pid)
{
	struct proc p;

	return proc_read(folder, &p) && text_equal(p.name, "supervisord") &&
	                       has_our_lock(folder)
	               ? others_entered(folder, pid)
	               : TABLE_NONE;
}

static void take(uint32_t service, const struct proc *p)
{
	int32_t known = supervisor.records[service].life.pid;
	struct digits d;

	if (known != 0 && p->parent != known)
		return; /* another, or its guard */
	publish_found(service, p->pid);
	message("supervisord: ", table_name(table(), service), ": process ",
	        text_number(&d, p->pid),
	        " of an earlier session runs it; it is not started again",
	        NULL);
}

static void look(int32_t pid)
{
	int folder = proc_open(pid);
	struct proc p;
	uint32_t service;

	if (folder < 0)
		return; /* it has ended */
	service = service_before(folder, pid);
	if (proc_read(folder, &p) && proc_lives(&p) && p.pid != supervisor.pid1 &&
	    (service != TABLE_NONE || p.session == p.pid)) {
		if (service == TABLE_NONE)
			service = service_of(folder, pid);
		if (service != TABLE_NONE)
			take(service, &p);
	}
	(void)sys_close(folder); /* it was only read */
}

void left_find(void)
{
	struct proc_list all;
	int32_t pid;

	if (supervisor.lock == NULL || supervisor.ledger->seeded ||
	    proc_list_all(&all) < 0)
		return;
	while ((pid = proc_next(&all)) != 0)
		look(pid);
	world_rebuild(&supervisor.world, supervisor.now_ms);
}
