/* SPDX-License-Identifier: MIT */
/* An example: all that a small Debian machine starts, with connate as its init
 * (packages udev, procps, busybox, dbus, cron, openssh-server). Chores of the boot are functions of
 * this file, without a shell: connate/call.h has what they may use. The words
 * are explained in connate/config.h.
 *
 * Needs and wants are chosen so that the machine can be logged into whatever
 * fails: what is wanted may fail, and conctl status says why. */

/* Nothing here is better for being tried again, but for daemons; or for being
 * interrupted, when a machine is slow. */
#define DEFAULTS \
	.env = LIST("PATH=/usr/local/sbin:/usr/local/bin:" \
	            "/usr/sbin:/usr/bin:/sbin:/bin"), \
	.max_setup = SECONDS(60), \
	.max_ready = SECONDS(60), \
	.retry = RETRY_NEVER,
#define DAEMON .retry = RETRY_DOUBLING(), .log = LOG_TO("log")
#include <connate/call.h>
#include <connate/config.h>

#define SEED "/var/lib/random-seed"

/* Each line says on the console what became of it; the first that fails ends
 * it. What is mounted already, as in a container, is fine. */
int mount_kernel(void)
{
	return call_step("mounting /proc",
	                 call_mount("proc", "/proc", "proc",
	                            "nosuid,nodev,noexec")) ?:
	       call_step("mounting /sys",
	                 call_mount("sysfs", "/sys", "sysfs",
	                            "nosuid,nodev,noexec")) ?:
	       call_step("mounting /dev",
	                 call_mount("dev", "/dev", "devtmpfs",
	                            "nosuid,mode=0755")) ?:
	       call_step("mounting /run",
	                 call_mount("run", "/run", "tmpfs",
	                            "nosuid,nodev,mode=0755"));
}

int mount_more(void)
{
	return call_mkdir("/dev/pts", 0755) ?:
	       call_mkdir("/dev/shm", 01777) ?:
	       call_mkdir("/run/lock", 01777) ?:
	       call_mkdir("/run/dbus", 0755) ?:
	       call_mkdir("/run/sshd", 0755) ?:
	       call_touch("/run/utmp", 0664) ?:
	       call_step("mounting /dev/pts",
	                 call_mount("devpts", "/dev/pts", "devpts",
	                            "nosuid,noexec,gid=5,mode=0620,"
	                            "ptmxmode=0666")) ?:
	       call_step("mounting /dev/shm",
	                 call_mount("shm", "/dev/shm", "tmpfs",
	                            "nosuid,nodev,mode=1777"));
}

/* fsck(8): 1 says that errors were corrected. */
int check_disks(void)
{
	int code = CALL_RUN("/sbin/fsck", "-A", "-T", "-p");

	return call_step("checking the disks", code == 1 ? 0 : code);
}

int name_host(void)
{
	return call_step("naming the machine",
	                 call_hostname_from("/etc/hostname"));
}

int start_loopback(void)
{
	return call_step("starting the loopback", call_interface_up("lo"));
}

int load_seed(void)
{
	return call_step("loading the random seed", call_seed_load(SEED));
}

int save_seed(void)
{
	return call_step("saving the random seed", call_seed_save(SEED));
}

int wait_for_syslog(void)
{
	return call_wait_path("/dev/log", 5000);
}

static const struct service services[] = {
	SERVICE("kernel-mounts", .setup = CALL(mount_kernel)),
	SERVICE("more-mounts",
	        .needs = LIST("kernel-mounts"),
	        .setup = CALL(mount_more)),

	/* Where a host has the devices, /sys is read-only: then it fails,
	 * and all is well. It listens before it goes to the background, which
	 * is when events may be sent to it. Services that only want udev go on. */
	SERVICE("udev",
	        .needs = LIST("more-mounts"),
	        .setup = EXEC("/usr/bin/test", "-w", "/sys"),
	        .run = EXEC("/lib/systemd/systemd-udevd", "--daemon"),
	        .ready = READY_DAEMONIZE),
	SERVICE("devices",
	        .needs = LIST("more-mounts"),
	        .wants = LIST("udev"),
	        .setup = SHELL("udevadm control --ping &&"
	                       " udevadm trigger --action=add --type=subsystems &&"
	                       " udevadm trigger --action=add --type=devices &&"
	                       " udevadm settle --timeout=120"),
	        .max_setup = SECONDS(150)),

	/* The disks of /etc/fstab. A disk that is checked is not interrupted,
	 * however long it takes. At the end, when all that need them are
	 * down, they are unmounted, and the root is read-only again. */
	SERVICE("fsck",
	        .needs = LIST("more-mounts"),
	        .wants = LIST("devices"),
	        .setup = CALL(check_disks),
	        .max_setup = FOREVER),
	SERVICE("disks",
	        .needs = LIST("more-mounts"),
	        .wants = LIST("fsck"),
	        .setup = SHELL("mount -o remount,rw / && mount -a"),
	        .max_setup = SECONDS(90),
	        .cleanup = SHELL("umount -a -r -t noproc,sysfs,devtmpfs,tmpfs;"
	                         " exec mount -o remount,ro /")),

	SERVICE("hostname",
	        .needs = LIST("kernel-mounts"),
	        .setup = CALL(name_host)),
	SERVICE("loopback",
	        .needs = LIST("kernel-mounts"),
	        .setup = CALL(start_loopback)),
	SERVICE("sysctl",
	        .needs = LIST("kernel-mounts"),
	        .wants = LIST("loopback"),
	        .setup = EXEC("/sbin/sysctl", "-q", "-p", "/etc/sysctl.conf")),

	/* Without .run it has nothing to keep; it is cleaned up all the same
	 * when the machine ends. */
	SERVICE("random-seed",
	        .needs = LIST("disks"),
	        .setup = CALL(load_seed),
	        .cleanup = CALL(save_seed)),

	/* What daemons print. What is above prints to the console. */
	SERVICE("log",
	        .needs = LIST("disks"),
	        .run = SHELL("exec cat >>/var/log/daemons"),
	        .retry = RETRY_DOUBLING()),

	/* It says nothing when it listens, but its socket is there then. */
	SERVICE("syslog",
	        .needs = LIST("disks"),
	        .wants = LIST("hostname"),
	        .run = EXEC("/bin/busybox", "syslogd", "-n"),
	        DAEMON),
	SERVICE("syslog-socket",
	        .needs = LIST("syslog"),
	        .setup = CALL(wait_for_syslog)),

	/* The system's bus prints its address when it listens. */
	SERVICE("dbus",
	        .needs = LIST("disks"),
	        .wants = LIST("syslog-socket"),
	        .setup = EXEC("/usr/bin/dbus-uuidgen", "--ensure"),
	        .run = EXEC("/usr/bin/dbus-daemon", "--system", "--nofork",
	                    "--nopidfile", "--print-address=3"),
	        .ready = READY_FD(3),
	        .reload = SIGNAL(SIGHUP),
	        DAEMON),

	SERVICE("cron",
	        .needs = LIST("disks"),
	        .wants = LIST("syslog-socket", "hostname"),
	        .run = EXEC("/usr/sbin/cron", "-f"),
	        DAEMON),

	/* All that is to be there before a login. */
	SERVICE("boot",
	        .wants = LIST("devices", "disks", "hostname", "sysctl",
	                      "random-seed", "syslog-socket")),

	/* They start again after a logout. The serial line is
	 * for logging in where it is the kernel's console: a service of its
	 * own, so that it is not looked for again and again. */
	SERVICE("login",
	        .wants = LIST("boot"),
	        .setup = EXEC("/usr/bin/test", "-c", "/dev/tty1"),
	        .run = EXEC("/sbin/agetty", "--noclear", "tty1", "linux"),
	        .retry = RETRY_FIXED(.after = SECONDS(1))),
	SERVICE("serial-line",
	        .needs = LIST("more-mounts"),
	        .setup = SHELL("test -c /dev/ttyS0 &&"
	                       " grep -qw console=ttyS0 /proc/cmdline")),
	SERVICE("login-serial",
	        .needs = LIST("serial-line"),
	        .wants = LIST("boot"),
	        .run = EXEC("/sbin/agetty", "--keep-baud", "ttyS0", "115200",
	                    "vt220"),
	        .retry = RETRY_FIXED(.after = SECONDS(1))),

	/* Once in its life, and a slow machine takes minutes for it. Your
	 * network comes before sshd: one more service that is wanted. */
	SERVICE("host-keys",
	        .needs = LIST("disks"),
	        .setup = EXEC("/usr/bin/ssh-keygen", "-A"),
	        .max_setup = SECONDS(300),
	        .log = LOG_TO("log")),
	SERVICE("sshd",
	        .needs = LIST("host-keys", "loopback"),
	        .wants = LIST("boot"),
	        .run = EXEC("/usr/sbin/sshd", "-D", "-e"),
	        .reload = SIGNAL(SIGHUP),
	        DAEMON),
};

/* SIGINT, which ctrl-alt-del is, and SIGTERM stop all of it in order. */
CONNATE();
