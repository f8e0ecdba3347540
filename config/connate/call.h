/* SPDX-License-Identifier: MIT */
/* What a function of CALL may use: the chores of a boot or of a login, without
 * libc and without another program. It must not know how they are done.
 *
 *     #include <connate/config.h>
 *     #include <connate/call.h>
 *
 *     int mount_pseudofs(void)
 *     {
 *             return call_step("/proc", call_mount("proc", "/proc", "proc",
 *                                                  "nosuid,nodev,noexec")) ?:
 *                    call_step("/run", call_mount("run", "/run", "tmpfs",
 *                                                 "nosuid,nodev,mode=0755"));
 *     }
 *
 * Each returns 0 or -errno, unless it says otherwise, and each may be done
 * twice: what is so already is 0. Errors are those of the manual pages that
 * are named; numbers of errno are in <linux/errno.h>.
 *
 * A function of CALL runs in a process of its own, with the rights, the
 * environment, the standard output and error of its service, and has as long
 * as its service says (.max_setup …); then it is killed. 0 is success, 1 to
 * 255 the exit code of its process, -errno what conctl status says. It may use
 * memory and stack as it likes. There is no libc in it: headers of libc may be
 * included, but what they declare cannot be called.
 *
 * A mode is what it says, whatever the umask is. A relative path begins at
 * .chdir. A name that ends in ".part" belongs to call_create, call_copy,
 * call_symlink and call_seed_save, while they make the name before it: the
 * old file is there until the new one is whole, and on disk.
 *
 * None keeps more than some pages of memory, or a descriptor.
 */
#ifndef CONNATE_CALL_H
#define CONNATE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mounts, as mount(8) would: options are "ro,nosuid,size=10%,…", or NULL. The
 * words that are flags of mount(2) become these, all others are given to the
 * file system: "ro" "nosuid" "nodev" "noexec" "sync" "dirsync" "noatime"
 * "nodiratime" "relatime" "strictatime" "lazytime", their contraries, and
 * "remount" "bind" "rbind" "move" "private" "slave" "shared" "unbindable",
 * with an "r" before the last four for all below.
 *
 * 0 also if something of that type is mounted on target already (options are
 * then not looked at); it works before there is a /proc. Kinds that statfs(2)
 * does not tell apart are taken for one: ext2, ext3 and ext4; tmpfs and
 * devtmpfs. Only pseudo file systems and the usual ones of disks are known
 * so; any other is always mounted, and so is what has one of the flags of the
 * second group.
 *
 * ENOENT: no target, or no source; ENODEV: the kernel does not know the type;
 * EBUSY: the device is in use; EINVAL: a wrong option, or nothing on the
 * device that is of the type; E2BIG: over a page of options; EPERM */
int call_mount(const char *source, const char *target, const char *type,
               const char *options);

/* A folder. One that exists is left as it is, its mode too, and a symbolic
 * link to one is one. mode: up to 01777, else EINVAL.
 * EEXIST: it is something else; else see mkdir(2) */
int call_mkdir(const char *path, unsigned mode);

/* The same, and before it all folders on the way to it, with mode 0755.
 * ENAMETOOLONG: over 4095 bytes */
int call_mkdirs(const char *path, unsigned mode);

/* An empty file with that mode; of one that exists only the times change.
 * See open(2), utimensat(2) */
int call_touch(const char *path, unsigned mode);

/* Writes text into something that exists: a setting below /proc/sys, /sys or
 * a cgroup, a device. A file loses what was in it.
 * ENOENT: there is none, so a setting with a wrong name is no success; else
 * see open(2), write(2), and of a setting its own errors */
int call_write(const char *path, const char *text);

/* A file with exactly this text and mode. What was there before, even a
 * symbolic link, is replaced as a whole.
 * EISDIR: it is a folder; EBUSY: something is mounted on it, as containers do
 * with /etc/hosts; ENAMETOOLONG: over 4090 bytes; see open(2), write(2),
 * rename(2) */
int call_create(const char *path, const char *text, unsigned mode);

/* The same with what is in another file, of any size. Mode 0: that of the
 * other file. The owner is the user of the service.
 * ENOENT: there is no `from`, or no folder for `to`; EISDIR: one of them is a
 * folder; else as call_create */
int call_copy(const char *from, const char *to, unsigned mode);

/* A symbolic link at path that says target; one that says something else is
 * replaced.
 * EEXIST: it is there and is no symbolic link; see symlink(2), rename(2) */
int call_symlink(const char *target, const char *path);

/* Runs a program, with the environment of the service, and waits for its end:
 *
 *     CALL_RUN("/sbin/fsck", "-p", "/")
 *
 * No shell, no search in PATH. It is in the session of the service, so it is
 * stopped with it. Returns its exit code, 0 to 255, or 128 + the number of the
 * signal that ended it, as a shell does; or -errno if it could not be run:
 * see execve(2), fork(2). argv ends with NULL */
#define CALL_RUN(...) \
	call_run((const char *const[]){ __VA_ARGS__, NULL })
int call_run(const char *const *argv);

/* Waits until path exists, at most so long; 0 ms: only looks. A symbolic link
 * exists when its target does. It is seen at once where the kernel tells
 * (inotify(7)), and else, as below /sys and /proc, within 0.1 s.
 * ETIMEDOUT; else see stat(2), such as EACCES, ENOTDIR */
int call_wait_path(const char *path, unsigned ms);

/* sethostname(2). EINVAL: over 64 bytes; EPERM */
int call_hostname(const char *name);

/* The name that is in a file like /etc/hostname: the first line that is not
 * empty and begins with no # (hostname(5)).
 * ENOENT: there is no such file; EINVAL: no such line in its first 4 KiB */
int call_hostname_from(const char *path);

/* A network interface gets IFF_UP (netdevice(7)); "lo" has then its address,
 * 127.0.0.1, too. ENODEV: there is no such interface; EPERM */
int call_interface_up(const char *name);

/* The random seed, random(4): 512 bytes, for its owner only. Loading mixes it
 * into what the kernel has, which does not count it as entropy, and at once
 * replaces the file, so that no two boots begin with the same. No file, as at
 * the first boot, is no error: it is made. Neither waits for entropy.
 * If only the replacing fails (EROFS, ENOSPC), the seed was loaded; else see
 * open(2), write(2), rename(2) */
int call_seed_load(const char *path);
int call_seed_save(const char *path);

/* What the kernel was told about name: name=value or just name, which is the
 * value "". Of several the last counts; quotes and - for _ are as the kernel
 * has them. The value goes to buffer, with a 0 byte; size 0 (and NULL): only
 * whether it was said.
 * ENOENT: it was not said, or there is no /proc/cmdline; EMSGSIZE: the value
 * does not fit; E2BIG: not in the first 4 KiB, and there are more */
int call_cmdline(const char *name, char *buffer, size_t size);

/* The target that a service has now, as conctl shows it, or -ENOENT: there is
 * no such service. */
enum call_target {
	CALL_TARGET_DOWN,
	CALL_TARGET_UP,
	CALL_TARGET_RESTART,
	CALL_TARGET_ONCE,
};
int call_target(const char *service);

/* A line on standard error, of at most 511 bytes. What has no reader is lost:
 * it does not wait. */
void call_print(const char *line);

/* Prints what became of a step, and returns it unchanged:
 *
 *     [ ok ] mounting /proc
 *     [fail] mounting /proc: No such device
 *     [fail] checking the disk: exit code 4
 */
int call_step(const char *what, int result);

#endif
