/* SPDX-License-Identifier: MIT */
/* Users, as passwd(5) has them. */
#include <string.h>

#include "import/host.h"
#include "import/item.h"
#include "import/text.h"

enum { FIELDS = 7 };

static bool account_read(const char *line, struct account *a)
{
	const char *field[FIELDS];

	for (int i = 0; i < FIELDS; i++) {
		size_t size = strcspn(line, ":");

		field[i] = text_part(line, line + size);
		line += size;
		if (i < FIELDS - 1 && *line++ != ':')
			return false;
	}
	*a = (struct account){
		.name = field[0], .uid = field[2], .gid = field[3],
		.home = field[5], .shell = field[6],
	};
	return true;
}

bool account_find(const char *passwd, const char *user, struct account *found)
{
	const char *line;

	while ((line = line_next(&passwd)) != NULL)
		if (account_read(line, found) &&
		    (text_same(found->name, user) ||
		     text_same(found->uid, user)))
			return true;
	return false;
}

bool host_lacks(const struct host *h, const char *name)
{
	for (size_t i = 0; i < h->absent.count; i++)
		if (text_same(h->absent.word[i], name))
			return true;
	return false;
}
