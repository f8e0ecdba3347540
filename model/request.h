/* SPDX-License-Identifier: MIT */
/* A request as it goes through the request pipe: at most PIPE_BUF bytes, so
 * that writing it is atomic (pipe(7)), and written as one packet (O_DIRECT),
 * so that reading it is. One request names any number of services, as ranges
 * of their indexes in the table with that digest; or a path, which ends with
 * NUL, in their place (request.def). Bytes from outside are checked here, once.
 */
#ifndef MODEL_REQUEST_H
#define MODEL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

enum request_verb {
#define REQUEST(name, about, at_end, argument) REQUEST_##name,
#include "model/request.def"
#undef REQUEST
	REQUESTS
};

/* Columns of request.def. */
enum request_about { ABOUT_NOTHING, ABOUT_SERVICES, ABOUT_PATH };
enum request_at_end { AT_END_TAKEN, AT_END_REFUSED, AT_END_ENDS };

#define REQUEST_MAGIC 0x716e6331u

enum {
	REQUEST_VERSION = 1,
	REQUEST_BYTES = 4096,       /* PIPE_BUF of linux/limits.h */
	REQUEST_RANGES = (REQUEST_BYTES - 40) / 8,
};

struct request_range {
	uint32_t first, count;
};

struct request {
	uint32_t magic;
	uint16_t version;
	uint16_t verb;              /* enum request_verb */
	uint32_t length;            /* bytes of the whole message */
	uint32_t check;             /* request_sum() of the message */
	uint64_t id;                /* chosen by the client; comes back */
	uint64_t digest;            /* of the table that the indexes are from */
	uint32_t argument;
	uint32_t ranges;
	struct request_range range[REQUEST_RANGES];
};

_Static_assert(sizeof(struct request) == REQUEST_BYTES, "one atomic write");

uint32_t request_seal(struct request *r);

enum request_about request_about(uint32_t verb);
enum request_at_end request_at_end(uint32_t verb);

/* The path of a request that is about a path. */
static inline const char *request_path(const struct request *r)
{
	return (const char *)r->range;
}

int request_next(const unsigned char *bytes, uint32_t size, uint32_t *at,
                 struct request *r);

#endif
