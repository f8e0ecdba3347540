#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# In a sandbox that refuses all younger system calls, with EPERM as some container
# runtimes do, or with ENOSYS as an old kernel does, nothing is different: services
# start and stop, whole trees end politely, with a guard and without, and every death
# and upgrade goes unnoticed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;
use Time::HiRes qw(sleep);

my $refuse = built('t/refuse');
if (system("$refuse EPERM new -- /bin/true") != 0) {
    plan skip_all => 'there is no seccomp(2) here';
}
my $dir = scratch();

# Two processes that have left the session of the service: one that says good-bye,
# one that ignores SIGTERM.
spew("$dir/tree", <<"SH");
setsid /bin/sh -c 'trap "echo bye >>$dir/bye; exit 0" TERM
	echo \$\$ >>$dir/pids; while :; do sleep 0.05; done' &
setsid /bin/sh -c 'trap "" TERM; echo \$\$ >>$dir/pids; while :; do sleep 0.05; done' &
exec sleep 1000
SH

sub pids { return split ' ', -e "$dir/pids" ? slurp("$dir/pids") : '' }

sub image {
    my ($name) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("needs", .needs = LIST("plain"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("tree", .target = DOWN, .run = EXEC("/bin/sh", "$dir/tree"),
		.stop_all = true, .max_stop = MILLISECONDS(500)),
};

CONNATE(.lock_file = "$dir/lock-$name");
CONFIG
}

sub start_tree {
    my ($s, $how) = @_;
    unlink "$dir/pids", "$dir/bye";
    is(($s->ctl(qw(up -w -t 60 tree)))[0], 0, "$how: the tree is up");
    eventually { pids() == 2 } "$how: both of its processes are there";
}

sub end_tree {
    my ($s, $how) = @_;
    is(($s->ctl(qw(down -w -t 60 tree)))[0], 0, "$how: the tree is stopped");
    eventually { !grep { alive($_) } pids() } "$how: both of its processes are gone";
}

sub try_all {
    my ($error) = @_;
    my $s = session(wrap => [ $refuse, $error, qw(new execveat memfd-flag --) ], supervisord => image("in-$error"));
    my @two = qw(plain needs);
    ok($s->becomes($_ => 'up'), "$error: $_ is up") for @two;
    my %pid = map { $_ => $s->field(pid => $_) } @two;
    my $kept = sub {
        is_deeply({ map { $_ => $s->field(pid => $_) } @two }, \%pid, "$error: $_[0]: no service has noticed");
    };

    start_tree($s, $error);
    end_tree($s, $error);
    ok(-e "$dir/bye", "$error: SIGTERM has arrived");

    start_tree($s, "$error, guard");
    kill 'KILL', $s->records->{tree}{pid};
    is(($s->ctl(qw(down -w -t 60 tree)))[0], 0, "$error: down after the death of the guard");
    eventually { !grep { alive($_) } pids() } "$error: what the guard has left is gone";

    start_tree($s, "$error, supervisord");
    my $old = $s->kill_supervisord;
    eventually { my $h = $s->header; ($h->{report_pid} // 0) > 0 && $h->{supervisord} != $old }
    "$error: a successor";
    $kept->('supervisord killed');
    end_tree($s, "$error, supervisord");

    is(($s->ctl('exec', image("in-$error")))[0], 0, "$error: another image");
    $kept->('another image');
    is(($s->ctl('exec', '--pid1'))[0], 0, "$error: connate becomes itself again");
    $kept->('connate again');

    my $heir = $s->header->{supervisord};
    kill 'KILL', $s->{pid};
    eventually { comm($heir) eq 'connate' } "$error: supervisord becomes connate";
    $s->{pid} = $heir;
    $s->wait_ready;
    $kept->('connate killed');
    kill 'KILL', $pid{needs};
    eventually { my $now = $s->field(pid => 'needs'); $now =~ /^\d+$/ && $now > 0 && $now != $pid{needs} }
    "$error: the end of an orphan is noticed";
    is(($s->ctl(qw(restart -w -t 60 plain)))[0], 0, "$error: an orphan is restarted");
    ok(!alive($pid{plain}), "$error: and is gone");
    kill 'TERM', $s->{pid};
    eventually { !alive($s->{pid}) } "$error: the session ends";
    unlike($s->log, qr/cannot|not permitted|fault/i, "$error: nothing was refused that is needed") or diag($s->log);
    return;
}

try_all($_) for qw(EPERM ENOSYS);
done_testing();
