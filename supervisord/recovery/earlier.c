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
 * All of that any user can make a process say. Nothing descends from us yet, so
 * its owner decides (owner.c): one of another user is not taken up. If it says
 * that it is a service of ours, that is said, for it may be one that has given
 * up root by itself. Of other users' processes nothing but the environment is
 * looked at: their files may be slow for ever.
 *
 * On its way to exec, and while it is a function of the configuration, a process
 * has supervisord's environment, but its ledger as well, which knows it.
 *
 * Between a guard and its program, the program counts: a guard that was left
 * does its part alone. If the program is not found, the guard counts, as one
 * whose program is not known: it is told to stop, and stops it. */
#include "model/text.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"
#include "sys/message.h"

/* Our entries come first (spawn.c). */
enum {
	ENVIRON_BYTES = 2 * PATH_MAX,
	EXEC_TRIES = 100,
	EXEC_PAUSE_MS = 1,
	EXEC_PAUSES = 1000, /* for all of them: pid1 waits for us */
	STRANGERS_MAX = 8,  /* are named */
};

static uint32_t pauses;
static uint32_t strangers; /* who say falsely that they are ours … */
static bool naming;        /* … are named, once all that are ours are known */

static const struct table *table(void)
{
	return supervisor.world.table;
}

/* The beginning of its environment, with a NUL behind it. */
static long read_once(int folder, char *bytes)
{
	/* Below zero: of another user, none of ours. */
	long got = fd_read_file(folder, "environ", bytes, ENVIRON_BYTES - 1);

	bytes[got > 0 ? got : 0] = '\0';
	return got;
}

/* False: there were too many of them. */
static bool pause(void)
{
	struct __kernel_timespec time = { .tv_nsec = EXEC_PAUSE_MS * 1000000 };

	if (pauses >= EXEC_PAUSES)
		return false;
	pauses++;
	(void)sys_ppoll(NULL, 0, &time);
	return true;
}

/* In the middle of exec(2), or of its end, a process has none. For one that has
 * nothing to do with us nobody waits. */
static long read_environment(int folder, char *bytes)
{
	long size = read_once(folder, bytes);
	int tries = size == 0 && owner_is_known(folder) ? EXEC_TRIES : 0;

	for (; size == 0 && tries > 0 && pause(); tries--)
		size = read_once(folder, bytes);
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

static bool runs(uint32_t service, const struct stat *program)
{
	const struct table_action *run = &table_service(table(), service)->run;
	const uint32_t *path = table_list(table(), run->at);
	struct stat own;

	return run->kind == ACTION_EXEC &&
	       sys_fstatat(AT_FDCWD, table_text(table(), *path), &own, 0) ==
	               0 &&
	       same_file(&own, program);
}

static uint32_t by_program(int folder)
{
	struct stat program;

	if (!owner_is_known(folder) ||
	    sys_fstatat(folder, "exe", &program, 0) < 0)
		return TABLE_NONE;
	for (uint32_t i = 0; i < table()->services; i++)
		if (runs(i, &program) && owner_is(i, folder))
			return i;
	return TABLE_NONE;
}

/* Of a set-user-ID file the environment may be another user's than the process
 * is: sudo(8), while it asks for a password. Not so if the service is that. */
static bool lends_its_user(uint32_t service, int folder)
{
	struct stat program;

	return sys_fstatat(folder, "exe", &program, 0) >= 0 &&
	       (program.st_mode & S_ISUID) != 0 && !runs(service, &program);
}

/* Of the ids the one that is wrong, if one is. */
static uint32_t stranger_of(const uint32_t ids[PROC_USERS], uint32_t user)
{
	for (int k = 0; k < PROC_USERS; k++)
		if (ids[k] != 0 && ids[k] != user)
			return ids[k];
	return ids[0];
}

static void say_stranger(uint32_t service, int folder, int32_t pid)
{
	uint32_t user = owner_of(service), ids[PROC_USERS];
	struct digits d, e, f;
	struct proc p;

	if (!proc_users(folder, ids) || !proc_read(folder, &p))
		return;
	message("supervisord: ", table_name(table(), service), ": process ",
	        text_number(&d, pid), " (", p.name, ") of user ",
	        text_number(&e, stranger_of(ids, user)),
	        " says that it is this service, which is user ",
	        text_number(&f, user),
	        "'s: it is not believed, and the service is started. If it is "
	        "an earlier instance, end it; a service that changes its user "
	        "by itself is to have .user, or to keep its user", NULL);
}

static void say_lent(uint32_t service, int32_t pid)
{
	struct digits d;

	message("supervisord: ", table_name(table(), service), ": process ",
	        text_number(&d, pid),
	        " says that it is this service, but runs a set-user-ID "
	        "program, so another user may have told it so: it is not "
	        "believed, and the service is started. If it is an earlier "
	        "instance, end it", NULL);
}

/* If another process is the service, this one may have been left by it. */
static void refuse(uint32_t service, int folder, int32_t pid)
{
	if (supervisor.records[service].life.pid != 0)
		return;
	if (++strangers > STRANGERS_MAX || !naming)
		return;
	if (owner_is(service, folder))
		say_lent(service, pid);
	else
		say_stranger(service, folder, pid);
}

/* It says that it is that service. */
static uint32_t believed(uint32_t service, int folder, int32_t pid, bool ours)
{
	if (service == TABLE_NONE || ours)
		return service;
	if (owner_is(service, folder) && !lends_its_user(service, folder))
		return service;
	refuse(service, folder, pid);
	return TABLE_NONE;
}

static bool has_same_lock(const char *lock)
{
	if (lock == NULL || supervisor.lock == NULL)
		return lock == supervisor.lock;
	return text_equal(lock, supervisor.lock + sizeof(TABLE_LOCK_IS) - 1);
}

uint32_t left_service(int folder, int32_t pid, bool ours)
{
	static char bytes[ENVIRON_BYTES];
	long size = read_environment(folder, bytes);
	const char *lock = value_of(bytes, size, TABLE_LOCK_IS);
	const char *name = value_of(bytes, size, TABLE_NAME_IS);
	uint32_t service;

	if (size <= 0)
		return TABLE_NONE;
	if (is_overwritten(bytes)) {
		service = by_program(folder);
		return service == TABLE_NONE || others_have(pid) ? TABLE_NONE
		                                                 : service;
	}
	if (name == NULL || !has_same_lock(lock))
		return TABLE_NONE;
	return believed(table_find(table(), name), folder, pid, ours);
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

/* Before its exec, that closes the ledger. It may be the service's user's by
 * then. */
static uint32_t service_before(int folder, int32_t pid)
{
	uint32_t service;
	struct proc p;

	if (!proc_read(folder, &p) || !text_equal(p.name, "supervisord") ||
	    !owner_is_known(folder) || !has_our_lock(folder))
		return TABLE_NONE;
	service = others_entered(folder, pid);
	return service != TABLE_NONE && owner_is(service, folder) ? service
	                                                          : TABLE_NONE;
}

static bool is_guard(int32_t pid)
{
	struct proc p;

	return proc_find(pid, &p) && text_equal(p.name, "guard");
}

/* A child of its own may lead a session as well. */
static void take(uint32_t service, const struct proc *p)
{
	int32_t known = supervisor.records[service].life.pid;
	uint64_t key;
	struct digits d;

	if (known != 0 && (p->parent != known || !is_guard(known)))
		return; /* another, or its guard */
	(void)process_find_key(p->pid, &key); /* if it has ended: unknown */
	publish_found(service, p->pid, key);
	if (table_guards(table_service(table(), service)) && is_guard(p->pid))
		publish_blank(service); /* its program is not known (yet) */
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
			service = left_service(folder, pid, false);
		if (service != TABLE_NONE)
			take(service, &p);
	}
	(void)sys_close(folder); /* it was only read */
}

/* A child of an earlier supervisord of this session that has not come to its
 * exec, and a guard: all supervisords of a session have one board. */
bool left_has_our_board(int folder)
{
	struct stat its, own;

	_Static_assert(FD_BOARD == 107, "it is in a path");
	return sys_fstatat(folder, "fd/107", &its, 0) == 0 &&
	       sys_fstat(FD_BOARD, &own) == 0 && same_file(&its, &own);
}

/* In the middle of its end it says nothing any more, and a signal does nothing
 * to it. In the middle of exec(2) it says nothing yet: that may be a stranger. */
static bool exits(int folder)
{
	struct proc p;

	for (int i = 0; i < EXEC_TRIES; i++) {
		if (!proc_read(folder, &p) || !proc_lives(&p))
			return false;
		if (p.exits || p.environment != 0 || !pause())
			break;
	}
	return p.exits;
}

bool left_is(uint32_t service, int32_t pid)
{
	int folder = proc_open(pid);
	bool is;

	if (folder < 0)
		return false;
	is = left_has_our_board(folder) || exits(folder) ||
	     left_service(folder, pid, true) == service || exits(folder);
	(void)sys_close(folder); /* it was only read */
	return is;
}

static void look_at_all(void)
{
	struct proc_list all;
	int32_t pid;

	strangers = 0;
	if (proc_list_all(&all) < 0)
		return;
	while ((pid = proc_next(&all)) != 0)
		look(pid);
}

static void name_strangers(void)
{
	struct digits d;

	naming = true;
	look_at_all();
	if (strangers > STRANGERS_MAX)
		message("supervisord: ",
		        text_number(&d, strangers - STRANGERS_MAX),
		        " more processes say falsely that they are services "
		        "of ours", NULL);
}

void left_find(void)
{
	if (supervisor.lock == NULL || supervisor.ledger->seeded)
		return;
	look_at_all();
	if (strangers > 0)
		name_strangers();
	world_rebuild(&supervisor.world, supervisor.now_ms);
}
