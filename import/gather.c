/* SPDX-License-Identifier: MIT */
/* From the paths of a command line to parsed definitions: which format a file is
 * of, which drop-ins a unit has, which files a folder has. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/gather.h"
#include "import/read.h"
#include "import/text.h"

static void complain(struct import *to, const char *path, const char *why)
{
	struct text t = { 0 };

	text_put(&t, "connate-import: ");
	text_comment(&t, path);
	fprintf(stderr, "%s: %s\n", text_end(&t), why);
	to->unreadable = true;
}

/* --- systemd */

static const char *const kinds[] = {
	".service", ".socket", ".timer", ".target", ".path", ".mount",
	".automount", ".swap", ".slice", ".scope", ".device",
};

static bool is_unit_name(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (text_ends(name, kinds[i]))
			return true;
	return false;
}

static const char *folder_of(const char *path)
{
	const char *name = text_base(path);

	return name == path ? "." : text_part(path, name - 1);
}

/* "tor@.service" of "tor@default.service"; NULL if that is no instance. */
static const char *template_of(const char *name)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

	if (at == NULL || dot == NULL || dot == at + 1 || dot < at)
		return NULL;
	return text_of("%s%s", text_part(name, at + 1), dot);
}

/* The folders of drop-ins of a name, the most special one first. */
static void drop_in_names(struct words *to, const char *name)
{
	const char *dot = strrchr(name, '.'), *template = template_of(name);

	words_add(to, text_of("%s.d", name));
	if (template != NULL)
		words_add(to, text_of("%s.d", template));
	for (const char *s = dot; s > name; s--)
		if (s[-1] == '-' && s != dot)
			words_add(to, text_of("%s%s.d", text_part(name, s),
			                      dot));
	words_add(to, text_of("%s.d", dot + 1));
}

/* Of files with one name in several folders the first one counts. */
struct drop_ins {
	struct words name, path, shown;
};

static void drop_ins_find(struct drop_ins *all, const char *folder,
                          const char *name)
{
	const char *path = text_of("%s/%s", folder, name), *why;
	struct words files = { 0 };

	if (!is_folder(path) || !read_folder(path, &files, &why))
		return;
	for (size_t i = 0; i < files.count; i++) {
		size_t k = 0;

		while (k < all->name.count &&
		       !text_same(all->name.word[k], files.word[i]))
			k++;
		if (k < all->name.count || !text_ends(files.word[i], ".conf"))
			continue;
		words_add(&all->name, files.word[i]);
		words_add(&all->path, text_of("%s/%s", path, files.word[i]));
		words_add(&all->shown, text_of("%s/%s", name, files.word[i]));
	}
}

static void unit_read(struct import *to, struct unit *u, const char *path,
                      const char *shown)
{
	const char *why, *text;

	if (is_masked(path))
		return;
	text = read_file(path, &why);
	if (text == NULL) {
		complain(to, path, why);
		u->wrong = text_of("%s: %s", shown, why);
		return;
	}
	why = unit_parse(&u->items, shown, text);
	if (why != NULL)
		u->wrong = text_of("%s: %s", shown, why);
}

static void drop_ins_read(struct import *to, struct unit *u,
                          const struct drop_ins *all)
{
	size_t next = 0;

	for (size_t n = 0; n < all->name.count; n++) {
		const char *last = n > 0 ? all->name.word[next] : "";
		size_t best = all->name.count;

		for (size_t i = 0; i < all->name.count; i++)
			if (strcmp(all->name.word[i], last) > 0 &&
			    (best == all->name.count ||
			     strcmp(all->name.word[i],
			            all->name.word[best]) < 0))
				best = i;
		if (best == all->name.count)
			return;
		next = best;
		unit_read(to, u, all->path.word[best], all->shown.word[best]);
	}
}

/* Where a unit's file is: in a folder that goes first, or at its path. */
static const char *fragment(const struct import *to, const char *name,
                            const char *path)
{
	for (size_t i = 0; i < to->also.count; i++) {
		const char *own = text_of("%s/%s", to->also.word[i], name);

		if (is_file(own) || is_masked(own))
			return own;
	}
	return path;
}

/* Links in folders such as multi-user.target.wants are a WantedBy= that was
 * enabled, or that the package has. */
static void links_read(struct unit *u, const char *folder, const char *name)
{
	const char *const *target;

	for (target = boot_targets; *target != NULL; target++) {
		const char *shown = text_of("%s.wants/%s", *target, name);

		if (!is_link(text_of("%s/%s", folder, shown)))
			continue;
		items_add(&u->items, &(struct item){ .section = "Install",
		          .key = "WantedBy", .value = *target, .file = shown });
	}
}

/* Adds a unit of that name, with its drop-ins. */
static void gather_unit(struct import *to, const char *name, const char *path)
{
	struct words names = { 0 };
	struct drop_ins all = { 0 };
	struct unit *u;

	for (size_t i = 0; i < to->units.count; i++)
		if (text_same(to->units.unit[i].naming.name, name))
			return;
	path = fragment(to, name, path);
	if (text_ends(name, ".slice") || text_ends(name, ".scope")) {
		fprintf(stderr, "connate-import: %s: there are no slices and "
		        "scopes here: left out\n", name);
		return;
	}
	if (is_masked(path)) {
		fprintf(stderr, "connate-import: %s is masked: left out\n",
		        name);
		return;
	}
	u = unit_add(&to->units, name, path);
	unit_read(to, u, path, text_base(path));
	drop_in_names(&names, name);
	for (size_t k = 0; k < to->also.count; k++)
		links_read(u, to->also.word[k], name);
	links_read(u, folder_of(path), name);
	for (size_t i = 0; i < names.count; i++) {
		for (size_t k = 0; k < to->also.count; k++)
			drop_ins_find(&all, to->also.word[k], names.word[i]);
		drop_ins_find(&all, folder_of(path), names.word[i]);
	}
	drop_ins_read(to, u, &all);
}

/* A file of a unit; of a template, each of its instances. */
static void gather_unit_file(struct import *to, const char *path)
{
	const char *name = text_base(path);
	const char *dot = strrchr(name, '.');
	bool template = dot != NULL && dot > name && dot[-1] == '@';

	for (size_t i = 0; template && i < to->instances.count; i++)
		gather_unit(to, text_of("%s%s%s", text_part(name, dot),
		                        to->instances.word[i], dot), path);
	if (!template || to->instances.count == 0)
		gather_unit(to, name, path);
}

static const char *const system_folders[] = {
	"/etc/systemd/system", "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system",
};
static const char *const user_folders[] = {
	"/etc/systemd/user", "/run/systemd/user",
	"/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
	"/lib/systemd/user",
};

enum { UNIT_FOLDERS = sizeof(user_folders) / sizeof(*user_folders) };

static bool gather_at(struct import *to, const char *folder, const char *name)
{
	const char *template = template_of(name);
	const char *path = text_of("%s/%s", folder, name);

	if (is_file(path) || is_masked(path))
		gather_unit_file(to, path);
	else if (template != NULL &&
	         is_file(text_of("%s/%s", folder, template)))
		gather_unit(to, name, text_of("%s/%s", folder, template));
	else
		return false;
	return true;
}

/* A unit by its name alone, as systemd looks for it. */
static void gather_named_unit(struct import *to, const char *name)
{
	const char *const *folders =
		to->units.host->user ? user_folders : system_folders;

	for (size_t i = 0; i < UNIT_FOLDERS; i++)
		words_add(&to->also, folders[i]);
	for (size_t i = 0; i < UNIT_FOLDERS; i++)
		if (gather_at(to, folders[i], name))
			break;
		else if (i == UNIT_FOLDERS - 1)
			complain(to, name, "there is no such unit");
	to->also.count -= UNIT_FOLDERS;
}

/* --- Files of others */

static void gather_dinit(struct import *to, const char *path)
{
	const char *name = text_base(path), *why, *text, *wrong;
	struct source *s;

	text = read_file(path, &why);
	if (text == NULL) {
		complain(to, path, why);
		return;
	}
	if (text_ends(name, ".user"))
		name = text_without(name, ".user");
	s = source_add(&to->dinit, name, path, "dinit's default");
	s->draft.title = text_base(path);
	wrong = dinit_parse(&s->items, text_base(path), text);
	if (wrong != NULL)
		draft_decide(&s->draft, NULL, "%s: %s: dinit does not load it",
		             text_base(path), wrong);
}

static void gather_file(struct import *to, const char *path, bool supervisor)
{
	struct items all = { 0 };
	const char *why, *text, *shown = text_base(path), *wrong;
	char real[PATH_MAX];

	text = read_file(path, &why);
	if (text == NULL) {
		complain(to, path, why);
		return;
	}
	wrong = supervisor ? ini_parse(&all, shown, text)
	                   : procfile_parse(&all, shown, text);
	if (wrong != NULL) {
		complain(to, path, wrong);
		return;
	}
	if (*path != '/' && realpath(path, real) != NULL)
		path = text_of("%s", real);
	if (supervisor)
		supervisor_map(&to->others, shown, &all);
	else
		procfile_map(&to->others, path, &all);
}

/* --- Folders */

static void add_file(struct import *to, struct source *s, const char *path,
                     const char *key)
{
	const char *why, *text = read_file(path, &why);

	if (text == NULL)
		complain(to, path, why);
	else
		items_add(&s->items, &(struct item){
			.section = "", .key = key, .value = text,
			.file = text_of("%s/%s", s->name, key), .line = 1 });
}

static void gather_service_folder(struct import *to, const char *path)
{
	struct words files = { 0 }, below = { 0 };
	const char *why;
	char real[PATH_MAX];
	struct source *s;

	if (*path != '/' && realpath(path, real) != NULL)
		path = text_of("%s", real);
	if (!read_folder(path, &files, &why)) {
		complain(to, path, why);
		return;
	}
	s = source_add(&to->folders, text_base(path), path, "");
	for (size_t i = 0; i < files.count; i++) {
		const char *file = text_of("%s/%s", path, files.word[i]);

		if (text_same(files.word[i], "supervise") ||
		    text_same(files.word[i], "event"))
			continue;
		if (!is_folder(file)) {
			add_file(to, s, file, files.word[i]);
			continue;
		}
		below.count = 0;
		if (!read_folder(file, &below, &why))
			complain(to, file, why);
		for (size_t k = 0; k < below.count; k++) {
			const char *one = text_of("%s/%s", file, below.word[k]);

			if (!is_folder(one))
				add_file(to, s, one, text_of("%s/%s",
				         files.word[i], below.word[k]));
		}
	}
}

static bool is_service_folder(const char *path)
{
	return is_file(text_of("%s/run", path)) ||
	       is_file(text_of("%s/type", path));
}

/* A link to another file of the same folder is another name of a unit. */
static bool is_alias(const char *path)
{
	char real[PATH_MAX];

	return realpath(path, real) != NULL &&
	       !text_same(text_base(real), text_base(path)) &&
	       strchr(text_base(path), '@') == NULL;
}

static void gather_entry(struct import *to, const char *path)
{
	bool folder = is_folder(path);
	bool unit = is_unit_name(path);

	if (folder && is_service_folder(path) &&
	    to->format != FORMAT_SYSTEMD && to->format != FORMAT_DINIT)
		gather_service_folder(to, path);
	else if (folder)
		return;  /* x.service.d and the like */
	else if (unit && !is_alias(path) && to->format != FORMAT_DINIT)
		gather_unit_file(to, path);
	else if (!unit && to->format == FORMAT_DINIT)
		gather_dinit(to, path);
	else if (!unit && to->format == FORMAT_SUPERVISOR)
		gather_file(to, path, true);
}

static void gather_folder(struct import *to, const char *path)
{
	struct words files = { 0 };
	const char *why;

	if (is_service_folder(path) && to->format != FORMAT_SYSTEMD &&
	    to->format != FORMAT_DINIT) {
		gather_service_folder(to, path);
		return;
	}
	if (!read_folder(path, &files, &why)) {
		complain(to, path, why);
		return;
	}
	for (size_t i = 0; i < files.count; i++)
		gather_entry(to, text_of("%s/%s", path, files.word[i]));
}

static enum format format_of(const char *path)
{
	const char *why, *text;

	if (is_unit_name(path))
		return FORMAT_SYSTEMD;
	if (text_starts(text_base(path), "Procfile"))
		return FORMAT_PROCFILE;
	text = read_file(path, &why);
	if (text_ends(path, ".ini") ||
	    (text != NULL && strstr(text, "[program:") != NULL))
		return FORMAT_SUPERVISOR;
	return FORMAT_DINIT;
}

/* Adds what is at a path, or the unit of that name. What cannot be read is said
 * on standard error. */
void gather(struct import *to, const char *path)
{
	enum format format = to->format;

	if (is_folder(path)) {
		gather_folder(to, path);
		return;
	}
	if (format == FORMAT_ANY)
		format = format_of(path);
	if (format == FORMAT_SYSTEMD && strchr(path, '/') == NULL &&
	    !is_file(path))
		gather_named_unit(to, path);
	else if (format == FORMAT_SYSTEMD) {
		if (!gather_at(to, folder_of(path), text_base(path)))
			gather_unit_file(to, path);
	} else if (format == FORMAT_DINIT)
		gather_dinit(to, path);
	else if (format == FORMAT_FOLDERS)
		complain(to, path, "a service folder is wanted");
	else
		gather_file(to, path, format == FORMAT_SUPERVISOR);
}
