#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .listen: sockets of all kinds are open before their services, are passed to them, and
# stay through restarts, deaths and upgrades; one that cannot be opened holds up its
# service alone, until it can.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Server;
use Socket;
use Test::More;

my $dir  = scratch();
my ($tcp, $udp, $taken) = map { free_port() } 1 .. 3;
my $holder = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $taken, Listen => 1) or die $!;

sub configuration {
    my ($name, $more) = @_;
    my ($all, $guarded, $late) = map { server("$dir/$_") } qw(all guarded late);
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(20)),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("all", $all, .listen = LIST("tcp:127.0.0.1:$tcp,backlog=100",
		"udp:127.0.0.1:$udp,name=datagrams", "unix:$dir/stream,mode=0640",
		"unix-dgram:$dir/dgram", "unix-seqpacket:\@connate-test-$$,name=packets")),
	SERVICE("guarded", $guarded, .stop_all = true, .listen = LIST("unix:$dir/guarded.sock")),
	SERVICE("late", $late, .listen = LIST("tcp:127.0.0.1:$taken")),
	SERVICE("none", .run = EXEC("/bin/sleep", "1000")),
$more
};

CONNATE();
CONFIG
}

# What a server says that it was given.
sub given { my ($file) = @_; return { slurp($file) =~ /^([A-Za-z_]+)=(.*)$/mg } }
sub sockets { my ($file) = @_; return [ grep { /^\d+ / } split /\n/, slurp($file) ] }
sub hex_in { my ($port) = @_; return unpack 'H*', pack_sockaddr_in($port, inet_aton('127.0.0.1')) }
sub hex_un { my ($path) = @_; return unpack 'H*', pack('S', AF_UNIX) . $path }

my $gone = server("$dir/gone");
my $s = session(supervisord => configuration('listen', <<"MORE"));
	SERVICE("gone", $gone, .listen = LIST("unix:$dir/gone.sock")),
	SERVICE("idle", .target = DOWN, $gone, .listen = LIST("unix:$dir/idle.sock,backlog=5")),
MORE

# What the service gets
eventually { -e "$dir/all" } 'the server runs';
my $all = given("$dir/all");
is($all->{LISTEN_FDS}, 5, 'it has five sockets');
is($all->{LISTEN_PID}, $all->{pid}, 'they are for its process');
is($all->{LISTEN_FDNAMES}, 'all:datagrams:all:all:packets', 'each has a name');
like($all->{open}, qr/^3 4 5 6 7(?: \d+){0,2}$/, 'they begin at 3');
is_deeply(sockets("$dir/all"), [
    '1 ' . hex_in($tcp), '2 ' . hex_in($udp), '1 ' . hex_un("$dir/stream\0"), '2 ' . hex_un("$dir/dgram\0"),
    '5 ' . hex_un("\0connate-test-$$"),
], 'they are of these kinds, in that order');
SKIP: {
    open my $self, '<', "/proc/$all->{pid}/ns/pid";
    my $fd = syscall(434, $all->{pid} + 0, 0);
    my $inode = $fd >= 0 ? (stat "/proc/self/fd/$fd")[1] : 0;
    my ($major, $minor, $kernel) = slurp('/proc/version') =~ /version (\d+)\.(\d+)/;
    skip 'pidfds have no inodes here', 1 if $major < 6 || ($major == 6 && $minor < 9);
    is($all->{LISTEN_PIDFDID}, $inode, 'its pidfd, too');
}
is(sprintf('%04o', (stat "$dir/stream")[2] & 07777), '0640', 'a file has its mode');
is(sprintf('%04o', (stat "$dir/dgram")[2] & 07777), '0666', 'or 0666');
is(ask($tcp), $all->{pid}, 'TCP is answered');
is(ask("$dir/stream"), $all->{pid}, 'so is a unix stream');
is(ask("\0connate-test-$$", 'x', SOCK_SEQPACKET), $all->{pid}, 'and packets');
my $sender = IO::Socket::INET->new(Proto => 'udp', PeerAddr => '127.0.0.1', PeerPort => $udp);
$sender->send('hello');
$sender->recv(my $answer, 100);
is($answer, $all->{pid}, 'and a datagram');
eventually { -e "$dir/guarded" } 'one behind a guard runs';
my $guarded = given("$dir/guarded");
is($guarded->{LISTEN_PID}, $guarded->{pid}, 'it has its own pid');
is(ask("$dir/guarded.sock"), $guarded->{pid}, 'and its socket');
my $none = $s->field(pid => 'none');
unlike(slurp("/proc/$none/environ"), qr/LISTEN_/, 'a service without .listen is told of none');
is(() = glob("/proc/$none/fd/*"), 3, 'and has none');

# One that cannot be bound
ok($s->becomes('late', 'retrying'), 'a service without its socket does not start');
eventually { $s->log =~ /^supervisord: late: cannot listen on tcp:127\.0\.0\.1:$taken: Address already in use/m }
    'that is said, with the address';
my @lines = $s->log =~ /^supervisord: late: /mg;
is(@lines, 1, 'once');
$holder->close;
ok($s->becomes('late', 'up'), 'when it can be bound the service starts');
is(ask($taken), given("$dir/late")->{pid}, 'with its socket');

# While the service is down, clients wait.
sub waits {
    my ($where, $do, $name) = @_;
    my $client = $where =~ m{^/} ? IO::Socket::UNIX->new(Peer => $where)
        : IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $where);
    ok($client, "$name: a connection is taken") or return;
    syswrite $client, 'x';
    $do->();
    sysread $client, my $got, 100;
    return $got =~ s/\n//r;
}
$s->ctl(down => 'all');
ok($s->becomes('all', 'down'), 'it is down');
is(waits($tcp, sub { $s->ctl(up => 'all') }, 'down'), $s->field(pid => 'all'), 'the next process answers it');

# Deaths
sub inode { my ($path) = @_; return (stat $path)[1] }
my $file = inode("$dir/stream");
my $before = $s->kill_supervisord;
ok(ask("$dir/stream") == $s->field(pid => 'all'), 'supervisord is dead, and nothing has changed');
wait_until { ($s->header->{supervisord} // 0) != $before } 'the next supervisord';
$s->ctl(restart => 'all');
wait_until { $s->field(state => 'all') eq 'up' && given("$dir/all")->{pid} eq $s->field(pid => 'all') } 'a restart';
is(ask($tcp), $s->field(pid => 'all'), 'after a restart by the next supervisord');
is(inode("$dir/stream"), $file, 'the socket is the same');

# Upgrades: what is the same stays, what is not goes.
$s->ctl(down => 'all');
$s->becomes('all', 'down');
my $client = IO::Socket::UNIX->new(Peer => "$dir/stream");
syswrite $client, 'x';
my $moved = server("$dir/moved");
my $next = configuration('next', <<"MORE");
	SERVICE("moved", $moved, .listen = LIST("unix:$dir/idle.sock,backlog=6", "unix:$dir/new.sock")),
MORE
my $idle = inode("$dir/idle.sock");
is(($s->ctl('exec', $next))[0], 0, 'an upgrade');
ok(-S "$dir/stream" && inode("$dir/stream") == $file, 'an unchanged socket stays');
$s->ctl(up => 'all');
is(sysread($client, $answer, 100) ? $answer + 0 : $!, $s->field(pid => 'all'), 'with who waits in its backlog');
eventually { !-e "$dir/gone.sock" } 'the file of one that is gone is removed';
like(ask("$dir/gone.sock"), qr/refused/, 'and nothing listens');
eventually { -e "$dir/moved" } 'a new service runs';
eventually { ask("$dir/idle.sock") eq $s->field(pid => 'moved') } 'a changed socket is opened new';
ok(ask("$dir/new.sock") eq $s->field(pid => 'moved'), 'so is a new one');
is(($s->ctl('exec', $s->{supervisord}))[0], 0, 'and back');
eventually { -S "$dir/gone.sock" && ask("$dir/gone.sock") eq $s->field(pid => 'gone') } 'the former one is open again';
ok(!-e "$dir/new.sock", 'the file of the new one is removed');

# connate
my $connate = $s->{pid};
my $waiting = IO::Socket::UNIX->new(Peer => "$dir/idle.sock") or diag "idle: $!";
syswrite $waiting, 'x';
my $heir = $s->header->{supervisord};
kill 'KILL', $connate;
waitpid $connate, 0;
$s->{pid} = $s->{child} = $heir;
wait_until { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir } 'a successor of connate';
is(ask($tcp), $s->field(pid => 'all'), 'connate is dead, and the sockets are there');
$s->ctl(up => 'idle');
sysread $waiting, $answer, 100;
is($answer + 0, $s->field(pid => 'idle'), 'also those of a service that was down, with who waits');

is($s->stop, 0, 'SIGTERM ends it with 0');

# A file that is left from an earlier session
my $third = session(supervisord => configuration('again', ''));
eventually { ask("$dir/stream") eq $third->field(pid => 'all') } 'a file that is left is replaced';
my $other = server("$dir/other");
my $fourth = session(supervisord => supervisord('fourth', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("other", $other, .listen = LIST("unix:$dir/stream")),
};

CONNATE();
CONFIG
ok($fourth->becomes('other', 'retrying'), 'not one that another process listens to');
is(ask("$dir/stream"), $third->field(pid => 'all'), 'which has it still');
is($fourth->stop, 0, 'SIGTERM ends both');
is($third->stop, 0, 'with 0');
done_testing;
