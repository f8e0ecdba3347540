/* SPDX-License-Identifier: MIT */
/* The service that does nothing: says on standard output that it runs, then
 * waits for a signal. The same program is started by us and by the floor. */
#include "sys/call.h"
#include "sys/start.h"

int main(int argc, char **argv, char **envp)
{
	(void)argc, (void)argv, (void)envp;
	if (sys_write(1, "x", 1) != 1)
		return 1;
	for (;;)
		(void)sys_ppoll(NULL, 0, NULL);
}
