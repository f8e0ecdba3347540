#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A machine that has nothing but our three programs: it boots, brings its
# services up, answers on the serial line, and ends in order in each way that it can
# be ended. And on its worst days: supervisord missing, killed again
# and again, or all of its processes killed at once.
#
# An emulated machine with Debian's kernel; no disk. About 5 s for each boot.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Machine;
use Test::More;

my $why = no_machine();
plan skip_all => $why if $why;

my $top   = $ENV{top_builddir} // "$FindBin::Bin/..";
my $image = supervisord('machine', <<'CONFIG', '--no-host-checks');
#include <connate/call.h>
#include <connate/config.h>
#include "sys/call.h"

/* A line of the console is a command of conctl; "kill N" is a signal for
 * connate, "KILL" is SIGKILL for all but connate and this shell, "LOAD" loads a
 * kernel. */
enum { WORDS = 8 };

static char line[256];

int mounts(void);
int mounts(void)
{
	return call_mount("proc", "/proc", "proc", "") ?:
	       call_mount("dev", "/dev", "devtmpfs", "");
}

static int number(const char *text)
{
	int n = 0;

	while (*text >= '0' && *text <= '9')
		n = 10 * n + *text++ - '0';
	return n;
}

/* kexec_file_load(2): this kernel, with its initramfs and command line. */
static void load(void)
{
	static const char line[] = "console=ttyS0 quiet panic=-1 no_timer_check -- --supervisor /sbin/supervisord";
	int kernel = sys_openat(AT_FDCWD, "/next/kernel", O_RDONLY, 0);
	int initrd = sys_openat(AT_FDCWD, "/next/initrd", O_RDONLY, 0);
	long error = CALL5(__NR_kexec_file_load, kernel, initrd, sizeof(line), line, 0);

	call_print(error < 0 ? "it is not loaded" : "it is loaded");
}

static void obey(void)
{
	const char *argv[WORDS + 1] = { "/bin/conctl" };
	int words = 1;

	for (char *c = line; *c != '\0'; c++) {
		if (*c == ' ' || *c == '\n')
			*c = '\0';
		else if ((c == line || c[-1] == '\0') && words < WORDS)
			argv[words++] = c;
	}
	if (words == 3 && argv[1][0] == 'k')
		(void)sys_kill(1, number(argv[2]));
	else if (words == 2 && argv[1][0] == 'L')
		load();
	else if (words == 2 && argv[1][0] == 'K')
		(void)sys_kill(-1, SIGKILL);
	else
		(void)call_run(argv);
}

int answers(void);
int answers(void)
{
	int fd = sys_openat(AT_FDCWD, "/dev/console", O_RDWR, 0);

	call_print("ready for you");
	for (;;) {
		long got = sys_read(fd, line, sizeof(line) - 1);

		if (got <= 0)
			return 1;
		line[got] = '\0';
		obey();
		call_print("done");
	}
}

/* Ignores every signal; and sends the second request. */
int stubborn(void);
int stubborn(void)
{
	struct __kernel_timespec patience = { .tv_sec = 7 };
	struct signalfd_siginfo info;
	uint64_t terminated = SIGNAL_BIT(SIGTERM);
	int fd;

	(void)sys_sigprocmask(SIG_BLOCK, &terminated, NULL);
	fd = sys_signalfd(-1, &terminated, 0);
	while (sys_read(fd, &info, sizeof(info)) != sizeof(info))
		;
	(void)sys_ppoll(NULL, 0, &patience);
	(void)sys_kill(1, SIGUSR2);
	for (;;)
		(void)sys_ppoll(NULL, 0, NULL);
}

int last(void);
int last(void)
{
	call_print("first up, last down");
	return 0;
}

static const struct service services[] = {
	SERVICE("mounts", .setup = CALL(mounts), .cleanup = CALL(last)),
	SERVICE("steady", .needs = LIST("mounts"), .run = EXEC("/bin/conctl", "-q", "events", "-f")),
	SERVICE("console", .needs = LIST("steady"), .setup = CALL(answers), .max_setup = FOREVER,
		.max_stop = SECONDS(1)),
	SERVICE("stubborn", .target = DOWN, .needs = LIST("steady"), .run = CALL(stubborn),
		.max_stop = FOREVER),
};

CONNATE();
CONFIG

# A machine with that initramfs.
sub starts {
    my ($ramfs) = @_;
    return boot(initrd => $ramfs, append => '-- --supervisor /sbin/supervisord');
}

my %ours = ('/init' => "$top/pid1/connate", '/bin/conctl' => "$top/conctl/conctl");
my $good = initramfs(good => %ours, '/sbin/supervisord' => $image);

sub up {
    my ($what) = @_;
    my $m = starts($good);
    sees_ok($m, "$what: it boots, and has its services up", qr/ready for you/);
    return $m;
}

# Each end: the command, and the kernel's message.
my @ends = (
    [ 'conctl poweroff',  'poweroff', 'Power down' ],
    [ 'conctl reboot',    'reboot',   'Restarting system' ],
    [ 'conctl halt',      'halt',     'System halted' ],
    [ 'SIGINT',           'kill 2',   'Restarting system' ],
    [ 'SIGTERM',          'kill 15',  'Restarting system' ],
    [ 'SIGUSR1',          'kill 10',  'System halted' ],
    [ 'SIGUSR2',          'kill 12',  'Power down' ],
    [ 'SIGPWR',           'kill 30',  'Power down' ],
    [ 'SIGRTMIN+3',       'kill 37',  'System halted' ],
    [ 'SIGRTMIN+4',       'kill 38',  'Power down' ],
    [ 'SIGRTMIN+5',       'kill 39',  'Restarting system' ],
    [ 'SIGRTMIN+6, with nothing loaded', 'kill 40', 'connate: reboot: .*Power down' ],
);
my $m = up('the first');
types($m, 'status');
sees_ok($m, 'it answers on the serial line', qr/^mounts +\S*up\b.*^steady +\S*up\b.*^done$/ms);
types($m, 'kill 28');
sees_ok($m, 'a signal that means nothing', qr/^done$/m);
types($m, 'pid steady');
sees_ok($m, 'is not noticed', qr/^\d+\ndone$/m);
for my $end (@ends) {
    my ($what, $line, $says) = @$end;
    $m //= up($what);
    types($m, $line);
    sees_ok($m, "$what: services stop in order", qr/first up, last down/);
    sees_ok($m, "$what: the machine ends: $says", qr/$says/s);
    off($m);
    undef $m;
}

# Another kernel takes over, which was loaded before.
$m = starts(initramfs(kexec => %ours, '/sbin/supervisord' => $image, '/next/kernel' => Machine::kernel(),
        '/next/initrd' => $good));
sees_ok($m, 'kexec: it boots', qr/ready for you/);
types($m, 'LOAD');
sees_ok($m, 'kexec: another kernel is loaded', qr/^it is loaded$/m);
types($m, 'kexec');
sees_ok($m, 'kexec: services stop in order', qr/first up, last down/);
sees_ok($m, 'kexec: the other one boots', qr/ready for you/);
types($m, 'LOAD');
sees_ok($m, 'kexec: and is another', qr/^it is not loaded$/m);
off($m);

# A service that ignores every signal, and has no time-out, holds
# up shutdown: it is named, until a second request.
$m = up('one that does not stop');
ok(becomes($m, 'up -w stubborn', qr/^done/m), 'one that does not stop: it is up');
types($m, 'poweroff');
sees_ok($m, 'one that does not stop: the end is said', qr/supervisord: stopping everything: poweroff/);
sees_ok($m, 'one that does not stop: it is named after 5 s',
    qr/supervisord: waiting for stubborn to stop: \d s, for as long as it takes \(ask again to hurry\)/);
sees_ok($m, 'one that does not stop: asked again',
    qr/supervisord: asked again to end: killing what does not stop in 1 s/);
sees_ok($m, 'one that does not stop: the others stop in order', qr/first up, last down/);
sees_ok($m, 'one that does not stop: the machine ends', qr/Power down/);
off($m);

# kill -9 -1 by root, whose shell goes on: supervisord and services are started
# again, and the shell answers. What it says at once may be lost: two write to the console.
$m = up('kill -9 -1');
types($m, 'KILL');
sees_ok($m, 'all processes killed: said',
    qr/supervisord was killed by SIGKILL; starting it again/);
my $up_again = becomes($m, 'status steady', qr/^steady +\S*up\b.*killed by SIGKILL/ms);
ok($up_again, 'all processes killed: it is up again') or diag(substr $m->{seen}, -1500);
types($m, 'poweroff');
sees_ok($m, 'all processes killed: and can be ended', qr/Power down/);
off($m);

# Without a supervisord
$m = starts(initramfs(missing => %ours));
sees_ok($m, 'no supervisord: said, and tried again',
    qr{connate: cannot open /sbin/supervisord: No such file or directory; trying again});
sees_ok($m, 'no supervisord: a shell is offered',
    qr/connate: no supervisord works: a shell on the console; trying on/);
off($m);
done_testing();
