/* SPDX-License-Identifier: MIT */
/* A signal to each of a set of processes that may run away from it. A pass
 * looks at all processes there are, once; whom it meets is held by its folder
 * until it has the signal, so no number can become another's in between. */
#include "supervisord/tree/tree.h"

#include "model/text.h"
#include "supervisord/tree/proc.h"
#include "sys/call.h"
#include "sys/memory.h"

enum {
	DEPTH_MAX = 256, /* deeper ones come up as others die */
	FREEZE_PASSES = 64,
	ENVIRON_BYTES = 1024,
};

static void close_other(int folder, int kept)
{
	if (folder != kept)
		(void)sys_close(folder); /* it was only read */
}

/* Its parent's folder, if that was its parent all the time until it was open:
 * a dead parent's number may be somebody else's. */
static int open_parent(int folder, const struct proc *p, struct proc *parent)
{
	struct proc again;
	int up = proc_open(p->parent);

	if (up < 0)
		return up;
	if (proc_read(up, parent) && proc_read(folder, &again) &&
	    again.parent == p->parent)
		return up;
	(void)sys_close(up); /* it was only read */
	return -ESRCH;
}

/* From which of us it descends: this process, the one that started it, or PID 1
 * if neither. 0: that cannot be told. Once it is this process it stays so: what
 * loses its parent gets another that descends from us, or us. */
static int32_t root_of(int folder, const struct proc *p)
{
	int32_t self = sys_getpid(), outer = sys_getppid();
	struct proc at = *p, parent;
	int held = folder;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		int up;

		if (at.parent == self || at.parent <= 1 || at.parent == outer)
			break;
		up = open_parent(held, &at, &parent);
		close_other(held, folder);
		held = up;
		if (up < 0)
			return 0;
		at = parent;
	}
	close_other(held, folder);
	return at.parent == self || at.parent == outer || at.parent <= 1
	               ? at.parent
	               : 0;
}

static bool descends(int folder, const struct proc *p)
{
	return root_of(folder, p) == sys_getpid();
}

/* What a daemon of ours has left may have changed its user, and its session.
 * Of a connate that is PID 1 all descend: one of another user that says falsely
 * that it is to go, goes. */
static bool is_believed(const struct hunt *h, int folder, const struct proc *p)
{
	uint32_t ids[PROC_USERS];
	int32_t root;

	if (proc_users(folder, ids) && proc_users_are(ids, h->user))
		return true;
	root = root_of(folder, p);
	return root == sys_getpid() || (root != 0 && root == h->spare);
}

/* One entry of an environment that is read byte by byte. */
struct sought {
	const char *entry;
	size_t at;
	bool missed, found;
};

static void seek(struct sought *s, char byte)
{
	if (!s->missed && byte == s->entry[s->at]) {
		s->found = s->found || byte == '\0';
		s->at++;
	} else {
		s->missed = true;
	}
	if (byte == '\0') {
		s->at = 0;
		s->missed = false;
	}
}

/* *empty: there was nothing to read. */
static bool is_tagged(int folder, const struct hunt *h, bool *empty)
{
	struct sought tag = { .entry = h->tag }, owner = { .entry = h->owner };
	char bytes[ENVIRON_BYTES];
	int fd = sys_openat(folder, "environ", O_RDONLY | O_CLOEXEC, 0);
	long got;

	*empty = fd >= 0 || fd == -ESRCH;
	if (fd < 0)
		return false; /* or of another user: it is not ours to read */
	while ((got = sys_read(fd, bytes, sizeof(bytes))) > 0 &&
	       !(tag.found && owner.found)) {
		*empty = false;
		for (long k = 0; k < got; k++) {
			seek(&tag, bytes[k]);
			seek(&owner, bytes[k]);
		}
	}
	(void)sys_close(fd); /* it was only read */
	return tag.found && owner.found;
}

/* One without memory has no environment to be known by, but may still have
 * locks and sockets. The topmost of those that exit is a child of ours. */
static bool exits(const struct hunt *h, int folder)
{
	struct proc now;

	return proc_read(folder, &now) && proc_lives(&now) && now.exits &&
	       (now.parent == h->spare || now.parent == sys_getpid());
}

static bool is_member(const struct hunt *h, const struct proc *p)
{
	return h->session > 1 && p->session == h->session &&
	       (h->before == 0 || p->start < h->before);
}

static bool is_meant(const struct hunt *h, int folder, const struct proc *p,
                     struct hunted *so_far)
{
	bool empty;

	if (h->tag == NULL)
		return descends(folder, p);
	if (p->pid <= 1 || p->pid == h->spare || p->pid == sys_getpid())
		return false;
	if (is_member(h, p)) {
		so_far->members++;
		return true;
	}
	if (is_tagged(folder, h, &empty))
		return is_believed(h, folder, p);
	so_far->exits += empty && exits(h, folder);
	return false;
}

/* A stopped process would not act on it. */
static int give(int folder, int32_t pid, int signal)
{
	int error = proc_signal(folder, pid, signal);

	if (error == 0 && signal == SIGTERM)
		error = proc_signal(folder, pid, SIGCONT);
	return error == -ESRCH ? 0 : error;
}

/* One that sleeps without being interruptible stops when it wakes up. */
static bool is_moving(const struct proc *p)
{
	return p->state != 'T' && p->state != 't' && p->state != 'D';
}

static size_t put(char *text, size_t at, const char *part)
{
	while (*part != '\0' && at < HUNT_TEXT - 1)
		text[at++] = *part++;
	text[at] = '\0';
	return at;
}

static void name(char *text, const struct proc *p)
{
	struct digits d;
	size_t at = text_length(text);

	at = put(text, at, at > 0 ? ", " : "");
	at = put(text, at, text_number(&d, p->pid));
	at = put(text, at, " (");
	at = put(text, at, p->name);
	(void)put(text, at, ")");
}

static void meet(const struct hunt *h, int folder, int signal,
                 struct hunted *so_far, char *names)
{
	struct proc p;
	int error;

	if (!proc_read(folder, &p) || !proc_lives(&p) ||
	    !is_meant(h, folder, &p, so_far))
		return;
	so_far->found++;
	so_far->moving += is_moving(&p);
	if (names != NULL)
		name(names, &p);
	error = give(folder, p.pid, signal);
	if (error < 0)
		so_far->error = error;
}

/* names: NULL, or where to write them. */
static struct hunted pass(const struct hunt *h, int signal, char *names)
{
	struct hunted so_far = { 0 };
	struct proc_list all;
	int32_t pid;

	so_far.error = proc_list_all(&all);
	if (so_far.error < 0)
		return so_far;
	while ((pid = proc_next(&all)) != 0) {
		int folder = proc_open(pid);

		if (folder < 0)
			continue; /* it has ended */
		meet(h, folder, signal, &so_far, names);
		(void)sys_close(folder); /* it was only read */
	}
	return so_far;
}

struct hunted hunt_pass(const struct hunt *h, int signal)
{
	return pass(h, signal, NULL);
}

struct hunted hunt_frozen(const struct hunt *h)
{
	struct hunted last = { .moving = 1 };

	for (int k = 0; k < FREEZE_PASSES && last.moving > 0; k++)
		last = hunt_pass(h, SIGSTOP);
	return hunt_pass(h, SIGKILL);
}

/* Signal 0 is none (kill(2)). */
const char *hunt_names(const struct hunt *h, char text[HUNT_TEXT])
{
	text[0] = '\0';
	(void)pass(h, 0, text);
	return text;
}
