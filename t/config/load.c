/* SPDX-License-Identifier: MIT */
/* Loads a table as supervisord would, checks it by model/table.c, and prints
 * it, a fact a line. Any complaint goes to stderr, with exit status 1. */
#include <stdio.h>
#include <string.h>

#include "model/state.h"
#include "model/table.h"
#include "supervisord/base/image.h"

/* What the functions of 002-supported.c call. */
int only_in_the_target(int number);

int only_in_the_target(int number)
{
	return number;
}

static int complaints;

#define EXPECT(what)                                                    \
	do {                                                            \
		if (!(what)) {                                          \
			fprintf(stderr, "%d: not: %s\n", __LINE__, #what); \
			complaints = 1;                                 \
		}                                                       \
	} while (0)

static const char *const edge_labels[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) label,
#include "model/edge.def"
#undef EDGE
};

static const struct table *t;

static bool has(const uint32_t *edges, uint32_t first, uint32_t end,
                uint32_t edge)
{
	for (; first < end; first++)
		if (edges[first] == edge)
			return true;
	return false;
}

static void check_edges(uint32_t i)
{
	const struct table_service *s = table_service(t, i);
	const uint32_t *edges = table_edges(t);

	for (uint32_t e = s[0].edge_first; e < s[1].edge_first; e++) {
		uint32_t other = edge_service(edges[e]);
		const struct table_service *o = table_service(t, other);
		uint32_t reverse = edge_make(edge_kind(edges[e]), i);

		EXPECT(other != i);
		EXPECT(e == s[0].edge_first || edges[e - 1] < edges[e]);
		EXPECT(has(table_back(t), o[0].back_first, o[1].back_first,
		           reverse));
		if (edge_kind(edges[e]) == EDGE_CONFLICTS)
			EXPECT(has(edges, o[0].edge_first, o[1].edge_first,
			           reverse));
	}
}

static void check_names(void)
{
	const uint32_t *by_name = table_by_name(t);

	for (uint32_t i = 0; i < t->services; i++) {
		EXPECT(table_find(t, table_name(t, i)) == i);
		EXPECT(i == 0 || strcmp(table_name(t, by_name[i - 1]),
		                        table_name(t, by_name[i])) < 0);
	}
	EXPECT(table_find(t, "") == TABLE_NONE);
	EXPECT(table_find(t, "no such name") == TABLE_NONE);
}

static void check_whole(void)
{
	uint32_t calls = 0, loggers = 0;

	while (image_calls[calls] != 0)
		calls++;
	EXPECT((uintptr_t)t % 8 == 0);
	EXPECT(t->digest == table_digest(t));
	EXPECT(calls == t->calls);
	EXPECT(t->board_entries == t->services);
	EXPECT(table_service(t, 0)->edge_first == 0);
	EXPECT(table_service(t, t->services)->edge_first == t->edges);
	EXPECT(table_service(t, t->services)->back_first == t->edges);
	for (uint32_t i = 0; i < t->services; i++) {
		check_edges(i);
		EXPECT(table_service(t, i)->board_entry == i);
		if (table_service(t, i)->pipe != TABLE_NONE)
			EXPECT(table_service(t, i)->pipe == loggers++);
	}
	EXPECT(loggers == t->loggers);
	check_names();
}

static void print_texts(const char *name, const char *what,
                        struct table_list l)
{
	printf("%s %s", name, what);
	for (uint32_t k = 0; k < l.count; k++)
		printf(" '%s'", table_text(t, table_list(t, l.at)[k]));
	printf("\n");
}

static void print_action(const char *name, const char *what,
                         const struct table_action *a)
{
	if (a->kind == ACTION_EXEC)
		print_texts(name, what,
		            (struct table_list){ a->count, a->at });
	else if (a->kind == ACTION_CALL)
		printf("%s %s call %u\n", name, what, a->at);
	else if (a->kind == ACTION_SIGNAL)
		printf("%s %s signal %u\n", name, what, a->at);
}

static void print_log(const char *name, const struct table_service *s)
{
	static const char *const kinds[] = { "inherit", "none", "file", "to" };

	printf("%s log %s", name, kinds[s->log_kind]);
	if (s->log_kind == LOG_KIND_FILE)
		printf(" %s %o %s", table_text(t, s->log_at), s->log_mode,
		       s->log_overwrite ? "overwrite" : "append");
	if (s->log_kind == LOG_KIND_TO)
		printf(" %s", table_name(t, s->log_at));
	printf("\n");
	if (s->pipe != TABLE_NONE)
		printf("%s pipe %u\n", name, s->pipe);
	if (s->settle_ms != 0)
		printf("%s settle %u\n", name, s->settle_ms);
}

static void print_limits(const char *name, struct table_list l)
{
	for (uint32_t k = 0; k < l.count; k += RLIMIT_WORDS) {
		const uint32_t *w = table_list(t, l.at) + k;

		printf("%s limit %u %llu %llu\n", name, w[0],
		       w[1] | (unsigned long long)w[2] << 32,
		       w[3] | (unsigned long long)w[4] << 32);
	}
}

static void print_attributes(const char *name, const struct table_profile *p)
{
	if (p->ioprio != TABLE_NONE)
		printf("%s ioprio %u\n", name, p->ioprio);
	if (p->oom_score_adj != TABLE_UNSET)
		printf("%s oom %d\n", name, p->oom_score_adj);
	print_limits(name, p->rlimits);
	if (p->chroot != TABLE_NONE)
		printf("%s chroot %s\n", name, table_text(t, p->chroot));
	if (p->has_capabilities)
		printf("%s capabilities %llx\n", name,
		       (unsigned long long)p->capabilities);
	if (p->cgroup != TABLE_NONE)
		printf("%s cgroup %s\n", name, table_text(t, p->cgroup));
	if (p->namespaces != 0)
		printf("%s namespaces %x\n", name, p->namespaces);
	for (uint32_t k = 0; k < p->cpus.count; k++)
		printf("%s cpus %u %x\n", name, k,
		       table_list(t, p->cpus.at)[k]);
}

static void print_profile(const char *name, const struct table_profile *p)
{
	static const char *const retries[] = { "doubling", "fixed", "never" };

	printf("%s max %u %u %u %u\n", name, p->max_setup_ms, p->max_ready_ms,
	       p->max_stop_ms, p->max_cleanup_ms);
	printf("%s retry %s %u %u attempts %u failure %u healthy %u\n", name,
	       retries[p->retry_kind], p->retry_after_ms, p->retry_max_ms,
	       p->retry_attempts, p->on_failure_only, p->healthy_ms);
	if (p->has_env)
		print_texts(name, "env", p->env);
	if (p->chdir != TABLE_NONE)
		printf("%s chdir %s\n", name, table_text(t, p->chdir));
	printf("%s ids %d %d\n", name, (int)p->uid, (int)p->gid);
	if (p->has_groups) {
		printf("%s extra", name);
		for (uint32_t k = 0; k < p->groups.count; k++)
			printf(" %u", table_list(t, p->groups.at)[k]);
		printf("\n");
	}
	printf("%s umask %d nice %d privs %u\n", name, (int)p->umask, p->nice,
	       p->no_new_privs);
	print_attributes(name, p);
}

static void print_socket(const char *name, const struct table_socket *s)
{
	const unsigned char *byte =
		(const unsigned char *)table_text(t, s->address);

	printf("%s listen %s pipe %u type %u backlog %u ", name,
	       table_text(t, s->text), s->pipe, s->type, s->backlog);
	for (unsigned k = 0; k < s->address_bytes; k++)
		printf("%02x", byte[k]);
	printf(" options");
	for (uint32_t k = 0; k < s->options.count; k++)
		printf(" %u", table_list(t, s->options.at)[k]);
	if (s->device != TABLE_NONE)
		printf(" device %s", table_text(t, s->device));
	if (byte[0] == 1)
		printf(" mode %o %d %d", s->mode, (int)s->uid, (int)s->gid);
	printf("\n");
}

static void print_words(const char *name, const char *what, struct table_list l)
{
	printf("%s %s", name, what);
	for (uint32_t k = 0; k < l.count; k++)
		printf(" %u", table_list(t, l.at)[k]);
	printf("\n");
}

static void print_sockets(const char *name, const struct table_service *s)
{
	if (s->store.count > 0)
		print_words(name, "stores", s->store);
	if (table_sockets(s) > 0 || s->store.count > 0)
		printf("%s %s\n", name, table_text(t, s->listen_names));
	if (s->on_demand != TARGET_DOWN)
		printf("%s on demand %s\n", name, target_label[s->on_demand]);
	for (uint32_t k = 0; k < table_sockets(s); k++)
		print_socket(name, table_socket(t, s, k));
}

static void print_service(uint32_t i)
{
	const struct table_service *s = table_service(t, i);
	const char *name = table_name(t, i);

	printf("%s line %u target %s ready %u\n", name, s->line,
	       target_label[s->target], s->ready);
	for (uint32_t e = s[0].edge_first; e < s[1].edge_first; e++)
		printf("%s %s %s\n", name,
		       edge_labels[edge_kind(table_edges(t)[e])],
		       table_name(t, edge_service(table_edges(t)[e])));
	print_action(name, "setup", &s->setup);
	print_action(name, "run", &s->run);
	print_action(name, "cleanup", &s->cleanup);
	print_action(name, "stop", &s->stop);
	print_action(name, "reload", &s->reload);
	if (s->stop_all)
		printf("%s stops all\n", name);
	if (s->hands_over)
		printf("%s hands over\n", name);
	if (s->ready_pipe != TABLE_NONE)
		printf("%s ready pipe %u fd %u\n", name, s->ready_pipe,
		       s->ready_fd);
	print_sockets(name, s);
	if (t->primary == i)
		printf("%s primary\n", name);
	print_log(name, s);
	if (s->log_pipe != 0)
		printf("%s own pipe %u\n", name, s->log_pipe - 1);
	print_profile(name, table_profile(t, s->profile));
}

int main(void)
{
	const char *why;

	t = (const struct table *)image_table;
	why = table_check(t, t->size);
	if (why != NULL) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	check_whole();
	printf("table services %u profiles %u edges %u calls %u vector %u\n",
	       t->services, t->profiles, t->edges, t->calls, t->vector_max);
	printf("table source %s lock %s\n", table_text(t, t->source),
	       t->lock_file == TABLE_NONE ? "-" : table_text(t, t->lock_file));
	for (uint32_t i = 0; i < t->services; i++)
		print_service(i);
	return complaints;
}
