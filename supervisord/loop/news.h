/* SPDX-License-Identifier: MIT */
/* What connate is told: ADOPTED, REACHED, STOOD, HALT. */
#ifndef SUPERVISORD_LOOP_NEWS_H
#define SUPERVISORD_LOOP_NEWS_H

void news_begin(void);                      /* after resume() */
void news_send(void);                       /* what is due */

#endif
