/* SPDX-License-Identifier: MIT */
/* The descriptors that a service has stored by FDSTORE=1 (sd_notify(3)). Each is
 * kept by connate at a number of a pipe, and its name in the ledger; the next
 * process of the service is given all of them (child.c).
 *
 * A message is peeked at, which duplicates its descriptors; they are stored; then
 * it is taken, without them. Killed before connate has one: the successor peeks
 * again. After that: the successor finds the same open file at a number already
 * (kcmp(2)), and stores it no second time. Where there is no kcmp, it has it
 * twice: two too many are better than one too few. */
#include "supervisord/process/store.h"

#include "model/said.h"
#include "model/text.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"

/* Notes what a line of a message asks for. */
void store_hear(struct stored *s, const char *line)
{
	s->add |= text_equal(line, "FDSTORE=1");
	s->remove |= text_equal(line, "FDSTOREREMOVE=1");
	s->unwatched |= text_equal(line, "FDPOLL=0");
	if (text_starts(line, "FDNAME="))
		s->name = line + sizeof("FDNAME=") - 1;
}

/* As sd_pid_notify_with_fds(3) takes them, but for their length. */
static const char *name_in(const struct stored *s)
{
	const char *name = s->name;
	size_t length = 0;

	while (name != NULL && name[length] >= ' ' && name[length] < 127 &&
	       name[length] != ':')
		length++;
	return length == 0 || length > NAME_MAX_BYTES || name[length] != '\0'
	               ? "stored"
	               : name;
}

static const struct said *entry_of(uint32_t number)
{
	return said_entry(supervisor.ledger, number);
}

/* Closes what is stored at this number, here and in connate. It leaves the epoll
 * first, which would go on to tell of it while others have it open. */
void store_drop(uint32_t number)
{
	int fd = log_read_fd(number);

	(void)sys_epoll_ctl(FD_READY, EPOLL_CTL_DEL, fd, NULL);
	(void)sys_close(fd);
	(void)link_send_waiting(link_make(LINK_DROP, fd, 0, 0), -1);
}

static void remove_named(const struct table_list *l, const char *name)
{
	const uint32_t *number = table_list(table_in_force(), l->at);

	for (uint32_t k = 0; k < l->count; k++)
		if (text_equal(entry_of(number[k])->status, name))
			store_drop(number[k]); /* it may not be open */
}

/* Where it is to be stored: a number that is free; TABLE_NONE: it is stored
 * already, or, with *full, there is none. */
static uint32_t number_for(const struct table_list *l, int fd, bool *full)
{
	const uint32_t *number = table_list(table_in_force(), l->at);
	uint32_t found = TABLE_NONE;
	int self = sys_getpid();

	for (uint32_t k = l->count; k-- > 0;) {
		int other = log_read_fd(number[k]);

		if (!descriptor_is_open(other))
			found = number[k];
		else if (sys_kcmp_file(self, fd, self, other) == 0)
			return TABLE_NONE;
	}
	*full = found == TABLE_NONE;
	return found;
}

/* Watches a stored descriptor for its end alone. A file cannot be watched. */
static void watch(uint32_t number)
{
	struct epoll_event event = { .data = number | STORED };

	(void)sys_epoll_ctl(FD_READY, EPOLL_CTL_ADD, log_read_fd(number),
	                    &event);
}

/* The name first: it means nothing before connate has the descriptor. */
static void keep(uint32_t number, int fd, const struct stored *s)
{
	int to = log_read_fd(number);

	publish_stored(number, name_in(s), !s->unwatched);
	if (sys_dup3(fd, to, O_CLOEXEC) < 0)
		return; /* the limit of open files: it was said */
	(void)link_send_waiting(link_make(LINK_KEEP, to, 0, 0), to);
	if (!s->unwatched)
		watch(number);
}

/* Does what a message has asked for, with the descriptors that came with it,
 * which the caller closes. What is over the limit is said. */
void store_do(uint32_t service, const struct stored *s, const int32_t *fds,
              uint32_t count)
{
	const struct table_list *l = &configured(service)->store;
	bool full = false;

	if (s->remove && s->name != NULL)
		remove_named(l, s->name);
	for (uint32_t k = 0; k < count && s->add; k++) {
		uint32_t number = number_for(l, fds[k], &full);

		if (number != TABLE_NONE)
			keep(number, fds[k], s);
	}
	if (full)
		say_full(service);
}

/* Watches what is stored of this service, but for what came with FDPOLL=0: it is
 * closed when the other end is. */
void store_watch(uint32_t service)
{
	const struct table_list *l = &configured(service)->store;
	const uint32_t *number = table_list(table_in_force(), l->at);

	for (uint32_t k = 0; k < l->count; k++)
		if (entry_of(number[k])->run != 0)
			watch(number[k]);
}
