/* SPDX-License-Identifier: MIT */
/* Reading the last lines of a service while they are written, possibly by another
 * user who may write anything. Pure. */
#include "model/ring.h"

/* How many bytes a ring has, with so many for each service. */
uint64_t ring_bytes(uint32_t room)
{
	return ring_offset(room, RING_ENTRIES);
}

/* Is that, of `size` bytes, a ring of this version? Its room is in range then. */
bool ring_is_ours(const volatile struct ring *r, uint64_t size)
{
	uint32_t room;

	if (size < sizeof(*r) || r->magic != RING_MAGIC ||
	    r->version != RING_VERSION)
		return false;
	room = r->room;
	return room >= RING_ROOM_LEAST && room <= RING_ROOM_MOST &&
	       size >= ring_bytes(room);
}

static bool is_named(const volatile struct ring_entry *e, const char *name,
                     uint32_t length)
{
	for (uint32_t k = 0; k < length; k++)
		if (e->name[k] != name[k])
			return false;
	return e->name[length] == '\0';
}

/* The entry of that name (length: below RING_NAME); RING_ENTRIES: there is none.
 * Entries are taken in order, so the first free one ends the search. */
uint32_t ring_find(const volatile struct ring *r, const char *name,
                   uint32_t length)
{
	for (uint32_t k = 0; k < RING_ENTRIES; k++) {
		if (r->entry[k].name[0] == '\0')
			break;
		if (is_named(&r->entry[k], name, length))
			return k;
	}
	return RING_ENTRIES;
}

/* Bytes from..end of an entry, which are at most room. */
static void copy(const volatile char *bytes, uint32_t room, uint64_t from,
                 uint64_t end, char *to)
{
	uint32_t at = (uint32_t)(from % room), count = (uint32_t)(end - from);
	uint32_t first = count < room - at ? count : room - at;
	const char *plain = (const char *)bytes;

	__builtin_memcpy(to, plain + at, first);
	__builtin_memcpy(to + first, plain, count - first);
}

/* Without the piece of a line at its beginning. */
static uint32_t whole_lines(char *text, uint32_t count, uint32_t torn)
{
	while (torn < count && torn > 0 && text[torn - 1] != '\n')
		torn++;
	__builtin_memmove(text, text + torn, count - torn);
	return count - torn;
}

/* Copies the whole lines that the entry still has to `to`, which has `room`
 * bytes; *end becomes the number of bytes that were ever written. Returns how
 * many bytes of lines there are. What was overwritten while it was copied is
 * left out: that is seen by `begun`. room: that of the ring, as it was checked.
 * Bytes may be any. */
uint32_t ring_copy(const volatile struct ring *r, uint32_t room, uint32_t entry,
                   char *to, uint64_t *end)
{
	const volatile struct ring_entry *e = &r->entry[entry];
	uint64_t written = __atomic_load_n(&e->written, __ATOMIC_ACQUIRE);
	uint64_t from = written > room ? written - room : 0, begun;
	uint32_t torn = from > 0;

	*end = written;
	copy((const volatile char *)r + ring_offset(room, entry), room, from,
	     written, to);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	begun = __atomic_load_n(&e->begun, __ATOMIC_RELAXED);
	if (begun > from + room) {
		if (begun - from - room >= written - from)
			return 0; /* all of it */
		torn = (uint32_t)(begun - from - room) + 1;
	}
	return whole_lines(to, (uint32_t)(written - from), torn);
}
