/* SPDX-License-Identifier: MIT */
/* Targets of services: a target that is set for one is spread to those that
 * have to follow (model/target.c), and stored. */
#include "supervisord/base/targets.h"

#include "model/change.h"
#include "model/request.h"
#include "model/target.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"

/* Only what was asked to be down stays down when somebody connects. */
static void hold(uint32_t service, enum target target)
{
	if (configured(service)->on_demand != TARGET_DOWN)
		publish_held(service, target == TARGET_DOWN);
}

/* Stores the targets that follow from those that target_set() has collected.
 * Killed in between: some are stored. It is for the caller that this does no
 * harm: a request has no answer then, and is sent again. */
void targets_apply(void)
{
	struct world *w = &supervisor.world;
	struct change change;

	while (target_next(w, &change)) {
		union phase before = record_of(change.service)->phase;

		hold(change.service, change.phase.target);
		publish_change(&change);
		world_changed(w, change.service, before);
	}
}

/* Sets the target of each service of `count` ranges, then what follows from
 * it. The ranges are within the table. */
void targets_set(const struct request_range *ranges, uint32_t count,
                 enum target target)
{
	for (uint32_t k = 0; k < count; k++)
		for (uint32_t i = 0; i < ranges[k].count; i++) {
			hold(ranges[k].first + i, target);
			target_set(&supervisor.world, ranges[k].first + i,
			           target);
		}
	targets_apply();
}
