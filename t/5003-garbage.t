#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Requests of any bytes, any length, in any split; a pipe that is full; clients
# that stall, are stopped or die in the middle: no other client notices. Beside all
# of it an honest client works, in bounded time.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use constant {
    MAGIC => 0x716e6331, READY => 5,
    WRITES => 4000, BOUND => 20,     # seconds that a request may take: no bar, a sign of life
};

my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
my $conctl = "$top/conctl/conctl";
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};
$SIG{PIPE} = 'IGNORE';

my $s = session(supervisord => supervisord('garbage', <<'CONFIG'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("steady", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("other", .needs = LIST("steady"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("busy", .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
ok($s->becomes(other => 'up') && $s->becomes(busy => 'up'), 'a session');
my $supervisord = $s->header->{supervisord};
my %pid         = map { $_ => $s->field(pid => $_) } qw(steady other);
my $digest      = substr $s->bytes, $s->header->{table_at} + 16, 8;
my $seed        = $ENV{CONNATE_SEED} // 1;
srand $seed;

sub descriptors { return scalar(() = glob "/proc/$supervisord/fd/*") }
my $descriptors = descriptors();

# A request, with other words for some of its own.
sub request {
    return request_bytes(verb => READY, id => int rand 2**31, digest => $digest, ranges => [ 0, 1 ], @_);
}

sub bytes { my ($size) = @_; return join '', map { chr rand 256 } 1 .. $size }

# Requests of a malicious client. None of them is one that changes anything.
my @kinds = (
    sub { bytes(1 + rand 200) },
    sub { bytes(1 + rand 9000) },
    sub { my $r = request(); substr $r, rand length $r, 1, bytes(1); $r },
    sub { my $r = request(); substr $r, 0, rand length $r },
    sub { my $r = request(); substr $r, 1 + rand(length($r) - 1) },
    sub { request(sum     => int rand 2**32) },
    sub { request(length  => int rand 2**32) },
    sub { request(length  => 40 + int rand 4096) },
    sub { request(count   => int rand 2**32) },
    sub { request(version => 2 + int rand 60000, length => 12 + int rand 4096) },
    sub { request(verb    => 11 + int rand 60000) },
    sub { request(verb    => READY, ranges => [ map { int rand 2**32 } 1 .. 2 * int rand 400 ], digest => bytes(8)) },
    sub { request(ranges  => [ 3 + int rand 2**31, 1 + int rand 2**31 ]) },
    sub { request(ranges  => [ 0xffffffff, 2, 1, 0xffffffff ]) },
    sub { request(ranges  => [ (0, 1) x 507 ]) },
    sub { request(ranges  => []) },
    sub { request() x (1 + rand 5) },
    sub { request() . bytes(rand 50) . request(version => 9) . substr(request(), 0, rand 48) },
    sub { pack('L<', MAGIC) x (1 + rand 2000) },
    sub { "\0" x (1 + rand 5000) },
);

sub pipe_of {
    my ($flags, $number) = @_;
    sysopen my $pipe, "/proc/$s->{pid}/fd/" . ($number // 111), $flags or die "request pipe: $!";
    return $pipe;
}

# In one piece, or in pieces; as packets, or as a stream.
my $direct = eval { Fcntl::O_DIRECT() } // 040000;
sub send_meanly {
    my ($bytes) = @_;
    my $pipe = pipe_of(O_WRONLY | O_NONBLOCK);
    fcntl $pipe, F_SETFL, O_NONBLOCK | $direct if rand() < 0.5;
    while (length $bytes) {
        my $size = rand() < 0.7 ? length $bytes : 1 + int rand length $bytes;
        my $sent = syswrite($pipe, $bytes, $size) // last;    # full: so be it
        substr $bytes, 0, $sent, '';
    }
    return $pipe;
}

# An honest request, and how long it took.
sub honest {
    my ($what, @command) = @_;
    @command = (qw(up -w), '-t', BOUND, 'steady') if !@command;
    my ($code, undef, $err) = $s->ctl(@command);
    is("$code $err", '0 ', "$what: no other client notices");
    return;
}

sub child(&) {
    my ($do) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    $do->();
    POSIX::_exit(0);
}

sub end_all { my @pids = @_; kill 'KILL', @pids; waitpid $_, 0 for @pids; return }

# One after the other, each kind.
for my $k (0 .. $#kinds) {
    my @open = map { send_meanly($kinds[$k]->()) } 1 .. 20;
    honest("kind $k");
}

# Thousands at once, from four clients, beside an honest one.
my @mean = map {
    my $n = $_;
    child { srand $seed + $n; send_meanly($kinds[ rand @kinds ]->()) for 1 .. WRITES / 4 }
} 1 .. 4;
my $rounds = 0;
while (grep { waitpid($_, POSIX::WNOHANG()) == 0 } @mean) {
    my ($code, undef, $err) = $s->ctl(qw(restart -w -t), BOUND, 'busy');
    $code == 0 or fail("an honest client got $code: $err"), last;
    last if ++$rounds > 5000;
}
end_all(grep { kill 0, $_ } @mean);
cmp_ok($rounds, '>', 0, "an honest client restarted a service $rounds times among " . WRITES . ' mean writes');

# Clients that flood it with requests that are well-formed.
@mean = map {
    child {
        my $pipe = pipe_of(O_WRONLY);
        my $end  = time + 60;
        while (time < $end) { syswrite $pipe, request() }
    }
} 1 .. 2;
sleep 0.1;
honest("a flood, round $_") for 1 .. 5;
end_all(@mean);

# One that opens and stalls; that has written half a request, and never more.
{
    my @stalled = (pipe_of(O_WRONLY), map {
        my $pipe = pipe_of(O_WRONLY);
        syswrite $pipe, substr request(), 0, $_;
        $pipe;
    } 1, 39, 44);
    honest('clients that stall');
}
honest('and go');

# A lock on the pipes, for which no process waits.
{
    my @locked = map { pipe_of(O_RDWR | O_NONBLOCK, $_) } 111, 113;
    flock $_, Fcntl::LOCK_EX() for @locked;
    honest('a client that stalls with a lock in its hands');
}

# A full pipe: while supervisord is stopped there is no room, then there is.
{
    freeze($supervisord);
    my $pipe = pipe_of(O_WRONLY | O_NONBLOCK);
    my $full = 0;
    for my $size (4096, 512, 1) {
        while (defined(my $sent = syswrite $pipe, bytes($size))) { $full += $sent }
    }
    cmp_ok($full, '>=', 4096, "a pipe that $full bytes fill to the brim");
    my $blocked = child { syswrite pipe_of(O_WRONLY), request() x 100 };
    my ($code) = $s->ctl(qw(up -t 0.3 steady));
    is($code, 124, 'an honest client gives up when it was told to');
    is(($s->ctl('status', 'steady'))[0], 0, 'and can see the state');
    my $patient = child { exec $conctl, '-p', $s->{pid}, 'up', '-t', BOUND, 'steady' };
    kill 'CONT', $supervisord;
    is(ended_by($patient), 0, 'a patient one is answered');
    honest('and the one that filled it stalls');
    is(ended_by($blocked), 0, 'one that was blocked goes on');
}

# Clients that only read, or open the wrong end.
{
    my @open = map { pipe_of(O_RDONLY | O_NONBLOCK, $_) } 100, 110, 111, 112, 113;
    push @open, pipe_of(O_WRONLY | O_NONBLOCK, 110), pipe_of(O_RDWR | O_NONBLOCK);
    syswrite $open[5], bytes(100);
    honest('a client that opens everything');
}

# Clients that are killed at any instant.
for my $round (1 .. 200) {
    my $client = child {
        open STDERR, '>', '/dev/null';
        exec $conctl, '-p', $s->{pid}, 'restart', '-w', 'busy';
    };
    sleep rand 0.003;
    end_all($client);
}
honest('two hundred clients that were killed');

# A client that is stopped while it waits for its answer.
{
    freeze($supervisord);
    my $client = child { exec $conctl, '-p', $s->{pid}, qw(up -t), BOUND, 'other' };
    wait_until { slurp("/proc/$client/syscall") =~ /^(?:202|98) / || slurp("/proc/$client/stat") =~ /\) S / }
    'a client that waits';
    kill 'STOP', $client;
    kill 'CONT', $supervisord;
    honest('a client that is stopped');
    kill 'CONT', $client;
    is(ended_by($client), 0, 'and is answered when it goes on');
}

# Garbage gets no answer; a request of another version does: it has a client
# that waits.
sub answer {
    my ($id) = @_;
    my $found;
    wait_until {
        my $bytes = $s->bytes;
        my $at    = $s->header($bytes)->{answer_at};
        for my $k (0 .. 255) {
            my ($this, $result) = unpack 'Q< l<', substr $bytes, $at + 16 * $k, 12;
            $found = $result if $this == $id;
        }
        defined $found;
    }
    "an answer to $id";
    return $found;
}
my $id = 77_000_000_000;
for my $case (
    [ 'another version',       -71,  version => 2 ],
    [ 'another configuration', -116, digest  => 'x' x 8 ],
    [ 'a service too many',    -22,  ranges  => [ 0, 4 ] ],
    [ 'no such signal',        -22,  verb    => 6, argument => 65 ],
    [ 'no such way to halt',   -22,  verb    => 10, argument => 99 ]) {
    my ($what, $result, %r) = @$case;
    $id++;
    syswrite pipe_of(O_WRONLY), request(%r, id => $id);
    is(answer($id), $result, "refused with a reason: $what");
}

SKIP: {
    my @user = plain_user();
    skip 'only root can be another user', 3 if !@user;
    my @as = ('setpriv', "--reuid=$user[0]", "--regid=$user[1]", '--clear-groups');
    for my $command ([ 'status' ], [ 'up', 'steady' ]) {
        my ($code, $out, $err) = run(@as, $conctl, '-p', $s->{pid}, @$command);
        is("$code $out", '4 ', "another user: @$command");
        like($err, qr/\A[^\n]*permission denied[^\n]*\n\z/, 'is refused, in a line');
    }
    isnt((run(@as, 'sh', '-c', "echo garbage >/proc/$s->{pid}/fd/111"))[0], 0, 'nor can write garbage');
}

is($s->header->{supervisord}, $supervisord, 'supervisord lived through all of it');
is($s->field(pid => $_), $pid{$_}, "$_ was not touched") for sort keys %pid;
is(descriptors(), $descriptors, 'no descriptor was left');
$s->stop;
done_testing();
