/* SPDX-License-Identifier: MIT */
/* Text for a descriptor, through a buffer; or for a buffer only. */
#ifndef CONCTL_BASE_OUT_H
#define CONCTL_BASE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OUT_BYTES = 8192 };

struct out {
	int fd;                     /* below 0: a buffer, which cuts its end */
	int error;                  /* 0, or -errno of the first write */
	bool muted;
	uint32_t used;
	char *bytes;                /* OUT_BYTES of them */
};

extern struct out out_result, out_report;   /* standard output and error */

void out_bytes(struct out *out, const char *bytes, size_t size);
void out_text(struct out *out, const char *text);
void out_texts(struct out *out, const char *part, ...)
	__attribute__((sentinel));
void out_foreign(struct out *out, const char *text);
void out_foreign_bytes(struct out *out, const char *bytes, size_t size);
void out_raw(struct out *out, const char *text);
void out_number(struct out *out, int64_t value);
void out_spaces(struct out *out, uint32_t count);
uint32_t out_clean(char *bytes, uint32_t size);
int out_flush(struct out *out);

void complain(const char *part, ...) __attribute__((sentinel));
void complain_out(struct out *line);

#endif
