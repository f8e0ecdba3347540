/* SPDX-License-Identifier: MIT */
/* Where logs go: loggers that read, files that one writes. And the lock file,
 * which belongs to no service. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"
#include "model/text.h"

static uint32_t logger_of(const struct config *c, uint32_t i)
{
	const struct config_log *log = &service_of(c, i)->log;

	if (log->log != CONFIG_LOG_TO || log->service == NULL ||
	    *log->service == '\0')
		return TABLE_NONE;
	return names_find(c, log->service);
}

uint32_t logs_pipes(const struct config *c, uint32_t *pipe)
{
	uint32_t loggers = 0;

	for (uint32_t i = 0; i < c->count; i++)
		pipe[i] = TABLE_NONE;
	for (uint32_t i = 0; i < c->count; i++)
		if (logger_of(c, i) != TABLE_NONE)
			pipe[logger_of(c, i)] = 0;
	for (uint32_t i = 0; i < c->count; i++)
		if (pipe[i] != TABLE_NONE)
			pipe[i] = loggers++;
	return loggers;
}

static void check_reader(const struct config *c, uint32_t i)
{
	uint32_t logger = logger_of(c, i);

	if (logger != TABLE_NONE && logger != i &&
	    service_of(c, logger)->run.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             " logs to '%s', which has no .run that "
		             "could read it",
		             service_of(c, logger)->name);
}

const char *logs_names(const struct config *c, uint32_t logger, uint32_t *count)
{
	char *names = memory_new(1, 1);
	size_t size = 0, length;

	*count = 0;
	for (uint32_t i = 0; i < c->count; i++) {
		const char *name = service_of(c, i)->name;

		if (name == NULL || !logs_own_pipe(c, i) ||
		    logger_of(c, i) != logger)
			continue;
		length = strlen(name);
		names = memory_grow(names, size + length + 2, 1);
		if (size > 0)
			names[size++] = ':';
		memcpy(names + size, name, length + 1);
		size += length;
		++*count;
	}
	return names;
}

bool logs_own_pipe(const struct config *c, uint32_t i)
{
	uint32_t logger = logger_of(c, i);

	return logger != TABLE_NONE && service_of(c, logger)->reads == EACH;
}

/* With a pipe of its own for each service. */
static void check_each(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);
	const char *guard = s->stop_all     ? ".stop_all"
	                    : s->hands_over ? ".hands_over"
	                    : s->ready.ready == CONFIG_READY_DAEMONIZE
	                            ? "READY_DAEMONIZE"
	                            : NULL;
	uint32_t count;
	size_t length = strlen(logs_names(c, i, &count));

	if (guard != NULL)
		report_error(c, i,
		             ": .reads = EACH cannot have a guard, which %s "
		             "asks for", guard);
	if (s->listen.count > 0)
		report_error(c, i,
		             ": .reads = EACH passes pipes from descriptor 3 on, "
		             "so .listen cannot pass others");
	if (s->retry.retry == CONFIG_RETRY_NEVER || s->retry.on_failure_only)
		report_error(c, i,
		             ": .reads = EACH, so it is ended and started again "
		             "when other services log to it; .retry must allow "
		             "that");
	if (ready_has_fd(s) &&
	    s->ready.fd < READY_FD_FIRST + (int)count)
		report_error(c, i,
		             ": .ready: its descriptors %d to %d are the pipes "
		             "of what logs to it", READY_FD_FIRST,
		             READY_FD_FIRST + (int)count - 1);
	if (count == 0)
		report_warning(c, i, ": .reads = EACH, but no service logs to "
		               "it");
	if (length > STRING_MAX - sizeof("LISTEN_FDNAMES="))
		report_error(c, i, ": the names of all that log to it take "
		             "%zu bytes; execve(2) takes less", length);
}

static void check_reads(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	if (s->reads != TOGETHER && s->reads != EACH)
		report_error(c, i, ": .reads is TOGETHER or EACH");
	else if (s->reads == EACH)
		check_each(c, i);
	if (s->name != NULL && logs_own_pipe(c, i) && strchr(s->name, ':') != NULL)
		report_error(c, i, ": a service with ':' in its name cannot "
		             "log to one with .reads = EACH: LISTEN_FDNAMES "
		             "has ':' between names");
}

/* A file of a log, and the service that writes it. */
struct file {
	const char *path;
	uint32_t service;
};

/* Many may write to a device, and to what is a descriptor in truth. */
static bool is_shared(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 ||
	       strncmp(path, "/proc/", 6) == 0;
}

/* Without what names nothing: // and /./ */
static const char *tidy(const char *path)
{
	char *made = memory_new(strlen(path) + 1, 1);
	size_t size = 0;

	for (; *path != '\0'; path++) {
		if (*path == '/' && path[1] == '/')
			continue;
		if (*path == '/' && path[1] == '.' && path[2] == '/') {
			path++;
			continue;
		}
		made[size++] = *path;
	}
	return made;
}

static int by_path(const void *a, const void *b)
{
	const struct file *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	if (order != 0)
		return order;
	return x->service < y->service ? -1 : x->service > y->service;
}

static void check_shared(const struct config *c, const struct file *files,
                         size_t count)
{
	size_t first = 0;

	for (size_t k = 1; k < count; k++) {
		uint32_t other = files[first].service;

		if (strcmp(files[k].path, files[first].path) != 0)
			first = k;
		else
			report_error(c, files[k].service,
			             " logs to the file "
			             "%s, as does '%s' in line %u",
			             files[k].path, service_of(c, other)->name,
			             c->services[other].line);
	}
}

static void check_not_lock(const struct config *c, const struct file *files,
                           size_t count)
{
	const char *lock = c->is.lock_file;

	if (lock == NULL || *lock == '\0')
		return;
	lock = tidy(lock);
	for (size_t k = 0; k < count; k++)
		if (strcmp(files[k].path, lock) == 0)
			report_error(c, files[k].service,
			             " logs to the file "
			             "%s, which is the .lock_file",
			             lock);
}

static void check_files(const struct config *c)
{
	struct file *files = memory_new(c->count, sizeof(*files));
	size_t count = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct config_log *log = &service_of(c, i)->log;

		if (log->log == CONFIG_LOG_FILE && log->path != NULL &&
		    !is_shared(log->path))
			files[count++] = (struct file){ tidy(log->path), i };
	}
	qsort(files, count, sizeof(*files), by_path);
	check_shared(c, files, count);
	check_not_lock(c, files, count);
}

static void check_lock(const struct config *c)
{
	const char *path = c->is.lock_file;

	if (path == NULL)
		return;
	if (*path == '\0')
		report_error(c, (uint32_t)c->count, ": .lock_file is empty");
	else if (*path != '/' && text_variable(path) == 0)
		report_error(c, (uint32_t)c->count,
		             ": .lock_file: '%s' is not an absolute path, nor "
		             "one in $NAME/",
		             path);
	else if (path[strlen(path) - 1] == '/')
		report_error(c, (uint32_t)c->count,
		             ": .lock_file: %s names a folder, not a file",
		             path);
}

/* They need no pipe of a logger, but the same two descriptors; and so does what
 * has a pipe of its own to its logger. */
static void check_pipes(const struct config *c, uint32_t loggers)
{
	uint32_t pipes = loggers;

	for (uint32_t i = 0; i < c->count; i++)
		pipes += ready_has_fd(service_of(c, i)) +
		         logs_own_pipe(c, i);
	if (pipes > PIPES_MANY)
		report_warning(c, (uint32_t)c->count,
		               ": %u loggers and "
		               "services with READY_FD take %u descriptors; "
		               "see that connate may open so many (ulimit -n)",
		               pipes, 2 * pipes);
}

void logs_check(const struct config *c)
{
	uint32_t *pipe = memory_new(c->count, sizeof(*pipe));
	uint32_t loggers = logs_pipes(c, pipe);

	for (uint32_t i = 0; i < c->count; i++)
		check_reader(c, i);
	for (uint32_t i = 0; i < c->count; i++)
		check_reads(c, i);
	check_files(c);
	check_lock(c);
	if (loggers > LOGGERS_MAX)
		report_error(c, (uint32_t)c->count,
		             ": %u services are logged "
		             "to; %d are the most, as each takes two "
		             "descriptors",
		             loggers, LOGGERS_MAX);
	else
		check_pipes(c, loggers);
	free(pipe);
}
