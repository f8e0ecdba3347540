#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A machine that has nothing but our three programs: it boots, brings its
# services up, answers on the serial line, and ends in each way that it can be
# told to, in order. And on its worst days: supervisord missing, killed again
# and again, or all of its processes killed at once.
#
# An emulated machine with Debian's kernel; no disk. About 5 s for each boot.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Select;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);

my ($qemu) = grep { -x } map { "$_/qemu-system-x86_64" } split /:/, $ENV{PATH};
my ($cpio) = grep { -x } map { "$_/cpio" } split /:/, $ENV{PATH};
my ($kernel) = grep { -r } reverse sort glob '/boot/vmlinuz-*-cloud-amd64';
plan skip_all => 'the machine is x86_64'
    if ($ENV{host_cpu} // (POSIX::uname())[4]) ne 'x86_64' || (POSIX::uname())[4] ne 'x86_64';
plan skip_all => 'no qemu-system-x86_64, cpio, or readable kernel of Debian (linux-image-cloud-amd64)'
    if !$qemu || !$cpio || !$kernel;

use constant SLOW => 120;    # seconds; an emulated machine on a busy one

my $dir   = scratch();
my $top   = $ENV{top_builddir} // "$FindBin::Bin/..";
my $image = supervisord('machine', <<'CONFIG', '--no-host-checks');
#include <connate/call.h>
#include <connate/config.h>
#include "sys/call.h"

/* A line of the console is what conctl is told; "kill N" is a signal for
 * connate, "KILL" is SIGKILL for all but connate and who types. */
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
};

CONNATE();
CONFIG

# An initramfs of these files: path => file of ours.
sub initramfs {
    my ($name, %files) = @_;
    my $root = "$dir/$name";
    for my $path (keys %files) {
        my @folders = split m{/}, "$root$path";
        pop @folders;
        mkdir join '/', @folders[0 .. $_] for 1 .. $#folders;
        run('cp', $files{$path}, "$root$path");
        run('strip', "$root$path");
    }
    mkdir "$root/$_" for qw(proc dev);
    my ($code, undef, $err) =
        run('sh', '-c', "cd '$root' && find . | '$cpio' --quiet -o -H newc -R 0:0 | gzip -1 >'$root.gz'");
    $code == 0 or BAIL_OUT("cpio: $err");
    return "$root.gz";
}

# A machine that is on: { pid, in, out, seen }.
sub boot {
    my ($ramfs) = @_;
    pipe my $in_read,  my $in;
    pipe my $out,      my $out_write;
    my $pid = fork // die;
    if ($pid == 0) {
        open STDIN,  '<&', $in_read;
        open STDOUT, '>&', $out_write;
        open STDERR, '>&', $out_write;
        exec $qemu, qw(-accel tcg -cpu max -m 256 -nodefaults -display none -no-reboot -serial stdio),
            '-kernel', $kernel, '-initrd', $ramfs, '-append',
            'console=ttyS0 quiet panic=-1 -- --supervisor /sbin/supervisord'
            or POSIX::_exit(127);
    }
    close $_ for $in_read, $out_write;
    $in->autoflush(1);
    return { pid => $pid, in => $in, out => $out, seen => '', from => 0 };
}

# Reads until this is seen, from where the last one was; or the machine is off.
sub sees {
    my ($m, $pattern, $limit) = @_;
    my $end    = time + ($limit // SLOW);
    my $select = IO::Select->new($m->{out});
    while (1) {
        if (substr($m->{seen}, $m->{from}) =~ $pattern) {
            $m->{from} += $+[0];
            return 1;
        }
        return 0 if $m->{off} || time > $end;
        next if !$select->can_read(0.2);
        my $got = sysread $m->{out}, my $bytes, 4096;
        $m->{off} = 1 if !$got;
        $m->{seen} .= $bytes =~ s/\r//gr if $got;
    }
}

sub sees_ok {
    my ($m, $what, $pattern) = @_;
    return ok(sees($m, $pattern), $what) || diag(substr $m->{seen}, -1500);
}

sub types { my ($m, $line) = @_; syswrite $m->{in}, "$line\n"; return }

# Asks again until the answer is like this.
sub becomes {
    my ($m, $line, $pattern) = @_;
    my $end = time + SLOW;
    while (time < $end) {
        my $from = length $m->{seen};
        types($m, $line);
        $m->{from} = $from;
        last     if !sees($m, qr/^done\n/m);
        return 1 if substr($m->{seen}, $from, $m->{from} - $from) =~ $pattern;
    }
    return 0;
}

# Off by itself, if it is to be; else it is switched off.
sub off {
    my ($m) = @_;
    kill 'KILL', $m->{pid};
    waitpid $m->{pid}, 0;
    return;
}

my %ours = ('/init' => "$top/pid1/connate", '/bin/conctl' => "$top/conctl/conctl");
my $good = initramfs(good => %ours, '/sbin/supervisord' => $image);

sub up {
    my ($what) = @_;
    my $m = boot($good);
    sees_ok($m, "$what: it boots, and has its services up", qr/ready for you/);
    return $m;
}

# Each end: what is typed, and what the kernel says then.
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

# kill -9 -1 by root, who types on: supervisord and services are started again.
$m = up('kill -9 -1');
types($m, 'KILL');
sees_ok($m, 'all processes killed: said',
    qr/(?=.*^done$)(?=.*supervisord was killed by SIGKILL; starting it again)/ms);
my $up_again = becomes($m, 'status steady', qr/^steady +\S*up\b.*killed by SIGKILL/ms);
ok($up_again, 'all processes killed: it is up again') or diag(substr $m->{seen}, -1500);
types($m, 'poweroff');
sees_ok($m, 'all processes killed: and can be ended', qr/Power down/);
off($m);

# Without a supervisord
$m = boot(initramfs(missing => %ours));
sees_ok($m, 'no supervisord: said, and tried again',
    qr{connate: cannot open /sbin/supervisord: No such file or directory; trying again});
sees_ok($m, 'no supervisord: a shell is offered',
    qr/connate: no supervisord works: a shell on the console; trying on/);
off($m);
done_testing();
