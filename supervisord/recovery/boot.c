/* SPDX-License-Identifier: MIT */
/* Getting ready: the descriptors that connate gave, and the ledger, which is
 * made if it is empty and else taken as another supervisord left it. */
#include "supervisord/recovery/boot.h"

#include "model/said.h"
#include "model/trust.h"
#include "supervisord/base/image.h"
#include "supervisord/base/memory.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/pipes.h"
#include "supervisord/process/spawn.h"
#include "supervisord/upgrade/upgrade.h"
#include "sys/fd.h"
#include "sys/memory.h"
#include "sys/message.h"

/* poll(2) tells of each descriptor whether it is open. */
static int check_descriptors(void)
{
	struct pollfd needed[] = { { .fd = FD_LEDGER },
		                   { .fd = FD_LINK },
		                   { .fd = FD_REQUEST_IN },
		                   { .fd = FD_BOARD } };
	const struct __kernel_timespec now = { 0 };

	(void)sys_ppoll(needed, sizeof(needed) / sizeof(needed[0]), &now);
	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if ((needed[i].revents & POLLNVAL) != 0) {
			message("supervisord: it is started by connate, not "
			        "by hand", NULL);
			return -EBADF;
		}
	return 0;
}

/* For SIGCHLD alone: all other signals stay blocked. */
static int open_signalfd(void)
{
	uint64_t all = ~0ull, ends = SIGNAL_BIT(SIGCHLD);

	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	return fd_move(sys_signalfd(-1, &ends, O_NONBLOCK | O_CLOEXEC),
	               FD_SIGNAL, O_CLOEXEC);
}

/* The magic number is stored last: a ledger that has it is complete. */
static void fill_ledger(const struct table *table)
{
	struct ledger layout = ledger_layout(table);

	layout.magic = 0;
	layout.session_ms = supervisor.now_ms;
	layout.image = table->digest;
	*supervisor.ledger = layout;
	memcpy((unsigned char *)supervisor.ledger + layout.table_at, table,
	       table->size);
	ledger_trust_all(supervisor.ledger);
	said_begin(supervisor.ledger);
	__atomic_store_n(&supervisor.ledger->magic, LEDGER_MAGIC,
	                 __ATOMIC_RELEASE);
}

/* The table is in the ledger now: its pages in this image are given back. */
static void forget_image(const struct table *table)
{
	uintptr_t first = (uintptr_t)table & ~(uintptr_t)(MEMORY_PAGE - 1);
	uintptr_t end = (uintptr_t)table + table->size;

	(void)sys_madvise((void *)first, end - first, MADV_DONTNEED);
}

/* Its records may be written to as they are. */
static bool has_our_layout(uint64_t size)
{
	return ledger_is_ours(supervisor.ledger) &&
	       said_is_ours(supervisor.ledger, size);
}

/* By words: it is megabytes for thousands of services. */
static bool is_same_table(const struct table *a, const struct table *b)
{
	const uint64_t *x = (const void *)a, *y = (const void *)b;
	uint32_t words = a->size / sizeof(*x);

	if (a->size != b->size || a->size % sizeof(*x) != 0)
		return a->digest == table_digest(a);
	for (uint32_t k = 0; k < words; k++)
		if (x[k] != y[k])
			return false;
	return true;
}

/* The table of a ledger that another image has made is not in this one: then
 * its digest is computed. */
static const char *table_changed(const struct table *image)
{
	const struct table *t = ledger_table(supervisor.ledger);
	bool same = t->digest == image->digest ? is_same_table(t, image)
	                                       : t->digest == table_digest(t);

	return same ? NULL : "its table was changed by something else";
}

/* An image that is being tried ends, and the former one goes on. */
static _Noreturn void refuse_ledger(const char *wrong)
{
	bool is_tried = descriptor_is_open(FD_CANDIDATE);

	message("supervisord: the ledger cannot be used: ", wrong,
	        is_tried ? NULL
	                 : "; services run on unsupervised: SIGHUP to connate "
	                   "has them found anew", NULL);
	sys_exit(is_tried ? 1 : EXIT_LEDGER);
}

static int take_ledger(const struct table *image, uint64_t size)
{
	const char *wrong = ledger_check(supervisor.ledger, size);
	bool ours;

	if (wrong == NULL)
		wrong = table_changed(image);
	if (wrong != NULL)
		refuse_ledger(wrong);
	supervisor.records = ledger_records(supervisor.ledger);
	ours = has_our_layout(size);
	if (ours)
		publish_mend();
	if (ours && supervisor.ledger->image == image->digest)
		return 0;
	return upgrade_merge(image, size);
}

static int open_ledger(const struct table *image)
{
	struct ledger layout = ledger_layout(image);
	uint64_t bytes = said_bytes(&layout, said_entries(image));
	struct stat status;
	int error = sys_fstat(FD_LEDGER, &status);

	if (error >= 0 && !memory_is_sealed(FD_LEDGER)) {
		error = ledger_make(FD_LEDGER, bytes);
		status.st_size = (long)bytes;
	}
	if (error < 0)
		return error;
	supervisor.ledger = ledger_map(FD_LEDGER, (uint64_t)status.st_size);
	if (supervisor.ledger == NULL)
		return -ENOMEM;
	if (supervisor.ledger->magic == 0 &&
	    (uint64_t)status.st_size == bytes)
		fill_ledger(image);
	error = take_ledger(image, (uint64_t)status.st_size);
	forget_image(image);
	return error;
}

/* One mapping: vectors, world, waiting services. */
static int map_own_memory(void)
{
	uint32_t services = supervisor.ledger->services;
	uint64_t vectors = spawn_vector_bytes(CHILD_SLOTS + 1);
	uint64_t bytes = world_bytes(services);
	unsigned char *memory = memory_map(vectors + bytes + 4ull * services);

	if (memory == NULL)
		return -ENOMEM;
	spawn_place(memory, (uint32_t *)(void *)(memory + vectors + bytes),
	            services);
	world_place(&supervisor.world, memory + vectors, services);
	return 0;
}

/* Checks the descriptors, takes the ledger or makes it, and maps all memory
 * that supervisord ever uses. Sets supervisor.ledger, records, board and world;
 * nothing in the world is computed yet. 0, or -errno, which is said. Ends with
 * EXIT_LEDGER if the ledger cannot be used. */
int boot(void)
{
	const struct table *image = (const void *)image_place;
	int error = check_descriptors();

	if (error < 0)
		return error;
	/* The numbers of shared descriptors may be above the limit that was
	 * given; for what the pipes need it is raised again, when the ledger
	 * tells their number. */
	(void)pipes_raise_limit(0);
	error = say_error("cannot make a signalfd", open_signalfd());
	if (error < 0)
		return error;
	error = open_ledger(image);
	if (error < 0)
		return error;
	supervisor.records = ledger_records(supervisor.ledger);
	supervisor.world.records = supervisor.records;
	supervisor.world.table = ledger_table(supervisor.ledger);
	supervisor.world.said = said_entry(supervisor.ledger, 0);
	board_seal();
	if (map_own_memory() < 0 ||
	    board_open(0, supervisor.world.table->board_entries + 1) < 0)
		return -ENOMEM;
	upgrade_hold();
	descriptors_close_on_exec();
	return 0;
}
