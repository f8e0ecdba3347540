/* SPDX-License-Identifier: MIT */
/* concheck: options, the order of the checks, and the output, which is
 * written as a whole or not at all. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/check/check.h"

/* Missing if the configuration does not end with CONNATE(). */
extern const struct config connate_config __attribute__((weak));

static const char usage[] =
	"usage: concheck [--no-host-checks] [--object FILE] [--dot | --list "
	"| --conctl]\n"
	"                [-o FILE]\n"
	"\n"
	"Checks the configuration that it was built with, and prints its table "
	"as C.\n"
	"  --no-host-checks  do not look for programs and folders here\n"
	"  --object FILE     the configuration as compiled for the host: are "
	"the\n"
	"                    functions of CALL to be seen in it?\n"
	"  --dot             print the graph, for dot(1)\n"
	"  --list            print the names\n"
	"  --conctl          print what conctl is to know, as C\n"
	"  -o FILE           print to FILE\n"
	"Exit status: 0 done, 1 the configuration is wrong, 2 anything else.\n";

enum option_code { NO_HOST_CHECKS = 256, OBJECT, DOT, LIST_NAMES, CONCTL, HELP };

static const struct option long_options[] = {
	{ "no-host-checks", no_argument, NULL, NO_HOST_CHECKS },
	{ "object", required_argument, NULL, OBJECT },
	{ "dot", no_argument, NULL, DOT },
	{ "list", no_argument, NULL, LIST_NAMES },
	{ "conctl", no_argument, NULL, CONCTL },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static void set_option(struct options *o, int code)
{
	switch (code) {
	case NO_HOST_CHECKS:
		o->host_checks = false;
		break;
	case OBJECT:
		o->object = optarg;
		break;
	case DOT:
		o->dot = true;
		break;
	case LIST_NAMES:
		o->list = true;
		break;
	case CONCTL:
		o->conctl = true;
		break;
	case 'o':
		o->output = optarg;
		break;
	case HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

static struct options read_options(int argc, char **argv)
{
	struct options o = { .host_checks = true };
	int code;

	while ((code = getopt_long(argc, argv, "o:", long_options, NULL)) !=
	       -1)
		set_option(&o, code);
	if (optind < argc || o.dot + o.list + o.conctl > 1)
		set_option(&o, '?');
	return o;
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "concheck: error: %s: %s\n", what, why);
	exit(2);
}

static void check_services(const struct config *c, bool host,
                           struct account *accounts)
{
	for (uint32_t i = 0; i < c->count; i++) {
		unsupported_check(c, i);
		actions_check(c, i, host);
		limits_check(c, i);
		environment_check(c, i);
		paths_check(c, i, host);
		accounts[i] = account_check(c, i);
	}
	if (c->count == 0)
		report_warning(c, 0, ": there are no services");
}

static void write_all(const char *path, const char *text, size_t size)
{
	FILE *to = fopen(path, "wb");

	if (to == NULL)
		fail(path, strerror(errno));
	if (fwrite(text, 1, size, to) != size || fflush(to) != 0) {
		int error = errno;

		(void)unlink(path);
		fail(path, strerror(error));
	}
	if (fclose(to) != 0)
		fail(path, strerror(errno));
}

/* Another file first, then its name: make(1) never sees half a table. */
static void write_output(const char *path, const char *text, size_t size)
{
	const char *part;

	if (path == NULL) {
		if (fwrite(text, 1, size, stdout) != size ||
		    fflush(stdout) != 0)
			fail("standard output", strerror(errno));
		return;
	}
	part = memory_join(path, ".part");
	write_all(part, text, size);
	if (rename(part, path) != 0) {
		int error = errno;

		(void)unlink(part);
		fail(path, strerror(error));
	}
}

static void emit(const struct options *o, const struct config *c,
                 const struct graph *g, const struct functions *f,
                 const struct account *accounts)
{
	const char *why = NULL;
	const struct table *t;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		fail("memory", strerror(errno));
	t = compose(c, g, f, accounts, &why);
	if (t == NULL)
		fail(c->file, why);
	if (o->dot)
		emit_dot(to, c, g);
	else if (o->list)
		emit_list(to, c);
	else if (o->conctl)
		emit_conctl(to, t);
	else
		emit_table(to, f, t);
	if (fclose(to) != 0)
		fail("memory", strerror(errno));
	write_output(o->output, text, size);
}

int main(int argc, char **argv)
{
	const struct options o = read_options(argc, argv);
	const struct config *c = &connate_config;
	struct account *accounts;
	struct functions f;
	struct graph g;

	if (c == NULL)
		fail("the configuration", "it has no CONNATE(); at its end");
	accounts = memory_new(c->count, sizeof(*accounts));
	names_check(c);
	g = edges_check(c);
	cycles_check(c, &g);
	stops_check(c, &g);
	logs_check(c);
	check_services(c, o.host_checks, accounts);
	f = functions_gather(c);
	if (o.object != NULL)
		object_check(c, &f, o.object);
	report_print();
	if (report_errors() > 0)
		return 1;
	emit(&o, c, &g, &f, accounts);
	return 0;
}
