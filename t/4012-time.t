#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The monotonic clock beyond 2^40 ms, of which a phase keeps 40 bits: crossed
# while services run, and far beyond it. No service notices; clocks run out when
# they are to; a successor, another image and an urgent end read the same time.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $crossing = 2**40 / 1000;
my @unshare  = ('unshare', '-T', '--fork', '--kill-child=KILL', '--monotonic');
my ($code, undef, $error) = run(@unshare, 1000, 'true');
plan skip_all => "no time namespace: $error" if $code != 0;

my $image = supervisord('time', <<'CONFIG', '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(20)), .max_ready = SECONDS(1000),
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("steady", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("ready", .ready = READY_FD(3), .run = SHELL("echo >&3; exec sleep 1000")),
	SERVICE("starting", .ready = READY_FD(3), .run = SHELL("exec sleep 1000")),
	SERVICE("flaps", .run = SHELL("sleep 0.05; exit 1")),
	SERVICE("slow", .target = DOWN, .max_stop = SECONDS(1),
		.run = SHELL("trap : TERM; while :; do sleep 0.1; done")),
	SERVICE("stubborn", .target = DOWN, .max_stop = FOREVER,
		.run = SHELL("trap : TERM; while :; do sleep 0.1; done")),
};
CONNATE();
CONFIG

my @all = qw(steady guarded ready starting);
my ($s, $offset, $what);

sub now { return $offset + clock_gettime(CLOCK_MONOTONIC) }

# With the clock of the session.
sub inside { return run('nsenter', '-t', $s->{pid}, '-T', "$ENV{top_builddir}/conctl/conctl", '-p', $s->{pid}, @_) }

sub begin {
    my ($at) = @_;
    $offset = int($at - clock_gettime(CLOCK_MONOTONIC));
    $s      = session(supervisord => $image, wrap => [ @unshare, $offset ]);
    my ($there) = slurp("/proc/$s->{pid}/timens_offsets") =~ /monotonic\s+(\d+)/;
    is($there, $offset, "$what: the clock of the session");
    ok($s->becomes($_ => 'up'), "$what: $_ is up") for qw(steady guarded ready);
    ok($s->becomes(starting => 'starting'), "$what: one that is awaited");
    return { map { $_ => $s->field(pid => $_) } @all };
}

# The service's age in seconds, as it is shown.
sub age {
    my ($service) = @_;
    my (undef, $out) = inside('status', $service);
    my ($age) = $out =~ /since.*\(([^)]*)\)/;
    my %unit = (ms => 0.001, s => 1, min => 60, h => 3600, d => 86400);
    return $age =~ /^([\d.]+) (\w+)/ && exists $unit{$2} ? $1 * $unit{$2} : "not a time: $age";
}

sub kept_ok {
    my ($pid, $how) = @_;
    is_deeply({ map { $_ => $s->field(pid => $_) } @all }, $pid, "$what: $how: nothing has noticed");
    return is($s->field(state => 'starting'), 'starting', "$what: $how: what has 1000 s to get ready has them still");
}

# Its clock: SIGTERM is ignored, SIGKILL comes after a second and not before.
sub stops_ok {
    is(($s->ctl(qw(up -w slow)))[0], 0, "$what: one that does not stop");
    my $began = clock_gettime(CLOCK_MONOTONIC);
    is(($s->ctl(qw(down -w slow)))[0], 0, "$what: it is killed when its time is over");
    return cmp_ok(clock_gettime(CLOCK_MONOTONIC) - $began, '>=', 0.99, "$what: and not before");
}

sub ends_ok {
    my ($pid) = @_;
    is(($s->ctl(qw(up -w stubborn)))[0], 0, "$what: one that may take for ever to stop");
    my $stubborn = $s->field(pid => 'stubborn');
    kill 'TERM', $s->{pid};
    eventually { $s->escalation->{level} == 1 } "$what: the end is asked for";
    my $supervisord = $s->kill_supervisord;
    wait_until { $s->header->{supervisord} != $supervisord } 'a successor';
    my $since = $s->escalation->{since_ms};
    wait_until { now() * 1000 % 2**40 > $since + 1100 } 'a second';
    kill 'TERM', $s->{pid};
    eventually { !alive($s->{child}) } "$what: asked again, it does not wait for ever";
    return is_deeply([ grep { alive($_) } $stubborn, values %$pid ], [], "$what: nothing is left");
}

sub lives_ok {
    my ($pid) = @_;
    my $exits = $s->records->{flaps}{exits};
    eventually { $s->records->{flaps}{exits} > $exits + 5 } "$what: what fails is tried again";
    cmp_ok($s->field(attempt => 'flaps'), '>', 0, "$what: and counted");
    my $old = $s->kill_supervisord;
    eventually { $s->header->{supervisord} != $old } "$what: supervisord is killed";
    kept_ok($pid, 'a successor');
    is(($s->ctl('exec'))[0], 0, "$what: another image");
    kept_ok($pid, 'another image');
    is(($s->ctl(qw(restart -w ready)))[0], 0, "$what: a restart");
    $pid->{ready} = $s->field(pid => 'ready');
    cmp_ok(age('steady'), '<', 3600, "$what: since when it is up");
    return stops_ok();
}

$what = 'crossing';
my ($pid, $before);
for my $seconds (8, 40, 200) {
    $pid = begin($crossing - $seconds);
    $before = now() < $crossing and last;
    $s->stop;    # a busy machine: earlier, then
}
ok($before, 'crossing: before it');
my $steady = $s->records->{steady};
eventually { now() > $crossing + 1 } 'crossing: after it';
kept_ok($pid, 'crossed');
is_deeply($s->records->{steady}, $steady, 'crossing: nothing has changed');
cmp_ok(age('steady'), '>', 0.9, 'crossing: it is as old as it is');
lives_ok($pid);
ends_ok($pid);

$what = 'far beyond';
$pid = begin(4_500_000_000);
lives_ok($pid);
ends_ok($pid);
done_testing();
