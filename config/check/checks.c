/* SPDX-License-Identifier: MIT */
/* The order of the checks. All are made, whatever the others found, but for
 * those that make no sense or would say the same again. */
#include "config/check/check.h"

static void check_service(const struct config *c, uint32_t i,
                          struct account *account, const struct host *h)
{
	attributes_check(c, i);
	actions_check(c, i);
	phases_check(c, i);
	overlap_check(c, i);
	limits_check(c, i);
	environment_check(c, i);
	paths_check(c, i, h);
	words_check(c, i, h);
	ends_check(c, i);
	timers_check(c, i);
	*account = account_check(c, i, h);
	sockets_check(c, i, h);
	if (h->look && !timers_keeps(service_of(c, i)))
		programs_check(c, i, account, h);
}

static void check_graph(const struct config *c, struct checked *k)
{
	uint32_t before = report_errors();

	k->graph = edges_check(c);
	stops_check(c, &k->graph);
	if (report_errors() == before)
		rivals_check(c, &k->graph);
	targets_check(c, &k->graph);
	if (cycles_check(c, &k->graph))
		budget_check(c, &k->graph);
}

struct config checks_prepare(const struct config *written)
{
	struct config kept = timers_kept(actions_flatten(written));

	return templates_expand(&kept);
}

struct checked checks_run(const struct config *c, const struct options *o)
{
	const struct host h = {
		o->host_checks,
		o->other_machine ? 0 : object_machine(o->object),
	};
	struct checked k;

	k.accounts = memory_new(c->count, sizeof(*k.accounts));
	names_check(c);
	check_graph(c, &k);
	rest_check(c);
	logs_check(c);
	signals_check(c);
	for (uint32_t i = 0; i < c->count; i++)
		check_service(c, i, &k.accounts[i], &h);
	if (c->count == 0)
		report_warning(c, 0, ": there are no services");
	if (h.look)
		shell_check(c);
	k.functions = functions_gather(c, o);
	if (o->object != NULL)
		object_check(c, &k.functions, o->object);
	return k;
}
