/* SPDX-License-Identifier: MIT */
/* The chosen services as a table for people. */
#ifndef CONCTL_SHOW_SHEET_H
#define CONCTL_SHOW_SHEET_H

struct order;

void sheet_print(const struct order *o);

#endif
