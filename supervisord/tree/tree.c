/* SPDX-License-Identifier: MIT */
/* A signal to each process of a set that may fork while it is signalled. A pass
 * looks at all processes of the machine, once; each is held by its folder until
 * it has the signal, so its number cannot become another process's in
 * between. */
#include "supervisord/tree/tree.h"

#include "model/text.h"
#include "supervisord/tree/proc.h"
#include "sys/call.h"

enum {
	DEPTH_MAX = 4096, /* deeper ones come up as their ancestors die */
	FREEZE_PASSES = 64,
	KNOWN_MAX = 512,
	ENVIRON_BYTES = 1024,
	KERNEL_THREAD = 0x00200000, /* PF_KTHREAD, include/linux/sched.h */
};

static void close_other(int folder, int kept)
{
	if (folder != kept)
		(void)sys_close(folder); /* it was only read */
}

/* The folder of its parent, if that was its parent all the time until it was
 * open: the number of a dead parent may be another process's. */
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

/* Processes whose root is known, by their numbers, also those of others. A chain
 * of thousands, each the child of the one before, so costs no more than as many
 * orphans where their numbers ascend; they may begin anew once. An entry never
 * becomes wrong: the root stays, and the entry is about one process, by its
 * start. */
static struct known {
	int32_t pid, root;
	uint64_t start;
} known[KNOWN_MAX];

static struct known *known_of(const struct proc *p)
{
	return &known[(uint32_t)p->pid % KNOWN_MAX];
}

static bool is_known(const struct known *k, const struct proc *p)
{
	return k->pid == p->pid && k->start == p->start;
}

/* The nearest of these from which it descends: this process, its parent, PID 1.
 * 0: none of them, or that cannot be told. It stays so: a process that loses its
 * parent gets an ancestor of it, and so another that descends from this one, or
 * this one, only if the former did. */
static int32_t root_of(int folder, const struct proc *p)
{
	int32_t self = sys_getpid(), outer = sys_getppid();
	struct proc at = *p, parent;
	int held = folder;
	int32_t root = 0;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct known *k = known_of(&at);
		int up;

		root = is_known(k, &at) ? k->root : at.parent;
		if (root == self || root <= 1 || root == outer)
			break;
		up = open_parent(held, &at, &parent);
		close_other(held, folder);
		held = up;
		if (up < 0)
			return 0;
		at = parent;
	}
	close_other(held, folder);
	if (root > 1 && root != self && root != outer)
		return 0;
	*known_of(p) = (struct known){ p->pid, root, p->start };
	return root;
}

/* What a daemon of the service has left may have changed its user, and its
 * session. All processes descend from a connate that is PID 1: there a process
 * of another user that claims falsely to be of the service is ended, too. */
static bool is_believed(const struct tree *t, int folder, const struct proc *p)
{
	uint32_t ids[PROC_USERS];
	int32_t root;

	if (proc_users(folder, ids) && proc_users_are(ids, t->user))
		return true;
	root = root_of(folder, p);
	return root == sys_getpid() || (root != 0 && root == t->spare);
}

/* One entry of an environment that is read byte by byte. */
struct entry_search {
	const char *entry;
	size_t at;
	bool missed, found;
};

static void search_byte(struct entry_search *s, char byte)
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
static bool is_tagged(int folder, const struct proc *p, const struct tree *t,
                      bool *empty)
{
	struct entry_search tag = { .entry = t->tag };
	struct entry_search owner = { .entry = t->owner };
	char bytes[ENVIRON_BYTES], path[PROC_PATH];
	int fd = sys_openat(folder, proc_file(p, "environ", path),
	                    O_RDONLY | O_CLOEXEC, 0);
	long got;

	*empty = fd >= 0 || fd == -ESRCH || fd == -ENOENT;
	if (fd < 0)
		return false; /* or another user's, which may not be read */
	while ((got = sys_read(fd, bytes, sizeof(bytes))) > 0 &&
	       !(tag.found && owner.found)) {
		*empty = false;
		for (long k = 0; k < got; k++) {
			search_byte(&tag, bytes[k]);
			search_byte(&owner, bytes[k]);
		}
	}
	(void)sys_close(fd); /* it was only read */
	return tag.found && owner.found;
}

/* A process without memory has no environment to be known by, but may still
 * have locks and sockets. The topmost of those that exit is a child of this
 * process or of connate. */
static bool is_exiting_child(const struct tree *t, int folder)
{
	struct proc now;

	return proc_read(folder, &now) && proc_lives(&now) && now.exits &&
	       (now.parent == t->spare || now.parent == sys_getpid());
}

static bool is_member(const struct tree *t, const struct proc *p)
{
	return t->session > 1 && p->session == t->session &&
	       (t->before == 0 || p->start < t->before);
}

/* Does a process, whose folder that is, live and descend from this process, or
 * from `connate`? Neither of the two is meant. connate: the parent of this
 * process, or this process itself. To PID 1 all belong, also those that have
 * entered its namespace from outside, which have no parent there; but not
 * threads of the kernel. */
bool tree_has_session(int32_t connate, int folder, const struct proc *p)
{
	int32_t self = sys_getpid(), root;

	if (!proc_lives(p) || p->pid == connate || p->pid == self)
		return false;
	if (connate == 1)
		return (p->flags & KERNEL_THREAD) == 0;
	root = root_of(folder, p);
	return root == self || root == connate;
}

static bool is_meant(const struct tree *t, int folder, const struct proc *p,
                     struct tree_pass *so_far)
{
	bool empty;

	if (t->tag == NULL)
		return tree_has_session(t->spare, folder, p);
	if (p->pid <= 1 || p->pid == t->spare || p->pid == sys_getpid())
		return false;
	if (is_member(t, p)) {
		so_far->members++;
		return true;
	}
	if (is_tagged(folder, p, t, &empty))
		return is_believed(t, folder, p);
	so_far->exits += empty && is_exiting_child(t, folder);
	return false;
}

/* Sends a signal to the process in this folder, and after SIGTERM also SIGCONT:
 * if it was stopped it would not act. 0 or -errno; 0 if it has ended. */
int tree_tell(int folder, int32_t pid, int signal)
{
	int error = proc_signal(folder, pid, signal);

	if (error == 0 && signal == SIGTERM)
		error = proc_signal(folder, pid, SIGCONT);
	return error == -ESRCH ? 0 : error;
}

/* A process in an uninterruptible sleep stops when it wakes up. */
static bool is_moving(const struct proc *p)
{
	return p->state != 'T' && p->state != 't' && p->state != 'D';
}

static size_t append_text(char *text, size_t at, const char *part)
{
	while (*part != '\0' && at < TREE_TEXT - 1)
		text[at++] = *part++;
	text[at] = '\0';
	return at;
}

static void append_name(char *text, const struct proc *p)
{
	struct digits d;
	size_t at = text_length(text);

	at = append_text(text, at, at > 0 ? ", " : "");
	at = append_text(text, at, text_number(&d, p->pid));
	at = append_text(text, at, " (");
	at = append_text(text, at, p->name);
	(void)append_text(text, at, ")");
}

static void signal_process(const struct tree *t, int folder,
                           const struct proc *p, int signal,
                           struct tree_pass *so_far, char *names)
{
	int error;

	if (!proc_lives(p) || !is_meant(t, folder, p, so_far))
		return;
	so_far->found++;
	so_far->moving += is_moving(p);
	if (names != NULL)
		append_name(names, p);
	error = tree_tell(folder, p->pid, signal);
	if (error < 0)
		so_far->error = error;
}

/* names: NULL, or where to write them, TREE_TEXT bytes. */
static struct tree_pass pass_over(const struct tree *t, int signal, char *names)
{
	struct tree_pass so_far = { 0 };
	struct proc_list all;
	struct proc p;

	so_far.error = proc_list_all(&all);
	if (so_far.error < 0)
		return so_far;
	while (proc_each(&all, &p))
		signal_process(t, all.folder, &p, signal, &so_far, names);
	return so_far;
}

/* One pass: sends the signal to all processes of the set that it meets, and
 * after SIGTERM also SIGCONT. Processes that are made meanwhile may be
 * missed. */
struct tree_pass tree_signal(const struct tree *t, int signal)
{
	return pass_over(t, signal, NULL);
}

/* Stops all processes of the set, in up to FREEZE_PASSES passes, then kills
 * them: so they cannot fork faster than they are killed. */
struct tree_pass tree_kill(const struct tree *t)
{
	struct tree_pass last = { .moving = 1 };

	for (int k = 0; k < FREEZE_PASSES && last.moving > 0; k++)
		last = tree_signal(t, SIGSTOP);
	return tree_signal(t, SIGKILL);
}

/* The processes of the set that live, as "123 (name), 124 (name)", cut at
 * TREE_TEXT; returns text. Signal 0 is none (kill(2)). */
const char *tree_names(const struct tree *t, char text[TREE_TEXT])
{
	text[0] = '\0';
	(void)pass_over(t, 0, text);
	return text;
}
