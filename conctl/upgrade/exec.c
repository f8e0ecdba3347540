/* SPDX-License-Identifier: MIT */
/* Another supervisord takes over in place; or connate becomes itself again, or
 * another one. What came of it is in the ledger: in the answer, in connate's
 * note, and in what is there now beside what was there before. */
#include "conctl/conctl.h"
#include "sys/call.h"

enum {
	BUSY_MS = 2000, /* for as long it may be busy */
	BUSY_PAUSE_MS = 20,
};

static const struct table *before;

static char path[REQUEST_PATH_BYTES];

/* supervisord has a working folder of its own. */
static int make_path(const char *word)
{
	size_t length = text_length(word);
	long folder = 0;

	if (word[0] != '/') {
		folder = sys_readlinkat(AT_FDCWD, "/proc/self/cwd", path,
		                        sizeof(path));
		if (folder < 0)
			return (int)folder;
		if ((size_t)folder < sizeof(path) && path[folder - 1] != '/')
			path[folder++] = '/';
	}
	if (length >= sizeof(path) - (size_t)folder)
		return -ENAMETOOLONG;
	for (size_t k = 0; k <= length; k++)
		path[(size_t)folder + k] = word[k];
	return 0;
}

static const char *what(const struct order *o)
{
	if (path[0] != '\0')
		return path;
	return o->itself ? "its own file" : "its own file again";
}

static const char *who(const struct order *o)
{
	return o->itself ? "connate" : "supervisord";
}

static int cannot(const struct order *o, const char *why, const char *remedy)
{
	complain("exec: ", who(o), " does not become ", what(o), ": ", why,
	         remedy[0] != '\0' ? "; " : "", remedy, NULL);
	return EXIT_MISSED;
}

/* What can be seen beforehand. What we may not read supervisord may. */
static int look_before(const struct order *o)
{
	struct image image;

	if (path[0] == '\0' || image_read(path, &image) < 0)
		return EXIT_DONE;
	if (!image.is_program || (!o->itself && image.table == NULL))
		return cannot(o, image.wrong, "");
	if (o->itself && image.table != NULL)
		return cannot(o, "it is a supervisord, not a connate",
		              "exec without --pid1 is for that");
	return EXIT_DONE;
}

static const struct {
	int error;
	const char *remedy;
} remedies[] = {
	{ -EACCES, "it has to be executable (chmod +x), and in folders that "
	           "connate's user may enter" },
	{ -ENOEXEC, "it is no program for this machine" },
	{ -ETXTBSY, "it is being written; put a new file in its place with "
	            "mv" },
	{ -EBUSY, "another upgrade is under way; try again" },
	{ -EAGAIN, "there is too little memory, or too much to be done; try "
	           "again" },
	{ -EPROTO, "it is of another version than this conctl" },
};

/* The request was not carried out, and nothing happened. */
static int refused(const struct order *o, int result)
{
	struct digits d;

	if (result == -ESHUTDOWN)
		return cannot(o, "connate is shutting down", "");
	for (size_t k = 0; k < sizeof(remedies) / sizeof(remedies[0]); k++)
		if (remedies[k].error == result)
			return cannot(o, text_error(&d, result),
			              remedies[k].remedy);
	return cannot(o, text_error(&d, result), "");
}

/* It was tried, and taken back. */
static int rolled_back(const char *it, enum death death, int status)
{
	cell.used = 0;
	out_texts(&cell, "exec: ", it, " ", NULL);
	if (death == DEATH_NONE)
		out_text(&cell, "did not take over");
	else
		death_write(&cell, death, status);
	if (death == DEATH_KILLED || death == DEATH_EXITED)
		out_text(&cell, " before it took over");
	out_text(&cell, "; the former one goes on, no service was touched");
	if (death == DEATH_EXITED)
		out_text(&cell, " (connate's log says why)");
	out_bytes(&cell, "", 1);
	complain(cell.bytes, NULL);
	return EXIT_MISSED;
}

static int image_rolled_back(void)
{
	struct report report = session_report();

	if (probation_failed())
		return EXIT_MISSED;
	return rolled_back("the new image", (enum death)report.death,
	                   report.status);
}

/* answer.service: how the self-test of the new one went. */
static int test_failed(uint32_t how)
{
	return rolled_back("the self-test of the new image",
	                   (enum death)(how >> 16), (int)(how & 0xffff));
}

/* What became of whom. Those that were removed are by the table before, all
 * others by the one that is in force. */
enum fate { KEPT, ADDED, REMOVED, STALE, FATES };

static const char *const fate_word[FATES] = {
	[KEPT] = "kept",
	[ADDED] = "added",
	[REMOVED] = "removed",
	[STALE] = "stale",
};

static bool is_in(const struct table *t, const char *name)
{
	uint32_t i = table_find(t, name);

	return i != TABLE_NONE && !table_service(t, i)->gone;
}

static const struct table *table_for(enum fate fate)
{
	return fate == REMOVED ? before : session.table;
}

static bool is_fate(enum fate fate, uint32_t i)
{
	const struct table *t = table_for(fate);
	const char *name = table_name(t, i);

	if (table_service(t, i)->gone)
		return false;
	switch (fate) {
	case KEPT:
		return is_in(before, name);
	case ADDED:
		return !is_in(before, name);
	case REMOVED:
		return !is_in(session.table, name);
	case STALE:
		return session_record(i).phase.stale;
	case FATES:
		break;
	}
	return false;
}

static uint32_t fate_next(enum fate fate, uint32_t i)
{
	for (; i < table_for(fate)->services; i++)
		if (is_fate(fate, i))
			return i;
	return TABLE_NONE;
}

static uint32_t fate_count(enum fate fate)
{
	uint32_t count = 0;

	for (uint32_t i = fate_next(fate, 0); i != TABLE_NONE;
	     i = fate_next(fate, i + 1))
		count++;
	return count;
}

/* The state of one that was removed and is still to be stopped; or NULL. */
static const char *stopping(const char *name)
{
	uint32_t i = table_find(session.table, name);

	return i != TABLE_NONE && session_lists(i)
	               ? state_label[session_record(i).phase.state]
	               : NULL;
}

static void names_write(struct out *out, enum fate fate)
{
	const char *comma = ": ";

	for (uint32_t i = fate_next(fate, 0); i != TABLE_NONE;
	     i = fate_next(fate, i + 1)) {
		const char *name = table_name(table_for(fate), i);
		const char *state = fate == REMOVED ? stopping(name) : NULL;

		out_text(out, comma);
		out_text(out, name);
		if (state != NULL)
			out_texts(out, " (", state, ")", NULL);
		comma = ", ";
	}
}

/* One line; on a terminal not more than that. */
static void fate_print(struct screen *s, enum fate fate)
{
	uint32_t count = fate_count(fate);
	bool ends = s->columns != NO_WIDTH;
	struct out *out = ends ? &cell : &out_result;

	if (count == 0 && fate != KEPT)
		return;
	cell.used = 0;
	out_texts(out, fate_word[fate], " ", NULL);
	out_number(out, count);
	if (fate != KEPT)
		names_write(out, fate);
	if (ends)
		screen_cell(s, NULL, 0);
	screen_end(s);
}

static void names_json(struct json *j, enum fate fate)
{
	json_open(j, "[");
	for (uint32_t i = fate_next(fate, 0); i != TABLE_NONE;
	     i = fate_next(fate, i + 1))
		json_string(j, table_name(table_for(fate), i));
	json_close(j, "]");
}

/* Of those that were removed. */
static void stopping_json(struct json *j)
{
	json_open(j, "[");
	for (uint32_t i = fate_next(REMOVED, 0); i != TABLE_NONE;
	     i = fate_next(REMOVED, i + 1))
		if (stopping(table_name(before, i)) != NULL)
			json_string(j, table_name(before, i));
	json_close(j, "]");
}

static void fates_json(void)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	for (enum fate fate = KEPT; fate < FATES; fate++) {
		json_key(&j, fate_word[fate]);
		names_json(&j, fate);
	}
	json_key(&j, "stopping");
	stopping_json(&j);
	json_key(&j, "probation");
	probation_json(&j);
	json_close(&j, "}\n");
}

static int report(const struct order *o)
{
	struct screen screen = screen_look(o);

	if (session_check() == CHECK_GONE) {
		session_gone();
		return EXIT_UNREACHABLE;
	}
	if (o->json)
		fates_json();
	for (enum fate fate = KEPT; !o->json && fate < FATES; fate++)
		fate_print(&screen, fate);
	if (!o->json && !o->waits)
		(void)probation_print(); /* an older connate knows none */
	if (!o->waits)
		return EXIT_DONE;
	(void)out_flush(&out_result); /* main() says if it fails */
	return probation_wait(o);
}

/* For a moment after it has come up, a supervisord cannot become another. */
static int ask_patiently(const struct order *o, struct answer *answer)
{
	enum request_verb verb = o->itself ? REQUEST_REEXEC : REQUEST_EXEC;
	struct __kernel_timespec pause = { .tv_nsec = BUSY_PAUSE_MS * 1000000 };
	uint64_t until = NEVER;

	for (;;) {
		int code = ask_path(o, verb, path, answer);

		if (code != EXIT_DONE ||
		    (answer->result != -EBUSY && answer->result != -EAGAIN) ||
		    now_ms() >= until)
			return code;
		if (until == NEVER)
			until = now_ms() + BUSY_MS;
		(void)sys_ppoll(NULL, 0, &pause);
	}
}

int exec_run(const struct order *o)
{
	struct answer answer = { .result = 0 };
	int code, error = o->count > 0 ? make_path(o->names[0]) : 0;
	struct digits d;

	if (error < 0 || (o->count > 0 && o->names[0][0] == '\0')) {
		complain("exec: '", o->names[0],
		         "': ", text_error(&d, error < 0 ? error : -ENOENT),
		         NULL);
		return EXIT_USAGE;
	}
	code = look_before(o);
	if (code != EXIT_DONE)
		return code;
	before = ledger_table(session_keep());
	code = ask_patiently(o, &answer);
	if (code != EXIT_DONE)
		return code;
	if (answer.result == -ECANCELED)
		return o->itself ? test_failed(answer.service)
		                 : image_rolled_back();
	if (answer.result < 0)
		return refused(o, answer.result);
	if (!o->itself)
		return report(o);
	out_text(&out_result, "connate runs ");
	out_foreign(&out_result, what(o));
	out_text(&out_result, " now\n");
	return EXIT_DONE;
}
