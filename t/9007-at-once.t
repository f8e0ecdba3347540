#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate and supervisord are killed at the same instant, again and again, while
# services start, crash, are set up and restarted; each time a new session with
# the same lock file begins with the processes that were left. No service ever runs twice,
# and a service that had no reason to notice did not.
#
# CONNATE_AT_ONCE: how often (default 200). CONNATE_AT_ONCE_SEED: repeats.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;
use Time::HiRes qw(usleep);

my $times = $ENV{CONNATE_AT_ONCE}      // 200;
my $seed  = $ENV{CONNATE_AT_ONCE_SEED} // time ^ $$;
my $dir   = scratch();
my $lock  = "$dir/lock";
srand $seed;
POSIX::nice(10);    # what is tested beside it has limits of time
diag("CONNATE_AT_ONCE_SEED=$seed");

# A process that finds the file of its service locked runs twice; a set-up, too.
my $go = "exec 9>>$dir/lock.\$CONNATE_SERVICE;"
    . " flock -n 9 || printf '%s ' \$CONNATE_SERVICE >>$dir/twice;"
    . " printf x >>$dir/runs.\$CONNATE_SERVICE;";
my @steady   = map { "steady-$_" } 1 .. 3;
my @guarded  = map { "guarded-$_" } 1 .. 2;
my @flapping = map { "flap-$_" } 1 .. 5;
my @driven   = map { "driven-$_" } 1 .. 3;
my @set_up   = map { "set-up-$_" } 1 .. 2;
my $stays    = '.run = SHELL("' . $go . ' exec sleep 1000")';
my $rows = join '',
    (map { "\tSERVICE(\"$_\", $stays),\n" } @steady, @driven),
    (map { "\tSERVICE(\"$_\", .stop_all = true, $stays),\n" } @guarded),
    (map { "\tSERVICE(\"$_\", .run = SHELL(\"$go sleep 0.0\$\$; exit 1\")),\n" } @flapping),
    (map { "\tSERVICE(\"$_\", .setup = CALL(set_up), .run = SHELL(\"$go exit 1\")),\n" } @set_up);
my $image = supervisord('at-once', <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(2)),
#include <connate/config.h>
#include <connate/call.h>

int set_up(void)
{
	return CALL_RUN("/bin/sh", "-c", "${go} sleep 0.02");
}

static const struct service services[] = {
$rows
};

CONNATE(.lock_file = "$lock");
CONFIG

my $s;

sub begin {
    $s = session(supervisord => $image, no_wait => 1);
    return wait_until { ($s->header->{starts} // 0) > 0 } 'a session';
}

sub is_held {
    my $inode = (stat $lock)[1];
    return slurp('/proc/locks') =~ /:$inode /;
}

# connate is stopped before: events between one kill and the other,
# 9006 does. supervisord works on until then.
sub kill_both {
    my $pid         = $s->{pid};
    my $supervisord = $s->header->{supervisord};
    freeze($pid);
    usleep(rand 5_000);
    kill 'KILL', $supervisord, $pid;
    waitpid delete $s->{child}, 0;
    return wait_until { !is_held() } 'the end of both';
}

begin();
my @calm = (@steady, @guarded);
ok($s->becomes($_ => 'up'), "$_ is up") for @calm, @driven;
my %pid  = map { $_ => $s->field(pid => $_) } @calm;
my $done = 0;
while ($done < $times) {
    usleep(rand 10_000);
    $s->ctl('restart', $driven[ rand @driven ]) if rand() < 0.5;
    kill_both() && begin() or last;
    $done++;
    1 while waitpid(-1, POSIX::WNOHANG()) > 0;
}
is($done, $times, "$done times") or BAIL_OUT(substr $s->log, -1000);
is(slurp("$dir/twice"), '', 'nothing was ever there twice');
ok($s->becomes($_ => 'up'), "$_ is up") for @calm, @driven;
is($s->field(pid => $_), $pid{$_}, "$_ has not noticed") for @calm;
is(length slurp("$dir/runs.$_"), 1, "$_ was started once") for @calm;
cmp_ok(length slurp("$dir/runs.$_"), '>', $times / 10, "$_ was started again and again") for @flapping, @set_up;

# All services, by the environment of each process that leads a session.
is(($s->ctl(qw(down -w), @flapping, @set_up))[0], 0, 'what starts all the time is stopped');
my %runs;
for my $path (glob '/proc/[0-9]*/environ') {
    my $environ = slurp($path);
    my ($pid) = $path =~ /(\d+)/;
    next if $environ !~ /\bCONNATE_LOCK_FILE=\Q$lock\E\0/ || !alive($pid) || comm($pid) eq 'guard';
    my ($name) = $environ =~ /\bCONNATE_SERVICE=([^\0]*)/;
    push @{ $runs{$name} }, $pid;
}
is_deeply([ sort keys %runs ], [ sort @calm, @driven ], 'all others run');
is_deeply([ grep { @{ $runs{$_} } != 1 } sort keys %runs ], [], 'once each');
is($s->stop, 0, 'it ends');
done_testing();
