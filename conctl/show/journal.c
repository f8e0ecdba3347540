/* SPDX-License-Identifier: MIT */
/* What services have said, from where their logger has it. connate-log writes
 * files, whose path its command line has, and memory (--ring), which has no line
 * that the file has not: so memory is for what no file has, or what was removed
 * from it. A session may belong to a user whom we do not trust, and with it such
 * a path: only files of that user are read. */
#include "conctl/show/journal.h"

#include "conctl/session/mapping.h"
#include "conctl/show/line.h"
#include "conctl/show/turned.h"
#include "model/text.h"
#include "sys/call.h"

struct journal journals[JOURNALS_MAX];
uint32_t journals_count;

static const struct ring_view no_ring;

/* A journal is an open file: as many as are allowed. */
static void raise_limit(void)
{
	struct rlimit64 files;

	if (sys_prlimit(0, RLIMIT_NOFILE, NULL, &files) < 0 ||
	    files.rlim_cur == files.rlim_max)
		return;
	files.rlim_cur = files.rlim_max;
	(void)sys_prlimit(0, RLIMIT_NOFILE, &files, NULL); /* then fewer */
}

/* Forgets all journals. */
void journals_begin(void)
{
	raise_limit();
	turned_forget();
	for (uint32_t k = 0; k < journals_count; k++) {
		struct pages *p = &journals[k].pages;

		pages_use(p, -1, 0);
		if (p->window != NULL)
			(void)sys_munmap(p->window, p->room);
	}
	journals_count = 0;
}

static char *put(char *to, char *end, const char *text)
{
	while (*text != '\0' && to < end)
		*to++ = *text++;
	*to = '\0';
	return to;
}

static const char *path_with(const struct journal *j, const char *suffix)
{
	static char path[PATH_MAX];
	char *end = path + sizeof(path) - 1, *at = put(path, end, j->folder);

	if (j->name != NULL) {
		at = put(at, end, "/");
		at = put(at, end, j->name);
		at = put(at, end, ".log");
	}
	(void)put(at, end, suffix);
	return path;
}

/* The path of its file, until the next call. */
const char *journal_path(const struct journal *j)
{
	return path_with(j, "");
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

static void forget_place(struct journal *j)
{
	pages_use(&j->pages, -1, 0);
	j->inode = 0;
	j->place.at = 0;
}

/* Opens the file of that suffix; its place is the beginning. 0 or -errno, and
 * nothing is open. */
static int open_suffix(struct journal *j, const char *suffix)
{
	char name[SUFFIX_MAX];
	struct stat status;
	int fd;

	__builtin_memcpy(name, suffix, text_length(suffix) + 1);
	forget_place(j);
	__builtin_memcpy(j->place.suffix, name, text_length(name) + 1);
	fd = turned_open(path_with(j, name), session.owner);
	if (fd < 0)
		return fd;
	if (sys_fstat(fd, &status) < 0)
		status.st_size = 0;
	pages_use(&j->pages, fd, status.st_size);
	j->inode = status.st_ino;
	return 0;
}

static struct journal *add(uint32_t service, const char *folder,
                           const char *name)
{
	struct journal *j = &journals[journals_count];

	if (journals_count == JOURNALS_MAX)
		return NULL;
	*j = (struct journal){ .service = service, .folder = folder,
		               .name = name, .before = UINT64_MAX };
	if (pages_begin(&j->pages, PAGES_ROOM) < 0)
		return NULL;
	journals_count++;
	return j;
}

static bool has_file(const char *folder, const char *name)
{
	for (uint32_t k = 0; k < journals_count; k++)
		if (journals[k].folder == folder && journals[k].name == name)
			return true;
	return false;
}

/* logger: TABLE_NONE: lines without a time, of LOG_FILE. 0, also if it is not there
 * yet; -errno: it cannot be read. */
static int add_file(uint32_t service, uint32_t logger, const char *folder,
                    const char *name)
{
	struct journal *j;
	int error;

	if (has_file(folder, name))
		return 0;
	j = add(service, folder, name);
	if (j == NULL)
		return -ENOMEM;
	j->logger = logger;
	j->plain = logger == TABLE_NONE;
	error = open_suffix(j, "");
	j->follows = error >= 0 || error == -ENOENT;
	return j->follows ? 0 : error;
}

/* The ring of this logger; that of the last one is kept. */
static const struct ring_view *ring_of(uint32_t logger)
{
	static struct ring_view view;
	static uint32_t last = TABLE_NONE;
	static uint64_t of;

	if (logger != last || of != session.inode) {
		view = no_ring;
		last = logger;
		of = session.inode;
		(void)session_ring(logger, &view); /* then there is none */
	}
	return view.ring != NULL ? &view : NULL;
}

static uint32_t entry_of(uint32_t service, const struct ring_view *view)
{
	const char *name = table_name(session.table, service);

	return ring_find(view->ring, name, (uint32_t)text_length(name));
}

/* Copies what memory has now; its place stays before the same line. How many bytes
 * behind it were overwritten before they could be read. */
static uint64_t copy_ring(struct journal *j)
{
	uint64_t read = j->seen - (j->pages.count - (uint64_t)j->place.at);
	bool first = j->seen == 0;
	uint32_t count;

	if (j->entry == RING_ENTRIES)
		j->entry = entry_of(j->service, &j->ring);
	if (j->entry == RING_ENTRIES)
		return 0; /* it has not said anything */
	count = ring_copy(j->ring.ring, j->ring.room, j->entry,
	                  j->pages.window, &j->seen);
	j->pages.count = count;
	j->pages.end = count;
	if (j->seen - read <= count) {
		j->place.at = count - (int64_t)(j->seen - read);
		return 0;
	}
	j->place.at = 0;
	return first ? 0 : j->seen - read - count;
}

static void add_ring(uint32_t service, uint32_t logger,
                     const struct ring_view *view, bool follows)
{
	struct journal *j;

	if (journals_count == JOURNALS_MAX)
		return;
	j = &journals[journals_count];
	*j = (struct journal){ .service = service, .logger = logger,
		               .ring = *view, .entry = RING_ENTRIES,
		               .follows = follows,
		               .before = UINT64_MAX };
	if (pages_begin(&j->pages, view->room) < 0)
		return;
	journals_count++;
	(void)copy_ring(j); /* all that there is */
	j->place.at = 0;
}

static enum where add_logged(uint32_t service, uint32_t logger)
{
	struct table_service l = table_service_read(session.table, logger);
	const char *file = option_of(&l, "--file");
	const char *each = option_of(&l, "--each");
	const struct ring_view *view;
	int error = -ENOENT;

	if (!l.reads_each)
		return WHERE_OTHER;
	if (file != NULL)
		error = add_file(TABLE_NONE, logger, file, NULL);
	else if (each != NULL)
		error = add_file(service, logger, each,
		                 table_name(session.table, service));
	view = ring_of(logger);
	if (view != NULL)
		add_ring(service, logger, view, error < 0);
	if (file == NULL && each == NULL)
		return view != NULL ? WHERE_FOUND : WHERE_OTHER;
	return error < 0 && view == NULL ? WHERE_REFUSED : WHERE_FOUND;
}

/* Adds the journals that have lines of this service. */
enum where journal_add(uint32_t service)
{
	struct table_service s = table_service_read(session.table, service);

	switch ((enum log_kind)s.log_kind) {
	case LOG_KIND_INHERIT:
		return WHERE_INHERITED;
	case LOG_KIND_NONE:
		return WHERE_NOWHERE;
	case LOG_KIND_FILE:
		return add_file(service, TABLE_NONE,
		                table_text(session.table, s.log_at), NULL) < 0
		               ? WHERE_REFUSED
		               : WHERE_FOUND;
	case LOG_KIND_TO:
		return add_logged(service, s.log_at);
	}
	return WHERE_NOWHERE;
}

/* Adds the history that a logger of this session writes, of all services: the first
 * journal. */
enum where journal_add_history(void)
{
	for (uint32_t i = 0; i < session.table->services; i++) {
		struct table_service s = table_service_read(session.table, i);
		const char *path = option_of(&s, "--history");

		if (path != NULL)
			return add_file(TABLE_NONE, i, path, NULL) < 0
			               ? WHERE_REFUSED
			               : WHERE_FOUND;
	}
	return WHERE_NOWHERE;
}

static bool find_turned(struct journal *j, bool later, uint64_t inode,
                        char found[SUFFIX_MAX])
{
	struct wanted w = { .later = later, .inode = inode,
		            .not_inode = later ? 0 : j->inode };
	const char *path;

	if (j->folder == NULL || j->plain)
		return false;
	path = path_with(j, "");
	if (!later && !turned_had(path))
		return false;
	w.base = text_base(path);
	__builtin_memcpy(w.than, j->place.suffix, sizeof(w.than));
	return turned_find(path, &w, found);
}

/* The key of the first line of a file of which none was turned; 0: it has turned
 * ones, which have all that memory has; UINT64_MAX: it has no line. */
static uint64_t first_key(struct journal *j)
{
	char found[SUFFIX_MAX];
	struct line_parts parts;
	struct text_line line;
	int64_t at = 0;

	if (!j->follows)
		return UINT64_MAX; /* it cannot be read */
	if (find_turned(j, false, 0, found))
		return 0;
	while (pages_next(&j->pages, &at, &line))
		if (line_take_apart(&line, &parts))
			return parts.key;
	return UINT64_MAX;
}

/* Has this file the lines of that memory? */
static bool has_lines_of(const struct journal *file, const struct journal *ring)
{
	return ring->folder == NULL && ring->logger == file->logger &&
	       (file->service == TABLE_NONE || file->service == ring->service);
}

/* Of lines that are in memory and in a file, those of the file count: when all
 * journals were added. That of one service stands before its memory. */
void journals_join(void)
{
	for (uint32_t k = 0; k < journals_count; k++) {
		struct journal *file = &journals[k];
		uint32_t last = file->service == TABLE_NONE ? journals_count
		                                            : k + 2;
		uint64_t key;

		if (file->folder == NULL || file->plain)
			continue;
		key = first_key(file);
		for (uint32_t r = k + 1; r < last && r < journals_count; r++)
			if (has_lines_of(file, &journals[r]))
				journals[r].before = key;
	}
}

/* The first place in the open file whose line has this key or a later one, if
 * they are in order. */
static int64_t find_place(struct journal *j, uint64_t key)
{
	int64_t low = 0, high = pages_last(&j->pages);
	struct text_line line;
	uint64_t found;

	if (key == UINT64_MAX)
		return high;
	while (low < high && key > 0 && !j->plain) {
		int64_t at = pages_line_at(&j->pages, low + (high - low) / 2);
		int64_t begin = at;

		found = UINT64_MAX;
		/* What is no line of ours is passed over. */
		while (at < high && pages_next(&j->pages, &at, &line) &&
		       !line_key_in(&line, &found))
			;
		if (at <= begin)
			return low;
		if (found < key)
			low = at;
		else
			high = begin;
	}
	return low;
}

/* Goes to the first line of this key or a later one, as far as lines are in the
 * order of time. 0: the beginning; UINT64_MAX: the end. */
void journal_seek(struct journal *j, uint64_t key)
{
	char found[SUFFIX_MAX] = { 0 };

	if (j->folder != NULL && j->place.suffix[0] != '\0')
		(void)open_suffix(j, ""); /* then it is empty */
	while (key < UINT64_MAX && find_turned(j, false, 0, found) &&
	       line_key_of_stamp(found + STAMP_AT) >= key) {
		/* All of its lines are older than its name. */
		forget_place(j);
		__builtin_memcpy(j->place.suffix, found, sizeof(found));
	}
	if (j->place.suffix[0] != '\0')
		(void)open_suffix(j, j->place.suffix); /* it was said */
	j->place.at = find_place(j, key);
}

/* Goes to a place where it was before. */
void journal_go(struct journal *j, const struct place *place)
{
	if (j->folder != NULL &&
	    !text_equal(j->place.suffix, place->suffix))
		(void)open_suffix(j, place->suffix); /* then it is empty */
	j->place.at = place->at;
}

/* The line before the place, which becomes its beginning. False: there is
 * none. */
bool journal_prev(struct journal *j, struct text_line *line)
{
	char found[SUFFIX_MAX];

	while (!pages_prev(&j->pages, &j->place.at, line)) {
		if (!find_turned(j, false, 0, found))
			return false;
		(void)open_suffix(j, found); /* then it is empty */
		j->place.at = pages_last(&j->pages);
	}
	return true;
}

/* The line at the place, which becomes its end. False: there is none yet. */
bool journal_next(struct journal *j, struct text_line *line)
{
	char found[SUFFIX_MAX];

	while (!pages_next(&j->pages, &j->place.at, line)) {
		if (j->place.suffix[0] == '\0')
			return false;
		if (!find_turned(j, true, 0, found))
			found[0] = '\0';
		(void)open_suffix(j, found); /* then it is empty */
	}
	return true;
}

/* The file that is open was turned, removed, or made shorter. */
static void follow_file(struct journal *j)
{
	char found[SUFFIX_MAX];
	struct stat status;

	if (j->place.suffix[0] != '\0')
		return; /* there are later ones anyway */
	if (sys_fstatat(AT_FDCWD, path_with(j, ""), &status, 0) < 0)
		status.st_ino = 0;
	if (j->inode != 0 && sys_fstat(j->pages.fd, &status) >= 0 &&
	    status.st_size != j->pages.end) {
		j->pages.end = status.st_size;
		if (j->place.at > status.st_size)
			j->place.at = 0;
		return; /* first what it still has */
	}
	if (sys_fstatat(AT_FDCWD, path_with(j, ""), &status, 0) < 0 ||
	    status.st_ino == j->inode)
		return;
	if (j->inode != 0 && find_turned(j, true, j->inode, found))
		__builtin_memcpy(j->place.suffix, found, sizeof(found));
	else
		(void)open_suffix(j, ""); /* tried again with the next line */
}

/* Looks for lines that have come. How many bytes were lost, as they were
 * overwritten in memory. */
uint64_t journal_refresh(struct journal *j)
{
	if (!j->follows)
		return 0;
	if (j->folder == NULL)
		return copy_ring(j);
	follow_file(j);
	return 0;
}

/* What is kept of a journal while another table comes into force. The texts are
 * those of the former table, which stays mapped. */
static struct left {
	const char *service, *folder;
	bool plain;
	uint64_t last;
	int64_t at;
} lefts[JOURNALS_MAX];
static uint32_t lefts_count;

/* Keeps how far the journals were read. The session's table is another one by
 * now: they are of the former one. */
void journals_leave(void)
{
	const struct table *t = session_former();

	lefts_count = t != NULL ? journals_count : 0;
	for (uint32_t k = 0; k < lefts_count; k++) {
		const struct journal *j = &journals[k];

		lefts[k] = (struct left){
			.service = j->service != TABLE_NONE
			                   ? table_name(t, j->service)
			                   : "",
			.folder = j->folder != NULL ? j->folder : "",
			.plain = j->plain, .last = j->last, .at = j->place.at,
		};
	}
}

static const struct left *find_left(const struct journal *j)
{
	const char *service = j->service != TABLE_NONE
	                              ? table_name(session.table, j->service)
	                              : "";
	const char *folder = j->folder != NULL ? j->folder : "";

	for (uint32_t k = 0; k < lefts_count; k++)
		if (text_equal(lefts[k].service, service) &&
		    text_equal(lefts[k].folder, folder))
			return &lefts[k];
	return NULL;
}

/* Goes to where each journal was read when it was left; a new one begins with
 * what is later than all that was read. */
void journals_return(void)
{
	uint64_t latest = 0;

	for (uint32_t k = 0; k < lefts_count; k++)
		latest = lefts[k].last > latest ? lefts[k].last : latest;
	for (uint32_t k = 0; k < journals_count; k++) {
		const struct left *was = find_left(&journals[k]);

		uint64_t last = was != NULL && was->last > 0 ? was->last
		                                             : latest;

		if (was != NULL && was->plain) {
			journals[k].place.at = was->at;
			continue;
		}
		journal_seek(&journals[k], last + 1);
		journals[k].last = journals[k].after = last;
	}
}
