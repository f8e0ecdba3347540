/* SPDX-License-Identifier: MIT */
/* What happened in a ledger since the last line of a history. */
#ifndef LOG_CHRONICLE_H
#define LOG_CHRONICLE_H

int chronicle_go_on(void);
void chronicle_moved(void);

#endif
