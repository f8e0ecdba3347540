/* SPDX-License-Identifier: MIT */
/* How far a history is written: the end of each of its lines. */
#ifndef LOG_MARK_H
#define LOG_MARK_H

#include <stdbool.h>
#include <stdint.h>

/* All of it is of the ledger but boot, the beginning of the machine's boot id
 * (random(4)); session 0: nothing is written yet. */
struct mark {
	uint64_t boot, session_ms;
	uint64_t next;              /* the number of the next event */
	uint64_t at_ms;             /* of the last one */
	uint64_t supervisord, images, successions;
};

char *mark_write(char *to, const struct mark *m);
bool mark_read(const char *line, uint32_t length, struct mark *m);

#endif
