/* SPDX-License-Identifier: MIT */
/* The command line: words of option.def. What is wrong is said, so that the
 * service fails at once and not at its first line. */
#include "log/options.h"

#include "model/text.h"
#include "sys/message.h"

struct options options;

enum kind { KIND_PATH, KIND_NUMBER, KIND_FLAG };

struct option {
	const char *word;
	enum kind kind;
	void *value;
};

static const struct option all[] = {
#define OPTION(name, word, kind, what) { word, KIND_##kind, &options.name },
#include "log/option.def"
#undef OPTION
};

enum { OPTIONS = sizeof(all) / sizeof(all[0]) };

/* A number that goes into 40 bits: a terabyte, and no product overflows. */
static bool read_number(const char *text, uint64_t *value)
{
	static const struct {
		char unit;
		uint64_t times;
	} units[] = { { 'K', 1 << 10 }, { 'M', 1 << 20 }, { 'G', 1 << 30 },
		      { 's', 1 },       { 'm', 60 },      { 'h', 3600 },
		      { 'd', 86400 } };
	uint64_t number = 0, times = 1;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && number < 1ull << 40; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	for (unsigned k = 0; k < sizeof(units) / sizeof(units[0]); k++)
		if (*at == units[k].unit)
			times = units[k].times;
	at += *at != '\0' && (times > 1 || *at == 's');
	if (at == text || *at != '\0' || number > (1ull << 40) / times)
		return false;
	*value = number * times;
	return true;
}

static const struct option *find(const char *word)
{
	for (int k = 0; k < OPTIONS; k++)
		if (text_starts(word, "--") &&
		    text_equal(word + 2, all[k].word))
			return &all[k];
	return NULL;
}

/* The value of an option that takes one: the next word. */
static bool read_value(const struct option *o, const char *text)
{
	if (o->kind == KIND_NUMBER && text != NULL &&
	    read_number(text, o->value))
		return true;
	if (o->kind == KIND_PATH && text != NULL && text[0] == '/' &&
	    text_length(text) <= OPTION_PATH_MAX) {
		*(const char **)o->value = text;
		return true;
	}
	message("connate-log: --", o->word,
	        o->kind == KIND_PATH ? " takes an absolute path"
	                             : " takes a number, such as 10, 64K or 2h",
	        NULL);
	return false;
}

static bool check(void)
{
	const char *wrong = NULL;

	if (options.file != NULL && options.each != NULL)
		wrong = "--file or --each, not both";
	else if (options.file == NULL && options.each == NULL &&
	         !options.output && !options.json && options.syslog == NULL &&
	         options.ring == 0)
		wrong = "one of --file, --each, --output, --json, --syslog and "
			"--ring is needed";
	else if (options.output && options.json)
		wrong = "--output or --json, not both";
	if (wrong != NULL)
		message("connate-log: ", wrong, NULL);
	if (options.period == 0)
		options.period = 1;
	return wrong == NULL;
}

/* Reads the words behind the name of the program into `options`. False: they
 * are wrong, which was said. Texts stay where they are. */
bool options_read(char **argv)
{
	while (*argv != NULL) {
		const struct option *o = find(*argv);

		if (o == NULL) {
			message("connate-log: unknown option ", *argv,
			        "; see connate-log(8)", NULL);
			return false;
		}
		argv++;
		if (o->kind == KIND_FLAG)
			*(bool *)o->value = true;
		else if (!read_value(o, *argv++))
			return false;
	}
	return check();
}
