#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Which other services go down with those that are asked down: conctl down says so, and conctl down -n
# before anything changes. Compared with what does go down, for each service and each kind of dependency.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use Test::More;

my $dir = scratch();
my $s   = session(supervisord => supervisord('down', <<'CONFIG'));
#define DEFAULTS .run = EXEC("/bin/sleep", "1000"), .target = DOWN,
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("base"),
	SERVICE("needs", .needs = LIST("base")),
	SERVICE("binds", .binds = LIST("needs")),
	SERVICE("wants", .wants = LIST("base")),
	SERVICE("after", .after = LIST("base")),
	SERVICE("rival", .conflicts = LIST("base")),
	SERVICE("group", .run = {}, .groups = LIST("member", "shared", "needed")),
	SERVICE("other", .run = {}, .groups = LIST("shared")),
	SERVICE("member"),
	SERVICE("shared"),
	SERVICE("needed"),
	SERVICE("user", .needs = LIST("needed")),
	SERVICE("logger", .run = EXEC("/bin/cat")),
	SERVICE("writer", .log = LOG_TO("logger")),
	SERVICE("alone"),
};
CONNATE();
CONFIG

my @all = split ' ', ($s->ctl('list'))[1];
my @up  = grep { $_ ne 'rival' } @all;

sub targets { my (undef, $out) = $s->ctl('target'); return { $out =~ /^(\S+): (\S+)$/mg } }

sub up { return is(($s->ctl(qw(up -w -t 60), @_))[0], 0, "up: @_") }

for my $asked ((map { [$_] } @up), [qw(group other)], [qw(base member logger)]) {
    up(@up);
    my $before = targets();
    my ($code, $out) = $s->ctl(qw(down -n), @$asked);
    is($code, 0, "down -n @$asked");
    is_deeply(targets(), $before, 'changes nothing');
    my ($would) = $out =~ /\Awould also go down: (.*)\n\z/;
    is($out, "no other service would go down\n", 'and says so') if !defined $would;
    is_deeply(decode_json(($s->ctl(qw(-j down -n), @$asked))[1]), [ split ' ', $would // '' ], 'as JSON, too');
    ($code, $out) = $s->ctl(qw(down -w -t 60), @$asked);
    is("$code $out", '0 ' . (defined $would ? "also going down: $would\n" : ''), "down @$asked says the same");
    my $after = targets();
    my %named = map { $_ => 1 } @$asked;
    my @fell  = grep { !$named{$_} && $before->{$_} ne $after->{$_} } @all;
    is($would // '', "@fell", 'which is what goes down');
}
my %would = map { $_ => 1 } split ' ', (up(@up) && $s->ctl(qw(down -n base)))[1];
ok($would{needs} && $would{binds} && !$would{wants} && !$would{after}, 'what needs it, and what binds to that');
is(($s->ctl(qw(down -q base)))[1], '', 'quiet, it is not said');
is(($s->ctl(qw(down -n base)))[1], "no other service would go down\n", 'what is down goes down no more');
is(($s->ctl(qw(up -n base)))[0], 2, 'only down takes -n');
is($s->stop, 0, 'it ends');
done_testing();
