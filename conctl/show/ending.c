/* SPDX-License-Identifier: MIT */
/* How a process of a service, or supervisord, has ended, in a few words. Knows
 * no terminal. */
#include "conctl/show/ending.h"

#include "conctl/base/out.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "model/descriptor.h"
#include "model/step.h"
#include "model/text.h"
#include "model/words.h"
#include "sys/call.h"

/* What was run in that state. */
static const struct table_action *action_in(const struct table_service *s,
                                            enum state state)
{
	switch (state) {
	case STATE_SETTING_UP:
		return &s->setup;
	case STATE_CLEANING_UP:
		return &s->cleanup;
	case STATE_DOWN:
	case STATE_WAITING_TO_START:
	case STATE_STARTING:
	case STATE_UP:
	case STATE_WAITING_TO_STOP:
	case STATE_DRAINING:
	case STATE_STOPPING:
	case STATE_RETRYING:
	case STATE_FAILED:
	case STATE_FORCE_DOWN:
	case STATE_CANNOT_STOP:
	case STATE_SKIPPED:
	case STATES:
		break;
	}
	return &s->run;
}

/* The first address of .listen that connate has no socket of, or NULL. */
static const char *missing_address(const struct table_service *s)
{
	char path[32] = "fd/";
	struct stat status;
	struct digits d;

	for (uint32_t k = 0; k < table_sockets(s); k++) {
		const struct table_socket *socket =
			table_socket(session.table, s, k);
		const char *number = text_number(&d, log_read_fd(socket->pipe));

		__builtin_memcpy(path + 3, number, text_length(number) + 1);
		if (sys_fstatat(session.folder, path, &status, 0) < 0)
			return table_text(session.table, socket->text);
	}
	return NULL;
}

/* The path or address that the step was about, or NULL. */
static const char *step_object(uint32_t i, enum step step, enum state state)
{
	const struct table *t = session.table;
	const struct table_service own = table_service_read(t, i), *s = &own;
	const struct table_action *a = action_in(s, state);

	if (step == STEP_EXEC && a->kind == ACTION_EXEC)
		return table_text(t, table_list(t, a->at)[0]);
	if (step == STEP_LISTEN)
		return missing_address(s);
	if (step == STEP_LOG && s->log_kind == LOG_KIND_FILE)
		return table_text(t, s->log_at);
	if (step == STEP_CHDIR && session_profile(i)->chdir != TABLE_NONE)
		return table_text(t, session_profile(i)->chdir);
	if (step == STEP_CHROOT && session_profile(i)->chroot != TABLE_NONE)
		return table_text(t, session_profile(i)->chroot);
	if (step == STEP_CGROUP && session_profile(i)->cgroup != TABLE_NONE)
		return table_text(t, session_profile(i)->cgroup);
	return NULL;
}

/* The item of a rare word that a step was at, or NULL. */
static const char *word_object(uint32_t i, uint32_t failure)
{
	const struct table *t = session.table;
	struct table_list rest = table_service_read(t, i).words;
	uint32_t item = failure >> STEP_ITEM & (STEP_ITEMS - 1);
	uint32_t step = failure_step(failure);
	struct folder folder = { .name = NULL };
	const char *text = NULL;

	if (step == STEP_FOLDERS) {
		for (; folder_read(t, &rest, &folder) && item > 0; item--)
			;
		return folder.name;
	}
	if (step == STEP_TTY)
		return word_next(t, &rest, WORD_TTY);
	if (step == STEP_ERRORS) {
		text = word_next(t, &rest, WORD_ERRORS);
		if (text != NULL)
			(void)(word_number(&text) + word_number(&text));
		return text;
	}
	if (step != STEP_ENV_FILE && step != STEP_ONLY_IF)
		return NULL;
	do
		text = word_next(t, &rest,
		                 step == STEP_ONLY_IF ? WORD_ONLY_IF
		                                      : WORD_ENV_FILE);
	while (text != NULL && item-- > 0);
	return text != NULL ? text + (*text == '-') : NULL;
}

/* What an error of such a step means, where its general words mislead; or
 * NULL. The numbers are those of errno(3). */
static const char *word_reason(enum step step, int error)
{
	static const struct {
		uint16_t step, error;
		const char *reason;
	} rows[] = {
		{ STEP_ENV_FILE, 22 /* EINVAL */, "it is no regular file" },
		{ STEP_ENV_FILE, 27 /* EFBIG */, "it is larger than 1 MB" },
		{ STEP_ENV_FILE, 74 /* EBADMSG */, "it has a NUL byte" },
		{ STEP_ENV_FILE, 7 /* E2BIG */, "it has too many variables" },
		{ STEP_FOLDERS, 40 /* ELOOP */,
		  "a symbolic link is on the way" },
		{ STEP_FOLDERS, 22 /* EINVAL */,
		  "its user has no standard folder: neither HOME nor a "
		  "variable of XDG is set" },
	};

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		if (rows[k].step == step && rows[k].error == error)
			return rows[k].reason;
	return NULL;
}

/* An exit code or a signal, for how a process ended. */
static void end_write(struct out *out, union ending e)
{
	struct digits d;

	if (e.code == ENDING_EXITED) {
		out_text(out, "exited with ");
		out_number(out, e.status);
		return;
	}
	out_texts(out, "killed by ", e.status < 32 ? "SIG" : "signal ",
	          text_signal(&d, e.status), NULL);
}

/* Writes which step of a start failed and why: record.failure. */
void failure_write(struct out *out, uint32_t i, const struct record *r)
{
	uint32_t step = failure_step(r->failure);
	bool former = (r->failure & STEP_FORMER) != 0;
	int error = (int)(r->failure & STEP_ERROR);
	enum state state = r->ending.code != 0 ? (enum state)r->ending.state
	                                       : (enum state)r->phase.state;
	const char *object, *why;
	struct digits d;

	out_text(out, step < STEPS ? step_label[step] : "an unknown step");
	object = step_object(i, (enum step)step, state);
	if (object == NULL && !former)
		object = word_object(i, r->failure);
	if (object != NULL && !former)
		out_texts(out, " ", object, NULL);
	why = word_reason((enum step)step, error);
	if (step == STEP_ONLY_IF)
		why = "it does not hold";
	if (step == STEP_STARTED) {
		out_text(out, ": ");
		end_write(out, failure_ending(r->failure));
		return;
	}
	out_texts(out, ": ", why != NULL ? why : text_error(&d, error),
	          former ? " (by a former definition)" : "", NULL);
}

/* Writes an exit code or a signal: "exited with 1", "killed by SIGSEGV (core
 * dumped)". There must have been an end. */
void exit_write(struct out *out, union ending e)
{
	end_write(out, e);
	if (e.code == ENDING_DUMPED)
		out_text(out, " (core dumped)");
}

/* Whether it is an exit with code 0. */
bool exit_is_success(union ending e)
{
	return e.code == ENDING_EXITED && e.status == 0;
}

/* Whether it is a success of that service: exit code 0, or by .success. */
bool end_is_success(uint32_t i, union ending e)
{
	return exit_is_success(e) ||
	       ending_is_in(session.table,
	                    table_service_read(session.table, i).success, e);
}

/* Whether it took too long to start: it was stopped although it was wanted, and
 * has not been up. A program under a guard that ends too early leaves processes
 * that are stopped, too: so the time it took counts. */
static bool was_late(uint32_t i, const struct record *r)
{
	const struct table_profile *p = session_profile(i);
	bool stopped = r->ending.state == STATE_STOPPING ||
	               r->ending.state == STATE_FORCE_DOWN;

	return r->phase.fault && stopped && r->up_ms < r->wanted_ms &&
	       (r->start_took_ms >= p->max_ready_ms ||
	        r->setup_took_ms >= p->max_setup_ms);
}

/* Writes how the last start of a service failed or its last process ended;
 * nothing if no process has ended. */
void ending_write(struct out *out, uint32_t i, const struct record *r)
{
	if (r->failure != 0) {
		failure_write(out, i, r);
		return;
	}
	if (r->ending.code == 0) {
		if (r->life.exits > 0)
			out_text(out, "ended, it is not known how");
		return;
	}
	if (was_late(i, r))
		out_text(out, "took too long to start, ");
	if (r->ending.state == STATE_SETTING_UP)
		out_text(out, "set-up ");
	if (r->ending.state == STATE_CLEANING_UP)
		out_text(out, "clean-up ");
	exit_write(out, r->ending);
}

/* Writes how supervisord ended, as the end of a sentence: "was killed by
 * SIGSEGV". status: an exit code, a signal or -errno, as `death` says. */
void death_write(struct out *out, enum death death, int status)
{
	struct digits d;

	switch (death) {
	case DEATH_EXITED:
		out_texts(out, "exited with ", text_number(&d, status), NULL);
		return;
	case DEATH_KILLED:
		out_texts(out, "was killed by ",
		          status < 32 ? "SIG" : "signal ",
		          text_signal(&d, status), NULL);
		return;
	case DEATH_LATE:
		out_text(out, "did not get ready in 10 s");
		return;
	case DEATH_STUCK:
		out_text(out, "read no message for 30 s");
		return;
	case DEATH_CANNOT:
		out_texts(out, "cannot be run: ", text_error(&d, status), NULL);
		return;
	case DEATH_NONE:
		break;
	}
	out_text(out, "ended");
}
