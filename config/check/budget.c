/* SPDX-License-Identifier: MIT */
/* CONNATE(.stop_budget): may stopping everything take longer? The longest
 * chain of services that stop one after the other, by their time-outs. What
 * the kernel takes to end a killed process does not count: it is no time-out.
 * Linear in services and edges; there are no cycles. */
#include <stdlib.h>

#include "config/check/check.h"

enum { SHOWN_MAX = 12 }; /* services of a chain */

struct chain {
	const struct config *c;
	const struct graph *g;
	long long *own_ms; /* how long one service may take */
	long long *all_ms; /* until it is down, from the first stop */
	uint32_t *after;   /* the last one to be down before it; or none */
	uint32_t *waits;   /* of those before it, how many are left */
	uint32_t *queue, count;
};

static bool endless(const struct config_time *t)
{
	return t->ms == CONFIG_FOREVER_MS;
}

static bool can_stop(const struct config_service *s)
{
	return s->run.action != CONFIG_ACTION_NONE ||
	       s->setup.action != CONFIG_ACTION_NONE;
}

static bool cleans_up(const struct config_service *s)
{
	return s->cleanup.action != CONFIG_ACTION_NONE;
}

/* Negative ones are reported elsewhere. */
static long long counted(const struct config_time *t)
{
	return endless(t) || t->ms < 0 ||
	                       t->ms > TIME_MAX_DAYS * 24LL * 60 * 60 * 1000
	               ? 0
	               : t->ms;
}

/* A logger has the time to stop twice: first to read its pipe. */
static bool is_logger(const struct graph *g, uint32_t i)
{
	for (uint32_t e = g->back_first[i]; e < g->back_first[i + 1]; e++)
		if (edge_kind(g->back[e]) == EDGE_LOGS)
			return true;
	return false;
}

static long long own_time(const struct chain *k, uint32_t i)
{
	const struct config_service *s = service_of(k->c, i);
	long long stop = can_stop(s) ? counted(&s->max_stop) : 0;

	return (is_logger(k->g, i) ? 2 * stop : stop) +
	       (cleans_up(s) ? counted(&s->max_cleanup) : 0);
}

/* A service that stops first has all of those behind it that waited only for
 * it. */
static void count_waits(struct chain *k)
{
	const struct graph *g = k->g;

	for (uint32_t i = 0; i < g->services; i++) {
		k->own_ms[i] = own_time(k, i);
		k->all_ms[i] = k->own_ms[i];
		k->after[i] = TABLE_NONE;
		for (uint32_t e = g->back_first[i]; e < g->back_first[i + 1];
		     e++)
			k->waits[i] += edge_waits(g->back[e]);
		if (k->waits[i] == 0)
			k->queue[k->count++] = i;
	}
}

static void stop_next(struct chain *k, uint32_t i, uint32_t below)
{
	long long all_ms = k->all_ms[i] + k->own_ms[below];

	if (all_ms > k->all_ms[below] ||
	    (all_ms == k->all_ms[below] && k->after[below] == TABLE_NONE)) {
		k->all_ms[below] = all_ms;
		k->after[below] = i;
	}
	if (--k->waits[below] == 0)
		k->queue[k->count++] = below;
}

static uint32_t last_down(const struct chain *k)
{
	uint32_t last = 0;

	for (uint32_t i = 1; i < k->g->services; i++)
		if (k->all_ms[i] > k->all_ms[last])
			last = i;
	return last;
}

/* 90 s, 0.25 s */
static void budget_print_time(FILE *to, long long ms)
{
	fprintf(to, "%lld", ms / 1000);
	if (ms % 1000 != 0) {
		int part = (int)(ms % 1000), digits = 3;

		for (; part % 10 == 0; part /= 10)
			digits--;
		fprintf(to, ".%0*d", digits, part);
	}
	fprintf(to, " s");
}

static void print_one(FILE *to, const struct chain *k, uint32_t i)
{
	const struct config_service *s = service_of(k->c, i);

	fprintf(to, "%s (", s->name);
	if (can_stop(s) && is_logger(k->g, i)) {
		budget_print_time(to, counted(&s->max_stop));
		fprintf(to, " to read its pipe + ");
	}
	if (can_stop(s))
		budget_print_time(to, counted(&s->max_stop));
	if (can_stop(s) && cleans_up(s))
		fprintf(to, " + ");
	if (cleans_up(s)) {
		budget_print_time(to, counted(&s->max_cleanup));
		fprintf(to, " to clean up");
	}
	fprintf(to, ")");
}

/* Those that take no time are no part of the sum. */
static uint32_t steps_of(const struct chain *k, uint32_t last, uint32_t *step)
{
	uint32_t count = 0;

	for (uint32_t i = last; i != TABLE_NONE; i = k->after[i])
		if (k->own_ms[i] > 0)
			step[count++] = i;
	return count;
}

static void print_chain(FILE *to, const struct chain *k, uint32_t last)
{
	uint32_t *step = k->queue; /* all have left it */
	uint32_t count = steps_of(k, last, step);

	for (uint32_t at = 0; at < count; at++) {
		if (at > 0)
			fprintf(to, " -> ");
		if (count > SHOWN_MAX && at == SHOWN_MAX / 2) {
			fprintf(to, "... (%u more)", count - SHOWN_MAX);
			at = count - SHOWN_MAX / 2 - 1;
			continue;
		}
		print_one(to, k, step[count - at - 1]);
	}
}

static const char *text_of(const struct chain *k, uint32_t last,
                           long long budget_ms)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		return "";
	budget_print_time(to, budget_ms);
	fprintf(to, ", and stopping may take ");
	budget_print_time(to, k->all_ms[last]);
	fprintf(to, ": ");
	print_chain(to, k, last);
	fclose(to);
	return text;
}

static void check_chain(const struct config *c, const struct graph *g,
                        long long budget_ms)
{
	uint32_t n = g->services;
	struct chain k = {
		.c = c,
		.g = g,
		.own_ms = memory_new(n, sizeof(long long)),
		.all_ms = memory_new(n, sizeof(long long)),
		.after = memory_new(n, sizeof(uint32_t)),
		.waits = memory_new(n, sizeof(uint32_t)),
		.queue = memory_new(n, sizeof(uint32_t)),
	};
	uint32_t last;

	count_waits(&k);
	for (uint32_t at = 0; at < k.count; at++)
		for (uint32_t i = k.queue[at], e = g->first[i];
		     e < g->first[i + 1]; e++)
			if (edge_waits(g->edge[e]))
				stop_next(&k, i, edge_service(g->edge[e]));
	last = last_down(&k);
	if (n > 0 && k.all_ms[last] > budget_ms)
		report_error(c, (uint32_t)c->count, ": .stop_budget is %s",
		             text_of(&k, last, budget_ms));
}

static void check_endless(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);
	const struct {
		const char *field;
		bool found;
	} fields[] = {
		{ ".max_stop", can_stop(s) && endless(&s->max_stop) },
		{ ".max_cleanup", cleans_up(s) && endless(&s->max_cleanup) },
	};

	for (int k = 0; k < 2; k++)
		if (fields[k].found)
			report_error(c, i,
			             ": %s is FOREVER, which no "
			             ".stop_budget allows",
			             fields[k].field);
}

void budget_check(const struct config *c, const struct graph *g)
{
	const struct config_time *budget = &c->is.stop_budget;

	if (budget->unit == 0 && budget->ms == 0)
		return;
	if (budget->unit != CONFIG_UNIT_MS)
		report_error(c, (uint32_t)c->count,
		             ": .stop_budget is written "
		             "SECONDS(n) or MILLISECONDS(n)");
	else if (budget->ms <= 0)
		report_error(c, (uint32_t)c->count, ": .stop_budget is %s",
		             budget->ms < 0 ? "negative"
		                            : "zero; leave it out "
		                              "for no limit");
	else if (!endless(budget)) {
		for (uint32_t i = 0; i < c->count; i++)
			check_endless(c, i);
		check_chain(c, g, budget->ms);
	}
}
