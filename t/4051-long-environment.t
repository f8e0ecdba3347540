#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A service is found again by its environment, however long that is, and wherever a shell
# has put what connate gave to it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE CONNATE_SERVICE)};
my $dir = scratch();
my @services = map { "plain-$_" } 1 .. 4;
my $image = supervisord('long', "#include <connate/config.h>\nstatic const struct service services[] = {\n"
        . join('', map { qq{SERVICE("$_", .run = SHELL("echo x >>$dir/starts.$_; exec sleep 1000")),\n} } @services)
        . qq{SERVICE("direct", .run = EXEC("/bin/sleep", "1000")),\n}
        . qq[};\nCONNATE(.lock_file = "$dir/lock");\n],
    '--no-host-checks');

for my $long ([ (3000) x 12 ], [ 9000, 20_000 ], [ 8191 ], [ 8192 ], [ 100_000, 8190 ]) {
    my @variables = map { "LONG_$_=" . 'x' x $long->[$_] } 0 .. $#$long;
    my $what = "variables of " . join(" ", (sort keys %{ { map { $_ => 1 } @$long } }));
    unlink glob "$dir/starts.*";
    my $s = session(supervisord => $image, wrap => [ 'env', @variables ]);
    ok($s->becomes($_ => 'up'), "$what: $_ is up") for @services, 'direct';
    my %pid = map { $_ => $s->records->{$_}{pid} } @services, 'direct';
    my $supervisord = $s->header->{supervisord};
    kill 'STOP', $supervisord;
    kill 'KILL', $s->{pid}, $supervisord;
    eventually { !alive($s->{pid}) && !alive($supervisord) } 'both are killed';
    my $next = session(supervisord => $image, wrap => [ 'env', @variables ]);
    ok($next->becomes($_ => 'up'), "$what: $_ is up again") for @services, 'direct';
    is($next->records->{$_}{pid}, $pid{$_}, "$what: $_ by the same process") for @services, 'direct';
    is(slurp("$dir/starts.$_"), "x\n", "$what: $_ was started once") for @services;
    is($next->stop, 0, "$what: it ends");
}
done_testing();
