#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A session that looks for processes of an earlier one meets processes of its own user that are
# called connate or supervisord and hold a ledger with wrong words, truncated,
# extended, sealed or not. It begins each time, with one supervisord and the services that
# are to be up, and signals none of those processes.
#
# CONNATE_LIES: how many (default 1000). CONNATE_LIES_SEED: repeats a run.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

use constant { AT_ONCE => 50, FULL_SEALS => 7, ADD_SEALS => 1033, PR_SET_NAME => 15 };

my $lies = $ENV{CONNATE_LIES}      // 1000;
my $seed = $ENV{CONNATE_LIES_SEED} // time ^ $$;
my $dir  = scratch();
my $perl = own_perl();
my $lock = "$dir/lock";
my ($memfd_create, $prctl) = (POSIX::uname())[4] eq 'x86_64' ? (319, 157) : (279, 167);
srand $seed;
POSIX::nice(10);
diag("CONNATE_LIES_SEED=$seed");

my $image = supervisord('lies', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("one", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("two", .needs = LIST("one"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("titled", .run = EXEC("$perl", "-e", "\$0 = 'a title ' x 500; sleep 1000")),
};
CONNATE(.lock_file = "$lock");
CONFIG
my @all = qw(one two titled);
my $s   = session(supervisord => $image);
ok($s->becomes($_ => 'up'), "$_ is up") for @all;
my $true = $s->bytes;
is($s->stop, 0, 'a ledger to begin with');

# Values that a check is likely to miss.
sub nasty {
    my $whole = length $true;
    my @words = (
        0, 1, 2, 7, 8, 96, 64, $whole, $whole - 1, $whole - 64, 0xffffffff, 0xfffffff8, 0x80000000,
        0x10000000, 65545, 65528, 65536, 1 << 20, (1 << 20) + 1, int rand 2**32, int rand 256
    );
    return $words[ rand @words ];
}

# Half of them in the header and the beginning of the table.
sub lie {
    my $bytes = $true;
    for (1 .. 1 + int rand 4) {
        my $end   = rand() < 0.5 ? 192 + 112 : length $bytes;
        my $width = (1, 2, 4)[ rand 3 ];
        my $at    = int(rand($end - $width) / $width) * $width;
        substr($bytes, $at, $width) = substr pack('L<', nasty()), 0, $width;
    }
    my $how = rand;
    $bytes = substr $bytes, 0, int rand length $bytes if $how < 0.1;
    my $size = length $bytes;
    $size = int rand 1 << 28                          if $how > 0.9;
    return ($bytes, $size);
}

# The process leads a session, as one that was left does, and has the lock file in its
# environment only if this test has.
sub liar {
    my ($name, $bytes, $size, $seals) = @_;
    pipe my $in, my $out;
    my $pid = fork_patiently();
    if ($pid == 0) {
        POSIX::setsid();
        my $label = 'connate';
        my $fd    = syscall $memfd_create, $label, 2;    # MFD_ALLOW_SEALING
        open my $file, '+<&=', $fd or POSIX::_exit(126);
        syswrite $file, $bytes;
        truncate $file, $size;
        fcntl $file, ADD_SEALS, $seals if $seals;
        POSIX::dup2($fd, 100);
        syscall $prctl, PR_SET_NAME, $name, 0, 0, 0;
        close $out;
        sleep 1000 while 1;
    }
    close $out;
    readline $in;                                        # its end: it has come so far
    return $pid;
}

# A process that was left, with a title: whether it belongs to another session is looked up
# in every ledger.
sub titled {
    my $pid = fork_patiently();
    if ($pid == 0) {
        POSIX::setsid();
        exec $^X, '-e', q($0 = 'a title ' x 500; sleep 1000) or POSIX::_exit(127);
    }
    wait_until { slurp("/proc/$pid/environ") !~ /=/ && slurp("/proc/$pid/cmdline") =~ /^a title/ } 'a title';
    return $pid;
}

my ($told, $wrong) = (0, '');
while ($told < $lies && $wrong eq '') {
    my $titled = titled();
    my @liars  = map { liar(qw(connate supervisord)[ rand 2 ], lie(), rand() < 0.8 ? FULL_SEALS : 0) } 2 .. AT_ONCE;
    push @liars, liar('connate', $true, length $true, FULL_SEALS);    # has it, but not the lock
    $s = session(supervisord => $image, no_wait => 1);
    # Before connate knows that it has one that works, a signal is an end with 1.
    wait_until { ($s->header->{report_pid} // 0) > 0 } 'a session' or $wrong .= 'it does not begin; ';
    $s->becomes($_ => 'up', 60) or $wrong .= "$_ is not up; " for @all;
    my $h = $s->header;
    my %liar = map { $_ => 1 } @liars;
    $wrong .= "supervisord was started $h->{starts} times; " if ($h->{starts} // 0) != 1 || $h->{deaths} != 0;
    $wrong .= 'a service is a liar; ' if grep { $liar{ $_->{pid} } } values %{ $s->records };
    my $status = $s->stop;
    $wrong .= "it ends with $status; " if $status != 0;
    $wrong .= 'one was signalled; '   if grep { !alive($_) } @liars;
    kill 'KILL', @liars, $titled;
    waitpid $_, 0 for @liars, $titled;
    $told += AT_ONCE;
}
is($wrong, '', "$told ledgers with wrong words") or diag($s->log);
done_testing();
