/* SPDX-License-Identifier: MIT */
/* Our report in the ledger: how supervisord is, for those who read it while it
 * is down, and whether its image is on probation. With pread(2) and pwrite(2),
 * so that we map nothing. */
#include "pid1/pid1.h"

enum {
	REPORT_AT = offsetof(struct ledger, report),
	PROBATION_AT = offsetof(struct ledger, probation),
	HALT_AT = offsetof(struct ledger, halt),
	MOVED_AT = offsetof(struct ledger, moved),
};

/* Its pages are there: no write can fail. */
void report_write_to(const struct pid1 *p, int fd)
{
	(void)sys_pwrite(fd, &p->probation, sizeof(p->probation), PROBATION_AT);
	(void)sys_pwrite(fd, &p->report, sizeof(p->report), REPORT_AT);
}

/* Another one was in force meanwhile: what this one says of services is old. */
void report_put_back(int fd)
{
	const uint32_t moved = 1;

	(void)sys_pwrite(fd, &moved, sizeof(moved), MOVED_AT); /* see above */
}

/* Before the first supervisord has come up there is no ledger. */
void report_write(const struct pid1 *p)
{
	if (p->ever_adopted)
		report_write_to(p, FD_LEDGER);
}

void report_read(struct pid1 *p)
{
	struct report report;
	struct probation probation;

	if (sys_pread(FD_LEDGER, &report, sizeof(report), REPORT_AT) == sizeof(report))
		p->report = report;
	if (sys_pread(FD_LEDGER, &probation, sizeof(probation),
	              PROBATION_AT) == sizeof(probation))
		p->probation = probation;
}

uint32_t report_halt(void)
{
	uint32_t halt;

	return sys_pread(FD_LEDGER, &halt, sizeof(halt), HALT_AT) ==
	                       sizeof(halt)
	               ? halt
	               : 0;
}
