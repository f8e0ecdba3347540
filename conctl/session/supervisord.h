/* SPDX-License-Identifier: MIT */
/* How supervisord is, as far as that can be seen from here. */
#ifndef CONCTL_SESSION_SUPERVISORD_H
#define CONCTL_SESSION_SUPERVISORD_H

struct report;

/* REPORTED: it is dead, and connate's report says why. */
enum supervisord_state {
	SUPERVISORD_RUNS,
	SUPERVISORD_STOPPED,               /* by a signal, as SIGSTOP */
	SUPERVISORD_DEAD,
	SUPERVISORD_REPORTED,
};

/* UNKNOWN: it runs, but its state cannot be seen from here. */
enum idle { IDLE_NOT, IDLE_WAITS, IDLE_UNKNOWN };

enum supervisord_state supervisord_look(struct report *report);
enum idle supervisord_idle(void);

#endif
