/* SPDX-License-Identifier: MIT */
/* The set of services that a command is about. A bit for each service that
 * there can be; the kernel gives memory only for those that there are. */
#include "conctl/conctl.h"
#include "sys/memory.h"

enum { WORD_BITS = 64, SUGGESTIONS_MAX = 20 };

static uint64_t bits[SERVICES_MAX / WORD_BITS];

static uint32_t words_in_use(void)
{
	return (session.table->services + WORD_BITS - 1) / WORD_BITS;
}

/* Those of a table before this one, too, which may have had more services. */
void choose_nobody(void)
{
	static uint32_t most;

	if (words_in_use() > most)
		most = words_in_use();
	memset(bits, 0, most * sizeof(bits[0]));
}

void choose_one(uint32_t i)
{
	bits[i / WORD_BITS] |= 1ull << (i % WORD_BITS);
}

void choose_not(uint32_t i)
{
	bits[i / WORD_BITS] &= ~(1ull << (i % WORD_BITS));
}

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

static const char *similar(const char *name)
{
	for (uint32_t i = 0; i < session.table->services; i++)
		if (session_lists(i) &&
		    near(name, table_name(session.table, i)))
			return table_name(session.table, i);
	return NULL;
}

static void unknown(const char *name, bool suggest)
{
	const char *other = suggest ? similar(name) : NULL;

	if (other != NULL)
		complain("no such service: '", name, "'; did you mean '",
		         other, "'?", NULL);
	else
		complain("no such service: '", name, "'", NULL);
}

uint32_t choose(const struct order *o)
{
	uint32_t unknowns = 0;

	choose_nobody();
	if (o->count == 0)
		choose_all();
	for (uint32_t k = 0; k < o->count; k++) {
		uint32_t i = table_find(session.table, o->names[k]);

		if (i != TABLE_NONE && session_lists(i))
			choose_one(i);
		else if (!o->lenient)
			unknown(o->names[k], unknowns++ < SUGGESTIONS_MAX);
	}
	return unknowns;
}

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

uint32_t chosen_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		count++;
	return count;
}
