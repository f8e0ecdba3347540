/* SPDX-License-Identifier: MIT */
/* JSON: values with their commas. A key is followed by its value. */
#ifndef CONCTL_BASE_JSON_H
#define CONCTL_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;

struct json {
	struct out *out;
	bool comma;                 /* a value came before the next one */
};

void json_open(struct json *j, const char *bracket);
void json_close(struct json *j, const char *bracket);
void json_key(struct json *j, const char *key);
void json_text(struct json *j, const char *text, size_t size);
void json_out(struct json *j, const struct out *text);
void json_string(struct json *j, const char *text);
void json_number(struct json *j, int64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);
void json_word(struct json *j, const char *word, size_t size);

#endif
