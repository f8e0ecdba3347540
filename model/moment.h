/* SPDX-License-Identifier: MIT */
/* Points in time: CLOCK_MONOTONIC in milliseconds, and how it is stored in 40
 * bits. Pure. */
#ifndef MODEL_MOMENT_H
#define MODEL_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/* A time that does not come: no deadline is set. */
#define NEVER_MS UINT64_MAX

/* The words phase and escalation have 40 bits for a time (since_low_ms): it is
 * stored modulo 2^40 ms, which is 34 years. The clock may be beyond that: a
 * time namespace moves it by up to 146 years (time_namespaces(7)). */
#define MOMENT_MASK ((1ull << 40) - 1)

/* The age of a time of which these 40 bits were stored, in milliseconds,
 * modulo 2^40: 0 … MOMENT_MASK. */
static inline uint64_t moment_age(uint64_t low_ms, uint64_t now_ms)
{
	return (now_ms - low_ms) & MOMENT_MASK;
}

/* That time in full: of all times with these 40 bits, the one nearest to now.
 * A time in the future cannot have been stored; it is read as now, so that
 * what is counted from it begins anew. */
static inline uint64_t moment_full(uint64_t low_ms, uint64_t now_ms)
{
	uint64_t age = moment_age(low_ms, now_ms);

	return age <= MOMENT_MASK / 2 && age <= now_ms ? now_ms - age : now_ms;
}

/* Of two stored times that are less than 17 years apart: is a the earlier
 * one? */
static inline bool moment_before(uint64_t a_low_ms, uint64_t b_low_ms)
{
	return moment_age(b_low_ms, a_low_ms) > MOMENT_MASK / 2;
}

/* The earlier one of two times in full; NEVER_MS is later than any other. */
static inline uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The later one of two times in full. */
static inline uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
