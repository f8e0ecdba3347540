/* SPDX-License-Identifier: MIT */
/* What the build takes from concheck: the table as numbers in C, and what
 * conctl is to know. Nothing in it depends on time or place. */
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
	fprintf(to, "\n};\n\n");
	fprintf(to, "const uint32_t *const image_place = image_table;\n");
}

void emit_table(FILE *to, const struct functions *f, const struct table *t)
{
	fprintf(to, "/* Made by concheck from %s. */\n",
	        table_text(t, t->source));
	fprintf(to, "#include \"supervisord/base/image.h\"\n\n");
	for (uint32_t k = 0; k < f->count; k++)
		fprintf(to, "int %s(void);\n", f->name[k]);
	fprintf(to, "image_call *const image_calls[] = {\n");
	for (uint32_t k = 0; k < f->count; k++)
		fprintf(to, "\t%s,\n", f->name[k]);
	fprintf(to, "\t0,\n};\n\n");
	emit_words(to, t);
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

/* Where conctl looks when it is not told: conctl/session/find.h. */
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
