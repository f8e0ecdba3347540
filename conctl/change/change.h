/* SPDX-License-Identifier: MIT */
/* The commands that change something, or wait for it: each takes the order and
 * returns an exit code, after it has explained any but EXIT_DONE. */
#ifndef CONCTL_CHANGE_CHANGE_H
#define CONCTL_CHANGE_CHANGE_H

struct order;

enum change_kind { CHANGE_UP, CHANGE_DOWN, CHANGE_RESTART, CHANGE_ONCE };

int change_run(const struct order *o);  /* detail: enum change_kind */
int reload_run(const struct order *o);
int signal_run(const struct order *o);
int wait_run(const struct order *o);
int ready_run(const struct order *o);
int keep_run(const struct order *o);

#endif
