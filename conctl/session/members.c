/* SPDX-License-Identifier: MIT */
/* The members of a group, and of groups among them. A group does not wait for
 * its members, so it may be up while they are not: what is said of a group
 * looks at them. Knows no order. */
#include "conctl/session/members.h"

#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "model/graph.h"

enum { WORD_BITS = 64 };

static uint64_t known[SERVICES_MAX / WORD_BITS];
static uint32_t found[SERVICES_MAX];
static uint32_t found_count;

static void found_clear(void)
{
	for (; found_count > 0; found_count--) {
		uint32_t i = found[found_count - 1];

		known[i / WORD_BITS] &= ~(1ull << (i % WORD_BITS));
	}
}

static void found_add(uint32_t i)
{
	if ((known[i / WORD_BITS] >> (i % WORD_BITS) & 1) != 0)
		return;
	known[i / WORD_BITS] |= 1ull << (i % WORD_BITS);
	found[found_count++] = i;
}

static void add_members(uint32_t group)
{
	struct edges e = edges_from(session.table, group);

	for (; e.at < e.end; e.at++)
		if (edge_kind(*e.at) == EDGE_GROUPS)
			found_add(edge_service(*e.at));
}

/* How many members a service has, those of its members included; 0: it is no
 * group. *members: their indexes, until the next call. Each is there once, also
 * if groups are members of each other. O(edges of all of them). */
uint32_t members_of(uint32_t group, const uint32_t **members)
{
	found_clear();
	add_members(group);
	for (uint32_t k = 0; k < found_count; k++)
		add_members(found[k]);
	*members = found;
	return found_count;
}

/* Is it wanted, and not up? A member that was asked down, or is done, is not
 * missing. */
bool member_is_missing(uint32_t member)
{
	union phase phase = session_record(member).phase;

	return phase.target != TARGET_DOWN && phase.state != STATE_UP;
}
