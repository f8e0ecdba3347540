/* SPDX-License-Identifier: MIT */
/* The last lines of a service, from the file that connate-log writes, which its
 * command line names. The session may belong to a user whom we do not trust, and
 * with it that path: only a file of that user is read, and of it only lines that
 * connate-log has written about the service. */
#include "conctl/show/lines.h"

#include "conctl/session/mapping.h"
#include "model/text.h"
#include "sys/call.h"

enum {
	LOOK_BYTES = 64 << 10,      /* of the end of the file */
	TIME_BYTES = 28,            /* 2031-12-24T18:00:00.123456Z and a blank */
};

static char bytes[LOOK_BYTES];
static char file[PATH_MAX];

static char *put(char *to, const char *text)
{
	while (*text != '\0' && to < file + sizeof(file) - 1)
		*to++ = *text++;
	*to = '\0';
	return to;
}

/* The word behind this option on the command line of a logger, or NULL. */
static const char *option_of(const struct table_service *logger,
                             const char *option)
{
	const uint32_t *word = table_list(session.table, logger->run.at);

	if (logger->run.kind != ACTION_EXEC)
		return NULL;
	for (uint32_t k = 1; k + 1u < logger->run.count; k++)
		if (text_equal(table_text(session.table, word[k]), option))
			return table_text(session.table, word[k + 1]);
	return NULL;
}

/* The file of the lines of this service in `file`. False: its logger is not
 * connate-log, or writes no file. */
static bool find_file(uint32_t service)
{
	struct table_service s = table_service_read(session.table, service);
	struct table_service logger;
	const char *path;
	char *at;

	if (s.log_kind != LOG_KIND_TO)
		return false;
	logger = table_service_read(session.table, s.log_at);
	if (!logger.reads_each)
		return false;
	path = option_of(&logger, "--file");
	if (path != NULL)
		return put(file, path) > file;
	path = option_of(&logger, "--each");
	if (path == NULL)
		return false;
	at = put(file, path);
	at = put(at, "/");
	at = put(at, table_name(session.table, service));
	(void)put(at, ".log");
	return true;
}

/* The end of the file in `bytes`. How many; 0: it cannot be read. */
static uint32_t read_end(void)
{
	int fd = sys_openat(AT_FDCWD, file,
	                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	                            O_CLOEXEC,
	                    0);
	struct stat status;
	long got = -1;

	if (fd < 0)
		return 0;
	if (sys_fstat(fd, &status) == 0 &&
	    (status.st_mode & S_IFMT) == S_IFREG &&
	    (session.owner == 0 || status.st_uid == session.owner))
		got = sys_pread(fd, bytes, sizeof(bytes),
		                status.st_size > LOOK_BYTES
		                        ? status.st_size - LOOK_BYTES
		                        : 0);
	(void)sys_close(fd);        /* it was only read */
	return got > 0 ? (uint32_t)got : 0;
}

/* Is that a line of connate-log about a service of that name? */
static bool is_about(const char *line, uint32_t length, const char *name)
{
	static const char form[] = "0000-00-00T00:00:00.000000Z ";
	uint32_t size = (uint32_t)text_length(name);

	if (length < TIME_BYTES + size + 1)
		return false;
	for (uint32_t k = 0; k < TIME_BYTES; k++)
		if (form[k] == '0' ? line[k] < '0' || line[k] > '9'
		                   : line[k] != form[k])
			return false;
	for (uint32_t k = 0; k < size; k++)
		if (line[TIME_BYTES + k] != name[k])
			return false;
	return line[TIME_BYTES + size] == ':' || line[TIME_BYTES + size] == '[';
}

/* Finds the last lines of a service, the oldest first, and the file that they are
 * in. How many there are: 0 also if its logger is not connate-log, or the file
 * cannot be read. Lines may have any bytes. */
uint32_t lines_find(uint32_t service, struct text_line found[LINES_MAX],
                    const char **path)
{
	const char *name = table_name(session.table, service);
	uint32_t end = find_file(service) ? read_end() : 0, count = 0;

	*path = file;
	while (end > 0 && bytes[end - 1] != '\n')
		end--;              /* it is being written */
	while (end > 0 && count < LINES_MAX) {
		uint32_t begin = end - 1;

		while (begin > 0 && bytes[begin - 1] != '\n')
			begin--;
		if (is_about(bytes + begin, end - 1 - begin, name))
			found[count++] = (struct text_line){ bytes + begin,
				                             end - 1 - begin };
		end = begin;
	}
	for (uint32_t k = 0; k < count / 2; k++) {
		struct text_line other = found[k];

		found[k] = found[count - 1 - k];
		found[count - 1 - k] = other;
	}
	return count;
}
