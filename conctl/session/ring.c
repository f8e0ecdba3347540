/* SPDX-License-Identifier: MIT */
/* The last lines of services in memory: a memfd of their logger, which connate
 * keeps at the numbers of its .fd_store. It may belong to a user whom we do not
 * trust: its room is checked once, and all that is read is brought into range. */
#include "conctl/session/ring.h"

#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "conctl/session/record.h"
#include "model/descriptor.h"
#include "sys/call.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034            /* linux/fcntl.h */
#endif

/* The user that the logger runs as. */
static uint32_t owner_of(uint32_t logger)
{
	uint32_t uid = session_profile(logger)->uid;

	return uid != TABLE_NONE ? uid : session.owner;
}

/* Only what cannot shrink is mapped: SIGBUS is for memory that runs out. */
static bool map(int fd, struct ring_view *view)
{
	int seals = sys_fcntl(fd, F_GET_SEALS, 0);
	struct stat status;
	long at;

	if (sys_fstat(fd, &status) < 0 || seals < 0 ||
	    (seals & F_SEAL_SHRINK) == 0 ||
	    status.st_size > (long)ring_bytes(RING_ROOM_MOST))
		return false;
	at = sys_mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd,
	              0);
	if (at < 0 && at > -4096)
		return false;
	view->ring = (const volatile struct ring *)at;
	view->room = view->ring->room;
	view->device = status.st_dev;
	view->inode = status.st_ino;
	if (ring_is_ours(view->ring, (uint64_t)status.st_size) &&
	    view->room >= RING_ROOM_LEAST && view->room <= RING_ROOM_MOST &&
	    ring_bytes(view->room) <= (uint64_t)status.st_size)
		return true;
	(void)sys_munmap((void *)at, (size_t)status.st_size);
	return false;
}

/* Maps the ring of this logger, read-only. False: it has none that can be
 * read. */
bool session_ring(uint32_t logger, struct ring_view *view)
{
	struct table_service s = table_service_read(session.table, logger);
	const uint32_t *number = table_list(session.table, s.store.at);

	for (uint32_t k = 0; s.reads_each && k < s.store.count; k++) {
		int fd = descriptor_open(session.folder, log_read_fd(number[k]),
		                         FILE_LEDGER, owner_of(logger),
		                         O_RDONLY | O_NONBLOCK);
		bool mapped = fd >= 0 && map(fd, view);

		if (fd >= 0)
			(void)sys_close(fd); /* the mapping stays */
		if (mapped)
			return true;
	}
	return false;
}
