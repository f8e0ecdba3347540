/* SPDX-License-Identifier: MIT */
/* What there is to say of commands and options: usage, help, version. Knows
 * no service. */
#include "conctl/help.h"

#include <stdint.h>

#include "conctl/base/json.h"
#include "conctl/base/near.h"
#include "conctl/base/out.h"
#include "conctl/change/change.h"
#include "conctl/habit.h"
#include "conctl/show/field.h"
#include "model/halt.h"
#include "model/ledger.h"
#include "model/request.h"
#include "model/text.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

enum { ALONE = false, REACH = true, MANY = INT32_MAX };
enum { NAME_WIDTH = 12, LINE_WIDTH = 76 };

const struct verb verbs[VERBS] = {
#define VERB(name, group, options, arguments, least, most, reaches, run,    \
             detail, help)                                                  \
	{ name,    GROUP_##group, options, arguments, least, most, reaches, \
	  detail, help },
#include "conctl/verb.def"
#undef VERB
};

const struct option option_rows[OPTIONS] = {
#define OPTION(letter, word, value, everywhere, help) \
	{ letter, word, value, everywhere, help },
#include "conctl/option.def"
#undef OPTION
};

static const struct {
	const char *title, *joint;
} groups[GROUPS] = {
#define GROUP(name, title, joint) { title, joint },
#include "conctl/base/group.def"
#undef GROUP
};

/* The row of a command, or VERBS. */
size_t verb_find(const char *name)
{
	size_t k = 0;

	while (k < VERBS && !text_equal(verbs[k].name, name))
		k++;
	return k;
}

/* Whether a command takes an option; v may be NULL: none does. */
bool verb_takes(const struct verb *v, char letter)
{
	for (const char *o = v != NULL ? v->options : ""; *o != '\0'; o++)
		if (*o == letter)
			return true;
	return false;
}

/* The row of an option by its word, or NULL. Behind the word of one with a value
 * there may be = and that. */
const struct option *option_find(const char *word)
{
	for (size_t k = 0; k < OPTIONS; k++) {
		const struct option *o = &option_rows[k];
		size_t length = text_length(o->word);

		if (length > 0 && text_starts(word, o->word) &&
		    (word[length] == '\0' ||
		     (word[length] == '=' && o->value[0] != '\0')))
			return o;
	}
	return NULL;
}

static void option_write(struct out *out, const struct option *option)
{
	const char letter[] = { '-', option->letter, '\0' };

	out_texts(out, letter, option->value[0] != '\0' ? " " : "",
	          option->value, NULL);
}

/* Writes the usage of a command; of NULL: of conctl. */
void usage_line(struct out *out, const struct verb *v)
{
	out_texts(out, "usage: conctl [-jq] [-p PID | -l LOCKFILE] ",
	          v != NULL ? v->name : "COMMAND [ARGUMENT...]", NULL);
	for (size_t k = 0; k < OPTIONS; k++) {
		if (!verb_takes(v, option_rows[k].letter))
			continue;
		out_text(out, " [");
		option_write(out, &option_rows[k]);
		out_text(out, "]");
	}
	if (v != NULL && v->arguments[0] != '\0')
		out_texts(out, " ", v->arguments, NULL);
	out_text(out, "\n");
}

/* Whether it is another name of the row before it. */
static bool is_alias(size_t k)
{
	return k > 0 && verbs[k - 1].group == verbs[k].group &&
	       text_equal(verbs[k - 1].help, verbs[k].help);
}

static void pad(size_t used)
{
	out_spaces(&out_result,
	           used < NAME_WIDTH ? (uint32_t)(NAME_WIDTH - used) : 1);
}

/* The row and its other names: "  up, start  bring up". */
static void verb_print(size_t k)
{
	size_t used = text_length(verbs[k].name);

	out_texts(&out_result, "  ", verbs[k].name, NULL);
	for (size_t other = k + 1; other < VERBS && is_alias(other); other++) {
		out_texts(&out_result, ", ", verbs[other].name, NULL);
		used += 2 + text_length(verbs[other].name);
	}
	pad(used);
	out_texts(&out_result, verbs[k].help, "\n", NULL);
}

/* All names of a group, in as few lines as they need, then one help line. */
static void joint_print(enum group group, const char *joint)
{
	size_t used = 1, length;

	out_text(&out_result, " ");
	for (size_t k = 0; k < VERBS; k++) {
		if (verbs[k].group != group)
			continue;
		length = text_length(verbs[k].name) + 1;
		if (used + length > LINE_WIDTH) {
			out_text(&out_result, "\n ");
			used = 1;
		}
		out_texts(&out_result, " ", verbs[k].name, NULL);
		used += length;
	}
	if (used + 4 + text_length(joint) > LINE_WIDTH) {
		out_text(&out_result, "\n");
		out_spaces(&out_result, NAME_WIDTH + 2);
		out_texts(&out_result, joint, "\n", NULL);
		return;
	}
	out_texts(&out_result, "  ", joint, "\n", NULL);
}

static void group_print(enum group group)
{
	if (groups[group].title == NULL)
		return;
	if (groups[group].title[0] != '\0')
		out_texts(&out_result, groups[group].title, ":\n", NULL);
	if (groups[group].joint != NULL) {
		joint_print(group, groups[group].joint);
		return;
	}
	for (size_t k = 0; k < VERBS; k++)
		if (verbs[k].group == group && !is_alias(k))
			verb_print(k);
}

static void option_print(const struct option *option)
{
	size_t used = 2;

	out_text(&out_result, "  ");
	option_write(&out_result, option);
	used += option->value[0] != '\0' ? text_length(option->value) + 1 : 0;
	if (option->word[0] != '\0') {
		out_texts(&out_result, ", ", option->word, NULL);
		used += text_length(option->word) + 2;
	}
	pad(used);
	out_texts(&out_result, option->help, "\n", NULL);
}

static void help_all(void)
{
	usage_line(&out_result, NULL);
	for (int group = 0; group < GROUPS; group++)
		group_print((enum group)group);
	out_text(&out_result,
	         "conctl help COMMAND: its options. conctl(1): how connate is "
	         "found, and more.\n");
}

/* Prints usage and options of a command; of NULL: all commands. */
void help_about(const struct verb *v)
{
	if (v == NULL) {
		help_all();
		return;
	}
	usage_line(&out_result, v);
	out_texts(&out_result, v->help, "\n", NULL);
	for (size_t k = 0; k < OPTIONS; k++)
		if (option_rows[k].everywhere ||
		    verb_takes(v, option_rows[k].letter))
			option_print(&option_rows[k]);
}

/* Explains that there is no such command: what to do in place of a word of
 * another service manager, or a similar command. EXIT_USAGE. */
int unknown_command(const char *name)
{
	const char *other = NULL;

	if (habit_explain(name))
		return EXIT_USAGE;
	for (size_t k = 0; k < VERBS && other == NULL; k++)
		if (verbs[k].group != GROUP_HIDDEN && near(name, verbs[k].name))
			other = verbs[k].name;
	complain("unknown command '", name, "'",
	         other != NULL ? "; did you mean '" : "",
	         other != NULL ? other : "", other != NULL ? "'?" : "", NULL);
	usage_line(&out_report, NULL);
	out_text(&out_report, "conctl help lists the commands\n");
	return EXIT_USAGE;
}

/* help: prints all commands, or usage and options of one. */
int help_run(const struct order *o)
{
	size_t k = o->count > 0 ? verb_find(o->names[0]) : VERBS;

	if (o->count > 0 && k == VERBS)
		return unknown_command(o->names[0]);
	help_about(k < VERBS ? &verbs[k] : NULL);
	return EXIT_DONE;
}

/* version: prints the version; as JSON those of the layouts, too. */
int version_run(const struct order *o)
{
	struct json j = { .out = &out_result };

	if (!o->json) {
		out_text(&out_result, "conctl " VERSION "\n");
		return EXIT_DONE;
	}
	json_open(&j, "{");
	json_key(&j, "version");
	json_string(&j, VERSION);
	json_key(&j, "ledger");
	json_number(&j, LEDGER_VERSION);
	json_key(&j, "request");
	json_number(&j, REQUEST_VERSION);
	json_close(&j, "}\n");
	return EXIT_DONE;
}
