/* SPDX-License-Identifier: MIT */
/* Protection from the kernel's killer when memory runs out (proc(5),
 * oom_score_adj): where it is allowed, supervisord is among the last to be
 * killed. A child gets the value of its parent at clone(2), and while it shares
 * the memory of supervisord a change of the one is a change of both. So
 * supervisord is protected while it rests, and has the value of connate while
 * it starts processes: at no moment is the protection inherited, and a start
 * costs no more. Before another program is executed in its place, it is given
 * up. */
#include "supervisord/process/oom.h"

#include "model/text.h"
#include "supervisord/base/supervisor.h"

enum { OOM_BYTES = 16, OOM_REST_MS = 1000 };

/* The first that is better than the given one and allowed. The second is
 * allowed without rights if the given one was raised without rights. */
static const int wanted[] = { -900, 0 };

static const char path[] = "/proc/self/oom_score_adj";
static int given;    /* the value of connate */
static bool resting; /* the value is better now */
static bool refused; /* it never will be */
static uint64_t rest_at_ms;

static int parse_value(const char *text, long size)
{
	bool minus = size > 0 && text[0] == '-';
	int value = 0;

	for (long k = minus; k < size && text[k] >= '0' && text[k] <= '9'; k++)
		value = 10 * value + (text[k] - '0');
	return minus ? -value : value;
}

static int read_given(void)
{
	char text[OOM_BYTES];
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	long got;

	if (fd < 0)
		return fd;
	got = sys_read(fd, text, sizeof(text));
	(void)sys_close(fd); /* it was only read */
	given = parse_value(text, got);
	return got < 0 ? (int)got : 0;
}

static int write_value(int value)
{
	struct digits d;
	const char *text = text_number(&d, value);
	int fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
	long wrote;

	if (fd < 0)
		return fd;
	wrote = sys_write(fd, text, text_length(text));
	(void)sys_close(fd); /* what matters is the write */
	return wrote < 0 ? (int)wrote : 0;
}

/* Without a /proc, which may be mounted later, it is tried again when another
 * service was started. */
static void protect(void)
{
	int error = read_given();

	if (error < 0)
		return;
	refused = true;
	for (unsigned k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++)
		if (wanted[k] < given && write_value(wanted[k]) == 0) {
			resting = true;
			refused = false;
			return;
		}
}

/* To be called in each pass: protects supervisord once it has rested for
 * OOM_REST_MS, in which no child has shared its memory (shared). */
void oom_look(bool shared)
{
	if (refused || resting)
		return;
	if (shared) {
		rest_at_ms = supervisor.now_ms + OOM_REST_MS;
	} else if (supervisor.now_ms >= rest_at_ms) {
		rest_at_ms = NEVER_MS;
		protect();
	}
}

/* When oom_look() is to be called, or NEVER_MS. */
uint64_t oom_look_ms(void)
{
	return refused ? NEVER_MS : rest_at_ms;
}

/* Gives the protection up, before clone, fork or exec. False: it cannot be
 * given up now, so the child would inherit it, and must not be started. */
bool oom_yield(void)
{
	if (refused)
		return true;
	if (resting && write_value(given) < 0)
		return false;
	resting = false;
	rest_at_ms = supervisor.now_ms + OOM_REST_MS;
	return true;
}
