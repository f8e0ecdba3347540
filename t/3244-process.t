#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .ignore, .errors, .tty: what a program has when it begins.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();

# A new terminal: its master, and the path of the other end (pts(4)).
sub terminal {
    sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or return;
    my ($unlocked, $number) = (pack('i', 0), pack('i', 0));
    ioctl($master, 0x40045431, $unlocked) or return;    # TIOCSPTLCK
    ioctl($master, 0x80045430, $number) or return;      # TIOCGPTN
    my $path = '/dev/pts/' . unpack 'i', $number;
    return -e $path ? ($master, $path) : ();
}

my ($master, $path) = terminal();
my $terminal = defined $path ? qq{SERVICE("tty", .tty = "$path", .run = SHELL("echo hello; exec sleep 100000")),
	SERVICE("tty-log", .target = DOWN, .tty = "$path", .log = LOG_FILE("$dir/tty-log"),
		.run = SHELL("echo logged; exec sleep 100000")),} : '';
my $s = session(supervisord => supervisord('process', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("ignores", .ignore = LIST("SIGPIPE", "SIGHUP"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("plain", .run = EXEC("/bin/sleep", "100000")),
	SERVICE("apart", .log = LOG_FILE("$dir/out"), .errors = LOG_FILE("$dir/err", .mode = 0640),
		.run = SHELL("echo to-out; echo to-err >&2; exec sleep 100000"), .reload = SHELL("echo reload >&2")),
	SERVICE("anew", .log = LOG_NONE, .errors = LOG_FILE("$dir/anew", .overwrite = true),
		.setup = SHELL("echo setup >&2"), .run = SHELL("echo run >&2; exec sleep 100000")),
	SERVICE("silent", .log = LOG_FILE("$dir/silent"), .errors = LOG_NONE,
		.run = SHELL("echo heard; echo unheard >&2; exec sleep 100000")),
	SERVICE("no-folder", .target = DOWN, .retry = RETRY_NEVER, .errors = LOG_FILE("$dir/none/err"),
		.run = EXEC("/bin/true")),
	SERVICE("no-tty", .target = DOWN, .retry = RETRY_NEVER, .tty = "/dev/null", .run = EXEC("/bin/true")),
	$terminal
};

CONNATE();
CONFIG

sub ignored { my ($name) = @_;
    return (slurp('/proc/' . $s->field(pid => $name) . '/status') =~ /^SigIgn:\s*(\w+)/m)[0] }

ok($s->becomes($_ => 'up'), "$_ is up") for qw(ignores plain apart anew silent);
is(hex ignored('ignores'), 1 << 12 | 1, 'SIGPIPE and SIGHUP are ignored, and no other signal');
is(hex ignored('plain'), 0, 'without it none is');
eventually { slurp("$dir/err") eq "to-err\n" } 'standard error has a file of its own';
is(slurp("$dir/out"), "to-out\n", 'and standard output has that of .log');
is((stat "$dir/err")[2] & 07777, 0640 & ~umask, 'with its mode');
is(($s->ctl(reload => 'apart'))[0], 0, 'reload');
eventually { slurp("$dir/err") eq "to-err\nreload\n" } 'the command of .reload, too';
eventually { slurp("$dir/anew") eq "setup\nrun\n" } 'it is emptied once in each start';
is(($s->ctl(restart => '-w', '-t', 60, 'anew'))[0], 0, 'a restart');
eventually { slurp("$dir/anew") eq "setup\nrun\n" } 'begins it anew';
eventually { slurp("$dir/silent") eq "heard\n" } 'LOG_NONE: errors go nowhere';
$s->ctl(up => '-w', '-t', 60, $_) for qw(no-folder no-tty);
ok($s->becomes($_ => 'failed'), "$_ has failed") for qw(no-folder no-tty);
like(($s->ctl(status => 'no-folder'))[1], qr{open errors \Q$dir\E/none/err: No such file}, 'which file, and why');
like(($s->ctl(status => 'no-tty'))[1], qr{tty /dev/null: }, 'what is no terminal');

SKIP: {
    skip 'no terminal can be made here', 6 if !defined $path;
    ok($s->becomes(tty => 'up'), 'on a terminal');
    my $pid = $s->field(pid => 'tty');
    is(readlink "/proc/$pid/fd/$_", $path, "its descriptor $_ is the terminal") for 0 .. 2;
    isnt((split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr)[4], 0, 'which controls it');
    my $heard = '';
    eventually { sysread $master, my $more, 100; $heard .= $more; $heard =~ /hello/ } 'what it says is there';
    is(($s->ctl(down => '-w', '-t', 60, 'tty'))[0], 0, 'down');
    is(($s->ctl(up => '-w', '-t', 60, 'tty-log'))[0], 0, 'with .log');
    is(readlink '/proc/' . $s->field(pid => 'tty-log') . '/fd/1', "$dir/tty-log", 'output goes there');
    eventually { slurp("$dir/tty-log") eq "logged\n" } 'as it should';
}
is($s->stop, 0, 'the session ends');
done_testing();
