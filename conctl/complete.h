/* SPDX-License-Identifier: MIT */
/* Completion for shells. */
#ifndef CONCTL_COMPLETE_H
#define CONCTL_COMPLETE_H

struct order;

int complete_run(const struct order *o);

#endif
