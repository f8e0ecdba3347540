/* SPDX-License-Identifier: MIT */
/* supervisord: boot, resume, then settle, publish, observe, for ever.
 *
 *     observe ──facts──▶ settle ──effects──▶ kernel
 *                          │
 *                       publish ──▶ ledger
 *
 * The same program is a guard (--guard), and calls a function of a former
 * configuration (--call). It never calls reboot(2). */
#include "model/halt.h"
#include "model/text.h"
#include "supervisord/base/environment.h"
#include "supervisord/base/image.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/guard/guard.h"
#include "supervisord/loop/halt.h"
#include "supervisord/loop/messages.h"
#include "supervisord/loop/news.h"
#include "supervisord/loop/observe.h"
#include "supervisord/loop/settle.h"
#include "supervisord/process/child.h"
#include "supervisord/recovery/boot.h"
#include "supervisord/recovery/resume.h"
#include "supervisord/upgrade/succession.h"
#include "supervisord/upgrade/upgrade.h"
#include "sys/capability.h"
#include "sys/folder.h"
#include "sys/message.h"
#include "sys/start.h"

enum { EXIT_NOT_RUN = 126 };

#ifndef VERSION
#define VERSION "unknown"
#endif

/* A function of this configuration, for a service that the configuration of a
 * later image does not have. */
static int call_main(const char *number, char **envp)
{
	uint64_t function;

	supervisor.envp = envp;
	if (!text_to_number(number, ((const struct table *)(const void *)
	                                     image_place)->calls, &function))
		return EXIT_NOT_RUN;
	return child_call((uint32_t)function) < 0 ? EXIT_NOT_RUN : 0;
}

/* If connate has a command on its command line, supervisord is started in the
 * folder in which connate was started, and the command is, later. */
static void leave_folder(void)
{
	static char folder[PATH_MAX];

	if (supervisor.command == NULL)
		(void)sys_chdir("/"); /* it is there */
	else if (folder_leave(folder, sizeof(folder)) >= 0)
		supervisor.folder = folder;
}

/* CAP_KILL: services of other users are signalled at any time.
 * CAP_SYS_RESOURCE: protection from the kernel's killer when memory runs out
 * (oom.c), in each pass; descriptors on their way through the link and the
 * socket of orphans, and pipes of the usual size, beyond what a user may have
 * (unix(7), pipe(7)). */
#define AT_REST (CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SYS_RESOURCE))

static void set_up(int argc, char **argv, char **envp)
{
	privilege_begin(AT_REST);
	(void)sys_prctl(PR_SET_NAME, (unsigned long)"supervisord", 0);
	(void)sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0); /* Linux 3.4 */
	(void)sys_refuse_exec_gain(); /* before Linux 6.6 there is none */
	supervisor.envp = environment_take(envp);
	supervisor.argv = argv;
	if (argc > 2 && text_equal(argv[1], "--"))
		supervisor.command = argv + 2;
	leave_folder();
	supervisor.connate = sys_getppid();
	supervisor_read_clock();
	messages_listen();
}

static void begin(void)
{
	int code = resume();

	if (code != 0)
		halt_begin(HALT_EXIT, code);
	halt_go_on();
	news_begin();
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1 && text_equal(argv[1], "--version")) {
		static const char version[] = "supervisord " VERSION "\n";

		return sys_write(1, version, sizeof(version) - 1) < 0;
	}
	if (argc > 1 && text_equal(argv[1], "--guard"))
		return guard_main(argc, argv, environment_take(envp));
	if (argc > 2 && text_equal(argv[1], "--call"))
		return call_main(argv[2], envp);
	set_up(argc, argv, envp);
	if (boot() < 0)
		return 1;
	begin();
	for (;;) {
		settle();
		halt_with_primary();
		halt_as_planned();
		halt_pass_on();
		news_send();
		publish_wake();
		upgrade_hang_up();
		succession_try();
		observe();
	}
}
