/* SPDX-License-Identifier: MIT */
/* The command exec: another supervisord takes over in place; or connate
 * executes itself again, or another connate. The result is in the ledger: in
 * the answer, in connate's report, and in the tables before and after. */
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/change/ask.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "conctl/session/watch.h"
#include "conctl/show/ending.h"
#include "conctl/show/probation.h"
#include "conctl/upgrade/image.h"
#include "conctl/upgrade/outcome.h"
#include "conctl/upgrade/upgrade.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

/* A supervisord that has just come up cannot become another one yet. */
enum {
	BUSY_MS = 2000,
	BUSY_PAUSE_MS = 20,
};

static const struct table *former;

static char path[REQUEST_PATH_BYTES];

/* An absolute path, as supervisord has a working folder of its own. */
static int path_make(const char *word)
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

static const char *goal_name(const struct order *o)
{
	if (path[0] != '\0')
		return path;
	return o->itself ? "its own file" : "its own file again";
}

static const char *subject_name(const struct order *o)
{
	return o->itself ? "connate" : "supervisord";
}

static int exec_cannot(const struct order *o, const char *why,
                       const char *remedy)
{
	complain("exec: ", subject_name(o), " does not become ", goal_name(o),
	         ": ", why, remedy[0] != '\0' ? "; " : "", remedy, NULL);
	return EXIT_MISSED;
}

/* Refuses what is seen to fail. supervisord may be able to read a file that we
 * cannot read. */
static int exec_look_before(const struct order *o)
{
	struct image image;

	if (path[0] == '\0' || image_read(path, &image) < 0)
		return EXIT_DONE;
	if (!image.is_program || (!o->itself && image.table == NULL))
		return exec_cannot(o, image.wrong, "");
	if (o->itself && image.table != NULL)
		return exec_cannot(o, "it is a supervisord, not a connate",
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
	{ -EAGAIN, "there is too little memory, or supervisord has too much to "
	           "do; try again" },
	{ -EPROTO, "it is of another version than this conctl" },
};

/* The request was refused: nothing has happened. */
static int exec_refused(const struct order *o, int result)
{
	struct digits d;

	if (result == -ESHUTDOWN)
		return exec_cannot(o, "connate is shutting down", "");
	for (size_t k = 0; k < sizeof(remedies) / sizeof(remedies[0]); k++)
		if (remedies[k].error == result)
			return exec_cannot(o, text_error(&d, result),
			                   remedies[k].remedy);
	return exec_cannot(o, text_error(&d, result), "");
}

/* It was tried, and the former one continues. */
static int exec_rolled_back(const char *it, enum death death, int status)
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
	complain_out(&cell);
	return EXIT_MISSED;
}

static int exec_image_rolled_back(void)
{
	struct report report = session_report();

	if (probation_failed())
		return EXIT_MISSED;
	return exec_rolled_back("the new image", (enum death)report.death,
	                        report.status);
}

/* answer.service: how the self-test of the new image ended. */
static int exec_test_failed(uint32_t how)
{
	return exec_rolled_back("the self-test of the new image",
	                        (enum death)(how >> 16), (int)(how & 0xffff));
}

static int probation_too_late(const struct order *o)
{
	complain("timed out after ", o->timeout,
	         " s; the new image has taken over, and is still on probation",
	         NULL);
	return EXIT_LATE;
}

/* Waits until the image has stood its probation. EXIT_DONE; EXIT_MISSED: it was
 * rolled back; EXIT_LATE, EXIT_UNREACHABLE: that has been explained. */
static int probation_wait(const struct order *o)
{
	uint64_t check_ms = 0;

	for (;;) {
		uint32_t seen = load(&session.live->change);
		uint64_t at_ms = clock_now_ms();

		if (session_check_due(&check_ms) &&
		    session_check() == CHECK_GONE) {
			session_gone();
			return EXIT_UNREACHABLE;
		}
		if (probation_failed())
			return EXIT_MISSED;
		if (probation_read().stage == STAGE_NONE)
			return EXIT_DONE;
		if (at_ms >= o->deadline_ms)
			return probation_too_late(o);
		/* connate writes the stage, and wakes nobody. */
		session_wait(seen, earlier(o->deadline_ms, at_ms + CHECK_MS));
	}
}

static int exec_report(const struct order *o)
{
	if (session_check() == CHECK_GONE) {
		session_gone();
		return EXIT_UNREACHABLE;
	}
	outcomes_print(o, former);
	if (!o->json && !o->waits)
		(void)probation_print(); /* an older connate knows none */
	if (!o->waits)
		return EXIT_DONE;
	(void)out_flush(&out_result); /* main() says if it fails */
	return probation_wait(o);
}

static int exec_ask(const struct order *o, struct answer *answer)
{
	enum request_verb verb = o->itself ? REQUEST_REEXEC : REQUEST_EXEC;
	uint64_t until = NEVER_MS;

	for (;;) {
		int code = ask_path(o, verb, path, answer);

		if (code != EXIT_DONE ||
		    (answer->result != -EBUSY && answer->result != -EAGAIN) ||
		    clock_now_ms() >= until)
			return code;
		if (until == NEVER_MS)
			until = clock_now_ms() + BUSY_MS;
		pause_ms(BUSY_PAUSE_MS);
	}
}

/* exec: has supervisord, or connate, become another image or its own file
 * again. */
int exec_run(const struct order *o)
{
	struct answer answer = { .result = 0 };
	int code, error = o->count > 0 ? path_make(o->names[0]) : 0;
	struct digits d;

	if (error < 0 || (o->count > 0 && o->names[0][0] == '\0')) {
		complain("exec: '", o->names[0],
		         "': ", text_error(&d, error < 0 ? error : -ENOENT),
		         NULL);
		return EXIT_USAGE;
	}
	code = exec_look_before(o);
	if (code != EXIT_DONE)
		return code;
	former = ledger_table(session_keep());
	code = exec_ask(o, &answer);
	if (code != EXIT_DONE)
		return code;
	if (answer.result == -ECANCELED)
		return o->itself ? exec_test_failed(answer.service)
		                 : exec_image_rolled_back();
	if (answer.result < 0)
		return exec_refused(o, answer.result);
	if (!o->itself)
		return exec_report(o);
	out_text(&out_result, "connate runs ");
	out_foreign(&out_result, goal_name(o));
	out_text(&out_result, " now\n");
	return EXIT_DONE;
}
