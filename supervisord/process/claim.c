/* SPDX-License-Identifier: MIT */
/* Which service a process is, by what it says of itself: the name of a service
 * and the lock file of its session are in the environment that it was given.
 *
 * Programs that show a title of their own write it over their environment. Such
 * a process that runs the file of a service is taken for that service, unless
 * another session has it (sessions.c).
 *
 * Any user can make a process say all of that. So it counts only if it is known
 * that the process descends from this session (`trusted`), or if its owner is
 * right (owner.c). Of the processes of other users nothing but the environment
 * is looked at: their files may be slow for ever. */
#include "supervisord/process/claim.h"

#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/owner.h"
#include "supervisord/process/sessions.h"
#include "supervisord/tree/proc.h"
#include "sys/fd.h"
#include "sys/message.h"

enum {
	EXEC_TRIES = 100,
	EXEC_PAUSE_MS = 1,
	EXEC_PAUSES = 1000, /* of all processes: connate waits meanwhile */
	REFUSED_NAMED = 8,
};

static uint32_t pauses;
static uint32_t refused; /* claims, since claims_count() */
static bool names;       /* the first REFUSED_NAMED of them are said */

/* The first entry, and those that a service has of its session: each is shorter
 * than half of the room. */
static bool is_kept(const char *entry, long kept)
{
	return kept == 0 || text_starts(entry, TABLE_NAME_IS) ||
	       text_starts(entry, TABLE_LOCK_IS);
}

static void keep_entry(const char *entry, long length, char bytes[CLAIM_BYTES],
                       long *kept)
{
	if (!is_kept(entry, *kept) || length >= CLAIM_BYTES - *kept)
		return;
	__builtin_memcpy(bytes + *kept, entry, (size_t)length);
	*kept += length;
}

/* Takes the whole entries off the front of `all`, of which there are `size`
 * bytes; returns how many bytes are left, which are moved to the front. *skips:
 * the first of them is the rest of an entry that was longer than the room. */
static long take_entries(char *all, long size, char bytes[CLAIM_BYTES],
                         long *kept, bool *skips)
{
	long at = 0;

	for (long end = 0; end < size; end++) {
		if (all[end] != '\0')
			continue;
		if (!*skips)
			keep_entry(all + at, end - at + 1, bytes, kept);
		*skips = false;
		at = end + 1;
	}
	__builtin_memmove(all, all + at, (size_t)(size - at));
	return size - at;
}

/* Reads all of it: a shell puts what it was given into another order. An entry
 * that is longer than the room is none of ours; of the first one its beginning
 * is kept. The size of what is kept, or -errno. */
static long read_entries(int fd, char bytes[CLAIM_BYTES])
{
	static char all[CLAIM_BYTES];
	long kept = 0, left = 0, got;
	bool skips = false;

	while ((got = sys_read(fd, all + left,
	                       (size_t)(CLAIM_BYTES - 1 - left))) > 0) {
		left += got;
		all[left] = '\0';
		left = take_entries(all, left, bytes, &kept, &skips);
		if (left < CLAIM_BYTES - 1)
			continue;
		all[NAME_MAX_BYTES] = '\0';
		if (!skips && kept == 0)
			keep_entry(all, NAME_MAX_BYTES + 1, bytes, &kept);
		skips = true;
		left = 0;
	}
	if (left > 0)
		(void)take_entries(all, left + 1, bytes, &kept, &skips);
	return kept == 0 && got < 0 ? got : kept;
}

static long read_file(int folder, const char *name, char bytes[CLAIM_BYTES])
{
	long fd = sys_openat(folder, name, O_RDONLY | O_CLOEXEC, 0), size;

	if (fd < 0)
		return fd;
	size = read_entries((int)fd, bytes);
	(void)sys_close((int)fd); /* it was only read */
	return size;
}

/* Below zero: of another user, none of a service. Of a first thread that has
 * ended it is empty, or root's, or ESRCH, but not of one that lives. */
static long read_once(int folder, char bytes[CLAIM_BYTES])
{
	long got = read_file(folder, "environ", bytes);
	char path[PROC_PATH];
	struct proc p;

	if (got <= 0 && proc_read(folder, &p) && p.thread != 0)
		got = read_file(folder, proc_file(&p, "environ", path), bytes);
	if (got <= 0)
		bytes[0] = '\0';
	return got;
}

/* False: there were too many pauses. */
static bool pause_for_exec(void)
{
	struct __kernel_timespec time = { .tv_nsec = EXEC_PAUSE_MS * 1000000 };

	if (pauses >= EXEC_PAUSES)
		return false;
	pauses++;
	(void)sys_ppoll(NULL, 0, &time);
	return true;
}

/* Reads the environment of a process: its first entry, and those that say which
 * service it is, each with a NUL behind it. Returns their size in bytes, 0 if
 * there is none, or -errno. In the middle of
 * exec(2), or of its end, a process has none: if its owner is that of a
 * service, it is read again, up to EXEC_TRIES times. */
long claim_environment(int folder, char bytes[CLAIM_BYTES])
{
	long size = read_once(folder, bytes);
	int tries = size == 0 && owner_is_known(folder) ? EXEC_TRIES : 0;

	for (; size == 0 && tries > 0 && pause_for_exec(); tries--)
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

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool runs_program(uint32_t service, const struct stat *program)
{
	const struct table_action *run = &configured(service)->run;
	const struct table *t = table_in_force();
	const uint32_t *path = table_list(t, run->at);
	struct stat own;

	return run->kind == ACTION_EXEC &&
	       sys_fstatat(AT_FDCWD, table_text(t, *path), &own, 0) == 0 &&
	       is_same_file(&own, program);
}

/* The file that the process runs. False: it has ended, or may not be seen. */
static bool find_program(int folder, struct stat *program)
{
	char path[PROC_PATH];
	struct proc p;

	if (sys_fstatat(folder, "exe", program, 0) >= 0)
		return true;
	return proc_read(folder, &p) && p.thread != 0 &&
	       sys_fstatat(folder, proc_file(&p, "exe", path), program, 0) >= 0;
}

static uint32_t service_by_program(int folder)
{
	struct stat program;

	if (!owner_is_known(folder) || !find_program(folder, &program))
		return TABLE_NONE;
	for (uint32_t i = 0; i < table_in_force()->services; i++)
		if (runs_program(i, &program) && owner_is(i, folder))
			return i;
	return TABLE_NONE;
}

/* The environment of a process that runs a set-user-ID file may be another
 * user's than the process: sudo(8), while it asks for a password. Not so if
 * that file is the program of the service. */
static bool is_set_user_id(uint32_t service, int folder)
{
	struct stat program;

	return find_program(folder, &program) &&
	       (program.st_mode & S_ISUID) != 0 &&
	       !runs_program(service, &program);
}

/* Of the ids the wrong one, if one is. */
static uint32_t wrong_user(const uint32_t ids[PROC_USERS], uint32_t user)
{
	for (int k = 0; k < PROC_USERS; k++)
		if (ids[k] != 0 && ids[k] != user)
			return ids[k];
	return ids[0];
}

static void say_wrong_user(uint32_t service, int folder, int32_t pid)
{
	uint32_t user = owner_of(service), ids[PROC_USERS];
	struct digits d, e, f;
	struct proc p;

	if (!proc_users(folder, ids) || !proc_read(folder, &p))
		return;
	message("supervisord: ", name_of(service), ": process ",
	        text_number(&d, pid), " (", p.name, ") of user ",
	        text_number(&e, wrong_user(ids, user)),
	        " says that it is this service, which is user ",
	        text_number(&f, user),
	        "'s: it is not believed, and the service is started. If it is "
	        "an earlier instance, end it; a service that changes its user "
	        "by itself is to have .user, or to keep its user", NULL);
}

static void say_set_user_id(uint32_t service, int32_t pid)
{
	struct digits d;

	message("supervisord: ", name_of(service), ": process ",
	        text_number(&d, pid),
	        " says that it is this service, but runs a set-user-ID "
	        "program, so another user may have told it so: it is not "
	        "believed, and the service is started. If it is an earlier "
	        "instance, end it", NULL);
}

/* If the service has a process, that may have started this one. */
static void refuse_claim(uint32_t service, int folder, int32_t pid)
{
	if (record_of(service)->life.pid != 0)
		return;
	if (++refused > REFUSED_NAMED || !names)
		return;
	if (owner_is(service, folder))
		say_set_user_id(service, pid);
	else
		say_wrong_user(service, folder, pid);
}

/* Believes the claim of a process to be this service, if it is trusted or its
 * owner is right: the service, or TABLE_NONE. */
static uint32_t believed(uint32_t service, int folder, int32_t pid,
                         bool trusted)
{
	if (service == TABLE_NONE || trusted)
		return service;
	if (owner_is(service, folder) && !is_set_user_id(service, folder))
		return service;
	refuse_claim(service, folder, pid);
	return TABLE_NONE;
}

static bool has_same_lock(const char *lock)
{
	if (lock == NULL || supervisor.lock == NULL)
		return lock == supervisor.lock;
	return text_equal(lock, supervisor.lock + sizeof(TABLE_LOCK_IS) - 1);
}

/* Which service a process says that it is, or TABLE_NONE. trusted: it is known
 * to descend from this session, so its owner does not matter; else a claim
 * whose owner is wrong is refused, and counted. */
uint32_t claim_service(int folder, int32_t pid, bool trusted)
{
	static char bytes[CLAIM_BYTES];
	long size = claim_environment(folder, bytes);
	const char *lock = value_of(bytes, size, TABLE_LOCK_IS);
	const char *name = value_of(bytes, size, TABLE_NAME_IS);
	uint32_t service;

	if (size <= 0)
		return TABLE_NONE;
	if (is_overwritten(bytes)) {
		service = service_by_program(folder);
		return service == TABLE_NONE || sessions_have(pid) ? TABLE_NONE
		                                                   : service;
	}
	if (name == NULL || !has_same_lock(lock))
		return TABLE_NONE;
	return believed(table_find(table_in_force(), name), folder, pid,
	                trusted);
}

/* Has the process the board of this session open? So have a guard, and a child
 * of an earlier supervisord of this session that has not come to its exec. */
bool claim_has_board(int folder)
{
	struct stat its, own;

	_Static_assert(FD_BOARD == 107, "it is in a path");
	return sys_fstatat(folder, "fd/107", &its, 0) == 0 &&
	       sys_fstat(FD_BOARD, &own) == 0 && is_same_file(&its, &own);
}

/* In the middle of its end a process says nothing any more, and a signal does
 * nothing to it. In the middle of exec(2) it says nothing yet: that may be any
 * process. */
static bool is_exiting(int folder)
{
	struct proc p;

	for (int i = 0; i < EXEC_TRIES; i++) {
		if (!proc_read(folder, &p) || !proc_lives(&p))
			return false;
		if (p.exits || p.environment != 0 || !pause_for_exec())
			break;
	}
	return p.exits;
}

/* The process has the number of a process of this service: does it say that it
 * is? A guard of this session, a child on its way to exec, and a process in the
 * middle of its end say nothing, and count. */
bool claim_is(uint32_t service, int32_t pid)
{
	int folder = proc_open(pid);
	bool is;

	if (folder < 0)
		return false;
	is = claim_has_board(folder) || is_exiting(folder) ||
	     claim_service(folder, pid, true) == service || is_exiting(folder);
	(void)sys_close(folder); /* it was only read */
	return is;
}

/* From now on no process is waited for that is in the middle of exec(2). */
void claims_hurry(void)
{
	pauses = EXEC_PAUSES;
}

/* Counts refused claims anew. named: the first few are said, too. */
void claims_count(bool named)
{
	refused = 0;
	names = named;
}

/* How many claims were refused since claims_count(). */
uint32_t claims_refused(void)
{
	return refused;
}

/* Says how many claims were refused but not named, if there are any. */
void claims_say_rest(void)
{
	struct digits d;

	if (refused > REFUSED_NAMED)
		message("supervisord: ",
		        text_number(&d, refused - REFUSED_NAMED),
		        " more processes say falsely that they are services "
		        "of this session", NULL);
}
