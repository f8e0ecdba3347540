/* SPDX-License-Identifier: MIT */
/* Templates: each becomes a service for each of its instances, in its place,
 * with %i in its texts replaced by the word of the instance. What comes behind
 * this knows services only. */
#include <string.h>

#include "config/check/check.h"

/* The fields that have a text somewhere (t/1513-templates.t finds one that is
 * missing here). */
#define EACH_TEXT(field)                                                       \
	field(chdir) field(user) field(group) field(chroot) field(cgroup)      \
	field(cpus) field(tty)
#define EACH_LIST(field)                                                       \
	field(needs) field(binds) field(wants) field(after) field(conflicts)   \
	field(members) field(groups) field(env) field(extra_groups)            \
	field(capabilities) field(namespaces) field(listen) field(env_file)    \
	field(folders) field(only_if) field(success) field(never_retry)        \
	field(ignore) field(follows) field(requires_up) field(reload_with)
#define EACH_ACTION(field)                                                     \
	field(setup) field(run) field(cleanup) field(stop) field(reload) \
	field(started)
#define EACH_LOG(field) field(log) field(errors)

static uint32_t *origin; /* of each service, in what it was made of */

struct instance {
	const char *word;
	const char *wrong; /* a text with a % that means nothing; or NULL */
};

static bool percents_ok(const char *text)
{
	for (; (text = strchr(text, '%')) != NULL; text += 2)
		if (text[1] != 'i' && text[1] != '%')
			return false;
	return true;
}

static void fill_text(const char **text, struct instance *in)
{
	const char *from = *text;
	size_t word = strlen(in->word);
	char *to;

	if (from == NULL || strchr(from, '%') == NULL)
		return;
	if (!percents_ok(from)) {
		in->wrong = from;
		return;
	}
	to = memory_new(strlen(from) * (word + 1) + 1, 1);
	*text = to;
	for (; *from != '\0'; from++) {
		if (*from != '%') {
			*to++ = *from;
		} else if (*++from == '%') {
			*to++ = '%';
		} else {
			memcpy(to, in->word, word);
			to += word;
		}
	}
}

static const char *folder_fill(const struct config_folder *folder,
                               struct instance *in)
{
	struct config_folder *mine = memory_new(1, sizeof(*mine));

	*mine = *folder;
	fill_text(&mine->path, in);
	fill_text(&mine->user, in);
	fill_text(&mine->group, in);
	return (const char *)mine;
}

static void fill_list(struct config_list *l, struct instance *in)
{
	const char **item;

	if (l->item == NULL || l->count == 0)
		return;
	item = memory_new(l->count, sizeof(*item));
	for (size_t k = 0; k < l->count; k++) {
		const struct config_folder *folder =
			l->item[k] != NULL ? folder_of(l->item[k]) : NULL;

		item[k] = l->item[k];
		if (folder != NULL)
			item[k] = folder_fill(folder, in);
		else
			fill_text(&item[k], in);
	}
	l->item = item;
}

static void fill_log(struct config_log *l, struct instance *in)
{
	fill_text(&l->path, in);
	fill_text(&l->service, in);
}

static void fill(struct config_service *s, struct instance *in)
{
	s->name = memory_join(s->name, in->word);
#define TEXT(field) fill_text(&s->field, in);
#define LIST_OF(field) fill_list(&s->field, in);
#define ACTION(field) fill_list(&s->field.words, in);
#define LOG(field) fill_log(&s->field, in);
	EACH_TEXT(TEXT)
	EACH_LIST(LIST_OF)
	EACH_ACTION(ACTION)
	EACH_LOG(LOG)
	fill_text(&s->ready.bus_name, in);
	fill_list(&s->check.command.words, in);
	fill_list(&s->every.calendar, in);
}

static size_t services_of(const struct service *s)
{
	return s->is_template ? s->is.instances.count : 1;
}

static void instance_check(const struct config *c, uint32_t i,
                           const char *template, const struct instance *in)
{
	size_t length = strlen(template);

	if (length == 0 || template[length - 1] != '@')
		report_error(c, i,
		             ": the name of a TEMPLATE ends with '@', as "
		             "\"worker@\", of which \"worker@1\" is an "
		             "instance");
	if (*in->word == '\0')
		report_error(c, i, ": .instances has an empty text");
	if (in->wrong != NULL)
		report_error(c, i,
		             ": '%s': in a TEMPLATE, %%i is the word of the "
		             "instance, and %%%% a percent sign; there is "
		             "nothing else with a %%",
		             in->wrong);
}

/* What is wrong is said of one instance: it is the same for all. */
static void expand(struct config *to, const struct service *from, uint32_t at)
{
	struct service *services = (struct service *)to->services;
	const char *name = from->is.name != NULL ? from->is.name : "";

	for (size_t k = 0; k < services_of(from); k++) {
		uint32_t i = (uint32_t)to->count++;
		struct instance in = { "", NULL };

		services[i] = *from;
		origin[i] = at;
		if (!from->is_template)
			continue;
		if (from->is.instances.item[k] != NULL)
			in.word = from->is.instances.item[k];
		services[i].is.name = name;
		fill(&services[i].is, &in);
		if (k == 0 || *in.word == '\0')
			instance_check(to, i, name, &in);
	}
}

static void plain_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	bool is_template = c->services[i].is_template;

	if (is_template ? !list_written(&s->instances)
	                : s->instances.item != NULL)
		report_error(c, i,
		             is_template
		                     ? ": .instances is written LIST(\"1\", "
		                       "\"2\")"
		                     : ": .instances is for a TEMPLATE(\"%s@\", "
		                       "...)",
		             s->name != NULL ? s->name : "");
}

/* The configuration with the instances of its templates in their places; a
 * template without any is nothing. What is wrong with them has been reported.
 * Its services keep their texts. */
struct config templates_expand(const struct config *c)
{
	struct config to = *c;
	size_t count = 0;

	for (uint32_t i = 0; i < c->count; i++)
		count += services_of(&c->services[i]);
	to.services = memory_new(count + 1, sizeof(*to.services));
	to.count = 0;
	origin = memory_new(count + 1, sizeof(*origin));
	for (uint32_t i = 0; i < c->count; i++) {
		plain_check(c, i);
		expand(&to, &c->services[i], i);
	}
	return to;
}

/* Of which service of the configuration, as it is written, service i is one:
 * for all services of what templates_expand() made last. */
uint32_t templates_origin(uint32_t i)
{
	return origin[i];
}
