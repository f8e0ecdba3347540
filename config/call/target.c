/* SPDX-License-Identifier: MIT */
/* What the supervisord that we were forked from knows of services. */
#include "config/call/file.h"

#include "supervisord/base/supervisor.h"

_Static_assert((int)CALL_TARGET_DOWN == (int)TARGET_DOWN &&
                       (int)CALL_TARGET_UP == (int)TARGET_UP &&
                       (int)CALL_TARGET_RESTART == (int)TARGET_RESTART &&
                       (int)CALL_TARGET_ONCE == (int)TARGET_ONCE,
               "target.def");

/* The ledger is shared: this is the target now, not that at the fork. */
int call_target(const char *service)
{
	uint32_t i = table_find(supervisor.world.table, service);
	union phase phase;

	if (i == TABLE_NONE)
		return -ENOENT;
	phase.word = __atomic_load_n(&supervisor.records[i].phase.word,
	                             __ATOMIC_RELAXED);
	return phase.target;
}
