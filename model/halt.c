/* SPDX-License-Identifier: MIT */
/* How a session can end, and which signals ask for it. Knows nothing of the
 * kernel but its numbers of signals, which are the same on every machine that
 * we build for (signal(7)). */
#include "model/halt.h"

const char *const halt_label[HALTS] = {
#define HALT(name, label, command) label,
#include "model/halt.def"
#undef HALT
};

const uint32_t halt_command[HALTS] = {
#define HALT(name, label, command) command,
#include "model/halt.def"
#undef HALT
};

/* The first of the C libraries, which keep the kernel's first two. */
enum { RTMIN = 34 };

static const struct {
	uint8_t signal;
	uint8_t machine, others; /* enum halt, by what connate is */
} signals[] = {
	/* BusyBox's convention */
	{ 2 /* SIGINT */, HALT_REBOOT, HALT_EXIT },
	{ 15 /* SIGTERM */, HALT_REBOOT, HALT_EXIT },
	{ 10 /* SIGUSR1 */, HALT_HALT, HALT_NONE },
	{ 12 /* SIGUSR2 */, HALT_POWEROFF, HALT_NONE },
	{ 30 /* SIGPWR */, HALT_POWEROFF, HALT_EXIT },
	/* systemd's */
	{ RTMIN + 3, HALT_HALT, HALT_NONE },
	{ RTMIN + 4, HALT_POWEROFF, HALT_NONE },
	{ RTMIN + 5, HALT_REBOOT, HALT_NONE },
	{ RTMIN + 6, HALT_KEXEC, HALT_NONE },
};

/* The signals by which images tell a runtime to end a container (STOPSIGNAL):
 * those of nginx and php-fpm, and of systemd. Bit n - 1 is signal n. */
const uint64_t halt_of_images = 1ull << (3 /* SIGQUIT */ - 1) |
                                1ull << (RTMIN + 3 - 1);

/* What a signal to connate asks for; HALT_NONE: for no end, so that it is for
 * the primary service. signal: 1 … 64. */
enum halt halt_of_signal(int signal, enum init init)
{
	for (unsigned k = 0; k < sizeof(signals) / sizeof(signals[0]); k++)
		if (signals[k].signal == signal)
			return (enum halt)(init == INIT_MACHINE
			                           ? signals[k].machine
			                           : signals[k].others);
	return HALT_NONE;
}
