/* SPDX-License-Identifier: MIT */
/* Text on its way to standard output and error. Knows no service. */
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

void out_bytes(struct out *out, const char *bytes, size_t size)
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

void out_text(struct out *out, const char *text)
{
	out_bytes(out, text, text_length(text));
}

static void out_list(struct out *out, const char *part, va_list *parts)
{
	for (; part != NULL; part = va_arg(*parts, const char *))
		out_text(out, part);
}

void out_texts(struct out *out, const char *part, ...)
{
	va_list parts;

	va_start(parts, part);
	out_list(out, part, &parts);
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

void complain(const char *part, ...)
{
	va_list parts;

	out_text(&out_report, "conctl: ");
	va_start(parts, part);
	out_list(&out_report, part, &parts);
	va_end(parts);
	out_text(&out_report, "\n");
	(void)out_flush(&out_report);   /* there is nobody left to tell */
}
