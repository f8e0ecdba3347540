#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .started: a command between ready and up. Its failure is that of the start; it
# goes on when supervisord is killed or replaced; killed itself it is taken for
# no other command.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir  = scratch();
spew("$dir/called", '');
my $wait = sub { my ($name) = @_; return "echo >>$dir/$name; while [ ! -e $dir/$name-go ]; do sleep 0.02; done" };

sub image {
    my ($name, $more) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .target = DOWN, .max_ready = SECONDS(60),
#include <connate/config.h>
#include <connate/call.h>

int called(void);
int called(void)
{
	return call_write("$dir/called", "called\\n");
}

static const struct service services[] = {
	SERVICE("web", .ready = READY_NOTIFY, .run = EXEC("/bin/sleep", "1000"),
		.started = SHELL("@{[$wait->('web')]}")),
	SERVICE("app", .needs = LIST("web"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000"), .started = CALL(called)),
	SERVICE("fails", .retry = RETRY_FIXED(.attempts = 1),
		.run = SHELL("echo \$\$ >$dir/pid; exec sleep 1000"),
		.stop = SHELL("echo >>$dir/stopped; kill \$(cat $dir/pid)"),
		.started = SHELL("while [ ! -s $dir/pid ]; do sleep 0.02; done; [ -e $dir/well ] || exit 7")),
	SERVICE("dies", .retry = RETRY_NEVER, .run = EXEC("/bin/sleep", "1000"),
		.started = SHELL("kill -USR1 \$\$")),
	SERVICE("missing", .retry = RETRY_NEVER, .run = EXEC("/bin/sleep", "1000"),
		.started = EXEC("$dir/nothing")),
	SERVICE("late", .retry = RETRY_NEVER, .max_ready = SECONDS(1),
		.run = SHELL("echo \$\$ >$dir/late-pid; exec sleep 1000"),
		.stop = SHELL("echo >>$dir/late-stopped; kill \$(cat $dir/late-pid)"), .max_stop = SECONDS(60),
		.started = SHELL("echo \$\$ >$dir/late; exec sleep 1000")),
	SERVICE("done", .run = SHELL("while [ ! -e $dir/done-go ]; do sleep 0.02; done"),
		.started = SHELL("echo \$\$ >$dir/done; exec sleep 1000")),
	SERVICE("checked", .run = EXEC("/bin/sleep", "1000"),
		.check = CHECK(SHELL("echo \${MAINPID-none} >$dir/check"), .every = MILLISECONDS(50)),
		.started = SHELL("@{[$wait->('checked')]}")),
	$more
};

CONNATE();
CONFIG
}

my $s = session(supervisord => image('started', ''));

# In order.
is(($s->ctl(up => 'app'))[0], 0, 'a service that needs one with .started');
ok($s->becomes(web => 'starting'), 'that starts');
ok(!-e "$dir/web", 'its command waits');
is(($s->ctl(ready => 'web'))[0], 0, 'for it to be ready');
eventually { -s "$dir/web" } 'then it runs';
is($s->field(state => 'web'),  'starting',         'before the service is up');
is($s->field(state => 'app'),  'waiting-to-start', 'and before what needs it');
like(($s->ctl(status => 'web'))[1], qr/running its \.started command.*^\s*command: \d+ \(\.started\)$/ms, 'status');
$s->kill_supervisord;
is($s->field(state => 'web'), 'starting', 'supervisord is killed: the command goes on');
is(($s->ctl(exec => image('other', 'SERVICE("other", .run = EXEC("/bin/sleep", "1000")),')))[0], 0, 'it is replaced');
is($s->field(state => 'web'), 'starting', 'also then');
spew("$dir/web-go", '');
ok($s->becomes(app => 'up'), 'when it has ended well, both are up');
is(slurp("$dir/web"), "\n", 'it has run once');
$s->kill_supervisord;
is(($s->ctl(qw(up -w -t 60 guarded)))[0], 0, 'behind a guard');
is(slurp("$dir/called"), "called\n", 'a function, before -w returns');
is(slurp("$dir/web"), "\n", 'what is up has no command again');

# Failures.
$s->ctl(up => 'fails');
ok($s->becomes(fails => 'failed'), 'given a command that fails: the start has failed');
is(slurp("$dir/stopped"), "\n", '.stop was asked once');
like(($s->ctl(status => 'fails'))[1], qr/started: exited with 7/, 'status says why');
like($s->log, qr/^supervisord: fails: the command of \.started failed: exited with 7$/m, 'so does standard error');
like($s->log, qr/^supervisord: fails: failed: started: exited with 7$/m, 'twice');
$s->kill_supervisord;
like(($s->ctl(status => 'fails'))[1], qr/started: exited with 7/, 'and a successor');
spew("$dir/well", '');
is(($s->ctl(qw(up -w -t 60 fails)))[0], 0, 'the next start goes well');
unlike(($s->ctl(status => 'fails'))[1], qr/exited with 7/, 'and status says no more of it');
for (['dies', 'killed by SIGUSR1'], ['missing', 'exited with 127']) {
    my ($name, $why) = @$_;
    $s->ctl(up => $name);
    ok($s->becomes($name => 'failed'), "$name fails");
    like(($s->ctl(status => $name))[1], qr/started: $why/, $why);
}

# Its time, and a .stop by a command.
$s->ctl(up => 'late');
eventually { -s "$dir/late-stopped" } 'given one that hangs: .stop is asked when .max_ready is over';
ok(wait_until { !alive(slurp("$dir/late") + 0) } 'the command is killed');
ok($s->becomes(late => 'failed'), 'the start has failed');
is(slurp("$dir/late-stopped"), "\n", 'asked once');
unlike($s->log, qr/late: the command of \.st(?:op|arted) failed/, 'a command that was killed has not failed');

# With .check, by the same place for a helper.
for my $round (1, 2) {
    $s->ctl(up => 'checked');
    eventually { -s "$dir/checked" } 'given one that is checked, too: the command runs';
    $s->kill_supervisord;
    like(($s->ctl(status => 'checked'))[1], qr/\(\.started\)/, 'alone, also for a successor');
    ok(!-e "$dir/check", 'the checks begin later');
    spew("$dir/checked-go", '');
    ok($s->becomes(checked => 'up'), 'when it is up');
    eventually { -s "$dir/check" } 'they do';
    like(($s->ctl(status => 'checked'))[1], qr/\(\.check\)/, 'by the helper');
    is(slurp("$dir/checked"), "\n", 'and the command has run once');
    is(($s->ctl(qw(down -w -t 60 checked)))[0], 0, 'down');
    unlink map { "$dir/$_" } qw(checked checked-go check);
}
unlike($s->log, qr/checked: /, 'nothing is said of it');

# A program that is done.
$s->ctl(once => 'done');
eventually { -s "$dir/done" } 'given one that has its work done meanwhile';
spew("$dir/done-go", '');
ok($s->becomes(done => 'down'), 'it is down');
ok(wait_until { !alive(slurp("$dir/done") + 0) } 'the command is killed');
is($s->stop, 0, 'the end');
done_testing();
