#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .every with real clocks: a service is run at its times, is down between them, is not
# doubled, is tried again and then waits; down, up and restart; what keeps the time
# and supervisord may be killed; an upgrade keeps times; and what is shown.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Time::HiRes qw(time);
use Connate;
use Test::More;

my $dir = scratch();
my $conctl = "$ENV{top_builddir}/conctl/conctl";

sub configuration {
    my ($more, $slow) = @_;
    return <<"CONFIG";
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("timers", .run = EXEC("$conctl", "keep-time")),
	SERVICE("all", .members = LIST("each-second", "interval", "never")),
	SERVICE("after", .after = LIST("never"), .wants = LIST("never"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("each-second", .run = SHELL("echo x >>$dir/each-second"), .every = CALENDAR("*:*:*")),
	SERVICE("interval", .run = SHELL("echo x >>$dir/interval"), .every = SECONDS(1)),
	SERVICE("long", .run = SHELL("echo x >>$dir/long; exec sleep 100000"), .every = $slow),
	SERVICE("fails", .run = SHELL("echo x >>$dir/fails; exit 3"), .every = SECONDS(2),
		.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 2)),
	SERVICE("never", .run = SHELL("echo x >>$dir/never"), .every = CALENDAR("2199-01-01", "2198-12-31 UTC")),
	SERVICE("waits", .target = DOWN, .run = SHELL("echo x >>$dir/waits"), .every = CALENDAR("*:*:*")),
	SERVICE("cleans", .run = EXEC("/bin/true"), .cleanup = SHELL("echo x >>$dir/cleans"),
		.every = SECONDS(1000)),
$more};

CONNATE();
CONFIG
}

my $begin = time;
my $s = session(supervisord => supervisord('timers', configuration('', 'SECONDS(1)'), '--no-host-checks'));
sub runs { my @lines = split /\n/, slurp("$dir/$_[0]"); return scalar @lines }
sub ctl { my ($code) = $s->ctl(@_); return $code }
sub target { return $s->field(target => $_[0]) }
sub timers {
    my (undef, $out) = $s->ctl('-j', 'timers');
    return { map { $_->{service} => $_ } @{ decode_json($out) } };
}

ok($s->becomes(after => 'up'), 'what comes after a timer does not wait for it');
ok($s->becomes(timers => 'up'), 'what keeps the time runs');
eventually { runs('each-second') >= 3 } 'it is run at its times';
eventually { runs('interval') >= 3 } 'and after an interval';
cmp_ok(runs($_), '<=', time - $begin + 2, "$_: not more often") for qw(each-second interval);
is(runs('never'), 0, 'and not before its time');
is(target('never'), 'timer', 'its target is that of a timer');
eventually { runs('long') == 1 && $s->field(state => 'long') eq 'up' } 'one that goes on is up';
my $now = runs('interval');
eventually { runs('interval') >= $now + 2 } 'while others run at their next times';
is(runs('long'), 1, 'it is not doubled');
eventually { runs('fails') >= 4 } 'one that fails is tried again, and runs at its next time';

is(runs('waits'), 0, 'with target down it is not run');
is(ctl('up', 'never'), 0, 'up');
eventually { runs('never') == 1 } 'runs it now';
eventually { target('never') eq 'timer' } 'then it waits again';
is(ctl('once', '-w', 'never'), 0, 'once -w waits for the end');
is(runs('never'), 2, 'of that run');
is(ctl('up', '-w', 'cleans'), 0, 'up -w also of one with a clean-up');
eventually { runs('cleans') == 1 && target('cleans') eq 'timer' } 'which runs once';
is(ctl('down', '-w', 'each-second'), 0, 'down');
my $before = runs('each-second');
$now = runs('interval');
eventually { runs('interval') >= $now + 2 } 'while others are run';
is(runs('each-second'), $before, 'it is not run at its times any more');
is(target('each-second'), 'down', 'as its target is down');
is(timers()->{'each-second'}{next}, undef, 'it has no next time');
is(ctl('restart', '-w', 'each-second'), 0, 'restart');
eventually { runs('each-second') > $before } 'has it wait for its times again';

my $shown = timers();
is(join(' ', sort keys %$shown), 'cleans each-second fails interval long never waits', 'timers lists timers only');
is($shown->{never}{next}, '2198-12-31T00:00:00.000Z', 'with the next time');
like($shown->{never}{last}, qr/^20\d\d-/, 'the last');
is($shown->{never}{every}, '2199-01-01, 2198-12-31 UTC', 'and how it was written');
my (undef, $table) = $s->ctl('timers', 'never', 'after');
like($table, qr/^SERVICE +NEXT .*\nnever +2198-12-31T00:00:00 +\d+d +20\S+ +2199-01-01, 2198-12-31 UTC\n\z/,
    'as a table, too');

my (undef, $details) = $s->ctl('status', 'never');
like($details, qr/next run: 2198-12-31T00:00:00\.000Z \(in \d+ d\)\n.*last run: 20\d\d-/s, 'status says both, too');

# Deaths: the same service keeps the time again, and no time is met twice.
kill 'KILL', $s->field(pid => 'timers');
$now = runs('each-second');
eventually { runs('each-second') >= $now + 2 } 'what keeps the time was killed: times are met';
ok($s->kill_supervisord, 'supervisord is killed');
$now = runs('each-second');
eventually { runs('each-second') >= $now + 2 } 'times are met';
cmp_ok(runs('each-second'), '<=', time - $begin + 2, 'each once');
is(runs('long'), 1, 'what runs is not started again');

# Another configuration: one timer more, one less, one with other times.
my $never = runs('never');
my $other = supervisord('timers-2', configuration(qq{	SERVICE("new", .run = SHELL("echo x >>$dir/new"),
		.every = CALENDAR("*:*:0/2")),\n}, 'CALENDAR("daily")')
    =~ s/\.every = CALENDAR\("2199[^)]*\)/.every = SECONDS(100000)/r
    =~ s/, \.every = SECONDS\(1\)\)/)/r, '--no-host-checks');
is(ctl('exec', '-w', $other), 0, 'an upgrade');
eventually { runs('new') >= 2 } 'a timer that is new is run';
$now = runs('each-second');
eventually { runs('each-second') >= $now + 2 } 'those that stay go on';
is(timers()->{never}{every}, '1 d', 'one has other times');
is(runs('never'), $never, 'by which it is not due');
eventually { $s->field(state => 'interval') ne 'down' } 'one that is none any more is to be up';
is(timers()->{interval}, undef, 'and is not listed');
$s->stop;
done_testing();
