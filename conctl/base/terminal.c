/* SPDX-License-Identifier: MIT */
/* The terminal as a screen with keys: termios(3), console_codes(4). The lines
 * that were on it come back when the program ends, by whatever end but
 * SIGKILL; it can be stopped (^Z) and goes on with `fg`. Knows no service. */
#include "conctl/base/terminal.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>

#include "conctl/base/out.h"
#include "model/text.h"
#include "sys/call.h"

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
enum { ENDING = sizeof(ending) / sizeof(ending[0]), ROWS = 24 };

static struct termios former;
static bool entered;
static int signals = -1;

/* Standard input and output are one. */
bool terminal_is_there(void)
{
	struct termios t;

	return sys_ioctl(0, TCGETS, &t) >= 0 && sys_ioctl(1, TCGETS, &t) >= 0;
}

/* Its height in lines. */
uint32_t terminal_rows(void)
{
	struct winsize size;

	return sys_ioctl(1, TIOCGWINSZ, &size) >= 0 && size.ws_row > 0
	               ? size.ws_row
	               : ROWS;
}

/* Another screen, no cursor, each key at once, no echo. Where we are in the
 * background the kernel stops us here, until `fg` (SIGTTOU). */
static void screen_set(void)
{
	struct termios t = former;

	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	(void)sys_ioctl(0, TCSETSW, &t); /* then keys come by the line */
	out_raw(&out_result, "\033[?1049h\033[?25l");
}

/* Keeps what the terminal is like, and takes it. */
static void screen_begin(void)
{
	if (entered || sys_ioctl(0, TCGETS, &former) < 0)
		return;
	entered = true;
	screen_set();
}

/* Gives the terminal back as it was. Does nothing if it has been. */
void terminal_leave(void)
{
	if (!entered)
		return;
	entered = false;
	out_raw(&out_result, "\033[?25h\033[?1049l");
	(void)out_flush(&out_result);             /* it may be gone */
	(void)sys_ioctl(0, TCSETSW, &former);     /* it may be gone */
}

/* Takes the terminal. 0 or -errno; terminal_leave() ends it. */
int terminal_enter(void)
{
	uint64_t set = SIGNAL_BIT(SIGWINCH) | SIGNAL_BIT(SIGTSTP) |
	               SIGNAL_BIT(SIGCONT);

	for (int k = 0; k < ENDING; k++)
		set |= SIGNAL_BIT(ending[k]);
	signals = sys_signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return signals;
	(void)sys_sigprocmask(SIG_BLOCK, &set, NULL); /* it cannot fail */
	screen_begin();
	return 0;
}

/* The descriptor that can be read when a signal has come. */
int terminal_signals(void)
{
	return signals;
}

/* Ends by this signal, as without a screen. */
static void end_by(int signal)
{
	uint64_t set = SIGNAL_BIT(signal);

	terminal_leave();
	(void)sys_kill(sys_getpid(), signal);
	(void)sys_sigprocmask(SIG_UNBLOCK, &set, NULL); /* it cannot fail */
	sys_exit(128 + signal); /* it was ignored from the beginning */
}

/* Takes one signal: ends, or stops until SIGCONT. The screen has to be drawn
 * anew afterwards. */
void terminal_signal(void)
{
	struct signalfd_siginfo info;

	if (sys_read(signals, &info, sizeof(info)) != sizeof(info))
		return;
	for (int k = 0; k < ENDING; k++)
		if ((int)info.ssi_signo == ending[k])
			end_by(ending[k]);
	if (info.ssi_signo == SIGTSTP) {
		terminal_leave();
		(void)sys_kill(sys_getpid(), SIGSTOP);
		screen_begin();
	}
	/* After SIGSTOP of another origin the shell has changed the modes. */
	if (info.ssi_signo == SIGCONT && entered)
		screen_set();
}

static const struct {
	const char *bytes;
	enum key key;
} sequences[] = {
	{ "\033[A", KEY_UP },       { "\033[B", KEY_DOWN },
	{ "\033OA", KEY_UP },       { "\033OB", KEY_DOWN },
	{ "\033[5~", KEY_PAGE_UP }, { "\033[6~", KEY_PAGE_DOWN },
	{ "\033[H", KEY_TOP },      { "\033[F", KEY_END },
	{ "\033[1~", KEY_TOP },     { "\033[4~", KEY_END },
};

/* Reads what was typed: an enum key, or a character. KEY_NONE: an unknown one,
 * or several at once of which the first is unknown. Below zero: the terminal is
 * gone. */
int terminal_key(void)
{
	char bytes[16] = { 0 };
	long got = sys_read(0, bytes, sizeof(bytes) - 1);

	if (got == -EINTR || got == -EAGAIN)
		return KEY_NONE;
	if (got <= 0)
		return got < 0 ? (int)got : -EIO;
	if (bytes[0] != '\033')
		return bytes[0] == '\f' ? KEY_REDRAW : (unsigned char)bytes[0];
	for (size_t k = 0; k < sizeof(sequences) / sizeof(sequences[0]); k++)
		if (text_starts(bytes, sequences[k].bytes))
			return (int)sequences[k].key;
	return KEY_NONE;
}
