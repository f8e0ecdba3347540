/* SPDX-License-Identifier: MIT */
/* Untrusted bytes to a request. Knows no kernel. */
#include "model/request.h"

#include <stdbool.h>
#include <stddef.h>

#define EPROTO 71 /* errno(3) */

static const struct {
	enum request_about about;
	enum request_at_end at_end;
} verbs[REQUESTS] = {
#define REQUEST(name, about, at_end, argument) \
	{ ABOUT_##about, AT_END_##at_end },
#include "model/request.def"
#undef REQUEST
};

/* What a request of that verb is about; ABOUT_NOTHING of a verb that does not
 * exist. */
enum request_about request_about(uint32_t verb)
{
	return verb < REQUESTS ? verbs[verb].about : ABOUT_NOTHING;
}

/* What becomes of a request of that verb while the session ends; AT_END_TAKEN
 * of a verb that does not exist. */
enum request_at_end request_at_end(uint32_t verb)
{
	return verb < REQUESTS ? verbs[verb].at_end : AT_END_TAKEN;
}

enum { HEAD = offsetof(struct request, range) };

/* FNV-1a, 32 bits, over all but the field itself. */
static uint32_t request_sum(const unsigned char *bytes, uint32_t length)
{
	const uint32_t at = offsetof(struct request, check);
	uint32_t sum = 0x811c9dc5;

	for (uint32_t i = 0; i < length; i++)
		if (i < at || i >= at + 4)
			sum = (sum ^ bytes[i]) * 0x01000193;
	return sum;
}

/* Completes a request for sending: magic, version, length and check. All else
 * must be in place: verb, id, digest, argument, ranges. Returns the length in
 * bytes. */
uint32_t request_seal(struct request *r)
{
	r->magic = REQUEST_MAGIC;
	r->version = REQUEST_VERSION;
	r->length = HEAD + r->ranges * (uint32_t)sizeof(r->range[0]);
	r->check = request_sum((const unsigned char *)r, r->length);
	return r->length;
}

/* A copy without memcpy(): its header is not one that the freestanding programs
 * and the host share. */
static void bytes_copy(void *to, const unsigned char *from, uint32_t size)
{
	__builtin_memcpy(to, from, size);
}

static bool request_path_ends(const struct request *r,
                              const unsigned char *bytes)
{
	return request_about(r->verb) != ABOUT_PATH ||
	       (r->ranges > 0 && bytes[r->length - 1] == '\0');
}

/* Is the message in `bytes`, of which r has the head, one of this version? */
static bool request_is_whole(const struct request *r,
                             const unsigned char *bytes)
{
	return r->ranges <= REQUEST_RANGES &&
	       r->length == HEAD + r->ranges * sizeof(r->range[0]) &&
	       r->verb > REQUEST_NONE && r->verb < REQUESTS &&
	       request_path_ends(r, bytes) &&
	       r->check == request_sum(bytes, r->length);
}

/* Takes the next request out of bytes[*at … size): copies it to *r and sets *at
 * behind it. Bytes that are no request are passed over, so that garbage in
 * front of a request does not hide it.
 *
 * Returns 1; 0: there is none, and *at is size; -EPROTO: of another version.
 * Then r->id is valid, and *at is just behind its magic number, as the length
 * that it gives may lie. */
int request_next(const unsigned char *bytes, uint32_t size, uint32_t *at,
                 struct request *r)
{
	for (; size - *at >= HEAD; ++*at) {
		const unsigned char *here = bytes + *at;

		bytes_copy(r, here, HEAD);
		if (r->magic != REQUEST_MAGIC || r->length < HEAD ||
		    r->length > size - *at || r->length > sizeof(*r))
			continue;
		if (r->version != REQUEST_VERSION) {
			/* Its sum is another's, so its length may be a lie
			 * that would swallow a request behind it. */
			*at += sizeof(r->magic);
			return -EPROTO;
		}
		if (!request_is_whole(r, here))
			continue;
		bytes_copy(r, here, r->length);
		*at += r->length;
		return 1;
	}
	*at = size;
	return 0;
}
