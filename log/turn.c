/* SPDX-License-Identifier: MIT */
/* Turned files. PATH becomes PATH.20311224T180000.000000Z by rename(2), so
 * that no line is copied, and whoever has it open reads on. The oldest go
 * first: their names are in the order of time. */
#include "log/turn.h"

#include "log/options.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/message.h"
#include "sys/stamp.h"

enum {
	STAMP_AT = 1,               /* behind the dot */
	SUFFIX_BYTES = 24,          /* .20311224T180000.000000Z */
	ENTRY_NAME_AT = 19,         /* struct linux_dirent64 of getdents64(2) */
	ENTRY_BYTES_AT = 16,
};

/* What a pass over a folder finds of the turned files of one log. */
struct found {
	uint64_t count, bytes;
	char oldest[256], plain[256]; /* the oldest; of those not compressed … */
	char latest[256];           /* … and the latest of these */
};

static int32_t compressor;      /* its pid, or 0 */
static char compressed[PATH_BYTES]; /* the log whose file it compresses */

/* Writes ".20311224T180000.000000Z" and NUL. */
static void put_suffix(char *to, struct __kernel_timespec now)
{
	char stamp[STAMP_BYTES];
	uint32_t micro = (uint32_t)(now.tv_nsec / 1000);

	(void)stamp_write(stamp, (uint64_t)now.tv_sec);
	*to++ = '.';
	for (unsigned k = 0; k < STAMP_BYTES - 2; k++)
		if (stamp[k] != '-' && stamp[k] != ':')
			*to++ = stamp[k];
	*to++ = '.';
	for (uint32_t unit = 100000; unit > 0; unit /= 10)
		*to++ = (char)('0' + micro / unit % 10);
	*to++ = 'Z';
	*to = '\0';
}

/* Gives the file its name among the turned ones, which no other file has. 0;
 * or -errno, and it is as before. path: at most PATH_BYTES - 32 bytes. Killed
 * after the rename: the next write makes a new file. */
int turn_file(const char *path)
{
	size_t length = text_length(path);
	struct __kernel_timespec now = { 0, 0 };
	char to[PATH_BYTES];
	struct stat status;

	__builtin_memcpy(to, path, length);
	(void)sys_clock_gettime(CLOCK_REALTIME, &now); /* it cannot fail */
	do {
		now.tv_nsec = (now.tv_nsec + 1000) % 1000000000;
		put_suffix(to + length, now);
	} while (sys_fstatat(AT_FDCWD, to, &status, AT_SYMLINK_NOFOLLOW) == 0);
	return sys_renameat(AT_FDCWD, path, AT_FDCWD, to);
}

/* Is that a turned file of the log of that name: with our suffix, and perhaps
 * one of a compressor? *plain: it has none. */
static bool is_turned(const char *name, const char *base, bool *plain)
{
	static const char form[] = ".00000000T000000.000000Z";
	size_t length = text_length(base);

	if (!text_starts(name, base))
		return false;
	for (unsigned k = 0; k < SUFFIX_BYTES; k++) {
		char c = name[length + k];
		bool digit = c >= '0' && c <= '9';

		if (form[k] == '0' ? !digit : c != form[k])
			return false;
	}
	*plain = name[length + SUFFIX_BYTES] == '\0';
	return *plain || name[length + SUFFIX_BYTES] == '.';
}

static void keep_least(char *to, const char *name)
{
	size_t size = text_length(name) + 1;

	if (size <= 256 && (*to == '\0' || text_compare(name, to) < 0))
		__builtin_memcpy(to, name, size);
}

static void take_entry(struct found *f, int folder, const char *name,
                       const char *base)
{
	struct stat status;
	bool plain;

	if (!is_turned(name, base, &plain) ||
	    sys_fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	f->count++;
	f->bytes += (uint64_t)status.st_size;
	keep_least(f->oldest, name);
	if (!plain)
		return;
	keep_least(f->plain, name);
	if (text_compare(name, f->latest) > 0 && text_length(name) < 256)
		__builtin_memcpy(f->latest, name, text_length(name) + 1);
}

static void look(struct found *f, int folder, const char *base)
{
	static _Alignas(8) char bytes[4096];
	long got;

	f->count = f->bytes = 0;
	f->oldest[0] = f->plain[0] = f->latest[0] = '\0';
	while ((got = sys_getdents64(folder, bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < got;) {
			const char *entry = bytes + at;

			take_entry(f, folder, entry + ENTRY_NAME_AT, base);
			at += *(const uint16_t *)(const void *)(entry +
			                                        ENTRY_BYTES_AT);
		}
}

static bool is_too_much(const struct found *f)
{
	return f->count > 0 &&
	       ((options.keep != 0 && f->count > options.keep) ||
	        (options.max_total != 0 && f->bytes > options.max_total));
}

static int open_folder(const char *path, int flags)
{
	const char *base = text_base(path);
	char folder[PATH_BYTES];

	__builtin_memcpy(folder, path, (size_t)(base - path));
	folder[base - path] = '\0';
	return sys_openat(AT_FDCWD, folder, O_DIRECTORY | O_CLOEXEC | flags, 0);
}

/* One at a time, with nothing of ours but standard error. It gets the file's
 * name, in the folder, and is expected to replace the file, as gzip(1) does. */
static void compress(const char *path, int folder, const char *name)
{
	const char *argv[] = { options.compress, name, NULL };
	const char *envp[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
	char link[32] = "/proc/self/fd/";
	const char *number;
	uint64_t none = 0;
	struct digits d;
	int32_t pid;
	int child = sys_fork(&pid);

	if (child < 0)
		return;             /* tried again with the next turn */
	if (child > 0) {
		compressor = child;
		__builtin_memcpy(compressed, path, text_length(path) + 1);
		return;
	}
	number = text_number(&d, folder);
	__builtin_memcpy(link + 14, number, text_length(number) + 1);
	(void)sys_chdir(link);      /* else it does not find the file */
	(void)sys_sigprocmask(SIG_SETMASK, &none, NULL);
	(void)sys_close(0);
	(void)sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0);
	if (sys_close_range(3, ~0u, 0) < 0)
		for (int fd = 3; fd < 1024; fd++)
			(void)sys_close(fd); /* most are not open */
	(void)sys_execve(options.compress, (char *const *)argv,
	                 (char *const *)envp);
	sys_exit(127);
}

/* Deletes the oldest turned files of the log until --keep and --max-total hold,
 * and has the oldest that is not compressed yet compressed. O(files of the
 * folder) for each one deleted. */
void turn_tidy(const char *path)
{
	int folder = open_folder(path, 0);
	struct found f;

	if (folder < 0)
		return;             /* writing says what is wrong */
	for (;;) {
		look(&f, folder, text_base(path));
		if (!is_too_much(&f) ||
		    sys_unlinkat(folder, f.oldest, 0) < 0)
			break;
		(void)sys_close(folder);
		folder = open_folder(path, 0);
	}
	if (options.compress != NULL && compressor == 0 && f.plain[0] != '\0')
		compress(path, folder, f.plain);
	(void)sys_close(folder);    /* it was only read */
}

/* The path of the file of that log that was turned last, if it is not compressed.
 * False: there is none. */
bool turn_latest(const char *path, char found[PATH_BYTES])
{
	size_t length = (size_t)(text_base(path) - path);
	int folder = open_folder(path, 0);
	struct found f;

	if (folder < 0)
		return false;
	look(&f, folder, text_base(path));
	(void)sys_close(folder);    /* it was only read */
	if (f.latest[0] == '\0')
		return false;
	__builtin_memcpy(found, path, length);
	__builtin_memcpy(found + length, f.latest, text_length(f.latest) + 1);
	return true;
}

/* Children have ended: the next file is compressed, unless this one could not
 * be, which is said. Was the child `pid` (0: none) one of them? */
bool turn_reap(int pid)
{
	siginfo_t info = { 0 };
	bool is_among = false;

	while (sys_waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 &&
	       info.si_pid != 0) {
		is_among |= info.si_pid == pid;
		if (info.si_pid == compressor) {
			compressor = 0;
			if (info.si_code == CLD_EXITED && info.si_status == 0)
				turn_tidy(compressed);
			else
				message("connate-log: ", options.compress,
				        " has failed; the files stay as they "
				        "are", NULL);
		}
		info.si_pid = 0;
	}
	return is_among;
}
