/* SPDX-License-Identifier: MIT */
/* connate-build: its options, and the order of its work: read, check, compose,
 * write beside the file that there is, take its place. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader/apply.h"
#include "reader/folder.h"
#include "reader/image.h"
#include "reader/show.h"

#ifndef STOCK_SUPERVISORD
#define STOCK_SUPERVISORD "/usr/libexec/connate/supervisord"
#endif
#ifndef CONCTL
#define CONCTL "/usr/bin/conctl"
#endif

enum { EXIT_WRONG = 1, EXIT_OTHER = 2 };

static const char default_folder[] = "/etc/connate";
static const char default_output[] = "/etc/connate/supervisord";

static const char usage[] =
	"usage: connate-build [-o FILE] [OPTION ...] [FILE|FOLDER ...]\n"
	"\n"
	"Makes a supervisord with these services. A folder stands for all *.c "
	"below it;\n"
	"without one it is /etc/connate.\n"
	"  -o FILE              what is made (/etc/connate/supervisord)\n"
	"  --apply              show what will change, then let connate change "
	"to it\n"
	"  --dry-run            show what would change, and change nothing\n"
	"  --check              only look for mistakes\n"
	"  --list               print what the services are, for people\n"
	"  --names              print their names, one a line\n"
	"  --dot                print the graph, for dot(1)\n"
	"  --table              print the table as C, as concheck does\n"
	"  --show SERVICE       print its fields, and where each was given\n"
	"  --supervisord FILE   the one that gets other services\n"
	"  --conctl FILE        the conctl for --apply and --dry-run\n"
	"  -p PID               the connate for these, as conctl has it\n"
	"  --no-host-checks     do not look for programs and folders here\n"
	"  --strict             a warning is an error\n"
	"Exit status: 0 done, 1 the configuration is wrong, 2 anything else.\n";

enum task {
	TASK_WRITE,
	TASK_APPLY,
	TASK_DRY_RUN,
	TASK_CHECK,
	TASK_LIST,
	TASK_NAMES,
	TASK_DOT,
	TASK_TABLE,
	TASK_SHOW,
};

struct order {
	enum task task;
	const char *output, *supervisord, *service;
	struct apply apply;
	struct options options;
	struct paths paths;
};

enum option_code { NO_HOST_CHECKS = 256, STRICT, IMAGE, USE, HELP, TASK };

static const struct option long_options[] = {
	{ "no-host-checks", no_argument, NULL, NO_HOST_CHECKS },
	{ "strict", no_argument, NULL, STRICT },
	{ "supervisord", required_argument, NULL, IMAGE },
	{ "conctl", required_argument, NULL, USE },
	{ "apply", no_argument, NULL, TASK + TASK_APPLY },
	{ "dry-run", no_argument, NULL, TASK + TASK_DRY_RUN },
	{ "check", no_argument, NULL, TASK + TASK_CHECK },
	{ "list", no_argument, NULL, TASK + TASK_LIST },
	{ "names", no_argument, NULL, TASK + TASK_NAMES },
	{ "dot", no_argument, NULL, TASK + TASK_DOT },
	{ "table", no_argument, NULL, TASK + TASK_TABLE },
	{ "show", required_argument, NULL, TASK + TASK_SHOW },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void usage_end(FILE *to, int code)
{
	fputs(usage, to);
	exit(code);
}

static _Noreturn void end_with(const char *what, const char *why)
{
	fprintf(stderr, "connate-build: error: %s: %s\n", what, why);
	exit(EXIT_OTHER);
}

static void set_task(struct order *o, enum task task)
{
	if (o->task != TASK_WRITE)
		usage_end(stderr, EXIT_OTHER);
	o->task = task;
	if (task == TASK_SHOW)
		o->service = optarg;
}

static void set_option(struct order *o, int code)
{
	switch (code) {
	case NO_HOST_CHECKS:
		o->options.host_checks = false;
		break;
	case STRICT:
		o->options.strict = true;
		break;
	case IMAGE:
		o->supervisord = optarg;
		break;
	case USE:
		o->apply.conctl = optarg;
		break;
	case 'o':
		o->output = optarg;
		break;
	case 'p':
		o->apply.pid = optarg;
		break;
	case HELP:
		usage_end(stdout, 0);
	default:
		if (code < TASK)
			usage_end(stderr, EXIT_OTHER);
		set_task(o, (enum task)(code - TASK));
	}
}

static struct order order_read(int argc, char **argv)
{
	struct order o = {
		.output = default_output,
		.supervisord = STOCK_SUPERVISORD,
		.apply.conctl = CONCTL,
		.options.host_checks = true,
	};
	const char *wrong = NULL, *path = default_folder;
	int code;

	while ((code = getopt_long(argc, argv, "o:p:h", long_options, NULL)) !=
	       -1)
		set_option(&o, code == 'h' ? HELP : code);
	if (optind == argc)
		wrong = paths_add(&o.paths, path);
	for (; optind < argc && wrong == NULL; optind++) {
		path = argv[optind];
		wrong = paths_add(&o.paths, path);
	}
	if (wrong != NULL)
		end_with(path, wrong);
	return o;
}

/* What is made, in a file beside the one that it replaces. */
static char *write_beside(const struct order *o, const unsigned char *bytes,
                          size_t size)
{
	char *path = (char *)memory_join(o->output, ".XXXXXX");
	mode_t mask = umask(0);
	const char *wrong;
	int fd = mkstemp(path);

	(void)umask(mask); /* cannot fail */
	if (fd < 0)
		end_with(o->output, strerror(errno));
	wrong = image_write(fd, bytes, size);
	if (wrong == NULL && fchmod(fd, 0777 & ~mask) < 0)
		wrong = strerror(errno);
	if (close(fd) < 0 && wrong == NULL)
		wrong = strerror(errno);
	if (wrong == NULL)
		return path;
	(void)unlink(path); /* the former file is what is left */
	end_with(o->output, wrong);
}

static int put_in_place(const struct order *o, const char *path)
{
	if (rename(path, o->output) == 0)
		return 0;
	fprintf(stderr, "connate-build: error: %s: %s\n", o->output,
	        strerror(errno));
	(void)unlink(path); /* the former file is what is left */
	return EXIT_OTHER;
}

static int write_image(const struct order *o, const struct image *image,
                       const struct table *t)
{
	unsigned char *bytes;
	size_t size;
	const char *wrong = image_with(image, t, &bytes, &size);
	char *path;
	int code;

	if (wrong != NULL)
		end_with(o->supervisord, wrong);
	path = write_beside(o, bytes, size);
	if (o->task == TASK_WRITE)
		return put_in_place(o, path);
	code = apply_show(&o->apply, path);
	if (code == 0 && o->task == TASK_APPLY)
		code = apply_exec(&o->apply, path);
	if (code == 0 && o->task == TASK_APPLY)
		return put_in_place(o, path);
	(void)unlink(path); /* the former file is what is left */
	return code;
}

static int print(const struct order *o, const struct reading *r,
                 const struct checked *k, const struct table *t)
{
	switch (o->task) {
	case TASK_LIST:
		emit_list(stdout, &r->config, &k->functions, t);
		break;
	case TASK_NAMES:
		emit_names(stdout, t);
		break;
	case TASK_DOT:
		emit_dot(stdout, &r->config, &k->graph);
		break;
	case TASK_TABLE:
		emit_table(stdout, &k->functions, t);
		break;
	case TASK_SHOW:
		if (!show_service(r, o->service))
			end_with(o->service, "there is no such service");
		break;
	case TASK_WRITE:
	case TASK_APPLY:
	case TASK_DRY_RUN:
	case TASK_CHECK:
		break;
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		end_with("standard output", strerror(errno));
	return 0;
}

/* The findings, in the order of the files. */
static bool passes(const struct order *o, struct reading *r)
{
	bool wrong = report_errors() > 0 ||
	             (o->options.strict && report_warnings() > 0);

	report_print(show_finding, r);
	return !wrong;
}

static int build(struct order *o, const struct image *image)
{
	struct reading r;
	struct checked k;
	const struct table *t;
	const char *wrong;

	if (!reading_make(o->paths.path, o->paths.count, &image->calls, &r))
		return EXIT_WRONG;
	r.config = checks_prepare(&r.config);
	k = checks_run(&r.config, &o->options);
	if (!passes(o, &r))
		return EXIT_WRONG;
	t = compose(&r.config, &k.graph, &k.functions, k.accounts, &wrong);
	if (t == NULL)
		end_with(r.config.file, wrong);
	if (o->task <= TASK_DRY_RUN)
		return write_image(o, image, t);
	return print(o, &r, &k, t);
}

/* To look at a configuration, no supervisord is needed, unless it calls
 * functions. */
static bool needs_image(const struct order *o)
{
	return o->task <= TASK_DRY_RUN;
}

int main(int argc, char **argv)
{
	struct order o = order_read(argc, argv);
	struct image image;
	const char *wrong = image_read(o.supervisord, &image);

	if (wrong != NULL && needs_image(&o))
		end_with(o.supervisord, wrong);
	if (wrong == NULL && !image_is_for_here(&image)) {
		o.options.other_machine = true;
		o.options.host_checks = false;
	}
	o.options.call = image.calls.name;
	o.options.calls = image.calls.count;
	return build(&o, &image);
}
