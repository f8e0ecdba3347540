/* SPDX-License-Identifier: MIT */
/* The report of connate in the ledger: how supervisord is, for conctl to show
 * while it is down, and whether its image is on probation. By pread(2) and
 * pwrite(2), so that connate maps nothing. */
#include "pid1/pid1.h"

enum {
	REPORT_AT = offsetof(struct ledger, report),
	PROBATION_AT = offsetof(struct ledger, probation),
	HALT_AT = offsetof(struct ledger, halt),
	MOVED_AT = offsetof(struct ledger, moved),
};

/* Writes report and probation into the ledger that is open as fd. Its pages
 * exist, so no write can fail. */
void report_write_to(const struct pid1 *p, int fd)
{
	(void)sys_pwrite(fd, &p->probation, sizeof(p->probation), PROBATION_AT);
	(void)sys_pwrite(fd, &p->report, sizeof(p->report), REPORT_AT);
}

/* Marks the ledger that is open as fd, which comes into force again: another
 * one was in force meanwhile, so what it says of services is old
 * (ledger.moved). */
void report_put_back(int fd)
{
	const uint32_t moved = 1;

	(void)sys_pwrite(fd, &moved, sizeof(moved), MOVED_AT); /* cannot fail */
}

/* Writes both into the ledger in force. Does nothing before a supervisord has
 * said ADOPTED: until then there is no ledger. */
void report_write(const struct pid1 *p)
{
	if (p->ever_adopted)
		report_write_to(p, FD_LEDGER);
}

/* Reads what report_write() has written; what cannot be read stays as it is in
 * *p. */
void report_read(struct pid1 *p)
{
	struct report report;
	struct probation probation;

	if (sys_pread(FD_LEDGER, &report, sizeof(report), REPORT_AT) ==
	    sizeof(report))
		p->report = report;
	if (sys_pread(FD_LEDGER, &probation, sizeof(probation),
	              PROBATION_AT) == sizeof(probation))
		p->probation = probation;
}

/* ledger.halt, the end that supervisord was asked for: kind << 8 | code; 0:
 * none. */
uint32_t report_halt(void)
{
	uint32_t halt;

	return sys_pread(FD_LEDGER, &halt, sizeof(halt), HALT_AT) ==
	                       sizeof(halt)
	               ? halt
	               : 0;
}
