/* SPDX-License-Identifier: MIT */
/* The messages between pid1 and supervisord: one fixed-size record for each
 * datagram of the link (unix(7), SOCK_SEQPACKET), checked on receipt.
 */
#ifndef MODEL_LINK_H
#define MODEL_LINK_H

#include <stdint.h>

enum link_kind {
#define LINK(name, who, what) LINK_##name,
#include "model/link.def"
#undef LINK
	LINKS
};

/* How it is to end. EXIT: pid1 exits; the others are reboot(2). */
enum halt {
#define HALT(name, label, command) HALT_##name,
#include "model/halt.def"
#undef HALT
	HALTS
};

/* halt.c: the columns of halt.def. */
extern const char *const halt_label[HALTS];
extern const uint32_t halt_command[HALTS];

/* What connate is. */
enum init { INIT_NONE, INIT_CONTAINER, INIT_MACHINE };

/* halt.c: what a signal to connate asks for, or HALT_NONE. */
enum halt halt_of_signal(int signal, enum init init);

/* Record locks on the lock file (fcntl(2)): pid1 holds all below this byte, so
 * that F_GETLK tells its pid, and supervisord this one. Who begins a session
 * has to get both: when connate is killed nobody can come between, until
 * supervisord has taken its place. */
#define LOCK_OF_SUPERVISORD (1ll << 62)

/* ALONE, or with a new LEDGER attached; or the image that was to be tried
 * could not be run at all, so it is the SAME as before. */
enum adopt { ADOPT_ALONE, ADOPT_LEDGER, ADOPT_SAME };

#define LINK_MAGIC 0x6b6e6c31u

struct link {
	uint32_t magic;
	uint32_t kind;              /* enum link_kind */
	int32_t a, b, c;
	uint32_t number;            /* counts what pid1 sends */
};

_Static_assert(sizeof(struct link) == 24, "an ABI");

struct link link_make(enum link_kind kind, int32_t a, int32_t b, int32_t c);

/* Why these bytes are no message, or NULL. */
const char *link_check(const struct link *m, uint64_t size);

#endif
