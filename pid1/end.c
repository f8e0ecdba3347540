/* SPDX-License-Identifier: MIT */
/* The end: supervisord is killed, then what is left gets SIGKILL in rounds, then
 * connate exits; as PID 1 of a machine it calls reboot(2). supervisord has told
 * what is left to end, and has waited for it (supervisord/loop/rest.c); where it
 * could not, connate sends SIGTERM and waits.
 *
 * Where connate is not PID 1, it can reach its children only. All that descends
 * from it becomes its child as the processes between die, and the end of each of
 * those begins another round; so nothing is left, however deep. */
#include "pid1/pid1.h"

#include "model/text.h"
#include "sys/message.h"

/* Begins the end; does nothing where it has begun. halt: how; code: to exit
 * with. at_once: SIGKILL to what is left, without SIGTERM before it. */
void end_begin(struct pid1 *p, enum halt halt, int code, bool at_once)
{
	if (p->halt != HALT_NONE)
		return;
	p->halt = halt;
	p->code = code;
	if (at_once)
		p->end_signal = SIGTERM; /* taken for sent, and its time over */
	notify_order(p, NOTIFY_STOPPING, 0);
	if (p->supervisord != 0)
		(void)sys_kill(p->supervisord, SIGKILL); /* it is our child */
}

/* Is there no supervisord that could end the services in order? The first one
 * has died before it worked, so there are no services; or it has died too often
 * since the end was asked for. The first one may just be on its way: it reads
 * the signal when it is up, or its time runs out. SIGKILL from outside does not
 * count (end_count_death()); but where none comes up at all any more, the reason
 * does not matter: memory may have run out. */
static bool no_supervisord_works(const struct pid1 *p)
{
	if (!p->is_init && !p->ever_adopted)
		return p->supervisord == 0 || p->report.deaths > 0;
	return p->end_deaths >= END_DEATHS ||
	       (p->report.deaths >= RESCUE_DEATHS &&
	        p->report.deaths > p->asked_deaths);
}

/* A container in which no supervisord has ever worked, tried often enough: it
 * has no services, and nobody in it who could mend that. */
static bool is_futile(const struct pid1 *p)
{
	return p->is_init && !p->is_machine && !p->ever_adopted &&
	       p->supervisord == 0 && p->report.deaths >= FUTILE_DEATHS;
}

/* Begins the end without supervisord, if no supervisord works and the end was
 * asked for, or nothing else can come. */
void end_without_supervisord(struct pid1 *p)
{
	if (p->halt == HALT_NONE && is_futile(p)) {
		message("connate: no supervisord works in this container: "
		        "ending it with 1", NULL);
		end_begin(p, HALT_EXIT, 1, false);
	}
	if (p->asked == HALT_NONE || !no_supervisord_works(p))
		return;
	if (p->ever_adopted)
		message("connate: supervisord keeps dying, and the end was "
		        "asked for: ending without it what is left",
		        NULL);
	end_begin(p, p->asked, p->asked_code, false);
}

/* Remembers that this end was asked for, in case that supervisord does not do
 * it; the first one counts. HALT_NONE: none was. code: to exit with in that
 * case. */
void end_ask(struct pid1 *p, enum halt halt, int code)
{
	if (halt == HALT_NONE || p->asked != HALT_NONE)
		return;
	p->asked = halt;
	p->asked_code = code;
	p->asked_deaths = p->report.deaths;
}

/* supervisord may have been asked for the end by conctl, have stored that in
 * the ledger, and die of doing it. 1 in place of exit code 0: the services are
 * not ended in order. */
static void end_ask_as_stored(struct pid1 *p)
{
	uint32_t halt = p->ever_adopted ? report_halt() : 0;

	if (halt >> 8 < HALTS)
		end_ask(p, (enum halt)(halt >> 8),
		        (halt & 255) != 0 ? (int)(halt & 255) : 1);
}

/* Counts a death of supervisord, which is in p->report, for
 * end_without_supervisord(). steady: it had worked for long, or another image
 * takes its place. */
void end_count_death(struct pid1 *p, bool steady)
{
	const struct report *n = &p->report;

	end_ask_as_stored(p);
	if (steady || p->asked == HALT_NONE)
		p->end_deaths = 0;
	else if (n->death != DEATH_KILLED || n->status != SIGKILL)
		p->end_deaths++;
}

/* The file has decimal numbers, each followed by a blank (proc(5)). */
static void signal_children(int signal)
{
	char list[1024];
	long got, number = 0;
	/* Linux 3.17; there is one thread. */
	int fd = sys_openat(AT_FDCWD, "/proc/thread-self/children",
	                    O_RDONLY | O_CLOEXEC, 0);
	struct digits d;

	if (fd < 0) {
		if (signal == SIGTERM)
			message("connate: what is left runs on: /proc: ",
			        text_error(&d, fd), NULL);
		return;
	}
	while ((got = sys_read(fd, list, sizeof(list))) > 0)
		for (long i = 0; i < got; i++) {
			if (list[i] >= '0' && list[i] <= '9') {
				number = number * 10 + (list[i] - '0');
				continue;
			}
			if (number > 1)
				/* it may be dead */
				(void)sys_kill((int)number, signal);
			number = 0;
		}
	(void)sys_close(fd);
}

/* As PID 1 connate ends all processes (kill(2): -1 spares itself). */
static void signal_rest(const struct pid1 *p, int signal)
{
	if (p->is_init)
		(void)sys_kill(-1, signal); /* there may be none */
	else
		signal_children(signal);
}

static bool has_no_child(void)
{
	siginfo_t how;

	return sys_waitid(P_ALL, 0, &how, WEXITED | WNOHANG | WNOWAIT) ==
	       -ECHILD;
}

/* A second request for the end hurries one that has begun: the remaining
 * processes get the next signal at once. */
void end_hurry(struct pid1 *p)
{
	p->end_at_ms = 0;
}

/* A process that forks and ends for ever is not waited for. */
static void kill_round(struct pid1 *p, uint64_t now_ms)
{
	if (p->some_ended && p->rounds++ < ROUNDS_MAX)
		p->end_at_ms = now_ms + KILL_MS;
	p->some_ended = false;
	signal_rest(p, SIGKILL);
}

/* Takes the step of the end that is due: to be called each time that the loop
 * comes round. Does nothing before the end has begun, and while supervisord
 * lives. */
void end_go_on(struct pid1 *p, uint64_t now_ms)
{
	if (p->halt == HALT_NONE || p->supervisord != 0)
		return;
	if (has_no_child() ||
	    (p->end_signal == SIGKILL && p->end_at_ms <= now_ms))
		end_now(p);
	if (p->end_signal == 0) {
		p->end_signal = SIGTERM;
		p->end_at_ms = now_ms + p->rest_ms;
		signal_rest(p, SIGTERM);
		signal_rest(p, SIGCONT); /* a stopped process does not act */
	} else if (p->end_at_ms <= now_ms) {
		p->end_signal = SIGKILL;
		p->end_at_ms = now_ms + KILL_MS;
	}
	if (p->end_signal == SIGKILL)
		kill_round(p, now_ms);
}

enum commands {
#define HALT(name, label, command) COMMAND_##name = command,
#include "model/halt.def"
#undef HALT
};

_Static_assert(COMMAND_REBOOT == LINUX_REBOOT_CMD_RESTART, "an ABI");
_Static_assert(COMMAND_POWEROFF == LINUX_REBOOT_CMD_POWER_OFF, "an ABI");
_Static_assert(COMMAND_HALT == LINUX_REBOOT_CMD_HALT, "an ABI");
_Static_assert(COMMAND_KEXEC == LINUX_REBOOT_CMD_KEXEC, "an ABI");

/* In a container reboot(2) ends connate by another signal, which tells the
 * runtime whether it was a reboot (pid_namespaces(7)). Where the kernel refuses
 * that, connate exits. */
static _Noreturn void exit_or_reboot(const struct pid1 *p)
{
	privilege_for_end(p);
	if (p->is_init && p->halt != HALT_EXIT)
		(void)sys_reboot(halt_command[p->halt]); /* refused: exit */
	sys_exit(p->code);
}

/* Exits, or calls reboot(2). PID 1 of a machine must not exit, as the kernel
 * would panic: it tries again every 5 s, then to switch the machine off. */
_Noreturn void end_now(struct pid1 *p)
{
	struct digits d;

	store_removed(p, FD_LINK_PID1); /* the next one begins anew */
	if (!p->is_machine)
		exit_or_reboot(p);
	privilege_for_end(p);
	sys_sync();
	/* No process writes to it any more. A configuration may have done this
	 * before; and a root that is no disk takes no harm. */
	(void)sys_mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	for (;;) {
		int error = sys_reboot(halt_command[p->halt]);

		message("connate: reboot: ", text_error(&d, error), NULL);
		(void)sys_ppoll(NULL, 0,
		                &(struct __kernel_timespec){ .tv_sec = 5 });
		p->halt = HALT_POWEROFF;
	}
}
