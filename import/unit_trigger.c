/* SPDX-License-Identifier: MIT */
/* Sockets and timers: each becomes a part of the service that it starts. */
#include <string.h>

#include "import/text.h"
#include "import/unit_set.h"
#include "import/value.h"
#include "import/word.h"

/* The unit that a socket, timer or path starts. */
static struct unit *unit_started(struct unit_set *s, struct unit *u)
{
	const char *key = unit_is(u, ".socket") ? "Service" : "Unit";
	struct item *it = unit_item(u, key);
	struct unit *found = unit_find(s, it != NULL
	                               ? it->value
	                               : text_of("%s.service", u->naming.stem));

	if (found != NULL && it != NULL)
		draft_carry(&found->draft, it);
	return found;
}

/* --- Sockets */

static const char *socket_kind(const struct item *it, bool local)
{
	static const char *const kinds[][3] = {
		{ "ListenStream", "unix", "tcp" },
		{ "ListenDatagram", "unix-dgram", "udp" },
		{ "ListenSequentialPacket", "unix-seqpacket", NULL },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (text_same(kinds[i][0], it->key))
			return kinds[i][local ? 1 : 2];
	return NULL;
}

/* The options behind an address: those of unix files, those of all. */
static void socket_options(struct unit *u, struct draft *d, struct text *t,
                           bool file)
{
	static const struct {
		const char *key, *option;
		bool file;
	} options[] = {
		{ "SocketMode", "mode", true }, { "SocketUser", "user", true },
		{ "SocketGroup", "group", true },
		{ "FileDescriptorName", "name", false },
		{ "Backlog", "backlog", false },
		{ "BindToDevice", "device", false },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct item *it = unit_item(u, options[i].key);

		if (it == NULL)
			continue;
		draft_carry(d, it);
		if (file || !options[i].file)
			text_format(t, ",%s=%s", options[i].option, it->value);
	}
}

static void socket_flags(struct unit *u, struct draft *d, struct text *t)
{
	struct item *only = unit_item(u, "BindIPv6Only");

	if (unit_says(u, "FreeBind"))
		text_put(t, ",freebind");
	if (unit_says(u, "ReusePort"))
		text_put(t, ",reuseport");
	if (only != NULL && text_same(only->value, "ipv6-only"))
		text_put(t, ",v6only");
	draft_carry(d, unit_item(u, "FreeBind"));
	draft_carry(d, unit_item(u, "ReusePort"));
	draft_carry(d, only);
}

static void socket_listen(struct unit *u, struct draft *d, struct item *it)
{
	bool local = *it->value == '/' || *it->value == '@';
	bool port = it->value[strspn(it->value, "0123456789")] == '\0';
	const char *kind = socket_kind(it, local);
	struct text t = { 0 };

	if (kind == NULL || (!local && !port && !strchr(it->value, ':'))) {
		draft_decide(d, it, "no such socket: let the program open it");
		return;
	}
	if (strchr(it->value, ',') != NULL || strchr(it->value, ' ') != NULL) {
		draft_decide(d, it, "write the address into .listen");
		return;
	}
	if (!unit_may(d, it))
		return;
	text_format(&t, port ? "%s:[::]:%s" : "%s:%s", kind, it->value);
	socket_options(u, d, &t, local && *it->value == '/');
	if (!local)
		socket_flags(u, d, &t);
	if (unit_item(u, "FileDescriptorName") == NULL)
		text_format(&t, ",name=%s", u->naming.name);
	draft_list(d, it, ".listen", text_end(&t));
}

/* systemd gives a unix file mode 0666, and a backlog as large as can be. */
static void unit_socket(struct unit *u, struct unit *service)
{
	struct draft *d = &service->draft;
	struct item *up = unit_item(service, "WantedBy");

	for (size_t i = 0; i < u->items.count; i++)
		if (text_starts(u->items.item[i].key, "Listen") &&
		    u->items.item[i].fate == FATE_OPEN &&
		    socket_kind(&u->items.item[i], true) != NULL)
			socket_listen(u, d, &u->items.item[i]);
	if (draft_has(d, ".listen") && up == NULL &&
	    word_known(".on_demand")) {
		draft_set(d, NULL, ".on_demand", "true");
		draft_set(d, NULL, ".target", "UP");
	} else if (draft_has(d, ".listen") && up == NULL)
		draft_decide(d, NULL, "%s: waits for .on_demand, by which the "
		             "first connection starts it; until then write "
		             ".target = UP", u->naming.name);
}

/* --- Timers */

/* All calendars of a timer as one value. Returns how many other times it has. */
static size_t timer_calendars(struct unit *u, struct draft *d, struct text *t)
{
	const char *before = "CALENDAR(";
	size_t others = 0;

	for (size_t i = 0; i < u->items.count; i++) {
		struct item *it = &u->items.item[i];

		if (it->fate != FATE_OPEN || !text_starts(it->key, "On"))
			continue;
		if (!text_same(it->key, "OnCalendar")) {
			others++;
			continue;
		}
		text_format(t, "%s%s", before, text_quoted(it->value));
		before = ", ";
		if (word_known(".every CALENDAR"))
			draft_carry(d, it);
	}
	text_put(t, ")");
	return others;
}

static void unit_timer(struct unit *u, struct unit *service)
{
	struct draft *d = &service->draft;
	struct item *calendar = unit_item(u, "OnCalendar");
	struct item *each = unit_item(u, "OnUnitActiveSec");
	struct item *splay = unit_item(u, "RandomizedDelaySec");
	struct item *missed = unit_item(u, "Persistent");
	struct text t = { 0 };
	size_t others;

	if (calendar != NULL && !unit_may(d, calendar))
		calendar = NULL;
	others = timer_calendars(u, d, &t);
	if (calendar != NULL && others > 0)
		draft_decide(d, calendar, "there are several times: write one "
		             ".every, or a second service");
	else if (calendar != NULL)
		draft_set(d, calendar, ".every", "%s", text_end(&t));
	else if (each != NULL && unit_may(d, each))
		draft_set(d, each, ".every", "%s",
		          value_time(each->value, true, NULL));
	if (draft_has(d, ".every") && unit_item(u, "WantedBy") != NULL)
		draft_set(d, unit_item(u, "WantedBy"), ".target", "UP");
	if (splay != NULL && unit_may(d, splay))
		draft_set(d, splay, ".splay", "%s",
		          value_time(splay->value, false, NULL));
	if (missed != NULL && value_boolean(missed->value) == 1 &&
	    unit_may(d, missed))
		draft_set(d, missed, ".catch_up", "true");
}

/* What a socket or timer has beside what it listens to: as of the service. */
static bool has_same(const struct unit *u, const struct item *it)
{
	for (size_t i = 0; i < u->items.count; i++)
		if (text_same(u->items.item[i].key, it->key) &&
		    text_same(u->items.item[i].value, it->value))
			return true;
	return false;
}

/* systemd opens no socket, and counts no time, if a condition does not hold; here
 * the service is not started then. */
static void trigger_conditions(struct unit *u, struct unit *service)
{
	for (size_t i = 0; i < u->items.count; i++) {
		struct item *it = &u->items.item[i];

		if (it->fate != FATE_OPEN ||
		    (!text_starts(it->key, "Condition") &&
		     !text_starts(it->key, "Assert")))
			continue;
		if (has_same(service, it))
			draft_drop(&service->draft, it,
			           "the service has the same");
		else if (text_starts(it->key, "Condition"))
			unit_condition(u, &service->draft, it);
	}
}

static void unit_rest(struct unit *u, struct draft *d)
{
	static const char *const loose[] = {
		"Description", "Wants", "After", "Before", "Requires",
		"BindsTo", "Conflicts", "PartOf", "WantedBy", "RequiredBy",
	};

	for (size_t i = 0; i < u->items.count; i++)
		for (size_t k = 0; k < sizeof(loose) / sizeof(*loose); k++)
			if (text_same(u->items.item[i].key, loose[k]))
				draft_drop(d, &u->items.item[i],
				           "the socket or timer is a part of "
				           "its service");
	unit_finish(u, d);
}

/* Makes a socket, timer or path a part of its service; or says in its own draft
 * that there is none. */
void unit_trigger(struct unit_set *s, struct unit *u)
{
	struct unit *service = unit_started(s, u);

	if (service == NULL) {
		draft_decide(&u->draft, NULL, "%s: what it starts is not part "
		             "of this import: give it, too", u->draft.title);
		return;
	}
	u->hosted = true;
	for (size_t i = 0; i < u->draft.remarks; i++)
		if (u->draft.remark[i].kind == REMARK_DECIDE)
			draft_decide(&service->draft, NULL, "%s",
			             u->draft.remark[i].text);
	if (unit_is(u, ".socket"))
		unit_socket(u, service);
	else if (unit_is(u, ".timer"))
		unit_timer(u, service);
	trigger_conditions(u, service);
	unit_rest(u, &service->draft);
}
