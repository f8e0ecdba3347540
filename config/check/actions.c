/* SPDX-License-Identifier: MIT */
/* What a service does: programs, commands, functions, signals. */
#include <ctype.h>
#include <string.h>

#include "config/check/check.h"

struct place {
	const struct config *c;
	uint32_t i;
	const char *field;
	bool host;
};

static void check_size(const struct place *p, const struct config_list *words)
{
	size_t sum = 0;

	for (size_t k = 0; k < words->count; k++) {
		size_t size = strlen(words->item[k]) + 1;

		if (size > STRING_MAX)
			report_error(p->c, p->i, ": %s: argument %zu has %zu "
			             "bytes; execve(2) takes %d", p->field, k,
			             size, STRING_MAX);
		sum += size + sizeof(char *);
	}
	if (sum > VECTOR_MAX || words->count > UINT16_MAX)
		report_error(p->c, p->i, ": %s: %zu arguments of %zu bytes "
		             "are too many; put them into a file", p->field,
		             words->count, sum);
}

static bool has_null(const struct place *p, const struct config_list *words)
{
	for (size_t k = 0; k < words->count; k++)
		if (words->item[k] == NULL) {
			report_error(p->c, p->i, ": %s: argument %zu is NULL; "
			             "the list ends by itself", p->field, k);
			return true;
		}
	return false;
}

static void check_path(const struct place *p, const char *path)
{
	const char *why = NULL;

	if (*path == '\0')
		report_error(p->c, p->i, ": %s: the path is empty", p->field);
	else if (*path != '/')
		report_error(p->c, p->i, ": %s: '%s' is not an absolute path",
		             p->field, path);
	else if (p->host && (why = path_program(path)) != NULL)
		report_error(p->c, p->i, ": %s: %s %s", p->field, path, why);
}

static void check_exec(const struct place *p, const struct config_action *a)
{
	if (a->words.count == 0) {
		report_error(p->c, p->i, ": %s: EXEC without a path", p->field);
		return;
	}
	if (has_null(p, &a->words))
		return;
	check_path(p, a->words.item[0]);
	check_size(p, &a->words);
}

static void check_shell(const struct place *p, const struct config_action *a)
{
	if (has_null(p, &a->words))
		return;
	if (a->words.item[2][0] == '\0')
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

static void check_call(const struct place *p, const struct config_action *a)
{
	if (!is_identifier(a->function))
		report_error(p->c, p->i, ": %s: CALL takes the name of a "
		             "function, not '%s'", p->field, a->function);
}

static void check_action(const struct place *p, const struct config_action *a)
{
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
		report_error(p->c, p->i, ": %s cannot be a signal; it is "
		             "EXEC, SHELL or CALL", p->field);
		return;
	}
	report_error(p->c, p->i, ": %s is no EXEC, SHELL or CALL", p->field);
}

/* 9 and 19 cannot be handled; 18 and 19 end nothing. */
static void check_stop(const struct config *c, uint32_t i,
                       const struct config_action *a)
{
	if (a->action != CONFIG_ACTION_SIGNAL)
		return;
	if (a->signal < 1 || a->signal > 64)
		report_error(c, i, ": .stop: there is no signal %d; they are "
		             "1 to 64", a->signal);
	else if (a->signal == SIGSTOP || a->signal == SIGCONT)
		report_warning(c, i, ": .stop: signal %d ends no program; it "
		               "will be killed after .max_stop", a->signal);
}

static bool does_nothing(const struct config_service *s)
{
	return s->setup.action == CONFIG_ACTION_NONE &&
	       s->run.action == CONFIG_ACTION_NONE &&
	       s->cleanup.action == CONFIG_ACTION_NONE;
}

static bool stands_alone(const struct config_service *s)
{
	return s->needs.count + s->binds.count + s->wants.count +
	       s->after.count + s->conflicts.count + s->groups.count == 0;
}

void actions_check(const struct config *c, uint32_t i, bool host)
{
	const struct config_service *s = service_of(c, i);

	check_action(&(struct place){ c, i, ".setup", host }, &s->setup);
	check_action(&(struct place){ c, i, ".run", host }, &s->run);
	check_action(&(struct place){ c, i, ".cleanup", host }, &s->cleanup);
	check_stop(c, i, &s->stop);
	if (does_nothing(s) && stands_alone(s))
		report_warning(c, i, " does nothing: it has no .setup, .run "
		               "or .cleanup, and no dependency or member");
	if (s->run.action == CONFIG_ACTION_NONE &&
	    s->ready.ready == CONFIG_READY_NOTIFY)
		report_error(c, i, ": READY_NOTIFY without .run: nobody is "
		             "there to say that it is ready");
}
