#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The storm: supervisord is killed at random instants while services start,
# crash, become ready, are restarted and stop. Afterwards each service has exactly one
# process, each exit was counted once, and no process is unknown.
#
# CONNATE_STORM_KILLS: how many (default 1500). CONNATE_STORM_SEED: repeats a run.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;
use Time::HiRes qw(usleep);

my $kills = $ENV{CONNATE_STORM_KILLS} // 1500;
my $seed  = $ENV{CONNATE_STORM_SEED}  // time ^ $$;
my $dir   = scratch();
my $top   = $ENV{top_builddir} // "$FindBin::Bin/..";
srand $seed;
POSIX::nice(10);    # what is tested beside it has limits of time
diag("seed $seed, $kills kills");

# Every process of a service first adds a byte to its own file. While the file
# `storm` exists the flapping ones end at once; then they stay.
# Those that are stopped announce readiness behind it, so that none is stopped
# before.
my $ready = "$top/conctl/conctl ready";
my $go = "printf x >>$dir/runs.";
my @flapping = map { "flap-$_" } 1 .. 6;
my @steady   = map { "steady-$_" } 1 .. 6;
my @driven   = map { "driven-$_" } 1 .. 4;
my @asked    = map { "asked-$_" } 1 .. 2;      # .stop is a command
my @messy    = map { "messy-$_" } 1 .. 2;      # each leaves a child to its guard
my @watched  = qw(guarded daemon);             # steady, by a guard
# By a process that has ended when its message is read.
spew("$dir/say-ready", <<'PERL');
use Socket;
socket my $socket, AF_UNIX, SOCK_DGRAM, 0;
send $socket, 'READY=1', 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
PERL
my $services = join '', map { <<"ROW" } @flapping;
	SERVICE("$_", .run = EXEC("$top/t/flap", "$dir/runs.$_", "$dir/storm")),
ROW
$services .= join '', map { <<"ROW" } @steady;
	SERVICE("$_", .needs = LIST("ready"), .run = SHELL("${go}$_; exec sleep 100000")),
ROW
my %said = (READY_NOTIFY => $ready, READY_SD_NOTIFY => "perl $dir/say-ready");
$services .= join '', map { my $how = /[12]$/ ? 'READY_NOTIFY' : 'READY_SD_NOTIFY'; <<"ROW" } @driven;
	SERVICE("$_", .setup = SHELL("${go}$_; exit 0"), .cleanup = SHELL("${go}$_; exit 0"),
		.ready = $how, .run = SHELL("${go}$_; $said{$how}; exec sleep 100000")),
ROW
$services .= join '', map { <<"ROW" } @asked;
	SERVICE("$_", .ready = READY_FD(3),
		.setup = SHELL("printf s >>$dir/story.$_; rm -f $dir/pid.$_"),
		.run = SHELL("printf r >>$dir/story.$_; echo \$\$ >$dir/pid.$_;"
			" echo >&3; exec sleep 100000"),
		.stop = SHELL("printf k >>$dir/story.$_; kill \$(cat $dir/pid.$_)"),
		.cleanup = SHELL("printf c >>$dir/story.$_")),
ROW
$services .= join '', map { <<"ROW" } @messy;
	SERVICE("$_", .stop_all = true, .run = SHELL("${go}$_; [ -e $dir/storm ] ||"
		" exec sleep 100000; setsid sleep 100000 & exit 1")),
ROW

spew("$dir/storm", '');
my $s = session(
    supervisord => supervisord('storm', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(2)), \\
	.max_stop = SECONDS(20),
#include <connate/config.h>

static const struct service services[] = {
$services
	SERVICE("ready", .ready = READY_NOTIFY,
		.run = SHELL("${go}ready; $ready; exec sleep 100000")),
	SERVICE("guarded", .stop_all = true, .run = SHELL("${go}guarded; exec sleep 100000")),
	SERVICE("daemon", .ready = READY_DAEMONIZE,
		.run = SHELL("${go}daemon; setsid sleep 100000 & exit 0")),
	SERVICE("orphans", .run = SHELL("${go}orphans;"
		" while [ -e $dir/storm ]; do (true &) ; sleep 0.01; done; exec sleep 100000")),
};

CONNATE();
CONFIG

my @calm = (@steady, @watched, 'ready', 'orphans');
ok($s->becomes($_ => 'up'), "$_ is up") for @calm, @driven, @asked;
my %pid = map { $_ => $s->records->{$_}{pid} } @calm;

# The driven services are restarted all the time, by conctl, as a user would.
my $driver = fork // die;
if ($driver == 0) {
    my @restarted = (@driven, @asked);
    while (-e "$dir/storm") { restarted(sub { $s->ctl(@_) }, $restarted[ rand @restarted ]) }
    POSIX::_exit(0);
}

# Most kills take the pid from the ledger, which only a supervisord that has
# resumed is in; the others hit it as early as it can be seen. A service on its
# way to exec looks like a supervisord, but the ledger has its pid.
my ($done, $early) = (0, 0);
while ($done < $kills) {
    usleep(rand 3000);
    if (rand() < 0.97) {
        $done++ if $s->kill_supervisord;
        next;
    }
    my @seen = grep { comm($_) =~ /^(supervisord|105)$/ } children($s->{pid});
    my %service = map { $_->{pid} => 1, $_->{helper} => 1 } values %{ $s->records };
    my ($pid) = grep { !$service{$_} } @seen;
    next if !$pid || !kill 'KILL', $pid;
    $done++;
    $early++;
}
eventually { !grep { slurp("$dir/story.$_") !~ /c/ } @asked } 'each that is asked to stop has been';
unlink "$dir/storm";
waitpid $driver, 0;
is($? >> 8, 0, 'the driver never failed');
pass("$done kills, $early of them by the process list");

my @all = (@calm, @flapping, @driven, @asked, @messy);
ok($s->becomes($_ => 'up'), "$_ is up again") for @all;
is(($s->ctl(qw(wait -t 60 settled), @all))[0], 0, 'all is settled');
my $records = $s->records;
is($records->{$_}{pid}, $pid{$_}, "$_ never noticed") for @calm;
is($records->{$_}{exits}, 0, "$_ has no exit") for @calm;

# The processes under this connate, against the ledger.
my %known = map { $records->{$_}{pid} => $_ } keys %$records;
my $sup   = $s->header->{supervisord};
my %parent_of;
for my $parent ($s->{pid}, $sup) {
    $parent_of{$_} = $parent for grep { $_ != $sup } children($parent);
}
is_deeply(
    [ sort map { $known{$_} // "unknown $_ (" . comm($_) . ')' } keys %parent_of ],
    [ sort @all ],
    'each service has exactly one process, and nothing else runs'
);
for my $name (@watched, @messy) {
    my @under = children($records->{$name}{pid});
    is_deeply(\@under, [ $s->field(pid => $name) ], "$name: one process under its guard");
}
# A restart that conctl asked for twice, because the first was not answered, may
# meet a set-up or a program that has not written its letter yet.
for my $name (@asked) {
    my $story = slurp("$dir/story.$name");
    my $rounds = () = $story =~ /c/g;
    ok($rounds > 0, "$name was stopped $rounds times");
    my ($odd) = grep { !/^s?(?:rk|kr|k)?c$/ } $story =~ /[^c]*c/g;
    is($odd, undef, 'each time its program was asked once, before the clean-up');
    like($story, qr/(?:^|c)s?r$/, 'and now it runs');
}
for my $name (@flapping, @driven, @messy) {
    my $runs = length slurp("$dir/runs.$name");
    is($records->{$name}{exits} + 1, $runs, "$name: each of $runs runs but the last was counted once");
}
is($s->stop, 0, 'it ends');
diag($s->log) if !Test::More->builder->is_passing;
done_testing();
