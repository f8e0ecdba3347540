/* SPDX-License-Identifier: MIT */
/* The chosen services in an order, with what they use. */
#ifndef CONCTL_SHOW_RANKING_H
#define CONCTL_SHOW_RANKING_H

#include <stdbool.h>
#include <stdint.h>

enum sort {
#define SORT(name, word, letter, compare) SORT_##name,
#include "conctl/show/sort.def"
#undef SORT
	SORTS
};

/* Of a processor, in tenths of a percent; CPU_UNKNOWN: not measured yet. */
enum { CPU_UNKNOWN = -1 };

int ranking_measure(uint64_t now_ms);
void ranking_forget(void);
uint32_t ranking_sort(enum sort by, bool reverse);
uint32_t ranking_at(uint32_t k);
int64_t ranking_cpu(uint32_t service);

bool sort_find(const char *word, enum sort *by);
bool sort_of_letter(int letter, enum sort *by);
const char *sort_word(enum sort by);

#endif
