/* SPDX-License-Identifier: MIT */
/* The rare words: what is done for a service before its program runs. */
#include <limits.h>
#include <string.h>

#include "config/check/check.h"
#include "model/condition.h"
#include "model/step.h"
#include "model/words.h"

static bool has_process(const struct config_service *s)
{
	return s->run.action != CONFIG_ACTION_NONE ||
	       s->setup.action != CONFIG_ACTION_NONE;
}

/* What a word is about is done before a process; and that is not the command
 * of connate, whose path prepare/ does not know. */
static void check_use(const struct config *c, uint32_t i, const char *field)
{
	const struct config_service *s = service_of(c, i);

	if (!has_process(s))
		report_error(c, i,
		             ": %s: there is neither .run nor .setup, before "
		             "which that could be done",
		             field);
	else if (s->run.action == CONFIG_ACTION_EXEC &&
	         list_written(&s->run.words) && s->run.words.count > 0 &&
	         s->run.words.item[0] != NULL &&
	         strcmp(s->run.words.item[0], TABLE_COMMAND) == 0)
		report_error(c, i, ": %s does not go with ARGUMENTS()", field);
}

/* A list of that many items at most, which is written as one. */
static bool check_list(const struct config *c, uint32_t i, const char *field,
                       const struct config_list *l, size_t most)
{
	if (!list_written(l)) {
		report_error(c, i, ": %s is written LIST(\"...\", ...)", field);
		return false;
	}
	if (l->count > 0)
		check_use(c, i, field);
	if (l->count > most)
		report_error(c, i, ": %s has %zu entries, of at most %zu",
		             field, l->count, most);
	return l->count <= most;
}

static void check_env_files(const struct config *c, uint32_t i)
{
	const struct config_list *l = &service_of(c, i)->env_file;

	if (!check_list(c, i, ".env_file", l, STEP_ITEMS))
		return;
	for (size_t k = 0; k < l->count; k++) {
		const char *path = l->item[k];

		if (path == NULL || *path == '\0')
			report_error(c, i, ": .env_file: the path is empty");
		else if (path[*path == '-'] != '/')
			report_error(c, i,
			             ": .env_file: '%s' is not an absolute "
			             "path",
			             path);
		else if (path[strlen(path) - 1] == '/')
			report_error(c, i,
			             ": .env_file: %s names a folder, not a "
			             "file",
			             path);
	}
}

const struct config_folder *folder_of(const char *item)
{
	if (item == NULL || strcmp(item, CONFIG_FOLDER_MARK) != 0)
		return NULL;
	return (const struct config_folder *)(const void *)item;
}

/* Is each part of the path a name? */
static bool parts_ok(const char *path)
{
	while (*path != '\0') {
		size_t length = strcspn(path, "/");

		if (length == 0 || length > NAME_MAX ||
		    (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += length;
		if (*path == '/' && *++path == '\0')
			return false;
	}
	return true;
}

static void check_folder_path(const struct config *c, uint32_t i,
                              const struct config_folder *f)
{
	bool absolute = f->folder == CONFIG_PATH;

	if (f->path == NULL || *f->path == '\0' || strcmp(f->path, "/") == 0)
		report_error(c, i, ": .folders: there is no name");
	else if (absolute != (*f->path == '/'))
		report_error(c, i,
		             absolute ? ": .folders: FOLDER: '%s' is not an "
		                        "absolute path"
		                      : ": .folders: '%s' is to be below its "
		                        "standard folder; FOLDER takes a path",
		             f->path);
	else if (!parts_ok(f->path + absolute))
		report_error(c, i,
		             ": .folders: '%s' has a part that is no name: "
		             "none, '.', '..' or a longer one",
		             f->path);
}

static void check_folder(const struct config *c, uint32_t i,
                         const struct host *h, const struct config_folder *f)
{
	check_folder_path(c, i, f);
	if (f->mode != CONFIG_UNSET && (f->mode < 0 || f->mode > 07777))
		report_error(c, i, ": .folders: .mode = 0%o is out of range",
		             (unsigned)f->mode);
	if (f->folder != CONFIG_PATH && (f->user != NULL || f->group != NULL))
		report_error(c, i,
		             ": .folders: '%s' belongs to .user; FOLDER takes "
		             "an owner",
		             f->path != NULL ? f->path : "");
	(void)owner_check(c, i, h, f->user, f->group);
}

static void check_folders(const struct config *c, uint32_t i,
                          const struct host *h)
{
	const struct config_list *l = &service_of(c, i)->folders;

	if (!check_list(c, i, ".folders", l, STEP_ITEMS))
		return;
	for (size_t k = 0; k < l->count; k++)
		if (folder_of(l->item[k]) == NULL)
			report_error(c, i,
			             ": .folders: '%s' is not one of "
			             "RUNTIME, STATE, CACHE, LOGS, CONFIG, "
			             "FOLDER",
			             l->item[k] != NULL ? l->item[k] : "");
		else
			check_folder(c, i, h, folder_of(l->item[k]));
}

static void check_argument(const struct config *c, uint32_t i,
                           const char *item, const struct condition *k)
{
	enum condition_argument takes = condition_takes(k->kind);

	if (takes == ARGUMENT_NONE && k->given)
		report_error(c, i, ": .only_if: '%s': nothing stands behind "
		             "'%s'", item, condition_label(k->kind));
	else if (takes != ARGUMENT_NONE && *k->argument == '\0')
		report_error(c, i, ": .only_if: '%s': what is it about? "
		             "'%s:...'", item, condition_label(k->kind));
	else if (takes == ARGUMENT_PATH && *k->argument != '/')
		report_error(c, i, ": .only_if: '%s': '%s' is not an absolute "
		             "path", item, k->argument);
	else if (k->kind == CONDITION_CAPABILITY &&
	         attribute_capability(k->argument) < 0)
		report_error(c, i, ": .only_if: '%s': there is no capability "
		             "of that name", item);
	else if (k->kind == CONDITION_KERNEL_ARGUMENT &&
	         strpbrk(k->argument, " \t\n") != NULL)
		report_error(c, i, ": .only_if: '%s': an argument of the "
		             "kernel is one word", item);
}

static void check_conditions(const struct config *c, uint32_t i)
{
	const struct config_list *l = &service_of(c, i)->only_if;

	if (!check_list(c, i, ".only_if", l, STEP_ITEMS))
		return;
	for (size_t k = 0; k < l->count; k++) {
		const char *item = l->item[k] != NULL ? l->item[k] : "";
		struct condition condition = condition_read(item);

		if (condition.kind == CONDITIONS)
			report_error(c, i,
			             ": .only_if: '%s' is no condition: "
			             "path:/x, file-not-empty:/x, "
			             "folder-not-empty:/x, writable:/x, "
			             "kernel-argument:x, container, "
			             "virtual-machine, capability:CAP_X, "
			             "ac-power",
			             item);
		else
			check_argument(c, i, item, &condition);
	}
}

static void check_ignored(const struct config *c, uint32_t i)
{
	const struct config_list *l = &service_of(c, i)->ignore;

	if (!check_list(c, i, ".ignore", l, STEP_ITEMS))
		return;
	for (size_t k = 0; k < l->count; k++) {
		const char *name = l->item[k] != NULL ? l->item[k] : "";
		int signal = end_of(name) - SIGNAL_ENDS;

		if (signal <= 0)
			report_error(c, i,
			             ": .ignore: '%s' is no signal; write "
			             "\"SIGPIPE\"",
			             name);
		else if (signal == SIGKILL || signal == SIGSTOP)
			report_error(c, i, ": .ignore: no program can ignore "
			             "'%s'", name);
	}
}

static void check_path_of(const struct config *c, uint32_t i, const char *field,
                          const char *path)
{
	check_use(c, i, field);
	if (path == NULL || *path != '/' || path[strlen(path) - 1] == '/')
		report_error(c, i, ": %s: '%s' is not the absolute path of a "
		             "file", field, path != NULL ? path : "");
}

static void check_errors(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	if (s->errors.log == CONFIG_LOG_TO)
		report_error(c, i, ": .errors: LOG_TO is for .log, which has "
		             "both; here LOG_FILE or LOG_NONE");
	if (s->errors.log == CONFIG_LOG_FILE)
		check_path_of(c, i, ".errors", s->errors.path);
	if (s->errors.log == CONFIG_LOG_NONE)
		check_use(c, i, ".errors");
	if (s->errors.mode < 0 || s->errors.mode > 0777)
		report_error(c, i, ": .errors: .mode = 0%o is out of range",
		             (unsigned)s->errors.mode);
	if (s->errors.log == CONFIG_LOG_FILE &&
	    s->log.log == CONFIG_LOG_FILE && s->errors.path != NULL &&
	    s->log.path != NULL && strcmp(s->errors.path, s->log.path) == 0)
		report_error(c, i, ": .errors: %s is the file of .log, which "
		             "has both", s->log.path);
}

void words_check(const struct config *c, uint32_t i, const struct host *h)
{
	struct process all[PROCESSES];

	check_env_files(c, i);
	check_folders(c, i, h);
	check_conditions(c, i);
	check_ignored(c, i);
	check_errors(c, i);
	if (service_of(c, i)->ready.ready == CONFIG_READY_BUS)
		check_use(c, i, "READY_BUS");
	if (service_of(c, i)->check.given &&
	    service_of(c, i)->run.action != CONFIG_ACTION_NONE)
		check_use(c, i, ".check");
	if (service_of(c, i)->tty != NULL)
		check_path_of(c, i, ".tty", service_of(c, i)->tty);
	actions_list(service_of(c, i), all);
	for (int k = 0; k < PROCESSES; k++)
		if (all[k].action->as_root != NULL)
			check_use(c, i, "AS_ROOT");
}
