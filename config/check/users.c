/* SPDX-License-Identifier: MIT */
/* Users and groups as numbers. Names are those of the build machine. On another
 * one they may be other numbers, all but root: that is said where the program
 * may be for another machine, and they are refused where it is for one of
 * another kind. A number is taken as it is, whatever this machine thinks of
 * it. */
#include <elf.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"
#include "model/text.h"

enum { GROUPS_MAX = 65536 };        /* linux/limits.h: NGROUPS_MAX */

/* What was looked up before: many services share few users. */
struct known {
	struct known *next;
	const char *name;
	bool found;
	uint32_t uid, gid;
};

static bool is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool to_id(const char *text, uint32_t *id)
{
	uint64_t value;

	if (!text_to_number(text, TABLE_NONE - 1, &value))
		return false;
	*id = (uint32_t)value;
	return true;
}

static const struct known *known_find(const struct known *k, const char *name)
{
	while (k != NULL && strcmp(k->name, name) != 0)
		k = k->next;
	return k;
}

static struct known *known_add(struct known **list, const char *name)
{
	struct known *k = memory_new(1, sizeof(*k));

	*k = (struct known){ .next = *list, .name = name };
	*list = k;
	return k;
}

static const struct known *user_find(const char *name)
{
	static struct known *users;
	const struct known *old = known_find(users, name);
	const struct passwd *entry;
	struct known *k;

	if (old != NULL)
		return old;
	k = known_add(&users, name);
	entry = getpwnam(name);
	if (entry != NULL) {
		k->found = true;
		k->uid = entry->pw_uid;
		k->gid = entry->pw_gid;
	}
	return k;
}

static const struct known *group_find(const char *name)
{
	static struct known *groups;
	const struct known *old = known_find(groups, name);
	const struct group *entry;
	struct known *k;

	if (old != NULL)
		return old;
	k = known_add(&groups, name);
	entry = getgrnam(name);
	if (entry != NULL) {
		k->found = true;
		k->gid = entry->gr_gid;
	}
	return k;
}

static bool is_elsewhere(const struct host *h)
{
	return !h->look || h->machine == EM_NONE;
}

/* The only name with the same number on every machine: credentials(7). */
static bool is_root(const char *name)
{
	return strcmp(name, "root") == 0;
}

static void report_elsewhere(const struct config *c, uint32_t i,
                             const struct host *h, const char *field,
                             const char *name, uint32_t id)
{
	if (h->machine == EM_NONE)
		report_error(c, i,
		             ": %s: '%s' is %u on this machine, and this is "
		             "built for another; say numbers, in .user and "
		             ".group",
		             field, name, id);
	else
		report_warning(c, i,
		               ": %s: '%s' is %u on this machine, which is "
		               "taken; if this is built for another one, say "
		               "numbers, in .user and .group",
		               field, name, id);
}

static uint32_t group_id(const struct config *c, uint32_t i,
                         const struct host *h, const char *field,
                         const char *name)
{
	uint32_t id = TABLE_NONE;

	if (name == NULL || *name == '\0')
		report_error(c, i, ": %s is empty", field);
	else if (is_number(name) && !to_id(name, &id))
		report_error(c, i, ": %s: %s is too large for a group", field,
		             name);
	else if (is_root(name))
		id = 0;
	else if (!is_number(name) && group_find(name)->found)
		id = group_find(name)->gid;
	else if (!is_number(name))
		report_error(c, i, ": %s: there is no group '%s' on this "
		             "machine; its number would do", field, name);
	if (id != TABLE_NONE && is_elsewhere(h) && !is_number(name) &&
	    !is_root(name))
		report_elsewhere(c, i, h, field, name, id);
	return id;
}

uint32_t group_of_field(const struct config *c, uint32_t i,
                        const struct host *h, const char *field,
                        const char *name)
{
	return group_id(c, i, h, field, name);
}

uint32_t user_of_field(const struct config *c, uint32_t i,
                       const struct host *h, const char *field,
                       const char *name)
{
	uint32_t id = TABLE_NONE;

	if (is_root(name))
		return 0;
	if (is_number(name) && to_id(name, &id))
		return id;
	if (!is_number(name) && user_find(name)->found) {
		id = user_find(name)->uid;
		if (is_elsewhere(h))
			report_elsewhere(c, i, h, field, name, id);
		return id;
	}
	report_error(c, i, ": %s: there is no user '%s' on this machine; its "
	             "number would do", field, name);
	return id;
}

static int group_by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The groups that the name is a member of, gid among them. */
static void add_members(struct account *a, const char *name)
{
	int count = 0;

	(void)getgrouplist(name, a->gid, NULL, &count); /* how many */
	a->has_groups = true;
	a->group = memory_new((size_t)count, sizeof(*a->group));
	if (getgrouplist(name, a->gid, a->group, &count) < 0)
		count = 0;
	a->groups = (uint32_t)count;
	qsort(a->group, a->groups, sizeof(*a->group), group_by_number);
}

static void add_root(const struct config_service *s, struct account *a)
{
	a->uid = 0;
	if (s->group == NULL)
		a->gid = 0;
	a->has_groups = true;
	a->groups = 1;
	a->group = memory_new(1, sizeof(*a->group)); /* 0 */
}

static void add_named(const struct config *c, uint32_t i, const struct host *h,
                      struct account *a)
{
	const struct config_service *s = service_of(c, i);
	const struct known *k = user_find(s->user);

	if (is_elsewhere(h) && is_root(s->user)) {
		add_root(s, a);
		return;
	}
	if (!k->found) {
		report_error(c, i, ": .user: there is no user '%s' on this "
		             "machine; numbers in .user and .group would do",
		             s->user);
		return;
	}
	if (is_elsewhere(h))
		report_elsewhere(c, i, h, ".user", s->user, k->uid);
	a->uid = k->uid;
	if (s->group == NULL)
		a->gid = k->gid;
	if (s->extra_groups.item == NULL)
		add_members(a, s->user);
}

/* A number says nothing of groups: keeping ours would be a surprise. */
static void add_number(const struct config *c, uint32_t i, struct account *a)
{
	const struct config_service *s = service_of(c, i);

	if (!to_id(s->user, &a->uid))
		report_error(c, i, ": .user: %s is too large for a user",
		             s->user);
	if (s->group == NULL)
		report_error(c, i, ": .user is a number, so .group must be "
		             "given too");
	a->has_groups = true;
}

static void add_extra(const struct config *c, uint32_t i, const struct host *h,
                      struct account *a)
{
	const struct config_list *extra = &service_of(c, i)->extra_groups;

	if (extra->item == NULL)
		return;
	if (!extra->given) {
		report_error(c, i, ": .extra_groups is written LIST(\"name\", "
		             "...)");
		return;
	}
	if (extra->count > GROUPS_MAX)
		report_error(c, i, ": .extra_groups has %zu; %d are the most",
		             extra->count, GROUPS_MAX);
	a->has_groups = true;
	a->groups = (uint32_t)extra->count;
	a->group = memory_new(extra->count, sizeof(*a->group));
	for (size_t k = 0; k < extra->count; k++)
		a->group[k] =
			group_id(c, i, h, ".extra_groups", extra->item[k]);
}

/* The owner of a folder. Names are those of this machine. */
struct account owner_find(const char *user, const char *group)
{
	struct account a = { .uid = TABLE_NONE, .gid = TABLE_NONE };

	if (user != NULL && is_number(user))
		(void)to_id(user, &a.uid); /* owner_check() tells */
	else if (user != NULL && user_find(user)->found)
		a.uid = user_find(user)->uid;
	if (group != NULL && is_number(group))
		(void)to_id(group, &a.gid); /* the same */
	else if (group != NULL && group_find(group)->found)
		a.gid = group_find(group)->gid;
	return a;
}

static void owner_known(const struct config *c, uint32_t i,
                        const struct host *h, const char *what,
                        const char *name, uint32_t id)
{
	if (name == NULL)
		return;
	if (id == TABLE_NONE)
		report_error(c, i,
		             ": .folders: there is no %s '%s' on this machine",
		             what, name);
	else if (is_elsewhere(h) && !is_number(name) && !is_root(name))
		report_elsewhere(c, i, h, ".folders", name, id);
}

struct account owner_check(const struct config *c, uint32_t i,
                           const struct host *h, const char *user,
                           const char *group)
{
	struct account a = owner_find(user, group);

	owner_known(c, i, h, "user", user, a.uid);
	owner_known(c, i, h, "group", group, a.gid);
	return a;
}

struct account account_check(const struct config *c, uint32_t i,
                             const struct host *h)
{
	const struct config_service *s = service_of(c, i);
	struct account a = { .uid = TABLE_NONE, .gid = TABLE_NONE };

	if (s->group != NULL)
		a.gid = group_id(c, i, h, ".group", s->group);
	if (s->user != NULL && *s->user == '\0')
		report_error(c, i, ": .user is empty");
	else if (s->user != NULL && is_number(s->user))
		add_number(c, i, &a);
	else if (s->user != NULL)
		add_named(c, i, h, &a);
	add_extra(c, i, h, &a);
	return a;
}
