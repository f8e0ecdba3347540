/* SPDX-License-Identifier: MIT */
/* The command behind -- on the command line of connate: the ledger does not
 * have it. */
#include "conctl/session/command.h"

#include "conctl/base/out.h"
#include "conctl/session/mapping.h"
#include "model/text.h"
#include "sys/call.h"

enum { COMMAND_BYTES = 2048 };

static char bytes[COMMAND_BYTES + 1];

/* Reads the beginning of the command line: words, each with a NUL byte behind
 * it (proc(5)). How many bytes; 0: it cannot be read. */
static size_t read_line(void)
{
	int fd = sys_openat(session.folder, "cmdline", O_RDONLY | O_CLOEXEC, 0);
	size_t used = 0;
	long got = 1;

	if (fd < 0)
		return 0;
	while (got > 0 && used < COMMAND_BYTES) {
		got = sys_read(fd, bytes + used, COMMAND_BYTES - used);
		used += got > 0 ? (size_t)got : 0;
	}
	(void)sys_close(fd); /* it was only read */
	bytes[used] = '\0';
	return used;
}

/* Behind the first word that is --; `used`: there is none. */
static size_t find_command(size_t used)
{
	for (size_t at = 0; at < used;) {
		bool found = text_equal(bytes + at, "--");

		at += text_length(bytes + at) + 1;
		if (found)
			return at < used ? at : used;
	}
	return used;
}

/* Writes the command of connate, its words with spaces between them; or what
 * stands for it, if connate has none or its command line cannot be read. What
 * is longer than COMMAND_BYTES is cut. */
void command_write(struct out *out)
{
	size_t used = read_line(), at = find_command(used);

	if (at == used) {
		out_text(out, "the command of connate -- COMMAND");
		return;
	}
	while (at < used) {
		out_text(out, bytes + at);
		at += text_length(bytes + at) + 1;
		if (at < used)
			out_text(out, " ");
	}
	if (used == COMMAND_BYTES)
		out_text(out, " ...");
}
