/* SPDX-License-Identifier: MIT */
/* Another image takes over, in the same process: exec(2) keeps the pid, the
 * children and what is not close-on-exec, and all else that supervisord knows
 * is in the ledger. The old image says TRY and execs; the new one says ADOPTED.
 * Until then nothing has happened: if it dies or hangs, connate starts the old
 * image again, and that finds the old ledger as it was left.
 *
 * With another configuration, or a layout of another version, the new image
 * makes a ledger of its own (model/merge.c), which no other process sees. The
 * message ADOPTED has it attached: that one message puts image and ledger in
 * force, together. Killed before it is sent: nothing has happened. After:
 * connate reads all messages before it starts another supervisord. So before it
 * is sent
 *
 *     no process is started and none is signalled,
 *     no message of the link is taken and no zombie reaped: what they say
 *     would be stored in a ledger that may never be in force,
 *
 * and nothing in the old ledger is changed. */
#include "supervisord/upgrade/upgrade.h"

#include "model/graph.h"
#include "model/merge.h"
#include "model/said.h"
#include "model/target.h"
#include "model/text.h"
#include "model/trust.h"
#include "supervisord/base/command.h"
#include "supervisord/base/environment.h"
#include "supervisord/base/memory.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/base/targets.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"
#include "supervisord/io/pipes.h"
#include "supervisord/io/sockets.h"
#include "supervisord/process/oom.h"
#include "sys/fd.h"
#include "sys/message.h"

enum { REQUEST_OF_SIGHUP = 1 }; /* its id, to which no client listens */

static const char deleted[] = " (deleted)";

/* The old image */

/* By the name that the file of the image had, which may have been replaced
 * since (proc(5)). */
static int open_by_name(int image)
{
	static char path[PATH_MAX];
	struct digits d;
	char link[32] = "/proc/self/fd/";
	const char *number = text_number(&d, image);
	long length;

	__builtin_memcpy(link + 14, number, text_length(number) + 1);
	length = sys_readlinkat(AT_FDCWD, link, path, sizeof(path) - 1);
	if (length < 0)
		return (int)length;
	path[length] = '\0';
	length -= (long)sizeof(deleted) - 1;
	if (length > 0 && text_equal(path + length, deleted))
		path[length] = '\0';
	return sys_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
}

static int open_image(const char *path, int image)
{
	int fd;

	privilege_raise();
	fd = path[0] != '\0'
	             ? sys_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0)
	             : open_by_name(image);
	privilege_lower();
	return fd;
}

static int exec_image(int fd)
{
	int error;

	if (supervisor.files_raised)
		(void)sys_prlimit(0, RLIMIT_NOFILE, &supervisor.files, NULL);
	descriptors_keep_on_exec();
	privilege_raise();
	command_enter();
	error = fd_exec(fd, supervisor.argv, supervisor.envp);
	command_leave();
	privilege_lower();
	return error;
}

/* The exec has failed: this image goes on as it was. */
static int stay(int error)
{
	descriptors_close_on_exec();
	(void)pipes_raise_limit(supervisor.world.table->pipes); /* as before */
	(void)sys_close(FD_CANDIDATE);
	publish_exec(0);
	supervisor.adopts = ADOPT_SAME;
	supervisor.adopted = supervisor.kept = false; /* it is told again */
	return error;
}

/* The manager of connate, if it knows that the session is up, is told that
 * another image is to take over; news.c sends REACHED afterwards, by whichever
 * image. */
static void say_reloading(void)
{
	if (!supervisor.reached || environment_entry(ENVIRONMENT_OWN) == NULL)
		return;
	supervisor.reached =
		link_send(link_make(LINK_NOTIFY, NOTIFY_RELOADING, 0, 0), -1) <
		0;
	if (!supervisor.reached)
		supervisor.news_at_ms = supervisor.now_ms;
}

static int try_image(int fd, uint64_t id)
{
	int error = fd_move(fd, FD_CANDIDATE, O_CLOEXEC);

	if (error < 0)
		return error;
	if (!oom_yield())
		return -EAGAIN;
	publish_exec(id);
	publish_hung_up(false); /* from here on exec_id stands for it */
	error = link_send(link_make(LINK_TRY, sys_getpid(), 0, 0),
	                  FD_CANDIDATE);
	if (error >= 0)
		return stay(exec_image(FD_CANDIDATE));
	publish_exec(0);
	(void)sys_close(FD_CANDIDATE);
	return error;
}

/* Executes another image: `path`, or if that is empty the file that has the
 * name of this image by now. id: of the request, which the new image answers.
 * If this returns, it is -errno, and nothing has happened: -EBUSY before
 * connate has answered ADOPTED, for what it says to one image is not to be
 * heard by the next; -EAGAIN if the process cannot give up its protection
 * (oom.c). */
int upgrade_try(const char *path, uint64_t id)
{
	link_receive();
	if (supervisor.link_lost || !supervisor.kept)
		return -EBUSY;
	say_reloading();
	return try_image(open_image(path, FD_IMAGE), id);
}

/* If SIGHUP came to connate: executes the file that has the name of this image
 * by now. A failure is said. */
void upgrade_hang_up(void)
{
	struct digits d;
	int error;

	if (!supervisor.ledger->hung_up || !supervisor.kept)
		return;
	error = upgrade_try("", REQUEST_OF_SIGHUP);
	publish_hung_up(false);
	message("supervisord: cannot become another image: ",
	        text_error(&d, error), NULL);
}

/* Asks connate to execute another version of itself: `path`, or if that is
 * empty the file that has the name of connate's by now. 1: it is asked, and the
 * request `id` is answered when it has said how that ended (REEXECED). Else
 * -errno: -EBUSY if it is asked already, or dead. */
int upgrade_connate(const char *path, uint64_t id)
{
	int fd, error;

	if (supervisor.link_lost || supervisor.ledger->reexec_id != 0)
		return -EBUSY;
	fd = open_image(path, FD_CONNATE);
	if (fd < 0)
		return fd;
	error = link_send(link_make(LINK_REEXEC, 0, 0, 0), fd);
	(void)sys_close(fd); /* connate has it */
	if (error < 0)
		return error;
	publish_reexec(id); /* killed before: the client asks again */
	return 1;
}

/* The new image */

static struct merge merge;
static struct ledger *old; /* NULL: supervisor.ledger is in force */
static uint64_t old_size;  /* of its mapping */
static int new_fd;

/* Holds the former image and ledger as connate does when it adopts this image
 * (pid1/probation.c): if connate dies, supervisord becomes connate, with the
 * descriptors that it has. To be called before ADOPTED, upon which connate
 * stores that this image is on probation. */
void upgrade_hold(void)
{
	struct probation before = supervisor.ledger->probation;

	if (!descriptor_is_open(FD_CANDIDATE) ||
	    (before.stage == STAGE_PROBATION && before.deaths > 0 &&
	     descriptor_is_open(FD_FORMER_IMAGE)))
		return;
	/* If there is no room for them, the successor has none. */
	(void)sys_dup3(FD_IMAGE, FD_FORMER_IMAGE, 0);
	(void)sys_dup3(FD_LEDGER, FD_FORMER_LEDGER, 0);
}

/* Holds them no more: this image has stood its probation. */
void upgrade_forget(void)
{
	(void)sys_close(FD_FORMER_IMAGE);  /* there may be none */
	(void)sys_close(FD_FORMER_LEDGER); /* there may be none */
}

static int refuse_to_take_over(const char *why)
{
	message("supervisord: cannot take over: ", why, NULL);
	return -EINVAL;
}

/* The image of the old ledger. connate has started this image beside the ledger
 * of another one only if that was rolled back; and then connate has kept it. */
static int old_image(void)
{
	bool is_tried = descriptor_is_open(FD_CANDIDATE);
	bool is_kept = descriptor_is_open(FD_FORMER_IMAGE);

	return !is_tried && is_kept ? FD_FORMER_IMAGE : FD_IMAGE;
}

/* A service that the new configuration does not have is still to call a
 * function of the old image. */
static int keep_former(void)
{
	uint32_t k = (uint32_t)__builtin_ctz(~merge.former_used);
	int number = FD_FORMER_FIRST + (int)k;

	if (k >= FORMER_IMAGES)
		return refuse_to_take_over(
			"services of too many former configurations have a "
			"function to call yet");
	merge.former = k + 1;
	if (sys_dup3(old_image(), number, O_CLOEXEC) < 0 ||
	    link_send_waiting(link_make(LINK_KEEP, number, 0, 0), number) < 0)
		return refuse_to_take_over("the former image cannot be kept");
	return 0;
}

static struct ledger *make_ledger(void)
{
	struct ledger layout = ledger_layout(&merge.head);
	uint64_t size = said_bytes(&layout, merge_said(&merge));

	new_fd = sys_memfd_create("connate", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (new_fd < 0 || ledger_make(new_fd, size) < 0)
		return NULL;
	return ledger_map(new_fd, size);
}

/* Makes a ledger for this image out of the one in supervisor.ledger, of which
 * `size` bytes are mapped: services are matched by name (model/merge.c).
 * supervisor.ledger is the new one from now on, not in force before
 * upgrade_commit(). 0, or -errno, which is said. */
int upgrade_merge(const struct table *image, uint64_t size)
{
	const char *wrong;

	old = supervisor.ledger;
	old_size = size;
	merge.image = image;
	merge.old = old;
	merge.old_size = size;
	merge.scratch = memory_map(4 * merge_scratch(&merge));
	if (merge.scratch == NULL)
		return -ENOMEM;
	merge_measure(&merge);
	if (merge.calls && keep_former() < 0)
		return -EINVAL;
	supervisor.ledger = make_ledger();
	if (supervisor.ledger == NULL)
		return -ENOMEM;
	merge_fill(&merge, supervisor.ledger);
	ledger_trust_all(supervisor.ledger);
	said_begin(supervisor.ledger);
	wrong = ledger_check(supervisor.ledger, supervisor.ledger->size);
	return wrong == NULL ? 0 : refuse_to_take_over(wrong);
}

static bool is_wanted(uint32_t service)
{
	return target_wanted(record_of(service)->phase.target);
}

/* The service is up: so are the services without which it cannot be, by the new
 * configuration. */
static void set_needed_up(uint32_t service)
{
	const uint32_t needing = 1u << EDGE_NEEDS | 1u << EDGE_BINDS |
	                         1u << EDGE_LOGS;
	struct world *w = &supervisor.world;
	struct edges e = edges_from(w->table, service);

	for (; e.at < e.end; e.at++)
		if ((needing >> edge_kind(*e.at) & 1) != 0 &&
		    !is_wanted(edge_service(*e.at)))
			target_set(w, edge_service(*e.at), TARGET_UP);
}

/* Sets the targets of services that are new to this image, and what follows
 * from them, in the new ledger, before that is in force. */
void upgrade_set_targets(void)
{
	struct world *w = &supervisor.world;

	if (old == NULL)
		return;
	for (uint32_t i = 0; i < merge.image->services; i++) {
		enum target first = command_target(i);

		if (merge.from[i] == TABLE_NONE)
			publish_blank(i);
		if (merge_is_new(&merge, i) && first != TARGET_DOWN)
			target_set(w, i, first);
		else if (is_wanted(i))
			set_needed_up(i);
	}
	if (supervisor.ledger->seeded && supervisor.ledger->halt == 0)
		targets_apply();
}

static bool is_hung_up(int error)
{
	return error == -EPIPE || error == -ECONNRESET;
}

/* Puts this image and its new ledger in force, and waits until connate has said
 * KEPT. Exits with 1 if the link takes no message. Nothing, if there is no new
 * ledger: news.c says ADOPTED then. */
void upgrade_commit(void)
{
	int error;

	if (old == NULL)
		return;
	error = link_send_waiting(link_adopted(sys_getpid(), ADOPT_LEDGER),
	                          new_fd);
	if (error < 0 && !is_hung_up(error)) {
		(void)refuse_to_take_over(
			"the link to connate takes no message");
		sys_exit(1);
	}
	supervisor.adopted = true;
	link_wait(&supervisor.kept);
	(void)fd_move(new_fd, FD_LEDGER, O_CLOEXEC);
	publish_moved(old);
	(void)sys_munmap(merge.scratch, 4 * merge_scratch(&merge));
	(void)sys_munmap(old, old_size); /* all of it was mapped */
	old = NULL;
}

/* connate has died while this image was tried, so nothing can refuse it any
 * more: it is in force, on probation. The successor of connate, which
 * supervisord becomes, goes by the descriptors and the ledger. */
void upgrade_promote(void)
{
	struct ledger *l = supervisor.ledger;

	if (fd_move(FD_CANDIDATE, FD_IMAGE, O_CLOEXEC) < 0 ||
	    l->report.images != l->exec_images)
		return;
	l->probation = (struct probation){ .stage = STAGE_PROBATION };
	l->report.images++;
}

/* connate says KEPT to the process `pid`, when so many images have taken over:
 * if there is one more, this image has taken over; else the one before goes on.
 * The request for it is answered. What was said to the image before this one,
 * which had the same pid, is ignored. */
void upgrade_kept(int32_t pid, uint32_t images)
{
	const struct ledger *l = supervisor.ledger;
	bool tried = descriptor_is_open(FD_CANDIDATE);

	if (pid != sys_getpid() || (tried && images == l->exec_images))
		return;
	supervisor.kept = true;
	if (tried)
		(void)fd_move(FD_CANDIDATE, FD_IMAGE, O_CLOEXEC);
	if (l->exec_id == 0)
		return;
	publish_answer(l->exec_id, images != l->exec_images ? 0 : -ECANCELED,
	               TABLE_NONE);
	publish_exec(0);
}

/* What is no longer needed */

static void mark_used(unsigned char *used, uint32_t pipe)
{
	if (pipe != TABLE_NONE)
		used[pipe] = 1;
}

static bool drop_fd(int number)
{
	(void)sys_close(number); /* it may not be open */
	return link_send_waiting(link_make(LINK_DROP, number, 0, 0), -1) == 0;
}

static bool drop_pipe_or_socket(int number)
{
	socket_drop_file(number);
	return drop_fd(number);
}

static bool drop_pipes(const unsigned char *used)
{
	for (uint32_t k = 0; k < supervisor.ledger->untidy; k++)
		if (!used[k] &&
		    !(drop_pipe_or_socket(log_read_fd(k)) &&
		      drop_fd(log_write_fd(k))))
			return false;
	return true;
}

static bool drop_images(uint32_t used)
{
	for (int k = 0; k < FORMER_IMAGES; k++)
		if ((used >> (k + 1) & 1) == 0 && !drop_fd(FD_FORMER_FIRST + k))
			return false;
	return true;
}

/* Closes the pipes and former images of services that are gone, here and in
 * connate. Killed in between, or with no room on the link: the successor does
 * it again. */
void upgrade_tidy(void)
{
	const struct table *t = supervisor.world.table;
	uint32_t size = supervisor.ledger->untidy, images = 0;
	const uint32_t *number;
	unsigned char *used;

	if (size == 0 || (used = memory_map(size)) == NULL)
		return;
	for (uint32_t i = 0; i < t->services; i++) {
		const struct table_service *s = table_service(t, i);

		mark_used(used, s->pipe);
		mark_used(used, s->log_pipe - 1);
		mark_used(used, s->ready_pipe);
		for (uint32_t n = 0; (number = table_number(t, s, n)) != NULL;
		     n++)
			used[*number] = 1;
		images |= 1u << s->cleanup.image | 1u << s->stop.image;
	}
	if (drop_pipes(used) && drop_images(images))
		publish_tidy();
	(void)sys_munmap(used, size);
}
