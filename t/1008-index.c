/* SPDX-License-Identifier: MIT */
/* Quick ways to find a service against slow ones: the hash of pids,
 * the heap of deadlines, the queue. Must not know how they are kept. */
#include "t/guard.h"
#include "t/model.h"
#include "t/tap.h"

enum { SERVICES = 64, ROUNDS = 2000000 };

static struct fake fake;
static uint64_t seed = 0xfeedbeef;

static uint32_t chance(uint32_t below)
{
	return guard_random(&seed) % below;
}

static void begin(void)
{
	struct spec specs[SERVICES];

	for (uint32_t i = 0; i < SERVICES; i++)
		specs[i] = spec_plain("any");
	fake_begin(&fake, table_build(specs, SERVICES, NULL, 0));
}

/* Pids */

/* Of the processes with that pid and parent the one whose state is oldest. */
static uint32_t find(int32_t pid, bool own)
{
	enum role role = ROLE_HELPER;
	uint32_t found = pid_find(&fake.world, pid, own, &role);

	return found == TABLE_NONE || role == ROLE_LIFE ? found : SERVICES;
}

static uint32_t slow_find(int32_t pid, bool own)
{
	uint32_t found = TABLE_NONE;

	for (uint32_t i = 0; i < SERVICES; i++) {
		const struct record *r = &fake.records[i];

		if (r->life.pid != pid || fake.world.works[i].own != own)
			continue;
		if (found == TABLE_NONE ||
		    r->phase.since_low_ms < fake.records[found].phase.since_low_ms)
			found = i;
	}
	return found;
}

static void start(uint32_t i, int32_t pid, uint64_t now_ms)
{
	fake.records[i].life.pid = pid;
	fake.records[i].phase.since_low_ms = now_ms;
	fake.world.works[i].own = chance(2);
	pid_add(&fake.world, i, ROLE_LIFE);
}

static void stop(uint32_t i)
{
	pid_remove(&fake.world, i, ROLE_LIFE, fake.records[i].life.pid);
	fake.records[i].life.pid = 0;
}

/* `pids` different numbers, `step` apart: some fall on the same place. */
static void test_pids(const char *says, uint32_t pids, uint32_t step)
{
	bool same = true;

	begin();
	for (uint32_t round = 1; round <= ROUNDS && same; round++) {
		uint32_t i = chance(SERVICES);
		int32_t pid = (int32_t)(2 + chance(pids) * step);
		bool own = chance(2);

		if (fake.records[i].life.pid != 0)
			stop(i);
		else
			start(i, pid, round);
		same = find(pid, own) == slow_find(pid, own);
	}
	ok(same, "pids, %s: %d changes, each process is found", says,
	   (int)ROUNDS);
	for (uint32_t i = 0; i < SERVICES; i++)
		if (fake.records[i].life.pid != 0)
			stop(i);
	same = true;
	for (uint32_t k = 0; k <= fake.world.pids_mask; k++)
		same &= fake.world.pids[k] == 0;
	ok(same, "and nothing is left when all have ended");
	fake_end(&fake);
}

static void test_pids_by_hand(void)
{
	begin();
	ok(find(5, true) == TABLE_NONE, "a pid of no service finds none");
	fake.records[3].life.pid = fake.records[4].life.pid = 5;
	fake.records[3].phase.since_low_ms = 20;
	fake.records[4].phase.since_low_ms = 10;
	pid_add(&fake.world, 3, ROLE_LIFE);
	pid_add(&fake.world, 4, ROLE_LIFE);
	ok(find(5, false) == 4,
	   "of two with one number the older is meant");
	ok(find(5, true) == TABLE_NONE,
	   "pid1's child is not ours");
	fake.world.works[3].own = 1;
	ok(find(5, true) == 3 &&
	           find(5, false) == 4,
	   "ours and pid1's may have one number");
	pid_remove(&fake.world, 4, ROLE_LIFE, 5);
	fake.records[4].life.pid = 0;
	ok(find(5, true) == 3 &&
	           find(5, false) == TABLE_NONE,
	   "one of them goes, the other stays");
	pid_remove(&fake.world, 9, ROLE_LIFE, 5);
	ok(find(5, true) == 3,
	   "to remove what is not there changes nothing");
	fake.records[3].helper = 6;
	pid_add(&fake.world, 3, ROLE_HELPER);
	ok(find(6, false) == SERVICES && find(6, true) == TABLE_NONE,
	   "a helper is found as one, with its parent");
	fake.world.works[3].own_helper = 1;
	ok(find(6, true) == SERVICES && find(5, true) == 3,
	   "beside the process of its service");
	pid_remove(&fake.world, 3, ROLE_HELPER, 6);
	ok(find(6, true) == TABLE_NONE && find(5, true) == 3,
	   "and goes alone");
	fake_end(&fake);
}

/* Deadlines */

static uint64_t slow_next(const uint64_t *due)
{
	uint64_t first = NEVER_MS;

	for (uint32_t i = 0; i < SERVICES; i++)
		if (due[i] < first)
			first = due[i];
	return first;
}

/* Exactly those that are due are touched, and have no deadline then. */
static bool expire(uint64_t *due, uint64_t now_ms)
{
	bool same = true;
	uint32_t i;

	due_expire(&fake.world, now_ms);
	for (i = 0; i < SERVICES; i++) {
		same &= fake.world.works[i].dirty == (due[i] <= now_ms);
		fake.world.works[i].dirty = 0;
		if (due[i] <= now_ms)
			due[i] = NEVER_MS;
		same &= fake.world.works[i].due_ms == due[i];
	}
	while (queue_pop(&fake.world.dirty, &i))
		;                   /* judged, for this test */
	return same;
}

static void test_due(const char *says, uint32_t times)
{
	uint64_t due[SERVICES], now_ms = 1000;
	bool same = true;

	begin();
	for (uint32_t i = 0; i < SERVICES; i++)
		due[i] = NEVER_MS;
	(void)expire(due, 0);       /* all are dirty at first */
	for (uint32_t round = 0; round < ROUNDS && same; round++) {
		uint32_t i = chance(SERVICES);

		due[i] = chance(4) == 0 ? NEVER_MS : now_ms + chance(times);
		due_set(&fake.world, i, due[i]);
		if (chance(16) == 0) {
			now_ms += chance(times / 4 + 1);
			same = expire(due, now_ms);
		}
		same &= due_next(&fake.world) == slow_next(due);
	}
	ok(same, "deadlines, %s: %d changes, the first is the first", says,
	   (int)ROUNDS);
	expire(due, NEVER_MS - 1);
	ok(fake.world.due_count == 0 && due_next(&fake.world) == NEVER_MS,
	   "and none is left when time has passed");
	fake_end(&fake);
}

/* Queue */

static void test_queue(uint32_t max)
{
	uint32_t items[SERVICES], naive[SERVICES];
	struct queue q = { items, 0, 0, max };
	uint32_t count = 0, item;
	bool same = true;

	for (uint32_t round = 0; round < ROUNDS / 10 && same; round++) {
		if (count < max && chance(2) == 0) {
			naive[count++] = round;
			queue_push(&q, round);
		} else if (queue_pop(&q, &item)) {
			same &= count > 0 && item == naive[0];
			memmove(naive, naive + 1, --count * sizeof(item));
		} else {
			same &= count == 0;
		}
		same &= q.count == count;
	}
	ok(same, "a queue of %u: first in, first out", max);
}

int main(void)
{
	test_pids_by_hand();
	test_pids("many", 1 << 22, 1);
	test_pids("few numbers, often the same", 40, 1);
	test_pids("all in one place", 60, 1 << 15);
	test_due("far apart", 100000);
	test_due("close together", 20);
	test_queue(1);
	test_queue(2);
	test_queue(7);
	test_queue(SERVICES);
	return done();
}
