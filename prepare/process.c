/* SPDX-License-Identifier: MIT */
/* .tty, .errors, .ignore: what the process has when its program begins. Opened
 * by the rights of connate, outside of .chroot and .namespaces, as .log is. */
#include <asm/ioctls.h>
#include <linux/stat.h>

#include "prepare/prepare.h"
#include "sys/fd.h"

/* Makes the terminal that of the session, which has none. With 1 it is taken
 * from a session of another user, which root may do (ioctl_tty(2)). */
static int control(int fd)
{
	int error = sys_ioctl(fd, TIOCSCTTY, NULL);

	return error == -EPERM ? sys_ioctl(fd, TIOCSCTTY, (void *)1) : error;
}

/* A serial line without a carrier would hold up open(2): without waiting, which
 * the program does not get. */
static int open_terminal(const char *path)
{
	int fd = sys_openat(AT_FDCWD, path,
	                    O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
	int error = fd < 0 ? fd : sys_fcntl(fd, F_SETFL, 0);

	if (error >= 0)
		error = control(fd);
	if (error < 0 && fd >= 0)
		(void)sys_close(fd); /* it is of no use */
	return error < 0 ? error : fd;
}

/* .tty: standard input, and standard output and error as well unless .log says
 * where these go. */
int tty_take(struct prepared *p)
{
	struct table_list rest = p->s->words;
	const char *path = word_next(p->table, &rest, WORD_TTY);
	int error;

	p->item = 0;
	if (path == NULL)
		return 0;
	error = fd_move(open_terminal(path), 0, 0);
	for (int fd = 1; fd <= 2 && error >= 0; fd++)
		if (p->s->log_kind == LOG_KIND_INHERIT)
			error = sys_dup3(0, fd, 0);
	return error < 0 ? error : 0;
}

/* .errors: standard error alone. The file is emptied once in each attempt. */
int errors_take(struct prepared *p)
{
	struct table_list rest = p->s->words;
	const char *text = word_next(p->table, &rest, WORD_ERRORS);
	uint32_t mode;
	int empty;

	if (text == NULL)
		return 0;
	mode = word_number(&text);
	empty = word_number(&text) != 0 && p->first ? O_TRUNC : 0;
	return fd_move(sys_openat(AT_FDCWD, text,
	                          O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY |
	                                  empty,
	                          mode),
	               2, 0);
}

/* .ignore: signals that are ignored, which exec keeps (execve(2)). */
int ignore_take(struct prepared *p)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	struct table_list rest = p->s->words;
	const char *text;
	int error = 0;

	while (error >= 0 &&
	       (text = word_next(p->table, &rest, WORD_IGNORE)) != NULL)
		error = sys_sigaction((int)word_number(&text), &ignored, NULL);
	return error;
}
