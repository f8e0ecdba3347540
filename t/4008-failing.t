#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A supervisord that fails again and again, one that hangs, and images that do
# not come up: services run on, and conctl shows what is going on.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

plan skip_all => 'images are made by a compiler for this machine'
    if ($ENV{host_cpu} // (POSIX::uname())[4]) ne (POSIX::uname())[4];

my $dir    = scratch();
my $image  = "$dir/image";
my $config = supervisord('failing', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("one", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("two", .run = EXEC("/bin/sleep", "1000"), .stop_all = true),
};

CONNATE();
CONFIG
run('cp', $config, $image);
my $s = session(supervisord => $image);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(one two);
my %pid = map { $_ => $s->field(pid => $_) } qw(one two);

sub kept_ok {
    my ($what) = @_;
    return is_deeply({ map { $_ => $s->field(pid => $_) } qw(one two) }, \%pid, "$what: services run on");
}

# Faults, one after the other.
sub crashes_again {
    my ($deaths) = @_;
    my $pid = $s->header->{supervisord};
    crash($pid);
    wait_until { $s->header->{deaths} == $deaths } 'its death';
    my $h    = $s->header;
    my $wait = $h->{next} > 0 ? $h->{next} - $h->{since} : 100 * ($deaths - 1);
    is($wait, 100 * ($deaths - 1), "death $deaths in a row: again after " . 100 * ($deaths - 1) . ' ms');
    if ($deaths == 8) {
        my ($code, $out, $err) = $s->ctl(qw(status one));
        is($code, 0, 'meanwhile status works');
        like("$out$err", qr/supervisord.*SIGSEGV/, 'and says that supervisord is down, and why');
    }
    wait_until { my $now = $s->header->{supervisord}; $now != $pid && alive($now) } 'another';
    return;
}

if (can_crash()) {
    crashes_again($_) for 1 .. 8;
    kept_ok('a supervisord that crashes');
}

# Killed from outside: waiting would help no service.
$s->kill_supervisord;
eventually { $s->header->{status} == 9 } 'it is noted how it died';
is($s->header->{deaths}, 0, 'a kill is no fault of its own');

# Images that come up late, or never.
sub program {
    my ($text) = @_;
    my $source = spew("$dir/late.c", "#include <unistd.h>\n#include <stdlib.h>\nint main(void) { $text }\n");
    my ($code, undef, $err) = run($ENV{CC} || 'cc', '-o', "$dir/late", $source);
    $code == 0 or BAIL_OUT("cannot compile: $err");
    return rename "$dir/late", $image;
}

sub refused_ok {
    my ($what, $said, $text) = @_;
    wait_until { $s->header->{report_pid} == $s->header->{supervisord} } 'a supervisord';
    my ($before, $images) = (length $s->log, $s->header->{images});
    program($text);
    kill 'HUP', $s->{pid};
    eventually { substr($s->log, $before) =~ /connate: supervisord $said; the former image goes on/ } "$what: is said";
    eventually { $s->field(state => 'one') eq 'up' && ($s->ctl(qw(up -w one)))[0] == 0 } "$what: the former one works";
    is($s->header->{images}, $images, "$what: is not taken");
    kept_ok($what);
    return;
}

refused_ok('one that fails after a while', 'was killed by SIGABRT', 'usleep(300000); abort();');
refused_ok('one that gives up after a while', 'exited with 3', 'usleep(300000); exit(3);');
refused_ok('one that waits for ever', 'did not get ready in 10 s; killing it', 'for (;;) pause();');
refused_ok('one that runs in circles', 'did not get ready in 10 s; killing it', 'nice(19); for (;;) ;');

# A supervisord that is stopped: no fault, until it has a message to
# read. The same with one in an endless loop, in a session of its own.
my $circles = can_crash() ? session(supervisord => $config) : undef;
my $looping = 0;
if ($circles) {
    ok($circles->becomes($_ => 'up'), "in another session $_ is up") for qw(one two);
    $looping = $circles->header->{supervisord};
    ok(loop_for_ever($looping), 'its supervisord runs in circles');
    kill 'USR1', $circles->{pid};
}
my %kept = $circles ? map { $_ => $circles->field(pid => $_) } qw(one two) : ();
my $pid  = $s->header->{supervisord};
freeze($pid);
kill 'USR1', $s->{pid};
eventually { join('', ($s->ctl('status'))[1, 2]) =~ /supervisord.*stopped/ } 'status says that supervisord is stopped';
eventually { $s->header->{supervisord} != $pid } 'a message is unread for 30 s: it is replaced';
like($s->log, qr/connate: supervisord has read no message for 30 s; killing it/, 'which is said');
kept_ok('a supervisord that hangs');
if ($circles) {
    eventually { $circles->header->{supervisord} != $looping } 'so is the one that runs in circles';
    like($circles->log, qr/connate: supervisord has read no message for 30 s; killing it/, 'which is said, too');
    is(($circles->ctl(qw(restart -w two)))[0], 0, 'and the next one works');
    is($circles->field(pid => 'one'), $kept{one}, 'services have not noticed');
    is($circles->stop, 0, 'that session ends');
}
is($s->stop, 0, 'the session ends');

# A request to end while a supervisord that was killed too often to have worked
# comes up: this supervisord ends the session, in order.
my $ordered = supervisord('ordered', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("one", .run = EXEC("/bin/sleep", "1000"), .cleanup = SHELL("echo >$dir/cleaned")),
};

CONNATE();
CONFIG
my @namespace = qw(unshare --pid --fork --mount-proc --kill-child);
SKIP: {
    skip 'pid namespaces are not allowed here', 1 if (run(@namespace, 'true'))[0] != 0;
    $s = session(supervisord => $ordered, wrap => \@namespace);
    ok($s->becomes(one => 'up'), 'PID 1: a service');
    for (1 .. 8) {
        my ($now) = grep { comm($_) ne 'sleep' } children($s->{pid});
        kill 'KILL', $now if $now;
        wait_until { grep { $_ != ($now // 0) && comm($_) ne 'sleep' } children($s->{pid}) } 'another';
    }
    is($s->stop, 0, 'supervisord is killed again and again, and then it is told to end: which it does');
    ok(-e "$dir/cleaned", 'in order');
}

# While the first supervisord is on its way it works as any other: it ends what
# it has begun, in order. With many services that takes longer.
{
    my $rows = join '', map { qq{\tSERVICE("s$_", .target = DOWN, .run = EXEC("/bin/true")),\n} } 1 .. 5000;
    my $slow = supervisord('slow', "#include <connate/config.h>\n\n"
            . "static const struct service services[] = {\n$rows};\n\nCONNATE();\n", '--no-host-checks');
    my @codes;
    for (1 .. 20) {
        my $early = session(supervisord => $slow, no_wait => 1);
        my ($first, $pending);
        wait_until { ($first) = children($early->{pid}) } 'the first supervisord';
        kill 'STOP', $first;
        kill 'TERM', $early->{pid};
        wait_until {
            ($pending) = slurp("/proc/$early->{pid}/status") =~ /^ShdPnd:\s*(\w+)/m;
            !defined $pending || (hex($pending) >> 14 & 1) == 0
        }
        'connate to take the signal';
        kill 'CONT', $first;
        push @codes, ended_by($early->{child});
        delete $early->{child};
    }
    is("@codes", join(' ', (0) x 20), 'SIGTERM while the first supervisord comes up ends the session with 0');
}

# As PID 1, with no supervisord that works: no other process could be
# told to end.
my @unshare = qw(unshare --pid --fork --mount-proc --kill-child);
SKIP: {
    if ((run(@unshare, 'true'))[0] != 0) {
        splice @unshare, 1, 0, '--user', '--map-root-user', '--mount';
        skip 'pid namespaces are not allowed here', 1 if (run(@unshare, 'true'))[0] != 0;
    }
    for my $case ([ '/bin/false', 'exited with 1' ], [ '/no/such', 'cannot open /no/such: ' ]) {
        my ($path, $said) = @$case;
        $s = session(supervisord => $path, wrap => \@unshare, no_wait => 1);
        eventually { (() = $s->log =~ /connate: .*\Q$said\E/g) >= 5 } "PID 1 with $path: it goes on trying";
        ok(alive($s->{child}), 'and does not end by itself');
        is($s->stop >> 8, 1, 'SIGTERM ends it, with 1');
    }
}
done_testing();
