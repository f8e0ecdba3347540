/* SPDX-License-Identifier: MIT */
/* What the vocabulary has and this version cannot do yet: refused by name,
 * so that nobody relies on it. A row goes when its field works. */
#include "config/check/check.h"

struct field {
	const char *name;
	bool given;
};

static void refuse(const struct config *c, uint32_t i, const struct field *f)
{
	if (f->given)
		report_error(c, i, ": %s is not supported by this version",
		             f->name);
}

void unsupported_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);
	const struct field fields[] = {
		{ "READY_DAEMONIZE", s->ready.ready == CONFIG_READY_DAEMONIZE },
		{ "READY_FD", s->ready.ready == CONFIG_READY_FD },
		{ "READY_SD_NOTIFY", s->ready.ready == CONFIG_READY_SD_NOTIFY },
		{ ".stop other than SIGNAL",
		  s->stop.action != CONFIG_ACTION_SIGNAL },
		{ ".reload", s->reload.action != CONFIG_ACTION_NONE },
		{ ".stop_all", s->stop_all },
		{ ".ioprio", s->ioprio.io != CONFIG_IO_INHERIT },
		{ ".oom_score_adj", s->oom_score_adj != CONFIG_UNSET },
		{ ".rlimits", s->rlimits.first != NULL },
		{ ".chroot", s->chroot != NULL },
		{ ".capabilities", s->capabilities.item != NULL },
		{ ".cgroup", s->cgroup != NULL },
		{ ".namespaces", s->namespaces.item != NULL },
		{ ".cpus", s->cpus != NULL },
		{ ".primary", s->primary },
	};

	for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
		refuse(c, i, &fields[k]);
}
