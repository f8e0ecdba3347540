/* SPDX-License-Identifier: MIT */
/* Succession: connate has died, which it can only where it is not PID 1. Then
 * supervisord becomes connate, by exec(2): so it keeps its pid and its
 * children, which are the services, and starts a new supervisord, which finds
 * all else in the ledger.
 *
 * What connate has said before it died is heard first (link.c). The lock file
 * is locked before exec, and a record lock survives exec (fcntl(2)). If another
 * session has the lock, or connate cannot be executed, supervisord goes on
 * without connate, and tries again. Killed before exec: both are dead, and the
 * services are orphans (earlier.c). After it: it is connate, and all begins
 * anew.
 *
 * Children of the dead connate, which an earlier supervisord had started, have
 * another parent now, which does not tell of their end: they are watched
 * (orphans.c). */
#include "supervisord/upgrade/succession.h"

#include "model/snapshot.h"
#include "model/text.h"
#include "supervisord/base/command.h"
#include "supervisord/base/memory.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/lock.h"
#include "supervisord/process/oom.h"
#include "supervisord/upgrade/upgrade.h"
#include "sys/fd.h"
#include "sys/message.h"

static char snapshot[SNAPSHOT_BYTES];

/* The command line of connate, with the command that it had behind --. */
static const char **command_line(void)
{
	static const char **argv; /* for the next try, too */
	uint32_t count = 0;

	while (supervisor.argv[count] != NULL)
		count++;
	if (argv == NULL)
		argv = memory_map((count + 3ull) * sizeof(*argv));
	if (argv == NULL)
		return NULL;
	argv[0] = "connate";
	argv[1] = "--go-on";
	argv[2] = snapshot;
	for (uint32_t k = 1; k < count; k++)
		argv[2 + k] = supervisor.argv[k];
	return argv;
}

static int become_connate(void)
{
	const char **argv = command_line();
	const uint64_t numbers[SNAPSHOT_WORDS] = {
		[SNAPSHOT_VERSION] = 1,
		[SNAPSHOT_FLAGS] = SNAPSHOT_EVER_ADOPTED | SNAPSHOT_SUCCEEDS,
		[SNAPSHOT_FILES_SOFT] = supervisor.files.rlim_cur,
		[SNAPSHOT_FILES_HARD] = supervisor.files.rlim_max,
	};
	int error;

	if (argv == NULL)
		return -ENOMEM;
	snapshot_write(snapshot, numbers);
	descriptors_keep_on_exec();
	privilege_raise();
	command_enter();
	error = fd_exec(FD_CONNATE, (char *const *)argv, supervisor.envp);
	command_leave();
	privilege_lower();
	descriptors_close_on_exec();
	return error;
}

/* If connate has died, and it is not too soon after the last try: becomes
 * connate. Returns only if that failed, which is said; it is tried again after
 * SUCCEED_AGAIN_MS. */
void succession_try(void)
{
	struct digits d;
	int error;

	if (!supervisor.link_lost || supervisor.now_ms < supervisor.news_at_ms)
		return;
	error = lock_take_all();
	if (error >= 0 && oom_yield()) {
		upgrade_promote();
		error = become_connate();
	}
	supervisor.news_at_ms = supervisor.now_ms + SUCCEED_AGAIN_MS;
	message("supervisord: connate is gone, and cannot be succeeded: ",
	        error == -EAGAIN || error == -EACCES
	                ? "the lock file is held by another"
	                : text_error(&d, error),
	        "; services go on, trying again", NULL);
}
