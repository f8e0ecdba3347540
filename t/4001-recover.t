#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# supervisord is killed: no service notices, and no event
# meanwhile is lost.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $s   = session(
    supervisord => supervisord('recover', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("one", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("two", .needs = LIST("one"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("setup", .target = DOWN,
		.setup = SHELL("echo x >>$dir/setups; exec sleep 0.3"),
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("slow-stop", .max_stop = SECONDS(20),
		.run = SHELL("trap 'sleep 0.3; echo x >>$dir/stops; exit 0' TERM;"
			" echo x >$dir/trapped; while :; do sleep 0.02; done")),
	SERVICE("job", .target = DOWN, .run = SHELL("sleep 0.2; exit 5"),
		.retry = RETRY_NEVER),
};

CONNATE();
CONFIG

# Kills supervisord; true when its successor works.
sub succeeded {
    my $old = $s->kill_supervisord or return 0;
    return wait_until { ($s->header->{supervisord} // $old) != $old } 'a successor';
}

ok($s->becomes(two => 'up'), 'a session');
my %before = map { $_ => $s->field(pid => $_) } qw(one two);
for my $time (1 .. 20) {
    succeeded() or last;
}
is($s->header->{starts}, 21, 'killed twenty times');
is($s->field(pid => $_), $before{$_}, "$_ never noticed") for qw(one two);

# A death that supervisord does not see: it is stopped, then killed before it can look.
my $old = $s->header->{supervisord};
freeze($old);
kill 'KILL', $before{one};
kill 'KILL', $old;
eventually { my $p = $s->records->{one}{pid}; $p > 0 && $p != $before{one} } 'a death during the blackout is noticed';
is($s->records->{one}{exits}, 1, 'and counted once');
is($s->field(pid => 'two'), $before{two}, 'what needs it runs on');

# Status needs no supervisord.
freeze($s->header->{supervisord});
my ($code, $out) = $s->ctl('state', 'one');
is($code, 0, 'status works while supervisord is stopped');
kill 'KILL', $s->header->{supervisord};
eventually { $s->header->{starts} == 23 } 'it is replaced';

# In the middle of a set-up: it is not started twice.
$s->ctl('up', 'setup');
ok($s->becomes(setup => 'setting-up'), 'a set-up runs');
ok(succeeded(), 'killed meanwhile');
ok($s->becomes(setup => 'up'), 'it goes on to up');
is(slurp("$dir/setups"), "x\n", 'by one run of the set-up');

# In the middle of a stop: the service has its time-out, as before.
wait_until { -e "$dir/trapped" } 'the trap';
$s->ctl('down', 'slow-stop');
ok($s->becomes('slow-stop' => 'stopping'), 'a stop');
ok(succeeded(), 'killed meanwhile');
ok($s->becomes('slow-stop' => 'down'), 'it is down in the end');
is(slurp("$dir/stops"), "x\n", 'of itself, not by force');
is($s->field(code => 'slow-stop'), 0, 'with its own exit code');

# An exit that only connate sees keeps its code.
$s->ctl('up', 'job');
ok($s->becomes(job => 'up'), 'a job');
ok(succeeded(), 'killed while it runs');
ok($s->becomes(job => 'failed'), 'its end is seen');
is($s->field(code => 'job'), 5, 'with its exit code');

# Requests that were sent while there is no reader are not lost.
freeze(my $stopped = $s->header->{supervisord});
my $asker = fork // die;
if ($asker == 0) { my ($c) = $s->ctl(qw(up -w -t 30 slow-stop)); POSIX::_exit($c) }
wait_until { slurp("/proc/$asker/task/$asker/children") ne '' } 'conctl';
kill 'KILL', $stopped;
is(ended_by($asker) >> 8, 0, 'a request to a dead supervisord is done by its successor');

is($s->stop, 0, 'it ends');
ok(!alive($before{two}), 'and everything with it');
done_testing();
