/* SPDX-License-Identifier: MIT */
/* What goes down with the chosen services. */
#ifndef CONCTL_CHANGE_FALL_H
#define CONCTL_CHANGE_FALL_H

struct order;

int fall_try(const struct order *o);
void fall_say(const struct order *o);

#endif
