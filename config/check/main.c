/* SPDX-License-Identifier: MIT */
/* concheck: its options, and its output, which is written as a whole or not
 * at all. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/check/check.h"

/* Missing if the configuration does not end with CONNATE(). */
extern const struct config connate_config __attribute__((weak));

static const char usage[] =
	"usage: concheck [--no-host-checks] [--strict] [--object FILE] "
	"[-o FILE]\n"
	"                [--list | --names | --dot | --conctl]\n"
	"\n"
	"Checks the configuration that it was built with, and prints its table "
	"as C.\n"
	"  --no-host-checks  it may be for another machine: do not look for "
	"programs\n"
	"                    and folders here, and say which numbers of users are "
	"taken\n"
	"  --strict          a warning is an error\n"
	"  --object FILE     the configuration as compiled for the host: are "
	"the\n"
	"                    functions of CALL to be seen in it?\n"
	"  --list            print what the table holds, for people\n"
	"  --names           print the names of the services, one a line\n"
	"  --dot             print the graph, for dot(1)\n"
	"  --conctl          print what conctl is to know, as C\n"
	"  -o FILE           print to FILE\n"
	"Exit status: 0 done, 1 the configuration is wrong, 2 anything else.\n";

enum option_code {
	NO_HOST_CHECKS = 256,
	STRICT,
	OBJECT,
	HELP,
	OUTPUT, /* + enum output */
};

static const struct option long_options[] = {
	{ "no-host-checks", no_argument, NULL, NO_HOST_CHECKS },
	{ "strict", no_argument, NULL, STRICT },
	{ "object", required_argument, NULL, OBJECT },
	{ "list", no_argument, NULL, OUTPUT + OUTPUT_LIST },
	{ "names", no_argument, NULL, OUTPUT + OUTPUT_NAMES },
	{ "dot", no_argument, NULL, OUTPUT + OUTPUT_DOT },
	{ "conctl", no_argument, NULL, OUTPUT + OUTPUT_CONCTL },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void usage_end(FILE *to, int code)
{
	fputs(usage, to);
	exit(code);
}

static void set_output(struct options *o, enum output output)
{
	if (o->output != OUTPUT_TABLE)
		usage_end(stderr, 2);
	o->output = output;
}

static void set_option(struct options *o, int code)
{
	switch (code) {
	case NO_HOST_CHECKS:
		o->host_checks = false;
		break;
	case STRICT:
		o->strict = true;
		break;
	case OBJECT:
		o->object = optarg;
		break;
	case 'o':
		o->path = optarg;
		break;
	case HELP:
		usage_end(stdout, 0);
	default:
		if (code < OUTPUT)
			usage_end(stderr, 2);
		set_output(o, (enum output)(code - OUTPUT));
	}
}

static struct options options_read(int argc, char **argv)
{
	struct options o = { .host_checks = true };
	int code;

	while ((code = getopt_long(argc, argv, "o:", long_options, NULL)) != -1)
		set_option(&o, code);
	if (optind < argc)
		usage_end(stderr, 2);
	return o;
}

static void concheck_fail(const char *what, const char *why)
{
	fprintf(stderr, "concheck: error: %s: %s\n", what, why);
	exit(2);
}

/* True, or false with errno. */
static bool write_all(const char *path, const char *text, size_t size)
{
	FILE *to = fopen(path, "wb");
	bool written;

	if (to == NULL)
		return false;
	written = fwrite(text, 1, size, to) == size && fflush(to) == 0;
	return fclose(to) == 0 && written;
}

/* Another file first, then its name: make(1) never sees half a table. */
static bool file_replace(const char *path, const char *text, size_t size)
{
	const char *part = memory_join(path, ".part");
	int error;

	if (write_all(part, text, size) && rename(part, path) == 0)
		return true;
	error = errno;
	(void)unlink(part);
	errno = error;
	return false;
}

/* A device or a pipe is written to; it must not become a file. */
static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static void write_output(const char *path, const char *text, size_t size)
{
	if (path == NULL) {
		if (fwrite(text, 1, size, stdout) != size ||
		    fflush(stdout) != 0)
			concheck_fail("standard output", strerror(errno));
		return;
	}
	if (!(is_special(path) ? write_all(path, text, size)
	                       : file_replace(path, text, size)))
		concheck_fail(path, strerror(errno));
}

static void emit_as(FILE *to, enum output output, const struct config *c,
                    const struct checked *k, const struct table *t)
{
	switch (output) {
	case OUTPUT_TABLE:
		emit_table(to, &k->functions, t);
		break;
	case OUTPUT_DOT:
		emit_dot(to, c, &k->graph);
		break;
	case OUTPUT_LIST:
		emit_list(to, c, &k->functions, t);
		break;
	case OUTPUT_NAMES:
		emit_names(to, t);
		break;
	case OUTPUT_CONCTL:
		emit_conctl(to, t);
		break;
	}
}

static void emit(const struct options *o, const struct config *c,
                 const struct checked *k)
{
	const char *why = NULL;
	const struct table *t;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		concheck_fail("memory", strerror(errno));
	t = compose(c, &k->graph, &k->functions, k->accounts, &why);
	if (t == NULL)
		concheck_fail(c->file, why);
	emit_as(to, o->output, c, k, t);
	if (fclose(to) != 0)
		concheck_fail("memory", strerror(errno));
	write_output(o->path, text, size);
}

int main(int argc, char **argv)
{
	const struct options o = options_read(argc, argv);
	const struct config *written = &connate_config;
	struct config c;
	struct checked k;

	if (written == NULL)
		concheck_fail("the configuration",
		              "it has no CONNATE(); at its end");
	c = checks_prepare(written);
	k = checks_run(&c, &o);
	report_print(NULL, NULL);
	if (report_errors() > 0 || (o.strict && report_warnings() > 0))
		return 1;
	emit(&o, &c, &k);
	return 0;
}
