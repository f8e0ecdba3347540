/* SPDX-License-Identifier: MIT */
/* Lines to the socket of a syslog daemon: a datagram for each, without a time,
 * as the daemon adds it. A daemon that does not read, or is not there, holds
 * nothing up: lines are dropped and counted, and that is said. */
#include "log/syslog.h"

#include "log/datagram.h"
#include "log/memory.h"
#include "log/options.h"
#include "model/text.h"
#include "sys/message.h"

enum { DAEMON = 3 << 3, INFO = 6 }; /* syslog(3): LOG_DAEMON, LOG_INFO */

static uint64_t dropped;

static void say(int error)
{
	struct digits d, e;

	if (error >= 0 && dropped > 0)
		message("connate-log: ", options.syslog, " takes lines again; ",
		        text_number(&d, (int64_t)dropped), " were dropped",
		        NULL);
	if (error < 0 && dropped == 0)
		message("connate-log: ", options.syslog, ": ",
		        text_error(&e, error),
		        "; its lines are dropped until it takes them", NULL);
	dropped = error < 0 ? dropped + 1 : 0;
}

/* Sends the line, "<PRIORITY>NAME: TEXT". Does not wait. */
void syslog_line(const struct line *l)
{
	static char text[LINE_SHOWN];
	unsigned level = l->level == LEVEL_NONE ? INFO : l->level;
	struct line bare = *l;
	struct digits d;
	size_t at, length;
	char *end;

	/* The time of the line gives way to the priority. */
	bare.level = LEVEL_NONE;
	end = line_text(text, &bare) - 1;
	length = text_length(text_number(&d, DAEMON + (int)level));
	at = TIME_BYTES + 1 - length - 2;
	text[at] = '<';
	__builtin_memcpy(text + at + 1, text_number(&d, DAEMON + (int)level),
	                 length);
	text[at + 1 + length] = '>';
	say(datagram_send(options.syslog, text + at,
	                  (size_t)(end - text) - at));
}
