/* SPDX-License-Identifier: MIT */
/* A service that flaps while there is a storm, for t/9001-storm.t:
 *
 *     flap RUNS STORM
 *
 * A byte is added to the file RUNS. Then it ends with 1 if there is a file
 * STORM; else it stays.
 *
 * Without libc: a shell needs five times the processor time for the same, and
 * the storm consists of it.
 */
#include <stddef.h>
#include "sys/call.h"
#include "sys/start.h"

/* What is not counted would be missed: nothing is silent. */
enum { NOT_COUNTED = 99, FLAPPED = 1 };

static bool counted(const char *runs)
{
	int fd = sys_openat(AT_FDCWD, runs, O_WRONLY | O_CREAT | O_APPEND, 0666);

	return fd >= 0 && sys_write(fd, "x", 1) == 1;
}

int main(int argc, char **argv, char **envp)
{
	(void)envp;
	if (argc != 3 || !counted(argv[1]))
		return NOT_COUNTED;
	if (sys_faccessat(AT_FDCWD, argv[2], 0) == 0)
		return FLAPPED;
	for (;;)
		(void)sys_ppoll(NULL, 0, NULL); /* until a signal ends it */
}
