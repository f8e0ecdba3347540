/* SPDX-License-Identifier: MIT */
/* The words of the live ledger about a service, and about supervisord, each
 * brought into its range. */
#ifndef CONCTL_SESSION_RECORD_H
#define CONCTL_SESSION_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/said.h"

struct record session_record(uint32_t service);
bool session_said(uint32_t service, const struct record *r, struct said *said);
bool session_health(uint32_t service, const struct record *r,
                    struct health *health);
bool session_checks(uint32_t service, const struct record *r);
bool record_rests(uint32_t service, const struct record *r);
uint64_t record_age_ms(const struct record *r);
bool record_has_time(const struct record *r);
uint32_t session_second(uint32_t service, struct record *r);
bool session_is_second(uint32_t service);
uint32_t session_ends(uint32_t service, const struct record *r);
bool session_lists(uint32_t service);
const struct table_profile *session_profile(uint32_t service);
struct report session_report(void);
union planned session_planned(void);
union escalation session_escalation(void);

#endif
