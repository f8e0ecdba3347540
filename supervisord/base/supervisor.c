/* SPDX-License-Identifier: MIT */
/* The one global variable of supervisord: its clock, and what it has for each
 * service. */
#include "supervisord/base/supervisor.h"

#include "model/said.h"
#include "sys/clock.h"

/* What a configuration calls reads it by its name (config/call), also where
 * supervisord is compiled as a whole. */
__attribute__((used)) struct supervisor supervisor;

/* Sets supervisor.now_ms, which stands still during a pass: CLOCK_MONOTONIC in
 * milliseconds (clock_gettime(2)). Cannot fail. */
void supervisor_read_clock(void)
{
	supervisor.now_ms = clock_now_ms();
}

/* The record of a service, below ledger.services, in the ledger. Of all places
 * that use it, one computes where it is. */
__attribute__((noinline)) struct record *record_of(uint32_t service)
{
	return &supervisor.records[service];
}

/* What supervisord knows of it beside its record. */
__attribute__((noinline)) struct work *work_of(uint32_t service)
{
	return &supervisor.world.works[service];
}

/* Where it is kept whether a service with .on_demand was asked to be down: `run`
 * of the entry of its first socket (model/said.h). */
struct said *demand_of(uint32_t service)
{
	const struct table_socket *first =
		table_socket(table_in_force(), configured(service), 0);

	return said_entry(supervisor.ledger, first->pipe);
}

/* What the checks of a service with .check have found (model/said.h). */
struct health *health_of(uint32_t service)
{
	return (void *)said_entry(supervisor.ledger,
	                          configured(service)->check_pipe - 1);
}
