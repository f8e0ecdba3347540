/* SPDX-License-Identifier: MIT */
/* The graph for dot(1). What a service is, is its shape; what an edge is, its
 * line; the legend has those that occur. Nothing in it depends on time or
 * place. */
#include "config/check/check.h"

/* How an edge of this kind is drawn. */
static const char *const lines[EDGES] = {
	[EDGE_NEEDS] = "style=solid",
	[EDGE_BINDS] = "style=bold",
	[EDGE_WANTS] = "style=dashed",
	[EDGE_AFTER] = "style=dotted",
	[EDGE_CONFLICTS] = ("color=red, dir=both, arrowhead=tee, "
	                    "arrowtail=tee, constraint=false"),
	[EDGE_GROUPS] = "color=blue, arrowhead=empty",
	[EDGE_LOGS] = "color=darkgreen, arrowhead=vee, constraint=false",
	[EDGE_FOLLOWS] = "color=gray40, arrowhead=odot, constraint=false",
	[EDGE_RELOADS] = "color=gray40, style=dotted, constraint=false",
	[EDGE_REQUIRES] = "color=gray40, style=bold",
};

enum look { LOOK_GROUP, LOOK_LOGGER, LOOK_SETUP, LOOK_PROGRAM, LOOKS };

static const struct {
	const char *what, *shape;
} looks[LOOKS] = {
	[LOOK_GROUP] = { "group", "shape=folder" },
	[LOOK_LOGGER] = { "logger", "shape=cylinder" },
	[LOOK_SETUP] = { "set-up only", "shape=note" },
	[LOOK_PROGRAM] = { "program", "shape=box, style=rounded" },
};

static enum look look_of(const struct config *c, uint32_t i, bool logger)
{
	const struct config_service *s = service_of(c, i);

	if (logger)
		return LOOK_LOGGER;
	if (s->run.action != CONFIG_ACTION_NONE)
		return LOOK_PROGRAM;
	return s->setup.action != CONFIG_ACTION_NONE ||
	                       s->cleanup.action != CONFIG_ACTION_NONE
	               ? LOOK_SETUP
	               : LOOK_GROUP;
}

static const char *target_of(const struct config_service *s)
{
	switch (s->target) {
	case UP:
		return "";
	case DOWN:
		return ", fontcolor=gray40, color=gray60";
	case ONCE:
		return ", fontcolor=gray40, peripheries=2";
	}
	return "";
}

static void emit_nodes(FILE *to, const struct config *c, bool *seen)
{
	uint32_t *pipe = memory_new(c->count, sizeof(*pipe));

	(void)logs_pipes(c, pipe);
	for (uint32_t i = 0; i < c->count; i++) {
		const struct config_service *s = service_of(c, i);
		enum look look = look_of(c, i, pipe[i] != TABLE_NONE);

		seen[look] = true;
		fprintf(to, "\t\"%s\" [%s%s%s];\n", s->name, looks[look].shape,
		        target_of(s), s->primary ? ", penwidth=3" : "");
	}
}

/* A conflict is drawn once, though it holds both ways. */
static void emit_edge(FILE *to, const struct config *c, uint32_t i,
                      uint32_t edge, bool *seen)
{
	if (edge_kind(edge) == EDGE_CONFLICTS && edge_service(edge) < i)
		return;
	seen[edge_kind(edge)] = true;
	fprintf(to, "\t\"%s\" -> \"%s\" [%s];\n", service_of(c, i)->name,
	        service_of(c, edge_service(edge))->name,
	        lines[edge_kind(edge)]);
}

/* Names of services have no blank, so these are no service's. */
static void emit_sample(FILE *to, const char *label, const char *line)
{
	fprintf(to,
	        "\t\t{ node [shape=point, width=0.02]; \"%s 1\"; "
	        "\"%s 2\" }\n",
	        label, label);
	fprintf(to,
	        "\t\t\"%s 1\" -> \"%s 2\" [label=\"%s\", %s, "
	        "constraint=true];\n",
	        label, label, label, line);
}

static void emit_legend(FILE *to, const bool *looks_seen,
                        const bool *lines_seen)
{
	static const char small[] = "fontsize=9, height=0.2, margin=0.05";

	fprintf(to, "\tsubgraph cluster_legend {\n"
	            "\t\tlabel=\"gray: down, double: once\";\n"
	            "\t\tfontname=\"sans-serif\";\n"
	            "\t\tfontsize=9;\n"
	            "\t\tcolor=gray80;\n");
	for (int k = 0; k < LOOKS; k++)
		if (looks_seen[k])
			fprintf(to, "\t\t\"a %s\" [%s, %s];\n", looks[k].what,
			        looks[k].shape, small);
	for (uint32_t k = 0; k < EDGES; k++)
		if (lines_seen[k])
			emit_sample(to, edge_label(edge_make(k, 0)), lines[k]);
	fprintf(to, "\t}\n");
}

void emit_dot(FILE *to, const struct config *c, const struct graph *g)
{
	bool looks_seen[LOOKS] = { false }, lines_seen[EDGES] = { false };

	fprintf(to, "digraph connate {\n"
	            "\trankdir=LR;\n"
	            "\tnode [fontname=\"sans-serif\", fontsize=11];\n"
	            "\tedge [fontname=\"sans-serif\", fontsize=9];\n");
	emit_nodes(to, c, looks_seen);
	for (uint32_t i = 0; i < c->count; i++)
		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
			emit_edge(to, c, i, g->edge[e], lines_seen);
	emit_legend(to, looks_seen, lines_seen);
	fprintf(to, "}\n");
}
