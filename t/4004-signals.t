#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A signal that is ignored when connate starts is not ignored by connate, nor by its services.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $s   = session(
    wrap        => ['env', '--ignore-signal=INT', '--ignore-signal=CHLD'],
    supervisord => supervisord('signals', <<"CONFIG"));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("status", .log = LOG_FILE("$dir/status"),
		.run = SHELL("cat /proc/self/status; exec sleep 1000")),
	SERVICE("ends", .run = SHELL("exit 3"), .retry = RETRY_NEVER),
};
CONNATE();
CONFIG

ok((wait_until { slurp("$dir/status") =~ /ctxt/ } 'status'),
    'a service runs');
like(slurp("$dir/status"), qr/^SigIgn:\s+0+$/m, 'and ignores no signal');
ok($s->becomes(ends => 'failed'), 'an end is seen');
is($s->field(code => 'ends'), 3, 'with its exit code');
ok($s->kill_supervisord, 'supervisord is killed');
is(($s->ctl(qw(up -w -t 30 status)))[0], 0, 'and there is another one');
is($s->stop, 0, 'it ends');
done_testing();
