/* SPDX-License-Identifier: MIT */
/* --ring: the last lines of each service in a memfd, which connate keeps for the
 * next logger (sd_notify(3), FDSTORE=1) and conctl maps. A batch is added when
 * its file has it, and before it counts as done: killed between these, the next
 * logger adds it again, to where it was. So the ring has no line twice. */
#include "log/ring.h"

#include <linux/futex.h>

#include "log/datagram.h"
#include "log/memory.h"
#include "log/options.h"
#include "model/ring.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/message.h"

static struct ring *ring;
static uint32_t entries[WRITERS_MAX]; /* of each writer, + 1; 0: not known */

/* Is there one? */
bool ring_is_wanted(void)
{
	return ring != NULL;
}

static uint32_t room_wanted(void)
{
	uint64_t room = options.ring;

	if (room > RING_ROOM_MOST)
		return RING_ROOM_MOST;
	return room < RING_ROOM_LEAST ? RING_ROOM_LEAST : (uint32_t)room;
}

static int map(int fd)
{
	long at = sys_mmap(NULL, ring_bytes(room_wanted()),
	                   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at < 0 && at > -4096)
		return (int)at;
	ring = (struct ring *)at;
	return 0;
}

/* One that was kept, if it is of this version and size. */
static bool take(int fd)
{
	struct stat status;

	if (sys_fstat(fd, &status) < 0 ||
	    (uint64_t)status.st_size != ring_bytes(room_wanted()) ||
	    map(fd) < 0)
		return false;
	if (ring_is_ours(ring, (uint64_t)status.st_size) &&
	    ring->room == room_wanted())
		return true;
	(void)sys_munmap(ring, ring_bytes(room_wanted()));
	ring = NULL;
	return false;
}

/* A new one takes the place of those that are kept. */
static int make(const char *manager)
{
	static const char first[] = "FDSTOREREMOVE=1\nFDNAME=ring";
	static const char then[] = "FDSTORE=1\nFDPOLL=0\nFDNAME=ring";
	int fd = sys_memfd_create("connate-log", MFD_ALLOW_SEALING |
	                                                 MFD_CLOEXEC);
	int error = fd;

	if (error >= 0)
		error = sys_ftruncate(fd, (long)ring_bytes(room_wanted()));
	if (error >= 0)
		error = sys_fcntl(fd, F_ADD_SEALS,
		                  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	if (error >= 0)
		error = map(fd);
	if (error >= 0) {
		ring->version = RING_VERSION;
		ring->room = room_wanted();
		ring->magic = RING_MAGIC;
		(void)datagram_send(manager, first, sizeof(first) - 1);
		error = datagram_send_fd(manager, then, sizeof(then) - 1, fd);
	}
	if (fd >= 0)
		(void)sys_close(fd); /* the mapping and connate's stay */
	return error;
}

/* The next batch is none that an entry has already. */
static void number_batches(void)
{
	if (memory->length > 0)
		return; /* it has its number */
	for (uint32_t k = 0; k < RING_ENTRIES; k++)
		if (ring->entry[k].batch > memory->batch)
			memory->batch = ring->entry[k].batch;
}

/* Takes the ring of that descriptor, which connate has kept (below 0: there is
 * none), or makes one and has it kept. manager: NOTIFY_SOCKET, or NULL. Without
 * memory or a manager there is none, which is said. */
void ring_open(int fd, const char *manager)
{
	struct digits d;
	int error = manager != NULL ? 0 : -EDESTADDRREQ;

	if (options.ring == 0)
		return;
	if (fd < 0 || !take(fd))
		error = error < 0 ? error : make(manager);
	if (error < 0)
		message("connate-log: --ring: ", text_error(&d, error),
		        "; lines are not kept in memory (it needs "
		        "READY_SD_NOTIFY and .fd_store = 1)", NULL);
	if (ring != NULL)
		number_batches();
}

static uint32_t new_entry(const char *name, uint32_t length)
{
	for (uint32_t k = 0; k < RING_ENTRIES; k++)
		if (ring->entry[k].name[0] == '\0') {
			/* The first byte last: then the name is whole. */
			for (uint32_t i = length; i-- > 0;)
				__atomic_store_n(&ring->entry[k].name[i],
				                 name[i], __ATOMIC_RELEASE);
			return k;
		}
	return RING_ENTRIES;
}

/* The entry of a writer; NULL: all are taken by others. */
static struct ring_entry *entry_of(uint32_t writer)
{
	const char *name = memory->writers[writer].name;
	uint32_t length = (uint32_t)text_length(name), k = entries[writer];

	if (k == 0) {
		k = ring_find(ring, name, length);
		if (k == RING_ENTRIES)
			k = new_entry(name, length);
		entries[writer] = ++k;
	}
	return k > RING_ENTRIES ? NULL : &ring->entry[k - 1];
}

/* The last bytes, if there are more than there is room for. */
static void store(char *to, uint64_t at, const char *bytes, uint32_t length)
{
	uint32_t room = ring->room, first;

	if (length > room) {
		bytes += length - room;
		at += length - room;
		length = room;
	}
	first = room - (uint32_t)(at % room);
	first = first < length ? first : length;
	__builtin_memcpy(to + at % room, bytes, first);
	__builtin_memcpy(to, bytes + first, length - first);
}

/* Adds a batch of whole lines of this writer: memory->batch, which may have been
 * added before. Wakes those that wait for lines. */
void ring_add(uint32_t writer, const char *bytes, uint32_t length)
{
	struct ring_entry *e = entry_of(writer);

	if (e == NULL)
		return;
	/* Killed between these two: it is not known yet, and begins there. */
	if (e->batch != memory->batch) {
		e->before = e->written;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		__atomic_store_n(&e->batch, memory->batch, __ATOMIC_RELEASE);
	}
	/* Readers see `begun` before any of the bytes (model/ring.c). */
	__atomic_store_n(&e->begun, e->before + length, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	store((char *)ring + ring_offset(ring->room,
	                                 (uint32_t)(e - ring->entry)),
	      e->before, bytes, length);
	__atomic_store_n(&e->written, e->before + length, __ATOMIC_RELEASE);
	__atomic_fetch_add(&ring->change, 1, __ATOMIC_RELEASE);
	(void)sys_futex(&ring->change, FUTEX_WAKE, INT32_MAX, NULL); /* it
	                                               cannot fail */
}
