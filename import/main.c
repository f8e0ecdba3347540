/* SPDX-License-Identifier: MIT */
/* connate-import: its options, and its output. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/gather.h"
#include "import/memory.h"
#include "import/read.h"
#include "import/text.h"
#include "import/word.h"
#include "import/write.h"

enum { CARRIED, DECISIONS, UNREADABLE };  /* exit codes */

static const char usage[] =
	"usage: connate-import [-v] [-o FILE] [--whole] [--user[=NAME]] "
	"[--from FORMAT]\n"
	"                      [--instance NAME] [--also FOLDER] "
	"[--without NAME]\n"
	"                      [--passwd FILE] PATH ...\n"
	"\n"
	"Writes services of other managers as a configuration of connate. A "
	"PATH is a\n"
	"unit of systemd or its name, a service of dinit, a service folder of "
	"runit or\n"
	"s6, a file of Supervisor, a Procfile, or a folder of these.\n"
	"\n"
	"  -o FILE          write to FILE, as a whole or not at all\n"
	"  -v               list also what was dropped, and why\n"
	"  --whole          for the compiler: with #include and CONNATE()\n"
	"  --user[=NAME]    units of a user's manager: of the caller, or of "
	"NAME\n"
	"  --from FORMAT    systemd, dinit, runit, s6, supervisor or procfile\n"
	"  --instance NAME  of each template; may be given again\n"
	"  --also FOLDER    its units and drop-ins go before those beside a "
	"unit\n"
	"  --without NAME   a unit or service that is needed here, and there "
	"by other\n"
	"                   means; may be given again\n"
	"  --passwd FILE    the users, if not those of /etc/passwd\n"
	"  --assume WORDS   as if the vocabulary had these words: .x,Y,...\n"
	"\n"
	"Exit status: 0 all is carried, 1 there is something to decide (such "
	"a service\n"
	"does not build), 2 something cannot be read, or the command line is "
	"wrong.\n";

struct options {
	struct import import;
	struct host host;
	const char *output, *passwd, *person;
	bool whole, all;
};

enum { WHOLE = 256, USER, FROM, INSTANCE, ALSO, WITHOUT, PASSWD, ASSUME, HELP };

static const struct option long_options[] = {
	{ "whole", no_argument, NULL, WHOLE },
	{ "user", optional_argument, NULL, USER },
	{ "from", required_argument, NULL, FROM },
	{ "instance", required_argument, NULL, INSTANCE },
	{ "also", required_argument, NULL, ALSO },
	{ "without", required_argument, NULL, WITHOUT },
	{ "passwd", required_argument, NULL, PASSWD },
	{ "assume", required_argument, NULL, ASSUME },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void usage_end(FILE *to, int code)
{
	fputs(usage, to);
	exit(code);
}

static enum format format_named(const char *name)
{
	static const struct {
		const char *name;
		enum format format;
	} formats[] = {
		{ "systemd", FORMAT_SYSTEMD }, { "dinit", FORMAT_DINIT },
		{ "runit", FORMAT_FOLDERS }, { "s6", FORMAT_FOLDERS },
		{ "supervisor", FORMAT_SUPERVISOR },
		{ "procfile", FORMAT_PROCFILE },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (text_same(formats[i].name, name))
			return formats[i].format;
	usage_end(stderr, UNREADABLE);
}

static void set_option(struct options *o, int code)
{
	switch (code) {
	case 'o':
		o->output = optarg;
		break;
	case 'v':
		o->all = true;
		break;
	case WHOLE:
		o->whole = true;
		break;
	case USER:
		o->host.user = true;
		o->person = optarg;
		break;
	case FROM:
		o->import.format = format_named(optarg);
		break;
	case INSTANCE:
		words_add(&o->import.instances, optarg);
		break;
	case ALSO:
		words_add(&o->import.also, optarg);
		break;
	case WITHOUT:
		words_add(&o->host.absent, optarg);
		break;
	case PASSWD:
		o->passwd = optarg;
		break;
	case ASSUME:
		word_assume(optarg);
		break;
	case HELP:
		usage_end(stdout, CARRIED);
	default:
		usage_end(stderr, UNREADABLE);
	}
}

static void host_read(struct options *o)
{
	const char *why = NULL;

	o->host.passwd = read_file(o->passwd, &why);
	if (o->host.passwd == NULL) {
		fprintf(stderr, "connate-import: %s: %s\n", o->passwd, why);
		o->import.unreadable = true;
		o->host.passwd = "";
	}
	if (o->person == NULL)
		o->person = text_of("%u", (unsigned)getuid());
	if (!account_find(o->host.passwd, o->person, &o->host.person))
		o->host.person = (struct account){ 0 };
}

/* --- The output */

struct output {
	const struct options *o;
	struct text file, table, decisions;
	struct total sum;
};

static void put_draft(struct output *to, const struct draft *d)
{
	write_draft(&to->file, d);
	summary_draft(&to->table, &to->sum, d);
	summary_decisions(&to->decisions, d, to->o->all);
}

static void put_sources(struct output *to, const struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		put_draft(to, &s->source[i].draft);
}

/* A socket or timer is a part of its service; without that, it has something to
 * be decided, and nothing else. */
static void put_unit(struct output *to, const struct unit *u)
{
	bool part = unit_is(u, ".socket") || unit_is(u, ".timer") ||
	            unit_is(u, ".path");

	if (!part || !u->hosted)
		put_draft(to, &u->draft);
}

static void put_all(struct output *to, struct import *in)
{
	units_map(&in->units);
	dinit_map(&in->dinit);
	folders_map(&in->folders);
	write_begin(&to->file, to->o->whole);
	summary_begin(&to->table);
	for (size_t i = 0; i < in->units.count; i++)
		put_unit(to, &in->units.unit[i]);
	put_sources(to, &in->dinit);
	put_sources(to, &in->folders);
	put_sources(to, &in->others);
	write_end(&to->file, to->o->whole);
	summary_end(&to->table, &to->sum);
}

static const char *put_file(const struct options *o, const struct text *file)
{
	if (o->output != NULL)
		return write_file(o->output, text_end(file));
	if (fputs(text_end(file), stdout) < 0 || fflush(stdout) != 0)
		return strerror(errno);
	return NULL;
}

static int import(struct options *o)
{
	struct output to = { .o = o };
	const char *wrong;

	put_all(&to, &o->import);
	fputs(text_end(&to.table), stderr);
	fputs(text_end(&to.decisions), stderr);
	wrong = put_file(o, &to.file);
	if (wrong != NULL)
		fprintf(stderr, "connate-import: %s: %s\n",
		        o->output != NULL ? o->output : "standard output",
		        wrong);
	if (wrong != NULL || o->import.unreadable)
		return UNREADABLE;
	return to.sum.decisions > 0 ? DECISIONS : CARRIED;
}

int main(int argc, char **argv)
{
	struct options o = { .passwd = "/etc/passwd" };
	int code;

	while ((code = getopt_long(argc, argv, "o:v", long_options, NULL)) != -1)
		set_option(&o, code);
	if (optind == argc)
		usage_end(stderr, UNREADABLE);
	host_read(&o);
	o.import.units.host = &o.host;
	o.import.dinit.host = &o.host;
	o.import.folders.host = &o.host;
	o.import.others.host = &o.host;
	for (int i = optind; i < argc; i++)
		gather(&o.import, argv[i]);
	code = import(&o);
	memory_end();
	return code;
}
