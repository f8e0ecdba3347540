/* SPDX-License-Identifier: MIT */
/* Getting ready: descriptors, ledger, memory. */
#ifndef SUPERVISORD_RECOVERY_BOOT_H
#define SUPERVISORD_RECOVERY_BOOT_H

int boot(void);                             /* 0 or -errno, said */

#endif
