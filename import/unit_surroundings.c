/* SPDX-License-Identifier: MIT */
/* What has to be there before a unit starts: its folders, its conditions, the
 * limits of its cgroup. */
#include <string.h>

#include "import/text.h"
#include "import/unit_set.h"
#include "import/value.h"
#include "import/word.h"

/* --- RuntimeDirectory= and the like */

static const struct {
	const char *key, *mode, *word, *root;
} folders[] = {
	{ "RuntimeDirectory", "RuntimeDirectoryMode", "RUNTIME", "/run" },
	{ "StateDirectory", "StateDirectoryMode", "STATE", "/var/lib" },
	{ "CacheDirectory", "CacheDirectoryMode", "CACHE", "/var/cache" },
	{ "LogsDirectory", "LogsDirectoryMode", "LOGS", "/var/log" },
	{ "ConfigurationDirectory", "ConfigurationDirectoryMode", "CONFIG",
	  "/etc" },
};

enum { FOLDERS = sizeof(folders) / sizeof(*folders), FOLDER_MODE = 0755 };

/* A FOLDER without an owner is root's; systemd gives it to the user. */
static void add_owner(const struct unit *u, struct text *t)
{
	static const char *const owners[][2] = {
		{ "User", "user" }, { "Group", "group" },
	};

	for (size_t i = 0; i < 2; i++) {
		const struct item *it = unit_item(u, owners[i][0]);

		if (it != NULL)
			text_format(t, ", .%s = %s", owners[i][1],
			            text_quoted(it->value));
	}
}

/* A folder that stays when the service is down is one like all others. */
static void add_folder(struct unit *u, struct item *it, size_t kind,
                       const char *name, bool stays)
{
	struct item *mode = unit_item(u, folders[kind].mode);
	long long bits = FOLDER_MODE;
	struct text t = { 0 };

	if (mode != NULL)
		(void)value_number(mode->value, 8, 0, 07777, &bits);
	if (stays)
		text_format(&t, "\1FOLDER(%s, .mode = 0%llo",
		            text_quoted(text_of("%s/%s", folders[kind].root,
		                                name)), bits);
	else
		text_format(&t, "\1%s(%s", folders[kind].word,
		            text_quoted(name));
	if (stays)
		add_owner(u, &t);
	else if (mode != NULL)
		text_format(&t, ", .mode = 0%llo", bits);
	text_put(&t, ")");
	draft_list(&u->draft, it, ".folders", text_end(&t));
	draft_carry(&u->draft, mode);
}

static const char *without_slashes(const char *s)
{
	const char *end = s + strlen(s);

	while (end > s && end[-1] == '/')
		end--;
	return text_part(s, end);
}

static void unit_folder(struct unit *u, struct item *it, size_t kind)
{
	struct item *kept = unit_item(u, "RuntimeDirectoryPreserve");
	bool stays = kind == 0 && kept != NULL &&
	             !text_same(kept->value, "no");
	const char *at = it->value, *name;

	if (!unit_may(&u->draft, it) || (stays && !unit_may(&u->draft, kept)))
		return;
	while ((name = text_next(&at)) != NULL) {
		name = without_slashes(name);
		if (strchr(name, ':') != NULL)
			draft_decide(&u->draft, it, "make the link in .setup");
		else
			add_folder(u, it, kind, name, stays);
	}
	if (kind == 0)
		draft_carry(&u->draft, kept);
}

static void drop_lonely(struct unit *u, const char *key, const char *owner)
{
	struct item *it = unit_item(u, key);
	struct item *of = unit_item(u, owner);

	if (it != NULL && (of == NULL || of->fate == FATE_DECIDE))
		draft_drop(&u->draft, it, text_of("belongs to %s=", owner));
}

static void unit_folders(struct unit *u)
{
	for (size_t i = 0; i < u->items.count; i++)
		for (size_t k = 0; k < FOLDERS; k++)
			if (u->items.item[i].fate == FATE_OPEN &&
			    text_same(u->items.item[i].key, folders[k].key))
				unit_folder(u, &u->items.item[i], k);
	for (size_t k = 0; k < FOLDERS; k++)
		drop_lonely(u, folders[k].mode, folders[k].key);
	drop_lonely(u, "RuntimeDirectoryPreserve", "RuntimeDirectory");
}

/* --- Conditions */

/* Setting, as .only_if has it: what stands before the value. */
static const struct {
	const char *key, *word, *end;
} conditions[] = {
	{ "ConditionPathExists", "path:", "" },
	{ "ConditionPathIsDirectory", "path:", "/." },
	{ "ConditionFileNotEmpty", "file-not-empty:", "" },
	{ "ConditionDirectoryNotEmpty", "folder-not-empty:", "" },
	{ "ConditionPathIsReadWrite", "writable:", "" },
	{ "ConditionKernelCommandLine", "kernel-argument:", "" },
	{ "ConditionCapability", "capability:", "" },
};

/* A value that is one of these is another word. */
static const struct {
	const char *key, *value, *word;
} named[] = {
	{ "ConditionVirtualization", "container", "container" },
	{ "ConditionVirtualization", "vm", "virtual-machine" },
	{ "ConditionACPower", "true", "ac-power" },
	{ "ConditionACPower", "yes", "ac-power" },
};

static const char *condition_word(const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++)
		if (text_same(conditions[i].key, key))
			return text_of("%s%s%s", conditions[i].word, value,
			               conditions[i].end);
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (text_same(named[i].key, key) &&
		    text_same(named[i].value, value))
			return named[i].word;
	return NULL;
}

/* What holds for the person whose units these are. */
static bool condition_holds(const struct unit *u, const struct item *it)
{
	const struct account *p = &u->naming.host->person;

	return u->naming.host->user && p->uid != NULL &&
	       text_same(it->key, "ConditionUser") &&
	       text_same(it->value, "!root") && !text_same(p->uid, "0");
}

static size_t condition_triggers(const struct unit *u)
{
	size_t count = 0;

	for (size_t i = 0; i < u->items.count; i++)
		count += text_starts(u->items.item[i].key, "Condition") &&
		         u->items.item[i].fate != FATE_DROPPED &&
		         *u->items.item[i].value == '|';
	return count;
}

/* Carries one condition of a unit into the draft of its service. */
void unit_condition(const struct unit *u, struct draft *d, struct item *it)
{
	const char *value = it->value, *word;
	bool not, or = *value == '|';

	if (condition_holds(u, it)) {
		draft_drop(d, it, "this holds for the user");
		return;
	}
	if (!draft_has(d, ".run") && !draft_has(d, ".setup")) {
		draft_decide(d, it, "nothing is started here that could be "
		             "left out: write it into the services");
		return;
	}
	value += or;
	not = *value == '!';
	value = text_trim(value + not);
	if (or && condition_triggers(u) > 1) {
		draft_decide(d, it, "one of several has to hold: test "
		             "that in .setup");
		return;
	}
	word = condition_word(it->key, value);
	if (word == NULL && text_same(it->key, "ConditionVirtualization") &&
	    text_same(value, "no") && !not) {
		if (!unit_may(d, it))
			return;
		draft_list(d, it, ".only_if", "!container");
		draft_list(d, it, ".only_if", "!virtual-machine");
	} else if (word == NULL)
		draft_decide(d, it, "there is no such condition: test "
		             "it in .setup, decide it here, or leave it out");
	else if (unit_may(d, it))
		draft_list(d, it, ".only_if",
		           text_of("%s%s", not ? "!" : "", word));
}

/* Of a test that fails the start, what test(1) does: the start of a .setup. */
static const struct {
	const char *key, *option;
} asserts[] = {
	{ "AssertPathExists", "-e" },
	{ "AssertPathIsDirectory", "-d" },
	{ "AssertPathIsSymbolicLink", "-L" },
	{ "AssertFileIsExecutable", "-x" },
	{ "AssertFileNotEmpty", "-s" },
};

/* The command of an assertion, or NULL. */
const char *unit_assert(const struct item *it)
{
	const char *value = text_trim(it->value + (*it->value == '!'));
	struct text t = { 0 };

	for (size_t i = 0; i < sizeof(asserts) / sizeof(*asserts); i++) {
		if (!text_same(asserts[i].key, it->key) || *value != '/')
			continue;
		text_format(&t, "test %s%s ", *it->value == '!' ? "! " : "",
		            asserts[i].option);
		text_shell(&t, value);
		return text_end(&t);
	}
	return NULL;
}

static void unit_conditions(struct unit *u)
{
	for (size_t i = 0; i < u->items.count; i++)
		if (text_starts(u->items.item[i].key, "Condition") &&
		    u->items.item[i].fate == FATE_OPEN)
			unit_condition(u, &u->draft, &u->items.item[i]);
}

/* --- Memory...= */

static void unit_cgroup(struct unit *u)
{
	static const char *const names[][2] = {
		{ "MemoryMax", "memory.max" }, { "MemoryHigh", "memory.high" },
		{ "MemoryLimit", "memory.max" },
		{ "MemorySwapMax", "memory.swap.max" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct item *it = unit_item(u, names[i][0]);
		const char *n = it != NULL ? value_limit(it->value, "as") : NULL;

		if (it != NULL && text_same(it->value, "infinity"))
			draft_drop(&u->draft, it, "this is so anyway");
		else if (n != NULL && unit_may(&u->draft, it))
			draft_list(&u->draft, it, ".cgroup_limits",
			           text_of("%s=%.*s", names[i][1],
			                   (int)strspn(n, "0123456789"), n));
	}
}

/* Folders, conditions and cgroup limits. */
void unit_surroundings(struct unit *u)
{
	struct item *store = unit_item(u, "FileDescriptorStoreMax");

	unit_folders(u);
	unit_conditions(u);
	unit_cgroup(u);
	if (store != NULL && text_same(store->value, "0"))
		draft_drop(&u->draft, store, "this is so anyway");
	else if (store != NULL && unit_may(&u->draft, store))
		draft_set(&u->draft, store, ".fd_store", "%s", store->value);
}
