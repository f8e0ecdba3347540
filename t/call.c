/* SPDX-License-Identifier: MIT */
/* The helpers of a CALL as a command, for t/2002-call.t:
 *
 *     call mkdir /tmp/x 0750
 *
 * prints what the helper returned, and for cmdline what it found. Options
 * come first: -umask 077. Modes are octal. Without libc, like what calls the
 * helpers in earnest.
 */
#include "config/call/file.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/start.h"

enum { ARGUMENTS = 4, VALUE_BYTES = 16 };

static char *const *environment;

/* In place of supervisord's. */
char *const *call_environment(void)
{
	return environment;
}

static unsigned number(const char *text, unsigned base)
{
	unsigned sum = 0;

	while (*text != '\0')
		sum = sum * base + (unsigned)(*text++ - '0');
	return sum;
}

static unsigned mode(const char *text)
{
	return number(text, 8);
}

static void print(const char *text)
{
	(void)sys_write(1, text, text_length(text)); /* the test looks at it */
}

/* "-" stands for NULL. */
static const char *or_null(const char *text)
{
	return text_equal(text, "-") ? NULL : text;
}

static int run_cmdline(char **a)
{
	char value[VALUE_BYTES];
	int result = call_cmdline(a[0], value, sizeof(value));

	if (result == 0) {
		print(value);
		print("\n");
	}
	return result;
}

static int run_has(char **a)
{
	return call_cmdline(a[0], NULL, 0);
}

static int run_copy(char **a)
{
	return call_copy(a[0], a[1], mode(a[2]));
}

static int run_create(char **a)
{
	return call_create(a[0], a[1], mode(a[2]));
}

static int run_hostname(char **a)
{
	return call_hostname(a[0]);
}

static int run_hostname_from(char **a)
{
	return call_hostname_from(a[0]);
}

static int run_interface_up(char **a)
{
	return call_interface_up(a[0]);
}

static int run_mkdir(char **a)
{
	return call_mkdir(a[0], mode(a[1]));
}

static int run_mkdirs(char **a)
{
	return call_mkdirs(a[0], mode(a[1]));
}

static int run_mount(char **a)
{
	return call_mount(or_null(a[0]), a[1], or_null(a[2]), or_null(a[3]));
}

static int run_print(char **a)
{
	call_print(a[0]);
	return 0;
}

static int run_run(char **a)
{
	return call_run((const char *const *)a);
}

static int run_seed_load(char **a)
{
	return call_seed_load(a[0]);
}

static int run_seed_save(char **a)
{
	return call_seed_save(a[0]);
}

static int run_step(char **a)
{
	int sign = a[1][0] == '-' ? -1 : 1;

	return call_step(a[0], sign * (int)number(a[1] + (sign < 0), 10));
}

static int run_symlink(char **a)
{
	return call_symlink(a[0], a[1]);
}

static int run_touch(char **a)
{
	return call_touch(a[0], mode(a[1]));
}

static int run_wait_path(char **a)
{
	return call_wait_path(a[0], number(a[1], 10));
}

static int run_write(char **a)
{
	return call_write(a[0], a[1]);
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **arguments);
} helpers[] = {
	{ "cmdline", 1, run_cmdline },
	{ "copy", 3, run_copy },
	{ "create", 3, run_create },
	{ "has", 1, run_has },
	{ "hostname", 1, run_hostname },
	{ "hostname_from", 1, run_hostname_from },
	{ "interface_up", 1, run_interface_up },
	{ "mkdir", 2, run_mkdir },
	{ "mkdirs", 2, run_mkdirs },
	{ "mount", ARGUMENTS, run_mount },
	{ "print", 1, run_print },
	{ "run", 1, run_run },
	{ "seed_load", 1, run_seed_load },
	{ "seed_save", 1, run_seed_save },
	{ "step", 2, run_step },
	{ "symlink", 2, run_symlink },
	{ "touch", 2, run_touch },
	{ "wait_path", 2, run_wait_path },
	{ "write", 2, run_write },
};

int main(int argc, char **argv, char **envp)
{
	int at = 1;

	environment = envp;
	if (argc > 3 && text_equal(argv[1], "-umask")) {
		(void)sys_umask(mode(argv[2])); /* it cannot fail */
		at = 3;
	}
	for (unsigned i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++) {
		struct digits d;

		if (at >= argc || !text_equal(argv[at], helpers[i].name) ||
		    argc - at - 1 < helpers[i].arguments)
			continue;
		print(text_number(&d, helpers[i].run(argv + at + 1)));
		print("\n");
		return 0;
	}
	print("usage: call HELPER ARGUMENT...\n");
	return 2;
}
