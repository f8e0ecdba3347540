/* SPDX-License-Identifier: MIT */
/* The clock, and sleeping until the ledger changes. Knows no service. */
#include <linux/futex.h>

#include "conctl/conctl.h"
#include "sys/call.h"

/* Nobody wakes us when connate dies, so we look now and then. */
enum { SLICE_MS = 1000 };

uint64_t now_ns(void)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(1 /* CLOCK_MONOTONIC */, &t); /* cannot fail */
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t now_ms(void)
{
	return now_ns() / 1000000;
}

/* Shared, not private: it is another process that wakes us. */
void moment_wait(uint32_t seen, uint64_t until_ms)
{
	uint64_t now = now_ms();
	uint64_t left = until_ms > now ? until_ms - now : 0;
	struct __kernel_timespec timeout;

	if (left > SLICE_MS)
		left = SLICE_MS;
	timeout.tv_sec = (long long)(left / 1000);
	timeout.tv_nsec = (long long)(left % 1000 * 1000000);
	/* Woken, changed already, a signal, too late: the caller looks. */
	(void)sys_futex(&session.ledger->change, FUTEX_WAIT, seen, &timeout);
}

/* Up to thirty years; what is below a millisecond is rounded up. */
bool moment_parse(const char *text, uint64_t *ms)
{
	uint64_t sum = 0, unit = 1000, rest = 0;
	uint32_t digits = 0;

	for (; *text >= '0' && *text <= '9'; text++, digits++)
		if ((sum = sum * 10 + (uint64_t)(*text - '0')) > 1000000000)
			return false;
	sum *= 1000;
	if (*text == '.')
		text++;
	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		unit /= 10;
		sum += unit * (uint64_t)(*text - '0');
		if (unit == 0 && *text != '0')
			rest = 1;
	}
	*ms = sum + rest;
	return digits > 0 && *text == '\0';
}
