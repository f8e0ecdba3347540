/* SPDX-License-Identifier: MIT */
/* Getting ready: the descriptors that pid1 gave us, and the ledger, which is
 * made if it is empty and else taken as another supervisord left it. */
#include "model/text.h"
#include "supervisord/supervisord.h"
#include "sys/fd.h"
#include "sys/memory.h"
#include "sys/message.h"

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033            /* linux/fcntl.h */
#endif

enum { PAGE = 4096 };

static int said(const char *what, int error)
{
	struct digits d;

	if (error < 0)
		message("supervisord: ", what, ": ", text_error(&d, error),
		        NULL);
	return error;
}

/* Nothing that we hold may reach a service. */
void close_on_exec(void)
{
	int last = log_write_fd(supervisor.world.table->pipes);

	if (sys_close_range(3, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */) == 0)
		return;
	for (int fd = 3; fd <= last; fd++) /* before Linux 5.11 */
		(void)sys_fcntl(fd, F_SETFD, FD_CLOEXEC); /* if open */
}

static int given_descriptors(void)
{
	static const int needed[] = { FD_LEDGER, FD_LINK, FD_REQUEST_IN };

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (sys_fcntl(needed[i], F_GETFD, 0) < 0) {
			message("supervisord: it is started by connate, not "
			        "by hand", NULL);
			return -EBADF;
		}
	return 0;
}

/* Only deaths: whatever else is sent to us stays blocked. */
static int own_signalfd(void)
{
	uint64_t all = ~0ull, deaths = SIGNAL_BIT(SIGCHLD);

	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	return fd_move(sys_signalfd(-1, &deaths, O_NONBLOCK | O_CLOEXEC),
	               FD_SIGNAL, O_CLOEXEC);
}

/* All its pages exist before it is used: no later store can fail. */
static int make_room(uint32_t size)
{
	int error = sys_ftruncate(FD_LEDGER, size);

	if (error >= 0)
		error = sys_fallocate(FD_LEDGER, 0, 0, size);
	if (error >= 0)
		error = sys_fcntl(FD_LEDGER, F_ADD_SEALS,
		                  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return error;
}

static int map(uint64_t size)
{
	long address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                        MAP_SHARED | MAP_POPULATE, FD_LEDGER, 0);

	if (address < 0 && address > -PAGE)
		return (int)address;
	supervisor.ledger = (struct ledger *)address;
	(void)sys_mlock(supervisor.ledger, size); /* where it is allowed */
	return 0;
}

/* The magic number is stored last: a ledger that has it is whole. */
static void fill(const struct table *table)
{
	struct ledger layout = ledger_layout(table);

	layout.magic = 0;
	layout.session_ms = supervisor.now_ms;
	*supervisor.ledger = layout;
	memcpy((unsigned char *)supervisor.ledger + layout.table_at, table,
	       table->size);
	__atomic_store_n(&supervisor.ledger->magic, LEDGER_MAGIC,
	                 __ATOMIC_RELEASE);
}

/* The table is in the ledger now: its pages in our image are given back. */
static void forget_image(const struct table *table)
{
	uintptr_t first = (uintptr_t)table & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = (uintptr_t)table + table->size;

	(void)sys_madvise((void *)first, end - first, MADV_DONTNEED);
}

static int refuse(const char *reason)
{
	message("supervisord: the ledger cannot be used: ", reason, NULL);
	return -EINVAL;
}

static int take_over(const struct table *image, uint64_t size)
{
	const char *wrong = ledger_check(supervisor.ledger, size);

	if (wrong != NULL)
		return refuse(wrong);
	if (ledger_table(supervisor.ledger)->digest != image->digest)
		return refuse("it is of another configuration");
	return 0;
}

static int open_ledger(const struct table *image)
{
	struct ledger layout = ledger_layout(image);
	struct stat status;
	int error = sys_fstat(FD_LEDGER, &status);

	if (error >= 0 && status.st_size == 0) {
		error = make_room(layout.size);
		status.st_size = layout.size;
	}
	if (error < 0)
		return said("cannot make the ledger", error);
	error = map((uint64_t)status.st_size);
	if (error < 0)
		return said("cannot map the ledger", error);
	if (supervisor.ledger->magic == 0 &&
	    (uint64_t)status.st_size == layout.size)
		fill(image);
	error = take_over(image, (uint64_t)status.st_size);
	forget_image(image);
	return error;
}

static void own_memory(void)
{
	const struct image_memory *m = &image_memory;
	struct world *w = &supervisor.world;

	w->works = m->works;
	w->dirty.item = m->dirty;
	w->hard.item = m->hard;
	w->soft.item = m->soft;
	w->touched = m->touched;
	w->due = m->due;
	w->pids = m->pids;
	w->pids_mask = m->pids_mask;
	supervisor.waiting.item = m->waiting;
	supervisor.waiting.max = m->services;
}

int boot(void)
{
	const struct table *image = (const void *)image_table;
	int error = given_descriptors();

	if (error < 0)
		return error;
	error = said("cannot make a signalfd", own_signalfd());
	if (error < 0)
		return error;
	error = open_ledger(image);
	if (error < 0)
		return error;
	own_memory();
	supervisor.records = ledger_records(supervisor.ledger);
	supervisor.world.records = supervisor.records;
	supervisor.world.table = ledger_table(supervisor.ledger);
	close_on_exec();
	return 0;
}
