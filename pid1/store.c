/* SPDX-License-Identifier: MIT */
/* The descriptor store of another manager whose service connate is: FDSTORE=1 of
 * sd_notify(3), only where that manager says by the variable FDSTORE that it has
 * one. It gets the shared descriptors, each by a name with its number, so that
 * they outlive connate and supervisord, even if both are killed at once: the next
 * connate is given them (sd_listen_fds(3)), and goes on as a successor does.
 *
 * While the end of connate is stored, supervisord does not see that connate has
 * died: the next connate ends that supervisord, and starts another one. So that
 * end is stored last. Killed before that, or between the removal of a descriptor
 * that was replaced and the storing of the new one: the next connate is not given
 * all. It begins anew, and has all removed from the store, so a supervisord that
 * lives sees that connate is gone; all is as without a store.
 *
 * The manager keeps the same open file once, however often it is stored. */
#include "model/text.h"
#include "pid1/pid1.h"
#include "sys/fd.h"
#include "sys/message.h"

#define NAME "connate-"

enum { NUMBER_MAX = 6553 };         /* to which a digit is added */

#define BIT(number) (1u << ((number) - FD_LEDGER))

/* Without these a session cannot go on. */
#define ESSENTIAL \
	(BIT(FD_LEDGER) | BIT(FD_LINK_PID1) | BIT(FD_LINK) | BIT(FD_BOARD) | \
	 BIT(FD_REQUEST_IN) | BIT(FD_REQUEST_OUT) | BIT(FD_RESPONSE_IN) | \
	 BIT(FD_RESPONSE_OUT))

static bool is_stored(int number)
{
	return number >= FD_FORMER_FIRST ||
	       (number >= FD_LEDGER &&
	        ((ESSENTIAL | BIT(FD_IMAGE)) & BIT(number)) != 0);
}

static bool has_store(const struct pid1 *p)
{
	const char *value = notify_value(p, "FDSTORE");

	return value != NULL && value[0] != '0';
}

static bool is_open(int fd)
{
	return sys_fcntl(fd, F_GETFD, 0) >= 0;
}

/* The descriptor at this number was closed, or is another one now. Where this
 * cannot be sent the next connate takes the younger one of two, or has one too
 * many. */
void store_removed(const struct pid1 *p, int number)
{
	if (has_store(p))
		(void)notify_say(p, "FDSTOREREMOVE=1\nFDNAME=" NAME, number,
		                 -1); /* see above */
}

/* In place of what has the number in the store; if it is not open, that is only
 * removed. False: it is to be tried again. */
static bool store(const struct pid1 *p, int number)
{
	if (!is_stored(number))
		return true;
	store_removed(p, number);
	return !notify_may_pass(notify_say(
		p, "FDSTORE=1\nFDPOLL=0\nFDNAME=" NAME, number, number));
}

/* Stores what is left to be stored: to be called each time that the loop comes
 * round. From the last number down to the link's, of a pair the even one first
 * (supervisord/io/pipes.c, open_writer()); then the ledger, and then connate's
 * end of the link. */
void store_go_on(struct pid1 *p)
{
	for (; p->store_at >= FD_LINK_PID1 - 1; p->store_at--)
		if (!store(p, p->store_at >= FD_LINK ? p->store_at ^ 1
		              : p->store_at == FD_LINK_PID1 ? FD_LEDGER
		                                            : FD_LINK_PID1)) {
			p->retry_soon = true;
			return;
		}
}

/* All is to be stored, in order. */
void store_begin(struct pid1 *p)
{
	if (has_store(p))
		p->store_at = p->last_kept | 1;
}

/* The descriptor at this number is new, or another one than before. Before a
 * supervisord has adopted the services nothing is stored: store_begin() does
 * that. */
void store_changed(struct pid1 *p, int number)
{
	if (number > p->last_kept)
		p->last_kept = number;
	if (p->ever_adopted && has_store(p) && !store(p, number))
		store_begin(p);
}

/* The number in the name that *names begins with, or -1; *names goes on behind
 * it. */
static int next_number(const char **names)
{
	const char *at = *names;
	bool is = text_starts(at, NAME);
	int number = 0;

	for (at += is ? sizeof(NAME) - 1 : 0; *at != ':' && *at != '\0'; at++) {
		is = is && *at >= '0' && *at <= '9' && number < NUMBER_MAX;
		number = is ? number * 10 + (*at - '0') : 0;
	}
	*names = *at == ':' ? at + 1 : at;
	return is && is_stored(number) ? number : -1;
}

/* Moves all that is ours out of the way, to numbers from base on, then closes
 * the others, then moves each to its number. The manager tells of the younger
 * one of two first. */
static void sort(const char *all, int base)
{
	const char *names = all;
	int number;

	for (int i = 0; *names != '\0'; i++)
		if (next_number(&names) >= 0) /* full: it is missing then */
			(void)sys_dup3(3 + i, base + i, O_CLOEXEC);
	fd_close_all(3, base - 1);
	for (int i = base; *all != '\0'; i++) {
		number = next_number(&all);
		if (number >= 0 && is_open(number))
			(void)sys_close(i); /* the older one */
		else if (number >= 0)
			(void)fd_move(i, number,
			              number == FD_LINK_PID1 ? O_CLOEXEC : 0);
	}
}

static bool is_complete(void)
{
	uint64_t magic = 0;

	for (int fd = FD_LEDGER; fd < FD_FORMER_FIRST; fd++)
		if ((ESSENTIAL & BIT(fd)) != 0 && !is_open(fd))
			return false;
	return sys_pread(FD_LEDGER, &magic, sizeof(magic), 0) ==
	               sizeof(magic) &&
	       magic == LEDGER_MAGIC;
}

/* Was connate given the descriptors of a session by its manager? Then they are
 * at their numbers, and all others are closed, but the standard ones. A ledger is
 * believed as far as any other (supervisord/recovery/boot.c). To be called
 * before any other is opened. */
bool store_take(struct pid1 *p)
{
	const char *all = notify_value(p, "LISTEN_FDNAMES"), *names = all;
	const char *pid = notify_value(p, "LISTEN_PID");
	struct digits d;
	int base = 3;

	if (all == NULL || pid == NULL ||
	    !text_equal(pid, text_number(&d, p->self)))
		return false;
	for (; *names != '\0'; base++) {
		int number = next_number(&names);

		if (number > p->last_kept)
			p->last_kept = number;
	}
	sort(all, base > p->last_kept ? base : p->last_kept + 1);
	if (is_complete())
		return true;
	store_removed(p, FD_LINK_PID1);
	return false;
}

/* Goes on with what store_take() has taken. A supervisord that has survived
 * connate has our link, but is not our child: it is ended, and awaited, as there
 * may be only one. */
void store_resume(struct pid1 *p)
{
	const struct __kernel_timespec pause = { .tv_nsec = 1000000 };
	int former;

	report_read(p);
	former = p->report.supervisord;
	for (int k = 0; k < ADOPT_MS && sys_kcmp_file(p->self, FD_LINK, former,
	                                              FD_LINK) == 0; k++) {
		(void)sys_kill(former, SIGKILL); /* it may be dead by now */
		(void)sys_ppoll(NULL, 0, &pause);
	}
	p->ever_adopted = true;
	p->report.successions++;
	probation_inherit(p);
}

/* Another image, or ledger, came into force. */
void store_renew(struct pid1 *p)
{
	store_changed(p, FD_IMAGE);
	store_changed(p, FD_LEDGER);
}
