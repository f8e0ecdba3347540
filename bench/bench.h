/* SPDX-License-Identifier: MIT */
/* The map of the bench: an ordinary libc program that drives the real
 * binaries and the floor side by side, and prints ratios. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdint.h>
#include <sys/types.h>

#include "model/ledger.h"
#include "model/request.h"

enum { ROUNDS_MAX = 2000 };

/* sample.c: what was measured, in microseconds */
struct sample {
	double us[ROUNDS_MAX];
	int count;
};

double now_us(void);
void sample_add(struct sample *s, double us);
double sample_median(struct sample *s);
double sample_max(const struct sample *s);

/* child.c: a program with a pipe on its standard output; marks are the bytes
 * that the no-op services write there */
struct child {
	pid_t pid;
	int in, out;                /* our ends of its pipes */
};

struct child child_start(char *const *argv);
void child_marks(const struct child *c, int count);  /* waits for them */
void child_end(struct child *c);                     /* all of its session */
pid_t child_of(pid_t pid);                           /* its first child */
_Noreturn void fail(const char *what);

/* session.c: a connate with its ledger */
struct session {
	struct child child;
	const struct ledger *ledger;
	size_t size;
	int requests;
};

struct session session_start(const char *connate, const char *supervisord);
uint64_t session_ask(const struct session *s, enum request_verb verb,
                     uint32_t first, uint32_t count);
int session_answered(const struct session *s, uint64_t id); /* result */
void session_upgrade(const struct session *s);
void session_await(const struct session *s, uint32_t first, uint32_t count,
                   enum state state);
void session_await_other(const struct session *s, pid_t supervisord);
pid_t session_pid(const struct session *s, uint32_t service);
void session_end(struct session *s);

#endif
