#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What commands of a service are told: .cleanup how its process has ended, those of
# .stop, .reload and .started the pid of its program.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $tell = sub {
    my ($to) = @_;
    return qq{.cleanup = SHELL("env | grep -E '^(SERVICE|EXIT)_|^MAINPID' | sort >$dir/$to")};
};
my $main = sub { my ($to) = @_; return qq{SHELL("echo \$MAINPID \${SERVICE_RESULT-none} >$dir/$to")} };
my $waits = 'while :; do sleep 0.02; done';

my $s = session(supervisord => supervisord('told', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .retry = RETRY_NEVER,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("code", .run = SHELL("exit 3"), @{[$tell->('code')]}),
	SERVICE("good", .target = DOWN, .success = LIST("3"), .run = SHELL("exit 3"), @{[$tell->('good')]}),
	SERVICE("signal", .run = SHELL("kill -USR1 \$\$"), @{[$tell->('signal')]}),
	SERVICE("number", .run = EXEC("/usr/bin/perl", "-e", "kill 40, \$\$; sleep 9"), @{[$tell->('number')]}),
	SERVICE("setup", .setup = SHELL("exit 4"), .run = EXEC("/bin/true"), @{[$tell->('setup')]}),
	SERVICE("stopped", .run = EXEC("/bin/sleep", "1000"), @{[$tell->('stopped')]}),
	SERVICE("stubborn", .max_stop = MILLISECONDS(100), .ready = READY_FD(3),
		.run = SHELL("trap '' TERM; echo >&3; $waits"), @{[$tell->('stubborn')]}),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000"),
		.started = @{[$main->('guarded-started')]}, .reload = @{[$main->('guarded-reload')]},
		@{[$tell->('guarded')]}),
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000"), .started = @{[$main->('started')]},
		.reload = @{[$main->('reload')]}, .stop = SHELL("echo \$MAINPID >$dir/stop; kill -HUP \$MAINPID")),
	SERVICE("speaks", .ready = READY_SD_NOTIFY, .watchdog = SECONDS(600), .ignore = LIST("SIGPIPE"),
		.env = LIST("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), .run = SHELL("exit 5"), @{[$tell->('speaks')]}),
	SERVICE("bare", @{[$tell->('bare')]}),
};

CONNATE();
CONFIG

sub told {
    my ($name, $state, $result, $code, $status, $what) = @_;
    ok($s->becomes($name => $state), "$what: $state");
    is(slurp("$dir/$name"), "EXIT_CODE=$code\nEXIT_STATUS=$status\nSERVICE_RESULT=$result\n", "$what: it is told");
    return;
}

sub ends { my ($name, @ending) = @_; $s->ctl(up => $name); return told($name, 'failed', @ending) }

ends('code',   'exit-code', 'exited', 3,      'an exit code');
ends('good',   'success',   'exited', 3,      'one that is good');
ends('signal', 'signal',    'killed', 'USR1', 'a signal');
ends('number', 'signal',    'killed', 40,     'a signal without a name');
ends('setup',  'exit-code', 'exited', 4,      'a set-up');
ends('speaks', 'exit-code', 'exited', 5,      'a service that speaks, with a rare word');
my @down = (['stopped', 'success', 'killed', 'TERM'], ['stubborn', 'timeout', 'killed', 'KILL'],
    ['guarded', 'success', 'killed', 'TERM']);
for (@down) {
    my ($name, @ending) = @$_;
    is(($s->ctl(qw(up -w -t 60), $name))[0], 0, "given $name");
    if ($name eq 'guarded') {
        my $pid = $s->field(pid => $name);
        is(slurp("$dir/guarded-started"), "$pid none\n", '.started: the pid of the program, not of its guard');
        is(($s->ctl(reload => $name))[0], 0, 'its reload');
        is(slurp("$dir/guarded-reload"), "$pid none\n", 'the same');
    }
    $s->kill_supervisord if $name eq 'stopped';
    is(($s->ctl(qw(down -w -t 60), $name))[0], 0, 'it is brought down');
    told($name, 'down', @ending, $name);
}
is(($s->ctl(qw(up -w -t 60 plain)))[0], 0, 'given one with commands');
my $pid = $s->field(pid => 'plain');
is(($s->ctl(qw(reload plain)))[0], 0, 'reload');
is(($s->ctl(qw(down -w -t 60 plain)))[0], 0, 'down');
is(slurp("$dir/started"), "$pid none\n", '.started is told the pid');
is(slurp("$dir/reload"), "$pid none\n", 'so is .reload');
is(slurp("$dir/stop"), "$pid\n", 'and .stop');
unlike($s->log, qr/plain: the command/, 'which needs no other to end the program');
is(($s->ctl(qw(up -w -t 60 bare)))[0], 0, 'given one of which no process has ended');
is(($s->ctl(qw(down -w -t 60 bare)))[0], 0, 'its clean-up');
is(slurp("$dir/bare"), '', 'is told nothing');
is($s->stop, 0, 'the end');
done_testing();
