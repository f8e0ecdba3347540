/* SPDX-License-Identifier: MIT */
/* A number for all by which the process of a service is started. Another
 * configuration whose number is the same needs no restart of it. What is as if
 * it had been left out does not count, so that a field which is new in this
 * version changes no number. Knows no finding. */
#include <string.h>

#include "config/check/check.h"

struct sum {
	const struct table *t;
	const struct functions *f;
	uint32_t h;
};

static void bytes(struct sum *s, const void *from, size_t size)
{
	const unsigned char *byte = from;

	for (size_t k = 0; k < size; k++)
		s->h = (s->h ^ byte[k]) * 0x01000193;
}

static void hash_text(struct sum *s, const char *label, const char *value)
{
	bytes(s, label, strlen(label) + 1);
	bytes(s, value, strlen(value) + 1);
}

static void hash_number(struct sum *s, const char *label, uint64_t value,
                        uint64_t unset)
{
	if (value == unset)
		return;
	bytes(s, label, strlen(label) + 1);
	bytes(s, &value, sizeof(value));
}

static void text_or_none(struct sum *s, const char *label, uint32_t at)
{
	if (at != TABLE_NONE)
		hash_text(s, label, table_text(s->t, at));
}

static void hash_texts(struct sum *s, const char *label, uint32_t at,
                       uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
		hash_text(s, label, table_text(s->t, table_list(s->t, at)[k]));
}

static void hash_words(struct sum *s, const char *label, struct table_list list)
{
	for (uint32_t k = 0; k < list.count; k++)
		hash_number(s, label, table_list(s->t, list.at)[k], UINT64_MAX);
}

static void hash_action(struct sum *s, const char *label,
                        const struct table_action *a)
{
	hash_number(s, label, a->kind, ACTION_NONE);
	if (a->kind == ACTION_EXEC)
		hash_texts(s, label, a->at, a->count);
	if (a->kind == ACTION_CALL)
		hash_text(s, label, s->f->name[a->at]);
	if (a->kind == ACTION_SIGNAL)
		hash_number(s, label, a->at, 0);
}

static void logs(struct sum *s, const struct table_service *service)
{
	hash_number(s, "log", service->log_kind, LOG_KIND_INHERIT);
	if (service->log_kind == LOG_KIND_TO)
		hash_text(s, "log", table_name(s->t, service->log_at));
	if (service->log_kind != LOG_KIND_FILE)
		return;
	hash_text(s, "log", table_text(s->t, service->log_at));
	hash_number(s, "log_mode", service->log_mode, UINT64_MAX);
	hash_number(s, "overwrite", service->log_overwrite, false);
}

static void attributes(struct sum *s, const struct table_profile *p)
{
	hash_number(s, "env", p->has_env, false);
	hash_texts(s, "env", p->env.at, p->env.count);
	text_or_none(s, "chdir", p->chdir);
	hash_number(s, "user", p->uid, TABLE_NONE);
	hash_number(s, "group", p->gid, TABLE_NONE);
	hash_number(s, "extra_groups", p->has_groups, false);
	hash_words(s, "extra_groups", p->groups);
	hash_number(s, "umask", p->umask, TABLE_NONE);
	hash_number(s, "nice", (uint32_t)p->nice, 0);
	hash_number(s, "no_new_privs", p->no_new_privs, false);
	hash_number(s, "ioprio", p->ioprio, TABLE_NONE);
	hash_number(s, "oom_score_adj", (uint32_t)p->oom_score_adj,
	            (uint32_t)TABLE_UNSET);
	text_or_none(s, "chroot", p->chroot);
	text_or_none(s, "cgroup", p->cgroup);
	hash_words(s, "rlimits", p->rlimits);
	hash_number(s, "capabilities", p->has_capabilities, false);
	hash_number(s, "capabilities", p->capabilities, 0);
	hash_number(s, "namespaces", p->namespaces, 0);
	hash_words(s, "cpus", p->cpus);
}

uint32_t definition_of(const struct table *t, const struct functions *f,
                       uint32_t i)
{
	const struct table_service *service = table_service(t, i);
	struct sum s = { t, f, 0x811c9dc5 };

	hash_action(&s, "setup", &service->setup);
	hash_action(&s, "run", &service->run);
	if (table_guards(service))
		hash_action(&s, "stop", &service->stop);
	hash_number(&s, "stop_all", service->stop_all, false);
	hash_number(&s, "hands_over", service->hands_over, false);
	hash_number(&s, "ready", service->ready, READY_KIND_AT_ONCE);
	if (service->ready == READY_KIND_FD)
		hash_number(&s, "ready_fd", service->ready_fd, 0);
	hash_number(&s, "reads_each", service->reads_each, false);
	hash_number(&s, "watchdog", service->watchdog_ms, 0);
	for (uint32_t k = 0; k < table_sockets(service); k++)
		hash_text(&s, "listen",
		          table_text(t, table_socket(t, service, k)->text));
	logs(&s, service);
	hash_action(&s, "check", &service->check);
	hash_texts(&s, "words", service->words.at, service->words.count);
	attributes(&s, table_profile(t, service->profile));
	return s.h;
}
