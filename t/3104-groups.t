#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A stop is for the process group of a service, and ends with it: a wrapper ends
# at the signal at once, and what it has started takes longer. Whichever process
# is killed meanwhile.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();

# A wrapper: its server ends, once it has been told, when there is a file.
sub wrapper {
    my ($name, $server) = @_;
    $server //= "until [ -s $dir/$name.told ] && [ -e $dir/$name.go ]; do sleep 0.02; done";
    my $trap = $server =~ /^while/ ? '' : "echo t >>$dir/$name.told";
    return qq{SHELL("rm -f $dir/$name.told $dir/$name.go; ( trap '$trap' TERM; echo >$dir/$name.ready; $server )"
		" & echo \$! >$dir/$name.server; wait")};
}

spew("$dir/daemon.sh", <<"SCRIPT");
(
    trap 'echo t >>$dir/daemon.told' TERM
    echo >$dir/daemon.ready
    until [ -s $dir/daemon.told ] && [ -e $dir/daemon.go ]; do sleep 0.02; done
) & echo \$! >$dir/daemon.server
wait
SCRIPT

my $s = session(
    supervisord => supervisord('groups', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .retry = RETRY_NEVER, .max_stop = FOREVER,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("waits", .run = @{[ wrapper('waits') ]}),
	SERVICE("again", .run = @{[ wrapper('again') ]},
		.cleanup = SHELL("echo x >>$dir/again.clean")),
	SERVICE("defies", .run = @{[ wrapper('defies', 'while :; do sleep 0.02; done') ]},
		.max_stop = MILLISECONDS(300)),
	SERVICE("commanded", .run = @{[ wrapper('commanded') ]},
		.stop = SHELL("kill -KILL \$(cat $dir/commanded.leader)")),
	SERVICE("leaves", .run = EXEC("/usr/bin/perl", "$FindBin::Bin/lib/leaves.pl", "$dir")),
	SERVICE("by-itself", .run = SHELL("sleep 1000 & echo \$! >$dir/by-itself.server; exit 3")),
	SERVICE("set-up", .setup = @{[ wrapper('set-up') ]}, .max_setup = FOREVER),
	SERVICE("survives", .run = @{[ wrapper('survives') ]}),
	SERVICE("survived", .run = @{[ wrapper('survived') ]}),
	SERVICE("daemon", .ready = READY_DAEMONIZE,
		.run = EXEC("/bin/sh", "-c", "setsid sh $dir/daemon.sh & exit 0")),
	SERVICE("orphan", .run = @{[ wrapper('orphan') ]}),
	SERVICE("orphan-defies", .run = @{[ wrapper('orphan-defies', 'while :; do sleep 0.02; done') ]},
		.max_stop = MILLISECONDS(300)),
};

CONNATE();
CONFIG

sub state  { return $s->field(state => $_[0]) }
sub pid    { return $s->records->{ $_[0] }{pid} }
sub server { my ($name) = @_; return slurp("$dir/$name.server") =~ s/\s//r }

# Up, with its server. The pid of the wrapper.
sub begin {
    my ($name, $state) = @_;
    unlink map { "$dir/$name.$_" } qw(server ready told go);
    $s->ctl(up => $name);
    $s->becomes($name => $state // 'up');
    wait_until { -s "$dir/$name.server" && -e "$dir/$name.ready" } "$name has its server";
    return pid($name);
}

# It is told to stop: the wrapper ends, its server does not.
sub half_stopped {
    my ($name, $wrapper, @verb) = @_;
    $s->ctl(@verb ? @verb : 'down', $name);
    eventually { !alive($wrapper) } "$name: the wrapper has ended";
    eventually { $s->field(pid => $name) eq '-' } 'which is known';
    is(state($name), 'stopping', 'the service has not stopped');
    ok(alive(server($name)), 'as its server goes on');
    return;
}

sub released {
    my ($name, $state) = @_;
    spew("$dir/$name.go", '');
    ok($s->becomes($name => $state // 'down'), "$name has stopped");
    ok(!alive(server($name)), 'when its server has ended');
    return;
}

subtest 'the group is waited for' => sub {
    my $wrapper = begin('waits');
    half_stopped('waits', $wrapper);
    released('waits');
    is($s->field(code => 'waits'), 143, 'how the wrapper has ended is shown');
    is($s->records->{waits}{exits}, 1, 'as one end');
};

subtest 'before it is started again, and cleaned up' => sub {
    my $wrapper = begin('again');
    half_stopped('again', $wrapper, 'restart');
    ok(!-e "$dir/again.clean", 'it is not cleaned up before that');
    my $old = server('again');
    spew("$dir/again.go", '');
    ok($s->becomes(again => 'up'), 'it is up again');
    ok(!alive($old), 'after the first server has ended');
    ok(-e "$dir/again.clean", 'and the clean-up');
    eventually { !-e "$dir/again.go" } 'another server';
    $s->ctl(qw(down again));
    spew("$dir/again.go", '');
    ok($s->becomes(again => 'down'), 'which stops as well');
};

subtest 'what ignores the signal is killed' => sub {
    my $wrapper = begin('defies');
    my $server  = server('defies');
    $s->ctl(down => 'defies');
    ok($s->becomes(defies => 'down'), 'the service has stopped');
    ok(!alive($server), 'its server was killed after .max_stop');
};

subtest 'a command of .stop that ends the wrapper only' => sub {
    my $wrapper = begin('commanded');
    spew("$dir/commanded.leader", $wrapper);
    half_stopped('commanded', $wrapper);
    eventually { -s "$dir/commanded.told" } 'the rest gets SIGTERM';
    released('commanded');
};

subtest 'a process that leaves the group is not waited for' => sub {
    $s->ctl(up => 'leaves');
    $s->becomes(leaves => 'up');
    wait_until { -s "$dir/leaves.server" } 'it has its server';
    my $server = server('leaves');
    $s->ctl(down => 'leaves');
    ok($s->becomes(leaves => 'down'), 'the service has stopped');
    ok(alive($server), 'the process lives in a session of its own');
    kill 'KILL', $server;
};

subtest 'a program that ends by itself leaves its group' => sub {
    $s->ctl(up => 'by-itself');
    ok($s->becomes('by-itself' => 'failed'), 'it has failed at once');
    ok(alive(server('by-itself')), 'what it has left lives');
    kill 'KILL', server('by-itself');
};

subtest 'a set-up' => sub {
    my $wrapper = begin('set-up', 'setting-up');
    half_stopped('set-up', $wrapper);
    released('set-up');
};

subtest 'a daemon behind a guard, five seconds after its last fork' => sub {
    begin('daemon');
    my $daemon = $s->field(pid => 'daemon');
    my $since  = Connate::now_ms();
    wait_until { Connate::now_ms() > $since + 5500 } 'it to be a daemon for good';
    half_stopped('daemon', $daemon);
    released('daemon');
};

subtest 'supervisord is killed while a group is waited for' => sub {
    half_stopped('survives', begin('survives'));
    for (1 .. 2) {
        $s->kill_supervisord;
        $s->wait_ready;
        is(state('survives'), 'stopping', 'its successor waits for it');
    }
    released('survives');
    is($s->field(code => 'survives'), 143, 'how the wrapper has ended is not lost');
    is($s->records->{survives}{exits}, 1, 'one end');
};

subtest 'the wrapper is a child of connate' => sub {
    my %wrapper = map { $_ => begin($_) } qw(orphan orphan-defies);
    my $server  = server('orphan-defies');
    $s->kill_supervisord;
    $s->wait_ready;
    half_stopped('orphan', $wrapper{orphan});
    released('orphan');
    is($s->field(code => 'orphan'), 143, 'how it has ended is known');
    $s->ctl(down => 'orphan-defies');
    ok($s->becomes('orphan-defies' => 'down'), 'the other one has stopped');
    ok(!alive($server), 'its server was killed');
};

subtest 'supervisord executes itself while a group is waited for' => sub {
    half_stopped('survived', begin('survived'));
    is(($s->ctl('exec'))[0], 0, 'it does');
    is(state('survived'), 'stopping', 'it waits still');
    released('survived');
};

$s->stop;
done_testing;
