#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate as a service of another manager, which is notified by NOTIFY_SOCKET when
# all services that are to be up are up, around an upgrade, and when the end begins:
# once, by connate itself, even if supervisord is killed; as often as its watchdog
# wants while supervisord works; and no service inherits that socket.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Select;
use Socket;
use Test::More;

my $dir   = scratch();
my $image = supervisord('notifies', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("slow", .setup = SHELL("while [ ! -e $dir/go ]; do sleep 0.02; done"),
		.max_setup = FOREVER),
	SERVICE("last", .needs = LIST("slow"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("fails", .setup = SHELL("exit 1"), .retry = RETRY_NEVER),
	SERVICE("waits", .needs = LIST("fails"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("away", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG

sub listen_at {
    my ($name) = @_;
    socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
    bind $socket, pack_sockaddr_un($name =~ s/^\@/\0/r) or die "bind: $!";
    chmod 0777, $name;
    return $socket;
}

# The message that was received, or nothing.
sub heard {
    my ($socket, $seconds) = @_;
    return '' if !IO::Select->new($socket)->can_read($seconds);
    defined recv $socket, my $text, 4096, 0 or die "recv: $!";
    return $text;
}

# READY=1 may come more than once: each supervisord has it said.
sub heard_next {
    my ($socket) = @_;
    my $text;
    do { $text = heard($socket, 60) } while $text eq 'READY=1';
    return $text;
}

sub heard_reload {
    my ($socket, $what) = @_;
    like(heard_next($socket), qr/^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*$/, "$what: that is said before");
    return is(heard($socket, 60), 'READY=1', 'and when it is done');
}

sub begin {
    my ($name) = @_;
    unlink "$dir/go";
    return session(supervisord => $image, env => { NOTIFY_SOCKET => $name });
}

for my $name ("$dir/notify", "\@connate-$$") {
    my $socket = listen_at($name);
    my $s      = begin($name);
    ok($s->becomes(fails => 'failed'),             "$name: one fails, and nothing comes of it any more");
    ok($s->becomes(waits => 'waiting-to-start'),   'nor of one that needs it');
    is($s->field(state => 'slow'), 'setting-up',   'but another is on its way');
    ok($s->kill_supervisord, 'supervisord is killed');
    eventually { $s->header->{starts} == 2 } 'and succeeded';
    is(heard($socket, 0), '', 'nothing is said yet');
    spew("$dir/go", '');
    is(heard($socket, 60), 'READY=1', 'all is up, as far as it can be: that is said');
    is($s->field(state => 'last'), 'up', 'and so');
    my $environment = slurp('/proc/' . $s->field(pid => 'last') . '/environ');
    like($environment, qr/\0PATH=/, 'a service has our environment');
    unlike($environment, qr/NOTIFY_SOCKET/, 'but for that');
    is(($s->ctl('exec'))[0], 0, 'another image takes over');
    heard_reload($socket, 'conctl exec');
    kill 'HUP', $s->{pid};
    heard_reload($socket, 'SIGHUP');
    is(($s->ctl('exec', '--pid1'))[0], 0, 'and one of connate');
    is($s->stop, 0, 'the end');
    my @last;
    while (my $text = heard($socket, 0)) { push @last, $text }
    is_deeply([ grep { !/^(?:READY=1|EXTEND_TIMEOUT_USEC=\d+)$/ } @last ], ['STOPPING=1'], 'which is said');
}

# A listener that has no room
{
    my $name   = "$dir/full";
    my $socket = listen_at($name);
    socket my $other, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
    $other->blocking(0);
    connect $other, pack_sockaddr_un($name) or die "connect: $!";
    my $filled = 0;
    $filled++ while defined send $other, 'filler', 0;
    my $s = begin($name);
    spew("$dir/go", '');
    ok($s->becomes(last => 'up'), "no room for what is to be said: all is up");
    is(($s->ctl('exec', '--pid1'))[0], 0, 'connate becomes itself again');
    heard($socket, 0) for 1 .. $filled;
    is(heard($socket, 60), 'READY=1', 'it is said when there is room');

    # The successor of connate has the same parent.
    my $successor = $s->header->{supervisord};
    kill 'KILL', $s->{pid};
    waitpid delete $s->{child}, 0;
    $s->{pid} = $successor;
    eventually { comm($successor) eq 'connate' && $s->header->{supervisord} != $successor }
    'connate is killed, and succeeded';
    is(heard_next($socket), "READY=1\nMAINPID=$successor", 'its successor says it, too, and who it is');
    kill 'TERM', $successor;
    eventually { !alive($successor) } 'it ends';
}

# A watchdog, which supervisord answers
{
    my $name   = "$dir/watched";
    my $socket = listen_at($name);
    unlink "$dir/go";
    my $s = session(supervisord => $image, env => { NOTIFY_SOCKET => $name, WATCHDOG_USEC => 200000 });
    is(heard($socket, 60), 'WATCHDOG=1', 'a watchdog is answered before all is up') for 1 .. 3;
    spew("$dir/go", '');
    ok($s->becomes(last => 'up'), 'all is up');
    unlike(slurp('/proc/' . $s->field(pid => 'last') . '/environ'), qr/WATCHDOG_USEC/, 'no service inherits it');
    my $supervisord = $s->header->{supervisord};
    ok(freeze($supervisord), 'supervisord is stopped');
    1 while heard($socket, 0) ne '';
    is(heard($socket, 1), '', 'then it is not answered');
    kill 'CONT', $supervisord;
    is(heard_next($socket), 'WATCHDOG=1', 'it is when supervisord goes on');
    ok($s->kill_supervisord, 'supervisord is killed');
    eventually { $s->header->{starts} == 2 } 'and succeeded';
    1 while heard($socket, 0) ne '';
    is(heard_next($socket), 'WATCHDOG=1', 'its successor answers');
    is($s->stop, 0, 'it ends');
}

# The end takes long
{
    my $name   = "$dir/ends";
    my $socket = listen_at($name);
    my $ends   = supervisord('ends', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("late", .max_stop = FOREVER,
		.run = SHELL("trap 'while [ ! -e $dir/end ]; do sleep 0.02; done; exit' TERM; "
			"echo >$dir/trapped; while :; do sleep 0.02; done")),
};
CONNATE();
CONFIG
    my $s = session(supervisord => $ends, env => { NOTIFY_SOCKET => $name });
    eventually { -e "$dir/trapped" } 'a service that takes long to stop';
    is(heard($socket, 60), 'READY=1', 'it is up');
    kill 'TERM', $s->{pid};
    is(heard($socket, 60), 'STOPPING=1', 'the end is said when it begins');
    is($s->field(state => 'late'), 'stopping', 'and not when the services are down');
    spew("$dir/end", '');
    is($s->stop, 0, 'it ends');
    is(heard($socket, 0), '', 'no more is said');
}

# The end takes less long than the services may
{
    my $name   = "$dir/extends";
    my $socket = listen_at($name);
    my $ends   = supervisord('extends', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("late", .max_stop = SECONDS(1000),
		.run = SHELL("trap 'while [ ! -e $dir/over ]; do sleep 0.02; done; exit' TERM; "
			"echo >$dir/trapped.too; while :; do sleep 0.02; done")),
};
CONNATE(.max_rest = SECONDS(100));
CONFIG
    my $s = session(supervisord => $ends, env => { NOTIFY_SOCKET => $name });
    eventually { -e "$dir/trapped.too" } 'a service that may take long to stop';
    is(heard($socket, 60), 'READY=1', 'it is up');
    kill 'TERM', $s->{pid};
    is(heard($socket, 60), 'STOPPING=1', 'the end is said when it begins');
    my ($us) = heard($socket, 60) =~ /^EXTEND_TIMEOUT_USEC=(\d+)$/;
    cmp_ok($us // 0, '>', 1000e6, 'and how long it may take');
    cmp_ok($us // 0, '<', 1200e6, 'with what comes behind it');
    ok($s->kill_supervisord, 'supervisord is killed');
    eventually { $s->header->{starts} == 2 } 'and succeeded';
    spew("$dir/over", '');
    is($s->stop, 0, 'it ends');
    my @last;
    while (my $text = heard($socket, 0)) { push @last, $text }
    cmp_ok(scalar(@last), '<', 3, 'which is said once by each supervisord');
}

# No process listens
for my $name ("$dir/nobody", 'vsock:2:1', '/' . 'long' x 50) {
    my $s = begin($name);
    spew("$dir/go", '');
    ok($s->becomes(last => 'up'), 'no listener at ' . substr($name, 0, 20) . ': no harm');
    is($s->log =~ s/^supervisord: fails: .*\n//r, '', 'and no word');
    is($s->stop, 0, 'it ends');
}
done_testing();
