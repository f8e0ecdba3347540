/* SPDX-License-Identifier: MIT */
/* Reading the rare words of a service. Knows nothing of what they mean. */
#include "model/words.h"

#include "model/text.h"

/* Takes the next item of that kind from the list `rest` of a table that has
 * passed table_check(), and what stands before it. Returns what stands behind
 * its letter; NULL: there is none. */
const char *word_next(const struct table *t, struct table_list *rest,
                      enum word_kind kind)
{
	while (rest->count > 0) {
		const char *item = table_text(t, *table_list(t, rest->at));

		rest->count--;
		rest->at++;
		if (item[0] == (char)kind)
			return item + 1;
	}
	return NULL;
}

/* Does the action at that offset of struct table_service keep the rights of
 * connate (AS_ROOT)? s may be a copy. */
bool word_as_root(const struct table *t, const struct table_service *s,
                  uint32_t action)
{
	static const struct {
		uint8_t at;
		char name[8];
	} actions[] = {
		{ offsetof(struct table_service, setup), "setup" },
		{ offsetof(struct table_service, cleanup), "cleanup" },
		{ offsetof(struct table_service, stop), "stop" },
		{ offsetof(struct table_service, reload), "reload" },
		{ offsetof(struct table_service, started), "started" },
	};
	struct table_list rest = s->words;
	const char *item;

	while ((item = word_next(t, &rest, WORD_AS_ROOT)) != NULL)
		for (unsigned k = 0; k < sizeof(actions) / sizeof(*actions); k++)
			if (actions[k].at == action &&
			    text_equal(actions[k].name, item))
				return true;
	return false;
}

/* A number and the blank behind it, which *text is moved past; 0 if there is
 * none. */
uint32_t word_number(const char **text)
{
	uint32_t value = 0;

	for (; **text >= '0' && **text <= '9'; ++*text)
		value = value * 10 + (uint32_t)(**text - '0');
	*text += **text == ' ';
	return value;
}

/* The next folder of the items in `rest`. False: there are no more. */
bool folder_read(const struct table *t, struct table_list *rest,
                 struct folder *f)
{
	const char *text = word_next(t, rest, WORD_FOLDER);

	if (text == NULL)
		return false;
	f->kind = word_number(&text);
	f->mode = word_number(&text) & 07777;
	f->sets_mode = word_number(&text) != 0;
	f->uid = word_number(&text);
	f->gid = word_number(&text);
	f->name = text;
	if (f->kind > FOLDER_PATH)
		f->kind = FOLDER_PATH;
	return true;
}

/* Does this clean-up stand for none? */
bool word_removes(const struct table *t, const struct table_action *a)
{
	return a->kind == ACTION_EXEC &&
	       text_equal(table_text(t, table_list(t, a->at)[0]), WORDS_REMOVE);
}
