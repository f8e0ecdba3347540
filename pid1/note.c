/* SPDX-License-Identifier: MIT */
/* Our note in the ledger: how supervisord is, for those who read it while it is
 * down. With pread(2) and pwrite(2), so that we map nothing. */
#include "pid1/pid1.h"

enum { NOTE_AT = offsetof(struct ledger, note) };

/* Before the first supervisord has come up there is no ledger. */
void note_write(const struct pid1 *p)
{
	if (p->ever_adopted)
		(void)sys_pwrite(FD_LEDGER, &p->note, sizeof(p->note),
		                 NOTE_AT); /* its pages are there */
}

void note_read(struct pid1 *p)
{
	struct note note;

	if (sys_pread(FD_LEDGER, &note, sizeof(note), NOTE_AT) == sizeof(note))
		p->note = note;
}
