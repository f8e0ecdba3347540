#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .follows and .requires_up beside what t/3101 tries: what conctl says of a wait
# that nothing will end, and an image that is new to a service which runs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

sub image {
    my ($name, $panel) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .run = EXEC("/bin/sleep", "1000"), .target = DOWN,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("bus"),
	SERVICE("panel", $panel),
	SERVICE("beacon", .run = {0}),
};

CONNATE();
CONFIG
}

my $alone = image('alone', '.nice = 0');
my $s     = session(supervisord => image('requires', '.requires_up = LIST("bus")'));

my ($code, undef, $err) = $s->ctl(qw(up -w -t 60 panel));
is($code, 1, 'what it requires is down: -w does not wait for that');
like($err, qr/^panel: waiting-to-start: waiting for bus \(down\)$/m, 'and names it');
is($s->field(target => 'bus'), 'down', 'it is not pulled up');
is(($s->ctl(qw(up -w -t 60 bus)))[0], 0, 'when it is asked up');
ok($s->becomes(panel => 'up'), 'the other starts');
is(($s->ctl('requires_up', 'panel'))[1], "bus\n", 'conctl requires_up');
like(($s->ctl('status', 'bus'))[1], qr/^\s*used by: panel$/m, 'it is used');

# An image in which it requires what is down: it runs on, and pulls nothing up.
is(($s->ctl('exec', $alone))[0], 0, 'given an image without that');
is(($s->ctl(qw(down -w -t 60 bus)))[0], 0, 'in which bus is down');
my $pid = $s->field(pid => 'panel');
is(($s->ctl('exec', image('again', '.requires_up = LIST("bus")')))[0], 0, 'and one with it');
$s->ctl(qw(restart -w -t 60 beacon));
is($s->field(target => 'bus'), 'down', 'bus stays down');
is($s->field(pid => 'panel'), $pid, 'and panel runs on');

is(($s->ctl('exec', image('follows', '.follows = LIST("bus")')))[0], 0, 'given one that follows');
is(($s->ctl('follows', 'panel'))[1], "bus\n", 'conctl follows');
unlike(($s->ctl('status', 'bus'))[1], qr/used by/m, 'and is no use of it');
is(($s->ctl(qw(up -w -t 60 bus)))[0], 0, 'bus goes up');
is(($s->ctl(qw(down -w -t 60 bus)))[0], 0, 'and down');
ok($s->becomes(panel => 'down'), 'panel goes with it');
is($s->stop, 0, 'the end');
done_testing();
