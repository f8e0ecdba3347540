/* SPDX-License-Identifier: MIT */
/* The only writer of the ledger. Each function is one update that is complete
 * or has not happened, at whatever instant supervisord is killed. */
#ifndef SUPERVISORD_BASE_PUBLISH_H
#define SUPERVISORD_BASE_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/said.h"
#include "model/world.h"

struct change;

/* The processes of a service: the one that supervisord has started, the
 * program (behind a guard it is another one), the command of .stop or
 * .reload. */
enum service_process { PROCESS_LIFE, PROCESS_MAIN, PROCESS_HELPER };


/* A record */
void publish_change(const struct change *change);
void publish_ready(uint32_t service);
void publish_held(uint32_t service, bool held); /* with .on_demand */
void publish_stored(uint32_t number, const char *name, bool watched);
void publish_said(uint32_t service, const struct said *said);
void publish_health(uint32_t service, const struct health *health);
void publish_helps(uint32_t service, enum helps helps); /* with .check */
void publish_launch(uint32_t service);      /* before the process … */
void publish_launched(uint32_t service);    /* … and behind it */
void publish_board(uint32_t service);       /* its entry on the board */
void publish_blank(uint32_t service);       /* that, emptied */
void publish_key(uint32_t service, enum service_process which, uint64_t key);
void publish_adopted(uint32_t service);     /* life.pid is the program's */
void publish_since(uint32_t service, uint64_t since_ms);
void publish_leader_end(uint32_t service, union ending ending);
void publish_swap(uint32_t first, uint32_t second);
void publish_end(uint32_t service, union ending ending);
void publish_reloaded(uint32_t service, union ending ending);
void publish_not_started(uint32_t service, union ending ending);
void publish_helper_end(uint32_t service, enum helper_kind kind,
                        union ending ending);
void publish_found(uint32_t service, int32_t pid, uint64_t key);
void publish_found_guard(uint32_t service, int32_t pid, uint64_t key);
void publish_lost(uint32_t service);
void publish_unsure(uint32_t service, bool unsure);
void publish_no_helper(uint32_t service);
void publish_repair(uint32_t service);

/* The header */
void publish_answer(uint64_t id, int result, uint32_t service);
void publish_hung_up(bool hung_up);
void publish_exec(uint64_t id);             /* being tried; 0: no more */
void publish_reexec(uint64_t id);           /* of connate; 0: no more */
void publish_moved(struct ledger *old);
void publish_tidy(void);
void publish_halt(uint32_t halt);
void publish_escalation(union escalation escalation);
void publish_planned(union planned planned);
void publish_signals(uint64_t signals);
void publish_seeded(void);
void publish_locked(void);
void publish_orphans(void);
void publish_start(void);

void publish_mend(void);                    /* what a kill has left torn */
void publish_wake(void);                    /* readers, once in a pass */

#endif
