/* SPDX-License-Identifier: MIT */
/* The capabilities of supervisord and of its guards (doc/why/0019): all that
 * they were given stay permitted, for the services; effective at rest are the
 * few that are needed at any time. A child on its way to exec raises what was
 * effective at the start of supervisord, as if that had never been lowered.
 * Where supervisord needs more, for a moment, it is between a raise and a
 * lower:
 *
 *     CAP_DAC_OVERRIDE  files in folders of other users: the lock file, images,
 *                       folders of PATH
 *     CAP_SYS_PTRACE    processes of other users in /proc: environ, exe, fd;
 *                       and all of them if /proc is mounted with hidepid. The
 *                       kernel asks for it, or for all that such a process has
 *     CAP_SYS_ADMIN     a clone in a new pid namespace
 *     CAP_NET_…, CAP_CHOWN  sockets of .listen
 *     CAP_IPC_LOCK      the ledger stays in memory
 *     CAP_SYS_NICE      a guard that kills processes which fork is faster */
#include "supervisord/base/privilege.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/capability.h"
#include "sys/message.h"

static struct capabilities given; /* at the start */
static struct capabilities rest;
static bool lowers;               /* they differ, and may be lowered */
static uint32_t depth;            /* raised so often */

static void set_capabilities(const struct capabilities *c)
{
	if (lowers)
		(void)capabilities_set(c); /* no memory: the next call does */
}

/* Lowers the effective capabilities to `kept`, a set of bits, of those that
 * were given. If that fails, which is said, nothing is ever lowered. connate
 * has dropped what exec gave back: pid1/privilege.c says why supervisord is to
 * be as any other process in /proc nevertheless. */
void privilege_begin(uint64_t kept)
{
	struct digits d;
	int error = capabilities_get(&given);

	if (sys_getuid() == 0)
		(void)sys_prctl(PR_SET_DUMPABLE, 1, 0); /* cannot fail */
	rest = given;
	rest.effective &= kept;
	if (error >= 0 && rest.effective != given.effective)
		error = capabilities_set(&rest);
	lowers = error >= 0 && rest.effective != given.effective;
	if (error < 0)
		message("supervisord: cannot lower its capabilities: ",
		        text_error(&d, error),
		        "; going on with all that it was given", NULL);
}

/* All given capabilities are effective, until privilege_lower() was called as
 * often. */
void privilege_raise(void)
{
	if (depth++ == 0)
		set_capabilities(&given);
}

/* Ends one privilege_raise(). */
void privilege_lower(void)
{
	if (--depth == 0)
		set_capabilities(&rest);
}

/* In a child: all given capabilities are effective, for good. 0 or -errno. */
int privilege_of_child(void)
{
	return lowers ? capabilities_set(&given) : 0;
}
