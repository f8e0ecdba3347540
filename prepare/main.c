/* SPDX-License-Identifier: MIT */
/* prepare: what a service with rare words needs before its program runs. The
 * child of supervisord, or of a guard, executes it in place of the program, when
 * the descriptors of the program are open; it does what the words say by the
 * rights of connate, takes the late steps (model/step.def), which may give them
 * up, and executes the program. So it is the process of the service, with its
 * pid, from the beginning; and what a program of its own costs, only such
 * services pay (doc/why/0035). It must not wait for anything but files, and
 * knows no other service. For .check it is another process of the service, and
 * stays (check.c). */
#include "model/board.h"
#include "model/descriptor.h"
#include "model/ledger.h"
#include "model/step.h"
#include "model/text.h"
#include "prepare/prepare.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"
#include "sys/message.h"
#include "sys/start.h"

enum { EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127, PAGE = 4096 };

static struct prepared prepared;

static _Noreturn void refuse(const char *why)
{
	message("prepare: ", why, NULL);
	sys_exit(EXIT_NOT_RUN);
}

/* A failed step, or with error 0 the condition by which the service is skipped,
 * is on the board, in the service's entry, as that of a child of supervisord; a
 * helper has no entry, and can only say it. */
static _Noreturn void fail(enum step step, int error)
{
	const struct prepared *p = &prepared;
	uint32_t failure = (uint32_t)step << STEP_NUMBER |
	                   p->item << STEP_ITEM | (uint32_t)-error;
	long at = (long)(p->s->board_entry * sizeof(struct board_entry) +
	                 offsetof(struct board_entry, failure));
	struct digits d;

	if (!p->task.helper)
		(void)sys_pwrite(FD_BOARD, &failure, sizeof(failure), at);
	else
		message("prepare: ", table_name(p->table, p->task.service),
		        ": ", step_label[step], ": ", text_error(&d, error),
		        NULL);
	if (error == 0)
		sys_exit(0); /* skipped */
	sys_exit(error == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

/* The ledger by which the process was started, whichever is in force by now.
 * supervisord has checked it. */
static const struct table *map_table(void)
{
	struct stat status;
	const struct ledger *l;
	long address = -EINVAL;

	if (sys_fstat(FD_LEDGER, &status) >= 0 &&
	    status.st_size >= LEDGER_HEADER)
		address = sys_mmap(NULL, (size_t)status.st_size, PROT_READ,
		                   MAP_SHARED, FD_LEDGER, 0);
	if (address < 0 && address > -PAGE)
		refuse("it is started by supervisord, not by hand");
	l = prepared.ledger = (const struct ledger *)address;
	if (l->magic != LEDGER_MAGIC || l->version != LEDGER_VERSION ||
	    ledger_table(l)->version != TABLE_VERSION ||
	    ledger_table(l)->service_bytes < sizeof(struct table_service))
		refuse("supervisord is of another version");
	return ledger_table(l);
}

static bool action_is_one(uint32_t offset)
{
	return offset == offsetof(struct table_service, setup) ||
	       offset == offsetof(struct table_service, run) ||
	       offset == offsetof(struct table_service, cleanup) ||
	       offset == offsetof(struct table_service, stop) ||
	       offset == offsetof(struct table_service, reload) ||
	       offset == offsetof(struct table_service, started) ||
	       offset == offsetof(struct table_service, check);
}

static const struct table_action *action_at(const struct table_service *s,
                                            uint32_t offset)
{
	return (const struct table_action *)(const void *)((const char *)s +
	                                                   offset);
}

/* No descriptor of ours goes on to the program. FD_BOARD stays open until then,
 * for the lock that it has (board_lock()). */
static void hide_descriptors(void)
{
	(void)sys_close(FD_LEDGER); /* it is mapped */
	(void)sys_fcntl(FD_BOARD, F_SETFD, FD_CLOEXEC); /* it is open */
	(void)sys_fcntl(FD_IMAGE, F_SETFD, FD_CLOEXEC); /* if it is */
	(void)sys_fcntl(FD_REQUEST_OUT, F_SETFD, FD_CLOEXEC); /* if it is */
}

static void begin(char **argv, char **envp)
{
	struct prepared *p = &prepared;
	uint64_t number;

	if (envp[0] == NULL || !text_to_number(envp[0], INT64_MAX, &number))
		refuse("it is started by supervisord, not by hand");
	p->table = map_table();
	p->task = task_unpack(number);
	p->argv = argv;
	if (p->task.service >= p->table->services)
		refuse("there is no such service");
	p->s = table_service(p->table, p->task.service);
	if (!action_is_one(p->task.action))
		refuse("there is no such action");
	hide_descriptors();
	environment_begin(envp, table_name(p->table, p->task.service) -
	                                (sizeof(TABLE_NAME_IS) - 1));
	supervisor.world.table = p->table;
	p->child.service = p->task.service;
	p->child.action = action_at(p->s, p->task.action);
	p->child.refused = -(int)p->task.refused;
	p->checks = p->child.action == &p->s->check;
	p->first = p->child.action ==
	           (p->s->setup.kind != ACTION_NONE ? &p->s->setup
	                                            : &p->s->run);
}

/* The late steps that are not about an attribute */

/* Last before exec: see supervisord/process/child.c. A check ends with the process
 * that has started it. A change of user takes that away, so it is asked for
 * here. */
int step_signals(const struct child *c)
{
	uint64_t none = 0;

	(void)c;
	if (prepared.checks)
		(void)sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0);
	return sys_sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A function of the configuration is called by the image in force. */
int step_call(const struct child *c)
{
	struct digits d;
	const char *argv[] = { "supervisord", "--call",
		               text_number(&d, c->action->at), NULL };

	return c->action->kind != ACTION_CALL
	               ? 0
	               : fd_exec(FD_IMAGE, (char *const *)argv,
	                         (char *const *)environment_all());
}

/* The program, with the arguments that prepare was given (execve(2)). */
int step_exec(const struct child *c)
{
	return sys_execve(c->path, (char *const *)prepared.argv,
	                  (char *const *)environment_all());
}

static const struct {
	uint8_t number;
	int (*take)(struct prepared *p);
} words[] = {
	{ STEP_ONLY_IF, only_if_take },
	{ STEP_FOLDERS, folders_take },
	{ STEP_ENV_FILE, env_file_take },
	{ STEP_TTY, tty_take },
	{ STEP_ERRORS, errors_take },
	{ STEP_IGNORE, ignore_take },
	{ STEP_BUS, bus_take },
};

/* What a check writes is read. */
static bool keeps_output(uint8_t number)
{
	return number == STEP_TTY || number == STEP_ERRORS;
}

static const struct {
	uint8_t number;
	child_step *take;
} late[] = {
#define STEP(number, name, label, function)
#define STEP_LATE(number, name, label, function) { number, function },
#define STEP_APART(number, name, label)
#include "model/step.def"
#undef STEP_APART
#undef STEP_LATE
#undef STEP
};

/* A step that takes rights of connate away. */
static bool gives_up(enum step step)
{
	switch (step) {
	case STEP_BOUNDING:
	case STEP_GROUPS:
	case STEP_GROUP:
	case STEP_USER:
	case STEP_CAPABILITIES:
	case STEP_NO_NEW_PRIVS:
		return true;
	default:
		return false;
	}
}

/* Of AS_ROOT the steps that give up rights are left out. */
static void take_late(const struct prepared *p)
{
	const struct child *c = &p->child;
	bool root = word_as_root(p->table, p->s, p->task.action);

	for (unsigned k = 0; k < sizeof(late) / sizeof(late[0]); k++) {
		int error = 0;

		if (!root || !gives_up((enum step)late[k].number))
			error = late[k].take(c);
		if (error < 0)
			fail((enum step)late[k].number, error);
	}
}

/* What goes with the service goes after its clean-up, which runs as a child of
 * this process then: WORDS_REMOVE stands for one that it does not have. */
static void clean_up(struct prepared *p)
{
	int32_t pid = 0;
	siginfo_t how = { 0 };
	int child = 0, error;

	if (!word_removes(p->table, p->child.action)) {
		child = sys_fork(&pid);
		if (child == 0)
			return;
		if (child < 0)
			fail(STEP_REMOVE, child);
		(void)sys_waitid(P_PID, child, &how, WEXITED); /* it is ours */
	}
	p->item = 0;
	error = folders_remove(p);
	if (error < 0)
		fail(STEP_REMOVE, error);
	if (child > 0 && how.si_code != CLD_EXITED)
		sys_exit(128 + how.si_status);
	sys_exit(how.si_status);
}

int main(int argc, char **argv, char **envp)
{
	struct prepared *p = &prepared;

	(void)argc;
	begin(argv, envp);
	if (p->checks)
		checks_run(p);
	for (unsigned k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		int error = p->checks && keeps_output(words[k].number)
		                    ? 0
		                    : words[k].take(p);

		if (error != 0)
			fail((enum step)words[k].number,
			     error < 0 ? error : 0);
	}
	p->item = 0;
	if (p->child.action == &p->s->cleanup && folders_go(p))
		clean_up(p);
	p->child.path = argv[0];
	take_late(p);
	return EXIT_NOT_RUN; /* not reached: exec came back with 0 */
}
