/* SPDX-License-Identifier: MIT */
/* The attributes of a process: the steps of a child that give it those of its
 * profile. Each sets one, or does nothing if the profile does not have it, and
 * returns 0 or -errno. Their order is argued in child.c. They run in the memory
 * of supervisord, on a small stack, and write nothing to it. */
#include "supervisord/process/child.h"

#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/capability.h"

static const struct table_profile *profile_of(const struct child *c)
{
	return world_profile(&supervisor.world, c->service);
}

/* Only below a folder of a cgroup file system. */
static int cgroup_make(int parent, const char *name)
{
	struct statfs fs;
	int error = sys_fstatfs(parent, &fs);

	if (error < 0)
		return error;
	if (fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != CGROUP_SUPER_MAGIC)
		return -ENOENT;
	error = sys_mkdirat(parent, name, 0755);
	return error == -EEXIST ? 0 : error; /* another service was faster */
}

static int cgroup_enter(int parent, const char *name)
{
	const int how = O_PATH | O_DIRECTORY | O_CLOEXEC;
	int fd = sys_openat(parent, name, how, 0);

	if (fd == -ENOENT) {
		fd = cgroup_make(parent, name);
		if (fd >= 0)
			fd = sys_openat(parent, name, how, 0);
	}
	(void)sys_close(parent);
	return fd;
}

/* Copies the next part of a path to name; returns the rest. */
static const char *next_part(const char *path, char name[NAME_MAX + 1])
{
	size_t size = 0;

	while (*path == '/')
		path++;
	for (; *path != '/' && *path != '\0' && size < NAME_MAX; path++)
		name[size++] = *path;
	name[size] = '\0';
	return path;
}

/* The folder of the cgroup; folders that are missing are made. */
static int cgroup_open(const char *path)
{
	char name[NAME_MAX + 1];
	int fd = sys_openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);

	while (fd >= 0 && *path != '\0') {
		path = next_part(path, name);
		fd = cgroup_enter(fd, name);
	}
	return fd;
}

/* Writes the text to the file, with one write(2), and closes fd. */
static int write_once(int fd, const char *text)
{
	long error = fd < 0 ? fd : sys_write(fd, text, text_length(text));

	if (fd >= 0)
		(void)sys_close(fd); /* what matters is the write */
	return error < 0 ? (int)error : 0;
}

/* .cgroup: enters the cgroup. 0 is the writing process (cgroups(7)): this one,
 * which shares memory with supervisord but is no thread of it. */
int step_cgroup(const struct child *c)
{
	uint32_t path = profile_of(c)->cgroup;
	int folder, fd;

	if (path == TABLE_NONE)
		return 0;
	folder = cgroup_open(table_text(table_in_force(), path));
	if (folder < 0)
		return folder;
	fd = sys_openat(folder, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
	(void)sys_close(folder);
	return write_once(fd, "0");
}

/* .oom_score_adj. The kernel sets it for all processes that share this memory:
 * so this child has memory of its own (spawn.c). */
int step_oom(const struct child *c)
{
	int32_t adj = profile_of(c)->oom_score_adj;
	struct digits d;

	if (adj == TABLE_UNSET)
		return 0;
	return write_once(sys_openat(AT_FDCWD, "/proc/self/oom_score_adj",
	                             O_WRONLY | O_CLOEXEC, 0),
	                  text_number(&d, adj));
}

/* .umask */
int step_umask(const struct child *c)
{
	uint32_t mask = profile_of(c)->umask;

	if (mask != TABLE_NONE)
		(void)sys_umask(mask); /* it cannot fail */
	return 0;
}

/* .nice, added to that of supervisord. The system call getpriority returns
 * 20 - nice (getpriority(2), notes). */
int step_nice(const struct child *c)
{
	int nice = profile_of(c)->nice;

	if (nice == 0)
		return 0;
	return sys_setpriority(0, 0, 20 - sys_getpriority(0, 0) + nice);
}

/* .ioprio: of this process (ioprio_set(2)). */
int step_ioprio(const struct child *c)
{
	uint32_t priority = profile_of(c)->ioprio;

	return priority == TABLE_NONE
	               ? 0
	               : sys_ioprio_set(IOPRIO_WHO_PROCESS, 0, priority);
}

/* .cpus: a mask of 32-bit words (sched_setaffinity(2)). */
int step_cpus(const struct child *c)
{
	struct table_list mask = profile_of(c)->cpus;

	return mask.count == 0
	               ? 0
	               : sys_sched_setaffinity(
				 0, mask.count * sizeof(uint32_t),
				 table_list(table_in_force(), mask.at));
}

/* .namespaces, but for that of pids, which was made with the process:
 * c->refused tells if it could not be. What is mounted from here on must not be
 * seen outside of a mount namespace. */
int step_namespaces(const struct child *c)
{
	unsigned long flags = profile_of(c)->namespaces;
	int error = c->refused;

	if (error < 0 || (flags & ~(unsigned long)CLONE_NEWPID) == 0)
		return error;
	error = sys_unshare(flags & ~(unsigned long)CLONE_NEWPID);
	if (error >= 0 && (flags & CLONE_NEWNS) != 0)
		error = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return error;
}

/* In a network namespace, lo is there but down. A socket of any family will do
 * (netdevice(7)). */
int step_loopback(const struct child *c)
{
	struct interface_request lo = { .name = "lo", .flags = IFF_UP };
	int fd, error;

	if ((profile_of(c)->namespaces & CLONE_NEWNET) == 0)
		return 0;
	fd = sys_socket(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	error = sys_ioctl(fd, SIOCSIFFLAGS, &lo);
	(void)sys_close(fd);
	return error;
}

/* .chroot */
int step_chroot(const struct child *c)
{
	uint32_t path = profile_of(c)->chroot;
	int error;

	if (path == TABLE_NONE)
		return 0;
	error = sys_chroot(table_text(table_in_force(), path));
	return error < 0 ? error : sys_chdir("/");
}

/* With new namespaces of pids and mounts: mounts a /proc, which else would show
 * the processes of another namespace. */
int step_proc(const struct child *c)
{
	const unsigned long both = CLONE_NEWPID | CLONE_NEWNS;
	int error;

	if ((profile_of(c)->namespaces & both) != both)
		return 0;
	error = sys_mount("proc", "/proc", "proc",
	                  MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	return error == -ENOENT ? 0 : error; /* in a .chroot without it */
}

static uint64_t long_word(const uint32_t *halves)
{
	return (uint64_t)halves[1] << 32 | halves[0];
}

/* .rlimits (getrlimit(2)) */
int step_rlimits(const struct child *c)
{
	struct table_list l = profile_of(c)->rlimits;
	const uint32_t *word = table_list(table_in_force(), l.at);
	int error = 0;

	for (; l.count > 0 && error >= 0; l.count -= RLIMIT_WORDS) {
		struct rlimit64 limit = { .rlim_cur = long_word(word + 1),
			                  .rlim_max = long_word(word + 3) };

		error = sys_prlimit(0, (int)word[0], &limit, NULL);
		word += RLIMIT_WORDS;
	}
	return error;
}

/* .capabilities: takes all others out of the bounding set, so that no program
 * that is executed can get them. Without CAP_SETPCAP (capabilities(7)) it
 * cannot be changed; then .no_new_privs, if it is set, prevents the same. */
int step_bounding(const struct child *c)
{
	const struct table_profile *p = profile_of(c);

	for (unsigned long k = 0; p->has_capabilities && k < 64; k++) {
		int has = sys_prctl(PR_CAPBSET_READ, k, 0), error = 0;

		if (has < 0)
			return 0; /* this kernel has no more capabilities */
		if (has > 0 && (p->capabilities >> k & 1) == 0)
			error = sys_prctl(PR_CAPBSET_DROP, k, 0);
		if (error < 0)
			return p->no_new_privs ? 0 : error;
	}
	return 0;
}

/* .chdir; else the folder of connate for its command, unless there is
 * .chroot. */
int step_chdir(const struct child *c)
{
	const struct table_profile *p = profile_of(c);

	if (p->chdir != TABLE_NONE)
		return sys_chdir(table_text(table_in_force(), p->chdir));
	return c->folder == NULL || p->chroot != TABLE_NONE
	               ? 0
	               : sys_chdir(c->folder);
}

/* .groups: the supplementary groups. */
int step_groups(const struct child *c)
{
	const struct table_profile *p = profile_of(c);

	if (!p->has_groups)
		return 0;
	return sys_setgroups(p->groups.count,
	                     table_list(table_in_force(), p->groups.at));
}

/* .group */
int step_group(const struct child *c)
{
	uint32_t gid = profile_of(c)->gid;

	return gid == TABLE_NONE ? 0 : sys_setgid(gid);
}

/* .user. With .capabilities, the permitted ones are kept (PR_SET_KEEPCAPS,
 * which exec(2) clears). */
int step_user(const struct child *c)
{
	const struct table_profile *p = profile_of(c);
	int error = 0;

	if (p->uid == TABLE_NONE)
		return 0;
	if (p->has_capabilities)
		error = sys_prctl(PR_SET_KEEPCAPS, 1, 0); /* until exec */
	return error < 0 ? error : sys_setuid(p->uid);
}

/* .capabilities: sets them, and raises them as ambient: exec(2) of a program
 * keeps these for users other than root. */
int step_capabilities(const struct child *c)
{
	const struct table_profile *p = profile_of(c);
	const struct capabilities all = { p->capabilities, p->capabilities,
		                          p->capabilities };
	int error = 0;

	if (!p->has_capabilities)
		return 0;
	error = capabilities_set(&all);
	for (unsigned long k = 0; k < 64 && error >= 0; k++)
		if (p->capabilities >> k & 1)
			error = sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
			                  k);
	return error;
}

/* .no_new_privs */
int step_no_new_privs(const struct child *c)
{
	return profile_of(c)->no_new_privs
	               ? sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0)
	               : 0;
}
