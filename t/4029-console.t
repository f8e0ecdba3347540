#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Lines on standard error have the time in front where it is a file or a pipe; not on a terminal, where
# a person sees them at once, and not in a socket, behind which the journal and the like add the time.
# What a service prints is left as it is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Pty;
use Socket;
use Test::More;
use Time::Local qw(timegm);

my $dir   = scratch();
my $fails = supervisord('fails', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("fails", .primary = true, .setup = SHELL("echo its own words >&2"), .run = SHELL("exit 7"),
		.retry = RETRY_NEVER),
};
CONNATE();
CONFIG
my @connate = (built('pid1/connate'), '--supervisor', $fails);
my $line    = "supervisord: fails: failed: exited with 7\n";
my $begin   = time;

# The time of that line, in seconds; undef if it is not the whole line.
sub time_of {
    my ($text) = @_;
    my ($y, $m, $d, $hour, $minute, $second) =
        $text =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z \Q$line\E/m or return;
    return timegm($second, $minute, $hour, $d, $m - 1, $y);
}

sub timed_ok {
    my ($text, $what) = @_;
    my $time = time_of($text);
    ok(defined $time && $time >= $begin && $time <= time, "$what: the time, and the line") or diag($text);
    like($text, qr/^its own words$/m, "$what: what a service prints is as it was");
    return;
}

sub plain_ok {
    my ($text, $what) = @_;
    like($text, qr/^\Q$line\E/m, "$what: only the line");
    unlike($text, qr/\d\dZ /, "$what: no time");
    return;
}

system 'sh', '-c', '"$@" 2>' . "$dir/file", 'sh', @connate;
timed_ok(slurp("$dir/file"), 'a file');
timed_ok((run('sh', '-c', '"$@" 2>&1 | cat', 'sh', @connate))[1], 'a pipe');

my $tty = Pty->new(command => \@connate);
is($tty->ends, 7, 'a terminal');
$tty->read_some for 1 .. 3;
plain_ok($tty->{all} =~ s/\r//gr, 'a terminal');

socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, 0 or die "socketpair: $!";
my $pid = fork_patiently();
if ($pid == 0) {
    open STDERR, '>&', $theirs;
    exec { $connate[0] } @connate or POSIX::_exit(127);
}
close $theirs;
my $text = do { local $/; <$ours> };
is(ended_by($pid) >> 8, 7, 'a socket');
plain_ok($text, 'a socket');

# A function that prints does so for its service.
my $prints = supervisord('prints', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
#include <connate/call.h>
int prints(void)
{
	call_print("printed");
	return call_step("a step", 0);
}
static const struct service services[] = {
	SERVICE("prints", .primary = true, .setup = CALL(prints), .run = SHELL("exit 7"), .retry = RETRY_NEVER,
		.log = LOG_FILE("$dir/prints")),
};
CONNATE();
CONFIG
is((run($connate[0], '--supervisor', $prints))[0], 7, 'a function');
is(slurp("$dir/prints"), "printed\n[ ok ] a step\n", 'prints without the time');
done_testing();
