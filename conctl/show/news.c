/* SPDX-License-Identifier: MIT */
/* Waiting for lines without a timer: for the folders of files by inotify(7), for
 * memory by its futex. As no call waits for a futex and descriptors, a child of
 * ours waits for each ring and writes to a pipe; the kernel kills it when we end
 * (PR_SET_PDEATHSIG). Where that cannot be had, we look once a second. */
#include "conctl/show/news.h"

#include <linux/futex.h>

#include "conctl/base/out.h"
#include "conctl/session/mapping.h"
#include "conctl/session/watch.h"
#include "conctl/show/journal.h"
#include "model/moment.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

#ifndef IN_MODIFY
enum { IN_MODIFY = 2, IN_MOVED_TO = 0x80, IN_CREATE = 0x100 };
#endif

enum { RINGS_MAX = 16, LOOK_MS = 1000 };

static int files = -1, pipe_in = -1, pipe_out = -1;
static bool cannot, reader_gone;
static uint32_t watched;            /* journals, of this session's table */
static uint64_t of;                 /* the ledger of that table */
static uint64_t rings[RINGS_MAX];   /* inodes for which a child waits */
static uint32_t rings_count;

/* Has the reader of our output gone? */
bool news_reader_gone(void)
{
	return reader_gone;
}

static _Noreturn void tell(const volatile struct ring *ring, int pipe, int parent)
{
	const uint32_t *word = (const uint32_t *)(uintptr_t)&ring->change;
	long error = sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0);
	uint32_t seen = load(&ring->change);

	/* What came before the first wait is told, too. */
	(void)sys_write(pipe, "", 1);
	while (error >= 0 && sys_getppid() == parent) {
		error = sys_futex(word, FUTEX_WAIT, seen, NULL);
		if (error == -EAGAIN || error == -EINTR)
			error = 0;
		if (load(&ring->change) == seen)
			continue;
		seen = load(&ring->change);
		if (error == 0)
			error = sys_write(pipe, "", 1);
		if (error == -EAGAIN)
			error = 0; /* a full pipe has told of it */
	}
	sys_exit(0);
}

static void watch_ring(const struct ring_view *view)
{
	int parent = sys_getpid(), child, fds[2];

	for (uint32_t k = 0; k < rings_count; k++)
		if (rings[k] == view->inode)
			return;
	if (pipe_in < 0 && sys_pipe2(fds, O_CLOEXEC | O_NONBLOCK) >= 0) {
		pipe_in = fds[0];
		pipe_out = fds[1];
	}
	cannot |= pipe_in < 0 || rings_count == RINGS_MAX;
	if (cannot)
		return;
	if (sys_fork(&child) == 0)
		tell(view->ring, pipe_out, parent);
	cannot |= child < 0;
	rings[rings_count++] = view->inode;
}

/* The folder of its file. */
static void watch_file(const struct journal *j)
{
	static char folder[PATH_MAX];
	const char *path = journal_path(j);
	size_t length = (size_t)(text_base(path) - path);

	if (files < 0)
		files = sys_inotify_init(O_CLOEXEC | O_NONBLOCK);
	__builtin_memcpy(folder, path, length);
	folder[length] = '\0';
	cannot |= files < 0 ||
	          sys_inotify_add_watch(files, folder,
	                                IN_MODIFY | IN_MOVED_TO |
	                                        IN_CREATE) < 0;
}

/* Watches all journals, before they are looked at. */
void news_watch(void)
{
	if (watched == journals_count && of == session.inode)
		return;
	watched = journals_count;
	of = session.inode;
	for (uint32_t k = 0; k < journals_count; k++)
		if (journals[k].folder != NULL)
			watch_file(&journals[k]);
		else if (journals[k].follows)
			watch_ring(&journals[k].ring);
}

/* Sleeps until there may be lines, until another table may be in force (seen: the
 * ledger's change counter), or the reader of our output has gone. */
void news_wait(uint32_t seen)
{
	struct pollfd fds[3] = {
		{ .fd = 1 },
		{ .fd = files, .events = POLLIN },
		{ .fd = pipe_in, .events = POLLIN },
	};
	static char bytes[4096];

	session_wait_with(seen, cannot ? clock_now_ms() + LOOK_MS : NEVER_MS,
	                  fds, 3);
	reader_gone = (fds[0].revents & POLLERR) != 0;
	for (int k = 1; k < 3; k++)
		while (fds[k].fd >= 0 &&
		       sys_read(fds[k].fd, bytes, sizeof(bytes)) ==
		               (long)sizeof(bytes))
			;
}
