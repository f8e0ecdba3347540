/* SPDX-License-Identifier: MIT */
/* Waiting for lines. */
#ifndef CONCTL_SHOW_NEWS_H
#define CONCTL_SHOW_NEWS_H

#include <stdbool.h>
#include <stdint.h>

void news_watch(void);
void news_wait(uint32_t seen);
bool news_reader_gone(void);

#endif
