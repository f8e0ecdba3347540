#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A storm in a session over both processes: supervisord is killed, connate is
# killed, has faults, and is sent SIGHUP, by which supervisord becomes another
# image, at random instants, while services start, crash and are restarted.
# Afterwards each has one process, and each exit was counted once.
#
# connate is killed only while a supervisord has its link: both at once is
# another matter (4006).
#
# CONNATE_BOTH_KILLS: how many (default 2000). CONNATE_BOTH_SEED: repeats.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;
use Time::HiRes qw(usleep time);

my $kills = $ENV{CONNATE_BOTH_KILLS} // 2000;
my $seed  = $ENV{CONNATE_BOTH_SEED}  // time ^ $$;
my $dir   = scratch();
my $lock  = "$dir/lock";
my $top   = $ENV{top_builddir} // "$FindBin::Bin/..";
srand $seed;
POSIX::nice(10);    # what is tested beside it has limits of time
diag("CONNATE_BOTH_SEED=$seed");

# A service that finds its file locked is there twice.
my $twice = "exec 9>>$dir/lock.\$CONNATE_SERVICE;"
    . " flock -n 9 || printf '%s ' \$CONNATE_SERVICE >>$dir/twice;";
my $go = "$twice printf x >>$dir/runs.\$CONNATE_SERVICE;";
my @flapping = map { "flap-$_" } 1 .. 5;
my @steady   = map { "steady-$_" } 1 .. 5;
my @driven   = map { "driven-$_" } 1 .. 4;
my @guarded  = map { "guarded-$_" } 1 .. 2;
# By a process that has ended when its message is read.
spew("$dir/say-ready", <<'PERL');
use Socket;
socket my $socket, AF_UNIX, SOCK_DGRAM, 0;
send $socket, 'READY=1', 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
PERL
my $services = join '', map { <<"ROW" } @flapping;
	SERVICE("$_", .run = SHELL("${go} [ -e $dir/storm ] || exec sleep 100000; sleep 0.01; exit 1")),
ROW
$services .= join '', map { <<"ROW" } @steady;
	SERVICE("$_", .log = LOG_TO("logger"), .run = SHELL("${go} exec sleep 100000")),
ROW
my %said = ('READY_FD(3)' => 'echo >&3', READY_SD_NOTIFY => "perl $dir/say-ready");
$services .= join '', map { my $how = /[12]$/ ? 'READY_FD(3)' : 'READY_SD_NOTIFY'; <<"ROW" } @driven;
	SERVICE("$_", .ready = $how, .run = SHELL("${go} $said{$how}; exec sleep 100000")),
ROW
$services .= join '', map { <<"ROW" } @guarded;
	SERVICE("$_", .stop_all = true, .run = SHELL("${go} exec sleep 100000")),
ROW

sub image {
    my ($name, $rows) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(2)), \\
	.max_stop = SECONDS(20),
#include <connate/config.h>

static const struct service services[] = {
$rows
	SERVICE("logger", .run = EXEC("/bin/cat")),
};

CONNATE(.lock_file = "$lock");
CONFIG
}

# The other one has its services in another order, so it needs another ledger.
my @rows   = $services =~ /(\tSERVICE.*?\)\),\n)/gs;
my @images = (image(storm => $services), image(other => join '', reverse @rows));
spew("$dir/storm", '');
run('cp', $images[0], "$dir/image");
my $s = session(supervisord => "$dir/image");
my @calm = (@steady, @guarded, 'logger');
ok($s->becomes($_ => 'up'), "$_ is up") for @calm, @driven;
my %pid = map { $_ => $s->records->{$_}{pid} } @calm;

sub ctl { return run("$top/conctl/conctl", '-l', $lock, @_) }

my $driver = fork // die;
if ($driver == 0) {
    my $failed = 0;
    while (-e "$dir/storm") {
        my ($code, undef, $err) = restarted(\&ctl, $driven[ rand @driven ]);
        next if $code == 0;
        print STDERR "# driver: $code $err" if $failed++ == 0;
        usleep(100_000);
    }
    POSIX::_exit($failed > 0);
}

# The process that has the lock, and whose supervisord has said that it works.
sub connate_now {
    my $pid   = $s->{pid};
    my $inode = (stat $lock)[1];
    for my $line (split /\n/, slurp('/proc/locks')) {
        my @field = split ' ', $line;
        $pid = $field[4] if ($field[5] // '') =~ /:$inode$/ && $field[6] == 0;
    }
    return $s->{pid} = $pid;
}

my $killed = 0;    # the last supervisord that was: it may not be dead yet

sub is_linked {
    my $h   = $s->header;
    my $pid = $h->{supervisord} // 0;
    return 0 if $pid == 0 || $pid == $killed || $pid == $s->{pid};
    return $h->{report_pid} == $pid && alive($pid);
}

sub kill_connate {
    for (1 .. 50) {
        last if is_linked();
        usleep(1000);
    }
    return 0 if !is_linked();
    my $old = $s->{pid};
    kill 'KILL', $old or return 0;
    waitpid $old, 0;
    return wait_until { connate_now() != $old && is_linked() } 'a successor of connate';
}

my %done = (supervisord => 0, connate => 0, upgrade => 0, fault => 0);
my $seen = time;    # the last time that all was well
while ($done{supervisord} + $done{connate} < $kills) {
    usleep(rand 3000);
    $seen = time if is_linked();
    fail('there is no session any more'), diag(substr $s->log, -1000), last if time > $seen + 60;
    1 while waitpid(-1, POSIX::WNOHANG()) > 0 && -e "$dir/storm";
    my $what = rand();
    if ($what < 0.6) {
        my $pid = $s->header->{supervisord} // 0;
        next if $pid == 0 || $pid == $s->{pid};    # it has become connate
        $done{supervisord}++ if kill 'KILL', $killed = $pid;
    } elsif ($what < 0.8) {
        $done{connate} += kill_connate();
    } elsif ($what < 0.95) {
        if (rand() < 0.5) {
            run('cp', $images[ rand @images ], "$dir/new");
            rename "$dir/new", "$dir/image";
        }
        kill 'HUP', $s->{pid};
        $done{upgrade}++;
    } else {
        kill 'SEGV', $s->{pid};
        $done{fault}++;
        usleep(1000);
    }
}
unlink "$dir/storm";
pass(join ', ', map { "$_ $done{$_}" } sort keys %done);
wait_until { slurp("/proc/$driver/stat") =~ /\) Z / || !alive($driver) } 'the driver';
waitpid $driver, 0;
is($? >> 8, 0, 'the driver never failed') if $? != -1;

my @all = (@calm, @flapping, @driven);
wait_until { connate_now() && is_linked() } 'the last supervisord';
ok($s->becomes($_ => 'up'), "$_ is up again") for @all;
is((ctl(qw(wait -t 60 settled), @all))[0], 0, 'all is settled');
my $records = $s->records;
is($records->{$_}{pid}, $pid{$_}, "$_ never noticed") for @calm;
is($records->{$_}{exits}, 0, "$_ has no exit") for @calm;
is(slurp("$dir/twice"), '', 'nothing ever ran twice');

# All processes, by their environment, against the ledger.
my %runs;
for my $path (glob '/proc/[0-9]*/environ') {
    my $environ = slurp($path);
    my ($pid) = $path =~ /(\d+)/;
    next if $environ !~ /\bCONNATE_LOCK_FILE=\Q$lock\E\0/ || !alive($pid) || comm($pid) eq 'guard';
    my ($name) = $environ =~ /\bCONNATE_SERVICE=([^\0]*)/;
    push @{ $runs{$name} }, $pid;
}
is_deeply([ sort keys %runs ], [ sort @all ], 'all run');
is_deeply([ grep { @{ $runs{$_} } != 1 } sort keys %runs ], [], 'and nothing twice');
for my $name (@flapping, @driven) {
    my $runs = length slurp("$dir/runs.$name");
    is($records->{$name}{exits} + 1, $runs, "$name: each of $runs runs but the last was counted once");
}
my $last = $s->{pid};
kill 'TERM', $last;
eventually { !alive($last) } 'it ends';
done_testing();
