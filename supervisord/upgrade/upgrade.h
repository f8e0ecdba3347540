/* SPDX-License-Identifier: MIT */
/* Another image takes over, in the same process. */
#ifndef SUPERVISORD_UPGRADE_UPGRADE_H
#define SUPERVISORD_UPGRADE_UPGRADE_H

#include <stdint.h>

struct table;

/* In the old image */
int upgrade_try(const char *path, uint64_t id); /* -errno, if it returns */
int upgrade_connate(const char *path, uint64_t id); /* 1: asked for; -errno */
void upgrade_hang_up(void);                 /* if SIGHUP came */

/* In the new image, in this order */
int upgrade_merge(const struct table *image, uint64_t size); /* 0, -errno */
void upgrade_hold(void);                    /* the former image, ledger */
void upgrade_set_targets(void);
void upgrade_commit(void);
void upgrade_kept(int32_t pid, uint32_t images); /* connate says KEPT */
void upgrade_tidy(void);                    /* what is no longer needed */
void upgrade_forget(void);                  /* the former image, ledger */
void upgrade_promote(void);                 /* before succession */

#endif
