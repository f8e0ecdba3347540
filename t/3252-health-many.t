#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Two hundred services with checks: each has one at a time, and supervisord sleeps but
# for what they find.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

use constant { SERVICES => 200, ROUNDS => 3 };

my $dir = scratch();
my @names = map { "s$_" } 1 .. SERVICES;
my $rows = join '', map {
    qq{	SERVICE("$_", .run = EXEC("/bin/sleep", "1000"), .check = CHECK(EXEC("/bin/true"), .every = SECONDS(2))),\n}
} @names;
my $s = session(supervisord => supervisord('many', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .max_ready = SECONDS(100),
#include <connate/config.h>
static const struct service services[] = {
$rows};
CONNATE();
CONFIG

my $super = $s->header->{supervisord};
sub wakes { return (slurp("/proc/$super/status") =~ /^voluntary_ctxt_switches:\s+(\d+)$/m)[0] }

# All children but the services themselves: what checks them.
sub checkers { return grep { comm($_) eq 'check' } grep { -e "/proc/$_/comm" } children($super) }

eventually { ($s->ctl('health'))[0] == 0 } 'all are well';
is(scalar(checkers()), SERVICES, 'each is checked by one process');
ok(!(grep { children($_) > 1 } checkers()), 'which has one check at a time');

# Each check is heard of once, and nothing else happens.
my ($begin, $before) = (Connate::now_ms(), wakes());
wait_until { Connate::now_ms() > $begin + 2000 * ROUNDS } 'some checks of each';
my ($ms, $woken) = (Connate::now_ms() - $begin, wakes() - $before);
my $checks = SERVICES * ($ms / 2000 + 1);
cmp_ok($woken, '<=', $checks, 'supervisord wakes up at most once for each check');
cmp_ok($woken, '>',  0,       'and does hear of them');
is(($s->ctl('health'))[0], 0, 'all are well');

# Without a check nothing happens: stopped services are not checked.
is(($s->ctl(down => '-w', '-t', 60, @names))[0], 0, 'all are stopped');
is(scalar(checkers()), 0, 'and not checked any more');
done_testing();
