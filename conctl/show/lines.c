/* SPDX-License-Identifier: MIT */
/* The last lines of a service, from the files and the memory of connate-log
 * (journal.h). */
#include "conctl/show/lines.h"

#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/session/mapping.h"
#include "conctl/show/journal.h"
#include "conctl/show/line.h"

static char kept[LINES_MAX][LINE_SHOWN];

/* The lines before the end of this journal that are of the service and not older
 * than that. How many there are by now. */
static uint32_t take(struct journal *j, const char *name, uint64_t since,
                     struct text_line *found, uint32_t count)
{
	struct line_parts parts;
	struct text_line line;

	journal_seek(j, UINT64_MAX);
	while (count < LINES_MAX && journal_prev(j, &line)) {
		if (!line_take_apart(&line, &parts))
			continue;
		if (parts.key < since)
			break;
		if (!line_is_of(&parts, name) || parts.key >= j->before)
			continue;
		found[count] = (struct text_line){
			kept[count],
			line.length < LINE_SHOWN ? line.length : LINE_SHOWN,
		};
		__builtin_memcpy(kept[count], line.text, found[count].length);
		count++;
	}
	return count;
}

static void turn_round(struct text_line *found, uint32_t count)
{
	for (uint32_t k = 0; k < count / 2; k++) {
		struct text_line other = found[k];

		found[k] = found[count - 1 - k];
		found[count - 1 - k] = other;
	}
}

static uint32_t find_since(uint32_t service, uint64_t since,
                           struct text_line found[LINES_MAX],
                           const char **where)
{
	const char *name = table_name(session.table, service);
	uint32_t count = 0;

	*where = "in memory";
	journals_begin();
	if (journal_add(service) != WHERE_FOUND)
		return 0;
	journals_join();
	/* What is in memory alone is older than what is in a file. */
	for (uint32_t k = 0; k < journals_count; k++) {
		if (journals[k].plain)
			continue;
		count = take(&journals[k], name, since, found, count);
		if (journals[k].folder != NULL && count > 0)
			*where = journal_path(&journals[k]);
	}
	turn_round(found, count);
	return count;
}

/* Finds the last lines of a service, the oldest first, and where they are: a
 * file, or memory. How many there are: 0 also if its logger is not connate-log,
 * or they cannot be read. They are cut to LINE_SHOWN, and may have any bytes. */
uint32_t lines_find(uint32_t service, struct text_line found[LINES_MAX],
                    const char **where)
{
	return find_since(service, 0, found, where);
}

/* Writes what a service has said since that moment of CLOCK_MONOTONIC to standard
 * error: the last lines. */
void lines_say(uint32_t service, uint64_t since_ms)
{
	struct text_line line[LINES_MAX];
	const char *where;
	uint64_t since = line_key_of_ms((int64_t)time_real_ms(since_ms));
	uint32_t count = find_since(service, since, line, &where);

	for (uint32_t k = 0; k < count; k++) {
		out_text(&out_report, "  ");
		out_foreign_bytes(&out_report, line[k].text, line[k].length);
		out_text(&out_report, "\n");
	}
}
