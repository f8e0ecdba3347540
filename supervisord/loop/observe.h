/* SPDX-License-Identifier: MIT */
/* The place where supervisord waits. */
#ifndef SUPERVISORD_LOOP_OBSERVE_H
#define SUPERVISORD_LOOP_OBSERVE_H

void observe(void);

#endif
