#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What connate gives to the descriptor store of another manager, and what it takes back:
# that of a session, whole, of which the younger one counts; anything else begins anew.
use strict;
use warnings;
use Fcntl qw(F_DUPFD);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use POSIX ();
use Socket;
use Test::More;
use Time::HiRes qw(sleep);

$^F = 100000;    # descriptors are for the processes that are started, too
my $dir   = scratch();
my $x86   = (POSIX::uname())[4] eq 'x86_64';
my $image = supervisord('given', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000"), .log = LOG_TO("log")),
	SERVICE("ready", .run = SHELL("echo >&3; exec sleep 1000"), .ready = READY_FD(3),
		.env = LIST("TEST=$dir")),
	/* The store of this test has its pipe until the test hears that it is removed. */
	SERVICE("log", .run = EXEC("/bin/cat"), .max_stop = MILLISECONDS(200)),
};

CONNATE();
CONFIG

# A manager: its socket, and what is in its store, the younger one first: [name, fd]
sub manager {
    my ($name) = @_;
    socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
    bind $socket, pack_sockaddr_un("$dir/$name") or die "bind: $!";
    return { socket => $socket, path => "$dir/$name", store => [], said => [] };
}

# One message, with at most one descriptor: recvmsg(2), struct msghdr and cmsghdr
sub receive {
    my ($m) = @_;
    my ($text, $control) = ("\0" x 4096, "\0" x 24);
    my $part   = pack 'P Q<', $text, length $text;
    my $header = pack 'x16 P Q< P Q< l< x4', $part, 1, $control, length $control, 0;
    my $got    = syscall $x86 ? 47 : 212, fileno $m->{socket}, $header, 0x40;    # MSG_DONTWAIT
    return if $got < 0;
    my ($length, $fd) = (unpack('Q<', substr $header, 40), unpack 'x16 l<', $control);
    if ($length >= 20) {
        my $high = syscall $x86 ? 72 : 25, $fd, F_DUPFD, 500;
        POSIX::close($fd);
        $fd = $high;
    }
    return (substr($text, 0, $got), $length >= 20 ? $fd : undef);
}

sub hear {
    my ($m) = @_;
    while (my ($text, $fd) = receive($m)) {
        my ($name) = $text =~ /^FDNAME=(.*)$/m;
        push @{ $m->{said} }, $text;
        if ($text =~ /^FDSTOREREMOVE=1$/m) {
            POSIX::close($_->[1]) for grep { $_->[0] eq $name } @{ $m->{store} };
            @{ $m->{store} } = grep { $_->[0] ne $name } @{ $m->{store} };
        }
        unshift @{ $m->{store} }, [ $name, $fd ] if $text =~ /^FDSTORE=1$/m;
    }
    return;
}

# Starts connate with that in its environment, and these descriptors from 3 on.
my $starter = spew("$dir/starter", <<'PERL');
use POSIX ();
my ($pid, @given) = split /,/, shift @ARGV;
POSIX::dup2($given[$_], 3 + $_) for 0 .. $#given;
$ENV{LISTEN_PID} = $pid eq 'own' ? $$ : $pid if $pid ne '';
exec { $ARGV[0] } @ARGV;
PERL

sub begin {
    my ($m, $given, %how) = @_;
    my %env = (NOTIFY_SOCKET => $m->{path});
    $env{FDSTORE} = $how{store} // 64 if ($how{store} // 64) ne '';
    $env{LISTEN_FDNAMES} = $how{names} // join ':', map { $_->[0] } @$given if @$given || $how{names};
    return session(env => \%env, command => [
            $^X, $starter, join(',', $how{pid} // 'own', map { $_->[1] } @$given),
            built('pid1/connate'), '--supervisor', $image
    ]);
}

sub is_up {
    my ($s) = @_;
    return wait_until { !grep { $s->field(state => $_) ne 'up' } qw(plain ready log) } 'all is up';
}

sub is_stored { my ($m, $name) = @_; hear($m); return grep { $_->[0] eq $name } @{ $m->{store} } }

sub kill_both {
    my ($s) = @_;
    my $supervisord = $s->header->{supervisord};
    freeze($_) for $supervisord, $s->{pid};
    kill 'KILL', $supervisord, $s->{pid};
    waitpid delete $s->{child}, 0;
    eventually { !alive($supervisord) } 'both are killed';
    return;
}

# Nothing is sent to one that has no store.
for my $store ('', '0') {
    my $m = manager("none$store");
    my $s = begin($m, [], store => $store);
    ok(is_up($s), 'a manager without a store');
    is($s->stop, 0, 'it ends');
    hear($m);
    is(scalar(grep {/FDSTORE/} @{ $m->{said} }), 0, 'nothing is stored there');
}

my $m = manager('store');
my $s = begin($m, []);
ok(is_up($s), 'a session');
eventually { is_stored($m, 'connate-103') } 'its descriptors are stored';
is($m->{store}[0][0], 'connate-103', 'the link last');
is($m->{store}[1][0], 'connate-100', 'the ledger before it');
my %pids = map { $_ => $s->field(pid => $_) } qw(plain ready log);

sub goes_on {
    my ($what, @given) = @_;
    kill_both($s);
    hear($m);
    $s = begin($m, @given ? \@given : $m->{store});
    ok(is_up($s), "$what: all is up");
    is_deeply({ map { $_ => $s->field(pid => $_) } keys %pids }, \%pids, 'as it was');
    return;
}

hear($m);
my $stored = @{ $m->{said} };
ok($s->kill_supervisord, 'supervisord is killed');
eventually { $s->header->{starts} == 2 && is_up($s) } 'and succeeded';
hear($m);
is(scalar(grep {/FDSTORE/} @{ $m->{said} }[ $stored .. $#{ $m->{said} } ]), 0, 'nothing of it is stored again');
goes_on('both are killed');
is($s->header->{successions}, 1, 'the session goes on');
is(($s->ctl('restart', '-w', 'ready'))[0], 0, 'it is obeyed');
$pids{ready} = $s->field(pid => 'ready');
goes_on('again');
open my $null, '<', '/dev/null' or die "/dev/null: $!";
hear($m);
goes_on('with those of others, and older ones',
    [ 'socket', fileno $null ], @{ $m->{store} }, [ 'connate-100', fileno $null ],
    map { [ $_, fileno $null ] } 'connate-', 'connate-1', 'connate-101', 'connate-99999999999', 'connate-12x', 'x');
ok(!-e "/proc/$s->{pid}/fd/3", 'what is not ours is closed');
is(($s->ctl('exec'))[0], 0, 'another image takes over');
eventually { !grep { !is_stored($m, "connate-$_") } qw(100 105) } 'it is stored, and its ledger';
goes_on('both are killed after an upgrade');
is($s->header->{images}, 1, 'it goes on');

# connate alone is killed, as what is stored hides that from supervisord.
my $former = $s->header->{supervisord};
kill 'KILL', $s->{pid};
waitpid delete $s->{child}, 0;
hear($m);
ok(alive($former), 'connate is killed: supervisord goes on');
$s = begin($m, $m->{store});
ok(is_up($s), 'until there is another connate');
ok(!alive($former), 'which ends it');
is_deeply({ map { $_ => $s->field(pid => $_) } keys %pids }, \%pids, 'all is as it was');

# Both are killed at any moment of a restart.
my %runs;
for my $round (1 .. 12) {
    my $supervisord = $s->header->{supervisord};
    $s->ctl('restart', 'ready');
    sleep rand 0.05;
    kill 'KILL', $s->{pid}, $supervisord;
    waitpid delete $s->{child}, 0;
    wait_until { !alive($supervisord) } 'both to be killed';
    hear($m);
    $s = begin($m, $m->{store});
    last if !ok(is_up($s), "round $round: all is up");
    $runs{ $s->field(pid => 'plain') . ' ' . $s->field(pid => 'log') }++;
}
is(join(',', keys %runs), "$pids{plain} $pids{log}", 'what was not restarted never was');
my @ready = grep { slurp("/proc/$_/environ") =~ /(?:^|\0)TEST=\Q$dir\E\0/ } map { m{(\d+)} } glob '/proc/[0-9]*';
is("@ready", $s->field(pid => 'ready'), 'and the other runs once');

# What is no session: another one begins, and the services are started anew.
kill_both($s);
hear($m);
my @all = @{ $m->{store} };
my %wrong = (
    'for another process' => { pid => 1 },
    'for no process'      => { pid => '' },
    'none'                => { given => [] },
    'names without descriptors' => { given => [], names => join ':', map { $_->[0] } @all },
    'an empty ledger' => { given => [ map { [ $_->[0], $_->[0] eq 'connate-100' ? fileno $null : $_->[1] ] } @all ] },
    map { my $lacks = $_; ("all but $lacks" => { given => [ grep { $_->[0] ne "connate-$lacks" } @all ] }) }
        qw(100 103 104 107 110 111),
);
for my $what (sort keys %wrong) {
    my %how = %{ $wrong{$what} };
    my $n   = manager("wrong.$what" =~ tr/ /-/r);
    my $new = begin($n, $how{given} // \@all, %how);
    ok(is_up($new), "$what: all is up");
    is($new->header->{successions}, 0, 'in a new session');
    isnt($new->field(pid => 'plain'), $pids{plain}, 'with its own services');
    is($new->stop, 0, 'it ends');
    hear($n);
    ok(!(grep { $_->[0] eq 'connate-103' } @{ $n->{store} }), 'and leaves nothing that is taken for a session');
}
# The manager gives up, and closes what is in its store.
{
    my $n   = manager('gives.up');
    my $new = begin($n, []);
    ok(is_up($new), 'a session');
    eventually { is_stored($n, 'connate-103') } 'it is stored';
    my $supervisord = $new->header->{supervisord};
    my $plain       = $new->field(pid => 'plain');
    kill 'KILL', $new->{pid};
    waitpid delete $new->{child}, 0;
    hear($n);
    is(comm($supervisord), 'supervisord', 'connate is killed: supervisord waits for another one');
    POSIX::close($_->[1]) for @{ $n->{store} };
    eventually { comm($supervisord) eq 'connate' } 'until the store is closed: it becomes connate';
    $new->{pid} = $supervisord;
    ok(is_up($new), 'all is up');
    is($new->field(pid => 'plain'), $plain, 'as it was');
    kill 'TERM', $supervisord;
    eventually { !alive($supervisord) } 'it ends';
}
done_testing();
