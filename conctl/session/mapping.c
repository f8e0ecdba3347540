/* SPDX-License-Identifier: MIT */
/* The ledger of a process: opened, copied, checked and mapped. The kernel
 * decides which users may open it (proc(5), /proc/pid/fd). Root may open the
 * ledger of a user whom it does not trust: so all offsets come from a copy that
 * was checked. Knows nothing of how connate is found. */
#include "conctl/session/mapping.h"

#include "conctl/session/process.h"
#include "model/descriptor.h"
#include "model/said.h"
#include "sys/call.h"

struct session session = { .folder = -1 };
static struct mismatch mismatch;
static const struct ledger *kept;   /* stays mapped; or NULL */
static const struct ledger *former; /* the copy before this one */

/* Opens the ledger of a process of that user: a descriptor, -errno,
 * REFUSED_… */
int mapping_open(int folder, uint32_t owner)
{
	return descriptor_open(folder, FD_LEDGER, FILE_LEDGER, owner,
	                       O_RDONLY | O_NONBLOCK);
}

/* Keeps header and table, as they are now, mapped for good. Returns them. */
const struct ledger *session_keep(void)
{
	kept = session.head;
	return kept;
}

/* The table that indexes were from before CHECK_MOVED; NULL: there was none. */
const struct table *session_former(void)
{
	return former != NULL ? ledger_table(former) : NULL;
}

/* Why mapping_use() has refused a ledger last. */
struct mismatch mapping_mismatch(void)
{
	return mismatch;
}

static void *mapping_map(uint64_t size, int fd, int *error)
{
	int how = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	long address = sys_mmap(NULL, size,
	                        fd < 0 ? PROT_READ | PROT_WRITE : PROT_READ,
	                        how, fd, 0);

	*error = address < 0 && address > -4096 ? (int)address : 0;
	return *error < 0 ? NULL : (void *)address;
}

/* Reads so many bytes; what the file does not have stays as it is. */
static void mapping_read(int fd, void *bytes, uint64_t size, uint64_t at)
{
	while (at < size) {
		long got = sys_pread(fd, (unsigned char *)bytes + at,
		                     size - at, (long)at);

		if (got <= 0 && got != -EINTR)
			return;
		at += got > 0 ? (uint64_t)got : 0;
	}
}

/* Reads the header of a ledger; what the file does not have is 0. */
void mapping_header(int fd, struct ledger *header)
{
	*header = (struct ledger){ .magic = 0 };
	mapping_read(fd, header, sizeof(*header), 0);
}

/* A copy of header and table as they are now, if they can be trusted; or NULL
 * and *error. The header is the one that has been judged. At most 1 GiB is
 * copied, which is what a table of 2^20 services may have. */
static struct ledger *mapping_copy(int fd, const struct ledger *header,
                                   uint64_t whole, int *error)
{
	uint64_t size = ledger_copy_bytes(header, whole);
	struct ledger *copy;

	mismatch = (struct mismatch){ "its parts do not fit its table",
		                      header->version };
	*error = REFUSED_CONTENT;
	if (header->version != LEDGER_VERSION || size == 0) {
		mismatch.reason =
			ledger_check_copy(header, LEDGER_HEADER, whole);
		return NULL;
	}
	copy = mapping_map(size, -1, error);
	if (copy == NULL)
		return NULL;
	*copy = *header;
	mapping_read(fd, copy, size, LEDGER_HEADER);
	mismatch.reason = ledger_check_copy(copy, size, whole);
	if (mismatch.reason == NULL) {
		copy->session_ms = time_read(copy->session_ms);
		return copy;
	}
	(void)sys_munmap(copy, size);
	*error = REFUSED_CONTENT;
	return NULL;
}

static void mapping_unmap(const struct ledger *copy)
{
	if (copy != NULL && copy != kept)
		(void)sys_munmap((void *)(uintptr_t)copy, copy->record_at);
}

/* Uses the ledger of that descriptor from now on: copies and checks header and
 * table, and maps as much as the checked header says, 4 GiB at most (of a
 * sparse file memory is used only for the pages that are read). The copy before
 * it becomes the former one. 1; or -errno or REFUSED_CONTENT, and the session
 * is as it was. */
int mapping_use(int fd, const struct ledger *header,
                const struct stat *status)
{
	const volatile struct ledger *live;
	struct ledger *copy;
	uint64_t size;
	int error;

	copy = mapping_copy(fd, header, (uint64_t)status->st_size, &error);
	if (copy == NULL)
		return error;
	size = said_bytes(copy, said_entries(ledger_table(copy)));
	if (size > (uint64_t)status->st_size)
		size = copy->size; /* of another version */
	live = mapping_map(size, fd, &error);
	if (live == NULL) {
		mapping_unmap(copy);
		return error;
	}
	if (session.live != NULL)
		(void)sys_munmap((void *)(uintptr_t)session.live,
		                 session.size);
	mapping_unmap(former);
	former = session.head;
	session.head = copy;
	session.live = live;
	session.size = size;
	session.table = ledger_table(copy);
	session.device = status->st_dev;
	session.inode = status->st_ino;
	return 1;
}

/* Whether the process has a ledger of this session, which may be another file
 * by now; its header and status. */
bool mapping_continues(int folder, uint32_t owner, struct ledger *header,
                       struct stat *status)
{
	int fd = mapping_open(folder, owner);
	bool same;

	if (fd < 0)
		return false;
	mapping_header(fd, header);
	same = sys_fstat(fd, status) >= 0 && header->magic == LEDGER_MAGIC &&
	       time_read(header->session_ms) == session.head->session_ms;
	(void)sys_close(fd); /* it was only looked at */
	return same;
}
