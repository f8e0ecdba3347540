/* SPDX-License-Identifier: MIT */
/* The text by which a bus says where it is (D-Bus Specification, "Server
 * Addresses"): addresses in order, separated by ';', each a transport, ':', and
 * pairs of key and value, separated by ','. In a value %xx is a byte. Pure. */
#include "bus/address.h"

#include <stddef.h>

#include "sys/kernel.h"
#include "sys/memory.h"

enum { PATH_BYTES = sizeof(((struct sockaddr_un *)0)->sun_path) };

static bool is_end(char c)
{
	return c == '\0' || c == ';' || c == ',';
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value up to its end, from byte `at` of the path on. False: it does not
 * fit, or has a '%' without two digits. */
static bool take_value(struct address *a, const char *value, size_t at)
{
	for (; !is_end(*value); value++) {
		char c = *value;

		if (c == '%') {
			int high = hex(value[1]);
			int low = high < 0 ? -1 : hex(value[2]);

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			value += 2;
		}
		if (at + 1 >= PATH_BYTES)
			return false;
		a->name.sun_path[at++] = c;
	}
	a->size = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + at);
	return true;
}

/* What stands behind the prefix, or NULL. */
static const char *behind(const char *text, const char *prefix)
{
	while (*prefix != '\0')
		if (*text++ != *prefix++)
			return NULL;
	return text;
}

static void take_key(struct address *a, const char *pair)
{
	const char *path = behind(pair, "path=");
	const char *abstract = behind(pair, "abstract=");

	if (path != NULL && take_value(a, path, 0))
		a->size++; /* its NUL */
	else if (path != NULL || (abstract != NULL &&
	                          !take_value(a, abstract, 1)))
		a->size = 0;
}

/* Takes the first address of the list. Returns the rest, which may be empty. Of
 * transports other than unix, and of those of its keys that only a server
 * understands, a->size is 0. */
const char *address_next(const char *list, struct address *a)
{
	const char *pair = behind(list, "unix:");

	memset(a, 0, sizeof(*a));
	a->name.sun_family = AF_UNIX;
	while (pair != NULL && !is_end(*pair)) {
		take_key(a, pair);
		while (!is_end(*pair))
			pair++;
		pair += *pair == ',';
	}
	while (*list != '\0' && *list != ';')
		list++;
	return list + (*list == ';');
}

/* The address of the socket `file` in a folder. False: the path is too long. */
bool address_of_path(struct address *a, const char *folder, const char *file)
{
	size_t at = 0;

	memset(a, 0, sizeof(*a));
	a->name.sun_family = AF_UNIX;
	for (const char *part = folder; part != NULL;
	     part = part == folder ? file : NULL)
		for (const char *c = part; *c != '\0'; c++) {
			if (at + 1 >= PATH_BYTES)
				return false;
			a->name.sun_path[at++] = *c;
		}
	a->size = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + at + 1);
	return true;
}
