/* SPDX-License-Identifier: MIT */
/* The chosen services in an order, with what they use: processor time of the
 * time between two measurements. Knows no screen. */
#include "conctl/show/ranking.h"

#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/session/usage.h"
#include "model/text.h"

/* The kernel provides memory only for those that there are. */
static uint32_t order[SERVICES_MAX];
static int64_t rank[SERVICES_MAX];
static uint64_t cpu_before_ms[SERVICES_MAX];
static int32_t cpu[SERVICES_MAX];   /* tenths of a percent */
static uint64_t measured_ms;        /* 0: never */

/* Reads what the services use now: their processor time since the last time is
 * what ranking_cpu() tells. 0; or -errno, of usage_read(). */
int ranking_measure(uint64_t now_ms)
{
	uint64_t passed = now_ms > measured_ms ? now_ms - measured_ms : 1;
	int error = usage_read();

	for (uint32_t i = 0; i < session.table->services && error >= 0; i++) {
		uint64_t now = usage_of(i).cpu_ms, before = cpu_before_ms[i];

		/* Less than before: other processes, which are younger. */
		cpu[i] = measured_ms == 0
		                 ? CPU_UNKNOWN
		                 : (int32_t)((now < before ? now : now - before) *
		                             1000 / passed);
		cpu_before_ms[i] = now;
	}
	measured_ms = error >= 0 ? now_ms : 0;
	return error;
}

/* Another table is in force: services have other numbers. */
void ranking_forget(void)
{
	measured_ms = 0;
}

/* Of ranking_measure(): tenths of a percent of one processor, or CPU_UNKNOWN. */
int64_t ranking_cpu(uint32_t service)
{
	return measured_ms == 0 ? CPU_UNKNOWN : cpu[service];
}

/* The functions of sort.def. */

static int64_t rank_cpu(uint32_t i)
{
	return ranking_cpu(i);
}

static int64_t rank_memory(uint32_t i)
{
	return (int64_t)usage_of(i).memory_bytes;
}

/* First what has failed, then what is on its way, what is up, what is down. */
static int64_t rank_state(uint32_t i)
{
	union phase phase = session_record(i).phase;

	if (phase.state == STATE_FAILED || phase.state == STATE_CANNOT_STOP)
		return 3;
	if (phase.state == STATE_DOWN)
		return target_wanted(phase.target) ? 2 : 0;
	return phase.state == STATE_UP ? 1 : 2;
}

/* The latest change first. */
static int64_t rank_time(uint32_t i)
{
	struct record r = session_record(i);

	return -(int64_t)record_age_ms(&r);
}

static int64_t rank_ends(uint32_t i)
{
	struct record r = session_record(i);

	return session_ends(i, &r);
}

static int64_t rank_list(uint32_t i)
{
	(void)i;
	return 0;
}

static const struct {
	const char *word;
	int letter;
	int64_t (*rank)(uint32_t service);
} sorts[SORTS] = {
#define SORT(name, word, letter, rank) { word, letter, rank },
#include "conctl/show/sort.def"
#undef SORT
};

/* The order of that name. */
bool sort_find(const char *word, enum sort *by)
{
	for (enum sort s = 0; s < SORTS; s++)
		if (text_equal(word, sorts[s].word)) {
			*by = s;
			return true;
		}
	return false;
}

/* The order of that key. */
bool sort_of_letter(int letter, enum sort *by)
{
	for (enum sort s = 0; s < SORTS; s++)
		if (letter == sorts[s].letter) {
			*by = s;
			return true;
		}
	return false;
}

/* The name of an order. */
const char *sort_word(enum sort by)
{
	return sorts[by].word;
}

/* Does a stand in front of b? */
static bool stands_before(uint32_t a, uint32_t b)
{
	return rank[a] != rank[b] ? rank[a] > rank[b] : a < b;
}

/* Moves the k-th of a heap of `count` down until nothing below it stands behind
 * it. */
static void sift(uint32_t k, uint32_t count)
{
	for (uint32_t child; (child = 2 * k + 1) < count; k = child) {
		uint32_t moved = order[k];

		if (child + 1 < count &&
		    stands_before(order[child], order[child + 1]))
			child++;
		if (!stands_before(moved, order[child]))
			return;
		order[k] = order[child];
		order[child] = moved;
	}
}

/* Sorts the chosen services (heap sort: no memory, and never slow). Returns how
 * many there are; ranking_at() has them. */
uint32_t ranking_sort(enum sort by, bool reverse)
{
	uint32_t count = 0;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		int64_t value = sorts[by].rank(i);

		if (by == SORT_LIST && reverse)
			value = i;
		rank[i] = reverse && by != SORT_LIST ? -value : value;
		order[count++] = i;
	}
	for (uint32_t k = count / 2; k-- > 0;)
		sift(k, count);
	for (uint32_t left = count; left-- > 1;) {
		uint32_t last = order[0];

		order[0] = order[left];
		order[left] = last;
		sift(0, left);
	}
	return count;
}

/* The k-th service of ranking_sort(). */
uint32_t ranking_at(uint32_t k)
{
	return order[k];
}
