#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What is left when all services are down: chains of processes in sessions of
# their own, hundreds of orphans, daemons of a start script. Each gets SIGTERM,
# and then time; whatever descends from the session is gone when connate has
# exited. So it is when supervisord or connate is killed meanwhile.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

use constant { ORPHANS => 300, CHAIN => 400, DEPTH => 7 };

my $dir  = scratch();
my $perl = own_perl();

# left.pl HOW N: a process in a session of its own, or N of them, each the child
# of the one before (chain) or orphans (others). They write their pids down, and
# whether they got SIGTERM.
my $left = spew("$dir/left.pl", <<'PERL');
use POSIX ();
my ($dir, $how, $n) = @ARGV;
sub note { open my $to, '>>', "$dir/$_[0]" or die; syswrite $to, "$$\n"; close $to }
my %on = (
    chain => sub { note("chain.told"); exit },
    many  => sub { note("many.told"); exit },
    slow  => sub { note("slow.told"); select undef, undef, undef, 3.5; note("slow.saved"); exit },
    defies => 'IGNORE',
);
for my $k (1 .. $n) {
    my $pid = fork // die;
    next if $pid != 0 && $how eq 'many';
    exit if $pid != 0 && ($k == 1 || $how eq 'many');
    last if $pid != 0;
    POSIX::setsid();
    $SIG{TERM} = $on{$how};
    note("$how.pids");
    last if $how eq 'many';
}
1 while select undef, undef, undef, 1000;
PERL

sub leaves {
    my ($how, $n, $fields, $env) = @_;
    $env //= '';
    return qq{\tSERVICE("$how", .run = SHELL("$env $perl $left $dir $how $n & exec sleep 1000"), }
        . qq{.retry = RETRY_NEVER$fields),\n};
}

sub image {
    my ($name, $rows, $all) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
$rows};

CONNATE($all);
CONFIG
}

sub pids { return split ' ', slurp("$dir/$_[0]") }

sub begin {
    my ($image, $count, %how) = @_;
    unlink glob "$dir/*.pids $dir/*.told $dir/*.saved";
    my $s = session(supervisord => $image, %how);
    for my $what (sort keys %$count) {
        eventually { pids("$what.pids") == $count->{$what} } "$what: $count->{$what} processes";
    }
    return $s;
}

# connate has exited, with this; none of what it had left is there.
sub ends_ok {
    my ($s, $name, $code) = @_;
    my $status = ended_by($s->{child});
    delete $s->{child};
    is($status >> 8, $code // 0, "$name: it ends");
    my @left = grep { alive($_) } map { pids($_ =~ s{.*/}{}r) } glob "$dir/*.pids";
    return is(scalar @left, 0, "$name: nothing is left") || diag("@left");
}

my $deep = image('deep', leaves(chain => CHAIN, '') . leaves(many => ORPHANS, ''), '.max_rest = SECONDS(100)');
my $s = begin($deep, { chain => CHAIN, many => ORPHANS });
kill 'TERM', $s->{pid};
ends_ok($s, 'a chain and many orphans');
is(scalar(pids('chain.told')), CHAIN,   'each of the chain got SIGTERM, once');
is(scalar(pids('many.told')),  ORPHANS, 'and each orphan');

# A chain of others, beside it, costs no more than as many processes

SKIP: {
    my $trace = "$dir/opened";
    my @strace = (qw(strace -f -e trace=openat -e signal=none -o), $trace);
    skip 'no process can be traced', 3 if (run(@strace, 'true'))[0] != 0;
    unlink glob "$dir/*.pids $dir/*.told";
    my $outside = fork_patiently();
    if ($outside == 0) {
        exec $perl, $left, $dir, 'chain', CHAIN or POSIX::_exit(127);
    }
    waitpid $outside, 0;
    eventually { pids('chain.pids') == CHAIN } 'a chain that is not of the session';
    my $empty = image('empty', qq{\tSERVICE("sleep", .run = EXEC("/bin/sleep", "1000")),\n}, '');
    my $with  = session(supervisord => $empty, wrap => \@strace);
    my $count = () = glob '/proc/[0-9]*';
    kill 'TERM', $with->{pid};
    ended_by($with->{child});
    delete $with->{child};
    my $opened = slurp($trace);
    my $passes = () = $opened =~ m{openat\(AT_FDCWD, "/proc"}g;
    my $opens  = () = $opened =~ m{openat\(}g;
    cmp_ok($passes, '>', 0, 'it is looked at');
    cmp_ok($opens, '<', $passes * ($count + CHAIN) * 12, "with $opens opens in $passes passes");
    kill 'KILL', pids('chain.pids');
}

# Those that ignore SIGTERM

my $deaf = image('deaf', leaves(defies => DEPTH, ''), '.max_rest = MILLISECONDS(700)');
$s = begin($deaf, { defies => DEPTH });
my $since = $s->now_ms;
kill 'TERM', $s->{pid};
ends_ok($s, 'what ignores SIGTERM');
cmp_ok($s->now_ms - $since, '>=', 700, 'after the time that .max_rest gives');
like($s->log, qr/^supervisord: killing what is left: \d+ \(perl\)/m, 'which is said');

# The time of the service that has left it

my $slow = image('slow', leaves(slow => 1, ', .max_stop = SECONDS(100)'), '.max_rest = MILLISECONDS(50)');
$s = begin($slow, { slow => 1 });
kill 'TERM', $s->{pid};
ends_ok($s, 'a daemon of a start script');
is(scalar(pids('slow.saved')), 1, 'has as long as its service');

my $unnamed = image('unnamed', leaves(defies => 1, ', .max_stop = SECONDS(1000)', 'env -i'),
    '.max_rest = MILLISECONDS(50)');
$s = begin($unnamed, { defies => 1 });
kill 'TERM', $s->{pid};
ends_ok($s, 'one that does not say which service has started it');

SKIP: {
    my @unshare = qw(unshare --pid --fork --mount-proc --kill-child);
    splice @unshare, 1, 0, qw(--user --map-root-user --mount) if (run(@unshare, 'true'))[0] != 0;
    skip 'no pid namespaces', 1 if (run(@unshare, 'true'))[0] != 0;
    $s = begin($slow, { slow => 1 }, wrap => \@unshare);
    kill 'TERM', $s->{pid};
    ended_by($s->{child});
    delete $s->{child};
    is(scalar(pids('slow.saved')), 1, 'so it has in a container');
}

# Asked again

my $patient = image('patient', leaves(defies => 1, ', .max_stop = FOREVER'), '');
$s = begin($patient, { defies => 1 });
kill 'TERM', $s->{pid};
eventually { $s->log =~ /^supervisord: waiting for what is left \(ask again to hurry\): \d+ \(perl\)$/m }
'what takes long is named';
kill 'TERM', $s->{pid};
ends_ok($s, 'asked again');

# supervisord killed meanwhile

my $waits = image('waits', leaves(defies => DEPTH, ''), '.max_rest = SECONDS(4)');
$s = begin($waits, { defies => DEPTH });
$since = $s->now_ms;
kill 'TERM', $s->{pid};
eventually { $s->escalation->{level} == 1 } 'it is to end';
my $old = 0;
for (1 .. 3) {
    eventually { ($s->header->{supervisord} // $old) != $old } 'a supervisord';
    $old = $s->kill_supervisord;
}
ends_ok($s, 'supervisord is killed');

# connate killed meanwhile, and then everything that it was

$s = begin($waits, { defies => DEPTH });
kill 'TERM', $s->{pid};
eventually { $s->escalation->{level} == 1 } 'it is to end';
my $heir = $s->header->{supervisord};
kill 'KILL', $s->{pid};
ended_by($s->{child});
delete $s->{child};
eventually { !alive($heir) } 'connate is killed: supervisord becomes connate, and ends';
my @left = grep { alive($_) } pids('defies.pids');
is("@left", '', 'and nothing is left');

# No supervisord that works: connate gives the same time

my $long = image('long', leaves(defies => DEPTH, ', .max_stop = FOREVER'), '.max_rest = MILLISECONDS(2500)');
SKIP: {
    skip 'no crash on this machine', 4 if !can_crash();
    $s = begin($long, { defies => DEPTH });
    kill 'TERM', $s->{pid};
    eventually { $s->escalation->{level} == 1 } 'it is to end';
    wait_until {
        my $pid = $s->header->{report_pid} // 0;
        crash($pid) if $pid > 0;
        return $s->log =~ /the end was asked for: ending without it what is left/;
    }
    'connate to end the session itself';
    ends_ok($s, 'no supervisord works', 1);
}
done_testing();
