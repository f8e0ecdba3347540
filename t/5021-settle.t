#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A service that is up is believed when it has been so for a while: by those that
# need it after .settle, by a command that waits after a second at least.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(time);

my $dir = scratch();

# It ends as soon as there is a file NAME.die.
sub dies_by { my ($name) = @_; return qq{SHELL("until [ -e $dir/$name.die ]; do sleep 0.02; done; exit 3")} }

my $services = <<"SERVICES";
	SERVICE("daemon", .run = SHELL("(exit 7) & exit 0"),
		.ready = READY_DAEMONIZE, .retry = RETRY_NEVER),
	SERVICE("brief", .run = SHELL("sleep 0.1; exit 7"), .retry = RETRY_NEVER),
	SERVICE("brief-need", .run = SHELL("sleep 0.1; exit 7"), .retry = RETRY_NEVER,
		.settle = SECONDS(5)),
	SERVICE("on-brief", .needs = LIST("brief-need"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("done", .run = SHELL("exit 0"), .retry = RETRY_FIXED(.on_failure_only = true)),
	SERVICE("set-up", .setup = SHELL("true"), .settle = SECONDS(1000)),
	SERVICE("steady", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("slow", .run = EXEC("/bin/sleep", "1000"), .settle = SECONDS(3)),
	SERVICE("on-slow", .binds = LIST("slow"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("beside", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("endless", .run = EXEC("/bin/sleep", "1000"), .settle = SECONDS(100000)),
	SERVICE("on-endless", .binds = LIST("endless"), .run = EXEC("/bin/sleep", "1000")),
SERVICES

sub configuration {
    my ($name, %other) = @_;
    my $text = $services;
    $text =~ s/SECONDS\(100000\)/$other{endless}/ if $other{endless};
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .target = DOWN,
#include <connate/config.h>

static const struct service services[] = {
$text};

CONNATE();
CONFIG
}

my $s = session(supervisord => configuration('settle'));
my ($code, $out, $err);

sub ctl { ($code, $out, $err) = $s->ctl(@_); return $code }
sub state { my ($name) = @_; return $s->field(state => $name) }

# When its state changed last, in ms of CLOCK_MONOTONIC.
sub came_up { my ($name) = @_; return $s->records->{$name}{since} }

for my $name (qw(daemon brief)) {
    for my $round (1 .. 2) {
        is(ctl(qw(up -w -t 60), $name), 1, "$name dies a moment later: up -w says so");
        is(state($name), 'failed', 'and waits until it is known');
    }
    like($err, qr/^\Q$name\E: failed: exited with [07]$/m, 'and why');
    is(ctl(qw(restart -w -t 60), $name), 1, 'so does restart -w');
}
is(ctl(qw(up -w -t 60 done)), 0, 'what ends well is done');
is(ctl(qw(up -w -t 60 set-up)), 0, 'what has no program does not die');

my $begin = time;
is(ctl(qw(up -w -t 60 steady)), 0, 'what stays up is up');
cmp_ok(time - $begin, '>=', 1, 'after a second');
is(ctl(qw(wait -t 60 up steady)), 0, 'and is then');

# Its need is up, but not for long enough: it is not started even once.
ctl(qw(up on-brief));
ok($s->becomes('brief-need' => 'failed'), 'a need that is up for a moment');
is($s->records->{'on-brief'}{pid}, 0, 'starts nothing');
is(state('on-brief'), 'waiting-to-start', 'what needs it waits');
ctl('-j', 'events', 'on-brief');
unlike($out, qr/"to":"starting"/, 'and has not been started');

ctl(qw(up on-slow beside));
ok($s->becomes(slow => 'up'), 'a need that settles is up');
eventually { state('beside') eq 'up' } 'what does not need it waits for nothing';
ctl(qw(status on-slow));
like($out, qr/waiting for slow \(up, counts as such in [\d.]+ s\)/, 'what needs it says what it waits for')
    if state('on-slow') eq 'waiting-to-start';
$s->kill_supervisord;
is(ctl(qw(up -w -t 60 on-slow)), 0, 'and starts, also if supervisord is killed');
my %at = map { /"time":"([^"]+)","service":"([^"]+)".*"to":"up"/ ? ($2 => $1) : () }
    split /\n|(?<=\}),/, (ctl(qw(-j events slow on-slow)), $out)[1];
ok($at{slow} && $at{'on-slow'}, 'both came up') or diag($out);
my ($from, $to) = map { (split /:/)[-1] =~ s/Z//r + 60 * (split /:/)[1] } @at{qw(slow on-slow)};
$to += 3600 if $to < $from;
cmp_ok($to - $from, '>=', 2.95, 'by .settle after it');

# A bond holds, whatever a new configuration says.
my $shorter = configuration('shorter', endless => 'SECONDS(0)');
my $longer  = configuration('longer',  endless => 'SECONDS(200000)');
ctl(qw(up on-endless));
ok($s->becomes(endless => 'up'), 'one that takes long to settle');
is(state('on-endless'), 'waiting-to-start', 'is waited for');
ctl(qw(status endless));
like($out, qr/counts as up in /, 'which is its reason');
is(ctl('exec', $shorter), 0, 'a configuration without .settle');
ok($s->becomes('on-endless' => 'up'), 'ends the wait');
my $pid = $s->records->{'on-endless'}{pid};
is(ctl('exec', $longer), 0, 'one with a longer .settle');
is(ctl(qw(wait -t 60 up beside)), 0, 'holds up no other service');
is($s->records->{'on-endless'}{pid}, $pid, 'and stops none that is up');
$s->kill_supervisord;
is(ctl(qw(restart -w -t 60 beside)), 0, 'nor does the death of supervisord');
is($s->records->{'on-endless'}{pid}, $pid, 'stop any');
is(ctl(qw(down -w -t 60 endless)), 0, 'it goes down as any other');
ctl(qw(up endless));
ok($s->becomes(endless => 'up'), 'while it settles');
is(ctl('exit'), 0, 'an end waits for it as little');
waitpid $s->{pid}, 0;
is($?, 0, 'and is orderly');
done_testing();
