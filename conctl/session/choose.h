/* SPDX-License-Identifier: MIT */
/* The set of services that a command is about, in the order of the table. */
#ifndef CONCTL_SESSION_CHOOSE_H
#define CONCTL_SESSION_CHOOSE_H

#include <stdbool.h>
#include <stdint.h>

struct order;

uint32_t choose(const struct order *o);
void choose_none(void);
void choose_one(uint32_t service);
void choose_not(uint32_t service);

uint32_t choose_moved(void);
int choose_check(const struct order *o, bool *moved);

bool is_chosen(uint32_t service);
uint32_t chosen_next(uint32_t service);
uint32_t chosen_count(void);

#endif
