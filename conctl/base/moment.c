/* SPDX-License-Identifier: MIT */
/* The clock, and sleeping until the ledger changes. Knows no service. */
#include <linux/futex.h>

#include "conctl/conctl.h"
#include "sys/call.h"

/* Nobody wakes us when connate dies, so we look now and then. */
enum { SLICE_MS = 1000 };

static uint64_t clock_ns(int clock)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(clock, &t); /* it cannot fail */
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t now_ms(void)
{
	return now_ns() / 1000000;
}

/* Days since 1970-01-01 as a date of the Gregorian calendar. Years are taken
 * to begin in March, so that the day that comes and goes is the last one. */
struct date {
	uint64_t year, month, day;
};

static struct date date_of(uint64_t days)
{
	const uint64_t era_days = 146097;   /* in 400 years */
	uint64_t shifted = days + 719468;   /* from 0000-03-01 on */
	uint64_t day = shifted % era_days, year, month;

	year = (day - day / 1460 + day / 36524 - day / (era_days - 1)) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;        /* 0: March */
	return (struct date){
		.year = year + shifted / era_days * 400 + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = day - (153 * month + 2) / 5 + 1,
	};
}

/* With zeros in front. */
static void padded(struct out *out, uint64_t value, uint32_t digits)
{
	struct digits d;
	const char *text = text_number(&d, (int64_t)value);

	for (size_t length = text_length(text); length < digits; length++)
		out_text(out, "0");
	out_text(out, text);
}

void seconds_write(struct out *out, uint64_t ms)
{
	out_number(out, (int64_t)(ms / 1000));
	out_text(out, ".");
	padded(out, ms % 1000, 3);
	out_text(out, "s");
}

void time_write(struct out *out, uint64_t at_ms, enum time_part part)
{
	uint64_t now = clock_ns(CLOCK_REALTIME) / 1000000, passed = now_ms();
	uint64_t ms = now + at_ms > passed ? now + at_ms - passed : 0;
	struct date date = date_of(ms / 86400000);

	if (part == TIME_FULL) {
		padded(out, date.year, 4);
		out_text(out, "-");
	}
	if (part != TIME_SECOND) {
		padded(out, date.month, 2);
		out_text(out, "-");
		padded(out, date.day, 2);
		out_text(out, part == TIME_FULL ? "T" : " ");
	}
	padded(out, ms / 3600000 % 24, 2);
	out_text(out, ":");
	padded(out, ms / 60000 % 60, 2);
	out_text(out, ":");
	padded(out, ms / 1000 % 60, 2);
	if (part == TIME_SECOND)
		return;
	out_text(out, ".");
	padded(out, ms % 1000, 3);
	out_text(out, part == TIME_FULL ? "Z" : "");
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
	(void)sys_futex((const uint32_t *)(uintptr_t)&session.live->change,
	                FUTEX_WAIT, seen, &timeout);
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
