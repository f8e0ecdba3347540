/* SPDX-License-Identifier: MIT */
/* Bytes from outside to requests and messages, and numbers to text and back.
 * Must not know what is asked. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "model/halt.h"
#include "model/link.h"
#include "model/request.h"
#include "model/text.h"
#include "t/guard.h"
#include "t/tap.h"

enum { PROTOCOL = -71 };

static uint64_t seed = 0xc0ffee;

static struct request request_of(uint64_t id, uint32_t ranges)
{
	struct request r = { .version = REQUEST_VERSION,
		             .verb = REQUEST_UP,
		             .id = id,
		             .ranges = ranges };

	for (uint32_t k = 0; k < ranges; k++)
		r.range[k] = (struct request_range){ k, k + 1 };
	request_seal(&r);
	return r;
}

/* The requests in these bytes: at most `max` results and ids. */
struct found {
	int result;
	uint64_t id;
};

static uint32_t find(const void *bytes, uint32_t size, struct found *found,
                     uint32_t max)
{
	struct guarded g = guard_make(size > 0 ? size : 1);
	const unsigned char *here = guard_put(g, bytes, size);
	struct request r;
	uint32_t at = 0, count = 0, before = 0;
	int result;

	while ((result = request_next(here, size, &at, &r)) != 0) {
		if (at <= before || at > size || count == max) {
			count = UINT32_MAX;
			break;
		}
		before = at;
		found[count++] = (struct found){ result, r.id };
	}
	if (count <= max && at != size)
		count = UINT32_MAX;
	munmap(g.memory, g.room + (size_t)sysconf(_SC_PAGESIZE));
	return count;
}

static bool finds_only(const void *bytes, uint32_t size, uint64_t id)
{
	struct found found[4];

	return find(bytes, size, found, 4) == 1 && found[0].result == 1 &&
	       found[0].id == id;
}

static bool finds_none(const void *bytes, uint32_t size)
{
	struct found found[4];

	return find(bytes, size, found, 4) == 0;
}

static void test_whole(void)
{
	for (uint32_t ranges = 0; ranges <= REQUEST_RANGES;
	     ranges += ranges < 3 ? 1 : 127) {
		struct request r = request_of(7, ranges), got;
		uint32_t at = 0;
		int result = request_next((const void *)&r, r.length, &at,
		                          &got);

		ok(r.length == offsetof(struct request, range) + 8 * ranges &&
		           result == 1 && at == r.length &&
		           memcmp(&r, &got, r.length) == 0,
		   "a request with %u ranges comes as it went", ranges);
	}
}

static void test_verbs(void)
{
	for (uint32_t verb = 0; verb < REQUESTS + 3u; verb++) {
		struct request r = request_of(7, 1);
		bool known = verb > REQUEST_NONE && verb < REQUESTS;

		r.verb = (uint16_t)verb;
		request_seal(&r);
		ok(known ? finds_only(&r, r.length, 7)
		         : finds_none(&r, r.length),
		   "verb %u is %s", verb, known ? "taken" : "passed over");
	}
}

static void test_cut(void)
{
	struct request r = request_of(7, 5);
	bool none = true;

	for (uint32_t length = 0; length < r.length; length++)
		none &= finds_none(&r, length);
	ok(none, "one that is cut off anywhere is none");
}

static void test_garbage_before(void)
{
	struct request r = request_of(7, 2);
	unsigned char bytes[512];
	bool found = true;

	for (uint32_t before = 0; before <= 300; before++) {
		for (uint32_t k = 0; k < before; k++)
			bytes[k] = (unsigned char)guard_random(&seed);
		memcpy(bytes + before, &r, r.length);
		found &= finds_only(bytes, before + r.length, 7);
	}
	ok(found, "garbage of any length before one does not hide it");
}

/* The nastiest garbage: the beginning of another request. */
static void test_part_before(void)
{
	struct request part = request_of(6, 20), r = request_of(7, 2);
	unsigned char bytes[512];
	bool found = true;

	for (uint32_t length = 0; length < part.length; length++) {
		memcpy(bytes, &part, length);
		memcpy(bytes + length, &r, r.length);
		found &= finds_only(bytes, length + r.length, 7);
	}
	ok(found, "nor does part of another");
}

static void test_several(void)
{
	struct request a = request_of(1, 0), b = request_of(2, 9);
	struct request c = request_of(3, 1);
	unsigned char bytes[1024];
	struct found found[8];
	uint32_t size = 0, count;

	memcpy(bytes + size, &a, a.length);
	size += a.length;
	memcpy(bytes + size, &b, b.length);
	size += b.length;
	bytes[size++] = 'x';
	memcpy(bytes + size, &c, c.length);
	size += c.length;
	bytes[size++] = 'y';
	count = find(bytes, size, found, 8);
	ok(count == 3 && found[0].id == 1 && found[1].id == 2 &&
	           found[2].id == 3,
	   "several in one read are found in their order");
}

static void test_bits(void)
{
	struct request r = request_of(7, 3);
	unsigned char *bytes = (unsigned char *)&r;
	const uint32_t version = offsetof(struct request, version) * 8;
	uint32_t taken = 0, refused = 0;

	for (uint32_t bit = 0; bit < r.length * 8; bit++) {
		struct found found[4] = { { 0, 0 } };
		uint32_t length = r.length, count;

		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		count = find(bytes, length, found, 4);
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		if (bit >= version && bit < version + 16)
			refused += count == 1 && found[0].result == PROTOCOL;
		else
			taken += count != 0;
	}
	ok(taken == 0, "one with any wrong bit is passed over");
	ok(refused == 16, "save that another version is answered");
}

static void test_version(void)
{
	struct request r = request_of(7, 3), next = request_of(8, 0);
	unsigned char bytes[512];
	struct found found[4];
	uint32_t count;

	r.version = REQUEST_VERSION + 1;
	memcpy(bytes, &r, r.length);
	memcpy(bytes + r.length, &next, next.length);
	count = find(bytes, r.length + next.length, found, 4);
	ok(count == 2 && found[0].result == PROTOCOL && found[0].id == 7,
	   "another version has an id to answer to");
	ok(found[1].result == 1 && found[1].id == 8,
	   "and what follows it is taken");
}

/* Of another version nothing is known, so nothing of it is believed: with a
 * length that reaches over the next request it does not hide that. */
static void test_version_lies(void)
{
	bool found = true;

	for (uint32_t size = 24; size <= 96; size += 4) {
		struct request r = request_of(7, 7), next = request_of(8, 1);
		unsigned char bytes[512];
		struct found all[8];
		uint32_t count;

		r.version = REQUEST_VERSION + 1;
		memcpy(bytes, &r, size);
		memcpy(bytes + size, &next, next.length);
		count = find(bytes, size + next.length, all, 8);
		found &= count > 0 && count <= 8 &&
		         all[count - 1].result == 1 &&
		         all[count - 1].id == 8;
	}
	ok(found, "a length of another version hides nothing behind it");
}

/* Lengths and counts that lie, with a sum that is right. */
static void test_lies(void)
{
	static const uint32_t lies[] = {
		0, 1, 39, 40, 41, 47, 49, 4096, 4097, 65536,
		0x7fffffff, 0x80000000, UINT32_MAX - 39, UINT32_MAX,
	};
	bool none = true;

	for (size_t k = 0; k < sizeof(lies) / sizeof(lies[0]); k++) {
		struct request r = request_of(7, 1), s = request_of(7, 1);

		r.length = lies[k];
		none &= finds_none(&r, 48);
		s.ranges = lies[k];
		none &= lies[k] == 1 || finds_none(&s, 48);
	}
	ok(none, "lengths and counts that lie are not believed");
}

static void test_random(void)
{
	enum { TRIES = 20000 };
	static unsigned char bytes[9000];
	uint32_t strange = 0;

	for (int try = 0; try < TRIES; try++) {
		uint32_t size = guard_random(&seed) % 400;
		const uint32_t magic = REQUEST_MAGIC;
		struct found found[16];

		for (uint32_t k = 0; k < size; k++)
			bytes[k] = (unsigned char)guard_random(&seed);
		for (int k = 0; k < 4 && size >= 48; k++) {
			uint32_t at = guard_random(&seed) % (size - 12);

			memcpy(bytes + at, &magic, 4);
			bytes[at + 8] &= 127;
			bytes[at + 9] = bytes[at + 10] = bytes[at + 11] = 0;
		}
		strange += find(bytes, size, found, 16) == UINT32_MAX;
	}
	ok(strange == 0, "of %d reads of random bytes all come to an end",
	   (int)TRIES);
	ok(finds_none(bytes, 0), "so does an empty one");
}

/* The link */

static void test_link(void)
{
	struct link m = link_make(LINK_EXITED, 1, -2, INT32_MIN);

	ok(link_check(&m, sizeof(m)) == NULL && m.a == 1 && m.b == -2 &&
	           m.c == INT32_MIN,
	   "a message as it is made passes");
	ok(link_check(&m, sizeof(m) - 1) != NULL &&
	           link_check(&m, sizeof(m) + 1) != NULL &&
	           link_check(&m, 0) != NULL,
	   "one of another size does not");
	m.magic ^= 1;
	ok(link_check(&m, sizeof(m)) != NULL, "nor one of another kind of talk");
	for (uint32_t kind = 0; kind < LINKS + 3u; kind++) {
		m = link_make((enum link_kind)kind, HALT_EXIT, 0, 0);
		ok((link_check(&m, sizeof(m)) == NULL) ==
		           (kind != LINK_NONE && kind < LINKS),
		   "kind %u is %s", kind, kind < LINKS ? "judged" : "refused");
	}
	m = link_make((enum link_kind)UINT32_MAX, 0, 0, 0);
	ok(link_check(&m, sizeof(m)) != NULL, "and the last number there is");
	for (int32_t how = -2; how < HALTS + 3; how++) {
		m = link_make(LINK_HALT, how, 0, 0);
		ok((link_check(&m, sizeof(m)) == NULL) ==
		           (how > HALT_NONE && how < HALTS),
		   "to halt in way %d", how);
	}
}

/* Text */

static void test_number(int64_t value)
{
	struct digits d;
	char want[32];

	memset(&d, 'x', sizeof(d));
	snprintf(want, sizeof(want), "%" PRId64, value);
	ok(strcmp(text_number(&d, value), want) == 0, "%s as text", want);
}

static void test_numbers(void)
{
	int64_t power = 1;
	struct digits d;
	bool same = true;

	test_number(0);
	test_number(INT64_MAX);
	test_number(INT64_MIN);
	test_number(INT64_MIN + 1);
	test_number(-1);
	for (int k = 0; k < 18; k++, power *= 10) {
		test_number(power - 1);
		test_number(-power);
	}
	for (int k = 0; k < 100000; k++) {
		int64_t value = (int64_t)((uint64_t)guard_random(&seed) << 32 |
		                          guard_random(&seed)) >> k % 64;
		char want[32];

		snprintf(want, sizeof(want), "%" PRId64, value);
		same &= strcmp(text_number(&d, value), want) == 0;
	}
	ok(same, "and random ones");
}

static const struct {
	const char *text;
	uint64_t max;
	bool is;
	uint64_t value;
} parsed[] = {
	{ "0", 0, true, 0 },
	{ "1", 0, false, 0 },
	{ "10", 9, false, 0 },
	{ "9", 9, true, 9 },
	{ "7", 5, false, 0 },
	{ "10", 10, true, 10 },
	{ "11", 10, false, 0 },
	{ "00000000000000000000000000000000000001", 1, true, 1 },
	{ "255", 255, true, 255 },
	{ "256", 255, false, 0 },
	{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
	{ "18446744073709551616", UINT64_MAX, false, 0 },
	{ "18446744073709551620", UINT64_MAX, false, 0 },
	{ "99999999999999999999", UINT64_MAX, false, 0 },
	{ "184467440737095516150", UINT64_MAX, false, 0 },
	{ "18446744073709551614", UINT64_MAX - 1, true, UINT64_MAX - 1 },
	{ "18446744073709551615", UINT64_MAX - 1, false, 0 },
	{ "", 10, false, 0 },
	{ " 1", 10, false, 0 },
	{ "1 ", 10, false, 0 },
	{ "+1", 10, false, 0 },
	{ "-1", 10, false, 0 },
	{ "1x", 10, false, 0 },
	{ "x", UINT64_MAX, false, 0 },
	{ "0x1", 10, false, 0 },
	{ "1\xff", 10, false, 0 },
	{ "/", UINT64_MAX, false, 0 },
	{ ":", UINT64_MAX, false, 0 },
};

static void test_parsed(void)
{
	for (size_t k = 0; k < sizeof(parsed) / sizeof(parsed[0]); k++) {
		uint64_t value = 12345;
		bool is = text_to_number(parsed[k].text, parsed[k].max,
		                         &value);

		ok(is == parsed[k].is &&
		           value == (is ? parsed[k].value : 12345),
		   "'%s' is %s number up to %" PRIu64, parsed[k].text,
		   parsed[k].is ? "a" : "no", parsed[k].max);
	}
}

static void test_compare(void)
{
	static const char *const texts[] = { "",   "a",  "aa",    "ab",
		                             "b",  "ba", "b\x7f", "b\x80",
		                             "b\xff" };
	enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };
	bool all = true;

	for (int a = 0; a < TEXTS; a++)
		for (int b = 0; b < TEXTS; b++) {
			int is = text_compare(texts[a], texts[b]);

			all &= (is < 0) == (a < b) && (is > 0) == (a > b) &&
			       text_equal(texts[a], texts[b]) == (a == b);
			all &= text_starts(texts[a], texts[b]) ==
			       (strncmp(texts[a], texts[b],
			                strlen(texts[b])) == 0);
		}
	ok(all, "texts are ordered by their bytes");
	ok(text_length("") == 0 && text_length("abc") == 3, "and have a length");
}

static bool is(const char *text, const char *want)
{
	return strcmp(text, want) == 0;
}

static const struct {
	int error;
	const char *text;
} errors[] = {
	{ EPERM, "Operation not permitted" },
	{ EAGAIN, "Resource temporarily unavailable" },
	{ ENOMEM, "Out of memory" },
	{ EACCES, "Permission denied" },
	{ ENOTDIR, "Not a directory" },
	{ EMFILE, "Too many open files" },
	{ ENOEXEC, "Exec format error" },
	{ ETXTBSY, "Text file busy" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ ESTALE, "The configuration has changed meanwhile" },
	{ ESHUTDOWN, "Shutting down" },
	{ ETIMEDOUT, "Timed out" },
};

static void test_errors(void)
{
	struct digits d;

	for (size_t k = 0; k < sizeof(errors) / sizeof(errors[0]); k++)
		ok(is(text_error(&d, -errors[k].error), errors[k].text),
		   "error %d: %s", errors[k].error, errors[k].text);

	ok(is(text_error(&d, 2), "No such file or directory") &&
	           is(text_error(&d, -2), "No such file or directory"),
	   "an error of either sign");
	ok(is(text_error(&d, 999), "999") && is(text_error(&d, -999), "999"),
	   "an unexpected one is a number");
	ok(is(text_error(&d, 0), "0"), "none is 0");
	ok(is(text_error(&d, INT_MIN), "2147483648") &&
	           is(text_error(&d, INT_MAX), "2147483647"),
	   "and the largest of either sign");
}

#define SIGNAL(name) { SIG##name, #name }

static const struct {
	int signal;
	const char *name;
} named[] = {
	SIGNAL(HUP), SIGNAL(INT), SIGNAL(QUIT), SIGNAL(ILL), SIGNAL(TRAP),
	SIGNAL(ABRT), SIGNAL(BUS), SIGNAL(FPE), SIGNAL(KILL), SIGNAL(USR1),
	SIGNAL(SEGV), SIGNAL(USR2), SIGNAL(PIPE), SIGNAL(ALRM), SIGNAL(TERM),
	SIGNAL(STKFLT), SIGNAL(CHLD), SIGNAL(CONT), SIGNAL(STOP),
	SIGNAL(TSTP), SIGNAL(TTIN), SIGNAL(TTOU), SIGNAL(URG), SIGNAL(XCPU),
	SIGNAL(XFSZ), SIGNAL(VTALRM), SIGNAL(PROF), SIGNAL(WINCH), SIGNAL(IO),
	SIGNAL(PWR), SIGNAL(SYS),
};

static void test_signals(void)
{
	struct digits d;

	for (size_t k = 0; k < sizeof(named) / sizeof(named[0]); k++)
		ok(is(text_signal(&d, named[k].signal), named[k].name),
		   "signal %d: %s", named[k].signal, named[k].name);
	ok(is(text_signal(&d, 0), "0") && is(text_signal(&d, -1), "-1") &&
	           is(text_signal(&d, 32), "32") &&
	           is(text_signal(&d, 64), "64") &&
	           is(text_signal(&d, INT_MIN), "-2147483648"),
	   "others are numbers");
}

int main(void)
{
	test_whole();
	test_verbs();
	test_cut();
	test_garbage_before();
	test_part_before();
	test_several();
	test_bits();
	test_version();
	test_version_lies();
	test_lies();
	test_random();
	test_link();
	test_numbers();
	test_parsed();
	test_compare();
	test_errors();
	test_signals();
	return done();
}
