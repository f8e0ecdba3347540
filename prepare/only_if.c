/* SPDX-License-Identifier: MIT */
/* .only_if: whether its conditions hold, asked in the process of the service: a
 * path on a disk that does not answer holds up this service alone. */
#include <linux/stat.h>

#include "model/condition.h"
#include "model/text.h"
#include "prepare/prepare.h"
#include "sys/fd.h"

enum { TEXT_BYTES = 4096, ST_READ_ONLY = 1 }; /* ST_RDONLY of statfs(2) */

static char text[TEXT_BYTES];       /* of a file */

static bool exists(const char *path)
{
	struct stat status;

	return sys_fstatat(AT_FDCWD, path, &status, 0) >= 0;
}

/* The beginning of a file, with an end. */
static const char *read_text(const char *path)
{
	long size = fd_read_file(AT_FDCWD, path, text, TEXT_BYTES - 1);

	text[size > 0 ? size : 0] = '\0';
	return text;
}

static bool is_file_with_content(const char *path)
{
	struct stat status;

	return sys_fstatat(AT_FDCWD, path, &status, 0) >= 0 &&
	       S_ISREG(status.st_mode) && status.st_size > 0;
}

/* Has the folder a name other than . and ..? */
static bool is_folder_with_content(const char *path)
{
	static _Alignas(8) char names[1024];
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	                    0);
	long size = fd < 0 ? fd : sys_getdents64(fd, names, sizeof(names));
	bool found = false;

	for (long at = 0; at < size && !found;) {
		const struct linux_dirent64 *entry =
			(const void *)(names + at);

		at += entry->d_reclen;
		found = !text_equal(entry->d_name, ".") &&
		        !text_equal(entry->d_name, "..");
	}
	if (fd >= 0)
		(void)sys_close(fd); /* it was only read */
	return found;
}

/* On a file system that is mounted for writing (ST_RDONLY, statfs(2)). */
static bool is_writable(const char *path)
{
	struct statfs fs;
	int fd = sys_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
	int error = fd < 0 ? fd : sys_fstatfs(fd, &fs);

	if (fd >= 0)
		(void)sys_close(fd); /* it was only looked at */
	return error >= 0 && (fs.f_flags & ST_READ_ONLY) == 0;
}

/* Is this word on the line, by itself or, if it has no '=', with a value? */
static bool has_word(const char *line, const char *word)
{
	size_t length = text_length(word);

	while (*line != '\0') {
		while (*line == ' ' || *line == '\n')
			line++;
		if (text_starts(line, word) &&
		    (line[length] == '\0' || line[length] == ' ' ||
		     line[length] == '\n' || line[length] == '='))
			return true;
		while (*line != ' ' && *line != '\n' && *line != '\0')
			line++;
	}
	return false;
}

/* What the managers of containers leave for those inside: container(5) of
 * systemd, podman, docker; and the variable of process 1. */
static bool is_container(void)
{
	long size = fd_read_file(AT_FDCWD, "/proc/1/environ", text,
	                         TEXT_BYTES - 1);

	for (long at = 0; at < size; at++) {
		text[size] = '\0';
		if ((at == 0 || text[at - 1] == '\0') &&
		    text_starts(text + at, "container="))
			return text[at + 10] != '\0';
	}
	return exists("/run/systemd/container") ||
	       exists("/run/host/container-manager") ||
	       exists("/run/.containerenv") || exists("/.dockerenv");
}

/* The flag of x86 processors that a hypervisor shows, or what the firmware of
 * others says of one. In a container of a virtual machine this is false. */
static bool is_virtual_machine(void)
{
	const char *flags = read_text("/proc/cpuinfo");

	while (*flags != '\0' && !text_starts(flags, "\nflags"))
		flags++;
	return (has_word(flags, "hypervisor") ||
	        exists("/proc/device-tree/hypervisor") ||
	        exists("/sys/hypervisor/type")) &&
	       !is_container();
}

/* In the bounding set, as in systemd: can a program get it? argument: its
 * number, a blank, its name. */
static bool has_capability(const char *argument)
{
	unsigned long number = 0;

	for (; *argument >= '0' && *argument <= '9'; argument++)
		number = number * 10 + (unsigned long)(*argument - '0');
	return sys_prctl(PR_CAPBSET_READ, number, 0) > 0;
}

static bool supply_is(const char *name, const char *file, const char *value)
{
	char path[PATH_MAX] = "/sys/class/power_supply/";
	size_t at = text_length(path);

	for (; *name != '\0' && at < PATH_MAX - 16; name++)
		path[at++] = *name;
	for (; *file != '\0'; file++)
		path[at++] = *file;
	path[at] = '\0';
	return text_starts(read_text(path), value);
}

/* A supply of the mains that is on line; or there are none of them, so that it
 * is no battery. */
static bool has_ac_power(void)
{
	static _Alignas(8) char names[2048];
	int fd = sys_openat(AT_FDCWD, "/sys/class/power_supply",
	                    O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long size = fd < 0 ? fd : sys_getdents64(fd, names, sizeof(names));
	bool mains = false, on = false;

	for (long at = 0; at < size;) {
		const struct linux_dirent64 *entry =
			(const void *)(names + at);

		at += entry->d_reclen;
		if (!supply_is(entry->d_name, "/type", "Mains"))
			continue;
		mains = true;
		on |= supply_is(entry->d_name, "/online", "1");
	}
	if (fd >= 0)
		(void)sys_close(fd); /* it was only read */
	return on || !mains;
}

static bool holds(const struct condition *c)
{
	switch (c->kind) {
	case CONDITION_PATH:
		return exists(c->argument);
	case CONDITION_FILE_NOT_EMPTY:
		return is_file_with_content(c->argument);
	case CONDITION_FOLDER_NOT_EMPTY:
		return is_folder_with_content(c->argument);
	case CONDITION_WRITABLE:
		return is_writable(c->argument);
	case CONDITION_KERNEL_ARGUMENT:
		return has_word(read_text("/proc/cmdline"), c->argument);
	case CONDITION_CONTAINER:
		return is_container();
	case CONDITION_VIRTUAL_MACHINE:
		return is_virtual_machine();
	case CONDITION_CAPABILITY:
		return has_capability(c->argument);
	case CONDITION_AC_POWER:
		return has_ac_power();
	case CONDITIONS:
		break;
	}
	return false;
}

/* Asked before the first process of an attempt. 1: the condition p->item does
 * not hold, so the service is to be skipped; else 0. */
int only_if_take(struct prepared *p)
{
	struct table_list rest = p->s->words;
	const char *item;

	p->item = 0;
	while (p->first &&
	       (item = word_next(p->table, &rest, WORD_ONLY_IF)) != NULL) {
		struct condition c = condition_read(item);

		if (holds(&c) == c.negated)
			return 1;
		p->item++;
	}
	return 0;
}
