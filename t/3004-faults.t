#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# System calls that fail, in a running supervisord and connate and at their
# start: the action is done later, nothing is lost, no process dies; or
# one clear line says what is missing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(WNOHANG);
use Test::More;

plan skip_all => 'strace is not installed' if !grep { -x "$_/strace" } split /:/, $ENV{PATH};
my ($traceable) = run(qw(strace -o /dev/null true));
plan skip_all => 'tracing is not allowed here' if $traceable != 0;

my $dir = scratch();
my $top = $ENV{top_builddir} // "$FindBin::Bin/..";
my $supervisord = supervisord('faults', <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("still", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("spare", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("called", .target = DOWN, .setup = SHELL("exit 0"),
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .target = DOWN, .ready = READY_DAEMONIZE, .max_ready = FOREVER,
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("flap", .run = SHELL("echo x >>$dir/flaps; exit 1")),
};

CONNATE();
CONFIG
my $s = session(supervisord => $supervisord);
ok($s->becomes(still => 'up'), 'a session');
my $still = $s->field(pid => 'still');

# Runs code while calls of a process fail; true if they really did.
sub with_fault {
    my ($pid, $call, $how, $code, @options) = @_;
    my $trace  = "$dir/trace";
    my $tracer = fork // die;
    if ($tracer == 0) {
        open STDERR, '>', '/dev/null';
        exec 'strace', @options, '-p', $pid, '-o', $trace, '-e', "trace=$call", '-e',
            "inject=$call:$how"
            or POSIX::_exit(127);
    }
    wait_until { slurp("/proc/$pid/status") =~ /^TracerPid:\s+$tracer$/m }
    'the tracer';
    $code->();
    kill 'TERM', $tracer;
    waitpid $tracer, 0;
    my $seen = slurp($trace) =~ /\(INJECTED\)/;
    unlink $trace;
    return $seen;
}

my @faults = (
    [ clone    => 'error=EAGAIN:when=1..4' ],
    [ clone    => 'error=ENOMEM:when=1..4' ],
    [ ppoll    => 'error=ENOMEM:when=1+2' ],
    [ ppoll    => 'error=EINTR:when=1+2' ],
    [ waitid   => 'error=EINTR:when=1+2' ],
    [ recvmsg  => 'error=ENOMEM:when=1+3' ],
    [ read     => 'error=EINTR:when=1+2' ],
    [ futex    => 'error=EFAULT:when=1+2' ],
);
my $supervisord_pid = $s->header->{supervisord};
for my $fault (@faults) {
    my ($call, $how) = @$fault;
    my $before = $s->records->{flap}{exits};
    my ($up, $down);
    my $seen = with_fault(
        $supervisord_pid,
        $call, $how,
        sub {
            kill 'USR1', $s->{pid};    # passed on over the link
            $s->ctl('up', 'spare', 'called');
            $up = $s->becomes(spare => 'up') && $s->becomes(called => 'up');
            $s->ctl('down', 'spare', 'called');
            $down = $s->becomes(spare => 'down') && $s->becomes(called => 'down');
            wait_until { $s->records->{flap}{exits} > $before + 3 } 'flaps';
        });
    ok($up,   "$call $how: services start all the same");
    ok($down, "$call $how: and stop");
    ok($seen, "$call $how: it did fail");
}

# The first clone of supervisord, and that of the guard.
my $shown;
my $failed = with_fault(
    $supervisord_pid,
    clone => 'error=EAGAIN:when=1',
    sub {
        $s->ctl(up => 'guarded');
        $shown = wait_until { $s->field(pid => 'guarded') =~ /^\d/ } 'its pid';
    },
    '-f');
ok($shown,  'a guard starts its program late: the pid is shown as soon as there is one');
ok($failed, 'clone: it did fail');
$s->ctl(down => 'guarded');
ok($s->becomes(guarded => 'down'), 'and it stops');
is($s->header->{supervisord}, $supervisord_pid, 'supervisord lived through all of it');
is($s->field(pid => 'still'), $still, 'and so did the service');

# pid1: exits of services of a dead supervisord go through it.
for my $fault ([ sendmsg => 'error=EAGAIN:when=1+2' ], [ sendmsg => 'error=ENOMEM:when=1..3' ],
    [ waitid => 'error=EINTR:when=1+2' ], [ ppoll => 'error=ENOMEM:when=1+2' ],
    [ recvmsg => 'error=EINTR:when=1+2' ], [ clone => 'error=EAGAIN:when=1..3' ]) {
    my ($call, $how) = @$fault;
    my $restarted;
    my $seen = with_fault(
        $s->{pid},
        $call, $how,
        sub {
            my $old = $s->kill_supervisord;
            my $pid = $s->field(pid => 'still');
            kill 'KILL', $pid if $pid =~ /^\d+$/;
            $restarted = wait_until {
                my $r = $s->records->{still};
                $r->{pid} > 0 && $r->{pid} != $pid && $s->header->{supervisord} != $old;
            }
            "a new process after $call $how";
        });
    ok($restarted, "connate, $call $how: supervisord and the service come back");
    ok($seen,      "connate, $call $how: it did fail");
}
my $status;
with_fault($s->header->{supervisord}, sendmsg => 'error=ENOBUFS:when=1..2',
    sub { $status = $s->stop });
is($status, 0, 'it ends, even if connate is told only at the third time');

# Each flap was one process, and each of them was counted.
my $flaps = () = slurp("$dir/flaps") =~ /x/g;
ok($flaps > 20, "the flapping service flapped ($flaps)");

# A session whose connate dies: supervisord is not the parent of its services, and has to
# watch them. The process that is traced becomes connate, and starts the one that watches.
sub succeed {
    my $next = $s->header->{supervisord};
    kill 'KILL', $s->{pid};
    $s->{pid} = $next;
    wait_until { ($s->header->{supervisord} // $next) != $next } 'a successor';
    return;
}
$s = session(supervisord => $supervisord);
ok($s->becomes(still => 'up'), 'another session');
succeed();
for my $fault ([ pidfd_open => 'error=ENOSYS' ], [ pidfd_open => 'error=EMFILE' ],
    [ epoll_create1 => 'error=EMFILE' ], [ epoll_ctl => 'error=ENOSPC' ],
    [ fallocate => 'error=ENOSPC:when=2+' ], [ sendmsg => 'error=EAGAIN:when=4+4' ]) {
    my ($call, $how) = @$fault;
    my $noticed;
    my $seen = with_fault(
        $s->header->{supervisord},
        $call, $how,
        sub {
            succeed();
            wait_until { slurp("$dir/trace") =~ /\(INJECTED\)/ } "$call to fail";
            my $pid = $s->field(pid => 'still');
            kill 'KILL', $pid;
            $noticed = wait_until {
                waitpid $pid, WNOHANG;    # this test has adopted it
                my $r = $s->records->{still};
                $r->{pid} > 0 && $r->{pid} != $pid;
            }
            "a new process after $call $how";
            my $gone = $s->kill_supervisord;    # the next succession makes it an orphan
            wait_until { ($s->header->{supervisord} // $gone) != $gone } 'a supervisord that can be traced';
        },
        '-f');
    ok($noticed, "an orphan, $call $how: its death is noticed");
    ok($seen,    "an orphan, $call $how: it did fail");
}
kill 'TERM', $s->{pid};
wait_until { waitpid($s->{pid}, WNOHANG) != 0 } 'its end';

# At the start: one line that names the thing and the reason, and not 0.
for my $fault ([ memfd_create => 'ENOSYS', qr/ledger: Function not/ ],
    [ memfd_create => 'EMFILE', qr/ledger: Too many open files/ ],
    [ socketpair   => 'ENFILE', qr/link: Too many open files in system/ ],
    [ pipe2        => 'EMFILE', qr/request pipe: Too many/ ],
    [ signalfd4    => 'ENOMEM', qr/signalfd: Out of memory/ ]) {
    my ($call, $error, $line) = @$fault;
    my ($code, $out, $err) = run('strace', '-o', '/dev/null', '-e', "trace=$call",
        '-e', "inject=$call:error=$error", "$top/pid1/connate", '--supervisor', $supervisord);
    is($code, 1, "$call fails with $error at the start: exit code 1");
    like($err, $line, 'and a clear line');
    is(scalar(() = $err =~ /\n/g), 1, 'just one');
}
done_testing();
