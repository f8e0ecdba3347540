/* SPDX-License-Identifier: MIT */
/* Ending connate, or the machine. */
#ifndef CONCTL_MACHINE_MACHINE_H
#define CONCTL_MACHINE_MACHINE_H

#include <stdbool.h>

struct order;

int exit_run(const struct order *o);
int halt_run(const struct order *o);    /* detail: enum halt */

bool applet_main(int argc, char **argv, int *code);

#endif
