#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl events --since and --until, with the ways that people write a time, in a local time that is not UTC; what
# was overwritten is said. How each way is read is tried by t/1016-when.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(time sleep);

delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};
my $s = session(supervisord => supervisord('since', <<'CONFIG'));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("early", .target = DOWN),
	SERVICE("late", .target = DOWN),
};
CONNATE();
CONFIG

sub shown {
    my ($code, $out, $err) = $s->ctl('-j', 'events', @_);
    return "$code $err" if $code != 0 || $err ne '';
    my %seen = map { $_->{service} => 1 } @{ decode_json($out) };
    return join ' ', sort keys %seen;
}
$s->ctl(qw(up early));
$s->becomes('early', 'up');
sleep 0.01;
my $between = sprintf '%.3f', time;
sleep 0.01;
$s->ctl(qw(up late));
$s->becomes('late', 'up');

is(shown(), 'early late', 'all events');
is(shown('--since', "\@$between"), 'late',  '--since @EPOCH');
is(shown("--since=\@$between"),     'late',  '--since=@EPOCH');
is(shown('-S', "\@$between"),       'late',  '-S');
is(shown('--until', "\@$between"), 'early', '--until');
is(shown('--since', "\@$between", '--until', "\@$between"), '', 'both');
my $text = strftime('%Y-%m-%d %H:%M:%S', gmtime $between) . ($between =~ /(\.\d+)/)[0];
is(shown('--since', $text . 'Z'), 'late', '--since with a zone');
is(shown('--since', $_), 'early late', "--since $_")
    for '-1h', '10min ago', '1 day ago', 'yesterday', '1999-12-31 23:59';
is(shown('--until', $_), '',           "--until $_") for '-1h', '10min ago', 'yesterday 03:00', '@0';
is(shown('--since', 'tomorrow'), '', '--since tomorrow');
for my $wrong ('soon', '25:00', '5', '') {
    like(shown('--since', $wrong), qr/^2 conctl: events: '\Q$wrong\E' is no time; write /, "'$wrong' is no time");
}
like(shown('--since'), qr/^2 conctl: option -S needs a TIME/, 'one has to be there');

# Local time: a zone of its own, in a namespace of mounts.
SKIP: {
    my $zone = '/usr/share/zoneinfo/Asia/Kathmandu';
    skip 'needs root and a zone', 2 if $> != 0 || !-e $zone || (run(qw(unshare -m true)))[0] != 0;
    my $ahead = int($between) + 1 + 20700;    # UTC+5:45
    my @words = map { strftime($_, gmtime $ahead) } '%Y-%m-%d %H:%M:%S', '%H:%M';
    my $conctl = ($ENV{top_builddir} // "$FindBin::Bin/..") . "/conctl/conctl -p $s->{pid} events";
    my $dir    = scratch();
    my ($code, $out, $err) = run('unshare', '-m', 'sh', '-c',
        "mount -t tmpfs none $dir && cp $zone $dir/zone && { [ -e /etc/localtime ] || exit 77; } && "
            . "mount --bind $dir/zone /etc/localtime && $conctl --until '$words[0]'");
    skip 'there can be no other zone here', 2 if $code != 0;
    like($out, qr/early/, 'a date is one of local time');
    ($code, $out, $err) = run('unshare', '-m', 'sh', '-c',
        "mount -t tmpfs none $dir && cp $zone $dir/zone && mount --bind $dir/zone /etc/localtime && "
            . "$conctl --since '$words[1]'");
    like($out, qr/late/, 'and so is a time of day');
}

# Followed until then.
my $until = time + 1.5;
my ($code, $out) = $s->ctl('events', '-f', '--until', '@' . sprintf '%.3f', $until);
is($code, 0, 'events -f --until ends');
cmp_ok(time, '>=', $until - 0.1, 'then');
done_testing;
