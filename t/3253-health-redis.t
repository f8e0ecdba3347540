#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A real server, redis, in the session of a user: ready when it answers a ping, and
# restarted when it does not any more.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

for my $program (qw(/usr/bin/redis-server /usr/bin/redis-cli)) {
    plan skip_all => "there is no $program" if !-x $program;
}
my $dir    = scratch();
my @plain  = plain_user();
mkdir "$dir/redis" or die $!;
chmod 0777, "$dir/redis";
my $socket = "$dir/redis/socket";
my $image  = supervisord('redis', <<"CONFIG", '--no-host-checks');
#define DEFAULTS .log = LOG_NONE, .max_ready = SECONDS(60), .env = LIST("PATH=/usr/bin:/bin"),
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("redis", .ready = READY_CHECK, .max_stop = SECONDS(20),
	        .run = EXEC("/usr/bin/redis-server", "--port", "0", "--unixsocket", "$socket",
	                    "--dir", "$dir/redis", "--save", ""),
	        .check = CHECK(EXEC("/usr/bin/redis-cli", "-e", "-s", "$socket", "ping"),
	                       .every = MILLISECONDS(300), .timeout = SECONDS(1), .failures = 2)),
	SERVICE("app", .run = EXEC("/usr/bin/redis-cli", "-s", "$socket", "subscribe", "x"), .binds = LIST("redis")),
};
CONNATE();
CONFIG
my $s = session(@plain ? (user => \@plain) : (), supervisord => $image);

ok($s->becomes('app', 'up'), 'what needs it starts when it answers');
is(($s->ctl('health'))[0], 0, 'and it is well');
my $pid = $s->field(pid => 'redis');
like((run('/usr/bin/redis-cli', '-s', $socket, 'ping'))[1], qr/PONG/, 'it does answer');

# Stopped by a signal it does not answer, but does not end either.
freeze($pid);
eventually { $s->field(pid => 'redis') !~ /^(?:$pid|-)$/ } 'when it does not answer another one is started';
like($s->log, qr/^supervisord: redis: unhealthy: the check had not ended after 1000 ms; stopping it$/m,
    'for that reason');
ok($s->becomes($_, 'up'), "$_ is up again") for qw(redis app);
isnt($s->field(pid => 'redis'), $pid, 'by another process');
is(($s->ctl('health'))[0], 0, 'and well');
$s->stop;
done_testing();
