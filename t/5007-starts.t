#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The times of a start-up: blame, critical-path and plot agree with each other and
# with the delays that the test made; also when a start is under way, has failed or was
# tried again, and when its events have been overwritten.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP ();
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(CLOCK_MONOTONIC clock_gettime sleep);

my $dir = scratch();
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};

# Until the test says so.
sub gate { my ($name) = @_; return "while [ ! -e $dir/$name ]; do sleep 0.01; done" }
sub open_gate { my ($name) = @_; spew("$dir/$name", ''); return }

my $ready   = '.ready = READY_FD(3), .max_ready = FOREVER, .max_setup = FOREVER';
my @fillers = map { "filler-$_" } 1 .. 40;
my $s       = session(
    supervisord => supervisord('starts', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .needs = LIST("disk", "net"), .wants = LIST("fails"), $ready,
		.run = SHELL("@{[ gate('web') ]}; echo >&3; exec sleep 1000")),
	SERVICE("net", .needs = LIST("disk"), .setup = SHELL("@{[ gate('net-setup') ]}"), $ready,
		.run = SHELL("@{[ gate('net') ]}; echo >&3; exec sleep 1000")),
	SERVICE("disk", .setup = SHELL("@{[ gate('disk') ]}"), .max_setup = FOREVER),
	SERVICE("free", .run = EXEC("/bin/sleep", "1000"),
		.retry = RETRY_FIXED(.after = SECONDS(1000))),
	SERVICE("fails", .run = SHELL("exit 3"), $ready, .retry = RETRY_NEVER),
	SERVICE("tries", .needs = LIST("disk"), $ready,
		.run = SHELL("echo >>$dir/tries; [ \$(wc -l <$dir/tries) -ge 3 ] || exit 1;"
			"echo >&3; exec sleep 1000"),
		.retry = RETRY_FIXED(.after = MILLISECONDS(30))),
	SERVICE("later", .target = DOWN, .needs = LIST("web"), .run = EXEC("/bin/sleep", "1000")),
@{[ map { qq{\tSERVICE("$_", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),\n} } @fillers ]}
};

CONNATE();
CONFIG

sub blame {
    my ($code, $out) = $s->ctl('-j', 'blame', @_);
    return { map { $_->{name} => $_ } @{ JSON::PP::decode_json($out) } };
}

sub path {
    my ($code, $out) = $s->ctl('-j', 'critical-path', @_);
    return join ' ', map { $_->{name} } @{ JSON::PP::decode_json($out) };
}

# While it is under way

ok($s->becomes('fails', 'failed') && $s->becomes('disk', 'setting-up')
        && $s->becomes('free', 'up'), 'some have come, some are held back');
my $now = blame();
is($now->{disk}{state}, 'setting-up',       'blame: one is being set up');
is($now->{net}{state},  'waiting-to-start', 'one waits');
is($now->{net}{after},  undef,              'and for how long is not known');
is($now->{fails}{state}, 'failed', 'one has failed');
ok(!exists $now->{later}, 'a service that was not wanted is not there');
my ($code, $out) = $s->ctl('blame', 'disk', 'fails');
is($code, 0, 'of two that are named');
like($out, qr/^ +TOOK +WAITED +SET-UP +START  SERVICE\n(?: *\d+\.\d{3}s){4}  disk  still setting-up\n/,
    'in words: what is still to come');
like($out, qr/^(?: *\d+\.\d{3}s){4}  fails  failed\n\z/m, 'and what has failed');
unlike(path(), qr/disk|web/, 'what has not come up is not on the critical path');
($code, $out, my $err) = $s->ctl('plot');
is($code, 0, 'plot: a start that is under way');
like($out, qr/>disk<.*?>setting-up</s, 'says so');
like($out, qr/Start-up of 6 services in [^<]*; so far: 4 of them are still starting</, 'in its title');
is($err, "conctl: the start-up is not over: 4 services are still starting\n", 'and beside the chart');

# And to its end: the test holds each gate for a while, so that there is
# something to be seen.

for my $gate (qw(disk net-setup net web)) {
    sleep 0.05;
    open_gate($gate);
    my $service = $gate =~ s/-.*//r;
    ok($s->becomes($service, $gate =~ /setup/ ? 'starting' : 'up'), "$gate is done");
}
ok($s->becomes('tries', 'up'), 'one that was tried three times is up');

my $all = blame();
for my $name (sort keys %$all) {
    my $b = $all->{$name};
    is($b->{took_ms}, $b->{waited_ms} + $b->{setup_ms} + $b->{start_ms},
        "$name: took what it waited, was set up, and started");
}
is_deeply({ map { $_ => $all->{$_}{after} } keys %$all },
    { disk => undef, free => undef, fails => undef, net => 'disk', web => 'net', tries => 'disk' },
    'each service and the last one it waited for');
cmp_ok($all->{disk}{setup_ms}, '>=', 50, 'the gate of a set-up was seen');
cmp_ok($all->{net}{setup_ms},  '>=', 50, 'and of one that has a start, too');
cmp_ok($all->{net}{start_ms},  '>=', 50, 'which is counted apart');
is($all->{disk}{start_ms}, 0, 'a service without a program has no start');
is($all->{$_}{waited_ms}, $all->{ $all->{$_}{after} }{took_ms}
        - $all->{$_}{wanted_ms} + $all->{ $all->{$_}{after} }{wanted_ms},
    "$_ waited until that one was up")
    for qw(net web);
is($all->{tries}{attempts}, 3, 'attempts are counted');
cmp_ok($all->{tries}{waited_ms}, '>=', $all->{disk}{took_ms} + 60,
    'the delays between them are no work');

my (undef, $text) = $s->ctl('blame');
my @order = $text =~ /s  (\S+)(?:  .*)?$/mg;
my @work  = map { $all->{$_}{setup_ms} + $all->{$_}{start_ms} } @order;
is("@work", join(' ', sort { $b <=> $a } @work), 'the service that took longest stands first');
is(scalar @order, 6, 'all of them');
like($text, qr/ tries  after disk, 3 attempts$/m, 'in words: what it took');

is(path(),        'disk net web', 'the critical path');
is(path('tries'), 'disk tries',   'and that of another one');
is(path('free'),  'free',         'a service that waited for no other is alone on it');
(undef, $out) = $s->ctl('critical-path');
my @at   = $out =~ /^ *(\d+\.\d{3})s/mg;
my @took = $out =~ /^ *\S+ +(\d+\.\d{3})s/mg;
my $sum  = 0;
$sum += $_ for @took;
is(sprintf('%.3f', $sum), $at[-1], 'what it took on the way is when it was there');

# The chart

sub plot { my (undef, $svg) = $s->ctl('plot'); return $svg }

# Every tag that was opened is closed, in order.
sub well_formed {
    my ($xml) = @_;
    my @open;
    while ($xml =~ m{<(/?)(\w+)((?: [\w:]+="[^"<]*")*)(/?)>}g) {
        if    ($1) { return 0 if !@open || pop @open ne $2 }
        elsif (!$4) { push @open, $2 }
    }
    return !@open && $xml !~ /&(?!\w+;)/;
}

my $svg = plot();
ok(well_formed($svg), 'plot: it is XML');
is_deeply([ sort $svg =~ m{<text class="name[^>]*>(.+?)</text>}g ],
    [ sort keys %$all ], 'each service has a line, one that was not wanted has none');
is_deeply([ sort $svg =~ m{<text class="name critical"[^>]*>(.+?)</text>}g ],
    [qw(disk net web)], 'the critical path is marked');
is(scalar(() = $svg =~ /<path class="path"/g), 2, 'from one to the other');
is(scalar(() = $svg =~ /<path class="hold"/g), 1, 'and the service that was held back otherwise');
like($svg, qr/>\d+\.\d{3}s after disk</, 'and the service that it waited for');
my ($tries) = $svg =~ m{(<g><title>tries:.*?</g>)}s;
is(scalar(() = $tries =~ /<rect class="start"/g), 3, 'each attempt is to be seen');
is(scalar(() = $tries =~ /<rect class="fail"/g),  2, 'and what was between them');
unlike($svg, qr/so far/, 'of a start-up that is over');
like($svg, qr/Start-up of 6 services in \d+\.\d{3}s, from \d{4}-/, 'what it is a chart of');

# Later, when others were started: not before the start-up is over, and the
# first second of the session, which belongs to it whatever comes.

my $over = max(1000, map { $_->{wanted_ms} + $_->{took_ms} } values %$all);
wait_until { clock_gettime(CLOCK_MONOTONIC) * 1000 > $s->header->{session} + $over + 1 }
'the start-up to be over';
is(($s->ctl('up', '-w', 'later'))[0], 0, 'one is started later');
is(path(), 'disk net web', 'it is no part of the start-up');
unlike(plot(), qr/>later</, 'nor of its chart');
is(path('later'), 'later', 'but has a path of its own: nothing held it back');

# A service overwrites all events. Times stay.

my $changes = 0;
while ($changes < 1024 + 64) {
    for my $to (qw(up down)) {
        is(($s->ctl($to, '-w', @fillers))[0], 0, "$to: events come") or last;
    }
    my $events = $s->header->{events};
    last if $events <= $changes;
    $changes = $events;
}
(undef, $out) = $s->ctl('-j', 'events');
unlike($out, qr/"(?:disk|net)"/, 'the events of the start-up are gone');
my $left = blame();
for my $name (qw(disk net web free)) {
    delete $_->{$name}{attempts} for $all, $left;
    is_deeply($left->{$name}, $all->{$name}, "$name: what it took is still known");
}
is(path('web'), 'disk net web', 'and what it waited for');
$svg = plot();
ok(well_formed($svg), 'the chart is XML still');
like($svg, qr/>$_</, "$_ is on it") for qw(disk net web);

is(($s->ctl('restart', '-w', 'web'))[0], 0, 'a restart');
cmp_ok(blame('web')->{web}{waited_ms}, '<', $all->{web}{waited_ms},
    'blame is about the last start');

# Mistakes

($code, undef, $err) = $s->ctl('blame', 'dsik');
is("$code $err", "5 conctl: no such service: 'dsik'; did you mean 'disk'?\n", 'no such service');
is(($s->ctl('critical-path', 'nobody'))[0], 5, 'nor for a path');
is(($s->ctl('critical-path', qw(disk web)))[0], 2, 'of which there is one at a time');
ok(kill('KILL', $s->field(pid => 'free')) && $s->becomes('free', 'retrying'), 'one has crashed');
like(($s->ctl('blame', 'free'))[1], qr/  free  now retrying$/m, 'which blame does not hide');
$s->stop;

$s = session(supervisord => supervisord('nothing', <<'CONFIG'));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("never", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
};
CONNATE();
CONFIG
($code, undef, $err) = $s->ctl('critical-path');
is("$code $err", "1 conctl: nothing has come up yet\n", 'nothing has come up');
like(($s->ctl('blame'))[1], qr/\A +TOOK .*SERVICE\n\z/, 'so there is no service to blame');
$svg = plot();
ok(well_formed($svg) && $svg =~ /Start-up of 0 services/, 'and an empty chart');
$s->stop;
done_testing;
