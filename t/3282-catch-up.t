#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .catch_up: a time that was missed while there was no connate is made up for once; the
# first session only remembers; what has no .catch_up, or has been run since, is not
# run. The folder of it is that of the service that concheck adds.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $conctl = "$ENV{top_builddir}/conctl/conctl";
mkdir "$dir/state";
my @services = qw(missed other recent first broken);
my $services = join '', map {
    my $more = $_ eq 'other' ? '' : ', .catch_up = true';
    qq{	SERVICE("$_", .run = SHELL("echo x >>$dir/$_"), .every = CALENDAR("yearly", "*-07-01")$more),\n}
} @services;
my $config = <<"CONFIG";
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("timers", .run = EXEC("$conctl", "keep-time"), .env = LIST("STATE_DIRECTORY=$dir/state")),
$services};

CONNATE();
CONFIG
my $supervisord = supervisord('catch-up', $config, '--no-host-checks');
sub runs { my @lines = split /\n/, slurp("$dir/$_[0]"); return scalar @lines }
sub age { return time - ((stat "$dir/state/$_[0]")[9] // 0) }
sub stamp {
    my ($service, $days) = @_;
    spew("$dir/state/$service", '');
    my $then = time - $days * 86400;
    utime $then, $then, "$dir/state/$service" or die $!;
    return;
}

stamp(missed => 800);
stamp(other => 800);
stamp(recent => 0);
mkdir "$dir/state/broken";      # no file can be made; its time is that of now
for my $session (1, 2) {
    my $s = session(supervisord => $supervisord);
    eventually { runs('missed') == 1 } "session $session: what was missed is run";
    eventually { age('missed') < 86400 } 'and that is remembered';
    eventually { -f "$dir/state/first" } 'so is since when there is a timer';
    ok($s->becomes(timers => 'up'), 'what keeps the time goes on');
    is(join(' ', map { "$_ " . runs($_) } @services), 'missed 1 other 0 recent 0 first 0 broken 0',
        'nothing else is run');
    $s->stop;
}
done_testing();
