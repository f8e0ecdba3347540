/* SPDX-License-Identifier: MIT */
/* Where a supervisord has its table, and how it gets another one, without a
 * linker. The program finds its table by one word, image_place
 * (supervisord/base/image.h), which is the only word of the file that holds the
 * address of a table. The new table becomes a segment of its own, behind all
 * others in the file and in memory, so nothing else moves; the list of segments
 * moves behind it, as it grows by one (elf(5); Linux reads it from wherever it
 * is). What is not loaded, such as names for a debugger, is left out. All
 * machines that we build for have the same kind of file. */
#include "reader/image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SEGMENTS_MAX = 32,
	FILE_STEP = 4096,       /* the table begins at a page of the file */
	MEMORY_STEP = 64 << 10, /* the largest page of these machines */
};

static uint64_t round_up(uint64_t n, uint64_t step)
{
	return (n + step - 1) / step * step;
}

static const Elf64_Ehdr *head_of(const struct image *image)
{
	return (const void *)image->bytes;
}

static const Elf64_Phdr *segments_of(const struct image *image)
{
	return (const void *)(image->bytes + head_of(image)->e_phoff);
}

static bool is_program(const struct image *image)
{
	const Elf64_Ehdr *h = head_of(image);

	return image->size >= sizeof(*h) &&
	       memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 &&
	       h->e_ident[EI_CLASS] == ELFCLASS64 &&
	       h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_type == ET_EXEC &&
	       h->e_phentsize == sizeof(Elf64_Phdr) &&
	       h->e_phnum < SEGMENTS_MAX && h->e_phoff % 8 == 0 &&
	       h->e_phoff <= image->size &&
	       h->e_phnum * sizeof(Elf64_Phdr) <= image->size - h->e_phoff;
}

static bool segments_lie_inside(const struct image *image)
{
	const Elf64_Phdr *p = segments_of(image);

	for (int k = 0; k < head_of(image)->e_phnum; k++)
		if (p[k].p_type == PT_LOAD &&
		    (p[k].p_offset > image->size ||
		     p[k].p_filesz > image->size - p[k].p_offset ||
		     p[k].p_memsz < p[k].p_filesz ||
		     p[k].p_vaddr > UINT32_MAX || p[k].p_memsz > UINT32_MAX))
			return false;
	return true;
}

/* Where in the file what is loaded there is, with at least a table's head
 * behind it; 0: nowhere. */
static size_t in_file(const struct image *image, uint64_t address)
{
	const Elf64_Phdr *p = segments_of(image);

	for (int k = 0; k < head_of(image)->e_phnum; k++)
		if (p[k].p_type == PT_LOAD && address >= p[k].p_vaddr &&
		    address - p[k].p_vaddr < p[k].p_filesz &&
		    p[k].p_filesz - (address - p[k].p_vaddr) >=
			    sizeof(struct table))
			return (size_t)(p[k].p_offset +
			                (address - p[k].p_vaddr));
	return 0;
}

static bool is_table(const struct image *image, size_t at)
{
	const struct table *t = (const void *)(image->bytes + at);

	return at % 8 == 0 && t->magic == TABLE_MAGIC &&
	       t->version == TABLE_VERSION && t->size <= image->size - at &&
	       table_check(t, t->size) == NULL && t->digest == table_digest(t);
}

/* Where in the file the last byte is that is loaded, + 1. */
static size_t loaded_end(const struct image *image)
{
	const Elf64_Phdr *p = segments_of(image);
	size_t end = 0;

	for (int k = 0; k < head_of(image)->e_phnum; k++)
		if (p[k].p_type == PT_LOAD &&
		    p[k].p_offset + p[k].p_filesz > end)
			end = p[k].p_offset + p[k].p_filesz;
	return end;
}

/* How many words hold the address of a table; the last of them is kept. Not in
 * the names for a debugger, which have all addresses. */
static int find_table(struct image *image)
{
	size_t end = loaded_end(image);
	int found = 0;

	for (size_t at = 0; at + 8 <= end; at += 8) {
		uint64_t address;
		size_t table_at;

		memcpy(&address, image->bytes + at, sizeof(address));
		table_at = address % 8 == 0 ? in_file(image, address) : 0;
		if (table_at == 0 || !is_table(image, table_at))
			continue;
		image->place_at = at;
		image->table_at = table_at;
		found++;
	}
	return found;
}

static void find_calls(struct image *image)
{
	const struct table *t = image->table;
	const char **name = memory_new(t->calls, sizeof(*name));

	image->calls = (struct calls){ name, t->calls };
	if (t->call_names == 0)
		image->calls.count = 0;
	for (uint32_t k = 0; k < image->calls.count; k++)
		name[k] = table_text(t, table_list(t, t->call_names - 1)[k]);
}

static const char *read_bytes(int fd, struct image *image)
{
	struct stat status;
	size_t got = 0;

	if (fstat(fd, &status) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode) || status.st_size > IMAGE_MAX)
		return "it is no supervisord";
	image->size = (size_t)status.st_size;
	image->bytes = memory_new(image->size + 8, 1);
	while (got < image->size) {
		ssize_t n = read(fd, image->bytes + got, image->size - got);

		if (n < 0 && errno != EINTR)
			return strerror(errno);
		if (n == 0)
			return "it became shorter while it was read";
		got += n > 0 ? (size_t)n : 0;
	}
	return NULL;
}

/* The supervisord at that path; why it is none, or NULL. */
const char *image_read(const char *path, struct image *image)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *wrong;

	*image = (struct image){ 0 };
	if (fd < 0)
		return strerror(errno);
	wrong = read_bytes(fd, image);
	(void)close(fd); /* it was only read */
	if (wrong != NULL)
		return wrong;
	if (!is_program(image) || !segments_lie_inside(image))
		return "it is no supervisord";
	if (find_table(image) != 1)
		return "it is no supervisord of this version";
	image->table = (const void *)(image->bytes + image->table_at);
	find_calls(image);
	return NULL;
}

/* Is it for a machine like that on which this runs? */
bool image_is_for_here(const struct image *image)
{
#if defined(__x86_64__)
	return head_of(image)->e_machine == EM_X86_64;
#elif defined(__aarch64__)
	return head_of(image)->e_machine == EM_AARCH64;
#elif defined(__riscv)
	return head_of(image)->e_machine == EM_RISCV;
#else
	return false;
#endif
}

/* The segments that stay: not the one that is the table's own. Where they end
 * in the file and in memory. */
static int segments_kept(const struct image *image, Elf64_Phdr *kept,
                         uint64_t *file_end, uint64_t *memory_end)
{
	const Elf64_Phdr *p = segments_of(image);
	int count = 0;

	*file_end = *memory_end = 0;
	for (int k = 0; k < head_of(image)->e_phnum; k++) {
		if (p[k].p_type == PT_LOAD && p[k].p_offset == image->table_at)
			continue;
		kept[count++] = p[k];
		if (p[k].p_type != PT_LOAD)
			continue;
		if (p[k].p_offset + p[k].p_filesz > *file_end)
			*file_end = p[k].p_offset + p[k].p_filesz;
		if (p[k].p_vaddr + p[k].p_memsz > *memory_end)
			*memory_end = p[k].p_vaddr + p[k].p_memsz;
	}
	return count;
}

/* The file with that table instead of its own, in memory; why not, or NULL. */
const char *image_with(const struct image *image, const struct table *t,
                       unsigned char **bytes, size_t *size)
{
	Elf64_Phdr list[SEGMENTS_MAX + 1];
	uint64_t file_end, memory_end, at, address, list_at;
	int count = segments_kept(image, list, &file_end, &memory_end);
	Elf64_Ehdr *head;

	if (count == 0 || file_end < image->place_at + 8)
		return "it is no supervisord of this version";
	at = round_up(file_end, FILE_STEP);
	address = round_up(memory_end, MEMORY_STEP) + at % MEMORY_STEP;
	list_at = round_up(at + t->size, 8);
	list[count++] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R,
		.p_offset = at,
		.p_vaddr = address,
		.p_paddr = address,
		.p_filesz = t->size,
		.p_memsz = t->size,
		.p_align = FILE_STEP,
	};
	*size = list_at + (size_t)count * sizeof(list[0]);
	*bytes = memory_new(*size, 1);
	memcpy(*bytes, image->bytes, file_end);
	/* conctl takes the first table that it finds in a file. */
	if (image->table_at < file_end)
		memset(*bytes + image->table_at, 0, image->table->size);
	memcpy(*bytes + image->place_at, &address, sizeof(address));
	memcpy(*bytes + at, t, t->size);
	memcpy(*bytes + list_at, list, (size_t)count * sizeof(list[0]));
	head = (void *)*bytes;
	head->e_phoff = list_at;
	head->e_phnum = (uint16_t)count;
	head->e_shoff = 0;
	head->e_shnum = head->e_shstrndx = 0;
	return NULL;
}

/* All of it, to where it survives a loss of power; why not, or NULL. */
const char *image_write(int fd, const unsigned char *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(fd, bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? strerror(errno) : "nothing is written";
		done += (size_t)n;
	}
	if (fsync(fd) < 0 && errno != EINVAL)
		return strerror(errno);
	return NULL;
}
