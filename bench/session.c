/* SPDX-License-Identifier: MIT */
/* A connate under measurement, spoken to as conctl does, but without the
 * start of a program in between. */
#define _GNU_SOURCE
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_fd(pid_t pid, int number, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, number);
	return open(path, flags | O_CLOEXEC);
}

/* Waits until the ledger exists and is whole. */
static void session_map(struct session *s)
{
	double limit = now_us() + 20e6;
	struct stat status;

	while (now_us() < limit) {
		int fd = open_fd(s->child.pid, 100, O_RDONLY);
		void *bytes = MAP_FAILED;

		if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0)
			bytes = mmap(NULL, (size_t)status.st_size, PROT_READ,
			             MAP_SHARED, fd, 0);
		if (fd >= 0)
			close(fd);
		s->size = (size_t)status.st_size;
		s->ledger = bytes;
		if (bytes != MAP_FAILED &&
		    ledger_check(bytes, s->size) == NULL &&
		    s->ledger->seeded)
			return;
		if (bytes != MAP_FAILED)
			munmap(bytes, s->size);
		usleep(1000);
	}
	fail("connate did not start");
}

struct session session_start(const char *connate, const char *supervisord)
{
	char *argv[] = { (char *)connate, (char *)"--supervisor",
		         (char *)supervisord, NULL };
	struct session s = { .child = child_start(argv) };

	session_map(&s);
	s.requests = open_fd(s.child.pid, 111, O_WRONLY);
	if (s.requests < 0 || fcntl(s.requests, F_SETFL, O_DIRECT) < 0)
		fail("request pipe");
	return s;
}

uint64_t session_ask(const struct session *s, enum request_verb verb,
                     uint32_t first, uint32_t count)
{
	static uint64_t id = 1;
	static struct request r;

	r = (struct request){ .verb = (uint16_t)verb,
		              .id = ++id,
		              .digest = ledger_table(s->ledger)->digest,
		              .ranges = 1,
		              .range = { { first, count } } };
	if (write(s->requests, &r, request_seal(&r)) < 0)
		fail("request");
	return id;
}

static void doze(const struct session *s, uint32_t seen)
{
	struct timespec moment = { .tv_nsec = 100000000 };

	syscall(SYS_futex, &s->ledger->change, FUTEX_WAIT, seen, &moment);
}

static const struct answer *answer(const struct session *s, uint64_t id)
{
	for (uint32_t i = 0; i < LEDGER_ANSWERS; i++)
		if (ledger_answer(s->ledger, i)->id == id)
			return ledger_answer(s->ledger, i);
	return NULL;
}

int session_answered(const struct session *s, uint64_t id)
{
	for (;;) {
		uint32_t seen = __atomic_load_n(&s->ledger->change,
		                                __ATOMIC_ACQUIRE);

		if (answer(s, id) != NULL)
			return answer(s, id)->result;
		doze(s, seen);
	}
}

/* Its own image again, in place. Busy: the last one is not over yet. */
void session_upgrade(const struct session *s)
{
	int result;

	while ((result = session_answered(
			s, session_ask(s, REQUEST_EXEC, 0, 0))) == -EBUSY)
		usleep(100);
	if (result < 0)
		fail("an upgrade");
}

void session_await(const struct session *s, uint32_t first, uint32_t count,
                   enum state state)
{
	uint32_t at = first;

	while (at < first + count) {
		uint32_t seen = __atomic_load_n(&s->ledger->change,
		                                __ATOMIC_ACQUIRE);

		if (ledger_read(s->ledger, at).phase.state == state)
			at++;
		else
			doze(s, seen);
	}
}

/* Until another supervisord than that has taken over. */
void session_await_other(const struct session *s, pid_t supervisord)
{
	for (;;) {
		uint32_t seen = __atomic_load_n(&s->ledger->change,
		                                __ATOMIC_ACQUIRE);

		if (s->ledger->supervisord != supervisord)
			return;
		doze(s, seen);
	}
}

pid_t session_pid(const struct session *s, uint32_t service)
{
	return ledger_read(s->ledger, service).life.pid;
}

void session_end(struct session *s)
{
	kill(s->child.pid, SIGTERM);
	waitpid(s->child.pid, NULL, 0);
	munmap((void *)s->ledger, s->size);
	close(s->requests);
	child_end(&s->child);
}
