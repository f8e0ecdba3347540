/* SPDX-License-Identifier: MIT */
/* The capabilities of connate. Its loop needs two of them, and its last act as
 * PID 1 one or two more, which stay permitted until then.
 *
 * The processes that it starts are to have the capabilities that they would
 * have without this. The kernel gives root all of them back at exec(2), within
 * the bounding set (capabilities(7), "Capabilities and execution of programs by
 * root"). Where it does not, only the effective set is lowered, which exec does
 * not look at. */
#include "model/text.h"
#include "pid1/pid1.h"
#include "sys/capability.h"
#include "sys/message.h"

/* CAP_KILL: services of other users are killed at the end (end.c).
 * CAP_SYS_RESOURCE: the link may hold more descriptors on their way than the
 * user may have open (unix(7), ETOOMANYREFS), and a new pipe its usual size
 * (pipe(7), pipe-user-pages-soft). */
#define ALWAYS (CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SYS_RESOURCE))

/* reboot(2); of a machine, before it, the root is mounted read-only. */
static uint64_t at_end(const struct pid1 *p)
{
	if (p->is_machine)
		return CAPABILITY(CAP_SYS_BOOT) | CAPABILITY(CAP_SYS_ADMIN);
	return p->is_init ? CAPABILITY(CAP_SYS_BOOT) : 0;
}

/* Does exec give us all of them back? Not with no_new_privs: exec gives no more
 * than was permitted before it. */
static bool exec_restores(void)
{
	int bits = sys_prctl(PR_GET_SECUREBITS, 0, 0);

	return sys_getuid() == 0 && sys_geteuid() == 0 && bits >= 0 &&
	       (bits & SECBIT_NOROOT) == 0 &&
	       sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0) == 0;
}

/* After an exec that gave more than was permitted, /proc/<pid> is open only to
 * processes with CAP_SYS_PTRACE (prctl(2), PR_SET_DUMPABLE). conctl in a
 * container has none, and has to find the ledger there. An inheritable
 * capability stays permitted: it may be ambient, which the services of root are
 * to inherit, too. */
static void permitted_reduce(const struct pid1 *p, struct capabilities *c)
{
	(void)sys_prctl(PR_SET_DUMPABLE, 1, 0); /* it cannot fail */
	c->permitted &= ALWAYS | at_end(p) | c->inheritable;
}

/* Drops what the loop does not need: at each start of connate, when it has
 * opened the first image. An error, as of a sandbox, is said, and connate goes
 * on with all that it was given. */
void privilege_drop(const struct pid1 *p)
{
	struct capabilities c;
	struct digits d;
	int error = capabilities_get(&c);

	if (error >= 0) {
		c.effective &= ALWAYS;
		if (exec_restores())
			permitted_reduce(p, &c);
		error = capabilities_set(&c);
	}
	if (error < 0)
		message("connate: cannot drop capabilities: ",
		        text_error(&d, error),
		        "; going on with all that it was given", NULL);
}

/* Makes the capabilities of the last act effective. Where that fails, reboot(2)
 * says so. */
void privilege_for_end(const struct pid1 *p)
{
	struct capabilities c;

	if (capabilities_get(&c) < 0)
		return;
	c.effective |= c.permitted & at_end(p);
	(void)capabilities_set(&c); /* reboot(2) says so */
}
