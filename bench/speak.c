/* SPDX-License-Identifier: MIT */
/* A service that says that it is ready, by descriptor 3 (fd) or by the socket of
 * sd_notify(3) (notify), or says nothing (stamp); just before that it writes the
 * time to standard output, CLOCK_MONOTONIC in nanoseconds, as 8 bytes. Or it is
 * ready at once, and gives a sign of life every half second (ping). */
#include <linux/time.h>
#include <linux/un.h>
#include <stddef.h>

#include "model/text.h"
#include "sys/call.h"
#include "sys/start.h"

static struct sockaddr_un to;
static struct msghdr header = { .name = &to, .part_count = 1 };

/* A path, or an abstract name (unix(7)). */
static void set_address(char **envp)
{
	static const char key[] = "NOTIFY_SOCKET=";
	const char *name;

	while (*envp != NULL && !text_starts(*envp, key))
		envp++;
	if (*envp == NULL)
		sys_exit(1);
	name = *envp + sizeof(key) - 1;
	to.sun_family = AF_UNIX;
	header.name_length = (int)(offsetof(struct sockaddr_un, sun_path) +
	                           text_length(name));
	for (size_t k = 0; name[k] != '\0'; k++)
		to.sun_path[k] = name[k] == '@' && k == 0 ? '\0' : name[k];
}

static void say(int fd, const char *text)
{
	struct iovec part = { (void *)(uintptr_t)text, text_length(text) };

	header.parts = &part;
	if (fd < 0 || sys_sendmsg(fd, &header, MSG_NOSIGNAL) < 0)
		sys_exit(1);
}

/* ping: a sign of life every half second. */
static void notify(char **envp, bool pings)
{
	static const struct __kernel_timespec half = { .tv_nsec = 500000000 };
	int fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct __kernel_timespec left;

	set_address(envp);
	say(fd, "READY=1");
	while (pings) {
		left = half; /* the kernel changes it */
		(void)sys_ppoll(NULL, 0, &left);
		say(fd, "WATCHDOG=1");
	}
}

static void stamp(void)
{
	struct __kernel_timespec now;
	int64_t ns;

	(void)sys_clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	ns = now.tv_sec * 1000000000 + now.tv_nsec;
	if (sys_write(1, &ns, sizeof(ns)) != sizeof(ns))
		sys_exit(1);
}

int main(int argc, char **argv, char **envp)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (text_equal(how, "ping"))
		notify(envp, true);
	stamp();
	if (text_equal(how, "notify"))
		notify(envp, false);
	if (text_equal(how, "fd") && sys_write(3, "\n", 1) != 1)
		return 1;
	for (;;)
		(void)sys_ppoll(NULL, 0, NULL);
}
