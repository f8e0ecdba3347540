#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# READY_DAEMONIZE: a program is up when its parent has exited with 0 and left a
# process behind, in whatever way; that process is then the main process of the service.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch();
my $bad = "$FindBin::Bin/lib/misbehave.pl";

sub runs {
    my ($how, $name, @words) = @_;
    my $words = join '', map { qq{, "$_"} } $how, $name, $dir, @words;
    return qq{.run = EXEC("/usr/bin/perl", "$bad"$words)};
}

sub left {
    my ($name) = @_;
    return grep { slurp("/proc/$_/cmdline") =~ /\0\Q$name\E\0\Q$dir\E\0/ }
        map { m{(\d+)$} } glob '/proc/[1-9]*';
}

my $s = session(supervisord => supervisord('daemonize', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .ready = READY_DAEMONIZE, \\
	.retry = RETRY_NEVER, .max_ready = SECONDS(50), .max_stop = SECONDS(50),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("one", @{[ runs('daemon', 'one', 1) ]}),
	SERVICE("two", @{[ runs('daemon', 'two', 2) ]}),
	SERVICE("three", @{[ runs('daemon', 'three', 3) ]}),
	SERVICE("late", @{[ runs('daemon', 'late', 2, 'waits') ]}),
	SERVICE("workers", @{[ runs('workers', 'workers') ]}),
	SERVICE("all", @{[ runs('workers', 'all') ]}, .stop_all = true),
	SERVICE("refuse", @{[ runs('refuse', 'refuse') ]},
		.max_stop = MILLISECONDS(300)),
	SERVICE("half", @{[ runs('refuse', 'half', 'go') ]}),
	SERVICE("nobody", @{[ runs('job', 'nobody', 0) ]}),
	SERVICE("crash", @{[ runs('crash', 'crash') ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("successor", @{[ runs('successor', 'successor') ]}),
	SERVICE("hang", @{[ runs('hang', 'hang') ]}, .max_ready = SECONDS(1),
		.max_stop = MILLISECONDS(300)),
	SERVICE("waits", @{[ runs('hang', 'waits') ]}, .max_ready = FOREVER,
		.max_stop = MILLISECONDS(300)),
	SERVICE("asked", @{[ runs('daemon', 'asked', 2) ]},
		.stop = SHELL("echo x >>$dir/asked.stop; kill \$(cat $dir/asked.there)")),
	SERVICE("killed", @{[ runs('daemon', 'killed', 2) ]}),
	SERVICE("orphaned", @{[ runs('daemon', 'orphaned', 2, 'waits') ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("again", @{[ runs('daemon', 'again', 2) ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("early", @{[ runs('session', 'early') ]}),
	SERVICE("later", @{[ runs('session', 'later') ]}),
	SERVICE("alone", @{[ runs('session', 'alone') ]}),
	SERVICE("plain", .needs = LIST("one"), .ready = READY_AT_ONCE,
		.run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG

# The pid of the daemon, as it reports it.
sub daemon {
    my ($name) = @_;
    wait_until { slurp("$dir/$name.there") =~ /\d\n/ } "$name to be there";
    return (slurp("$dir/$name.there") =~ /(\d+)\n\z/)[0];
}

sub up_ok {
    my ($name, $why) = @_;
    my ($code, $out, $err) = $s->ctl(qw(up -w -t 60), $name);
    is($code, 0, $why) or diag("$out$err");
    my $pid = daemon($name);
    eventually { $s->field(pid => $name) eq $pid } "$name: conctl knows the daemon";
    return $pid;
}

sub down_ok {
    my ($name) = @_;
    $s->ctl(down => $name);
    ok($s->becomes($name, 'down'), "$name: it stops");
    is(join(' ', left($name)), '', "$name: nothing is left");
    is($s->records->{$name}{pid}, 0, "$name: nor is its guard");
}

# The child of its guard: the program, or the process that has taken over.
sub main_of {
    my ($name) = @_;
    return (children($s->records->{$name}{pid}))[0];
}

# Without it, supervisord has that child.
sub end_guard {
    my ($name) = @_;
    my $main = main_of($name);
    kill 'KILL', $s->records->{$name}{pid};
    return wait_until { $s->records->{$name}{pid} == $main } "the adoption of $name";
}

$s->ctl(qw(up -w -t 60 later alone));
my $settled = time + 6;

($s->ctl(qw(up -w -t 60 plain)))[0] == 0 or diag('plain is not up');
is($s->field(state => 'one'), 'up', 'what needs a daemon starts when that is up');
$s->ctl(down => 'one');
ok($s->becomes($_, 'down'), "$_ stops") for qw(plain one);
unlink "$dir/one.there";
for my $row ([one => 'a daemon'], [two => 'one that forks twice'],
    [three => 'one that forks three times'], [workers => 'one with workers'],
    [all => 'one with workers and .stop_all'], [asked => 'one with a command of .stop'])
{
    my ($name, $what) = @$row;
    my $pid = up_ok($name, $what);
    my $guard = $s->records->{$name}{pid};
    is(comm($guard), 'guard', "$name: under a guard");
    is((split ' ', slurp("/proc/$pid/stat"))[3], $guard, "$name: it is a child of the guard now");
    down_ok($name);
    is($s->field(code => $name), $name eq 'workers' || $name eq 'all' ? 0 : 128 + 15,
        "$name: it ended as the daemon did");
}
is(slurp("$dir/asked.stop"), "x\n", 'the command of .stop was run once');

# When it is up
$s->ctl(up => 'late');
daemon('late');
is($s->field(state => 'late'), 'starting', 'it is not up before its parent has exited');
isnt(main_of('late'), daemon('late'), 'which is another process');
eventually { $s->field(pid => 'late') eq main_of('late') } 'the pid of the parent is shown until then';
spew("$dir/late.go", '');
ok($s->becomes('late', 'up'), 'then it is');
is($s->field(pid => 'late'), daemon('late'), 'with its own pid');
down_ok('late');

# Programs that are no daemons
$s->ctl(up => 'refuse');
ok($s->becomes('refuse', 'failed'), 'a parent that exits with 1');
is($s->field(code => 'refuse'), 1, 'fails with that');
is(join(' ', left('refuse')), '', 'and what it has forked goes too');
$s->ctl(up => 'nobody');
ok($s->becomes('nobody', 'failed'), 'a parent that exits with 0 and leaves nobody');
is($s->field(code => 'nobody'), 0, 'fails, with 0');
is($s->records->{nobody}{exits}, 1, 'once');
$s->ctl(up => 'hang');
ok($s->becomes('hang', 'failed'), 'a parent that does not exit is given up');
is(join(' ', left('hang')), '', 'with all that it has started');
$s->ctl(up => 'waits');
wait_until { slurp("$dir/waits.hidden") =~ /\d/ } 'waits to run';
is($s->field(state => 'waits'), 'starting', 'FOREVER: it may take its time');
down_ok('waits');

# Its end
up_ok('crash', 'one that will crash');
spew("$dir/crash.go", '');
wait_until { $s->records->{crash}{exits} > 0 } 'its end';
unlink "$dir/crash.go";
is($s->field(code => 'crash'), 5, 'ends with its own exit code');
wait_until { (() = slurp("$dir/crash.there") =~ /\d+/g) >= 2 } 'another start';
up_ok('crash', 'it is started again');
down_ok('crash');

# Another process takes its place.
my $old = up_ok('successor', 'one that hands over');
my $guard = $s->records->{successor}{pid};
kill 'USR2', $old;
wait_until { slurp("$dir/successor.next") =~ /\d/ } 'its successor';
my ($next) = slurp("$dir/successor.next") =~ /(\d+)/;
eventually { $s->field(pid => 'successor') eq $next } 'its successor is the service';
is($s->field(state => 'successor'), 'up', 'which stays up');
is($s->records->{successor}{pid}, $guard, 'with the same guard');
is($s->records->{successor}{exits}, 0, 'and no end');
down_ok('successor');

# supervisord is dead while a daemon comes up, and while it ends.
my $supervisord = $s->header->{supervisord};
unlink "$dir/late.go";
$s->ctl(up => 'late');
wait_until { $s->records->{late}{main} > 0 } 'its start';
freeze($supervisord);
spew("$dir/late.go", '');
wait_until { $s->records->{late}{main} & 1 << 30 } 'readiness in the ledger';
kill 'KILL', $supervisord;
ok($s->becomes('late', 'up'), 'a daemon that came up unseen is up');
down_ok('late');

# Its guard is killed.
my $pid = up_ok('killed', 'a daemon whose guard is killed');
kill 'KILL', $s->records->{killed}{pid};
eventually { $s->records->{killed}{pid} == $pid } 'goes on without';
is($s->field(state => 'killed'), 'up', 'and stays up');
down_ok('killed');
$s->ctl(up => 'orphaned');
wait_until { slurp("$dir/orphaned.there") =~ /\d/ } 'its daemon';
end_guard('orphaned');
spew("$dir/orphaned.go", '');
wait_until { $s->records->{orphaned}{exits} > 0 } 'the end of its parent';
ok($s->becomes('orphaned', 'up'), 'killed before it is up, it is tried again');
is($s->field(pid => 'orphaned'), daemon('orphaned'), 'from the start');
down_ok('orphaned');
$s->ctl(up => 'half');
wait_until { slurp("$dir/half.started") =~ /\d/ } 'what half has forked';
end_guard('half');
spew("$dir/half.go", '');
ok($s->becomes('half', 'failed'), 'a parent that exits with 1 fails without a guard too');
is($s->field(code => 'half'), 1, 'with that');
is(join(' ', left('half')), '', 'and what it has forked goes too');

# Stopped between two forks, it is no daemon yet, which it is after five seconds.
for my $guarded (1, 0) {
    my $begun;
    for (1 .. 20) {
        unlink "$dir/early.there";
        $begun = time;
        $s->ctl(qw(up -w -t 60 early));
        daemon('early');
        end_guard('early') if !$guarded;
        $s->ctl(down => 'early');
        $s->becomes('early', 'down');
        last if time < $begun + 4;    # the machine was not too slow for that
        kill 'KILL', left('early');
    }
    is(join(' ', left('early')), '', 'stopped as soon as it was up it takes with it what it has forked'
            . (', without a guard' x !$guarded));
}
wait_until { time > $settled } 'others to settle';
end_guard('alone');
for my $name (qw(later alone)) {
    my $session = daemon($name);
    $s->ctl(down => $name);
    ok($s->becomes($name, 'down'), "$name: a daemon stops");
    is(join(' ', left($name)), $session, 'and leaves a session of its');
    kill 'KILL', $session;
}

# Guards and supervisord are killed at any time.
for my $round (1 .. 60) {
    $s->ctl(up => 'again');
    sleep rand 0.1;
    my $guard = $s->records->{again}{pid};
    if ($round % 2) { kill 'KILL', $guard if $guard > 1 && comm($guard) eq 'guard' }
    else            { $s->kill_supervisord }
    sleep rand 0.02;
    $s->ctl(down => 'again') if $round % 3 == 0;
}
my ($code) = $s->ctl(qw(up -w -t 60 again));
is($code, 0, 'after all of that it comes up');
eventually { my @all = left('again'); @all == 1 && $all[0] == $s->field(pid => 'again') }
    'as one process';
down_ok('again');
is(slurp("$dir/doubled"), '', 'nothing was ever there twice');
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
