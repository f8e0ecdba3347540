/* SPDX-License-Identifier: MIT */
/* Whether a child has done exec. Nothing announces that, so it is looked for,
 * ever more rarely. Of a child that shares the memory of supervisord the kernel
 * clears a word (spawn.c); a child with memory of its own has a flag that is
 * shown in /proc/PID/stat (proc(5)). */
#include "supervisord/process/exec.h"

#include "supervisord/base/privilege.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/tree/proc.h"

/* include/linux/sched.h: PF_EXITING, PF_FORKNOEXEC. */
enum { FLAG_EXITING = 0x4, FLAG_FORKED = 0x40 };

static void look_after(struct exec_look *look, uint32_t pause_ms,
                       uint64_t now_ms)
{
	look->pause_ms = pause_ms;
	look->at_ms = now_ms + pause_ms;
}

/* A child was started now: the first look is after EXEC_LOOK_MS. */
void exec_look_begin(struct exec_look *look, uint64_t now_ms)
{
	look_after(look, EXEC_LOOK_MS, now_ms);
}

/* It has not done exec by now: the next pause is twice as long, at most
 * EXEC_LOOK_MAX_MS. */
void exec_look_again(struct exec_look *look, uint64_t now_ms)
{
	uint32_t twice_ms = look->pause_ms * 2;

	look_after(look,
	           twice_ms < EXEC_LOOK_MAX_MS ? twice_ms : EXEC_LOOK_MAX_MS,
	           now_ms);
}

/* Has this child, which has memory of its own, done exec, or does it exit?
 * Where its flags cannot be read, it is taken to have: it has ended, or there
 * is no /proc. */
bool exec_is_done(int32_t pid)
{
	struct proc p;
	bool there;

	privilege_raise();
	there = proc_find(pid, &p);
	privilege_lower();
	return !there || (p.flags & FLAG_FORKED) == 0 ||
	       (p.flags & FLAG_EXITING) != 0;
}
