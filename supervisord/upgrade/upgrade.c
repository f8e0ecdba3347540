/* SPDX-License-Identifier: MIT */
/* Another image takes over, in the same process: exec(2) keeps the pid, the
 * children and what is not close-on-exec, and all else that we know is in the
 * ledger. The old image says TRY and execs; the new one says ADOPTED. Until
 * then nothing has happened: if it dies or hangs, pid1 starts the old image
 * again, and that finds the old ledger as it was left.
 *
 * With another configuration, or a layout of another version, the new image
 * makes a ledger of its own (model/merge.c), which nobody sees. The message
 * ADOPTED has it attached: that one message puts image and ledger in force,
 * together. Killed before it is sent: it never was. After: pid1 reads all
 * messages before it starts another supervisord. So before it is sent
 *
 *     nobody is started and nobody is signalled,
 *     no message of the link is taken and no zombie reaped: what they say
 *     would be written down in a ledger that may never be,
 *
 * and nothing in the old ledger is touched. */
#include "model/graph.h"
#include "model/merge.h"
#include "model/text.h"
#include "model/trust.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"
#include "sys/message.h"

enum { NOBODY = 1 }; /* whose request a SIGHUP is */

static const char deleted[] = " (deleted)";

/* The old image */

/* Its file's name, although it may have been replaced since (proc(5)). */
static int open_again(int image)
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
	             : open_again(image);
	privilege_lower();
	return fd;
}

/* What we hold, but for what is each one's own. An epoll of thousands takes a
 * millisecond to close: the next one does that when it makes its own. */
void upgrade_pass_on(void)
{
	int last = log_write_fd(supervisor.world.table->pipes);

	for (int fd = FD_FORMER_IMAGE; fd <= last; fd++)
		if (fd != FD_SIGNAL)
			(void)sys_fcntl(fd, F_SETFD, 0); /* if it is open */
}

static int exec(int fd)
{
	int error;

	if (supervisor.files_raised)
		(void)sys_prlimit(0, RLIMIT_NOFILE, &supervisor.files, NULL);
	upgrade_pass_on();
	privilege_raise();
	command_enter();
	error = sys_execveat(fd, "", supervisor.argv, supervisor.envp,
	                     AT_EMPTY_PATH);
	if (error == -ENOSYS) /* before Linux 3.19; emulators */
		error = sys_execve("/proc/self/fd/109", supervisor.argv,
		                   supervisor.envp);
	command_leave();
	privilege_lower();
	return error;
}

/* It goes on as it was. */
static int stay(int error)
{
	close_on_exec();
	pipes_raise_limit();
	(void)sys_close(FD_CANDIDATE);
	publish_exec(0);
	supervisor.adopts = ADOPT_SAME;
	supervisor.adopted = supervisor.kept = false; /* post_news() says so */
	return error;
}

static int try(int fd, uint64_t id)
{
	int error = fd_move(fd, FD_CANDIDATE, O_CLOEXEC);

	if (error < 0)
		return error;
	if (!oom_yield())
		return -EAGAIN;
	publish_exec(id);
	publish_hung_up(false); /* from here on exec_id stands for it */
	error = post_send(link_make(LINK_TRY, sys_getpid(), 0, 0),
	                  FD_CANDIDATE);
	if (error >= 0)
		return stay(exec(FD_CANDIDATE));
	publish_exec(0);
	(void)sys_close(FD_CANDIDATE);
	return error;
}

/* Not before pid1 has answered ADOPTED: what it says to one image is not to be
 * heard by the next. */
int upgrade_try(const char *path, uint64_t id)
{
	observe_link();
	if (supervisor.link_lost || !supervisor.kept)
		return -EBUSY;
	return try(open_image(path, FD_IMAGE), id);
}

void upgrade_hang_up(void)
{
	struct digits d;
	int error;

	if (!supervisor.ledger->hung_up || !supervisor.kept)
		return;
	error = upgrade_try("", NOBODY);
	publish_hung_up(false);
	message("supervisord: cannot become another image: ",
	        text_error(&d, error), NULL);
}

/* pid1 tries it and answers (REEXECED). */
int upgrade_connate(const char *path, uint64_t id)
{
	int fd, error;

	if (supervisor.link_lost || supervisor.ledger->reexec_id != 0)
		return -EBUSY;
	fd = open_image(path, FD_CONNATE);
	if (fd < 0)
		return fd;
	error = post_send(link_make(LINK_REEXEC, 0, 0, 0), fd);
	(void)sys_close(fd); /* pid1 has it */
	if (error < 0)
		return error;
	publish_reexec(id); /* killed before: the client asks again */
	return 1;
}

/* The new image */

static struct merge merge;
static struct ledger *old; /* NULL: ours is in force */
static uint64_t old_size;  /* of its mapping */
static int new_fd;

/* What connate keeps when it adopts us (pid1/probation.c): should it die, it is
 * we who take its place, with what we hold. Before ADOPTED, as connate writes
 * then that we are on probation. */
void upgrade_hold(void)
{
	struct probation before = supervisor.ledger->probation;

	if (sys_fcntl(FD_CANDIDATE, F_GETFD, 0) < 0 ||
	    (before.stage == STAGE_PROBATION && before.deaths > 0 &&
	     sys_fcntl(FD_FORMER_IMAGE, F_GETFD, 0) >= 0))
		return;
	/* Without room for them the successor has none, that is all. */
	(void)sys_dup3(FD_IMAGE, FD_FORMER_IMAGE, 0);
	(void)sys_dup3(FD_LEDGER, FD_FORMER_LEDGER, 0);
}

void upgrade_forget(void)
{
	(void)sys_close(FD_FORMER_IMAGE);  /* we may have had none */
	(void)sys_close(FD_FORMER_LEDGER); /* we may have had none */
}

static int refuse(const char *why)
{
	message("supervisord: cannot take over: ", why, NULL);
	return -EINVAL;
}

/* The image of the old ledger. connate has started us with that of another one
 * only if it was rolled back; and then it has kept it. */
static int old_image(void)
{
	bool is_tried = sys_fcntl(FD_CANDIDATE, F_GETFD, 0) >= 0;
	bool is_kept = sys_fcntl(FD_FORMER_IMAGE, F_GETFD, 0) >= 0;

	return !is_tried && is_kept ? FD_FORMER_IMAGE : FD_IMAGE;
}

/* Somebody who is gone has to call a function of the old image. */
static int keep_former(void)
{
	uint32_t k = (uint32_t)__builtin_ctz(~merge.former_used);
	int number = FD_FORMER_FIRST + (int)k;

	if (k >= FORMER_IMAGES)
		return refuse("services of too many former configurations "
		              "have a function to call yet");
	merge.former = k + 1;
	if (sys_dup3(old_image(), number, O_CLOEXEC) < 0 ||
	    post_keep(link_make(LINK_KEEP, number, 0, 0), number) < 0)
		return refuse("the former image cannot be kept");
	return 0;
}

static struct ledger *make_ledger(void)
{
	struct ledger layout = ledger_layout(&merge.head);

	new_fd = sys_memfd_create("connate", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (new_fd < 0 || ledger_make(new_fd, ledger_bytes(&layout)) < 0)
		return NULL;
	return ledger_map(new_fd, ledger_bytes(&layout));
}

int upgrade_merge(const struct table *image, uint64_t size)
{
	const char *wrong;

	old = supervisor.ledger;
	old_size = size;
	merge.image = image;
	merge.old = old;
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
	wrong = ledger_check(supervisor.ledger, supervisor.ledger->size);
	return wrong == NULL ? 0 : refuse(wrong);
}

static bool is_wanted(uint32_t service)
{
	return target_wanted(supervisor.records[service].phase.target);
}

/* It is up, and by the new configuration cannot be without these. */
static void lift(uint32_t service)
{
	struct world *w = &supervisor.world;
	struct edges e = edges_from(w->table, service);

	for (; e.at < e.end; e.at++)
		if (edge_met(edge_kind(*e.at), (union phase){ .word = 0 }) ==
		            false &&
		    !is_wanted(edge_service(*e.at)) &&
		    edge_kind(*e.at) != EDGE_WANTS)
			target_set(w, edge_service(*e.at), TARGET_UP);
}

/* Written into the new ledger, before it is in force. */
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
			lift(i);
	}
	if (supervisor.ledger->seeded && supervisor.ledger->halt == 0)
		targets_set(NULL, 0, TARGET_UP);
}

static bool is_hung_up(int error)
{
	return error == -EPIPE || error == -ECONNRESET;
}

void upgrade_commit(void)
{
	int error;

	if (old == NULL)
		return;
	error = post_keep(
		link_make(LINK_ADOPTED, sys_getpid(), ADOPT_LEDGER, 0), new_fd);
	if (error < 0 && !is_hung_up(error)) {
		(void)refuse("the link to connate takes no message");
		sys_exit(1);
	}
	supervisor.adopted = true;
	observe_until(&supervisor.kept);
	(void)fd_move(new_fd, FD_LEDGER, O_CLOEXEC);
	publish_moved(old);
	(void)sys_munmap(merge.scratch, 4 * merge_scratch(&merge));
	(void)sys_munmap(old, old_size); /* they were mapped whole */
	old = NULL;
}

/* connate has died while we were tried, and nobody is left to say that we are
 * not to be. Whoever takes its place (we do) goes by what we hold. */
void upgrade_promote(void)
{
	struct ledger *l = supervisor.ledger;

	if (fd_move(FD_CANDIDATE, FD_IMAGE, O_CLOEXEC) < 0 ||
	    l->report.images != l->exec_images)
		return;
	l->probation = (struct probation){ .stage = STAGE_PROBATION };
	l->report.images++;
}

/* By now it is known who took over: there is one image more, or there is not,
 * and it is the one before that goes on. What was said to the image before us,
 * which had our pid, is not for us. */
void upgrade_kept(int32_t pid, uint32_t images)
{
	const struct ledger *l = supervisor.ledger;
	bool tried = sys_fcntl(FD_CANDIDATE, F_GETFD, 0) >= 0;

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

/* What nobody needs any more */

static void use(unsigned char *used, uint32_t pipe)
{
	if (pipe != TABLE_NONE)
		used[pipe] = 1;
}

static bool drop(int number)
{
	(void)sys_close(number); /* not open is as good */
	return post_keep(link_make(LINK_DROP, number, 0, 0), -1) == 0;
}

static bool drop_pipes(const unsigned char *used)
{
	for (uint32_t k = 0; k < supervisor.ledger->untidy; k++)
		if (!used[k] &&
		    !(drop(log_read_fd(k)) && drop(log_write_fd(k))))
			return false;
	return true;
}

static bool drop_images(uint32_t used)
{
	for (int k = 0; k < FORMER_IMAGES; k++)
		if ((used >> (k + 1) & 1) == 0 && !drop(FD_FORMER_FIRST + k))
			return false;
	return true;
}

/* Descriptors of services that were forgotten. Killed in between, or with no
 * room on the link: the next one looks again. */
void upgrade_tidy(void)
{
	const struct table *t = supervisor.world.table;
	uint32_t size = supervisor.ledger->untidy, images = 0;
	unsigned char *used;

	if (size == 0 || (used = memory_map(size)) == NULL)
		return;
	for (uint32_t i = 0; i < t->services; i++) {
		const struct table_service *s = table_service(t, i);

		use(used, s->pipe);
		use(used, s->ready_pipe);
		images |= 1u << s->cleanup.image | 1u << s->stop.image;
	}
	if (drop_pipes(used) && drop_images(images))
		publish_tidy();
	(void)sys_munmap(used, size);
}
