/* SPDX-License-Identifier: MIT */
/* The end of a session: it is written down first, so that a supervisord that
 * is killed meanwhile has a successor that goes on with it; then every target
 * is down; and when nothing is busy any more pid1 is told (post_news). */
#include "supervisord/supervisord.h"

void halt_begin(enum halt halt, int code)
{
	struct request_range all = { 0, supervisor.ledger->services };

	if (supervisor.ledger->halt == 0)
		publish_halt((uint32_t)halt << 8 | ((uint32_t)code & 255));
	wish_all(&all, 1, TARGET_DOWN);
}

/* As a shell has it. */
static int exit_code(const struct record *r)
{
	if (r->failure != 0)
		return (r->failure & 0xffff) == ENOENT ? 127 : 126;
	return r->ending.code == ENDING_EXITED ? r->ending.status
	                                       : 128 + r->ending.status;
}

/* Stopped from outside, with no code of its own to end with: as the primary
 * has ended. For when everything is down. */
int halt_code(uint32_t halt)
{
	uint32_t primary = supervisor.world.table->primary;
	int code = (int)(halt & 255);

	if (primary == TABLE_NONE || code != 0 || halt >> 8 != HALT_EXIT ||
	    supervisor.records[primary].ending.code == 0)
		return code;
	return exit_code(&supervisor.records[primary]);
}

/* BusyBox's convention, and systemd's for SIGRTMIN+3 and on. SIGRTMIN is that
 * of the C libraries (signal(7)), which keep the kernel's first two. */
static enum halt of_machine(int signal)
{
	static const enum halt later[] = { HALT_HALT, HALT_POWEROFF,
		                           HALT_REBOOT, HALT_KEXEC };
	const int first = 34 + 3;

	if (signal == SIGINT || signal == SIGTERM)
		return HALT_REBOOT;
	if (signal == SIGUSR1)
		return HALT_HALT;
	if (signal == SIGUSR2 || signal == SIGPWR)
		return HALT_POWEROFF;
	return signal >= first && signal < first + 4 ? later[signal - first]
	                                             : HALT_NONE;
}

static enum halt of_others(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGPWR
	               ? HALT_EXIT
	               : HALT_NONE;
}

static bool any_failed(void)
{
	for (uint32_t i = 0; i < supervisor.ledger->services; i++)
		if (supervisor.records[i].phase.state == STATE_FAILED)
			return true;
	return false;
}

/* Who runs a container looks at the code. */
void halt_on_signal(int signal, enum init init)
{
	uint32_t primary = supervisor.world.table->primary;
	enum halt halt = init == INIT_MACHINE ? of_machine(signal)
	                                      : of_others(signal);

	if (halt != HALT_NONE)
		halt_begin(halt, init == INIT_CONTAINER &&
		                         primary == TABLE_NONE && any_failed());
	else if (primary != TABLE_NONE)
		publish_signals(supervisor.ledger->signals |
		                SIGNAL_BIT(signal));
}

/* Killed after the signal was sent: it is sent twice. */
void halt_pass_on(void)
{
	uint64_t signals = supervisor.ledger->signals;
	uint32_t primary = supervisor.world.table->primary;

	for (int n = 1; primary != TABLE_NONE && signals != 0 && n <= 64; n++)
		if ((signals & SIGNAL_BIT(n)) != 0)
			(void)effect_signal(primary, n); /* if it runs */
	if (signals != 0)
		publish_signals(supervisor.ledger->signals & ~signals);
}

/* Everything else is there for the primary. Looked at in each pass, so that
 * it does not matter when a supervisord is killed. */
void halt_with_primary(void)
{
	uint32_t primary = supervisor.world.table->primary;
	const struct record *r;

	if (primary == TABLE_NONE || supervisor.ledger->halt != 0)
		return;
	r = &supervisor.records[primary];
	if (r->wanted_ms == 0)
		return; /* it has not been up yet */
	if (r->phase.state == STATE_FAILED ||
	    (r->phase.state == STATE_DOWN && !target_wanted(r->phase.target)))
		halt_begin(HALT_EXIT, exit_code(r));
}
