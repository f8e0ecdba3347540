#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .check: a service that is not well is restarted, or that is only told; it is ready
# when a check succeeds; and what a check may do without harm: hang, fork, print a
# megabyte, not be there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $run = '.run = EXEC("/bin/sleep", "1000")';
my $soon = '.every = MILLISECONDS(50), .failures = 2';
my $ask  = qq{SHELL("test ! -e $dir/\$CONNATE_SERVICE.ill || { echo it is ill; echo more; exit 3; }")};

my $s = session(supervisord => supervisord('first', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .max_ready = SECONDS(100), .retry = RETRY_NEVER,
#include <connate/config.h>
int ask(void) { return 7; }
static const struct service services[] = {
	SERVICE("well", $run, .check = CHECK($ask, $soon),
	        .reload = SHELL("echo reloads >$dir/reloads; exit 0")),
	SERVICE("told", $run, .check = CHECK($ask, $soon, .on_failure = TELL)),
	SERVICE("ready", .ready = READY_CHECK,
	        .run = SHELL("until test -e $dir/go; do sleep 0.05; done; touch $dir/works; exec sleep 1000"),
	        .check = CHECK(SHELL("test -e $dir/works || { echo not yet; exit 1; }"), $soon)),
	SERVICE("begins", $run, .check = CHECK($ask, $soon, .start = SECONDS(1000))),
	SERVICE("hangs", $run,
	        .check = CHECK(SHELL("sleep 1001 & echo \$\$ >$dir/hangs; sleep 1001"), $soon,
	                       .timeout = MILLISECONDS(200), .on_failure = TELL)),
	SERVICE("forks", $run, .check = CHECK(SHELL("sleep 1002 & echo \$! >$dir/forks; exit 0"), $soon)),
	SERVICE("much", $run,
	        .check = CHECK(SHELL("head -c 1000000 /dev/zero | tr '\\\\0' x; exit 1"), $soon,
	                       .on_failure = TELL)),
	SERVICE("odd", $run,
	        .check = CHECK(SHELL("printf '\\\\033[31m\\\\aodd\\\\n'; exit 1"), $soon, .on_failure = TELL)),
	SERVICE("dies", $run, .check = CHECK(SHELL("kill -SEGV \$\$"), $soon, .on_failure = TELL)),
	SERVICE("missing", $run, .check = CHECK(EXEC("/no/such/check"), $soon, .on_failure = TELL)),
	SERVICE("call", $run, .check = CHECK(CALL(ask), $soon, .on_failure = TELL)),
	SERVICE("guarded", $run, .stop_all = true, .check = CHECK($ask, $soon)),
	SERVICE("surrounded", $run, .env_file = LIST("$dir/env"), .chdir = "/proc", .umask = 027,
	        .check = CHECK(SHELL("echo \$FROM_FILE \$PWD \$(umask); exit 1"), $soon, .on_failure = TELL)),
	SERVICE("plain", $run, .ready = READY_NOTIFY),
	SERVICE("asked", $run,
	        .stop = SHELL("echo \$CONNATE_SERVICE >$dir/stopped"), .check = CHECK(SHELL("exec sleep 1003"), $soon)),
};
CONNATE();
CONFIG

sub status { my ($name) = @_; return ($s->ctl(status => $name))[1] }
sub health { return join ' ', ($s->ctl(health => @_))[0, 1] }
sub said { my ($name, $what) = @_; return eventually { status($name) =~ $what } "$name: $what" }

# A service that works
$s->ctl(up => 'well');
said(well => qr/^ +health: healthy since/m);
like(status('well'), qr/^ +command: \d+ \(\.check\)$/m, 'a process of it checks it');
my $pid = $s->field(pid => 'well');
like(health(), qr/^0 well: healthy since/, 'conctl health says so, with exit code 0');
is(($s->ctl('-j', 'health'))[1], qq({"well":"healthy"}\n), 'and in JSON');
is(health('well', 'plain') =~ /^1 .*plain: down$/s, 1, 'a service that is down is not well');
like(($s->ctl('-j', status => 'well'))[1], qr/"health":"healthy","check":null,"check_failures":0,/,
    'status has it in JSON');
like(($s->ctl(metrics => 'well'))[1], qr/^connate_service_healthy\{service="well"\} 1$/m, 'and metrics have it');

# A reload by a command ends the checks and is followed by them
is(($s->ctl(reload => 'well'))[0], 0, 'a reload while it is checked');
is(slurp("$dir/reloads"), "reloads\n", 'is done once');
said(well => qr/\(\.check\)/);
is($s->field(pid => 'well'), $pid, 'and nothing has happened to it');
unlike(($s->ctl(events => 'well'))[1], qr/unhealthy/, 'nor did it count as a failure');

# One that is ill fails
spew("$dir/well.ill", '');
ok($s->becomes('well', 'failed'), 'a service whose checks fail is stopped, and has failed');
like(($s->ctl(events => 'well'))[1], qr/up -> stopping +unhealthy/, 'events say why');
like($s->log, qr/^supervisord: well: unhealthy: it is ill; stopping it$/m,
    'and the log, by the first line of the check');
like(health('well'), qr/^1 well: failed$/, 'it is not well');
unlink "$dir/well.ill";
$s->ctl(up => 'well');
eventually { health('well') =~ /^0/ } 'brought up again it is';

# TELL
$s->ctl(up => 'told');
said(told => qr/^ +health: healthy/m);
spew("$dir/told.ill", '');
said(told => qr/^told up: unhealthy since .*: it is ill$/m);
$pid = $s->field(pid => 'told');
like(health('told'), qr/^1 told: unhealthy since .*; \d+ failures in a row: it is ill; checked /,
    'how often it has failed');
unlink "$dir/told.ill";
said(told => qr/^ +health: healthy/m);
is($s->field(pid => 'told'), $pid, 'with TELL it was not restarted');
like(($s->ctl(events => 'told'))[1], qr/ health +healthy\n.* health +unhealthy\n.* health +healthy\n/s,
    'what changes is an event');

# READY_CHECK
$s->ctl(up => 'ready');
said(ready => qr/starting: not ready yet: no check has succeeded: not yet/);
spew("$dir/go", '');
ok($s->becomes('ready', 'up'), 'ready when a check succeeds');

# .start
spew("$dir/begins.ill", '');
$s->ctl(up => 'begins');
said(begins => qr/health: unknown; it is ill/);
unlink "$dir/begins.ill";
said(begins => qr/health: healthy/);
spew("$dir/begins.ill", '');
ok($s->becomes('begins', 'failed'), 'failures do not count in .start, but after a success');

# What a check may do
spew("$dir/env", "FROM_FILE=value\n");
$s->ctl(up => qw(hangs forks much odd dies missing call guarded surrounded));
said(hangs   => qr/unhealthy since .*: the check had not ended after 200 ms/);
said(forks   => qr/health: healthy/);
said(much    => qr/unhealthy since .*: x{127}$/m);
said(odd     => qr/unhealthy since .*: \?\[31m\?odd$/m);
said(call    => qr/unhealthy since .*: the check exited with 7/);
said(guarded => qr/health: healthy/);
said(surrounded => qr{unhealthy since .*: value /proc 0027});
said(dies    => qr/unhealthy since .*: the check was killed by SIGSEGV/);
said(missing => qr{unhealthy since .*: .*prepare: missing: exec: No such file or directory});
spew("$dir/guarded.ill", '');
ok($s->becomes('guarded', 'failed'), 'one with a guard fails as others do');
$s->ctl(down => '-w', 'forks');
my $left = slurp("$dir/forks") + 0;
eventually { !alive($left) } 'what a check leaves is killed';
$s->ctl(down => '-w', 'hangs');
my $hung = slurp("$dir/hangs") + 0;
eventually { !alive($hung) } 'and a check that hangs, when its service is stopped';

# What checks it is killed: it is said, and the service is not touched
$pid = $s->field(pid => 'told');
kill 'KILL', status('told') =~ /command: (\d+) \(\.check\)/;
eventually {
    $s->log =~ /^supervisord: told: it is not checked: .* another one is started in 10 s: killed by SIGKILL$/m
}
'what checks a service may be killed, which is said';
is($s->field(pid => 'told'), $pid, 'the service goes on');
is($s->field(state => 'told'), 'up', 'and is up');

# The checks end before the command of .stop begins
$s->ctl(up => 'asked');
said(asked => qr/\(\.check\)/);
is(($s->ctl(down => '-w', '-t', 20, 'asked'))[0], 0, 'a service that is checked is stopped by its command');
is(slurp("$dir/stopped"), "asked\n", 'which has run');
done_testing();
