/* SPDX-License-Identifier: MIT */
/* .folders: made before the first process of an attempt, by the rights of
 * connate; RUNTIME_DIRECTORY and the like; and RUNTIME goes again. No symbolic
 * link below the standard folders is followed, as a user may have made it: each
 * part is opened by itself. */
#include <linux/stat.h>

#include "model/text.h"
#include "prepare/prepare.h"
#include "sys/message.h"

enum { ROOM = 1 << 16 };

/* Of each kind: the variable, the standard folder, and that of a user, by the
 * XDG Base Directory Specification: a variable, or below HOME; then what stands
 * behind it. */
static const struct kind {
	const char *variable, *standard, *xdg, *home, *below;
} kinds[FOLDER_KINDS] = {
	[FOLDER_RUNTIME] = { "RUNTIME_DIRECTORY=", "/run", "XDG_RUNTIME_DIR",
	                     NULL, "" },
	[FOLDER_STATE] = { "STATE_DIRECTORY=", "/var/lib", "XDG_STATE_HOME",
	                   "/.local/state", "" },
	[FOLDER_CACHE] = { "CACHE_DIRECTORY=", "/var/cache", "XDG_CACHE_HOME",
	                   "/.cache", "" },
	[FOLDER_LOGS] = { "LOGS_DIRECTORY=", "/var/log", "XDG_STATE_HOME",
	                  "/.local/state", "/log" },
	[FOLDER_CONFIG] = { "CONFIGURATION_DIRECTORY=", "/etc",
	                    "XDG_CONFIG_HOME", "/.config", "" },
};

static char room[ROOM];             /* for variables */
static char *next = room;
static char path[PATH_MAX];         /* of one folder */

/* Adds a text to another of that many bytes at most, with the NUL. */
static bool append(char *to, size_t size, const char *text)
{
	size_t at = text_length(to), length = text_length(text);

	if (length >= size - at)
		return false;
	__builtin_memcpy(to + at, text, length + 1);
	return true;
}

/* The standard folder of that kind, into path. -EINVAL: a user has none. */
static int standard_folder(const struct kind *kind)
{
	const char *own = environment_value(kind->xdg);
	const char *home = environment_value("HOME");
	bool fits = true;

	path[0] = '\0';
	if (sys_getuid() == 0)
		fits = append(path, PATH_MAX, kind->standard);
	else if (own != NULL && own[0] == '/')
		fits = append(path, PATH_MAX, own) &&
		       append(path, PATH_MAX, kind->below);
	else if (kind->home != NULL && home != NULL && home[0] == '/')
		fits = append(path, PATH_MAX, home) &&
		       append(path, PATH_MAX, kind->home) &&
		       append(path, PATH_MAX, kind->below);
	else
		return -EINVAL;
	return fits ? 0 : -ENAMETOOLONG;
}

/* The standard folder is followed wherever it leads, and made if it is
 * missing. */
static int open_standard(void)
{
	int fd = sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC,
	                    0);

	if (fd != -ENOENT)
		return fd;
	for (char *at = path + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		(void)sys_mkdirat(AT_FDCWD, path, 0755); /* the last one tells */
		*at = '/';
	}
	(void)sys_mkdirat(AT_FDCWD, path, 0755); /* open tells */
	return sys_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

/* Where to begin, and what is to be entered from there; path is the whole. */
static int open_begin(const struct folder *f, const char **rest)
{
	int error, fd;

	*rest = f->name;
	if (f->kind >= FOLDER_KINDS) {
		path[0] = '\0';
		if (!append(path, PATH_MAX, f->name))
			return -ENAMETOOLONG;
		return sys_openat(AT_FDCWD, "/",
		                  O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	}
	error = standard_folder(&kinds[f->kind]);
	if (error < 0)
		return error;
	fd = open_standard();
	if (fd < 0)
		return fd;
	if (append(path, PATH_MAX, "/") && append(path, PATH_MAX, f->name))
		return fd;
	(void)sys_close(fd); /* it was only to be entered */
	return -ENAMETOOLONG;
}

static int open_part(int parent, const char *name, bool last)
{
	int how = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = sys_openat(parent, name, how | (last ? O_RDONLY : O_PATH), 0);
	char link;

	if (fd == -ENOTDIR && sys_readlinkat(parent, name, &link, 1) >= 0)
		return -ELOOP;
	return fd;
}

/* One part of the way; made if it is missing. *made: the last one was. */
static int enter_part(int parent, const char *name, bool last, uint32_t mode,
                      bool *made)
{
	int fd = open_part(parent, name, last), error = fd;

	if (fd == -ENOENT) {
		error = sys_mkdirat(parent, name, last ? mode : 0755);
		*made = error >= 0;
		if (error >= 0 || error == -EEXIST)
			error = fd = open_part(parent, name, last);
	}
	(void)sys_close(parent); /* the next one is open, or none */
	return error < 0 ? error : fd;
}

/* The next part of a path into `name`; returns the rest. */
static const char *next_part(const char *from, char name[NAME_MAX + 1])
{
	size_t size = 0;

	for (; *from == '/'; from++)
		;
	for (; *from != '/' && *from != '\0' && size < NAME_MAX; from++)
		name[size++] = *from;
	name[size] = '\0';
	for (; *from == '/'; from++)
		;
	return from;
}

static int open_folder(const struct folder *f, bool *made)
{
	char name[NAME_MAX + 1];
	const char *rest;
	int fd = open_begin(f, &rest);

	*made = false;
	while (fd >= 0 && *rest != '\0') {
		rest = next_part(rest, name);
		fd = enter_part(fd, name, *rest == '\0', f->mode & 07777, made);
	}
	return fd;
}

/* The folder in which it lies, which closes by itself; in `name`, its own
 * name. */
static int open_parent(const struct folder *f, char name[NAME_MAX + 1])
{
	const char *rest;
	int fd = open_begin(f, &rest), inner;

	for (rest = next_part(rest, name); fd >= 0 && *rest != '\0';
	     rest = next_part(rest, name)) {
		inner = open_part(fd, name, false);
		(void)sys_close(fd); /* it was only entered */
		fd = inner;
	}
	return fd;
}

/* Of a folder that was there, what it has is kept if it may not be changed, and
 * where the configuration says nothing of it. */
static int give(int fd, const struct folder *f, bool made)
{
	struct stat now;
	int error = sys_fstat(fd, &now);
	bool own = f->uid == TABLE_NONE || f->uid == now.st_uid;
	bool group = f->gid == TABLE_NONE || f->gid == now.st_gid;

	if (error >= 0 && !(own && group))
		error = sys_fchown(fd, f->uid, f->gid);
	if (error >= 0 && (made || f->sets_mode) &&
	    (now.st_mode & 07777) != (f->mode & 07777))
		error = sys_fchmod(fd, f->mode & 07777);
	return !made && (error == -EPERM || error == -EROFS) ? 0 : error;
}

static int make(const struct folder *f)
{
	uint32_t mask = (uint32_t)sys_umask(0);
	bool made;
	int fd = open_folder(f, &made), error = fd;

	if (fd >= 0) {
		error = give(fd, f, made);
		(void)sys_close(fd); /* it was only changed */
	}
	(void)sys_umask(mask); /* it cannot fail */
	return error < 0 ? error : 0;
}

/* Adds the path to the variable of its kind, which is the last one written. */
static int name_folder(const struct folder *f, bool first)
{
	size_t size = (size_t)(room + ROOM - next);
	const char *before = first ? kinds[f->kind].variable : ":";

	if (!append(next, size, before) || !append(next, size, path))
		return -E2BIG;
	return first ? environment_set(next) : 0;
}

/* The next folder; its owner, if none is given: the user of the service, but for
 * CONFIG and FOLDER. False: there are no more. */
static bool folder_next(const struct prepared *p, struct table_list *rest,
                        struct folder *f)
{
	const struct table_profile *profile =
		table_profile(p->table, p->s->profile);

	if (!folder_read(p->table, rest, f))
		return false;
	if (f->kind < FOLDER_CONFIG && f->uid == TABLE_NONE)
		f->uid = profile->uid;
	if (f->kind < FOLDER_CONFIG && f->gid == TABLE_NONE)
		f->gid = profile->gid;
	return true;
}

/* The path of a folder, into path, without making it. */
static int find_path(const struct folder *f)
{
	int error = standard_folder(&kinds[f->kind]);

	if (error < 0)
		return error;
	return append(path, PATH_MAX, "/") && append(path, PATH_MAX, f->name)
	               ? 0
	               : -ENAMETOOLONG;
}

static int name_kind(struct prepared *p, uint32_t kind)
{
	struct table_list rest = p->s->words;
	struct folder f;
	bool first = true;
	int error = 0;

	for (p->item = 0; error >= 0 && folder_next(p, &rest, &f); p->item++) {
		if (f.kind != kind)
			continue;
		error = find_path(&f);
		if (error >= 0)
			error = name_folder(&f, first);
		first = false;
	}
	if (!first)
		next += text_length(next) + 1;
	return error;
}

/* Makes the folders, for the first process of an attempt, and names them. 0 or
 * -errno: -ELOOP: a symbolic link is on the way; -EINVAL: there is no standard
 * folder for this user. */
int folders_take(struct prepared *p)
{
	struct table_list rest = p->s->words;
	struct folder f;
	int error = 0;

	p->item = 0;
	for (; p->first && folder_next(p, &rest, &f); p->item++) {
		error = make(&f);
		if (error < 0)
			return error;
	}
	for (uint32_t kind = 0; kind < FOLDER_KINDS && error >= 0; kind++)
		error = name_kind(p, kind);
	return error;
}

/* Does a folder of it go with the service? */
bool folders_go(const struct prepared *p)
{
	struct table_list rest = p->s->words;
	struct folder f;

	while (folder_read(p->table, &rest, &f))
		if (f.kind == FOLDER_RUNTIME)
			return true;
	return false;
}

/* Removes what goes with the service: RUNTIME. 0, or -errno of what is left. */
int folders_remove(struct prepared *p)
{
	struct table_list rest = p->s->words;
	char name[NAME_MAX + 1];
	struct folder f;
	int result = 0;

	while (folder_next(p, &rest, &f)) {
		int error, parent;

		if (f.kind != FOLDER_RUNTIME)
			continue;
		parent = open_parent(&f, name);
		error = parent < 0 ? parent : remove_tree(parent, name);
		if (error < 0 && error != -ENOENT)
			result = error;
	}
	return result;
}
