/* SPDX-License-Identifier: MIT */
/* The specifiers of systemd 252, systemd.unit(5). Of a system unit %h, %u and
 * the like are those of root, whatever User= says. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import/specifier.h"
#include "import/text.h"

void naming_read(struct naming *n, const char *name)
{
	const char *dot = strrchr(name, '.'), *at;

	n->name = name;
	n->stem = dot != NULL ? text_part(name, dot) : name;
	at = strchr(n->stem, '@');
	n->prefix = at != NULL ? text_part(n->stem, at) : n->stem;
	n->instance = at != NULL ? at + 1 : NULL;
}

/* As systemd-escape --unescape. */
static const char *unescaped(const char *s)
{
	struct text t = { 0 };

	for (; *s != '\0'; s++)
		if (*s == '\\' && s[1] == 'x' &&
		    isxdigit((unsigned char)s[2]) &&
		    isxdigit((unsigned char)s[3])) {
			const char digits[] = { s[2], s[3], '\0' };
			char c = (char)strtol(digits, NULL, 16);

			text_char(&t, c != '\0' ? c : ' ');
			s += 3;
		} else
			text_char(&t, *s == '-' ? '/' : *s);
	return text_end(&t);
}

static const char *last_part(const char *prefix)
{
	const char *dash = strrchr(prefix, '-');

	return dash != NULL ? dash + 1 : prefix;
}

static const char *of_name(const struct naming *n, char c)
{
	const char *instance = n->instance != NULL ? n->instance : "";

	switch (c) {
	case 'n':
		return n->name;
	case 'N':
		return n->stem;
	case 'p':
		return n->prefix;
	case 'P':
		return unescaped(n->prefix);
	case 'i':
		return instance;
	case 'I':
		return unescaped(instance);
	case 'j':
		return last_part(n->prefix);
	case 'J':
		return unescaped(last_part(n->prefix));
	case 'f':
		return text_of("/%s", unescaped(n->instance != NULL
		                                        ? instance
		                                        : n->prefix));
	case 'y':
		return n->path;
	case 'Y':
		return n->path == text_base(n->path)
		               ? "."
		               : text_part(n->path, text_base(n->path) - 1);
	default:
		return NULL;
	}
}

/* System, user; of a user ~ stands for the home. */
static const struct place {
	char name;
	const char *system, *user;
} places[] = {
	{ 't', "/run", NULL },
	{ 'C', "/var/cache", "~/.cache" },
	{ 'S', "/var/lib", "~/.config" },
	{ 'L', "/var/log", "~/.config/log" },
	{ 'E', "/etc", "~/.config" },
	{ 'T', "/tmp", "/tmp" },
	{ 'V', "/var/tmp", "/var/tmp" },
	{ 'u', "root", NULL },
	{ 'U', "0", NULL },
	{ 'g', "root", NULL },
	{ 'G', "0", NULL },
	{ 'h', "/root", "~" },
};

static const char *of_person(const struct account *p, const struct place *place)
{
	switch (place->name) {
	case 'u':
		return p->name;
	case 'U':
		return p->uid;
	case 'G':
		return p->gid;
	case 't':
		return text_of("/run/user/%s", p->uid);
	default:
		break;
	}
	if (place->user != NULL && *place->user == '~')
		return text_of("%s%s", p->home, place->user + 1);
	return place->user;
}

static const char *of_host(const struct naming *n, char c)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (places[i].name != c)
			continue;
		if (!n->host->user)
			return places[i].system;
		return n->host->person.name != NULL
		               ? of_person(&n->host->person, &places[i])
		               : NULL;
	}
	return NULL;
}

const char *specifier_replace(const struct naming *n, const char *s, char *open)
{
	static const char others[] = "tCSLETVuUgGhaAbBdHlmMoqsvwW";
	struct text t = { 0 };

	for (; *s != '\0'; s++) {
		const char *value = NULL;

		if (*s != '%' || s[1] == '\0') {
			text_char(&t, *s);
			continue;
		}
		if (s[1] == '%')
			value = "%";
		if (value == NULL)
			value = of_name(n, s[1]);
		if (value == NULL)
			value = of_host(n, s[1]);
		if (value == NULL && strchr(others, s[1]) != NULL)
			*open = s[1];
		if (value == NULL) {
			text_char(&t, *s);
			continue;
		}
		text_put(&t, value);
		s++;
	}
	return text_end(&t);
}
