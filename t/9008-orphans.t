#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Orphans by the ten thousand, as fast as they can be made, one by one and in
# bursts: as PID 1 of a pid namespace, and in a session. None is left. What
# counts them is that of make bench-init (bench/orphans.c).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $orphans = $ENV{CONNATE_ORPHANS} // 10000;
my $top     = $ENV{top_builddir}    // "$FindBin::Bin/..";
my $stock   = supervisord('stock', slurp("$FindBin::Bin/../config/config.c"), '--no-host-checks');
my @connate = ("$top/pid1/connate", '--supervisor', $stock, '--');

# What was seen by what such an init runs, in such a namespace. The init is what
# the shell becomes, so it has the shell's pid.
sub seen {
    my ($count, $burst, $namespace, @init) = @_;
    my $become = 'exec "$@"' . " '$top/bench/orphans' $count $burst " . '$$';
    my ($code, $out, $err) = run(@$namespace, 'sh', '-c', $become, 'sh', @init);
    is($code, 0, 'it ends well') or diag($err);
    return { left => 'unknown', samples => 0, $out =~ /(\w+)=(\d+)/g };
}

sub reaps_all_ok {
    my ($what, $burst, @namespace) = @_;
    my $seen = seen($orphans, $burst, \@namespace, @connate);
    is($seen->{left}, 0, "$what, $orphans orphans in bursts of $burst: none is left");
    cmp_ok($seen->{samples}, '>', 1, 'and they were looked for meanwhile');
    note(join ' ', map { "$_=$seen->{$_}" } sort keys %$seen);
    return;
}

reaps_all_ok('in a session', $_) for 1, 1000;
my @namespace = ('unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
my ($can) = run(@namespace, 'true');
if ($can != 0) {
    splice @namespace, 1, 0, '--user', '--map-root-user', '--mount';
    ($can) = run(@namespace, 'true');
}
SKIP: {
    skip 'pid namespaces are not allowed here', 1 if $can != 0;
    reaps_all_ok('as PID 1', $_, @namespace) for 1, 1000;

    # An init that sleeps first: the sampler sees the orphans.
    my $lazy = 'my $main = fork // die; exec @ARGV if !$main; sleep 1; while ((my $pid = wait) > 0)'
        . '{ exit if $pid == $main }';
    my $seen = seen(500, 1, \@namespace, 'perl', '-e', $lazy);
    is($seen->{most}, 500, 'an init that does not reap for a second: all orphans are seen');
    cmp_ok($seen->{stale}, '>=', 500, 'and that they stay');
}
done_testing();
