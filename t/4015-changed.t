#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Another program has written into the ledger while no supervisord ran: any
# bytes of records, pids of other processes, the header, the table. Services go
# on, none runs twice, no process that is not theirs gets a signal; and a
# ledger that cannot be used is given up on request, or the session ends.
#
# CONNATE_CHANGED: how often (default 1000). CONNATE_CHANGED_SEED: repeats a run.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(setsid);
use Test::More;

my $times = $ENV{CONNATE_CHANGED}      // 1000;
my $seed  = $ENV{CONNATE_CHANGED_SEED} // time ^ $$;
my $dir   = scratch();
srand $seed;
POSIX::nice(10);    # what is tested beside it has limits of time
diag("CONNATE_CHANGED_SEED=$seed");

# A service that finds its file locked runs twice.
my $go = spew("$dir/go", <<"GO");
exec 9>>$dir/lock.\$CONNATE_SERVICE
flock -n 9 || printf '%s ' \$CONNATE_SERVICE >>$dir/twice
exec sleep 100000
GO
my $run = qq{"/bin/sh", "$go"};
my @plain   = map { "plain-$_" } 1 .. 4;
my @guarded = map { "guarded-$_" } 1 .. 2;
my $rows = join '', map { qq{\tSERVICE("$_", .run = EXEC($run)),\n} } @plain;
$rows .= join '', map { qq{\tSERVICE("$_", .stop_all = true, .run = EXEC($run)),\n} } @guarded;
my $s = session(supervisord => supervisord('changed', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
$rows
	SERVICE("daemon", .ready = READY_DAEMONIZE, .run = SHELL("(setsid sh $go &) ; exit 0")),
	SERVICE("off", .target = DOWN, .run = EXEC($run)),
};

CONNATE();
CONFIG

my @all = (@plain, @guarded, 'daemon');
ok($s->becomes($_ => 'up'), "$_ is up") for @all;
my %pid = map { $_ => $s->field(pid => $_) } @all;

# Strangers: each would die of any signal.
my @strangers = map {
    my $pid = fork_patiently();
    if ($pid == 0) { setsid(); exec 'sleep', '100000' or POSIX::_exit(127) }
    $pid;
} 1 .. 4;

# While supervisord is stopped; then it is killed.
sub change {
    my ($do) = @_;
    my $h   = $s->header;
    my $pid = $h->{supervisord};
    freeze($pid) or return 0;
    open my $out, '+<:raw', "/proc/$s->{pid}/fd/100" or die "the ledger: $!";
    $do->($h, sub {
        my ($at, $bytes) = @_;
        seek $out, $at, 0 or die $!;
        syswrite($out, $bytes) == length $bytes or die "the ledger: $!";
    });
    close $out;
    kill 'KILL', $pid;
    return wait_until {
        my $now = $s->header;
        ($now->{starts} // 0) != $h->{starts} && $now->{supervisord} != $pid
    } 'a successor';
}

sub bytes { my ($n) = @_; return join '', map { chr int rand 256 } 1 .. $n }
sub a_pid { return pack 'l<', (@strangers, values %pid, $$, 1, $s->{pid}, 0, -1)[ rand 16 ] // 0 }

my @kinds = (
    sub { my ($at, $put, $size) = @_; $put->($at + int rand($size - 8), bytes(1 + rand 8)) },
    sub { my ($at, $put, $size) = @_; $put->($at + 8 + int rand($size - 8), bytes(1)) },
    sub { my ($at, $put) = @_; $put->($at + 8, a_pid()) },
    sub { my ($at, $put) = @_; $put->($at + 60, a_pid()) },
    sub { my ($at, $put) = @_; $put->($at + 16, bytes(8)) },
    sub { my ($at, $put, $size) = @_; $put->($at, "\0" x $size) },
    sub { my ($at, $put, $size) = @_; $put->($at + 64, bytes($size - 64)) },
);

sub change_records {
    my ($h, $put) = @_;
    for (1 .. 1 + rand 3) {
        my $at = $h->{record_at} + $h->{record_bytes} * int rand $h->{services};
        $kinds[ rand @kinds ]->($at, $put, $h->{record_bytes});
    }
}

# Requests and plans in the header: halt, escalation, planned, signals and others.
sub change_head {
    my ($h, $put) = @_;
    my @at = (64, 72, 76, 80, 94, 96, 104, 112, 116, 120, 168, 176, 184);
    $put->($at[ rand @at ], bytes(1 + rand 3));
    $put->($at[ rand @at ], bytes(1)) if rand() < 0.5;
}

# The helper of each service is said to be its program.
change(sub {
    my (undef, $put) = @_;
    my $r = $s->records;
    $put->($r->{$_}{at} + 60, pack 'l<', $pid{$_}) for @all;
});
is(($s->ctl(qw(restart -w -t 60), @all))[0], 0, 'helped by themselves, they can be restarted');
unlike($s->log, qr/did not stop in time/, 'as they were asked to');
%pid = map { $_ => $s->field(pid => $_) } @all;

my $bad = 0;
for my $k (1 .. $times) {
    if (!change(rand() < 0.85 ? \&change_records : \&change_head)) {
        fail("change $k: there is no session any more");
        diag(substr $s->log, -2000);
        last;
    }
    my $states = '';            # not wait, which waits for a second each time
    my $up = wait_until {
        $states = ($s->ctl('state', @all))[1];
        @all == (() = $states =~ /: up$/mg);
    }
    'all to be up', 60;
    my %now = map { $_ => $s->field(pid => $_) } @all;
    my @moved = grep { $now{$_} ne $pid{$_} } @all;
    next if $up && !@moved;
    fail("change $k: other processes of: @moved");
    diag($states, substr $s->log, -1500);
    last if ++$bad > 3;
    %pid = %now;
}
ok($bad == 0, "$times changes: every service goes on in the process that it had");
is(slurp("$dir/twice"), '', 'nothing was there twice');
is_deeply([ grep { !alive($_) } @strangers ], [], 'no stranger had a signal');

# The words on the board, while supervisord and the guards use them: services
# may be stopped by that, but no other process is, and none crashes.
my $h      = $s->header;
my $places = 8 * ($h->{services} + 2);
for my $k (1 .. $times) {
    open my $out, '+<:raw', "/proc/$s->{pid}/fd/107" or die "the board: $!";
    my @words = (a_pid(), a_pid() | pack('L<', 1 << 30), bytes(4), pack('L<', 1 << 31 | int rand 1024));
    seek $out, 4 * int(rand $places / 4), 0;
    syswrite $out, $words[ rand @words ];
    close $out;
    $s->ctl('signal', 'CONT', $guarded[ rand @guarded ]) if $k % 10 == 0;
    kill 'KILL', $s->records->{ $guarded[ rand @guarded ] }{pid} || next if $k % 50 == 0;
}
is($s->header->{supervisord}, $h->{supervisord}, "$times words on the board: supervisord goes on");
is_deeply([ grep { !alive($_) } @strangers ], [], 'no stranger had a signal');
unlink "$dir/twice";
eventually { $s->ctl(qw(down -w -t 60), @all); ($s->ctl(qw(up -w -t 60), @all))[0] == 0 } 'all can be had again'
    or diag($s->ctl('status'), substr $s->log, -3000);
%pid = map { $_ => $s->field(pid => $_) } @all;
unlink "$dir/twice";

# The program of a guard is said to be another process, and the guard is killed.
my $name = $guarded[0];
for my $other ([ 'a stranger', $strangers[0] ], [ 'connate', $s->{pid} ], [ 'supervisord', $h->{supervisord} ],
    [ 'another service', $pid{ $plain[0] } ], [ 'another guard', $s->records->{ $guarded[1] }{pid} ]) {
    my ($what, $false) = @$other;
    my $r     = $s->records->{$name};
    my $board = Connate::beginning("/proc/$s->{pid}/fd/107", 8 * ($h->{services} + 2));
    my $at    = index $board, pack 'l<', $r->{main};
    cmp_ok($at, '>=', 0, 'the program of a guard stands on the board');
    freeze($r->{pid});
    {
        open my $out, '+<:raw', "/proc/$s->{pid}/fd/107" or die "the board: $!";
        seek $out, $at, 0;
        syswrite $out, pack 'l<', $false | 1 << 30;
    }
    kill 'KILL', $r->{pid};
    eventually { my $now = $s->records->{$name}{pid}; $now > 0 && $now != $r->{pid} } 'another process';
    isnt($s->field(pid => $name), $false, "$what is not taken for its program");
    is(($s->ctl(qw(restart -w -t 60), $name))[0], 0, 'and it can be restarted');
    ok(alive($false), 'to which nothing happens');
}
is_deeply({ map { $_ => $s->field(pid => $_) } @plain, $guarded[1] }, { map { $_ => $pid{$_} } @plain, $guarded[1] },
    'nor to any other service');
%pid = map { $_ => $s->field(pid => $_) } @all;
unlink "$dir/twice";

# A table that was changed: refused for ever, given up on request.
my $connate = $s->{pid};

sub change_table {
    my $h   = $s->header;
    my $pid = $h->{supervisord};
    freeze($pid);
    open my $out, '+<:raw', "/proc/$connate/fd/100" or die $!;
    seek $out, $h->{table_at} + 120, 0;
    syswrite $out, "\xff" x 64;
    close $out;
    kill 'KILL', $pid;
}

change_table();
eventually { $s->log =~ /the ledger cannot be used: .*SIGHUP/ }
'a table that was changed is refused, and it is said what helps';
is_deeply([ grep { !alive($pid{$_}) } @all ], [], 'services run on');
kill 'HUP', $connate;
eventually { ($s->ctl(qw(wait -t 1 up), @all))[0] == 0 } 'SIGHUP to connate gives it up: there is control again';
is_deeply({ map { $_ => $s->field(pid => $_) } @all }, \%pid, 'each service was found in its process');
is(slurp("$dir/twice"), '', 'and nothing is there twice');
is($s->field(state => 'off'), 'down', 'what is to be down is');
is(($s->ctl(qw(restart -w -t 60), @all))[0], 0, 'all can be restarted');
is(slurp("$dir/twice"), '', 'each in the place of the one before');

# Once more; and this time it is to end.
%pid = map { $_ => $s->field(pid => $_) } @all;
my $refused = () = $s->log =~ /the ledger cannot be used/g;
change_table();
eventually { (() = $s->log =~ /the ledger cannot be used/g) > $refused } 'it is refused again';
isnt($s->stop, undef, 'SIGTERM ends it');
eventually { !grep { alive($_) } values %pid } 'and all that it ran';
is_deeply([ grep { !alive($_) } @strangers ], [], 'but no stranger');
kill 'KILL', @strangers;
waitpid $_, 0 for @strangers;
done_testing();
