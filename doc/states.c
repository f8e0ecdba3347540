/* SPDX-License-Identifier: MIT */
/* The state diagram, made of model/state.def and model/rule.def: as text for a
 * manual page, or for Graphviz. Runs on the build machine. It must not know a
 * state or a rule by name.
 *
 * states diagram | rules | facts | dot
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum state {
#define STATE(name, label, settled, active, clock, effect) STATE_##name,
#include "model/state.def"
#undef STATE
	STATES
};

enum fact_bit {
#define FACT(name, sentence) FACT_BIT_##name,
#include "model/fact.def"
#undef FACT
	FACTS
};

enum {
	NOTHING = 0,
#define FACT(name, sentence) name = 1 << FACT_BIT_##name,
#include "model/fact.def"
#undef FACT
};

enum clock {
#define CLOCK(name, what) CLOCK_##name,
#include "model/clock.def"
#undef CLOCK
	CLOCKS
};

static const struct {
	const char *label;
	bool settled;
	enum clock clock;
} states[STATES] = {
#define STATE(name, label, settled, active, clock, effect) \
	{ label, settled, CLOCK_##clock },
#include "model/state.def"
#undef STATE
};

static const struct {
	const char *name, *sentence;
} facts[FACTS] = {
#define FACT(name, sentence) { #name, sentence },
#include "model/fact.def"
#undef FACT
};

static const struct rule {
	enum state in, to;
	unsigned all, none;
} rules[] = {
#define RULE(in, to, all, none) { STATE_##in, STATE_##to, all, none },
#include "model/rule.def"
#undef RULE
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

enum {
	LANE = 4,  /* columns of one state in the diagram */
	WRAP = 48, /* of a condition of a rule */
};

static bool leads(enum state in, enum state to)
{
	for (size_t i = 0; i < RULES; i++)
		if (rules[i].in == in && rules[i].to == to)
			return true;
	return false;
}

/* A state's lane goes from the first to the last that it has to do with. */
static bool in_lane(enum state in, enum state row)
{
	bool above = in <= row, below = in >= row;

	for (unsigned to = 0; to < STATES; to++) {
		if (!leads(in, (enum state)to))
			continue;
		above |= to <= row;
		below |= to >= row;
	}
	return above && below;
}

static const char *mark(enum state in, enum state row)
{
	if (in == row)
		return "o";
	if (leads(in, row))
		return in < row ? "v" : "^";
	return in_lane(in, row) ? "|" : ".";
}

/* Whether the lane goes on from this row to the one below it. */
static const char *between(enum state in, unsigned row)
{
	return in_lane(in, (enum state)row) &&
	                       in_lane(in, (enum state)(row + 1))
	               ? "|"
	               : " ";
}

static void print_lanes(unsigned row)
{
	printf("  %-16s", states[row].label);
	for (unsigned in = 0; in < STATES; in++)
		printf(" %*s", LANE - 1, mark((enum state)in, (enum state)row));
	putchar('\n');
	if (row + 1 == STATES)
		return;
	printf("  %-16s", "");
	for (unsigned in = 0; in < STATES; in++)
		printf(" %*s", LANE - 1, between((enum state)in, row));
	putchar('\n');
}

static void print_diagram(void)
{
	for (unsigned row = 0; row < STATES; row++)
		print_lanes(row);
}

/* MAY_START as users see it: may_start. */
static int write_fact(char *to, unsigned bit)
{
	const char *name = facts[bit].name;
	int length = 0;

	for (; name[length] != '\0'; length++)
		to[length] = (char)tolower((unsigned char)name[length]);
	return length;
}

/* "wanted, setup", "no ended": room for all facts with a word before each. */
struct words {
	char text[FACTS * 24];
	int length;
};

static void add_facts(struct words *w, unsigned set, const char *before)
{
	for (unsigned bit = 0; bit < FACTS; bit++) {
		if ((set >> bit & 1) == 0)
			continue;
		w->length += sprintf(w->text + w->length, "%s%s",
		                     w->length > 0 ? ", " : "", before);
		w->length += write_fact(w->text + w->length, bit);
	}
	w->text[w->length] = '\0';
}

static struct words condition(const struct rule *r)
{
	struct words w = { "", 0 };

	add_facts(&w, r->all, "");
	add_facts(&w, r->none, "not ");
	return w;
}

/* A long condition goes on below itself, behind a comma. */
static void print_condition(const char *text)
{
	size_t at = 0, left = WRAP;

	while (strlen(text + at) > left) {
		size_t end = at + left;

		while (end > at && text[end - 1] != ' ')
			end--;
		printf("%.*s\n%22s", (int)(end - at - 1), text + at, "");
		at = end;
	}
	printf("%s\n", text + at);
}

static void print_rules(void)
{
	for (unsigned in = 0; in < STATES; in++) {
		printf("%s\n", states[in].label);
		for (size_t i = 0; i < RULES; i++) {
			if (rules[i].in != in)
				continue;
			printf("    %-16s  ", states[rules[i].to].label);
			print_condition(condition(&rules[i]).text);
		}
	}
}

static void print_facts(void)
{
	for (unsigned bit = 0; bit < FACTS; bit++) {
		char name[24] = "";

		write_fact(name, bit);
		printf(".It %s\n%s\n", name, facts[bit].sentence);
	}
}

static const char *colour(unsigned state)
{
	if (states[state].settled)
		return "#d7e8d4";
	return states[state].clock != CLOCK_NONE ? "#f6e3b4" : "#e4e4ee";
}

/* The ways out of a state have a colour of their own. */
struct hue {
	char text[64];
};

static struct hue hue(enum state in)
{
	struct hue h;
	double at = (double)in / STATES;

	snprintf(h.text, sizeof(h.text),
	         "color=\"%.2f 0.9 0.6\" fontcolor=\"%.2f 0.9 0.4\"", at, at);
	return h;
}

/* One arrow for all rules between two states; each rule is a line of it. */
static void print_arrow(enum state in, enum state to)
{
	if (!leads(in, to))
		return;
	printf("\t\"%s\" -> \"%s\" [%s label=\"", states[in].label,
	       states[to].label, hue(in).text);
	for (size_t i = 0; i < RULES; i++)
		if (rules[i].in == in && rules[i].to == to)
			printf("%s\\l", condition(&rules[i]).text);
	printf("\"]\n");
}

static void print_dot(void)
{
	printf("/* Made by doc/states.c of model/state.def and "
	       "model/rule.def. */\n"
	       "digraph states {\n"
	       "\tgraph [rankdir=TB ranksep=0.9 nodesep=0.7]\n"
	       "\tnode [shape=box style=\"rounded,filled\" "
	       "fontname=\"Helvetica\"]\n"
	       "\tedge [fontname=\"Helvetica\" fontsize=9]\n");
	for (unsigned i = 0; i < STATES; i++)
		printf("\t\"%s\" [fillcolor=\"%s\"%s]\n", states[i].label,
		       colour(i), states[i].settled ? " penwidth=2" : "");
	for (unsigned in = 0; in < STATES; in++)
		for (unsigned to = 0; to < STATES; to++)
			print_arrow((enum state)in, (enum state)to);
	printf("}\n");
}

static const struct {
	const char *word;
	void (*print)(void);
} parts[] = {
	{ "diagram", print_diagram },
	{ "rules", print_rules },
	{ "facts", print_facts },
	{ "dot", print_dot },
};

int main(int count, char **word)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (count != 2 || strcmp(word[1], parts[i].word) != 0)
			continue;
		parts[i].print();
		return fflush(stdout) != 0 || ferror(stdout) != 0;
	}
	fprintf(stderr, "usage: states diagram|rules|facts|dot\n");
	return 2;
}
