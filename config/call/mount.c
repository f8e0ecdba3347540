/* SPDX-License-Identifier: MIT */
/* Mounting, with the words of mount(8), and whether it is done already, which
 * must be known before there is a /proc to ask. */
#include "config/call/file.h"

#include <linux/magic.h>
#include <linux/mount.h>

#include "model/text.h"
#include "sys/call.h"
#include "sys/memory.h"

struct word {
	const char *text;
	unsigned set, clear;
};

/* mount(8), "FILESYSTEM-INDEPENDENT MOUNT OPTIONS" */
static const struct word words[] = {
	{ "defaults", 0, 0 },
	{ "ro", MS_RDONLY, 0 },
	{ "rw", 0, MS_RDONLY },
	{ "nosuid", MS_NOSUID, 0 },
	{ "suid", 0, MS_NOSUID },
	{ "nodev", MS_NODEV, 0 },
	{ "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 },
	{ "exec", 0, MS_NOEXEC },
	{ "sync", MS_SYNCHRONOUS, 0 },
	{ "async", 0, MS_SYNCHRONOUS },
	{ "dirsync", MS_DIRSYNC, 0 },
	{ "noatime", MS_NOATIME, 0 },
	{ "atime", 0, MS_NOATIME },
	{ "nodiratime", MS_NODIRATIME, 0 },
	{ "diratime", 0, MS_NODIRATIME },
	{ "relatime", MS_RELATIME, 0 },
	{ "norelatime", 0, MS_RELATIME },
	{ "strictatime", MS_STRICTATIME, 0 },
	{ "nostrictatime", 0, MS_STRICTATIME },
	{ "lazytime", MS_LAZYTIME, 0 },
	{ "nolazytime", 0, MS_LAZYTIME },
	{ "remount", MS_REMOUNT, 0 },
	{ "bind", MS_BIND, 0 },
	{ "rbind", MS_BIND | MS_REC, 0 },
	{ "move", MS_MOVE, 0 },
	{ "private", MS_PRIVATE, 0 },
	{ "rprivate", MS_PRIVATE | MS_REC, 0 },
	{ "slave", MS_SLAVE, 0 },
	{ "rslave", MS_SLAVE | MS_REC, 0 },
	{ "shared", MS_SHARED, 0 },
	{ "rshared", MS_SHARED | MS_REC, 0 },
	{ "unbindable", MS_UNBINDABLE, 0 },
	{ "runbindable", MS_UNBINDABLE | MS_REC, 0 },
};

/* These change mounts that there are; they are no mount of a type. */
enum {
	CHANGES = MS_REMOUNT | MS_BIND | MS_MOVE | MS_PRIVATE | MS_SLAVE |
	          MS_SHARED | MS_UNBINDABLE,
};

/* What statfs(2) says of them: linux/magic.h, or the file system's source. */
static const struct kind {
	const char *type;
	uint32_t magic;
} kinds[] = {
	{ "9p", V9FS_MAGIC },
	{ "binfmt_misc", BINFMTFS_MAGIC },
	{ "bpf", BPF_FS_MAGIC },
	{ "btrfs", BTRFS_SUPER_MAGIC },
	{ "cgroup", CGROUP_SUPER_MAGIC },
	{ "cgroup2", CGROUP2_SUPER_MAGIC },
	{ "configfs", 0x62656570 },
	{ "debugfs", DEBUGFS_MAGIC },
	{ "devpts", DEVPTS_SUPER_MAGIC },
	{ "devtmpfs", TMPFS_MAGIC },
	{ "efivarfs", EFIVARFS_MAGIC },
	{ "exfat", 0x2011bab0 },
	{ "ext2", EXT2_SUPER_MAGIC },
	{ "ext3", EXT3_SUPER_MAGIC },
	{ "ext4", EXT4_SUPER_MAGIC },
	{ "f2fs", F2FS_SUPER_MAGIC },
	{ "fusectl", 0x65735543 },
	{ "hugetlbfs", HUGETLBFS_MAGIC },
	{ "iso9660", ISOFS_SUPER_MAGIC },
	{ "mqueue", 0x19800202 },
	{ "nfs", NFS_SUPER_MAGIC },
	{ "nfs4", NFS_SUPER_MAGIC },
	{ "overlay", OVERLAYFS_SUPER_MAGIC },
	{ "proc", PROC_SUPER_MAGIC },
	{ "pstore", PSTOREFS_MAGIC },
	{ "ramfs", RAMFS_MAGIC },
	{ "securityfs", SECURITYFS_MAGIC },
	{ "selinuxfs", SELINUX_MAGIC },
	{ "squashfs", SQUASHFS_MAGIC },
	{ "sysfs", SYSFS_MAGIC },
	{ "tmpfs", TMPFS_MAGIC },
	{ "tracefs", TRACEFS_MAGIC },
	{ "vfat", MSDOS_SUPER_MAGIC },
	{ "xfs", 0x58465342 },
};

struct options {
	unsigned flags;
	size_t length;               /* of data */
	char data[CALL_BLOCK_BYTES]; /* the kernel takes a page at most */
};

static const struct word *find_word(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_length(words[i].text) == length &&
		    memcmp(words[i].text, text, length) == 0)
			return &words[i];
	return NULL;
}

static int add_data(struct options *o, const char *text, size_t length)
{
	if (o->length + length + 2 > sizeof(o->data))
		return -E2BIG;
	if (o->length > 0)
		o->data[o->length++] = ',';
	memcpy(o->data + o->length, text, length);
	o->length += length;
	return 0;
}

static int mount_options_read(struct options *o, const char *text)
{
	int error = 0;

	o->flags = 0;
	o->length = 0;
	while (error == 0 && *text != '\0') {
		size_t length = 0;
		const struct word *word;

		while (text[length] != '\0' && text[length] != ',')
			length++;
		word = find_word(text, length);
		if (word != NULL)
			o->flags = (o->flags | word->set) & ~word->clear;
		else if (length > 0)
			error = add_data(o, text, length);
		text += length + (text[length] == ',');
	}
	o->data[o->length] = '\0';
	return error;
}

static bool has_magic(const char *type, uint32_t magic)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (text_equal(kinds[i].type, type))
			return kinds[i].magic == magic;
	return false;
}

/* Another device than the folder above it, or the root: mountpoint(1). */
static bool is_mount_point(int fd)
{
	int above_fd = sys_openat(fd, "..", O_PATH | O_CLOEXEC, 0);
	struct stat own, above;
	bool known;

	if (above_fd < 0)
		return false; /* it is no folder */
	known = sys_fstat(fd, &own) == 0 && sys_fstat(above_fd, &above) == 0;
	(void)sys_close(above_fd); /* nothing was written */
	return known &&
	       (own.st_dev != above.st_dev || own.st_ino == above.st_ino);
}

static bool is_mounted(const char *target, const char *type)
{
	int fd = sys_openat(AT_FDCWD, target, O_PATH | O_CLOEXEC, 0);
	struct statfs status;
	bool mounted;

	if (fd < 0)
		return false; /* mounting will say why */
	mounted = is_mount_point(fd) && sys_fstatfs(fd, &status) == 0 &&
	          has_magic(type, (uint32_t)status.f_type);
	(void)sys_close(fd); /* nothing was written */
	return mounted;
}

int call_mount(const char *source, const char *target, const char *type,
               const char *options)
{
	struct options o;
	int error = mount_options_read(&o, options == NULL ? "" : options);

	if (error < 0)
		return error;
	if (type != NULL && (o.flags & CHANGES) == 0 &&
	    is_mounted(target, type))
		return 0;
	return sys_mount(source, target, type, o.flags,
	                 o.length > 0 ? o.data : NULL);
}
