/* SPDX-License-Identifier: MIT */
/* Text on its way to standard output and error. Knows no service.
 *
 * What is printed may be text of any origin: of a ledger, a configuration, an
 * environment, the name of a file. Only this file keeps a terminal from obeying
 * such text: to a descriptor go printable characters, ends of
 * lines and tabs; each other control character and each byte that is not
 * UTF-8 becomes a ?. Only out_raw() sends more, for our own colours. A buffer
 * keeps every byte: JSON has escapes of its own.
 */
#include "conctl/base/out.h"

#include <stdarg.h>

#include "model/text.h"
#include "sys/call.h"

static char result_bytes[OUT_BYTES], report_bytes[OUT_BYTES];
struct out out_result = { .fd = 1, .bytes = result_bytes };
struct out out_report = { .fd = 2, .bytes = report_bytes };

static void wait_for_room(int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLOUT };

	(void)sys_ppoll(&poll, 1, NULL);    /* the next write tells */
}

/* Writes the buffer to the descriptor, blocking as long as it takes, and
 * empties it. After a failure nothing is written any more. Returns out->error:
 * 0, or -errno of the first write(2) that failed. */
int out_flush(struct out *out)
{
	uint32_t at = 0;

	while (out->error == 0 && at < out->used) {
		long done = sys_write(out->fd, out->bytes + at,
		                      out->used - at);

		if (done == -EAGAIN)
			wait_for_room(out->fd);
		else if (done < 0 && done != -EINTR)
			out->error = (int)done;
		else if (done > 0)
			at += (uint32_t)done;
	}
	out->used = 0;
	return out->error;
}

static void out_put(struct out *out, const char *bytes, size_t size)
{
	if (out->muted)
		return;
	for (; size > 0; size--, bytes++) {
		if (out->used == OUT_BYTES) {
			if (out->fd < 0)
				return;
			(void)out_flush(out);   /* kept in out->error */
		}
		out->bytes[out->used++] = *bytes;
	}
}

/* Puts the first character of `bytes`, or a ? in its place. `line`: ends of
 * lines and tabs are allowed. Returns the length of the character in bytes. */
static size_t out_put_character(struct out *out, const char *bytes, size_t size,
                                bool line)
{
	bool ours = line && (bytes[0] == '\n' || bytes[0] == '\t');
	size_t length;

	if (bytes[0] >= ' ' && bytes[0] < 127) { /* nearly always */
		out_put(out, bytes, 1);
		return 1;
	}
	length = text_character(bytes, size);
	if (length > 0 && (ours || !text_controls(bytes, length)))
		out_put(out, bytes, length);
	else
		out_put(out, "?", 1);
	return length > 0 ? length : 1;
}

static void out_put_all(struct out *out, const char *bytes, size_t size,
                        bool line)
{
	if (out->fd < 0) {
		out_put(out, bytes, size);
		return;
	}
	for (size_t k = 0; k < size;)
		k += out_put_character(out, bytes + k, size - k, line);
}

/* Puts text as it is, also to a terminal: only for our own colours. */
void out_raw(struct out *out, const char *text)
{
	out_put(out, text, text_length(text));
}

/* Puts `size` bytes, made safe for a terminal as the head of this file says.
 * A full buffer is flushed; without a descriptor the rest is cut off. */
void out_bytes(struct out *out, const char *bytes, size_t size)
{
	out_put_all(out, bytes, size, true);
}

/* Puts text that may end lines and have tabs. */
void out_text(struct out *out, const char *text)
{
	out_put_all(out, text, text_length(text), true);
}

/* Puts text of another origin: ends of lines and tabs become ?, too, so that it
 * cannot look like a line of ours. */
void out_foreign(struct out *out, const char *text)
{
	out_put_all(out, text, text_length(text), false);
}

/* The same of so many bytes. */
void out_foreign_bytes(struct out *out, const char *bytes, size_t size)
{
	out_put_all(out, bytes, size, false);
}

/* Puts each text up to NULL. */
void out_texts(struct out *out, const char *part, ...)
{
	va_list parts;

	va_start(parts, part);
	for (; part != NULL; part = va_arg(parts, const char *))
		out_text(out, part);
	va_end(parts);
}

/* Puts a number in base 10. */
void out_number(struct out *out, int64_t value)
{
	struct digits d;

	out_text(out, text_number(&d, value));
}

/* Puts that many spaces. */
void out_spaces(struct out *out, uint32_t count)
{
	while (count-- > 0)
		out_text(out, " ");
}

/* Makes `size` bytes safe in place, as out_foreign() does. Returns how many are
 * left, which is never more than size. */
uint32_t out_clean(char *bytes, uint32_t size)
{
	struct out clean = { .fd = -1, .bytes = bytes };

	for (uint32_t k = 0; k < size;)
		k += (uint32_t)out_put_character(&clean, bytes + k, size - k,
		                                 false);
	return clean.used;
}

static void complaint_end(void)
{
	out_text(&out_report, "\n");
	(void)out_flush(&out_report);   /* there is no other way to report */
}

/* Writes one line on standard error: "conctl: ", then each part up to NULL. A
 * part may be of any origin. */
void complain(const char *part, ...)
{
	va_list parts;

	out_text(&out_report, "conctl: ");
	va_start(parts, part);
	for (; part != NULL; part = va_arg(parts, const char *))
		out_foreign(&out_report, part);
	va_end(parts);
	complaint_end();
}

/* Writes the text of a buffer without a descriptor as one line on standard
 * error, as complain() does. It ends with a NUL byte then. */
void complain_out(struct out *line)
{
	line->bytes[line->used < OUT_BYTES ? line->used : OUT_BYTES - 1] = '\0';
	complain(line->bytes, NULL);
}
