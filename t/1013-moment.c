/* SPDX-License-Identifier: MIT */
/* Times that are stored in 40 bits: read in full round each multiple of 2^40 ms
 * (a time namespace moves the clock to four of them), for each age round the
 * ends of what can be told apart; and the clocks that count from them. */
#include <stdint.h>

#include "model/clock.h"
#include "model/pids.h"
#include "t/tap.h"

#define ROUND (1ull << 40)

enum { NEAR = 3000, TURNS = 6 };

/* As a person would say it: the latest that has these bits and is not over 17
 * years old; if there is none, now. */
static uint64_t slow_full(uint64_t low, uint64_t now)
{
	for (uint64_t turn = TURNS + 1; turn-- > 0;) {
		uint64_t at = turn * ROUND + low;

		if (at <= now)
			return now - at < ROUND / 2 ? at : now;
	}
	return now;
}

static bool same(uint64_t low, uint64_t now)
{
	uint64_t full = moment_full(low, now), want = slow_full(low, now);

	if (full != want)
		note("%llu at %llu is %llu, not %llu", (unsigned long long)low,
		     (unsigned long long)now, (unsigned long long)full,
		     (unsigned long long)want);
	return full == want;
}

/* Round each multiple of 2^40, the ages from -NEAR to NEAR. */
static void test_edges(void)
{
	bool good = true;

	for (uint64_t turn = 0; turn < TURNS; turn++)
		for (int64_t at = -NEAR; at <= NEAR && good; at++)
			for (int64_t age = -NEAR; age <= NEAR && good; age++) {
				uint64_t now = turn * ROUND + (uint64_t)at;

				if (turn == 0 && at < 0)
					break;
				good &= same((now - (uint64_t)age) &
				                     MOMENT_MASK,
				             now);
			}
	ok(good, "round each multiple of 2^40 ms: the nearest past, or now");
}

/* Round the age at which past and future cannot be told apart. */
static void test_halves(void)
{
	bool good = true;

	for (uint64_t now = 0; now < TURNS * ROUND && good; now += ROUND / 7)
		for (int64_t d = -NEAR; d <= NEAR && good; d++)
			good &= same((now - ROUND / 2 + (uint64_t)d) &
			                     MOMENT_MASK,
			             now);
	ok(good, "up to 17 years ago");
}

static void test_future(void)
{
	bool good = true;

	for (uint64_t now = 5; now < TURNS * ROUND; now += ROUND / 7)
		for (uint64_t bit = 1; bit < ROUND / 2; bit *= 2)
			good &= moment_full((now + bit) & MOMENT_MASK, now) ==
			        now;
	ok(good, "what is to come is taken for now");
}

static void test_order(void)
{
	bool good = true;

	for (int64_t a = -NEAR; a <= NEAR; a++)
		for (int64_t b = -NEAR; b <= NEAR; b++)
			good &= moment_before((uint64_t)a & MOMENT_MASK,
			                      (uint64_t)b & MOMENT_MASK) ==
			        (a < b);
	ok(good, "the earlier of two, round the end of 40 bits");
}

static union phase phase_at(enum state state, uint64_t since_ms)
{
	return (union phase){ .state = state,
		              .since_low_ms = since_ms & MOMENT_MASK };
}

/* A clock of 10 s has run out after 10 s, wherever those begin. */
static void test_clock(void)
{
	static const struct table_profile p = { .max_stop_ms = 10000,
		                                .max_ready_ms = TABLE_FOREVER };
	bool usual = true, hurried = true, forever = true;

	for (uint64_t turn = 1; turn < TURNS; turn++)
		for (uint64_t at = 0; at <= 2 * NEAR; at++) {
			uint64_t since = turn * ROUND + at - NEAR;
			uint64_t now = since + at;

			usual &= clock_runs_out(&p,
			                        phase_at(STATE_STOPPING, since),
			                        0, now) == since + 10000;
			hurried &= clock_runs_out(
					   &p, phase_at(STATE_STARTING, since),
					   now, now) == now + HURRY_MS;
			forever &= clock_runs_out(
					   &p, phase_at(STATE_STARTING, since),
					   0, now) == NEVER_MS;
		}
	ok(usual, "a clock of 10 s runs out after 10 s");
	ok(hurried, "in a hurry, a second after that");
	ok(forever, "and one of FOREVER never");
}

static void test_escalation(void)
{
	union escalation escalation = { .level = URGENCY_HURRIED,
		            .since_low_ms = (3 * ROUND - 7) & MOMENT_MASK };

	ok(escalation_hurried_ms(escalation, 3 * ROUND + 4) == 3 * ROUND - 7,
	   "since when the end is hurried");
	escalation.level = URGENCY_ORDERLY;
	ok(escalation_hurried_ms(escalation, 3 * ROUND + 4) == 0, "if it is");
}

int main(void)
{
	test_edges();
	test_halves();
	test_future();
	test_order();
	test_clock();
	test_escalation();
	return done();
}
