/* SPDX-License-Identifier: MIT */
/* Random definitions through all of connate-import but its files: parsers, maps,
 * writer. With libFuzzer (clang -fsanitize=fuzzer -DFUZZER) it takes bytes; alone
 * it makes ROUNDS texts from SEED: lines of known settings with odd values, then
 * changed, cut and repeated. A wrong access ends it, if sanitizers look. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"
#include "import/source.h"
#include "import/text.h"
#include "import/unit_set.h"
#include "import/word.h"
#include "import/write.h"

static const char passwd[] = "root:x:0:0::/root:/bin/sh\nweb:x:3:3::/w:\n:::\n";

static const char *const unit_names[] = {
	"a.service", "b.service", "a.socket", "a.timer", "x.target",
	"t@x-y\\x2dz.service", "t@.service", "a.path", "m.mount", "nothing",
};
static const char *const file_names[] = {
	"run", "finish", "log/run", "down", "type", "up", "dependencies",
	"contents.d/a", "notification-fd", "producer-for", "control/t",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The parts of an input: \001 stands between them. */
static const char *part_next(const char **at)
{
	size_t size = strcspn(*at, "\001");
	const char *part = text_part(*at, *at + size);

	*at += size + ((*at)[size] != '\0');
	return part;
}

static void write_one(struct text *t, struct total *sum, const struct draft *d)
{
	write_draft(t, d);
	summary_draft(t, sum, d);
	summary_decisions(t, d, true);
}

static void try_units(const char *text, const struct host *host)
{
	struct unit_set s = { .host = host };
	struct text t = { 0 };
	struct total sum = { 0 };

	for (size_t i = 0; *text != '\0' && i < COUNT(unit_names); i++) {
		struct unit *u = unit_add(&s, unit_names[i], "/u/x");

		u->wrong = unit_parse(&u->items, unit_names[i],
		                      part_next(&text));
	}
	units_map(&s);
	for (size_t i = 0; i < s.count; i++)
		write_one(&t, &sum, &s.unit[i].draft);
}

static void write_sources(const struct sources *s)
{
	struct text t = { 0 };
	struct total sum = { 0 };

	for (size_t i = 0; i < s->count; i++)
		write_one(&t, &sum, &s->source[i].draft);
}

static void try_dinit(const char *text, const struct host *host)
{
	static const char *const names[] = { "a", "b", "c" };
	struct sources s = { .host = host };

	for (size_t i = 0; *text != '\0' && i < COUNT(names); i++) {
		struct source *one = source_add(&s, names[i], "/d/x", "dinit");

		(void)dinit_parse(&one->items, names[i], part_next(&text));
	}
	dinit_map(&s);
	write_sources(&s);
}

static void try_folders(const char *text, const struct host *host)
{
	struct sources s = { .host = host };

	for (size_t n = 0; *text != '\0' && n < 3; n++) {
		struct source *one = source_add(&s, n == 0 ? "a" : "b", "/s/x",
		                                "");

		for (size_t i = 0; *text != '\0' && i < COUNT(file_names); i++)
			items_add(&one->items, &(struct item){
				.section = "", .key = file_names[i],
				.value = part_next(&text), .file = "a",
				.line = 1 });
	}
	folders_map(&s);
	write_sources(&s);
}

static void try_file(const char *text, const struct host *host, bool ini)
{
	struct sources s = { .host = host };
	struct items all = { 0 };

	if ((ini ? ini_parse : procfile_parse)(&all, "f", text) == NULL) {
		if (ini)
			supervisor_map(&s, "f", &all);
		else
			procfile_map(&s, "/f", &all);
	}
	write_sources(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host host = { .passwd = passwd };
	struct text t = { 0 };
	const char *text;

	if (size < 2)
		return 0;
	for (size_t i = 1; i < size; i++)
		if (data[i] != 0)
			text_char(&t, (char)data[i]);
	text = text_end(&t);
	host.user = (data[0] & 8) != 0;
	if ((data[0] & 16) != 0)
		(void)account_find(passwd, "web", &host.person);
	word_assume((data[0] & 32) != 0
	            ? ".env_file,.folders,FOLDER,.only_if,.success,.listen,"
	              ".started,AS_ROOT,READY_BUS,.every,CALENDAR,.follows,"
	              ".requires_up,.on_demand,EXIT_STATUS,MAINPID,.splay,"
	              "SERVICE_RESULT,.errors,.ignore,.on_abnormal_only"
	            : "");
	switch (data[0] & 7) {
	case 0:
		try_dinit(text, &host);
		break;
	case 1:
		try_folders(text, &host);
		break;
	case 2:
		try_file(text, &host, true);
		break;
	case 3:
		try_file(text, &host, false);
		break;
	default:
		try_units(text, &host);
	}
	memory_end();
	return 0;
}

#ifndef FUZZER

enum { TEXT_MOST = 4096 };

static uint64_t state;

/* xorshift64; never 0. */
static unsigned roll(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32) % below;
}

static const char *const sections[] = {
	"[Unit]", "[Service]", "[Service]", "[Install]", "[Socket]", "[Timer]",
	"[Path]", "[X-a]", "[Service", "[program:a]", "[group:g]", "[include]",
};
static const char *const keys[] = {
#define ROW(section, key, ...) key,
#include "import/row.def"
#undef ROW
	"command", "type", "depends-on", "waits-for", "before", "run-as",
	"ready-notification", "logfile", "working-dir", "options", "rlimit-nofile",
	"restart", "stop-timeout", "capabilities", "stop-command", "numprocs",
	"environment", "stdout_logfile", "exitcodes", "startsecs", "autorestart",
	"web: x", "load-options", "programs", "user", "directory",
};
static const char *const values[] = {
	"", "yes", "no", "0", "5", "-1", "1h 5", "infinity", "77", "0x5",
	"99999999999999999999", "/bin/p a $A ${B} $$ %i %% \"q r\" 'x'",
	"/bin/p \\x41 \\101 \\u00e9 \\", "+/bin/p $MAINPID", "-@/bin/p n x",
	"a.service b.service x.target", "a", "b", "/x:/y", "CAP_KILL ~X",
	"~CAP_KILL", "oneshot", "forking", "notify", "dbus", "scripted",
	"bgprocess", "pipevar:V", "pipefd:4", "always", "on-failure",
	"[::]:80", "@x", "/run/x", "80", "A=b \"C=d e\" 1=2", "|!/x", "!/x",
	"web", "root", "64M", "1:2", "SIGTERM", "RTMIN+99", "%(program_name)s",
	"%(x", "%(process_num)02d", "unexpected", "A=\"b\",C=d", "*-*-* 1:00",
	"null", "append:/x", "#!/bin/sh\nsv check a\nexec x $1", "~", "*/", "\"",
};

static void make(char *text, size_t *size)
{
	unsigned lines = 1 + roll(14);

	*size = 0;
	for (unsigned i = 0; i < lines && *size < TEXT_MOST - 256; i++) {
		const char *key = keys[roll(COUNT(keys))];
		char *at = text + *size;
		size_t room = TEXT_MOST - *size;

		if (roll(4) == 0)
			*size += (size_t)snprintf(at, room, "%s\n",
				sections[roll(COUNT(sections))]);
		else if (roll(9) == 0)
			*size += (size_t)snprintf(at, room, "\001");
		else if (roll(9) == 0)
			*size += (size_t)snprintf(at, room, "%s",
				values[roll(COUNT(values))]);
		else
			*size += (size_t)snprintf(at, room, "%s%c%s%s\n", key,
				"=:"[roll(5) == 0], values[roll(COUNT(values))],
				roll(8) == 0 ? "\\" : "");
	}
}

/* Some bytes are changed, or a part is repeated. */
static void spoil(char *text, size_t *size)
{
	for (unsigned n = roll(4); n > 0 && *size > 0; n--) {
		size_t at = roll((unsigned)*size);

		if (roll(3) > 0)
			text[at] = (char)roll(256);
		else
			*size = at + 1;
	}
}

int main(int argc, char **argv)
{
	char text[TEXT_MOST];
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	size_t size;

	state = argc > 1 ? strtoull(argv[1], NULL, 10) + 1 : 1;
	state *= 0x9e3779b97f4a7c15;
	for (unsigned long i = 0; i < rounds; i++) {
		uint8_t *input;

		make(text, &size);
		spoil(text, &size);
		input = malloc(size + 1);
		if (input == NULL)
			return 2;
		input[0] = (uint8_t)roll(256);
		memcpy(input + 1, text, size);
		(void)LLVMFuzzerTestOneInput(input, size + 1);
		free(input);
	}
	return 0;
}

#endif
