/* SPDX-License-Identifier: MIT */
/* restart --rolling: some of the chosen services at a time, the next ones when
 * those are up again, so that the others serve meanwhile. The names are copied
 * before the first one is changed: another table may come into force. */
#include "conctl/change/rolling.h"

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/members.h"
#include "model/table.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"
#include "sys/memory.h"

enum { LEFT_NAMED = 5 };

static bool is_only_group(uint32_t i)
{
	const struct table_service *s = table_service(session.table, i);
	const uint32_t *member;

	return s->run.kind == ACTION_NONE && members_of(i, &member) > 0;
}

/* A group would take all of its members along at once. */
static void choose_members_of_groups(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		const uint32_t *member;
		uint32_t count = members_of(i, &member);

		for (uint32_t k = 0; k < count; k++)
			choose_one(member[k]);
	}
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (is_only_group(i))
			choose_not(i);
}

/* -errno. */
static int names_copy(struct rolling *r)
{
	uint64_t each = sizeof(*r->names) + NAME_MAX_BYTES + 1;
	long at;
	char *to;

	r->at = 0;
	r->count = chosen_count();
	at = sys_mmap(NULL, (r->count + 1) * each, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at < 0 && at > -4096)
		return (int)at;
	r->names = (char **)at;
	to = (char *)(r->names + r->count);
	for (uint32_t k = 0, i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1), to += NAME_MAX_BYTES + 1) {
		const char *name = table_name(session.table, i);

		memcpy(to, name, text_length(name));
		r->names[k++] = to; /* the kernel's memory is 0 */
	}
	return 0;
}

/* Copies the names of the chosen services, of groups those of their members.
 * EXIT_DONE, or EXIT_MISSED, and that has been explained. */
int rolling_begin(struct rolling *r)
{
	struct digits d;
	int error;

	choose_members_of_groups();
	error = names_copy(r);
	if (error < 0)
		complain("there is no memory for the names: ",
		         text_error(&d, error), NULL);
	return error < 0 ? EXIT_MISSED : EXIT_DONE;
}

/* The order about the next o->at_once services; the time that -t gives begins
 * anew. False: there are no more. */
bool rolling_next(struct rolling *r, const struct order *o, struct order *part)
{
	uint32_t left = r->count - r->at;
	uint32_t most = o->at_once != 0 ? o->at_once : 1;
	uint64_t ms;

	*part = *o;
	part->names = r->names + r->at;
	part->count = left < most ? left : most;
	r->at += part->count;
	if (o->timed && time_parse(o->timeout, &ms))
		part->deadline_ms = clock_now_ms() + ms;
	return part->count > 0;
}

/* Says which services have not had their turn, if there are any. */
void rolling_say_left(const struct rolling *r)
{
	uint32_t named = r->at;
	struct digits d;

	if (r->at == r->count)
		return;
	out_text(&out_report, "left as they were:");
	for (; named < r->count && named < r->at + LEFT_NAMED; named++)
		out_texts(&out_report, " ", r->names[named], NULL);
	if (named < r->count)
		out_texts(&out_report, " and ",
		          text_number(&d, r->count - named), " more", NULL);
	out_text(&out_report, "\n");
}
