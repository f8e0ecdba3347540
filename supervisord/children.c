/* SPDX-License-Identifier: MIT */
/* Peek, record, release: an exit is written down before its zombie is
 * reaped, so it cannot be lost; and it is counted with the store that takes
 * the pid out of the record, so it cannot be counted twice. */
#include "supervisord/supervisord.h"
#include "sys/reap.h"

void child_ended(int32_t pid, bool own, union ending ending)
{
	struct world *w = &supervisor.world;
	uint32_t service = pid_find(w, pid, own);

	if (service == TABLE_NONE)
		return;             /* an orphan that we adopted */
	pid_remove(w, service, pid);
	w->works[service].own = 0;
	w->works[service].slot = NO_SLOT;
	say_end(service, ending);
	publish_end(service, ending);
	world_touch(w, service);
}

void children_reap(void)
{
	siginfo_t how;

	for (int i = 0; i < REAP_MAX; i++) {
		if (!reap_peek(P_ALL, 0, &how))
			return;
		child_ended(how.si_pid, true,
		            (union ending){ .status = how.si_status,
		                            .code = (uint16_t)how.si_code });
		reap_release(how.si_pid);
	}
	supervisor.again = true;
}
