/* SPDX-License-Identifier: MIT */
/* With what attributes the processes of a unit run: users, limits, capabilities,
 * output. What systemd has otherwise than we is written out. */
#include <ctype.h>
#include <string.h>

#include "import/text.h"
#include "import/unit_set.h"
#include "import/value.h"
#include "import/word.h"

static void set_text(struct unit *u, const char *key, const char *field)
{
	struct item *it = unit_item(u, key);

	if (it != NULL)
		draft_set(&u->draft, it, field, "%s", text_quoted(it->value));
}

static void set_number(struct unit *u, const char *key, const char *field)
{
	struct item *it = unit_item(u, key);
	long long n;

	if (it != NULL && value_number(it->value, 0, -1000, 1000, &n))
		draft_set(&u->draft, it, field, "%lld", n);
}

static void set_true(struct unit *u, const char *key, const char *field,
                     const char *value)
{
	struct item *it = unit_item(u, key);

	if (it != NULL && value_boolean(it->value) == 1)
		draft_set(&u->draft, it, field, "%s", value);
}

/* --- Users */

static bool is_root(const struct unit *u)
{
	const struct item *it = unit_item(u, "User");

	return it == NULL || text_same(it->value, "root") ||
	       text_same(it->value, "0");
}

static void unit_user(struct unit *u)
{
	struct item *more = unit_item(u, "SupplementaryGroups");
	const char *at, *name;

	set_text(u, "User", ".user");
	set_text(u, "Group", ".group");
	if (more == NULL || !is_root(u))
		return;  /* a decision: the user may be in others */
	for (at = more->value; (name = text_next(&at)) != NULL;)
		draft_list(&u->draft, more, ".extra_groups", name);
}

/* --- Folders */

static void unit_folders(struct unit *u)
{
	struct item *it = unit_item(u, "WorkingDirectory");
	struct item *user = unit_item(u, "User");
	struct account a;

	set_text(u, "RootDirectory", ".chroot");
	if (it == NULL)
		return;
	if (text_same(it->value, "~") && user == NULL)
		draft_set(&u->draft, it, ".chdir", "%s",
		          text_quoted(u->naming.host->user &&
		                              u->naming.host->person.home
		                      ? u->naming.host->person.home
		                      : "/root"));
	else if (text_same(it->value, "~") &&
	         account_find(u->naming.host->passwd, user->value, &a))
		draft_set(&u->draft, it, ".chdir", "%s", text_quoted(a.home));
	else if (*it->value == '/')
		draft_set(&u->draft, it, ".chdir", "%s",
		          text_quoted(it->value));
}

/* --- Limits */

static void add_limit(struct draft *d, struct item *it, const char *name,
                      const char *soft, const char *hard)
{
	draft_list(d, it, ".rlimits",
	           text_of("\1LIMIT(\"%s\", %s, %s)", name, soft, hard));
}

static const char *lower(const char *s)
{
	struct text t = { 0 };

	for (; *s != '\0'; s++)
		text_char(&t, (char)tolower((unsigned char)*s));
	return text_end(&t);
}

static bool known_limit(const char *name)
{
	static const char all[] =
		" cpu fsize data stack core rss nofile as nproc memlock locks "
		"sigpending msgqueue nice rtprio rttime ";

	return strstr(all, text_of(" %s ", name)) != NULL;
}

static void unit_limit(struct unit *u, struct item *it)
{
	const char *name = lower(it->key + strlen("Limit"));
	const char *colon = strchr(it->value, ':'), *soft, *hard;

	if (!known_limit(name)) {
		draft_drop(&u->draft, it, "systemd has no such setting, and "
		                          "ignores it: misspelt?");
		return;
	}
	soft = value_limit(colon != NULL ? text_part(it->value, colon)
	                                 : it->value, name);
	hard = colon != NULL ? value_limit(colon + 1, name) : soft;
	if (soft != NULL && hard != NULL)
		add_limit(&u->draft, it, name, soft, hard);
}

static void unit_limits(struct unit *u)
{
	bool system = !u->naming.host->user;

	for (size_t i = 0; i < u->items.count; i++) {
		struct item *it = &u->items.item[i];

		if (text_starts(it->key, "Limit") && it->fate == FATE_OPEN)
			unit_limit(u, it);
	}
	if (system && unit_item(u, "LimitNOFILE") == NULL)
		add_limit(&u->draft, NULL, "nofile", "1024", "524288");
	if (system && unit_item(u, "LimitCORE") == NULL)
		add_limit(&u->draft, NULL, "core", "0", "UNLIMITED");
}

/* --- Capabilities */

static const char *const capabilities[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill",
	"setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
	"net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
	"sys_tty_config", "mknod", "lease", "audit_write", "audit_control",
	"setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm",
	"block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

enum { CAPABILITIES = sizeof(capabilities) / sizeof(*capabilities) };

static unsigned long long capability_bits(struct unit *u, struct item *it,
                                          const char *at)
{
	unsigned long long bits = 0;
	const char *word, *name;
	size_t i;

	while ((word = text_next(&at)) != NULL) {
		name = lower(word);
		name += 4 * text_starts(name, "cap_");
		for (i = 0; i < CAPABILITIES; i++)
			if (text_same(capabilities[i], name))
				break;
		if (i < CAPABILITIES)
			bits |= 1ULL << i;
		else
			draft_note(&u->draft, "%s: '%s' is no capability: "
			           "systemd ignores it, too", item_place(it),
			           word);
	}
	return bits;
}

/* The set that a setting describes; *last is its last item, NULL if there is
 * none. An empty value, which stands before, has reset it to nothing. */
static unsigned long long capability_set(struct unit *u, const char *key,
                                         struct item **last)
{
	const unsigned long long all = (1ULL << CAPABILITIES) - 1;
	unsigned long long set = 0;
	bool first = true;

	*last = NULL;
	for (size_t i = 0; i < u->items.count; i++) {
		struct item *it = &u->items.item[i];
		bool without = *it->value == '~';

		if (!text_same(it->key, key))
			continue;
		*last = it;
		if (*it->value == '\0') {
			set = 0;
			first = false;
			continue;
		}
		if (without && first)
			set = all;
		first = false;
		if (without)
			set &= ~capability_bits(u, it, it->value + 1);
		else
			set |= capability_bits(u, it, it->value);
		it->fate = it->fate == FATE_DROPPED ? FATE_OPEN : it->fate;
	}
	return set;
}

static void carry_all(struct unit *u, const char *key)
{
	for (size_t i = 0; i < u->items.count; i++)
		if (text_same(u->items.item[i].key, key))
			draft_carry(&u->draft, &u->items.item[i]);
}

static void harden_all(struct unit *u, const char *key)
{
	for (size_t i = 0; i < u->items.count; i++)
		if (text_same(u->items.item[i].key, key))
			draft_harden(&u->draft, &u->items.item[i]);
}

static void list_capabilities(struct unit *u, struct item *it,
                              unsigned long long set)
{
	if (set == 0)
		draft_list(&u->draft, it, ".capabilities", NULL);
	for (size_t i = 0; i < CAPABILITIES; i++) {
		struct text name = { 0 };

		if ((set >> i & 1) == 0)
			continue;
		text_put(&name, "CAP_");
		for (const char *s = capabilities[i]; *s != '\0'; s++)
			text_char(&name, (char)toupper((unsigned char)*s));
		draft_list(&u->draft, it, ".capabilities", text_end(&name));
	}
}

/* .capabilities is the bounding set and what the program has. So the bounding
 * set of root is carried, the ambient one of others; a bounding set of a user
 * that has none limits only programs with set-user-ID. */
static void unit_capabilities(struct unit *u)
{
	struct item *bounding, *ambient;
	unsigned long long limit =
		capability_set(u, "CapabilityBoundingSet", &bounding);
	unsigned long long has =
		capability_set(u, "AmbientCapabilities", &ambient);

	if (is_root(u) && bounding != NULL) {
		list_capabilities(u, bounding, limit);
		carry_all(u, "CapabilityBoundingSet");
		carry_all(u, "AmbientCapabilities");
	} else if (is_root(u) && ambient != NULL) {
		carry_all(u, "AmbientCapabilities");
	} else if (ambient != NULL && has != 0) {
		list_capabilities(u, ambient, has);
		carry_all(u, "AmbientCapabilities");
		carry_all(u, "CapabilityBoundingSet");
		if (bounding == NULL || (limit & ~has) != 0)
			draft_note(&u->draft, "%s: what it executes can gain "
			           "no other capabilities, either",
			           item_place(ambient));
	} else {
		carry_all(u, "AmbientCapabilities");
		harden_all(u, "CapabilityBoundingSet");
	}
}

/* --- Priorities */

static void unit_priorities(struct unit *u)
{
	struct item *class = unit_item(u, "IOSchedulingClass");
	struct item *level = unit_item(u, "IOSchedulingPriority");
	struct item *policy = unit_item(u, "CPUSchedulingPolicy");
	struct item *cpus = unit_item(u, "CPUAffinity");
	const char *name = class != NULL ? class->value : "best-effort";
	const char *n = level != NULL ? level->value : "4";
	struct text list = { 0 };

	set_number(u, "Nice", ".nice");
	set_number(u, "OOMScoreAdjust", ".oom_score_adj");
	if (class == NULL && level == NULL)
		;
	else if (text_same(name, "idle") || text_same(name, "3"))
		draft_set(&u->draft, class, ".ioprio", "IO_IDLE");
	else if (text_same(name, "best-effort") || text_same(name, "2"))
		draft_set(&u->draft, class != NULL ? class : level, ".ioprio",
		          "IO_BEST_EFFORT(%s)", n);
	else if (text_same(name, "realtime") || text_same(name, "1"))
		draft_set(&u->draft, class, ".ioprio", "IO_REALTIME(%s)", n);
	draft_carry(&u->draft, draft_has(&u->draft, ".ioprio") ? level : NULL);
	if (policy != NULL && text_same(policy->value, "other"))
		draft_drop(&u->draft, policy, "this is so anyway");
	if (cpus == NULL || cpus->value[strspn(cpus->value, "0123456789-, ")])
		return;
	for (const char *s = cpus->value; *s != '\0'; s++)
		if (*s != ' ')
			text_char(&list, *s);
		else if (list.size > 0 && list.at[list.size - 1] != ',')
			text_char(&list, ',');
	draft_set(&u->draft, cpus, ".cpus", "%s", text_quoted(text_end(&list)));
}

/* --- Output */

/* Where a StandardOutput= or StandardError= goes, as C, or NULL. */
static const char *output_c(const char *s)
{
	static const char inherited[] =
		" inherit journal syslog kmsg journal+console syslog+console "
		"kmsg+console ";

	if (text_same(s, "null"))
		return "LOG_NONE";
	if (strchr(s, ' ') == NULL &&
	    strstr(inherited, text_of(" %s ", s)) != NULL)
		return "LOG_INHERIT";
	if (text_starts(s, "append:/"))
		return text_of("LOG_FILE(%s, .mode = 0644)",
		               text_quoted(s + strlen("append:")));
	if (text_starts(s, "truncate:/"))
		return text_of("LOG_FILE(%s, .overwrite = true, .mode = 0644)",
		               text_quoted(s + strlen("truncate:")));
	return NULL;
}

static void unit_output(struct unit *u)
{
	struct item *out = unit_item(u, "StandardOutput");
	struct item *error = unit_item(u, "StandardError");
	struct item *in = unit_item(u, "StandardInput");
	struct draft *d = &u->draft;
	const char *log = out != NULL ? output_c(out->value) : "LOG_INHERIT";
	const char *errors;

	if (in != NULL && text_same(in->value, "null"))
		draft_drop(d, in, "this is so anyway");
	if (log != NULL)
		draft_set(d, out, ".log", "%s", log);
	if (error == NULL || text_same(error->value, "inherit")) {
		draft_carry(d, error);
		return;
	}
	errors = output_c(error->value);
	if (errors == NULL)
		draft_decide(d, error, "write .log, or 2> in a shell");
	else if (log != NULL && text_same(errors, log))
		draft_carry(d, error);
	else if (unit_may(d, error))
		draft_set(d, error, ".errors", "%s", errors);
}

static void unit_log_level(struct unit *u)
{
	for (size_t i = 0; i < u->items.count; i++)
		if (text_starts(u->items.item[i].key, "Log") &&
		    !strstr(u->items.item[i].key, "Directory"))
			draft_drop(&u->draft, &u->items.item[i],
			           "for the journal");
}

/* A pipe without a reader; of a unit whose commands could not be taken, what is
 * written still has to be a configuration. */
static void unit_sigpipe(struct unit *u)
{
	struct item *it = unit_item(u, "IgnoreSIGPIPE");

	if (it == NULL && !draft_has(&u->draft, ".run") &&
	    !draft_has(&u->draft, ".setup"))
		return;
	if (it != NULL && value_boolean(it->value) == 0)
		draft_drop(&u->draft, it, "this is so anyway");
	else if (word_known(".ignore"))
		draft_list(&u->draft, it, ".ignore", "SIGPIPE");
	else if (it != NULL)
		draft_decide(&u->draft, it, "waits for .ignore; until then "
		             "trap '' PIPE in a shell");
}

/* User=, Limit...=, Standard...= and the like. */
void unit_attributes(struct unit *u)
{
	struct item *mask = unit_item(u, "UMask");
	long long mode = 022;

	if (mask != NULL)
		(void)value_number(mask->value, 8, 0, 0777, &mode);
	if (mask != NULL || !u->naming.host->user)
		draft_set(&u->draft, mask, ".umask", "0%llo", mode);
	unit_user(u);
	unit_folders(u);
	unit_limits(u);
	unit_capabilities(u);
	unit_priorities(u);
	unit_output(u);
	unit_log_level(u);
	unit_sigpipe(u);
	set_true(u, "NoNewPrivileges", ".no_new_privs", "true");
	set_true(u, "PrivateNetwork", ".namespaces", "LIST(\"net\")");
}
