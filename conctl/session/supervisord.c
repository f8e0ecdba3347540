/* SPDX-License-Identifier: MIT */
/* How supervisord is, as far as that can be seen from here: by connate's
 * report, and by /proc. Knows no service. */
#include "conctl/session/supervisord.h"

#include "conctl/session/identity.h"
#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "conctl/session/record.h"
#include "sys/call.h"

/* A zombie is dead, too: connate may have had no time to reap it. A process
 * without a ledger of this session only has the same number. */
static enum supervisord_state state_of_process(int pid)
{
	int folder = process_open(pid);
	enum supervisord_state state = SUPERVISORD_DEAD;
	struct ledger header;
	struct stat status;
	char letter;

	if (folder < 0)
		return sys_kill(pid, 0) == -ESRCH ? SUPERVISORD_DEAD
		                                  : SUPERVISORD_RUNS;
	letter = process_relation(folder).state;
	if (letter != 0 && letter != 'Z' && letter != 'X' &&
	    mapping_continues(folder, session.owner, &header, &status))
		state = letter == 'T' ? SUPERVISORD_STOPPED : SUPERVISORD_RUNS;
	(void)sys_close(folder); /* it was only looked into */
	return state;
}

/* Whether supervisord runs. Its pid, 0 if there is none, is in *report, a copy
 * of connate's report. connate reports each start and each death; a death that
 * it has not reported yet is seen here. Before there is a report, and without
 * connate, the pid is the ledger's. What cannot be seen from here is taken to
 * run. */
enum supervisord_state supervisord_look(struct report *report)
{
	*report = session_report();
	if (report->supervisord == 0 && report->death != DEATH_NONE)
		return SUPERVISORD_REPORTED;
	if (report->supervisord == 0)
		report->supervisord = pid_in_range(session.live->supervisord);
	return report->supervisord > 0 && pids_are_ours(session.folder)
	               ? state_of_process(report->supervisord)
	               : SUPERVISORD_RUNS;
}

/* Whether supervisord runs and waits for something to do: its process sleeps
 * (state S of proc(5)). */
enum idle supervisord_idle(void)
{
	struct report report;

	if (supervisord_look(&report) != SUPERVISORD_RUNS)
		return IDLE_NOT;
	if (!pids_are_ours(session.folder))
		return IDLE_UNKNOWN;
	return relation_of(report.supervisord).state == 'S' ? IDLE_WAITS
	                                                    : IDLE_NOT;
}
