/* SPDX-License-Identifier: MIT */
/* The programs of an emulated machine that measures its own boot: one file, and
 * its name says which.
 *
 *     /first PROGRAM [ARGUMENT...]   what the kernel starts: writes down the
 *                                    time, and becomes the init PROGRAM
 *     /service                       what the init starts /count times: writes
 *                                    down the time and stays; the last one to
 *                                    do so says what was seen, on the second
 *                                    serial line, and switches the machine off
 *     /etc/runit/1, 2                the scripts of runit, without a shell
 *
 * The times are in /times, 8 bytes each, in the order of their coming. */
#include "bench/look.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/start.h"

enum {
	SERIAL = 4 << 8 | 65,       /* /dev/ttyS1, as mknod(2) has it … */
	NOWHERE = 1 << 8 | 3,       /* … and /dev/null, which any machine has */
	SETTLE_S = 1,               /* before memory is looked at */
};

#define S_IFCHR 0020000

static void say_times(struct look_line *line, int fd, uint64_t count)
{
	uint64_t first = 0, last = 0, median = 0;

	(void)sys_pread(fd, &first, sizeof(first), 0);
	(void)sys_pread(fd, &median, sizeof(median),
	                (long)(sizeof(first) * (1 + count / 2)));
	(void)sys_pread(fd, &last, sizeof(last),
	                (long)(sizeof(first) * count));
	look_say(line, "us", last - first);
	look_say(line, "half_us", median - first);
}

/* Of PID 1, and of all that is there but the services. */
static void say_memory(struct look_line *line)
{
	static struct look_all all;
	char text[2048];
	uint64_t pss = 0, processes = 0;
	int pid;

	(void)sys_mkdirat(AT_FDCWD, "/proc", 0555); /* it may be there */
	(void)sys_mount("proc", "/proc", "proc", 0, "");
	text[0] = '\0';
	(void)look_file(1, "smaps_rollup", text, sizeof(text));
	look_say(line, "rss", look_field(text, "Rss:"));
	look_say(line, "pss", look_field(text, "Pss:"));
	look_say(line, "private", look_field(text, "Private_Clean:") +
	                                  look_field(text, "Private_Dirty:"));
	if (!look_begin(&all))
		return;
	while ((pid = look_next(&all)) != 0) {
		if (!look_program(pid, text, sizeof(text)) ||
		    text_equal(text, "/service") ||
		    !look_file(pid, "smaps_rollup", text, sizeof(text)))
			continue;
		pss += look_field(text, "Pss:");
		processes++;
	}
	look_say(line, "pss_of_all", pss);
	look_say(line, "processes", processes);
}

static _Noreturn void last(int fd, uint64_t count)
{
	static struct look_line line;
	struct __kernel_timespec settle = { .tv_sec = SETTLE_S };
	int serial = sys_openat(AT_FDCWD, "/serial", O_WRONLY | O_NOCTTY, 0);

	say_times(&line, fd, count);
	(void)sys_ppoll(NULL, 0, &settle);
	say_memory(&line);
	look_write(&line, serial);
	for (;;)
		(void)sys_reboot(LINUX_REBOOT_CMD_POWER_OFF);
}

static uint64_t number_in(const char *path)
{
	char text[16] = "";
	uint64_t number = 0;
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);

	if (sys_read(fd, text, sizeof(text) - 1) > 0)
		(void)text_to_number(text, 1000000, &number);
	(void)sys_close(fd);
	return number;
}

/* Returns the descriptor. */
static int write_down(void)
{
	int fd = sys_openat(AT_FDCWD, "/times", O_RDWR | O_APPEND | O_CREAT,
	                    0600);
	uint64_t now = look_now_us();

	(void)sys_write(fd, &now, sizeof(now));
	return fd;
}

static int booted_service(void)
{
	uint64_t now = look_now_us(), count;
	struct stat status = { 0 };
	int fd = sys_openat(AT_FDCWD, "/times", O_RDWR | O_APPEND, 0);

	(void)sys_write(fd, &now, sizeof(now));
	count = number_in("/count");
	if (sys_fstat(fd, &status) == 0 &&
	    (uint64_t)status.st_size == sizeof(now) * (1 + count))
		last(fd, count);
	(void)sys_close(fd);
	for (;;)
		(void)sys_ppoll(NULL, 0, NULL);
}

static void make_device(const char *path, unsigned device)
{
	(void)CALL4(__NR_mknodat, AT_FDCWD, path, S_IFCHR | 0666, device);
}

static int first(char **argv, char **envp)
{
	make_device("/serial", SERIAL);
	make_device("/dev/null", NOWHERE);
	(void)sys_close(write_down());
	return -sys_execve(argv[1], argv + 1, envp);
}

static int scan(char **envp)
{
	static char *const argv[] = { "/bin/runsvdir", "/services", NULL };

	return -sys_execve(argv[0], argv, envp);
}

int main(int argc, char **argv, char **envp)
{
	const char *name = argv[0];

	for (const char *c = argv[0]; *c != '\0'; c++)
		if (*c == '/')
			name = c + 1;
	if (text_equal(name, "first") && argc > 1)
		return first(argv, envp);
	if (text_equal(name, "2"))
		return scan(envp);
	if (text_equal(name, "1"))
		return 0;
	return booted_service();
}
