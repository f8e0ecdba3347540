/* SPDX-License-Identifier: MIT */
/* Are the functions of CALL to be seen from outside of the configuration's
 * object file? Without this, the linker would say it later, and worse. Knows
 * of ELF what elf(5) says; what is no plain object is left to the linker. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

struct object {
	const unsigned char *bytes;
	size_t size;
};

struct symbols {
	const Elf64_Sym *symbol;
	uint64_t count;
	const char *names;
	uint64_t names_size;
};

static const void *part(const struct object *o, uint64_t at, uint64_t size)
{
	if (at > o->size || size > o->size - at || at % 8 != 0)
		return NULL;
	return o->bytes + at;
}

static bool read_object(const char *path, struct object *o)
{
	FILE *from = fopen(path, "rb");
	unsigned char *bytes = NULL;
	size_t room = 0, got;

	if (from == NULL)
		return false;
	o->size = 0;
	do {
		if (o->size == room) {
			room = 2 * room + 65536;
			bytes = memory_grow(bytes, room, 1);
		}
		got = fread(bytes + o->size, 1, room - o->size, from);
		o->size += got;
	} while (got > 0);
	o->bytes = bytes;
	got = (size_t)ferror(from);
	fclose(from);
	return got == 0;
}

static const Elf64_Shdr *sections_of(const struct object *o, uint32_t *count)
{
	const Elf64_Ehdr *head = part(o, 0, sizeof(*head));

	if (head == NULL || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
	    head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_ident[EI_DATA] != ELFDATA2LSB ||
	    head->e_shentsize != sizeof(Elf64_Shdr))
		return NULL;
	*count = head->e_shnum;
	return part(o, head->e_shoff, *count * sizeof(Elf64_Shdr));
}

static uint16_t machine_here(void)
{
#if defined(__x86_64__)
	return EM_X86_64;
#elif defined(__aarch64__)
	return EM_AARCH64;
#elif defined(__riscv)
	return EM_RISCV;
#else
	return EM_NONE; /* nothing is known of it */
#endif
}

/* One that cannot be read is reported by object_check(). */
uint16_t object_machine(const char *path)
{
	Elf64_Ehdr head;
	FILE *from = path != NULL ? fopen(path, "rb") : NULL;
	size_t got;

	if (from == NULL)
		return machine_here();
	got = fread(&head, sizeof(head), 1, from);
	fclose(from);
	if (got == 1 && memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 &&
	    head.e_machine != machine_here())
		return EM_NONE;
	return machine_here();
}

/* The names that the section's symbols have, or NULL. */
static const char *names_of(const struct object *o, const Elf64_Shdr *names)
{
	if (names->sh_offset > o->size || names->sh_size == 0 ||
	    names->sh_size > o->size - names->sh_offset ||
	    o->bytes[names->sh_offset + names->sh_size - 1] != '\0')
		return NULL;
	return (const char *)o->bytes + names->sh_offset;
}

static bool is_seen(const Elf64_Sym *symbol)
{
	return symbol->st_shndx != SHN_UNDEF &&
	       ELF64_ST_BIND(symbol->st_info) != STB_LOCAL;
}

static int symbol_by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that other files can use, sorted. */
static const char **seen_names(const struct symbols *s, size_t *count)
{
	const char **names = memory_new(s->count, sizeof(*names));

	*count = 0;
	for (uint64_t k = 0; k < s->count; k++)
		if (is_seen(&s->symbol[k]) &&
		    s->symbol[k].st_name < s->names_size)
			names[(*count)++] = s->names + s->symbol[k].st_name;
	qsort(names, *count, sizeof(*names), symbol_by_text);
	return names;
}

static void check_symbols(const struct config *c, const struct functions *f,
                          const struct symbols *s)
{
	static const char *const lto = "__gnu_lto_slim";
	size_t count;
	const char **names = seen_names(s, &count);

	if (bsearch(&lto, names, count, sizeof(*names), symbol_by_text) != NULL)
		return; /* what is in it cannot be seen yet */
	for (uint32_t k = 0; k < f->count; k++)
		if (bsearch(&f->name[k], names, count, sizeof(*names),
		            symbol_by_text) == NULL)
			report_error(c, f->user[k],
			             ": CALL(%s): the function "
			             "is static or has no body here; it must "
			             "be defined in this file, without "
			             "'static' and 'inline'",
			             f->name[k]);
}

void object_check(const struct config *c, const struct functions *f,
                  const char *path)
{
	struct object o;
	uint32_t count = 0;
	const Elf64_Shdr *sections;

	if (!read_object(path, &o)) {
		report_error(c, (uint32_t)c->count, ": %s: %s", path,
		             strerror(errno));
		return;
	}
	sections = sections_of(&o, &count);
	for (uint32_t k = 0; sections != NULL && k < count; k++) {
		const Elf64_Shdr *at = &sections[k];
		struct symbols s;

		if (at->sh_type != SHT_SYMTAB || at->sh_link >= count)
			continue;
		s.symbol = part(&o, at->sh_offset, at->sh_size);
		s.count = at->sh_size / sizeof(*s.symbol);
		s.names = names_of(&o, &sections[at->sh_link]);
		s.names_size = sections[at->sh_link].sh_size;
		if (s.symbol != NULL && s.names != NULL)
			check_symbols(c, f, &s);
	}
}
