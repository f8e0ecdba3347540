/* SPDX-License-Identifier: MIT */
/* Whom the kernel kills when memory runs out (proc(5), oom_score_adj): where
 * we may, supervisord is among the last. A child gets what we have at
 * clone(2), and while it shares our memory a change of the one is a change of
 * both. So we are protected while we rest, and are as connate is while we
 * start somebody: nobody inherits it, at no moment, and a start costs no more.
 * Whoever execs another program in our place yields first. */
#include "supervisord/base/supervisor.h"

#include "model/text.h"

enum { OOM_BYTES = 16, OOM_REST_MS = 1000 };

/* The first that is better than ours and allowed. The second may be had back
 * without rights if somebody without rights has raised ours. */
static const int wanted[] = { -900, 0 };

static const char path[] = "/proc/self/oom_score_adj";
static int given;    /* what connate has */
static bool resting; /* ours is better now */
static bool refused; /* it never will be */
static uint64_t rest_at_ms;

static int parse(const char *text, long size)
{
	bool minus = size > 0 && text[0] == '-';
	int value = 0;

	for (long k = minus; k < size && text[k] >= '0' && text[k] <= '9'; k++)
		value = 10 * value + (text[k] - '0');
	return minus ? -value : value;
}

static int get(void)
{
	char text[OOM_BYTES];
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	long got;

	if (fd < 0)
		return fd;
	got = sys_read(fd, text, sizeof(text));
	(void)sys_close(fd); /* it was only read */
	given = parse(text, got);
	return got < 0 ? (int)got : 0;
}

static int set(int value)
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
 * service has been started. */
static void rest(void)
{
	int error = get();

	if (error < 0)
		return;
	refused = true;
	for (unsigned k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++)
		if (wanted[k] < given && set(wanted[k]) == 0) {
			resting = true;
			refused = false;
			return;
		}
}

void oom_look(bool busy)
{
	if (refused || resting)
		return;
	if (busy) {
		rest_at_ms = supervisor.now_ms + OOM_REST_MS;
	} else if (supervisor.now_ms >= rest_at_ms) {
		rest_at_ms = NEVER_MS;
		rest();
	}
}

uint64_t oom_look_ms(void)
{
	return refused ? NEVER_MS : rest_at_ms;
}

bool oom_yield(void)
{
	if (refused)
		return true;
	if (resting && set(given) < 0)
		return false;
	resting = false;
	rest_at_ms = supervisor.now_ms + OOM_REST_MS;
	return true;
}
