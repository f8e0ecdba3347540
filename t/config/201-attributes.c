/* SPDX-License-Identifier: MIT */
/* The attributes of processes, as the table has them. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("realtime", .run = EXEC("/bin/cat"), .ioprio = IO_REALTIME(3)),
	SERVICE("idle", .run = EXEC("/bin/cat"), .ioprio = IO_IDLE),
	SERVICE("least", .run = EXEC("/bin/cat"), .oom_score_adj = -1000,
	        .ioprio = IO_BEST_EFFORT(0)),
	SERVICE("most", .run = EXEC("/bin/cat"), .oom_score_adj = 1000),
	SERVICE("zero", .run = EXEC("/bin/cat"), .oom_score_adj = 0),
	SERVICE("limits", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("cpu", 1, 2), LIMIT("NOFILE", 0, 0),
	                          LIMIT("as", 4294967296, UNLIMITED),
	                          LIMIT("rttime", UNLIMITED, UNLIMITED))),
	SERVICE("chroot", .run = EXEC("/bin/cat"), .chroot = "/"),
	SERVICE("none", .run = EXEC("/bin/cat"), .capabilities = LIST()),
	SERVICE("some", .run = EXEC("/bin/cat"),
	        .capabilities = LIST("CAP_CHOWN", "net_bind_service",
	                             "cap_Checkpoint_Restore")),
	SERVICE("cgroup", .run = EXEC("/bin/cat"), .cgroup = "/a//b/"),
	SERVICE("whole", .run = EXEC("/bin/cat"),
	        .cgroup = "/sys/fs/cgroup/a/b"),
	SERVICE("looks-whole", .run = EXEC("/bin/cat"),
	        .cgroup = "/sys/fs/cgroups"),
	SERVICE("root", .run = EXEC("/bin/cat"), .cgroup = "/"),
	SERVICE("spaces", .run = EXEC("/bin/cat"),
	        .namespaces = LIST("mount", "net", "uts", "ipc", "pid")),
	SERVICE("no-spaces", .run = EXEC("/bin/cat"), .namespaces = LIST()),
	SERVICE("cpus", .run = EXEC("/bin/cat"), .cpus = "0-3,8,33"),
	SERVICE("last", .run = EXEC("/bin/cat"), .cpus = "1023"),
	SERVICE("env", .run = EXEC("/bin/cat"),
	        .env = LIST("A=1", INHERIT("HOME"), INHERIT("_1"))),
};

CONNATE();
// table: realtime ioprio 8195
// table: idle ioprio 24576
// table: least ioprio 16384
// table: least oom -1000
// table: most oom 1000
// table: zero oom 0
// table: limits limit 0 1 2
// table: limits limit 7 0 0
// table: limits limit 9 4294967296 18446744073709551615
// table: limits limit 15 18446744073709551615 18446744073709551615
// table: chroot chroot /
// table: none capabilities 0
// table: some capabilities 10000000401
// table: cgroup cgroup /sys/fs/cgroup/a/b
// table: whole cgroup /sys/fs/cgroup/a/b
// table: looks-whole cgroup /sys/fs/cgroup/sys/fs/cgroups
// table: root cgroup /sys/fs/cgroup
// table: spaces namespaces 6c020000
// table: cpus cpus 0 10f
// table: cpus cpus 1 2
// table: last cpus 31 80000000
// table: env env 'A=1' 'HOME' '_1'
