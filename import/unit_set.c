/* SPDX-License-Identifier: MIT */
/* The units of systemd that are imported together: found by name. */
#include <string.h>

#include "import/memory.h"
#include "import/text.h"
#include "import/unit_set.h"

const char *const boot_targets[] = {
	"default.target", "multi-user.target", "graphical.target",
	"basic.target", "sysinit.target", "local-fs-pre.target",
	"local-fs.target", "remote-fs.target", "network-pre.target",
	"network.target", "network-online.target", "nss-lookup.target",
	"time-sync.target", "sockets.target", "timers.target", "paths.target",
	"getty.target", NULL,
};

bool unit_is(const struct unit *u, const char *kind)
{
	return text_ends(u->naming.name, kind);
}

/* A service has the unit's name without .service; what a name cannot have
 * becomes -. */
const char *unit_service(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.@:";
	struct text t = { 0 };

	if (text_ends(name, ".service"))
		name = text_without(name, ".service");
	for (; *name != '\0'; name++)
		text_char(&t, strchr(allowed, *name) != NULL ? *name : '-');
	return text_end(&t);
}

/* Adds a unit without settings; they are read into it then. Pointers to units
 * are right until the next one is added. */
struct unit *unit_add(struct unit_set *s, const char *name, const char *path)
{
	size_t size = sizeof(struct unit);
	struct unit *u;

	if (s->count == s->room) {
		size_t room = s->room * 2 + 16;

		s->unit = memory_grow(s->unit, s->count * size, room * size);
		s->room = room;
	}
	u = &s->unit[s->count++];
	*u = (struct unit){ .naming = { .path = path, .host = s->host } };
	naming_read(&u->naming, name);
	u->draft.name = unit_service(name);
	u->draft.title = name;
	u->draft.defaults = "systemd's default";
	return u;
}

static bool has_alias(const struct unit *u, const char *name)
{
	const char *at, *alias;

	for (size_t i = 0; i < u->items.count; i++) {
		if (!text_same(u->items.item[i].key, "Alias"))
			continue;
		at = u->items.item[i].value;
		while ((alias = text_next(&at)) != NULL)
			if (text_same(alias, name))
				return true;
	}
	return false;
}

/* By name, or by another name that its [Install] gives it; NULL if there is
 * none. */
struct unit *unit_find(const struct unit_set *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (text_same(s->unit[i].naming.name, name))
			return &s->unit[i];
	for (size_t i = 0; i < s->count; i++)
		if (has_alias(&s->unit[i], name))
			return &s->unit[i];
	return NULL;
}
