#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every time-out, FOREVER included, and a stop in each state that a service may
# be in. FOREVER is shown beside one that has a time-out: when that is over,
# the other still is where it was.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir   = scratch();
my $short = 'MILLISECONDS(100)';

# A program that records its pid and the signals that it gets. Its reaction to
# SIGTERM: end with 0, or nothing.
sub noting {
    my ($name, $on_term) = @_;
    return qq{SHELL("trap 'echo $name-term >>$dir/story; $on_term' TERM;"
		" echo \$\$ >$dir/$name.pid; while :; do sleep 0.02; done")};
}
sub obeys  { return noting($_[0], 'exit 0') }
sub defies { return noting($_[0], '') }

# A program that ends when there is a file.
sub until_file { return qq{SHELL("while [ ! -e $dir/$_[0] ]; do sleep 0.02; done")} }

sub clean { return qq{.cleanup = SHELL("echo $_[0]-clean >>$dir/story"), .max_cleanup = SECONDS(60)} }

my $s = session(
    supervisord => supervisord('timeouts', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .retry = RETRY_NEVER, \\
	.max_setup = $short, .max_ready = $short, .max_stop = $short, \\
	.max_cleanup = $short,
#include <connate/config.h>

static const struct service services[] = {
	/* .max_setup */
	SERVICE("setup-late", .setup = @{[ obeys('setup-late') ]},
		.max_stop = SECONDS(60), @{[ clean('setup-late') ]}),
	SERVICE("setup-defies", .setup = @{[ defies('setup-defies') ]},
		@{[ clean('setup-defies') ]}),
	SERVICE("setup-forever", .setup = @{[ obeys('setup-forever') ]},
		.max_setup = FOREVER, .max_stop = SECONDS(60)),

	/* .max_ready */
	SERVICE("ready-late", .run = @{[ obeys('ready-late') ]},
		.ready = READY_NOTIFY, .max_stop = SECONDS(60),
		@{[ clean('ready-late') ]}),
	SERVICE("ready-defies", .run = @{[ defies('ready-defies') ]},
		.ready = READY_NOTIFY),
	SERVICE("ready-forever", .run = @{[ obeys('ready-forever') ]},
		.ready = READY_NOTIFY, .max_ready = FOREVER,
		.max_stop = SECONDS(60)),

	SERVICE("stalled", .run = @{[ obeys('stalled') ]},
		.ready = READY_NOTIFY, .max_ready = SECONDS(8),
		.max_stop = SECONDS(60)),

	/* .max_stop */
	SERVICE("stop-late", .run = @{[ defies('stop-late') ]},
		@{[ clean('stop-late') ]}),
	SERVICE("stop-forever", .run = @{[ defies('stop-forever') ]},
		.max_stop = FOREVER),

	/* .max_cleanup */
	SERVICE("clean-late", .run = EXEC("/bin/sleep", "1000"),
		.cleanup = @{[ obeys('clean-late') ]}),
	SERVICE("clean-forever", .run = EXEC("/bin/sleep", "1000"),
		.cleanup = @{[ until_file('cleaned') ]}, .max_cleanup = FOREVER),

	/* Without .run */
	SERVICE("set-up", .setup = SHELL("echo set-up >>$dir/story"),
		@{[ clean('set-up') ]}),
	SERVICE("nothing"),
	SERVICE("clean-only", @{[ clean('clean-only') ]}),
	SERVICE("on-set-up", .needs = LIST("set-up"),
		.run = EXEC("/bin/sleep", "1000"), @{[ clean('on-set-up') ]}),

	/* A stop in each state */
	SERVICE("in-setup", .setup = @{[ obeys('in-setup') ]},
		.max_setup = FOREVER, .run = EXEC("/bin/sleep", "1000"),
		.max_stop = SECONDS(60), @{[ clean('in-setup') ]}),
	SERVICE("in-start", .run = @{[ obeys('in-start') ]},
		.ready = READY_NOTIFY, .max_ready = FOREVER,
		.max_stop = SECONDS(60), @{[ clean('in-start') ]}),
	SERVICE("in-clean", .run = EXEC("/bin/sleep", "1000"),
		.cleanup = @{[ until_file('in-clean.go') ]},
		.max_cleanup = FOREVER),
	SERVICE("waits", .needs = LIST("setup-forever"),
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("retries", .setup = SHELL("exit 1"),
		.retry = RETRY_FIXED(.after = SECONDS(1000))),
	SERVICE("again", .run = @{[ obeys('again') ]}, .max_stop = SECONDS(60),
		@{[ clean('again') ]}),
};

CONNATE();
CONFIG

sub ctl     { my ($code) = $s->ctl(@_); return $code }
sub becomes { my ($name, $state) = @_; return ok($s->becomes(@_), "$name is $state") }
sub state   { return $s->field(state => $_[0]) }
sub pid     { return $s->records->{ $_[0] }{pid} }
sub told    { my ($word) = @_; return scalar grep { $_ eq $word } split /\n/, slurp("$dir/story") }
sub runs    { my ($name) = @_; return wait_until { -s "$dir/$name.pid" } "$name to run" }

# The process that has recorded its pid has ended.
sub gone {
    my ($name) = @_;
    my $pid = slurp("$dir/$name.pid") =~ s/\s//r;
    return eventually { !alive($pid) } "$name has ended";
}

sub status { my (undef, $out) = $s->ctl(status => @_); return $out }

sub down_in {
    my ($name, $state) = @_;
    becomes($name => $state);
    is(ctl(qw(down -w -t 60), $name), 0, "$name goes down while it is $state");
    is(state($name), 'down', 'and is');
    return;
}

subtest '.max_setup' => sub {
    ctl(qw(up setup-forever setup-late setup-defies));
    becomes($_ => 'failed') for qw(setup-late setup-defies);
    is($s->field(code => 'setup-defies'), 137, 'it is killed after .max_stop');
    gone('setup-defies');
    is(told("$_-clean"), 1, "$_: cleaned up") for qw(setup-late setup-defies);
    like(status('setup-late'), qr/took too long/, 'that is said');
    is(state('setup-forever'), 'setting-up', 'FOREVER is longer');
    runs('setup-forever');
    down_in('setup-forever', 'setting-up');
    is(told('setup-forever-term'), 1, 'by SIGTERM');
};

subtest '.max_ready' => sub {
    ctl(qw(up ready-forever ready-late ready-defies));
    becomes($_ => 'failed') for qw(ready-late ready-defies);
    is($s->field(code => 'ready-defies'), 137, 'it is killed after .max_stop');
    gone('ready-defies');
    is(told('ready-late-clean'), 1, 'cleaned up');
    like(status('ready-late'), qr/took too long/, 'that is said');
    is(state('ready-forever'), 'starting', 'FOREVER is longer');
    is(ctl(qw(ready ready-forever)), 0, 'and not too long');
    becomes('ready-forever' => 'up');
    runs('ready-forever');
    is(ctl(qw(down -w -t 60 ready-forever)), 0, 'it goes down');
    is(told('ready-forever-term'), 1, 'by SIGTERM');
};

subtest 'time for which supervisord was stopped does not count' => sub {
    ctl(qw(up stalled));
    runs('stalled');
    my $since       = Connate::now_ms();
    my $supervisord = $s->header->{supervisord};
    freeze($supervisord);
    wait_until { Connate::now_ms() > $since + 9000 } 'its time to be over';
    kill 'CONT', $supervisord;
    ctl(qw(up -w -t 60 set-up));
    is(state('stalled'), 'starting', 'it has its time still');
    is(ctl(qw(ready stalled)), 0, 'and becomes ready');
    becomes(stalled => 'up');
    is(ctl(qw(down -w -t 60 stalled set-up)), 0, 'it goes down');
    unlink "$dir/story";
};

subtest '.max_stop' => sub {
    ctl(qw(up -w -t 60 stop-late stop-forever));
    runs($_) for qw(stop-late stop-forever);
    ctl(qw(down stop-forever stop-late));
    becomes('stop-late' => 'down');
    is($s->field(code => 'stop-late'), 137, 'it was killed');
    is(told('stop-late-clean'), 1, 'and cleaned up');
    is(state('stop-forever'), 'stopping', 'FOREVER is longer');
    eventually { told('stop-forever-term') == 1 } 'it was asked';
    ok(alive(pid('stop-forever')), 'and lives');
    kill 'KILL', pid('stop-forever');
    becomes('stop-forever' => 'down');
};

subtest '.max_cleanup' => sub {
    ctl(qw(up -w -t 60 clean-late clean-forever));
    ctl(qw(down clean-forever clean-late));
    becomes('clean-late' => 'down');
    is($s->field(code => 'clean-late'), 137, 'the clean-up was killed');
    is(told('clean-late-term'), 0, 'at once');
    is(state('clean-forever'), 'cleaning-up', 'FOREVER is longer');
    spew("$dir/cleaned", '');
    becomes('clean-forever' => 'down');
};

subtest 'without .run' => sub {
    ctl(qw(up -w -t 60 on-set-up));
    is(state('set-up'), 'up', 'up when its set-up has ended');
    is($s->field(pid => 'set-up'), '-', 'without a process');
    is(told('set-up'), 1, 'it was done once');
    is(ctl(qw(up -w -t 60 set-up)), 0, 'asked up again');
    is(told('set-up'), 1, 'it is not done again');
    is(ctl(qw(restart -w -t 60 set-up)), 0, 'restarted');
    is(told('set-up'), 2, 'it is');
    becomes('on-set-up' => 'up');
    is(ctl(qw(down -w -t 60 set-up)), 0, 'asked down');
    is(told('set-up-clean'), 2, 'its clean-up undoes it each time');
    like(slurp("$dir/story"), qr/on-set-up-clean\nset-up-clean\n\z/,
        'when no service needs it any more');
    for my $name (qw(nothing clean-only)) {
        is(ctl(qw(up -w -t 60),   $name), 0, "$name comes up");
        is(ctl(qw(down -w -t 60), $name), 0, 'and goes down');
    }
    is(told('clean-only-clean'), 1, 'a clean-up may be all there is');
    is(ctl(qw(once -w -t 60 nothing)), 0, 'once');
    eventually { $s->field(target => 'nothing') eq 'down' } 'is done when it is up';
};

subtest 'a stop in each state' => sub {
    ctl(qw(up in-setup in-start));
    runs($_) for qw(in-setup in-start);
    down_in('in-setup', 'setting-up');
    is(told('in-setup-term'),  1, 'by SIGTERM');
    is(told('in-setup-clean'), 1, 'and is cleaned up');
    down_in('in-start', 'starting');
    is(told('in-start-term'),  1, 'by SIGTERM');
    is(told('in-start-clean'), 1, 'and is cleaned up');
    ctl(qw(up waits));
    down_in('waits', 'waiting-to-start');
    is(state('setup-forever'), 'setting-up', 'what it waited for goes on');
    ctl(qw(down -w -t 60 setup-forever));
    ctl(qw(up retries));
    down_in('retries', 'retrying');
    is(ctl(qw(up -t 60 setup-late)), 0, 'one that has failed');
    down_in('setup-late', 'failed');
};

subtest 'up in each state of a stop' => sub {
    ctl(qw(up -w -t 60 in-clean));
    my $pid = pid('in-clean');
    ctl(qw(down in-clean));
    becomes('in-clean' => 'cleaning-up');
    ctl(qw(up in-clean));
    is(state('in-clean'), 'cleaning-up', 'a clean-up is not cut short');
    spew("$dir/in-clean.go", '');
    becomes('in-clean' => 'up');
    isnt(pid('in-clean'), $pid, 'by another process');
    ctl(qw(up -w -t 60 again));
    runs('again');
    $pid = pid('again');
    ctl(qw(restart -w -t 60 again));
    isnt(pid('again'), $pid, 'a restart, too');
    is(told('again-term'),  1, 'it was asked to end');
    is(told('again-clean'), 1, 'and cleaned up');
    is($s->field(target => 'again'), 'up', 'then its target is up');
};

subtest 'what was done is not done again' => sub {
    unlink "$dir/in-setup.pid";
    ctl(qw(up in-setup));
    runs('in-setup');
    my $pid = pid('in-setup');
    ok($s->kill_supervisord, 'supervisord is killed while a set-up runs');
    eventually { ($s->header->{starts} // 0) >= 2 } 'and starts again';
    is(pid('in-setup'), $pid, 'it goes on');
    down_in('in-setup', 'setting-up');
};

is($s->stop, 0, 'the end');
done_testing();
