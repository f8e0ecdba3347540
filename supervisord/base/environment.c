/* SPDX-License-Identifier: MIT */
/* The environment that supervisord was given, and what of it a service may
 * inherit. */
#include "supervisord/base/environment.h"

#include "model/text.h"
#include "supervisord/base/supervisor.h"

static bool is_outer(const char *entry)
{
	/* One behind the other: fewer bytes than pointers to them. */
	static const char names[] =
#define OUTER(name) #name "=\0"
#include "model/outer.def"
#undef OUTER
		;
	const char *name = names;

	while (*name != '\0' && !text_starts(entry, name))
		name += text_length(name) + 1;
	return *name != '\0';
}

/* Is it an entry NAME=value that only connate and supervisord have? */
bool environment_is_own(const char *entry)
{
	return text_starts(entry, ENVIRONMENT_OWN "=") ||
	       text_starts(entry, ENVIRONMENT_WATCHDOG "=");
}

/* Removes from envp, in place, what describes this process rather than a
 * service that it starts, and returns envp. A session may be a service of
 * another connate: the name of that service goes. So does what the manager of
 * connate has said to connate (model/outer.def), but for environment_is_own(), which
 * connate needs if supervisord becomes connate. The entry of the lock file is
 * moved to supervisor.lock: a guard needs it there. */
char **environment_take(char **envp)
{
	char **to = envp;

	for (char **from = envp; *from != NULL; from++)
		if (text_starts(*from, TABLE_LOCK_IS))
			supervisor.lock = *from;
		else if (!text_starts(*from, TABLE_NAME_IS) &&
		         (!is_outer(*from) || environment_is_own(*from)))
			*to++ = *from;
	*to = NULL;
	return envp;
}

/* The entry NAME=value of supervisor.envp, or NULL: there is none. */
const char *environment_entry(const char *name)
{
	size_t length = text_length(name);

	for (char **own = supervisor.envp; *own != NULL; own++)
		if (text_starts(*own, name) && own[0][length] == '=')
			return *own;
	return NULL;
}
