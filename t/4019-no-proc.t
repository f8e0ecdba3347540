#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A session without /proc: when supervisord dies its services are known by
# their pids alone; they go on, and can be stopped. What services have left is
# not found at the end, which is said. A guard is started from the image that
# connate keeps.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

plan skip_all => 'only root can hide /proc' if $> != 0;

my $dir = scratch();
my $s = session(
    wrap        => [ 'unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh' ],
    supervisord => supervisord('no-proc', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("one", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("two", .needs = LIST("one"), .run = SHELL("exec sleep 1000")),
	SERVICE("leaves", .retry = RETRY_NEVER, .target = ONCE,
		.run = SHELL("setsid sleep 1000 & echo \$! >$dir/left")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
my @all = qw(one two guarded);
ok($s->becomes($_ => 'up'), "$_ is up") for @all;
my %pid = map { $_ => $s->field(pid => $_) } @all;

for my $time (1 .. 3) {
    my $old = $s->kill_supervisord;
    eventually { my $h = $s->header; ($h->{report_pid} // 0) > 0 && $h->{supervisord} != $old }
    "a successor, time $time";
    is(($s->ctl(qw(restart -w -t 60 two)))[0], 0, 'what is asked for is done');
    is($s->field(pid => 'one'), $pid{one}, 'and nothing else has noticed');
    isnt($s->field(pid => 'two'), $pid{two}, 'which is another process');
    ok(!alive($pid{two}), 'instead of the one before');
    $pid{two} = $s->field(pid => 'two');
}
is($s->records->{one}{exits}, 0, 'no end was made up');
is($s->stop, 0, 'it ends');
ok(!alive($pid{$_}), "$_ with it") for @all;
like($s->log, qr{^connate: what is left runs on: /proc: }m, 'what a service has left does not, which is said');
kill 'KILL', slurp("$dir/left") =~ /(\d+)/;
done_testing();
