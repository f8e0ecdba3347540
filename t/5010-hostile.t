#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Ledgers that lie, read by conctl: of another user, with wrong bytes anywhere,
# half of them while a process goes on changing them. With any contents, each
# command ends by itself, without a signal, prints nothing that a terminal
# would obey, and its JSON is valid.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Hostile;
use JSON::PP;
use POSIX ();
use Socket;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{CONNATE_HOSTILE_ROUNDS} // 1000;
my $seed   = $ENV{CONNATE_HOSTILE_SEED} // int(time * 1000) % 1_000_000;
srand $seed;
diag("CONNATE_HOSTILE_SEED=$seed") if !defined $ENV{CONNATE_HOSTILE_SEED};
note("CONNATE_HOSTILE_SEED=$seed, $rounds rounds");

my $dir    = scratch();
my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
my $conctl = "$top/conctl/conctl";
my @user   = plain_user();
my $user   = @user ? \@user : undef;
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};

# A ledger with something of everything in it.
my $image = supervisord('hostile', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("alpha", .run = EXEC("/bin/sleep", "1000"), .reload = SHELL("exit 0")),
	SERVICE("beta", .needs = LIST("alpha"), .wants = LIST("gamma"), .setup = SHELL("exit 0"),
		.run = EXEC("/bin/sleep", "1000"), .log = LOG_TO("logger"), .env = LIST("A=1", "B=2")),
	SERVICE("gamma", .run = EXEC("/nonexistent"), .retry = RETRY_NEVER, .log = LOG_FILE("$dir/log")),
	SERVICE("delta", .after = LIST("gamma"), .conflicts = LIST("omega"), .stop = SHELL("exit 0"),
		.run = SHELL("exit 3"), .retry = RETRY_FIXED(.after = SECONDS(1000), .attempts = 5),
		.cpus = "0", .extra_groups = LIST("0"), .rlimits = LIMITS(LIMIT("nofile", 64, 64))),
	SERVICE("guarded", .stop_all = true, .binds = LIST("alpha"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("notifies", .ready = READY_NOTIFY, .max_ready = FOREVER, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("waits", .needs = LIST("notifies"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("group", .groups = LIST("alpha", "beta")),
	SERVICE("omega", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("logger", .run = EXEC("/bin/cat")),
};

CONNATE(.lock_file = "$dir/lock");
CONFIG
my $s = session(supervisord => $image);
ok($s->becomes(beta => 'up') && $s->becomes(delta => 'retrying') && $s->becomes(waits => 'waiting-to-start'),
    'a session');
$s->ctl(@$_) for [qw(reload alpha)], [qw(restart -w -t 60 beta)], [qw(down -w -t 60 guarded)];
my $good = ledger_bytes($s);
my %at   = %{ $s->header($good) };
my $size = length $good;
$s->stop;

# Processes with such a ledger; the bytes in one are changed through /proc.
my $pid = hostile(user => $user, ledger => $good);
sub ledger_of { sysopen my $file, "/proc/$_[0]/fd/100", O_RDWR or die "ledger: $!"; binmode $file; return $file }
my $file = ledger_of($pid);
sub put { my ($at, $bytes) = @_; sysseek $file, $at, 0; syswrite $file, $bytes; return }

my @commands = (
    ['status'], [ '-j', 'status' ], [ 'status', 'beta' ], ['list'], [ '-j', 'list' ],
    ['events'], [ '-j', 'events' ], [ 'events', 'beta' ], ['blame'], [ '-j', 'blame' ], ['critical-path'],
    [ '-j', 'critical-path' ], [ 'critical-path', 'waits' ], ['plot'], [ 'diff', $image ], [ '-j', 'diff', $image ],
    [ 'diff', "$top/supervisord/supervisord" ], [qw(wait -t 0 up beta)], [qw(wait -t 0 down beta omega)],
    [qw(wait -t 0.02 settled alpha waits)], ['pid'], ['log'], ['needs'], [ '-j', 'code' ], ['time'],
    [qw(up -t 0.02 alpha)], [qw(signal -t 0.02 HUP alpha)], [qw(reload -t 0.02 alpha)], ['ready'],
    [qw(complete up ''), '-p', $pid ], [qw(up -w -t 0.02 alpha)],
);

# Where it matters: a place in the header, the table, a record, an event …
my @areas = (
    [ 8, 184 ], [ 128, 56 ],
    [ $at{table_at}, 112 ], [ $at{table_at} + 112, $at{record_at} - $at{table_at} - 112 ],
    [ $at{record_at}, $at{services} * $at{record_bytes} ], [ $at{record_at}, $at{services} * $at{record_bytes} ],
    [ $at{event_at}, 24 * ($at{events} + 4) ], [ $at{event_at}, 24 * ($at{events} + 4) ],
    [ $at{answer_at}, $size - $at{answer_at} ], [ 0, $size ],
);

sub nasty {
    my @words = (
        chr rand 256, pack('L<', int rand 2**32), pack('L<', 0xffffffff), pack('L<', 1 << int rand 32), pack('L<', 0),
        "\xff" x 8, "\0" x 8, pack('Q<', int rand 2**53), pack('L<', int rand 64), pack('l<', -1 - int rand 8),
        "\e[31m", pack('L<', $size - int rand 200), pack('S<', int rand 65536), pack('Q<', 2**63),
        pack('L<', 2**31 - 1),
    );
    return $words[ rand @words ];
}

sub somewhere {
    my ($first, $count) = @{ $areas[ rand @areas ] };
    my $at = $first + int rand $count;
    $at -= $at % 4 if rand() < 0.7;
    my $bytes = nasty();
    return ($at, substr $bytes, 0, $size - $at);
}

# One that changes it as fast as it can, and now and then makes it whole again;
# header and table at once, so that they are good enough as a rule. Between any
# two looks of conctl another ledger may be there.
sub mutator {
    my $child = fork_patiently();
    return $child if $child;
    srand int rand 2**31;
    $file = ledger_of($pid);
    while (getppid() != 1) {
        my ($at, $bytes) = somewhere();
        put($at, $bytes);
        put($at, substr $good, $at, length $bytes) if $at < $at{record_at} || rand() < 0.3;
        put(0, $good) if rand() < 0.002;
    }
    POSIX::_exit(0);
}

# As run() does, with an end that is far away.
use constant { LIMIT => 120, WORKERS => 6 };
sub conctl {
    my (@arguments) = @_;
    my $parent = $$;
    my $child  = fork_patiently();
    if ($child == 0) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$dir/conctl.out.$parent" or POSIX::_exit(126);
        open STDERR, '>', "$dir/conctl.err.$parent" or POSIX::_exit(126);
        alarm LIMIT;    # it blocks no SIGALRM
        exec { $conctl } $conctl, '-p', $pid, @arguments or POSIX::_exit(127);
    }
    waitpid $child, 0;
    return ($?, slurp("$dir/conctl.out.$parent"), slurp("$dir/conctl.err.$parent"));
}

my (%codes, %wrong);
sub judge {
    my ($what, $status, $out, $err, $json) = @_;
    my @wrong;
    push @wrong, 'a signal ' . ($status & 127) if $status & 127;
    push @wrong, 'control characters' if "$out$err" =~ /[\0-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/;
    push @wrong, 'no JSON' if $json && $out ne '' && !eval {
        JSON::PP->new->utf8->decode($_) for $out;
        1;
    };
    push @wrong, "exit code " . ($status >> 8) if !grep { $status >> 8 == $_ } 0 .. 5, 124;
    $codes{ $status >> 8 }++;
    for my $wrong (@wrong) {
        diag("$what: $wrong") if $wrong{$wrong}++ < 5;
    }
    return;
}

# A third of them as it is but for some words, a third while it is changed, and
# a third of both.
for my $kind ('changed before', 'changed meanwhile', 'changed before and meanwhile') {
    my $mutator = $kind =~ /mean/ ? mutator() : 0;
    %codes = ();
    for my $round (1 .. $rounds / 3 + 1) {
        my $command = $commands[ rand @commands ];
        put(0, $good) if !$mutator || rand() < 0.2;
        if ($kind =~ /before/) { put(somewhere()) for 0 .. rand 4 }
        judge("$kind, round $round: @$command", conctl(@$command), $command->[0] eq '-j');
    }
    is_deeply(\%wrong, {}, "a ledger that is $kind: conctl ends, and nothing of it is obeyed");
    cmp_ok($codes{0} // 0, '>', $rounds / 60, 'it is read, in part');
    note(join ', ', map { "exit code $_: $codes{$_}" } sort { $a <=> $b } keys %codes);
    if ($mutator) { kill 'KILL', $mutator; waitpid $mutator, 0 }
}

# Any file at the numbers of its descriptors: conctl writes only to a pipe of
# that user, and opens no file for which opening has an effect.
my $precious = spew("$dir/precious", "precious\n");
chmod 0600, $precious;
POSIX::mkfifo("$dir/named", 0666) or die "mkfifo: $!";
sub any_pipe { return (POSIX::pipe())[ rand 2 ] }
my @things = (
    sub { opened($precious, O_PATH) },
    sub { opened("$dir/named", O_PATH) },
    sub { opened('/dev/null', O_RDWR) },
    sub { opened('/dev/tty', O_PATH) },
    sub { opened('/', O_RDONLY) },
    sub { opened('/proc/self/mem', O_RDONLY) },
    \&any_pipe,
    sub { memfd(substr $good, 0, rand $size) },
    sub { memfd($good, open => 1) },
    sub { socket my $s, AF_UNIX, SOCK_STREAM, 0; push @main::sockets, $s; fileno $s },
);
my @writes = (
    [qw(up -t 0.01 alpha)], [qw(down -t 0.01 alpha)], [qw(signal -t 0.01 HUP alpha)], [qw(exit -t 0.01)], ['status'],
    [qw(exec -t 0.01)],
);

sub try_descriptors {
    my ($round) = @_;
    my $hostile = hostile(user => $user, ledger => $good, after => sub {
        for (0 .. rand 3) {
            my $fd = eval { $things[ rand @things ]->() } // next;
            POSIX::dup2($fd, (100, 108, 110, 111)[ rand 4 ]);
        }
    });
    my $command = $writes[ rand @writes ];
    $pid = $hostile;
    judge("descriptors, round $round: @$command", conctl(@$command));
    return Hostile::end($hostile);
}

# conctl waits for what does not answer, so several are tried at a time.
sub worker {
    my ($k) = @_;
    my $child = fork_patiently();
    return $child if $child;
    srand $seed + $k;
    %wrong = ();
    for my $round (grep { $_ % WORKERS == $k } 1 .. $rounds) { try_descriptors($round) }
    diag("descriptors: $_") for sort keys %wrong;
    POSIX::_exit(%wrong ? 1 : 0);
}
my @workers = map { worker($_) } 0 .. WORKERS - 1;
my @failed = grep { waitpid $_, 0; $? != 0 } @workers;
is(scalar @failed, 0, 'any file at its descriptors: conctl ends, and prints nothing that a terminal would obey');
is(slurp($precious), "precious\n", 'and what only another may write is as it was');

# Sizes that the header has, and that the memory has not: of memfds of any length.
for my $length (0, 1, 8, 191, 192, 193, 303, 304, 4095, 4096, 4097, $at{record_at} - 1, $at{record_at}, $at{size} - 1) {
    Hostile::end($pid);
    $pid = hostile(user => $user, ledger => substr $good, 0, $length);
    my ($status, $out, $err) = conctl('status');
    is("$status $out", (4 << 8) . ' ', "of $length bytes it is refused");
}
done_testing();
