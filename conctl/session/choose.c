/* SPDX-License-Identifier: MIT */
/* The set of services that a command is about: a bit for each service that
 * there can be. The kernel provides memory only for those that there are. */
#include "conctl/session/choose.h"

#include "conctl/base/glob.h"
#include "conctl/base/near.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "model/table.h"
#include "model/text.h"
#include "sys/memory.h"

enum { WORD_BITS = 64, SUGGESTIONS_MAX = 20 };

static uint64_t bits[SERVICES_MAX / WORD_BITS];

static uint32_t words_in_use(void)
{
	return (session.table->services + WORD_BITS - 1) / WORD_BITS;
}

/* Chooses no service: also none of a former table, which may have had more. */
void choose_none(void)
{
	static uint32_t most;

	if (words_in_use() > most)
		most = words_in_use();
	memset(bits, 0, most * sizeof(bits[0]));
}

/* Chooses one more service. */
void choose_one(uint32_t i)
{
	bits[i / WORD_BITS] |= 1ull << (i % WORD_BITS);
}

/* Chooses this service no longer. */
void choose_not(uint32_t i)
{
	bits[i / WORD_BITS] &= ~(1ull << (i % WORD_BITS));
}

/* Whether this service is chosen. */
bool is_chosen(uint32_t i)
{
	return (bits[i / WORD_BITS] >> (i % WORD_BITS) & 1) != 0;
}

static void choose_all(void)
{
	for (uint32_t i = 0; i < session.table->services; i++)
		if (session_lists(i))
			choose_one(i);
}

/* A service with a similar name, or NULL. */
static const char *similar(const char *name)
{
	for (uint32_t i = 0; i < session.table->services; i++)
		if (session_lists(i) &&
		    near(name, table_name(session.table, i)))
			return table_name(session.table, i);
	return NULL;
}

/* systemctl(1) has units: NAME.service is the service NAME, unless there is one
 * of that whole name. TABLE_NONE: there is neither. */
static uint32_t find_service(const char *name)
{
	static const char suffix[] = ".service";
	char word[NAME_MAX_BYTES + 1];
	uint32_t i = table_find(session.table, name);
	size_t length = text_length(name), end = sizeof(suffix) - 1;

	if (i != TABLE_NONE || length <= end || length - end >= sizeof(word) ||
	    !text_equal(name + length - end, suffix))
		return i;
	memcpy(word, name, length - end);
	word[length - end] = '\0';
	return table_find(session.table, word);
}

/* supervisorctl(1) has GROUP:NAME. */
static const char *behind_colon(const char *name)
{
	for (const char *at = name; *at != '\0'; at++)
		if (*at == ':')
			return at + 1;
	return name;
}

static void unknown(const char *name, bool suggest)
{
	const char *other = suggest ? similar(behind_colon(name)) : NULL;

	if (is_glob(name))
		complain("no service matches '", name, "'", NULL);
	else if (text_equal(name, "all"))
		complain("no such service: '", name,
		         "'; '*' names all of them", NULL);
	else if (other != NULL)
		complain("no such service: '", name, "'; did you mean '",
		         other, "'?", NULL);
	else
		complain("no such service: '", name, "'", NULL);
}

/* False: there is none. */
static bool choose_matching(const char *glob)
{
	bool found = false;

	for (uint32_t i = 0; i < session.table->services; i++)
		if (session_lists(i) &&
		    glob_matches(glob, table_name(session.table, i))) {
			choose_one(i);
			found = true;
		}
	return found;
}

static bool choose_named(const char *name)
{
	uint32_t i = find_service(name);

	if (i == TABLE_NONE || !(session_lists(i) || session_is_second(i)))
		return false;
	choose_one(i);
	return true;
}

/* Chooses the services that the order names, or whose names match one with * or
 * ? in it; all that are listed if it names none. Returns how many names are
 * unknown, each of which has been reported; with -i they are passed over, and
 * none is counted. */
uint32_t choose(const struct order *o)
{
	uint32_t unknowns = 0;

	choose_none();
	if (o->count == 0)
		choose_all();
	for (uint32_t k = 0; k < o->count; k++) {
		const char *name = o->names[k];

		if (!(is_glob(name) ? choose_matching(name)
		                    : choose_named(name)) && !o->lenient)
			unknown(name, unknowns++ < SUGGESTIONS_MAX);
	}
	return unknowns;
}

/* After CHECK_MOVED: chooses the same services again, by their names in the
 * former table. Returns how many of them no longer exist. */
uint32_t choose_moved(void)
{
	static uint64_t was[SERVICES_MAX / WORD_BITS];
	const struct table *old = session_former();
	uint32_t lost = 0;

	memcpy(was, bits, sizeof(was));
	memset(bits, 0, sizeof(bits));
	for (uint32_t k = 0; k < old->services; k++) {
		uint32_t i;

		if ((was[k / WORD_BITS] >> (k % WORD_BITS) & 1) == 0)
			continue;
		i = table_find(session.table, table_name(old, k));
		if (i != TABLE_NONE)
			choose_one(i);
		else
			lost++;
	}
	return lost;
}

/* Checks that connate is there. If another table is in force, *moved is set,
 * and the order's names are chosen again. EXIT_DONE; or EXIT_UNREACHABLE or
 * EXIT_UNKNOWN, and that has been explained. */
int choose_check(const struct order *o, bool *moved)
{
	*moved = false;
	switch (session_check()) {
	case CHECK_GONE:
		session_gone();
		return EXIT_UNREACHABLE;
	case CHECK_MOVED:
		*moved = true;
		return choose(o) > 0 ? EXIT_UNKNOWN : EXIT_DONE;
	case CHECK_SAME:
		break;
	}
	return EXIT_DONE;
}

/* The first chosen service from this index on, or TABLE_NONE. */
uint32_t chosen_next(uint32_t i)
{
	while (i < session.table->services) {
		uint64_t rest = bits[i / WORD_BITS] >> (i % WORD_BITS);

		if ((rest & 1) != 0)
			return i;
		i += rest == 0 ? WORD_BITS - i % WORD_BITS : 1;
	}
	return TABLE_NONE;
}

/* How many services are chosen. */
uint32_t chosen_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		count++;
	return count;
}
