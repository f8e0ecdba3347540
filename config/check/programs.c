/* SPDX-License-Identifier: MIT */
/* Would execve(2) take a service's programs on the machine that builds? Is
 * there something, for this machine, with its interpreter, that the service's
 * user may execute, and that loses no rights? Knows of scripts, ELF and rights
 * what execve(2), elf(5) and capabilities(7) say. */
#include <dirent.h>
#include <elf.h>
#include <string.h>
#include <sys/xattr.h>

#include "config/check/check.h"

enum { HEAD_BYTES = 4096, INTERPRETER_MAX = 256 };

/* A program of a service that is being looked at. */
struct program {
	const struct config *c;
	uint32_t i;
	const char *field, *root, *path;
	const struct account *account;
	uint16_t machine;
	struct host_path found;
	long size;                 /* of head; -1: it may not be read */
	char head[HEAD_BYTES + 1]; /* its first bytes, and a NUL */
};

static const struct config_service *owner(const struct program *p)
{
	return service_of(p->c, p->i);
}

/* " inside of /root", or nothing. */
static const char *inside(const struct program *p)
{
	return p->root == NULL ? "" : memory_join(" inside of ", p->root);
}

/* Where else a program of that name is. */
static const char *elsewhere(const struct program *p)
{
	static const char *const folders[] = {
		"/usr/bin/", "/usr/sbin/",      "/bin/",
		"/sbin/",    "/usr/local/bin/", "/usr/local/sbin/",
	};
	const char *name = strrchr(p->path, '/') + 1;

	for (size_t k = 0; k < sizeof(folders) / sizeof(*folders); k++) {
		const char *there = memory_join(folders[k], name);

		if (*name != '\0' && host_path_has_program(p->root, there))
			return there;
	}
	return NULL;
}

/* Is it "/path argument" in one string? */
static const char *first_word(const struct program *p)
{
	size_t size = strcspn(p->path, " ");
	char *word;

	if (p->path[size] == '\0')
		return NULL;
	word = memory_new(size + 1, 1);
	memcpy(word, p->path, size);
	return host_path_has_program(p->root, word) ? word : NULL;
}

/* Is it two words that the compiler has joined, as in "/path" "-option"? The
 * first one. */
static const char *joined_word(const struct program *p)
{
	size_t size = strlen(p->path);
	char *word = memory_new(size + 1, 1);

	memcpy(word, p->path, size);
	while (--size > 1) {
		bool begins = word[size] == '-' || word[size] == '/';

		word[size] = '\0';
		if (begins && host_path_has_program(p->root, word))
			return word;
	}
	return NULL;
}

static void report_missing(const struct program *p)
{
	const char *why = p->found.why, *word = NULL, *there = NULL;
	const char *joined = NULL;

	if (p->found.kind == HOST_PATH_MISSING) {
		word = first_word(p);
		joined = joined_word(p);
		there = elsewhere(p);
	}
	if (joined != NULL)
		report_error(p->c, p->i,
		             ": %s: %s %s%s; is a comma missing behind \"%s\"?",
		             p->field, p->path, why, inside(p), joined);
	else if (word != NULL)
		report_error(p->c, p->i,
		             ": %s: '%s' %s%s; the arguments of "
		             "%s are strings of their own, with commas",
		             p->field, p->path, why, inside(p), word);
	else if (there != NULL)
		report_error(p->c, p->i, ": %s: %s %s%s; there is %s", p->field,
		             p->path, why, inside(p), there);
	else
		report_error(p->c, p->i, ": %s: %s %s%s", p->field, p->path,
		             why, inside(p));
}

/* Formats that the kernel hands to another program: binfmt_misc. Who has
 * one may have one for this. */
static bool takes_other_formats(void)
{
	DIR *folder = opendir("/proc/sys/fs/binfmt_misc");
	const struct dirent *entry;
	bool found = false;

	if (folder == NULL)
		return false;
	while ((entry = readdir(folder)) != NULL)
		found |= entry->d_name[0] != '.' &&
		         strcmp(entry->d_name, "register") != 0 &&
		         strcmp(entry->d_name, "status") != 0;
	closedir(folder);
	return found;
}

static const char *machine_name(uint16_t machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86_64";
	case EM_AARCH64:
		return "aarch64";
	case EM_RISCV:
		return "riscv64";
	case EM_386:
		return "i386";
	case EM_ARM:
		return "arm";
	}
	return "another machine";
}

/* The older of the two runs on the newer, if its kernel was built so. */
static bool machine_fits(uint16_t machine, uint16_t here)
{
	return machine == here || (here == EM_X86_64 && machine == EM_386) ||
	       (here == EM_AARCH64 && machine == EM_ARM);
}

/* What has to be there besides, such as an interpreter. */
static void check_other(const struct program *p, const char *is,
                        const char *other)
{
	const char *why =
		other[0] == '/' ? host_path_program(p->root, other) : NULL;

	if (why != NULL)
		report_error(p->c, p->i, ": %s: %s %s %s, which %s%s", p->field,
		             p->path, is, other, why, inside(p));
}

/* The dynamic loader: "No such file or directory" would be all that execve(2)
 * says of it. */
static void check_loader(const struct program *p, const Elf64_Phdr *h)
{
	char name[INTERPRETER_MAX + 1];
	long got;

	if (h->p_filesz == 0 || h->p_filesz > INTERPRETER_MAX)
		return;
	got = host_path_read(&p->found, name, (size_t)h->p_filesz,
	                 (long)h->p_offset);
	if (got != (long)h->p_filesz)
		return;
	name[got] = '\0';
	check_other(p, "needs the loader", name);
}

static void check_headers(const struct program *p, const Elf64_Ehdr *elf)
{
	uint64_t at = elf->e_phoff;

	if (elf->e_phentsize != sizeof(Elf64_Phdr))
		return;
	for (int k = 0; k < elf->e_phnum; k++, at += sizeof(Elf64_Phdr)) {
		Elf64_Phdr header;

		if (at > (uint64_t)p->size ||
		    sizeof(header) > (uint64_t)p->size - at)
			return;
		memcpy(&header, p->head + at, sizeof(header));
		if (header.p_type == PT_INTERP)
			check_loader(p, &header);
	}
}

static void check_elf(const struct program *p)
{
	Elf64_Ehdr elf;

	if (p->size < (long)sizeof(elf)) {
		report_error(p->c, p->i, ": %s: %s is cut off", p->field,
		             p->path);
		return;
	}
	memcpy(&elf, p->head, sizeof(elf));
	if (!machine_fits(elf.e_machine, p->machine)) {
		if (!takes_other_formats())
			report_error(p->c, p->i,
			             ": %s: %s is a program for "
			             "%s, and this is %s",
			             p->field, p->path,
			             machine_name(elf.e_machine),
			             machine_name(p->machine));
	} else if (elf.e_type != ET_EXEC && elf.e_type != ET_DYN) {
		report_error(p->c, p->i,
		             ": %s: %s is an object file, no "
		             "program",
		             p->field, p->path);
	} else if (elf.e_ident[EI_CLASS] == ELFCLASS64) {
		check_headers(p, &elf);
	}
}

static void check_script(struct program *p)
{
	char *word = p->head + 2 + strspn(p->head + 2, " \t");
	char *end = word + strcspn(word, " \t\n");

	if (word[strcspn(word, "\r\n")] == '\r')
		report_error(p->c, p->i,
		             ": %s: %s is a script with a carriage "
		             "return in its first line, which becomes a part "
		             "of its interpreter's name",
		             p->field, p->path);
	else if (end == word)
		report_error(p->c, p->i,
		             ": %s: %s is a script without an "
		             "interpreter: nothing follows #!",
		             p->field, p->path);
	else if (end - word <= INTERPRETER_MAX) {
		*end = '\0';
		check_other(p, "is a script for", word);
	}
}

static void check_format(struct program *p)
{
	if (p->size < 0)
		return;
	if (p->size >= SELFMAG && memcmp(p->head, ELFMAG, SELFMAG) == 0)
		check_elf(p);
	else if (p->size >= 2 && memcmp(p->head, "#!", 2) == 0)
		check_script(p);
	else if (p->size == 0)
		report_error(p->c, p->i, ": %s: %s is empty", p->field,
		             p->path);
	else if (!takes_other_formats())
		report_error(p->c, p->i,
		             ": %s: %s is no program that the "
		             "kernel knows, and as a script it has to begin "
		             "with #!",
		             p->field, p->path);
}

static bool in_group(const struct account *a, uint32_t gid)
{
	for (uint32_t k = 0; k < a->groups; k++)
		if (a->group[k] == gid)
			return true;
	return a->gid == gid;
}

static bool has_attribute(const struct host_path *p, const char *name)
{
	char fd[32];

	(void)snprintf(fd, sizeof(fd), "/proc/self/fd/%d", p->fd);
	return getxattr(fd, name, NULL, 0) > 0;
}

/* By the permission bits alone; with an access list nothing is known. */
static void check_permission(const struct program *p)
{
	const struct account *a = p->account;
	mode_t mode = p->found.status.st_mode;
	mode_t bit = in_group(a, p->found.status.st_gid) ? 0010 : 0001;

	if (a->uid == TABLE_NONE || a->uid == 0)
		return;
	if (a->uid == p->found.status.st_uid)
		bit = 0100;
	if ((mode & bit) == 0 &&
	    !has_attribute(&p->found, "system.posix_acl_access"))
		report_error(p->c, p->i,
		             ": %s: %s may not be executed by "
		             "user %s: its mode is 0%o",
		             p->field, p->path, owner(p)->user,
		             (unsigned)mode & 07777);
}

/* What exec would give the program besides what its caller has. */
static const char *rights_of(const struct program *p)
{
	const struct account *a = p->account;
	const struct stat *s = &p->found.status;

	if (a->uid == 0)
		return NULL; /* it has all of them */
	if ((s->st_mode & S_ISUID) != 0 && a->uid != s->st_uid)
		return "set-user-ID";
	if ((s->st_mode & (S_ISGID | 0010)) == (S_ISGID | 0010) &&
	    a->gid != s->st_gid)
		return "set-group-ID";
	if (has_attribute(&p->found, "security.capability"))
		return "with capabilities of its own";
	return NULL;
}

static void check_rights(const struct program *p)
{
	const char *rights;

	if (!owner(p)->no_new_privs || memcmp(p->head, "#!", 2) == 0)
		return;
	rights = rights_of(p);
	if (rights == NULL)
		return;
	if (p->account->uid != TABLE_NONE)
		report_error(p->c, p->i,
		             ": %s: %s is a program %s, but with "
		             ".no_new_privs it runs without these rights",
		             p->field, p->path, rights);
	else
		report_warning(p->c, p->i,
		               ": %s: %s is a program %s, but with "
		               ".no_new_privs it runs without these rights, "
		               "unless connate has them",
		               p->field, p->path, rights);
}

static void check_found(struct program *p)
{
	p->size = host_path_read(&p->found, p->head, HEAD_BYTES, 0);
	p->head[p->size > 0 ? p->size : 0] = '\0';
	if (p->machine != EM_NONE)
		check_format(p);
	check_permission(p);
	check_rights(p);
}

static void check_program(struct program *p)
{
	p->found = host_path_open_program(p->root, p->path);
	if (p->found.why != NULL)
		report_missing(p);
	else if (p->found.kind == HOST_PATH_FOUND)
		check_found(p);
	host_path_close(&p->found);
}

void programs_check(const struct config *c, uint32_t i, const struct account *a,
                    const struct host *h)
{
	const struct config_service *s = service_of(c, i);
	struct process all[PROCESSES];

	/* Where .chroot is no folder, that was said. */
	if (s->chroot != NULL &&
	    (s->chroot[0] != '/' || host_path_folder(NULL, s->chroot) != NULL))
		return;
	actions_list(s, all);
	for (int k = 0; k < PROCESSES; k++) {
		struct program p = {
			.c = c,
			.i = i,
			.field = all[k].field,
			.root = s->chroot,
			.account = a,
			.machine = h->machine,
		};

		if (!action_vector_ok(all[k].action))
			continue;
		p.path = all[k].action->words.item[0];
		check_program(&p);
	}
}
