/* SPDX-License-Identifier: MIT */
/* Memory of supervisord and of its guards: their own, the ledger, the board.
 * Knows nothing of what is stored there. */
#include "supervisord/base/memory.h"

#include "supervisord/base/privilege.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033            /* linux/fcntl.h */
#define F_GET_SEALS 1034
#endif

enum { SIZE_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static void *map(int fd, uint64_t size, int *error)
{
	int how = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	long address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE, how, fd, 0);

	*error = address < 0 && address > -MEMORY_PAGE ? (int)address : 0;
	return *error < 0 ? NULL : (void *)address;
}

/* `size` bytes of private memory, zeroed and aligned to a page (mmap(2)). NULL
 * if there is none, which is said. */
void *memory_map(uint64_t size)
{
	int error;
	void *memory = map(-1, size, &error);

	(void)say_error("cannot map memory", error);
	return memory;
}

/* The first `size` bytes of a ledger, shared and writable. NULL if they cannot
 * be mapped, which is said. Nothing in them is checked. */
struct ledger *ledger_map(int fd, uint64_t size)
{
	int error;
	struct ledger *l = map(fd, size, &error);

	(void)say_error("cannot map the ledger", error);
	return l;
}

/* Locks the ledger in memory (mlock(2)), so that no page of it is ever waited
 * for; where that is not allowed, nothing happens. */
void ledger_hold(void)
{
	struct ledger *l = supervisor.ledger;

	privilege_raise();
	(void)sys_mlock(l, l->size); /* where it is allowed */
	privilege_lower();
}

/* Makes an empty memfd a ledger of `size` bytes. All its pages exist when this
 * returns, so that no later store can fail; sealing its size is the last step,
 * so a sealed one is complete. 0, or -errno, which is said. */
int ledger_make(int fd, uint64_t size)
{
	int error = sys_ftruncate(fd, (long)size);

	if (error >= 0)
		error = sys_fallocate(fd, 0, 0, (long)size);
	if (error >= 0)
		error = sys_fcntl(fd, F_ADD_SEALS, SIZE_SEALS);
	return say_error("cannot make the ledger", error);
}

/* Is this a memfd that cannot shrink any more (fcntl(2), F_GET_SEALS)? A ledger
 * for which this is false is not complete, or is none. */
bool memory_is_sealed(int fd)
{
	int seals = sys_fcntl(fd, F_GET_SEALS, 0);

	return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

/* Gives the board its full length, and seals that. A board that is shorter, or
 * not sealed, works as well: where nothing can be sealed, or where an older
 * connate has made it, which did not allow sealing. */
void board_seal(void)
{
	struct stat status;
	int error = sys_fstat(FD_BOARD, &status);

	if (error >= 0 && status.st_size < BOARD_ALL_BYTES)
		error = sys_ftruncate(FD_BOARD, BOARD_ALL_BYTES);
	if (error >= 0)
		(void)sys_fcntl(FD_BOARD, F_ADD_SEALS, SIZE_SEALS); /* or not */
}

/* Maps the part of the board that has the entries first … end - 1; from then on
 * supervisor.board is indexed by the number of an entry. 0, or -errno, which is
 * said. */
int board_open(uint32_t first, uint32_t end)
{
	uint64_t from = first * sizeof(struct board_entry) &
	                ~(uint64_t)(MEMORY_PAGE - 1);
	uint64_t size = end * sizeof(struct board_entry) - from;
	int error = sys_fallocate(FD_BOARD, 0, (long)from, (long)size);
	long address = error;

	if (error >= 0)
		address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
		                   MAP_SHARED, FD_BOARD, (long)from);
	if (address < 0 && address > -MEMORY_PAGE)
		return say_error("cannot map the board", (int)address);
	supervisor.board = (struct board_entry *)(address - (long)from);
	return 0;
}
