/* SPDX-License-Identifier: MIT */
/* The map of supervisord:
 *
 *     observe ──facts──▶ settle ──effects──▶ kernel
 *                          │
 *                       publish ──▶ ledger
 *
 * Everything that must outlive it is in the ledger or is a descriptor that
 * pid1 holds; what is in struct supervisor may be lost at any instant. It
 * never calls reboot(2) and it never waits, but in observe.
 */
#ifndef SUPERVISORD_SUPERVISORD_H
#define SUPERVISORD_SUPERVISORD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/descriptor.h"
#include "model/ledger.h"
#include "model/link.h"
#include "model/request.h"
#include "model/world.h"
#include "supervisord/image.h"
#include "sys/call.h"

/* All time-outs and limits of supervisord; those of services are theirs. */
enum {
	LAUNCH_AGAIN_MS = 100,      /* after clone found no memory, no pid */
	SLOT_WAIT_US = 1000,        /* for a place in a full child pool */
	NEWS_AGAIN_MS = 100,        /* after the link took no more */
	EXEC_LOOK_MS = 1,           /* first look whether exec is done … */
	EXEC_LOOK_MAX_MS = 256,     /* … doubled up to this */
	REAP_MAX = 256,             /* before the others have their turn */
	REQUESTS_MAX = 64,          /* likewise */
	SETTLE_MAX = 4096,          /* changes, likewise */
	LINK_WAIT_MS = 1000,        /* for room on the link, at boot */
	REQUEST_ROOM = 65536,       /* bytes that a pipe can hold */
};

struct supervisor {
	struct ledger *ledger;
	struct record *records;
	struct world world;
	struct queue waiting;       /* for a place in the child pool */
	uint64_t now_ms;            /* of this pass */
	int pid1;                   /* its pid */
	char **envp;                /* ours: what services inherit */
	struct rlimit64 files;      /* RLIMIT_NOFILE as services get it */
	bool files_raised;
	bool link_lost;             /* pid1 is gone */
	bool drained, locked;       /* pid1 said so */
	bool adopted, halted;       /* pid1 was told so … */
	uint64_t news_at_ms;        /* … or is told again; NEVER_MS */
	bool again;                 /* there is more to do: do not sleep */
};

extern struct supervisor supervisor;

/* boot.c: descriptors and ledger, made or found */
int boot(void);                             /* 0 or -errno, said */

/* resume.c: what another supervisord left, checked and taken up */
void resume(void);

/* say.c: what a person should hear of without asking */
void say_change(const struct change *change);
void say_end(uint32_t service, union ending ending);

/* observe.c: waits; then deaths, messages, requests, deadlines */
void observe(void);
void observe_clock(void);                   /* sets now_ms */
void observe_link(void);
void observe_until(const bool *said);

/* children.c: peek, record, release */
void children_reap(void);
void child_ended(int32_t pid, bool own, union ending ending);

/* post.c: the link to pid1 */
int post_send(struct link m, int fd);       /* fd: attached; -1: none */
void post_news(void);                       /* ADOPTED, HALT when due */

/* requests.c: what conctl asks */
void requests_read(void);
void wish_all(const struct request_range *ranges, uint32_t count,
              enum target target);

/* effect.c: what entering a state means to the kernel */
void effect_do(const struct change *change);

/* spawn.c: a child on its way to exec, and the pool that it starts in */
bool spawn(uint32_t service, const struct table_action *action);
void spawn_look(void);                      /* who has done exec? */
uint64_t spawn_look_ms(void);               /* when to look; NEVER_MS */
void spawn_await_slot(void);

/* child.c: the steps of the child, in the child */
struct child {
	uint32_t word;              /* 0: free. The kernel clears it */
	uint32_t service;
	const struct table_action *action;
	const char **argv, **envp;
};
void child_run(void *child);

/* log.c: the pipes of the loggers */
void log_open_all(void);

/* halt.c: everything down, then pid1 is told */
void halt_begin(enum halt halt, int code);

/* publish.c: the only writer of the ledger */
void publish_change(const struct change *change);
void publish_ready(uint32_t service);
void publish_launch(uint32_t service);
void publish_end(uint32_t service, union ending ending);
void publish_answer(uint64_t id, int result, uint32_t service);
void publish_halt(uint32_t halt);
void publish_seeded(void);
void publish_locked(void);
void publish_start(void);
void publish_repair(uint32_t service);
void publish_wake(void);

#endif
