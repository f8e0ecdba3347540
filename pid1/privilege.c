/* SPDX-License-Identifier: MIT */
/* The capabilities of connate. What it does all the time needs two of them,
 * and its last act as PID 1 one or two more: those stay permitted until then.
 *
 * What it starts is to have all the same what it would have had before. The
 * kernel gives root everything back at exec(2), within the bounding set
 * (capabilities(7), "Capabilities and execution of programs by root"). Where
 * it does not, only the effective set is lowered, by which exec does not go. */
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

/* no_new_privs: exec gives no more than was permitted before it. */
static bool exec_restores(void)
{
	int bits = sys_prctl(PR_GET_SECUREBITS, 0, 0);

	return sys_getuid() == 0 && sys_geteuid() == 0 && bits >= 0 &&
	       (bits & SECBIT_NOROOT) == 0 &&
	       sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0) == 0;
}

/* An exec that gave us more than was permitted made /proc/<pid> a matter of
 * CAP_SYS_PTRACE (prctl(2), PR_SET_DUMPABLE): conctl in a container, which has
 * none, has to find the ledger there. What is inheritable stays permitted: it
 * may be ambient, and of that the services of root have their share, too. */
static void drop_permitted(const struct pid1 *p, struct capabilities *c)
{
	(void)sys_prctl(PR_SET_DUMPABLE, 1, 0); /* it cannot fail */
	c->permitted &= ALWAYS | at_end(p) | c->inheritable;
}

/* At each start of connate, when it has opened the first image. Refused by a
 * sandbox, connate goes on as it is. */
void privilege_drop(const struct pid1 *p)
{
	struct capabilities c;
	struct digits d;
	int error = capabilities_get(&c);

	if (error >= 0) {
		c.effective &= ALWAYS;
		if (exec_restores())
			drop_permitted(p, &c);
		error = capabilities_set(&c);
	}
	if (error < 0)
		message("connate: cannot drop capabilities: ",
		        text_error(&d, error),
		        "; going on with all that it was given", NULL);
}

/* What is missing then, reboot(2) says. */
void privilege_for_end(const struct pid1 *p)
{
	struct capabilities c;

	if (capabilities_get(&c) < 0)
		return;
	c.effective |= c.permitted & at_end(p);
	(void)capabilities_set(&c); /* see above */
}
