/* SPDX-License-Identifier: MIT */
/* The messages between connate and supervisord: one fixed-size record for each
 * datagram of the link (unix(7), SOCK_SEQPACKET), checked on receipt.
 */
#ifndef MODEL_LINK_H
#define MODEL_LINK_H

#include <stdint.h>

enum link_kind {
#define LINK(name, sender, what) LINK_##name,
#include "model/link.def"
#undef LINK
	LINKS
};

/* Record locks on the lock file (fcntl(2)): connate holds all bytes below this
 * one, so that F_GETLK tells its pid, and supervisord holds this one. To begin
 * a session takes both locks: so no other session can begin when connate is
 * killed, until supervisord has taken its place. */
#define LOCK_OF_SUPERVISORD (1ll << 62)

/* What supervisord adopts with ADOPTED. ALONE: its image. LEDGER: its image and
 * a new ledger, which is attached. SAME: nothing new, as the image that was to
 * be tried could not be run at all. */
enum adopt { ADOPT_ALONE, ADOPT_LEDGER, ADOPT_SAME };

/* What NOTIFY says to the manager of connate (sd_notify(3)). */
enum notify {
	NOTIFY_STOPPING, NOTIFY_RELOADING, NOTIFY_WATCHDOG, NOTIFY_EXTEND
};

#define LINK_MAGIC 0x6b6e6c31u

struct link {
	uint32_t magic;
	uint32_t kind;              /* enum link_kind */
	int32_t a, b, c;
	uint32_t number;            /* counts the messages of connate */
};

_Static_assert(sizeof(struct link) == 24, "an ABI");

struct link link_make(enum link_kind kind, int32_t a, int32_t b, int32_t c);
const char *link_check(const struct link *m, uint64_t size);

#endif
