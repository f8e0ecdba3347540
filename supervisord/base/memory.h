/* SPDX-License-Identifier: MIT */
/* Memory of supervisord and of its guards: their own, the ledger, the board. */
#ifndef SUPERVISORD_BASE_MEMORY_H
#define SUPERVISORD_BASE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;

enum { MEMORY_PAGE = 4096 };                /* bytes */

void *memory_map(uint64_t size);            /* zeros; or NULL, said */
struct ledger *ledger_map(int fd, uint64_t size); /* or NULL, said */
void ledger_hold(void);                     /* in memory, from now on */
int ledger_make(int fd, uint64_t size);     /* 0 or -errno, said */
bool memory_is_sealed(int fd);              /* a ledger is complete */
void board_seal(void);
int board_open(uint32_t first, uint32_t end); /* 0 or -errno, said */

#endif
