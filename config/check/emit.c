/* SPDX-License-Identifier: MIT */
/* What concheck prints when all is well: C with the table as numbers, the
 * graph for dot(1), or the names. Nothing in it depends on time or place. */
#include <inttypes.h>
#include <string.h>

#include "config/check/check.h"

static void emit_words(FILE *to, const struct table *t)
{
	const unsigned char *bytes = (const unsigned char *)t;

	fprintf(to, "const uint32_t image_table[] IMAGE_TABLE = {");
	for (uint32_t at = 0; at < t->size; at += 4) {
		uint32_t word;

		memcpy(&word, bytes + at, sizeof(word));
		fprintf(to, "%s0x%" PRIx32 ",", at % 24 == 0 ? "\n\t" : " ",
		        word);
	}
	fprintf(to, "\n};\n");
}

void emit_table(FILE *to, const struct functions *f, const struct table *t)
{
	fprintf(to, "/* Made by concheck from %s. */\n",
	        table_text(t, t->source));
	fprintf(to, "#include \"supervisord/image.h\"\n\n");
	for (uint32_t k = 0; k < f->count; k++)
		fprintf(to, "int %s(void);\n", f->name[k]);
	fprintf(to, "image_call *const image_calls[] = {\n");
	for (uint32_t k = 0; k < f->count; k++)
		fprintf(to, "\t%s,\n", f->name[k]);
	fprintf(to, "\t0,\n};\n\n");
	emit_words(to, t);
	fprintf(to, "\nIMAGE_MEMORY(%" PRIu32 ", %" PRIu32 ")\n", t->services,
	        t->vector_max);
}

void emit_list(FILE *to, const struct config *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		fprintf(to, "%s\n", service_of(c, i)->name);
}

/* A path as the inside of a string of C. */
static void emit_quoted(FILE *to, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
}

/* Where conctl looks when it is not told: conctl/conctl.h. */
void emit_conctl(FILE *to, const struct table *t)
{
	fprintf(to, "/* Made by concheck from %s. */\n",
	        table_text(t, t->source));
	fprintf(to, "extern const char conctl_lock_file[];\n");
	fprintf(to, "const char conctl_lock_file[] = \"");
	if (t->lock_file != TABLE_NONE)
		emit_quoted(to, table_text(t, t->lock_file));
	fprintf(to, "\";\n");
}

static const char *const labels[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) label,
#include "model/edge.def"
#undef EDGE
};

/* A conflict is drawn once, though it holds both ways. */
static void emit_edge(FILE *to, const struct config *c, uint32_t i,
                      uint32_t edge)
{
	bool both = edge_kind(edge) == EDGE_CONFLICTS;

	if (both && edge_service(edge) < i)
		return;
	fprintf(to, "\t\"%s\" -> \"%s\" [label=\"%s\"%s];\n",
	        service_of(c, i)->name, service_of(c, edge_service(edge))->name,
	        labels[edge_kind(edge)], both ? ", dir=both" : "");
}

void emit_dot(FILE *to, const struct config *c, const struct graph *g)
{
	fprintf(to, "digraph connate {\n");
	for (uint32_t i = 0; i < c->count; i++)
		fprintf(to, "\t\"%s\";\n", service_of(c, i)->name);
	for (uint32_t i = 0; i < c->count; i++)
		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
			emit_edge(to, c, i, g->edge[e]);
	fprintf(to, "}\n");
}
