/* SPDX-License-Identifier: MIT */
/* What conctl asks for. */
#ifndef SUPERVISORD_LOOP_REQUESTS_H
#define SUPERVISORD_LOOP_REQUESTS_H

void requests_read(void);

#endif
