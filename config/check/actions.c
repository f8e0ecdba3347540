/* SPDX-License-Identifier: MIT */
/* What a service does: programs, commands, functions, signals, as they are
 * written. Whether programs are there is looked at in programs.c. */
#include <ctype.h>
#include <string.h>

#include "config/check/check.h"

struct spot {
	const struct config *c;
	uint32_t i;
	const char *field;
};

static void check_size(const struct spot *p, const struct config_list *words)
{
	size_t sum = 0;

	for (size_t k = 0; k < words->count; k++) {
		size_t size = strlen(words->item[k]) + 1;

		if (size > STRING_MAX)
			report_error(p->c, p->i,
			             ": %s: argument %zu has %zu "
			             "bytes; execve(2) takes %d",
			             p->field, k, size, STRING_MAX);
		sum += size + sizeof(char *);
	}
	if (sum > VECTOR_MAX || words->count > UINT16_MAX)
		report_error(p->c, p->i,
		             ": %s: %zu arguments of %zu bytes "
		             "are too many; put them into a file",
		             p->field, words->count, sum);
}

static bool has_null(const struct spot *p, const struct config_list *words)
{
	for (size_t k = 0; k < words->count; k++)
		if (words->item[k] == NULL) {
			report_error(p->c, p->i,
			             ": %s: argument %zu is NULL; "
			             "the list ends by itself",
			             p->field, k);
			return true;
		}
	return false;
}

static void check_path(const struct spot *p, const char *path)
{
	if (*path == '\0')
		report_error(p->c, p->i, ": %s: the path is empty", p->field);
	else if (*path != '/' && path[strcspn(path, " ")] != '\0')
		report_error(p->c, p->i,
		             ": %s: '%s' is not an absolute path; arguments "
		             "are strings of their own, with commas, and a "
		             "command line is written SHELL(\"command\")",
		             p->field, path);
	else if (*path != '/')
		report_error(p->c, p->i,
		             ": %s: '%s' is not an absolute path; "
		             "PATH is not searched",
		             p->field, path);
}

/* Words that only a shell would understand. */
static void check_no_shell(const struct spot *p,
                           const struct config_list *words)
{
	static const char *const special[] = {
		"|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>&1",
	};

	for (size_t k = 1; k < words->count; k++) {
		const char *word = words->item[k];
		bool odd = strncmp(word, "~/", 2) == 0;

		for (size_t j = 0; j < sizeof(special) / sizeof(*special); j++)
			odd |= strcmp(word, special[j]) == 0;
		if (!odd)
			continue;
		report_warning(p->c, p->i,
		               ": %s: '%s' is handed to the "
		               "program as it is; only SHELL would take it as "
		               "a shell does",
		               p->field, word);
		return;
	}
}

/* ARGUMENTS(): supervisord starts it, and knows what it is. */
static bool is_command(const struct spot *p, const struct config_action *a)
{
	const struct config_service *s = service_of(p->c, p->i);

	if (strcmp(a->words.item[0], TABLE_COMMAND) != 0)
		return false;
	if (a != &s->run || a->words.count != 1)
		report_error(p->c, p->i,
		             ": %s: ARGUMENTS() can only be .run", p->field);
	else if (s->stop_all || s->hands_over ||
	         s->ready.ready == CONFIG_READY_DAEMONIZE)
		report_error(p->c, p->i,
		             ": .run: ARGUMENTS() cannot have a guard, "
		             "which %s asks for",
		             s->stop_all     ? ".stop_all"
		             : s->hands_over ? ".hands_over"
		                             : "READY_DAEMONIZE");
	return true;
}

static void check_exec(const struct spot *p, const struct config_action *a)
{
	if (!list_written(&a->words) || a->words.count == 0) {
		report_error(p->c, p->i, ": %s: EXEC without a path", p->field);
		return;
	}
	if (has_null(p, &a->words) || is_command(p, a))
		return;
	check_path(p, a->words.item[0]);
	check_size(p, &a->words);
	check_no_shell(p, &a->words);
}

static bool text_is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

static void check_shell(const struct spot *p, const struct config_action *a)
{
	if (!list_written(&a->words) || a->words.count != SHELL_WORDS) {
		report_error(p->c, p->i, ": %s is written SHELL(\"command\")",
		             p->field);
		return;
	}
	if (has_null(p, &a->words))
		return;
	if (text_is_blank(a->words.item[SHELL_WORDS - 1]))
		report_error(p->c, p->i, ": %s: the command is empty",
		             p->field);
	check_path(p, a->words.item[0]);
	check_size(p, &a->words);
}

static bool is_identifier(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_')
		name++;
	return *name == '\0';
}

static void check_call(const struct spot *p, const struct config_action *a)
{
	const char *name = a->function != NULL ? a->function : "";

	if (!is_identifier(name))
		report_error(p->c, p->i,
		             ": %s: CALL takes the name of a "
		             "function, not '%s'",
		             p->field, name);
}

/* phases.c says which. */
static bool may_signal(const struct config *c, uint32_t i,
                       const struct config_action *a)
{
	const struct config_service *s = service_of(c, i);

	return a == &s->stop || a == &s->reload;
}

/* What prepare/ leaves out for it. */
static bool gives_up_rights(const struct config_service *s)
{
	return s->user != NULL || s->group != NULL ||
	       s->extra_groups.item != NULL || s->capabilities.item != NULL ||
	       s->no_new_privs;
}

static void check_root(const struct spot *p, const struct config_action *a)
{
	const struct config_service *s = service_of(p->c, p->i);

	if (a == &s->run)
		report_error(p->c, p->i,
		             ": .run: AS_ROOT is for the commands beside it; "
		             "without .user it runs by the rights of connate");
	else if (a == &s->check.command)
		report_error(p->c, p->i,
		             ": .check: a check has the rights of the service; "
		             "AS_ROOT is for .setup, .cleanup, .stop, .reload");
	else if (a->action == CONFIG_ACTION_NONE ||
	         a->action == CONFIG_ACTION_SIGNAL)
		report_error(p->c, p->i,
		             ": %s: AS_ROOT takes EXEC, SHELL or CALL",
		             p->field);
	else if (!gives_up_rights(s))
		report_warning(p->c, p->i,
		               ": %s: AS_ROOT adds nothing: the service has "
		               "the rights of connate anyway",
		               p->field);
}

static void check_action(const struct spot *p, const struct config_action *a)
{
	if (a->as_root != NULL)
		check_root(p, a);
	switch (a->action) {
	case CONFIG_ACTION_NONE:
		return;
	case CONFIG_ACTION_EXEC:
		check_exec(p, a);
		return;
	case CONFIG_ACTION_SHELL:
		check_shell(p, a);
		return;
	case CONFIG_ACTION_CALL:
		check_call(p, a);
		return;
	case CONFIG_ACTION_SIGNAL:
		if (!may_signal(p->c, p->i, a))
			report_error(p->c, p->i,
			             ": %s cannot be a signal; it "
			             "is EXEC, SHELL or CALL",
			             p->field);
		return;
	}
	report_error(p->c, p->i, ": %s is no EXEC, SHELL or CALL", p->field);
}

bool action_vector_ok(const struct config_action *a)
{
	if (a->action != CONFIG_ACTION_EXEC && a->action != CONFIG_ACTION_SHELL)
		return false;
	if (!list_written(&a->words) || a->words.count == 0 ||
	    (a->action == CONFIG_ACTION_SHELL && a->words.count != SHELL_WORDS))
		return false;
	for (size_t k = 0; k < a->words.count; k++)
		if (a->words.item[k] == NULL)
			return false;
	return a->words.item[0][0] == '/';
}

static void flatten(struct config_action *a)
{
	const struct config_action *outer = a->as_root;

	while (a->as_root != NULL)
		*a = *a->as_root;
	a->as_root = outer;
}

const struct config *actions_flatten(const struct config *c)
{
	struct config *flat = memory_new(1, sizeof(*flat));
	struct service *services = memory_new(c->count, sizeof(*services));

	*flat = *c;
	flat->services = services;
	for (size_t i = 0; i < c->count; i++) {
		struct config_service *s = &services[i].is;

		services[i] = c->services[i];
		flatten(&s->setup);
		flatten(&s->run);
		flatten(&s->cleanup);
		flatten(&s->stop);
		flatten(&s->reload);
		flatten(&s->started);
		flatten(&s->check.command);
	}
	return flat;
}

void actions_list(const struct config_service *s, struct process all[PROCESSES])
{
	all[0] = (struct process){ ".setup", &s->setup };
	all[1] = (struct process){ ".run", &s->run };
	all[2] = (struct process){ ".cleanup", &s->cleanup };
	all[3] = (struct process){ ".stop", &s->stop };
	all[4] = (struct process){ ".reload", &s->reload };
	all[5] = (struct process){ ".started", &s->started };
	all[6] = (struct process){ ".check", &s->check.command };
}

void actions_check(const struct config *c, uint32_t i)
{
	struct process all[PROCESSES];

	actions_list(service_of(c, i), all);
	for (int k = 0; k < PROCESSES; k++)
		check_action(&(struct spot){ c, i, all[k].field },
		             all[k].action);
}
