/* SPDX-License-Identifier: MIT */
/* Reading the table, and checking that it may be read. Knows no ledger and no
 * kernel. */
#include "model/table.h"

#include <stddef.h>

#include "model/state.h"
#include "model/text.h"

/* The head of a table of another version may be shorter: it ends where the
 * services begin. */
#define HAS(t, field) \
	((t)->service_at >= \
	 offsetof(struct table, field) + sizeof((t)->field))

static const void *area_at(const struct table *t, uint64_t offset)
{
	return (const unsigned char *)t + offset;
}

/* Service i, or behind the last one the entry at which its edges end. As this
 * version has it only where the table has structures of this length
 * (ledger_is_ours()). */
const struct table_service *table_service(const struct table *t, uint32_t i)
{
	return area_at(t, t->service_at + (uint64_t)i * t->service_bytes);
}

/* Profile i, in the same sense. */
const struct table_profile *table_profile(const struct table *t, uint32_t i)
{
	return area_at(t, t->profile_at + (uint64_t)i * t->profile_bytes);
}

/* How long what is left at the end of the session has, in milliseconds. */
uint32_t table_max_rest_ms(const struct table *t)
{
	return !HAS(t, max_rest_ms) || t->max_rest_ms == 0 ? REST_MS
	                                                   : t->max_rest_ms;
}

/* A copy of service i, from a table of any version: what its entry lacks is
 * 0. */
struct table_service table_service_read(const struct table *t, uint32_t i)
{
	struct table_service s = { 0 };

	__builtin_memcpy(&s, table_service(t, i),
	                 t->service_bytes < sizeof(s) ? t->service_bytes
	                                              : sizeof(s));
	return s;
}

/* A copy of profile i, from a table of any version: what it lacks is 0. */
struct table_profile table_profile_read(const struct table *t, uint32_t i)
{
	struct table_profile p = { 0 };

	__builtin_memcpy(&p, table_profile(t, i),
	                 t->profile_bytes < sizeof(p) ? t->profile_bytes
	                                              : sizeof(p));
	return p;
}

/* The indexes of all services, in the order of their names (by bytes). */
const uint32_t *table_by_name(const struct table *t)
{
	return area_at(t, t->by_name_at);
}

/* All edges, in the order of the services that depend. */
const uint32_t *table_edges(const struct table *t)
{
	return area_at(t, t->edge_at);
}

/* The same edges in the order of the services that are depended on; each has
 * the one that depends. */
const uint32_t *table_back(const struct table *t)
{
	return area_at(t, t->back_at);
}

/* The word at that list index, and those behind it. */
const uint32_t *table_list(const struct table *t, uint32_t index)
{
	return (const uint32_t *)area_at(t, t->list_at) + index;
}

/* The text at that offset into the text area. */
const char *table_text(const struct table *t, uint32_t text)
{
	return (const char *)area_at(t, t->text_at) + text;
}

/* The name of a service. */
const char *table_name(const struct table *t, uint32_t service)
{
	return table_text(t, table_service(t, service)->name);
}

/* The name of the function of a CALL; NULL: the action is none, or the table
 * has no names, or it is a function of a former image. */
const char *table_call(const struct table *t, const struct table_action *a)
{
	if (t->call_names == 0 || a->kind != ACTION_CALL || a->image != 0)
		return NULL;
	return table_text(t, table_list(t, t->call_names - 1)[a->at]);
}

/* How many sockets the service listens on. */
uint32_t table_sockets(const struct table_service *s)
{
	return s->listen.count / SOCKET_WORDS;
}

/* Socket k of the service, which is below table_sockets(). */
struct table_socket *table_socket(const struct table *t,
                                  const struct table_service *s, uint32_t k)
{
	return (struct table_socket *)(uintptr_t)table_list(t, s->listen.at) +
	       k;
}

/* Number n of a pipe for what is passed to the service, to be read or, before
 * the table is in force, to be set: first those of its sockets, then those of
 * its descriptor store. NULL: there are no more. */
uint32_t *table_number(const struct table *t, const struct table_service *s,
                       uint32_t n)
{
	uint32_t sockets = table_sockets(s);

	if (n < sockets)
		return &table_socket(t, s, n)->pipe;
	return n - sockets < s->store.count
	               ? (uint32_t *)(uintptr_t)table_list(t, s->store.at) +
	                         n - sockets
	               : NULL;
}

/* Is its program started and watched by a guard? */
bool table_guards(const struct table_service *s)
{
	return s->stop_all || s->hands_over ||
	       s->ready == READY_KIND_DAEMONIZE;
}

/* The service of which this is a place: with .restart = OVERLAP, of the two the
 * one that stands first in the table; else the service itself. */
uint32_t table_first(const struct table *t, uint32_t service)
{
	uint32_t other = table_service_read(t, service).other;

	return other != 0 && other <= service ? other - 1 : service;
}

/* Has it a socket by which it says that it is ready? */
bool table_speaks(const struct table_service *s)
{
	return s->ready == READY_KIND_FD || s->ready == READY_KIND_SD_NOTIFY;
}

/* The index of the service of that name, or TABLE_NONE. O(log services). */
uint32_t table_find(const struct table *t, const char *name)
{
	const uint32_t *by_name = table_by_name(t);
	uint32_t low = 0, high = t->services;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = text_compare(name, table_name(t, by_name[middle]));

		if (order == 0)
			return by_name[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return TABLE_NONE;
}

/* The signals by which CONNATE(.end_signals) ends everything: bit n - 1 is
 * signal n. 0 in a table whose head has no such field. */
uint64_t table_end_signals(const struct table *t)
{
	return HAS(t, end_signals) ? t->end_signals : 0;
}

/* FNV-1a, 64 bits, over all bytes of the table behind its field `digest`.
 * O(size). */
uint64_t table_digest(const struct table *t)
{
	const unsigned char *byte = (const unsigned char *)t;
	uint64_t digest = 0xcbf29ce484222325ull;
	uint32_t i = offsetof(struct table, digest) + sizeof(t->digest);

	for (; i < t->size; i++)
		digest = (digest ^ byte[i]) * 0x100000001b3ull;
	return digest;
}

/* Checking: each of these functions is true when what it looks at is in
 * range. */

static bool area_fits(const struct table *t, uint32_t offset, uint64_t count,
                      uint64_t item)
{
	return offset >= TABLE_LEAST && offset % (item < 8 ? item : 8) == 0 &&
	       (item < 8 || item % 8 == 0) &&
	       offset <= t->size && count * item <= t->size - offset;
}

static bool length_ok(uint32_t bytes, uint32_t least)
{
	return bytes >= least && bytes <= STRUCTURE_MAX;
}

static bool areas_fit(const struct table *t)
{
	const uint64_t word = sizeof(uint32_t);

	return length_ok(t->service_bytes, SERVICE_LEAST) &&
	       length_ok(t->profile_bytes, PROFILE_LEAST) &&
	       area_fits(t, t->service_at, (uint64_t)t->services + 1,
	                 t->service_bytes) &&
	       area_fits(t, t->profile_at, t->profiles, t->profile_bytes) &&
	       area_fits(t, t->by_name_at, t->services, word) &&
	       area_fits(t, t->edge_at, t->edges, word) &&
	       area_fits(t, t->back_at, t->edges, word) &&
	       area_fits(t, t->list_at, t->list_words, word) &&
	       area_fits(t, t->text_at, t->text_bytes, 1) &&
	       t->text_bytes > 0 && table_text(t, t->text_bytes - 1)[0] == '\0';
}

/* Does each text end soon enough? Also one that begins inside of another. */
static bool text_lengths_ok(const struct table *t)
{
	const char *text = table_text(t, 0);
	uint32_t length = 0;

	for (uint32_t k = 0; k < t->text_bytes; k++) {
		length = text[k] == '\0' ? 0 : length + 1;
		if (length >= TEXT_BYTES_MAX)
			return false;
	}
	return true;
}

/* How many items of lists are looked at for a service with this profile: lists
 * may be shared, so their sum is not bounded by the size of the table. */
static uint64_t profile_looks(const struct table_profile *p)
{
	return (uint64_t)p->env.count + p->groups.count + p->rlimits.count +
	       p->cpus.count * 32ull;
}

static uint64_t service_looks(const struct table *t,
                              const struct table_service *s)
{
	uint64_t looks = (uint64_t)s->setup.count + s->run.count +
	                 s->cleanup.count + s->stop.count + s->reload.count +
	                 s->started.count + s->check.count + s->listen.count +
	                 s->store.count;

	return s->profile < t->profiles
	               ? looks + profile_looks(table_profile(t, s->profile))
	               : looks;
}

/* Is it a bounded number for all services together? */
static bool looks_ok(const struct table *t)
{
	uint64_t looks = 0;

	for (uint32_t i = 0; i < t->profiles; i++)
		looks += profile_looks(table_profile(t, i));
	for (uint32_t i = 0; i < t->services; i++) {
		struct table_service s = table_service_read(t, i);

		looks += service_looks(t, &s);
	}
	return looks <= LOOKS_MAX;
}

static bool text_ok(const struct table *t, uint32_t text)
{
	return text < t->text_bytes;
}

static bool text_or_none_ok(const struct table *t, uint32_t text)
{
	return text == TABLE_NONE || text_ok(t, text);
}

static bool is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	       c == '@' || c == ':';
}

/* Can this be the name of a service: 1 to NAME_MAX_BYTES letters, digits and
 * -_.@:? It need not be quoted in a terminal, a shell or an environment. */
bool table_is_name(const char *name)
{
	uint32_t length = 0;

	while (length <= NAME_MAX_BYTES && is_of_name(name[length]))
		length++;
	return length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0';
}

/* Is there room for these words in front of the text? */
static bool behind_ok(const struct table *t, uint32_t text, const char *words)
{
	return text >= text_length(words) && text_ok(t, text);
}

static bool range_ok(const struct table *t, uint32_t first, uint32_t count)
{
	return first <= t->list_words && count <= t->list_words - first;
}

static bool texts_ok(const struct table *t, uint32_t first, uint32_t count)
{
	if (!range_ok(t, first, count) || count >= t->vector_max)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!text_ok(t, table_list(t, first)[i]))
			return false;
	return true;
}

static bool action_ok(const struct table *t, const struct table_action *a)
{
	switch ((enum action_kind)a->kind) {
	case ACTION_NONE:
		return true;
	case ACTION_EXEC:
		return a->count > 0 && texts_ok(t, a->at, a->count);
	case ACTION_CALL:
		return a->image == 0 ? a->at < t->calls
		                     : a->image <= FORMER_IMAGES;
	case ACTION_SIGNAL:
		return a->at >= 1 && a->at <= 64;
	}
	return false;
}

static bool calls_ok(const struct table *t)
{
	if (t->call_names == 0)
		return true;
	if (!range_ok(t, t->call_names - 1, t->calls))
		return false;
	for (uint32_t k = 0; k < t->calls; k++)
		if (!text_ok(t, table_list(t, t->call_names - 1)[k]))
			return false;
	return true;
}

static bool profile_ok(const struct table *t, const struct table_profile *p)
{
	return p->retry_kind <= RETRY_KIND_NEVER &&
	       p->retry_attempts <= ATTEMPTS_MAX &&
	       text_or_none_ok(t, p->chdir) && text_or_none_ok(t, p->chroot) &&
	       text_or_none_ok(t, p->cgroup) &&
	       texts_ok(t, p->env.at, p->env.count) &&
	       p->env.count + ENV_OURS < t->vector_max &&
	       range_ok(t, p->groups.at, p->groups.count) &&
	       range_ok(t, p->rlimits.at, p->rlimits.count) &&
	       p->rlimits.count % RLIMIT_WORDS == 0 &&
	       range_ok(t, p->cpus.at, p->cpus.count) &&
	       p->cpus.count <= MASK_WORDS_MAX;
}

static bool log_ok(const struct table *t, const struct table_service *s)
{
	switch ((enum log_kind)s->log_kind) {
	case LOG_KIND_INHERIT:
	case LOG_KIND_NONE:
		return true;
	case LOG_KIND_FILE:
		return text_ok(t, s->log_at);
	case LOG_KIND_TO:
		return s->log_at < t->services &&
		       table_service(t, s->log_at)->pipe != TABLE_NONE;
	}
	return false;
}

static bool edges_ok(const struct table *t, const uint32_t *edges,
                     uint32_t first, uint32_t end)
{
	if (first > end || end > t->edges)
		return false;
	for (; first < end; first++)
		if (edge_kind(edges[first]) >= EDGES ||
		    edge_service(edges[first]) >= t->services)
			return false;
	return true;
}

static bool pipes_ok(const struct table *t, const struct table_service *s)
{
	return s->ready <= READY_KIND_CHECK && s->check_pipe <= t->pipes &&
	       (s->check.kind == ACTION_NONE || s->check_pipe > 0) &&
	       (s->pipe == TABLE_NONE || s->pipe < t->pipes) &&
	       (s->ready_pipe == TABLE_NONE || s->ready_pipe < t->pipes) &&
	       (t->service_bytes < sizeof(*s) || s->log_pipe <= t->pipes) &&
	       (!table_speaks(s) || s->ready_pipe != TABLE_NONE);
}

static bool socket_ok(const struct table *t, const struct table_socket *s)
{
	return text_ok(t, s->text) && s->pipe < t->pipes &&
	       text_or_none_ok(t, s->device) && s->address < t->text_bytes &&
	       s->address_bytes <= ADDRESS_BYTES_MAX &&
	       s->address_bytes <= t->text_bytes - s->address &&
	       s->options.count % OPTION_WORDS == 0 &&
	       range_ok(t, s->options.at, s->options.count);
}

static bool sockets_ok(const struct table *t, const struct table_service *s)
{
	uint32_t count = table_sockets(s), store = s->store.count;

	if (s->on_demand >= TARGETS || (s->on_demand != 0 && count == 0) ||
	    s->listen.count != count * SOCKET_WORDS || count > LISTEN_MAX ||
	    store > LISTEN_MAX - count || !range_ok(t, s->store.at, store) ||
	    !range_ok(t, s->listen.at, s->listen.count) ||
	    !text_ok(t, s->listen_names))
		return false;
	while (store > 0)
		if (table_list(t, s->store.at)[--store] >= t->pipes)
			return false;
	while (count > 0)
		if (!socket_ok(t, table_socket(t, s, --count)))
			return false;
	return true;
}

/* An older version's table has none. */
static bool words_ok(const struct table *t, const struct table_service *s)
{
	if (!range_ok(t, s->every.at, s->every.count))
		return false;
	return t->service_bytes < offsetof(struct table_service, never_retry) +
	                                  sizeof(s->never_retry) ||
	       (texts_ok(t, s->words.at, s->words.count) &&
	        range_ok(t, s->success.at, s->success.count) &&
	        range_ok(t, s->never_retry.at, s->never_retry.count));
}

static bool service_ok(const struct table *t, uint32_t i)
{
	const struct table_service own = table_service_read(t, i), *s = &own;
	const struct table_service *next = table_service(t, i + 1);

	return sockets_ok(t, s) && behind_ok(t, s->name, TABLE_NAME_IS) &&
	       table_is_name(table_text(t, s->name)) &&
	       s->profile < t->profiles && s->board_entry < t->board_entries &&
	       table_by_name(t)[i] < t->services &&
	       edges_ok(t, table_edges(t), s->edge_first, next->edge_first) &&
	       edges_ok(t, table_back(t), s->back_first, next->back_first) &&
	       action_ok(t, &s->setup) && action_ok(t, &s->run) &&
	       action_ok(t, &s->cleanup) && s->stop.kind != ACTION_NONE &&
	       action_ok(t, &s->stop) && action_ok(t, &s->reload) &&
	       action_ok(t, &s->started) && action_ok(t, &s->check) &&
	       words_ok(t, s) && log_ok(t, s) && pipes_ok(t, s) &&
	       s->target < TARGETS && s->other <= t->services;
}

/* The numbers that nothing else in the table bounds. */
static bool numbers_ok(const struct table *t)
{
	return t->pipes <= PIPES_MAX && t->loggers <= t->pipes &&
	       t->board_entries <= SERVICES_MAX &&
	       t->vector_max <= TABLE_VECTOR_MAX &&
	       (t->primary == TABLE_NONE || t->primary < t->services);
}

/* Why these `size` bytes are no table, as words for a person; or NULL if every
 * offset, index, count and enum in it is in range, every text ends and every
 * name is one. Reads nothing outside of them. Does not look at the digest.
 * O(size).
 *
 * What passes stays right only for as long as the bytes do: of memory that
 * another process can write, check a copy. */
const char *table_check(const void *bytes, uint64_t size)
{
	const struct table *t = bytes;

	if (size < TABLE_LEAST || t->magic != TABLE_MAGIC)
		return "it is no table of services";
	if (t->version != TABLE_VERSION)
		return "its table of services is of another version";
	if (t->size > size || t->services > SERVICES_MAX)
		return "its table of services is cut off";
	if (t->size > TABLE_BYTES_MAX)
		return "its table of services is too large";
	if (!numbers_ok(t))
		return "a number in its table of services is out of range";
	if (!areas_fit(t))
		return "an area of its table of services is out of range";
	if ((t->lock_file != TABLE_NONE &&
	     !behind_ok(t, t->lock_file, TABLE_LOCK_IS)) ||
	    !text_ok(t, t->source) || !calls_ok(t) || !text_lengths_ok(t))
		return "a text of its table of services is out of range";
	if (!looks_ok(t))
		return "the lists of its table of services are too long";
	for (uint32_t i = 0; i < t->profiles; i++)
		if (!profile_ok(t, table_profile(t, i)))
			return "a profile of its table of services is broken";
	for (uint32_t i = 0; i < t->services; i++)
		if (!service_ok(t, i))
			return "a service of its table of services is broken";
	return NULL;
}
