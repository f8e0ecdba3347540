#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Numbers come again: in a pid namespace, services whose connate has died end,
# and strangers get their numbers at once, before and while a successor looks
# for them; then everything is restarted and stopped. No stranger has a signal,
# and no service is lost, or there twice.
#
# CONNATE_NUMBERS: how many numbers (default 1500), CONNATE_NUMBERS_SERVICES: of
# how many plain services (20). CONNATE_NUMBERS_SEED: repeats.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(:sys_wait_h setsid);
use Test::More;
use Time::HiRes qw(usleep time);

my $numbers = $ENV{CONNATE_NUMBERS}      // 1500;
my $seed    = $ENV{CONNATE_NUMBERS_SEED} // time ^ $$;
my $top     = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");

# The first process of the namespace runs this file again.
if (!$ENV{CONNATE_NUMBERS_INSIDE}) {
    plan skip_all => 'numbers are given by CAP_SYS_ADMIN' if $> != 0;
    plan skip_all => 'this kernel gives no numbers' if !-e '/proc/sys/kernel/ns_last_pid';
    $ENV{CONNATE_NUMBERS_INSIDE} = 1;
    $ENV{CONNATE_NUMBERS_SEED}   = $seed;
    exec 'unshare', qw(--pid --fork --kill-child --mount-proc), $^X, $0;
}
diag("CONNATE_NUMBERS_SEED=$seed");
srand $seed;
POSIX::nice(10);    # what is tested beside it has limits of time

my $dir  = scratch();
my $lock = "$dir/lock";
my $go   = spew("$dir/go", <<"GO");
exec 9>>$dir/lock.\$CONNATE_SERVICE
flock -n 9 || printf '%s ' \$CONNATE_SERVICE >>$dir/twice
exec sleep 100000
GO
my $run     = qq{.run = EXEC("/bin/sh", "$go")};
my @plain   = map { "plain-$_" } 1 .. ($ENV{CONNATE_NUMBERS_SERVICES} // 20);
my @guarded = map { "guarded-$_" } 1 .. 3;
my @asked   = map { "asked-$_" } 1 .. 2;
my $rows = join '', (map { qq{\tSERVICE("$_", $run),\n} } @plain),
    (map { qq{\tSERVICE("$_", .stop_all = true, $run),\n} } @guarded),
    (map { qq{\tSERVICE("$_", .stop = SHELL("sleep 0.0\$\$; conctl signal TERM $_"), $run),\n} } @asked);
$ENV{PATH} = "$top/conctl:$ENV{PATH}";
my @all = (@plain, @guarded, @asked);
my $s = session(supervisord => supervisord('numbers', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(2)), .max_stop = SECONDS(20),
#include <connate/config.h>

static const struct service services[] = {
$rows
};

CONNATE(.lock_file = "$lock");
CONFIG

sub ctl { return run("$top/conctl/conctl", '-l', $lock, @_) }
is((ctl(qw(wait -t 60 up), @all))[0], 0, 'all are up');

# The holder of the lock is connate; its supervisord has said that it works.
sub connate_now {
    my $inode = (stat $lock)[1];
    for my $line (split /\n/, slurp('/proc/locks')) {
        my @field = split ' ', $line;
        return $s->{pid} = $field[4] if ($field[5] // '') =~ /:$inode$/ && $field[6] == 0 && $field[4] > 0;
    }
    return $s->{pid};
}

sub is_linked {
    connate_now();
    my $h = $s->header;
    my $pid = $h->{supervisord} // 0;
    return $pid > 0 && $pid != $s->{pid} && $h->{report_pid} == $pid && alive($pid);
}

my (%stranger, @dead);

# As the first process here this test adopts.
sub reap {
    while ((my $pid = waitpid -1, WNOHANG) > 0) { push @dead, $pid if delete $stranger{$pid} }
}

# A stranger with that number, which is free; it dies of any signal.
sub stranger {
    my ($number) = @_;
    open my $last, '>', '/proc/sys/kernel/ns_last_pid' or die $!;
    print $last $number - 1;
    close $last or return 0;
    my $pid = fork_patiently();
    if ($pid == 0) { setsid(); exec 'sleep', '100000' or POSIX::_exit(127) }
    $stranger{$pid} = 1;
    return $pid == $number;
}

# Ends an orphan, and gives its number away.
sub replace {
    my ($pid) = @_;
    kill 'KILL', $pid or return 0;
    my $mine = wait_until { my $got = waitpid $pid, WNOHANG; $got == $pid || $got < 0 && !kill 0, $pid } 'an end';
    return $mine && stranger($pid);
}

my ($given, $rounds, $lost) = (0, 0, 0);
my $until = time + 3600;
while ($given < $numbers && time < $until) {
    $rounds++;
    reap();
    wait_until { reap(); is_linked() } 'a session that works' or last;

    # Services become connate's children, and are known or not yet; then orphans.
    if (rand() < 0.9) {
        my $old = $s->header->{supervisord};
        kill 'KILL', $old;
        wait_until { is_linked() && $s->header->{supervisord} != $old } 'a supervisord' or last;
        usleep(rand 8000);
    }
    my @pids = map { $_->{pid} } grep { $_->{pid} > 1 } values %{ $s->records };
    my $early = rand() < 0.5;
    my ($connate, $supervisord) = ($s->{pid}, $s->header->{supervisord});
    kill 'KILL', $connate;
    waitpid $connate, 0;
    if (!$early) {
        wait_until { reap(); $s->{pid} = $supervisord; is_linked() } 'a successor' or last;
        usleep(rand 5000);
    }
    for my $pid (grep { rand() < 0.8 } @pids) {
        my ($parent) = slurp("/proc/$pid/stat") =~ /\) \S (\d+)/;
        $given++ if ($parent // 0) == $$ && replace($pid);
    }
    my @names = grep { rand() < 0.5 } @all;
    my ($code, undef, $err) = rand() < 0.3 ? ctl(qw(down -w -t 60), @names) : ctl(qw(restart -w -t 60), @names);
    $lost++, diag("round $rounds: $code $err") if @names && $code != 0 && $lost < 5;
    brought_up(\&ctl, @all);
    reap();
    last if @dead;

    # They have done their part.
    kill 'KILL', my @old = keys %stranger;
    %stranger = ();
    wait_until { reap(); !grep { kill 0, $_ } @old } 'the strangers to be gone';
}
is("@dead", '', "no stranger had a signal: $given numbers came again, in $rounds rounds");
cmp_ok($given, '>=', $numbers, 'so many were given');
is($lost, 0, 'each request was carried out');
is((ctl(qw(wait -t 60 up), @all))[0], 0, 'all are up in the end');
is(slurp("$dir/twice"), '', 'nothing was ever there twice');
kill 'TERM', connate_now();
eventually { reap(); !kill 0, $s->{pid} } 'it ends';
done_testing();
