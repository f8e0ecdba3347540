/* SPDX-License-Identifier: MIT */
/* Getting ready: the descriptors that pid1 gave us, and the ledger, which is
 * made if it is empty and else taken as another supervisord left it. */
#include "model/text.h"
#include "model/trust.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"
#include "sys/memory.h"
#include "sys/message.h"

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033            /* linux/fcntl.h */
#define F_GET_SEALS 1034
#endif

enum {
	PAGE = 4096,
	SIZE_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
};

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

/* poll(2) knows of each whether it is open. */
static int given_descriptors(void)
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

/* Only deaths: whatever else is sent to us stays blocked. */
static int own_signalfd(void)
{
	uint64_t all = ~0ull, deaths = SIGNAL_BIT(SIGCHLD);

	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	return fd_move(sys_signalfd(-1, &deaths, O_NONBLOCK | O_CLOEXEC),
	               FD_SIGNAL, O_CLOEXEC);
}

static void *map(int fd, uint64_t size, int *error)
{
	int how = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	long address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE, how, fd, 0);

	*error = address < 0 && address > -PAGE ? (int)address : 0;
	return *error < 0 ? NULL : (void *)address;
}

void *memory_map(uint64_t size)
{
	int error;
	void *memory = map(-1, size, &error);

	(void)said("cannot map memory", error);
	return memory;
}

struct ledger *ledger_map(int fd, uint64_t size)
{
	int error;
	struct ledger *l = map(fd, size, &error);

	(void)said("cannot map the ledger", error);
	return l;
}

/* No page of it is ever to be waited for. */
void ledger_hold(void)
{
	struct ledger *l = supervisor.ledger;

	privilege_raise();
	(void)sys_mlock(l, l->size); /* where it is allowed */
	privilege_lower();
}

/* All its pages exist before it is used: no later store can fail. */
int ledger_make(int fd, uint64_t size)
{
	int error = sys_ftruncate(fd, (long)size);

	if (error >= 0)
		error = sys_fallocate(fd, 0, 0, (long)size);
	if (error >= 0)
		error = sys_fcntl(fd, F_ADD_SEALS, SIZE_SEALS);
	return said("cannot make the ledger", error);
}

/* The magic number is stored last: a ledger that has it is whole. */
static void fill(const struct table *table)
{
	struct ledger layout = ledger_layout(table);

	layout.magic = 0;
	layout.session_ms = supervisor.now_ms;
	layout.image = table->digest;
	*supervisor.ledger = layout;
	memcpy((unsigned char *)supervisor.ledger + layout.table_at, table,
	       table->size);
	ledger_trust_all(supervisor.ledger);
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

/* Its records may be written to as they are. */
static bool is_ours(uint64_t size)
{
	return ledger_is_ours(supervisor.ledger) &&
	       ledger_bytes(supervisor.ledger) <= size;
}

/* Word by word: it is megabytes for thousands of services. */
static bool is_same(const struct table *a, const struct table *b)
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

/* A table that was not made of another one stands in our image, too. */
static const char *table_changed(const struct table *image)
{
	const struct table *t = ledger_table(supervisor.ledger);
	bool same = t->digest == image->digest ? is_same(t, image)
	                                       : t->digest == table_digest(t);

	return same ? NULL : "its table was changed by something else";
}

/* Another image that is tried is just not the right one. */
static _Noreturn void refuse(const char *wrong)
{
	bool is_tried = sys_fcntl(FD_CANDIDATE, F_GETFD, 0) >= 0;

	message("supervisord: the ledger cannot be used: ", wrong,
	        is_tried ? NULL
	                 : "; services run on, but nobody looks after them: "
	                   "SIGHUP to connate has them found anew", NULL);
	sys_exit(is_tried ? 1 : EXIT_LEDGER);
}

static int take_over(const struct table *image, uint64_t size)
{
	const char *wrong = ledger_check(supervisor.ledger, size);
	bool ours;

	if (wrong == NULL)
		wrong = table_changed(image);
	if (wrong != NULL)
		refuse(wrong);
	supervisor.records = ledger_records(supervisor.ledger);
	ours = is_ours(size);
	if (ours)
		publish_mend();
	if (ours && supervisor.ledger->image == image->digest)
		return 0;
	return upgrade_merge(image, size);
}

/* Sealing it is the last step. */
static bool is_made(void)
{
	int seals = sys_fcntl(FD_LEDGER, F_GET_SEALS, 0);

	return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

static int open_ledger(const struct table *image)
{
	struct ledger layout = ledger_layout(image);
	struct stat status;
	int error = sys_fstat(FD_LEDGER, &status);

	if (error >= 0 && !is_made()) {
		error = ledger_make(FD_LEDGER, ledger_bytes(&layout));
		status.st_size = (long)ledger_bytes(&layout);
	}
	if (error < 0)
		return error;
	supervisor.ledger = ledger_map(FD_LEDGER, (uint64_t)status.st_size);
	if (supervisor.ledger == NULL)
		return -ENOMEM;
	if (supervisor.ledger->magic == 0 &&
	    (uint64_t)status.st_size == ledger_bytes(&layout))
		fill(image);
	error = take_over(image, (uint64_t)status.st_size);
	forget_image(image);
	return error;
}

/* A board that is shorter, or not sealed, works as well: where nothing can be
 * sealed, or an older connate has made it, which did not allow that. */
static void board_seal(void)
{
	struct stat status;
	int error = sys_fstat(FD_BOARD, &status);

	if (error >= 0 && status.st_size < BOARD_ALL_BYTES)
		error = sys_ftruncate(FD_BOARD, BOARD_ALL_BYTES);
	if (error >= 0)
		(void)sys_fcntl(FD_BOARD, F_ADD_SEALS, SIZE_SEALS); /* above */
}

/* The part of it that has our entries; from there on they are by number. */
int board_open(uint32_t first, uint32_t end)
{
	uint64_t from = first * sizeof(struct board_entry) & ~(uint64_t)(PAGE - 1);
	uint64_t size = end * sizeof(struct board_entry) - from;
	int error = sys_fallocate(FD_BOARD, 0, (long)from, (long)size);
	long address = error;

	if (error >= 0)
		address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
		                   MAP_SHARED, FD_BOARD, (long)from);
	if (address < 0 && address > -PAGE)
		return said("cannot map the board", (int)address);
	supervisor.board = (struct board_entry *)(address - (long)from);
	return 0;
}

static uint32_t words_of(char **envp)
{
	uint32_t count = 0;

	while (envp[count] != NULL)
		count++;
	return count + ENV_OURS + 1;
}

static uint64_t vectors_bytes(uint32_t slots)
{
	uint32_t words = words_of(supervisor.envp);

	if (words < supervisor.world.table->vector_max)
		words = supervisor.world.table->vector_max;
	supervisor.vector_words = words;
	return 2ull * slots * words * sizeof(*supervisor.vectors);
}

int vectors_open(uint32_t slots)
{
	supervisor.vectors = memory_map(vectors_bytes(slots));
	return supervisor.vectors != NULL ? 0 : -ENOMEM;
}

static int own_memory(void)
{
	uint32_t services = supervisor.ledger->services;
	uint64_t vectors = vectors_bytes(CHILD_SLOTS);
	uint64_t bytes = world_bytes(services);
	unsigned char *memory = memory_map(vectors + bytes + 4ull * services);

	if (memory == NULL)
		return -ENOMEM;
	supervisor.vectors = (const char **)(void *)memory;
	world_place(&supervisor.world, memory + vectors, services);
	supervisor.waiting.item =
		(uint32_t *)(void *)(memory + vectors + bytes);
	supervisor.waiting.max = services;
	return 0;
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
	supervisor.records = ledger_records(supervisor.ledger);
	supervisor.world.records = supervisor.records;
	supervisor.world.table = ledger_table(supervisor.ledger);
	board_seal();
	if (own_memory() < 0 ||
	    board_open(0, supervisor.world.table->board_entries + 1) < 0)
		return -ENOMEM;
	upgrade_hold();
	close_on_exec();
	return 0;
}
