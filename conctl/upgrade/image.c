/* SPDX-License-Identifier: MIT */
/* The table of services in the file of another supervisord, which is found by
 * its magic number and is not run. The file may be of any kind, and may change
 * while it is read: so the table is copied, and the copy is checked as bytes
 * from outside. Knows no session. */
#include "conctl/upgrade/image.h"

#include <linux/elf.h>

#include "conctl/session/process.h"
#include "sys/call.h"

/* In memory the table is aligned to 64 (supervisord/base/image.h), and a
 * segment lies as far into its page in the file as it does there (elf(5)). */
enum { STEP = 64, CHUNK_BYTES = 1 << 16 };

static _Alignas(STEP) unsigned char chunk[CHUNK_BYTES];

static const char no_table[] = "there is no table of services in it";

/* Reads so many bytes, or as many as there are: how many, or -errno. */
static long read_at(int fd, void *bytes, size_t size, uint64_t at)
{
	size_t got = 0;

	while (got < size) {
		long n = sys_pread(fd, (unsigned char *)bytes + got, size - got,
		                   (long)(at + got));

		if (n < 0 && n != -EINTR)
			return n;
		if (n == 0)
			break;
		got += n > 0 ? (size_t)n : 0;
	}
	return (long)got;
}

static bool same_kind(const Elf64_Ehdr *a, const Elf64_Ehdr *b)
{
	return a->e_ident[EI_CLASS] == b->e_ident[EI_CLASS] &&
	       a->e_ident[EI_DATA] == b->e_ident[EI_DATA] &&
	       a->e_machine == b->e_machine;
}

/* Why it is no program for a machine like ours, or NULL. Our own file is of the
 * same build as supervisord; if we may not read it, supervisord will find
 * out. */
static const char *program_check(int fd)
{
	int self =
		sys_openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
	Elf64_Ehdr own, other;
	bool known =
		self >= 0 && read_at(self, &own, sizeof(own), 0) == sizeof(own);

	if (self >= 0)
		(void)sys_close(self); /* it was only read */
	if (read_at(fd, &other, sizeof(other), 0) != sizeof(other) ||
	    other.e_ident[EI_MAG0] != ELFMAG0 ||
	    other.e_ident[EI_MAG1] != ELFMAG1 ||
	    other.e_ident[EI_MAG2] != ELFMAG2 ||
	    other.e_ident[EI_MAG3] != ELFMAG3)
		return "it is no ELF program; supervisord-for makes one "
		       "of a configuration";
	if (known && !same_kind(&own, &other))
		return "it is a program for another machine";
	return NULL;
}

static void *table_copy(int fd, uint32_t size, uint64_t at)
{
	long address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (address < 0 && address > -4096)
		return NULL;
	if (read_at(fd, (void *)address, size, at) == (long)size)
		return (void *)address;
	(void)sys_munmap((void *)address, size);
	return NULL;
}

static const char *table_why_wrong(const struct table *t, uint32_t size)
{
	const char *wrong = table_check(t, size);

	if (wrong == NULL && t->digest != table_digest(t))
		wrong = "its table of services is damaged";
	return wrong;
}

/* At this offset of the file there is the magic number of a table. NULL, and
 * image->table; or why that is no table to use. */
static const char *image_take_table(int fd, uint64_t at, uint64_t rest,
                                    struct image *image)
{
	struct table head;
	const char *wrong;
	void *copy;

	if (read_at(fd, &head, sizeof(head), at) != sizeof(head))
		return no_table;
	if (head.version != TABLE_VERSION)
		return "its table of services is of another version";
	if (head.size < sizeof(head) || head.size > rest)
		return "its table of services is cut off";
	copy = head.size <= TABLE_BYTES_MAX ? table_copy(fd, head.size, at)
	                                    : NULL;
	if (copy == NULL)
		return "its table of services cannot be read into memory";
	wrong = table_why_wrong(copy, head.size);
	if (wrong == NULL)
		image->table = copy;
	else
		(void)sys_munmap(copy, head.size);
	return wrong;
}

/* The magic number may stand in a program for other reasons: so try each. */
static int image_find_table(int fd, uint64_t size, struct image *image)
{
	image->wrong = no_table;
	for (uint64_t at = 0; at < size; at += CHUNK_BYTES) {
		long got = read_at(fd, chunk, sizeof(chunk), at);

		if (got < 0)
			return (int)got;
		for (long k = 0; k + 8 <= got; k += STEP) {
			if (*(const uint64_t *)(const void *)(chunk + k) !=
			    TABLE_MAGIC)
				continue;
			image->wrong =
				image_take_table(fd, at + (uint64_t)k,
			                   size - at - (uint64_t)k, image);
			if (image->wrong == NULL)
				return 0;
		}
	}
	return 0;
}

static int image_look(int fd, struct image *image)
{
	struct stat status;
	int error = sys_fstat(fd, &status);

	if (error < 0)
		return error;
	image->wrong = program_check(fd);
	image->is_program = image->wrong == NULL;
	return image->is_program
	               ? image_find_table(fd, (uint64_t)status.st_size, image)
	               : 0;
}

/* Reads what kind of program a file is, and its table into memory, which stays
 * there. 0, *image; or -errno: it cannot be read. */
int image_read(const char *path, struct image *image)
{
	int fd = file_open(AT_FDCWD, path, FILE_REGULAR, 0,
	                   O_RDONLY | O_NONBLOCK);
	int error;

	*image = (struct image){ .table = NULL };
	if (fd == REFUSED_FILE) {
		image->wrong = "it is no regular file";
		return 0;
	}
	if (fd < 0)
		return fd;
	error = image_look(fd, image);
	(void)sys_close(fd); /* it was only read */
	return error;
}
