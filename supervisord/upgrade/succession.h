/* SPDX-License-Identifier: MIT */
/* supervisord becomes connate. */
#ifndef SUPERVISORD_UPGRADE_SUCCESSION_H
#define SUPERVISORD_UPGRADE_SUCCESSION_H

void succession_try(void);                  /* if connate has died */

#endif
