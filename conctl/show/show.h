/* SPDX-License-Identifier: MIT */
/* The commands that show something: each takes the order and returns an exit
 * code, after it has explained any but EXIT_DONE and EXIT_NOT_UP. */
#ifndef CONCTL_SHOW_SHOW_H
#define CONCTL_SHOW_SHOW_H

struct order;

int status_run(const struct order *o);
int list_run(const struct order *o);
int health_run(const struct order *o);
int timers_run(const struct order *o);
int field_run(const struct order *o);   /* detail: enum field */
int top_run(const struct order *o);
int metrics_run(const struct order *o);
int events_run(const struct order *o);
int history_run(const struct order *o);
int logs_run(const struct order *o);
int blame_run(const struct order *o);
int path_run(const struct order *o);
int plot_run(const struct order *o);

#endif
