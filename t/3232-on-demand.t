#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .on_demand: the first connection starts the service, the next one does when it has
# ended by itself; one that was asked to be down stays so; and nothing is awake while
# nobody connects.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Socket::INET;
use Server;
use Test::More;

my $dir   = scratch();
my $taken = free_port();
my $holder = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $taken, Listen => 1) or die $!;
my %fields = (once => '.target = ONCE', done => '.retry = RETRY_DOUBLING(.on_failure_only = true)',
    guarded => '.target = ONCE, .stop_all = true', down => '.target = DOWN', lifted => '');

sub configuration {
    my ($name, $more) = @_;
    my $rows = join '', map {
        my $server = server("$dir/$_");
        qq{	SERVICE("$_", $server, .on_demand = true, .listen = LIST("unix:$dir/$_.sock"), $fields{$_}),\n}
    } sort keys %fields;
    my $late = server("$dir/late");
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .max_stop = SECONDS(60),
#include <connate/config.h>

static const struct service services[] = {
$rows$more
	SERVICE("needs", .target = DOWN, .needs = LIST("lifted"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("late", $late, .on_demand = true, .listen = LIST("tcp:127.0.0.1:$taken")),
};

CONNATE();
CONFIG
}

my $s = session(supervisord => configuration('demand', ''));
is($s->field(state => $_), 'down', "$_ is down") for sort keys %fields;
ok($s->becomes('late', 'retrying'), 'one whose socket cannot be opened is tried again');
$holder->close;
ok($s->becomes('late', 'up'), 'until it can');

# Nothing is done while nobody connects.
sub switches {
    my ($pid) = @_;
    my ($own) = slurp("/proc/$pid/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m;
    return $own;
}
my $settled = 0;
wait_until {
    my $before = switches($s->header->{supervisord});
    select undef, undef, undef, 1;
    $settled = switches($s->header->{supervisord}) == $before;
} 'a second without a wake-up of supervisord';
ok($settled, 'supervisord sleeps while they wait');

# The first connection, and each one after an end by itself
for my $name (qw(once done guarded down)) {
    for my $time (1, 2) {
        my $pid = ask("$dir/$name.sock", $name eq 'down' ? 'hello' : 'bye');
        like($pid, qr/^\d+$/, "$name: connection $time is answered");
        my $then = $name eq 'down' ? 'up' : 'down';
        ok($s->becomes($name, $then), "$name: it is $then then");
    }
}
my $pid = $s->field(pid => 'down');
ask("$dir/down.sock") for 1 .. 20;
is($s->field(pid => 'down'), $pid, 'while it runs connections start nothing');

# Down
$s->ctl(down => 'down');
ok($s->becomes('down', 'down'), 'it is asked to be down');
my $waiting = IO::Socket::UNIX->new(Peer => "$dir/down.sock");
syswrite $waiting, 'x';
$s->ctl(down => 'done');    # it is down already
my $idle = IO::Socket::UNIX->new(Peer => "$dir/done.sock");
syswrite $idle, 'x';
ask("$dir/once.sock", 'bye');
ok($s->becomes('once', 'down'), 'others are started');
is($s->field(state => $_), 'down', "$_: a connection does not start it") for qw(down done);
my $before = $s->kill_supervisord;
wait_until { ($s->header->{supervisord} // 0) != $before } 'the next supervisord';
ask("$dir/once.sock", 'bye');
is($s->field(state => $_), 'down', "$_: nor does it for the next supervisord") for qw(down done);
my $next = configuration('next', qq{	SERVICE("new", .run = EXEC("/bin/sleep", "1000")),});
is(($s->ctl('exec', $next))[0], 0, 'an upgrade');
is(ask("$dir/once.sock", 'bye') =~ /^\d+$/, 1, 'others are started by connections still');
is($s->field(state => $_), 'down', "$_: nor does it after an upgrade") for qw(down done);
$s->ctl(up => 'down', 'done');
sysread $waiting, my $answer, 100;
like($answer, qr/^\d+$/, 'after conctl up who waited is answered');
sysread $idle, $answer, 100;
is(ask("$dir/done.sock", 'bye') =~ /^\d+$/, 1, 'also the other one');
ok($s->becomes('done', 'down'), 'it ends by itself');
like(ask("$dir/done.sock", 'bye'), qr/^\d+$/, 'and a connection starts it again');

# Without a supervisord; and by a need
ok($s->becomes('once', 'down'), 'it is down');
freeze($s->header->{supervisord});
my $early = IO::Socket::UNIX->new(Peer => "$dir/once.sock");
syswrite $early, 'bye';
$before = $s->kill_supervisord;
sysread $early, $answer, 100;
like($answer, qr/^\d+$/, 'who has connected while supervisord was dead is answered');
$s->ctl(up => 'needs');
ok($s->becomes('needs', 'up'), 'what needs it starts it');
is($s->field(state => 'lifted'), 'up', 'without a connection');

# The end
my $last = IO::Socket::UNIX->new(Peer => "$dir/guarded.sock");
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
