#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The life of services: set-up, readiness, order, clean-up, time-outs,
# retries, targets.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir   = scratch();
my $sleep = 'EXEC("/bin/sleep", "1000")';
my $top   = $ENV{top_builddir} // "$FindBin::Bin/..";

# A shell command that first adds its word to the story.
sub says {
    my ($word, $then) = @_;
    return qq{SHELL("echo $word >>$dir/story; } . ($then // 'exit 0') . '")';
}

my $s = session(
    supervisord => supervisord('phases', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, \\
	.retry = RETRY_FIXED(.after = MILLISECONDS(20), .attempts = 2),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("full", .setup = @{[ says('setup') ]},
		.run = @{[ says('run', 'exec sleep 1000') ]},
		.cleanup = @{[ says('cleanup') ]}),
	SERVICE("base", .run = @{[ says('base', 'exec sleep 1000') ]},
		.cleanup = @{[ says('base-gone') ]}),
	SERVICE("top", .needs = LIST("base"),
		.run = @{[ says('top', 'exec sleep 1000') ]},
		.cleanup = @{[ says('top-gone') ]}),
	SERVICE("bad-setup", .setup = SHELL("exit 7"), .run = $sleep),
	SERVICE("slow-setup", .setup = $sleep, .max_setup = MILLISECONDS(50)),
	SERVICE("notifies", .ready = READY_NOTIFY,
		.run = SHELL("while [ ! -e $dir/prepared ]; do sleep 0.02; done;"
			" $top/conctl/conctl ready || exit 9; exec sleep 1000")),
	SERVICE("never-ready", .ready = READY_NOTIFY, .run = $sleep,
		.max_ready = MILLISECONDS(50)),
	SERVICE("stubborn", .max_stop = MILLISECONDS(200),
		.run = SHELL("trap '' TERM; echo x >$dir/trapped;"
			" while :; do sleep 0.1; done")),
	SERVICE("hup", .stop = SIGNAL(SIGHUP),
		.run = SHELL("trap 'echo got-hup >>$dir/story; exit 0' HUP;"
			" trap '' TERM; echo x >$dir/hup;"
			" while :; do sleep 0.05; done")),
	SERVICE("job", .run = @{[ says('job') ]}),
	SERVICE("setup-job", .setup = @{[ says('setup-job') ]}),
	SERVICE("bad-job", .run = SHELL("exit 3")),
	SERVICE("until-ok", .run = SHELL("[ -e $dir/ok ]"),
		.retry = RETRY_FIXED(.after = MILLISECONDS(20),
			.on_failure_only = true)),
	SERVICE("wanter", .wants = LIST("hopeless"), .run = $sleep),
	SERVICE("hopeless", .setup = EXEC("/bin/false")),
	SERVICE("second", .after = LIST("first"), .run = $sleep),
	SERVICE("first", .max_setup = FOREVER,
		.setup = SHELL("while [ ! -e $dir/go ]; do sleep 0.02; done")),
	SERVICE("cat", .conflicts = LIST("dog"), .run = $sleep),
	SERVICE("dog", .run = $sleep),
	SERVICE("pets", .groups = LIST("dog", "fish")),
	SERVICE("fish", .run = $sleep),
	SERVICE("bound", .binds = LIST("rope"), .run = $sleep),
	SERVICE("rope", .run = $sleep, .healthy = MILLISECONDS(1)),
};

CONNATE();
CONFIG

sub ctl { my ($code) = $s->ctl(@_); return $code }

is(ctl(qw(up -w -t 30 full)), 0, 'set-up, then run');
wait_until { slurp("$dir/story") =~ /run/ } 'the program';
is(ctl(qw(down -w -t 30 full)), 0, 'then clean-up');
is(slurp("$dir/story"), "setup\nrun\ncleanup\n", 'in that order');
is($s->field(state => 'full'), 'down', 'and down');
unlink "$dir/story";

is(ctl(qw(up -w -t 30 top)), 0, 'up pulls up what is needed');
is($s->field(state => 'base'), 'up', 'which is up');
wait_until { slurp("$dir/story") =~ /top/ } 'top runs';
is(ctl(qw(down -w -t 30 base)), 0, 'down pushes down what needs it');
is($s->field(target => 'top'), 'down', 'by its target');
like(slurp("$dir/story"), qr/top-gone\nbase-gone\n\z/, 'in reverse order');
unlink "$dir/story";

is(ctl(qw(up -w -t 30 top)), 0, 'up again');
my @before = map { $s->field(pid => $_) } qw(base top);
is(ctl(qw(restart -w -t 30 base)), 0, 'restart');
ok($s->becomes(top => 'up'), 'takes along what needs it');
my @after = map { $s->field(pid => $_) } qw(base top);
isnt($after[$_], $before[$_], 'a new process') for 0, 1;
is(ctl(qw(down -w -t 30 base)), 0, 'down');

is(ctl(qw(up -w -t 30 bad-setup)), 1, 'a set-up that fails');
is($s->field(state => 'bad-setup'), 'failed', 'fails the service');
is($s->field(code => 'bad-setup'), 7, 'with its exit code');
is($s->field(attempt => 'bad-setup'), 2, 'after two attempts');
is(ctl(qw(up -w -t 30 slow-setup)), 1, 'a set-up that takes too long');
is($s->field(state => 'slow-setup'), 'failed', 'is stopped');

is(ctl(qw(up -w -t 0.3 notifies)), 124, 'one that is not ready yet is waited for');
is($s->field(state => 'notifies'), 'starting', 'it is starting');
spew("$dir/prepared", '');
is(ctl(qw(wait -t 30 up notifies)), 0, 'conctl ready makes it up');
is(ctl(qw(up -w -t 30 never-ready)), 1, 'a service that is never ready');
is($s->field(state => 'never-ready'), 'failed', 'fails');

is(ctl(qw(up -w -t 30 stubborn)), 0, 'one that ignores SIGTERM');
wait_until { -e "$dir/trapped" } 'the trap';
is(ctl(qw(down -w -t 30 stubborn)), 0, 'is killed');
is($s->field(code => 'stubborn'), 128 + 9, 'by SIGKILL');

is(ctl(qw(up -w -t 30 hup)), 0, '.stop');
wait_until { -e "$dir/hup" } 'the trap';
is(ctl(qw(down -w -t 30 hup)), 0, 'may be another signal');
like(slurp("$dir/story"), qr/got-hup/, 'which it gets');

is(ctl(qw(once -w -t 30 job)), 0, 'once: it ends well');
is($s->field(state => 'job'), 'down', 'and is down');
is($s->records->{job}{exits}, 1, 'after one run');
is(ctl(qw(once -w -t 30 setup-job)), 0, 'once, without a program: it is done when it is up');
is($s->field(state => 'setup-job'), 'down', 'and is down');
is(ctl(qw(once -w -t 30 bad-job)), 1, 'once: it fails');
is($s->records->{'bad-job'}{exits}, 1, 'and is not tried again');

is(ctl(qw(up until-ok)), 0, 'on failure only');
eventually { $s->records->{'until-ok'}{exits} >= 3 } 'it is tried again while it fails';
spew("$dir/ok", '');
ok($s->becomes('until-ok' => 'down'), 'and done when it does not');
is($s->field(target => 'until-ok'), 'down', 'its target is down then');

is(ctl(qw(up -w -t 30 wanter)), 0, 'what is only wanted may fail');
is($s->field(state => 'hopeless'), 'failed', 'as it did');

is(ctl(qw(up second first)), 0, 'after');
ok($s->becomes(first => 'setting-up'), 'the first one is on its way');
is($s->field(state => 'second'), 'waiting-to-start', 'and is waited for');
spew("$dir/go", '');
ok($s->becomes(second => 'up'), 'until it is up');

is(ctl(qw(up -w -t 30 dog)), 0, 'a conflict');
is(ctl(qw(up -w -t 30 cat)), 0, 'the other comes up');
is($s->field(state => 'dog'), 'down', 'and this one goes down');
is(ctl(qw(up -w -t 30 dog)), 0, 'and the other way round');
is($s->field(state => 'cat'), 'down', 'though only one of them says so');
is(ctl(qw(up -w -t 30 pets)), 0, 'a group');
ok($s->becomes($_ => 'up'), "$_ comes up with it") for qw(dog fish);
is(ctl(qw(down -w -t 30 pets)), 0, 'and goes down');
ok($s->becomes($_ => 'down'), "$_ goes down with it") for qw(dog fish);

is(ctl(qw(up -w -t 30 bound)), 0, 'bound');
my $old = $s->field(pid => 'bound');
kill 'KILL', $s->field(pid => 'rope');
eventually {
        my $pid = $s->records->{bound}{pid};
        $pid > 0 && $pid != $old;
    } 'what is bound stops, and comes back with what it binds to';
is(ctl(qw(wait -t 30 up bound)), 0, 'and is up');
is($s->stop, 0, 'the end');
done_testing();
