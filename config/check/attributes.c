/* SPDX-License-Identifier: MIT */
/* The attributes of a process that have a vocabulary of their own: input and
 * output priority, memory, limits, capabilities, cgroup, namespaces, CPUs.
 * What is wrong with them, and what they are in the table. Numbers are those
 * of the machines that we build for, so they are not the build machine's. */
#include <ctype.h>
#include <string.h>

#include "config/check/check.h"
#include "model/attribute.h"
#include "model/text.h"

/* Names, each with the number that is its place. */
struct words {
	const char *const *word;
	size_t count;
};

/* clang-format off: these are tables */
#define WORDS(names) \
	{ \
		names, sizeof(names) / sizeof(names[0]) \
	}

static const char *const limit_names[RESOURCES] = {
#define RESOURCE(name, word) word,
#include "model/resource.def"
#undef RESOURCE
};
static const struct words limits = WORDS(limit_names);

/* linux/capability.h, without CAP_ */
static const char *const capability_names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};
static const struct words capabilities = WORDS(capability_names);

static const char *const namespace_names[NAMESPACES] = {
#define NAMESPACE(name, word, flag) word,
#include "model/namespace.def"
#undef NAMESPACE
};
static const struct words namespaces = WORDS(namespace_names);
/* clang-format on */

static const uint32_t namespace_flags[NAMESPACES] = {
#define NAMESPACE(name, word, flag) flag,
#include "model/namespace.def"
#undef NAMESPACE
};

static const char cgroup_root[] = "/sys/fs/cgroup";

enum {
	NOT_A_WORD = -1,
	FEW_WORDS = 5,
	CGROUP_NAME_MAX = 255, /* of a file: NAME_MAX */
	CGROUP_MAX = 4000,     /* leaves room below PATH_MAX */
	IOPRIO_LEVELS = 8,
};

static int word_find(const struct words *w, const char *name)
{
	for (size_t k = 0; k < w->count; k++)
		if (strcasecmp(w->word[k], name) == 0)
			return (int)k;
	return NOT_A_WORD;
}

/* CAP_ may be left out; no other word begins with it. */
static const char *bare(const char *capability)
{
	return strncasecmp(capability, "cap_", 4) == 0 ? capability + 4
	                                               : capability;
}

/* They fit into a line. */
static const char *all(const struct words *w)
{
	const char *line = "";

	for (size_t k = 0; k < w->count; k++)
		line = memory_join(line, memory_join(" ", w->word[k]));
	return line;
}

static void attribute_report_unknown(const struct config *c, uint32_t i,
                                     const char *field, const char *name,
                                     const struct words *w)
{
	const char *like = words_like(w->word, w->count, bare(name));

	if (like != NULL)
		report_error(c, i, ": %s: there is no '%s'; did you mean '%s'?",
		             field, name, like);
	else if (w->count <= FEW_WORDS)
		report_error(c, i, ": %s: there is no '%s'; there are%s", field,
		             name, all(w));
	else
		report_error(c, i, ": %s: there is no '%s'", field, name);
}

/* Each entry is one of the words, and none is there twice. Which are there. */
static uint64_t check_words(const struct config *c, uint32_t i,
                            const char *field, const struct config_list *l,
                            const struct words *w)
{
	uint64_t seen = 0;

	for (size_t k = 0; k < l->count; k++) {
		const char *name = l->item[k];
		int found;

		if (name == NULL || *name == '\0') {
			report_error(c, i, ": %s has an empty entry", field);
			continue;
		}
		found = word_find(w, bare(name));
		if (found == NOT_A_WORD)
			attribute_report_unknown(c, i, field, name, w);
		else if (seen >> found & 1)
			report_error(c, i, ": %s has '%s' twice", field, name);
		else
			seen |= 1ull << found;
	}
	return seen;
}

static bool is_list(const struct config *c, uint32_t i, const char *field,
                    const struct config_list *l)
{
	if (l->item != NULL && !l->given)
		report_error(c, i, ": %s is written LIST(\"name\", ...)",
		             field);
	return l->item != NULL && l->given;
}

static void check_capabilities(const struct config *c, uint32_t i,
                               const struct config_list *l)
{
	if (is_list(c, i, ".capabilities", l))
		(void)check_words(c, i, ".capabilities", l, &capabilities);
}

/* pid: its parent ends, and with it as process 1 the whole namespace. net: an
 * abstract name is seen in the namespace of its socket only. */
static void check_namespaces(const struct config *c, uint32_t i,
                             const struct config_service *s)
{
	uint64_t seen;

	if (!is_list(c, i, ".namespaces", &s->namespaces))
		return;
	seen = check_words(c, i, ".namespaces", &s->namespaces, &namespaces);
	if (seen >> NAMESPACE_PID & 1 &&
	    s->ready.ready == CONFIG_READY_DAEMONIZE)
		report_error(c, i,
		             ": READY_DAEMONIZE cannot be with .namespaces "
		             "\"pid\": when its first process exits, all "
		             "others in that namespace are killed");
	if (seen >> NAMESPACE_NET & 1 &&
	    s->ready.ready == CONFIG_READY_SD_NOTIFY)
		report_error(c, i,
		             ": READY_SD_NOTIFY cannot be with .namespaces "
		             "\"net\": its messages would not arrive");
}

/* What 4096 * 1024 * 1024 and 2 << 30 come to as an int, of which not every
 * compiler tells. No program starts with 0 of this memory. */
static void check_overflow(const struct config *c, uint32_t i, int resource,
                           const struct config_limit *l)
{
	bool is_memory = resource == RESOURCE_AS || resource == RESOURCE_DATA ||
	                 resource == RESOURCE_STACK;
	bool negative = (l->soft > INT64_MAX && l->soft != UNLIMITED) ||
	                (l->hard > INT64_MAX && l->hard != UNLIMITED);

	if (negative || (is_memory && l->soft == 0))
		report_error(c, i,
		             ": .rlimits: '%s' is %s; a number above "
		             "2147483647 needs ULL, such as 4ULL << 30",
		             l->limit, negative ? "negative" : "0");
}

static void rlimit_check(const struct config *c, uint32_t i,
                         const struct config_limit *l, uint64_t *seen)
{
	int found;

	if (l->limit == NULL || *l->limit == '\0') {
		report_error(c, i, ": .rlimits has an empty name");
		return;
	}
	found = word_find(&limits, l->limit);
	if (found == NOT_A_WORD) {
		attribute_report_unknown(c, i, ".rlimits", l->limit, &limits);
		return;
	}
	if (*seen >> found & 1)
		report_error(c, i, ": .rlimits has '%s' twice", l->limit);
	*seen |= 1ull << found;
	if (l->soft > l->hard)
		report_error(c, i,
		             ": .rlimits: the soft limit of '%s' is "
		             "above the hard one",
		             l->limit);
	check_overflow(c, i, found, l);
	if (found == RESOURCE_NOFILE && l->hard == UNLIMITED)
		report_error(c, i,
		             ": .rlimits: '%s' cannot be UNLIMITED; the "
		             "most is in /proc/sys/fs/nr_open, as a rule "
		             "1048576",
		             l->limit);
}

static void check_limits(const struct config *c, uint32_t i,
                         const struct config_limits *l)
{
	uint64_t seen = 0;

	if (l->first == NULL && l->limits > 0)
		report_error(c, i,
		             ": .rlimits is written LIMITS(LIMIT(\"name\", "
		             "soft, hard), ...)");
	for (size_t k = 0; l->first != NULL && k < l->limits; k++)
		rlimit_check(c, i, &l->first[k], &seen);
}

static void attribute_check_numbers(const struct config *c, uint32_t i,
                                    const struct config_service *s)
{
	int level = s->ioprio.level, adj = s->oom_score_adj;

	if (level < 0 || level >= IOPRIO_LEVELS)
		report_error(c, i,
		             ": .ioprio: %d is no level; 0 (first) to %d "
		             "are",
		             level, IOPRIO_LEVELS - 1);
	if (adj != CONFIG_UNSET && (adj < -1000 || adj > 1000))
		report_error(c, i, ": .oom_score_adj is -1000 to 1000");
}

/* Why that part of a path up to the next slash is none, or NULL. */
static const char *name_wrong(const char *name, size_t size)
{
	if (size == 1 && name[0] == '.')
		return "has '.' in it";
	if (size == 2 && name[0] == '.' && name[1] == '.')
		return "has '..' in it";
	if (size > CGROUP_NAME_MAX)
		return "has a part that is too long for a name";
	return NULL;
}

static const char *cgroup_wrong(const char *path)
{
	const char *why = NULL;

	if (*path == '\0')
		return "is empty";
	if (*path != '/')
		return "is not an absolute path";
	if (strlen(path) > CGROUP_MAX)
		return "is too long for a path";
	while (*path != '\0' && why == NULL) {
		size_t size;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		why = name_wrong(path, size);
		path += size;
	}
	return why;
}

static void check_cgroup(const struct config *c, uint32_t i, const char *path)
{
	const char *why = path != NULL ? cgroup_wrong(path) : NULL;

	if (why != NULL)
		report_error(c, i, ": .cgroup: '%.200s' %s", path, why);
}

/* A number at *at, which is moved behind it. */
static bool cpu_number(const char **at, unsigned *number)
{
	size_t digits = strspn(*at, "0123456789");

	*number = 0;
	if (digits == 0)
		return false;
	for (size_t k = 0; k < digits && *number < CPUS_MAX; k++)
		*number = 10 * *number + (unsigned)((*at)[k] - '0');
	*at += digits;
	return true;
}

/* "0-3,8" into a mask; why not, or NULL. */
static const char *cpus_parse(const char *text, uint32_t mask[CPU_WORDS],
                              uint32_t *count)
{
	*count = 0;
	memset(mask, 0, CPU_WORDS * sizeof(*mask));
	for (;; text++) {
		unsigned first, last;

		if (!cpu_number(&text, &first))
			return "is not of the form 0-3,8";
		last = first;
		if (*text == '-' && (text++, !cpu_number(&text, &last)))
			return "is not of the form 0-3,8";
		if (first >= CPUS_MAX || last >= CPUS_MAX)
			return "has a number above 1023";
		if (first > last)
			return "has a range that goes down";
		for (; first <= last; first++)
			mask[first / 32] |= 1u << first % 32;
		if (last / 32 + 1 > *count)
			*count = last / 32 + 1;
		if (*text == '\0')
			return NULL;
		if (*text != ',')
			return "is not of the form 0-3,8";
	}
}

static void check_cpus(const struct config *c, uint32_t i, const char *cpus)
{
	uint32_t mask[CPU_WORDS], count;
	const char *why = NULL;

	if (cpus != NULL)
		why = cpus_parse(cpus, mask, &count);
	if (why != NULL)
		report_error(c, i, ": .cpus: '%.200s' %s", cpus, why);
}

void attributes_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	attribute_check_numbers(c, i, s);
	check_limits(c, i, &s->rlimits);
	check_capabilities(c, i, &s->capabilities);
	check_cgroup(c, i, s->cgroup);
	check_namespaces(c, i, s);
	check_cpus(c, i, s->cpus);
}

/* From here on nothing is wrong with them. */

uint32_t attribute_ioprio(const struct config_ioprio *io)
{
	static const uint32_t classes[IOPRIOS] = {
#define IOPRIO(name, word, level) [CONFIG_IO_##name] = IOPRIO_##name,
#include "model/ioprio.def"
#undef IOPRIO
	};

	return io->io == CONFIG_IO_INHERIT
	               ? TABLE_NONE
	               : classes[io->io] << IOPRIO_CLASS_SHIFT |
	                         (uint32_t)io->level;
}

uint32_t *attribute_limits(const struct config_limits *l, uint32_t *count)
{
	uint32_t *words = memory_new(l->limits, RLIMIT_WORDS * sizeof(*words));
	uint32_t *w = words;

	for (size_t k = 0; k < l->limits; k++) {
		*w++ = (uint32_t)word_find(&limits, l->first[k].limit);
		*w++ = (uint32_t)l->first[k].soft;
		*w++ = (uint32_t)(l->first[k].soft >> 32);
		*w++ = (uint32_t)l->first[k].hard;
		*w++ = (uint32_t)(l->first[k].hard >> 32);
	}
	*count = (uint32_t)(w - words);
	return words;
}

uint64_t attribute_capabilities(const struct config_list *l)
{
	uint64_t set = 0;

	for (size_t k = 0; k < l->count; k++)
		set |= 1ull << word_find(&capabilities, bare(l->item[k]));
	return set;
}

int attribute_capability(const char *name)
{
	return word_find(&capabilities, bare(name));
}

uint32_t attribute_namespaces(const struct config_list *l)
{
	uint32_t set = 0;

	for (size_t k = 0; k < l->count; k++)
		set |= namespace_flags[word_find(&namespaces, l->item[k])];
	return set;
}

/* Whole, and without a slash at its end or twice in a row. */
const char *attribute_cgroup(const char *path)
{
	size_t root = sizeof(cgroup_root) - 1;
	bool whole = strncmp(path, cgroup_root, root) == 0 &&
	             (path[root] == '/' || path[root] == '\0');
	char *made = memory_new(root + strlen(path) + 1, 1), *to = made;

	if (!whole)
		to = stpcpy(made, cgroup_root);
	for (; *path != '\0'; path++)
		if (*path != '/' || (path[1] != '/' && path[1] != '\0'))
			*to++ = *path;
	return made;
}

uint32_t attribute_cpus(const char *cpus, uint32_t mask[CPU_WORDS])
{
	uint32_t count = 0;

	if (cpus != NULL)
		(void)cpus_parse(cpus, mask, &count); /* it was checked */
	return count;
}
