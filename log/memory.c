/* SPDX-License-Identifier: MIT */
/* The memory of connate-log, fixed and sparse: only pages that are used exist.
 * With --memory it is a file, best one of a tmpfs: what a logger had read when
 * it was killed is there for the next one. What is in the file is brought into
 * range once, here. */
#include "log/memory.h"

#include "log/options.h"
#include "sys/call.h"
#include "sys/message.h"

#define MAGIC 0x676f6c2d6e6e6f63ull /* "conn-log" */

struct memory *memory;

static int open_file(void)
{
	int fd, error;

	if (options.memory == NULL)
		return -1;
	fd = sys_openat(AT_FDCWD, options.memory,
	                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fd;
	error = sys_ftruncate(fd, sizeof(struct memory));
	if (error >= 0)
		return fd;
	(void)sys_close(fd);        /* nothing was written to it */
	return error;
}

static void begin(void)
{
	__builtin_memset(memory, 0, offsetof(struct memory, in));
	memory->version = MEMORY_VERSION;
	memory->size = sizeof(*memory);
	memory->magic = MAGIC;
}

static bool writers_ok(void)
{
	for (uint32_t k = 0; k < WRITERS_MAX; k++)
		if (memory->writers[k].held > LINE_BYTES ||
		    memory->writers[k].name[NAME_BYTES - 1] != '\0')
			return false;
	return true;
}

static bool in_ok(void)
{
	return memory->have == 0 || memory->done / 2 <= memory->have;
}

static bool out_ok(void)
{
	return memory->length == 0 ||
	       (memory->written <= memory->length &&
	        memory->done_next / 2 <= memory->have);
}

static bool is_ours(void)
{
	return memory->magic == MAGIC && memory->version == MEMORY_VERSION &&
	       memory->size == sizeof(*memory) &&
	       memory->writer < WRITERS_MAX && memory->reading <= WRITERS_MAX &&
	       memory->have <= sizeof(memory->in) && in_ok() &&
	       memory->length <= sizeof(memory->out) && out_ok() &&
	       writers_ok();
}

/* A read that was under way may have taken bytes from the pipe. The kernel
 * stores all of them before it ends a process, and before the read they were
 * all NUL (split.c): they end at the last byte that is none. Only NUL bytes at
 * their end are lost. */
static void finish_read(void)
{
	uint32_t held, end = sizeof(memory->in);

	if (memory->reading != 0 && memory->have == 0) {
		memory->writer = memory->reading - 1;
		held = memory->writers[memory->writer].held;
		while (end > held && memory->in[end - 1] == '\0')
			end--;
		memory->done = memory->writers[memory->writer].cut;
		memory_store(&memory->have, end);
	}
	memory_store(&memory->reading, 0);
}

/* Maps the memory: that of --memory, else an empty one. 0, or -errno: it
 * cannot be had. One that is damaged, or of another version, is given up,
 * which is said. */
int memory_open(void)
{
	int fd = open_file();
	long at;

	if (fd < -1)
		return fd;
	at = sys_mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE,
	              fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (fd >= 0)
		(void)sys_close(fd); /* the mapping stays */
	if (at < 0 && at > -4096)
		return (int)at;
	memory = (struct memory *)at;
	if (!is_ours()) {
		if (memory->magic != 0)
			message("connate-log: ", options.memory,
			        " is not of this version or is damaged; what "
			        "it holds is lost", NULL);
		begin();
	}
	finish_read();
	return 0;
}

static bool is_named(const struct writer *w, const char *name, uint32_t length)
{
	for (uint32_t k = 0; k < length; k++)
		if (w->name[k] != name[k])
			return false;
	return w->name[length] == '\0';
}

/* The entry of the writer of that name (length: at most NAME_BYTES - 1), an
 * unused one if it is new; WRITERS_MAX: all are taken by others. */
uint32_t memory_writer(const char *name, uint32_t length)
{
	uint32_t k = 0, unused = WRITERS_MAX;

	for (; k < WRITERS_MAX && !is_named(&memory->writers[k], name, length);
	     k++)
		if (unused == WRITERS_MAX && memory->writers[k].name[0] == '\0')
			unused = k;
	if (k < WRITERS_MAX || unused == WRITERS_MAX)
		return k;
	__builtin_memcpy(memory->writers[unused].name, name, length);
	return unused;
}
