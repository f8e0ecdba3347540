/* SPDX-License-Identifier: MIT */
/* Text on its way to standard output and error. Knows no service.
 *
 * What is printed may have come from anywhere: a ledger, a configuration, an
 * environment, the name of a file. The one place where a terminal is kept from
 * obeying it is here: of all that goes to a descriptor, only lines end and tabs
 * stand, and out_raw() alone can send more, for colours of ours. In a buffer
 * everything stays as it is: JSON has its own way to say it.
 */
#include "conctl/conctl.h"

#include <stdarg.h>

#include "sys/call.h"

static char result_bytes[OUT_BYTES], report_bytes[OUT_BYTES];
struct out out_result = { .fd = 1, .bytes = result_bytes };
struct out out_report = { .fd = 2, .bytes = report_bytes };

static void await_room(int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLOUT };

	(void)sys_ppoll(&poll, 1, NULL);    /* the next write says it */
}

int out_flush(struct out *out)
{
	uint32_t at = 0;

	while (out->error == 0 && at < out->used) {
		long done = sys_write(out->fd, out->bytes + at,
		                      out->used - at);

		if (done == -EAGAIN)
			await_room(out->fd);
		else if (done < 0 && done != -EINTR)
			out->error = (int)done;
		else if (done > 0)
			at += (uint32_t)done;
	}
	out->used = 0;
	return out->error;
}

static void put(struct out *out, const char *bytes, size_t size)
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

/* The first character, or ? for it. Returns how many bytes it had. */
static size_t put_safely(struct out *out, const char *bytes, size_t size,
                         bool line)
{
	bool ours = line && (bytes[0] == '\n' || bytes[0] == '\t');
	size_t length;

	if (bytes[0] >= ' ' && bytes[0] < 127) { /* nearly always */
		put(out, bytes, 1);
		return 1;
	}
	length = text_character(bytes, size);
	if (length > 0 && (ours || !text_controls(bytes, length)))
		put(out, bytes, length);
	else
		put(out, "?", 1);
	return length > 0 ? length : 1;
}

static void put_all(struct out *out, const char *bytes, size_t size, bool line)
{
	if (out->fd < 0) {
		put(out, bytes, size);
		return;
	}
	for (size_t k = 0; k < size;)
		k += put_safely(out, bytes + k, size - k, line);
}

void out_raw(struct out *out, const char *text)
{
	put(out, text, text_length(text));
}

void out_bytes(struct out *out, const char *bytes, size_t size)
{
	put_all(out, bytes, size, true);
}

void out_text(struct out *out, const char *text)
{
	put_all(out, text, text_length(text), true);
}

void out_foreign(struct out *out, const char *text)
{
	put_all(out, text, text_length(text), false);
}

void out_texts(struct out *out, const char *part, ...)
{
	va_list parts;

	va_start(parts, part);
	for (; part != NULL; part = va_arg(parts, const char *))
		out_text(out, part);
	va_end(parts);
}

void out_number(struct out *out, int64_t value)
{
	struct digits d;

	out_text(out, text_number(&d, value));
}

void out_spaces(struct out *out, uint32_t count)
{
	while (count-- > 0)
		out_text(out, " ");
}

uint32_t out_clean(char *bytes, uint32_t size)
{
	struct out clean = { .fd = -1, .bytes = bytes };

	for (uint32_t k = 0; k < size;)
		k += (uint32_t)put_safely(&clean, bytes + k, size - k, false);
	return clean.used;
}

void complain(const char *part, ...)
{
	va_list parts;

	out_text(&out_report, "conctl: ");
	va_start(parts, part);
	for (; part != NULL; part = va_arg(parts, const char *))
		out_foreign(&out_report, part);
	va_end(parts);
	out_text(&out_report, "\n");
	(void)out_flush(&out_report);   /* there is nobody left to tell */
}
