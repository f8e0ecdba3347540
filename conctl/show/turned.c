/* SPDX-License-Identifier: MIT */
/* The turned files of a log: NAME.20311224T180000.123456Z, and behind that the
 * suffix of a compressor. Their names are in the order of time. One that was
 * compressed is read by the program for its suffix, into memory. */
#include "conctl/show/turned.h"

#include "conctl/base/out.h"
#include "model/text.h"
#include "sys/call.h"

enum {
	ENTRY_NAME_AT = 19,         /* struct linux_dirent64 of getdents64(2) */
	ENTRY_BYTES_AT = 16,
	NOBODY = 65534,
};

/* What one file may become in memory. */
static const uint64_t unpacked_max = 1ull << 32;

static const struct {
	const char *suffix, *program;
} readers[] = {
	{ ".gz", "gzip" },   { ".zst", "zstd" }, { ".xz", "xz" },
	{ ".bz2", "bzip2" }, { ".lz4", "lz4" },
};

enum { READERS = sizeof(readers) / sizeof(readers[0]) };

/* Is that the suffix of a turned file? */
static bool is_suffix(const char *at)
{
	static const char form[] = ".00000000T000000.000000Z";

	for (unsigned k = 0; k < STAMP_END; k++)
		if (form[k] == '0' ? at[k] < '0' || at[k] > '9'
		                   : at[k] != form[k])
			return false;
	return (at[STAMP_END] == '\0' || at[STAMP_END] == '.') &&
	       text_length(at) < 40;
}

/* The suffix of a turned file of the log of that name, or NULL. */
static const char *suffix_of(const char *name, const char *base)
{
	const char *at = name + text_length(base);

	return text_starts(name, base) && is_suffix(at) ? at : NULL;
}

/* Below, at or above 0: as the times of two turned files; the file itself, "",
 * is the last one. */
static int compare(const char *a, const char *b)
{
	if (*a == '\0' || *b == '\0')
		return (*a == '\0') - (*b == '\0');
	for (int k = 0; k < STAMP_END; k++)
		if (a[k] != b[k])
			return a[k] < b[k] ? -1 : 1;
	return 0;
}

/* A file that is just being compressed is there twice: the whole one has the
 * shorter name. */
static bool is_better(const struct wanted *w, const char *suffix,
                      const char *found)
{
	int order = compare(suffix, found);

	if (w->later ? compare(suffix, w->than) <= 0
	             : compare(suffix, w->than) >= 0)
		return false;
	if (*found == '\0' || order == 0)
		return *found == '\0' ||
		       text_length(suffix) < text_length(found);
	return w->later ? order < 0 : order > 0;
}

static void take(const struct wanted *w, int folder, const char *name,
                 char found[40])
{
	const char *suffix = suffix_of(name, w->base);
	struct stat status = { .st_ino = 0 };

	if (suffix == NULL)
		return;
	if (w->inode != 0 || w->not_inode != 0)
		(void)sys_fstatat(folder, name, &status,
		                  AT_SYMLINK_NOFOLLOW); /* gone: 0 */
	if (w->inode != 0 ? status.st_ino != w->inode
	                  : (w->not_inode != 0 &&
	                     status.st_ino == w->not_inode) ||
	                            !is_better(w, suffix, found))
		return;
	__builtin_memcpy(found, suffix, text_length(suffix) + 1);
}

static int open_folder(const char *path)
{
	static char folder[PATH_MAX];
	size_t length = (size_t)(text_base(path) - path);

	if (length >= sizeof(folder))
		return -ENAMETOOLONG;
	__builtin_memcpy(folder, path, length);
	folder[length] = '\0';
	return sys_openat(AT_FDCWD, folder,
	                  O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

/* The logs of which there are turned files in a folder: a bit for each hash of a
 * name, so that a folder of a thousand logs is read once. */
static struct {
	bool known;
	char folder[PATH_MAX];
	uint8_t bits[8192];
} logs;

static uint32_t hash_of(const char *name, size_t length)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t k = 0; k < length; k++)
		hash = (hash ^ (unsigned char)name[k]) * 16777619u;
	return (hash ^ hash >> 16) & 0xffff;
}

static void note_name(const char *name)
{
	uint32_t hash;

	for (size_t k = 0; name[k] != '\0'; k++)
		if (name[k] == '.' && is_suffix(name + k)) {
			hash = hash_of(name, k);
			logs.bits[hash / 8] |= (uint8_t)(1u << hash % 8);
			return;
		}
}

static void note_names(int folder)
{
	static _Alignas(8) char bytes[8192];
	long got;

	while ((got = sys_getdents64(folder, bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < got;) {
			const char *entry = bytes + at;

			note_name(entry + ENTRY_NAME_AT);
			at += *(const uint16_t *)(const void *)(entry +
			                                        ENTRY_BYTES_AT);
		}
}

/* Forgets which logs have turned files. */
void turned_forget(void)
{
	logs.known = false;
}

/* Had the log of that path turned files when its folder was read? True also if
 * another one had. */
bool turned_had(const char *path)
{
	const char *base = text_base(path);
	size_t length = (size_t)(base - path);
	uint32_t hash = hash_of(base, text_length(base));
	int folder;

	if (!logs.known || !text_starts(path, logs.folder) ||
	    logs.folder[length] != '\0') {
		folder = open_folder(path);
		if (folder < 0)
			return false;
		__builtin_memset(&logs, 0, sizeof(logs));
		__builtin_memcpy(logs.folder, path, length);
		note_names(folder);
		(void)sys_close(folder); /* it was only read */
		logs.known = true;
	}
	return (logs.bits[hash / 8] >> hash % 8 & 1) != 0;
}

/* Looks for a turned file of the log of that path; its suffix. O(files of the
 * folder). False: there is none. */
bool turned_find(const char *path, const struct wanted *w, char found[40])
{
	static _Alignas(8) char bytes[8192];
	int folder = open_folder(path);
	long got;

	found[0] = '\0';
	if (folder < 0)
		return false;
	while ((got = sys_getdents64(folder, bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < got;) {
			const char *entry = bytes + at;

			take(w, folder, entry + ENTRY_NAME_AT, found);
			at += *(const uint16_t *)(const void *)(entry +
			                                        ENTRY_BYTES_AT);
		}
	(void)sys_close(folder); /* it was only read */
	return found[0] != '\0';
}

/* In a child: as the user whose file it is, with nothing but the two. */
static _Noreturn void unpack(const char *program, int from, int to,
                             uint32_t owner)
{
	static const char *const folders[] = { "/usr/bin/", "/bin/",
		                               "/usr/local/bin/" };
	const struct rlimit64 size = { unpacked_max, unpacked_max };
	const char *argv[] = { program, "-dc", NULL };
	const char *envp[] = { "PATH=/usr/bin:/bin", NULL };
	char path[64];

	(void)sys_prlimit(0, RLIMIT_FSIZE, &size, NULL); /* then without */
	if (sys_dup3(from, 0, 0) < 0 || sys_dup3(to, 1, 0) < 0)
		sys_exit(126);
	if (sys_geteuid() == 0 && owner != 0 &&
	    (sys_setgroups(0, NULL) < 0 || sys_setgid(NOBODY) < 0 ||
	     sys_setuid(owner) < 0))
		sys_exit(126);
	for (int k = 0; k < 3; k++) {
		size_t length = text_length(folders[k]);

		__builtin_memcpy(path, folders[k], length);
		__builtin_memcpy(path + length, program,
		                 text_length(program) + 1);
		(void)sys_execve(path, (char *const *)argv,
		                 (char *const *)envp); /* or the next one */
	}
	sys_exit(127);
}

/* Runs the program: its output in memory, from -> *to. 0 or below. */
static int run(const char *program, int from, int to, uint32_t owner)
{
	siginfo_t info = { 0 };
	int32_t pid;
	int child = sys_fork(&pid);

	if (child == 0)
		unpack(program, from, to, owner);
	if (child < 0)
		return child;
	while (sys_waitid(P_PID, child, &info, WEXITED) == -EINTR)
		;
	if (info.si_code == CLD_EXITED && info.si_status == 127)
		return -ENOENT;
	return info.si_code == CLD_EXITED && info.si_status == 0 ? 0 : -EIO;
}

static const char *program_for(const char *path)
{
	size_t length = text_length(path);

	for (int k = 0; k < READERS; k++) {
		size_t size = text_length(readers[k].suffix);

		if (length > size &&
		    text_equal(path + length - size, readers[k].suffix))
			return readers[k].program;
	}
	return NULL;
}

static int unpacked(const char *program, const char *path, int fd,
                    uint32_t owner)
{
	int to = sys_memfd_create("conctl", MFD_CLOEXEC);
	int error = to < 0 ? to : run(program, fd, to, owner);

	if (error >= 0)
		return to;
	if (to >= 0)
		(void)sys_close(to); /* nothing of it is used */
	complain("logs: ", path, " is left out: ",
	         error == -ENOENT ? "there is no " : "it cannot be read by ",
	         program, NULL);
	return error;
}

/* Opens a file of a log to be read: a regular one of this user, or of any user if
 * that is root. One that was compressed is unpacked into memory; what cannot be
 * is said. A descriptor or -errno. */
int turned_open(const char *path, uint32_t owner)
{
	int fd = sys_openat(AT_FDCWD, path,
	                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	                            O_CLOEXEC,
	                    0);
	const char *program = program_for(path);
	struct stat status;
	int other;

	if (fd < 0)
		return fd;
	if (sys_fstat(fd, &status) < 0 ||
	    (status.st_mode & S_IFMT) != S_IFREG ||
	    (owner != 0 && status.st_uid != owner)) {
		(void)sys_close(fd); /* it was only looked at */
		return -EACCES;
	}
	if (program == NULL)
		return fd;
	other = unpacked(program, path, fd, owner);
	(void)sys_close(fd); /* it was only read */
	return other;
}
