#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .stop_all: a guard ends every descendant, and if supervisord or the guard is killed,
# no process is lost, left over, or there twice.
#
# CONNATE_GUARD_KILLS: the number of kills of supervisord (200).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Fcntl;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch();
my $bad = "$FindBin::Bin/lib/misbehave.pl";
my $top = $ENV{top_builddir} // "$FindBin::Bin/..";

sub runs {
    my ($how, $name, @words) = @_;
    my $words = join '', map { qq{, "$_"} } $how, $name, $dir, @words;
    return qq{.run = EXEC("/usr/bin/perl", "$bad"$words)};
}

# The processes of a service: all have its name and folder as arguments.
sub left {
    my ($name) = @_;
    return grep { slurp("/proc/$_/cmdline") =~ /\0\Q$name\E\0\Q$dir\E\0/ }
        map { m{(\d+)$} } glob '/proc/[1-9]*';
}

my $how = <<"CONFIG";
#define DEFAULTS .target = DOWN, .stop_all = true, .retry = RETRY_NEVER, \\
	.max_stop = MILLISECONDS(300), .max_ready = SECONDS(50),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("tree", @{[ runs('tree', 'tree') ]}),
	SERVICE("polite", .run = SHELL("(setsid sleep 1000 &) ; exec sleep 1000"),
		.max_stop = FOREVER),
	SERVICE("leave", @{[ runs('leave', 'leave', 7) ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("end", @{[ runs('end', 'end', 9) ]}),
	SERVICE("bomb", @{[ runs('bomb', 'bomb') ]}),
	SERVICE("hop", @{[ runs('hop', 'hop') ]}),
	SERVICE("inherits", @{[ runs('env', 'inherits') ]}),
	SERVICE("given", @{[ runs('env', 'given') ]}, .env = LIST("COLOUR=blue")),
	SERVICE("notify", @{[ runs('notify', 'notify', "$top/conctl/conctl") ]},
		.ready = READY_NOTIFY),
	SERVICE("newline", @{[ runs('newline', 'newline') ]}, .ready = READY_FD(3)),
	SERVICE("never", @{[ runs('hang', 'never') ]}, .ready = READY_NOTIFY,
		.max_ready = SECONDS(1)),
	SERVICE("missing", .run = EXEC("$dir/no-such-program")),
	SERVICE("nowhere", .run = EXEC("/bin/true"), .chdir = "$dir/none"),
	SERVICE("forever", @{[ runs('tree', 'forever') ]}, .max_stop = FOREVER),
	SERVICE("asked", @{[ runs('tree', 'asked') ]}, .max_stop = SECONDS(2),
		.stop = SHELL("echo x >>$dir/asked.stop; kill -KILL \$(cat $dir/asked.there)")),
	SERVICE("refuses", @{[ runs('tree', 'refuses') ]}, .stop = EXEC("/bin/false")),
	SERVICE("killed", @{[ runs('tree', 'killed') ]}),
	SERVICE("swept", @{[ runs('leave', 'swept', 4) ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("heavy", @{[ runs('heavy', 'heavy', 4) ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("calm", @{[ runs('tree', 'calm') ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("job", @{[ runs('job', 'job', 3) ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
	SERVICE("steady", @{[ runs('env', 'steady') ]},
		.retry = RETRY_FIXED(.after = MILLISECONDS(1))),
};

CONNATE();
CONFIG

my $image = supervisord('guard', $how, '--no-host-checks');
my $s     = session(supervisord => $image);

sub there {
    my ($name) = @_;
    return wait_until { slurp("$dir/$name.there") =~ /\d/ } "$name to run";
}

sub up {
    my ($name) = @_;
    my ($code, $out, $err) = $s->ctl(qw(up -w -t 60), $name);
    diag("$name: $out$err") if $code != 0;
    return $code == 0;
}

sub down_ok {
    my ($name, $why) = @_;
    my ($code, undef, $err) = $s->ctl(down => $name);
    is("$code$err", '0', "$name: it is asked to stop");
    ok($s->becomes($name, 'down'), $why) or diag(join '', ($s->ctl(status => $name))[1, 2]);
    my @left = left($name);
    is("@left", '', "$name: nothing is left");
}

sub guard_of { my ($name) = @_; return $s->records->{$name}{pid} }

# A whole tree
ok(up('tree'), 'a service with a guard comes up');
there('tree');
my $guard = guard_of('tree');
is(comm($guard), 'guard', 'its process is a guard');
my ($main) = slurp("$dir/tree.there") =~ /(\d+)/;
is($s->field(pid => 'tree'), $main, 'conctl knows the program');
like(slurp("/proc/$guard/status"), qr/^SigBlk:\s+fffffffffffbfeff$/m,
    'a guard takes no signal but by its signalfd');
cmp_ok(scalar left('tree'), '>=', 4, 'it has descendants of all kinds');
down_ok('tree', 'it stops');
ok(!alive($guard), 'nor is the guard');

ok(up('polite'), 'a service whose children obey');
wait_until { children(guard_of('polite')) == 2 } 'its orphan';
my @all = children(guard_of('polite'));
$s->ctl(down => 'polite');
ok($s->becomes('polite', 'down'), 'needs no force');
is(scalar(grep { alive($_) } @all), 0, 'and leaves nothing');

# It ends by itself.
ok(up('leave'), 'one that ends by itself, while something is left');
there('leave');
spew("$dir/leave.go", '');
wait_until { $s->records->{leave}{exits} > 0 } 'its end';
unlink "$dir/leave.go";
is($s->field(code => 'leave'), 7, 'its exit code is that of the program');
wait_until { (() = slurp("$dir/leave.started") =~ /\d+/g) >= 2 } 'another start';
ok(!-e "$dir/leave.overlap", 'it is started again when nothing is left');
down_ok('leave', 'and stops');

# Its end while there is no supervisord.
up('end');
there('end');
my $supervisord = $s->header->{supervisord};
freeze($supervisord);
spew("$dir/end.go", '');
wait_until { !left('end') } 'the program to end';
kill 'KILL', $supervisord;
ok($s->becomes('end', 'failed'), 'an end is seen by the next supervisord');
is($s->field(code => 'end'), 9, 'with its exit code');
is($s->records->{end}{exits}, 1, 'once');

# Processes that run away
up('bomb');
wait_until { left('bomb') > 20 } 'the bomb';
down_ok('bomb', 'a fork bomb is stopped');
up('hop');
wait_until { left('hop') > 1 } 'the hopper';
down_ok('hop', 'and so is what forks and ends, and forks and ends');

# The surroundings of the program
up('inherits');
eventually { slurp("$dir/inherits.env") =~ /^PATH=/m } 'the environment';
eventually { slurp("$dir/inherits.env") =~ /^CONNATE_SERVICE=inherits$/m } 'it knows its name';
eventually { slurp("$dir/inherits.env") =~ /^CONNATE_PID=$s->{pid}$/m } 'and connate';
up('given');
eventually {
    (slurp("$dir/given.env") =~ s/^(?:PWD|SHLVL|_|OLDPWD)=.*\n//mgr) eq
        "COLOUR=blue\nCONNATE_PID=$s->{pid}\nCONNATE_SERVICE=given\n"
}
'also beside .env';
my $given = $s->field(pid => 'given');
my @fds = map { m{(\d+)$} } glob "/proc/$given/fd/*";
is(join(' ', sort grep { $_ >= 100 } @fds), '', 'it has none of our descriptors');
like(slurp("/proc/$given/stat"), qr/^$given \(.*\) \S \d+ $given $given /,
    'it leads its own session');
like(slurp("/proc/$given/status"), qr/^SigBlk:\s+0+$/m, 'no signal is blocked');

# Readiness
for my $name (qw(notify newline)) {
    $s->ctl(up => $name);
    wait_until { -s "$dir/$name.hidden" } "$name to run";
    is($s->field(state => $name), 'starting', "$name: not ready until it says so");
    spew("$dir/$name.go", '');
    ok($s->becomes($name, 'up'), "$name: then up");
    down_ok($name, "$name: and down");
}
$s->ctl(up => 'never');
ok($s->becomes('never', 'failed'), 'one that is never ready fails');
is(join(' ', left('never')), '', 'and nothing of it is left');

# A program that cannot be started
my %said = (missing => qr{exec .*/no-such-program: No such file}, nowhere => qr{chdir});
for my $name (sort keys %said) {
    $s->ctl(up => $name);
    ok($s->becomes($name, 'failed'), "$name: failed");
    like(($s->ctl(status => $name))[1], $said{$name}, "$name: at that step");
    is($s->records->{$name}{exits}, 1, "$name: one attempt");
}
my ($code, undef, $err) = run($image, '--guard', 0);
is($code, 126, 'a guard that is started by hand ends');
like($err, qr/guard: 0: there is no ledger/, 'and says why');

# Time
up('forever');
there('forever');
$s->ctl(down => 'forever');
wait_until { !alive(slurp("$dir/forever.there") =~ s/\s//gr) } 'the program to end';
sleep 0.5;
is($s->field(state => 'forever'), 'stopping', 'FOREVER: what is left has all the time');
sleeps_ok(guard_of('forever'), 'and the guard sleeps');
kill 'KILL', left('forever');
ok($s->becomes('forever', 'down'), 'until it ends');

sub cpu_of {
    my ($pid) = @_;
    my @fields = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\)//r;
    return ($fields[11] // 0) + ($fields[12] // 0);
}

# Once there is nothing left to do: a walk over all processes is expensive.
sub sleeps_ok {
    my ($pid, $name) = @_;
    return eventually { my $before = cpu_of($pid); sleep 0.3; cpu_of($pid) == $before } $name;
}

# Stop commands
up('asked');
there('asked');
down_ok('asked', 'a command of .stop');
is(slurp("$dir/asked.stop"), "x\n", 'is run once');
up('refuses');
there('refuses');
down_ok('refuses', 'one that fails');
like($s->log, qr/refuses: the command of \.stop failed; sending SIGTERM/, 'that is said');

# The request pipe is full: the guard waits for room, and does not spin.
unlink map { "$dir/leave.$_" } qw(there go hidden);
up('leave');
there('leave');
my $full = $s->header->{supervisord};
freeze($full);
$guard = guard_of('leave');
sysopen my $pipe, "/proc/$s->{pid}/fd/111", O_WRONLY | O_NONBLOCK or die "pipe: $!";
1 while defined syswrite $pipe, "\0" x 4096;
1 while defined syswrite $pipe, "\0";
spew("$dir/leave.go", '');
wait_until { $s->records->{leave}{main} < 0 } 'the end in the ledger';
sleeps_ok($guard, 'a full request pipe is waited for');
ok(alive($guard), 'by a guard that lives');
unlink "$dir/leave.go";
close $pipe;
kill 'CONT', $full;
wait_until { (() = slurp("$dir/leave.started") =~ /\d+/g) >= 4 } 'another start';
down_ok('leave', 'then all goes on');

# The guard is killed.
up('killed');
there('killed');
($main) = slurp("$dir/killed.there") =~ /(\d+)/;
kill 'KILL', guard_of('killed');
eventually { guard_of('killed') == $main } 'a guard is killed: its program goes on';
is($s->field(state => 'killed'), 'up', 'and the service is up');
is($s->field(pid => 'killed'), $main, 'with the same pid');
like($s->log, qr/killed: its guard was killed/, 'which is said');
down_ok('killed', 'it stops, and with it the rest of its tree');
is(slurp("$dir/killed.started"), "$main\n", 'it was started once');

for my $name (qw(swept heavy)) {
    up($name);
    there($name);
    kill 'KILL', guard_of($name);
    wait_until { $s->records->{$name}{pid} == $s->field(pid => $name) } 'the adoption';
    spew("$dir/$name.go", '');
    wait_until { $s->records->{$name}{exits} > 0 } 'its end';
    unlink "$dir/$name.go";
    is($s->field(code => $name), 4, 'it ends without a guard: with its exit code');
    wait_until { (() = slurp("$dir/$name.started") =~ /\d+/g) >= 2 } 'another start';
    ok(!-e "$dir/$name.overlap", 'it is started again when nothing is left');
    is(comm(guard_of($name)), 'guard', 'with a new guard');
    down_ok($name, 'and stops');
}
is(slurp("$dir/doubled"), '', 'not even a process that is about to end');

# Guards are killed at any time.
up('calm');
for my $round (1 .. 60) {
    my $pid = guard_of('calm');
    sleep rand 0.02;
    kill 'KILL', $pid if $pid > 1 && comm($pid) eq 'guard';
    $s->ctl($round % 3 ? 'restart' : 'down', 'calm') if $round % 2;
    $s->ctl(up => 'calm');
}
ok(up('calm'), 'guards are killed at random');
down_ok('calm', 'it stops');

# supervisord is killed at any time.
$s->ctl(up => qw(job steady tree));
srand($ENV{CONNATE_STORM_SEED} // time);
my $kills = $ENV{CONNATE_GUARD_KILLS} // 200;
for my $kill (1 .. $kills) {
    my $starts = $s->header->{starts} // 0;
    sleep rand 0.02;
    $s->kill_supervisord;
    wait_until { ($s->header->{starts} // 0) > $starts } 'another supervisord' or last;
    $s->ctl('restart', 'tree') if $kill % 20 == 0;
    $s->ctl('restart', 'steady') if $kill % 7 == 0;
}
is($s->header->{starts}, $kills + 1 + 1, "supervisord is killed $kills times");
ok($s->becomes($_, 'up'), "$_ is up") for qw(steady tree);
eventually { my @mains = left('steady'); @mains == 1 && $mains[0] == $s->field(pid => 'steady') }
    'there is one program of it';
$s->ctl(down => qw(job));
ok($s->becomes('job', 'down'), 'one that ended all the time is down');
my $started = () = slurp("$dir/job.started") =~ /\d+/g;
my $exits   = $s->records->{job}{exits};
cmp_ok($started, '>', 20, "it was started $started times");
ok($exits - $started >= 0 && $exits - $started <= 2, "and each end counted once: $exits");
down_ok($_, "$_ stops") for qw(steady tree inherits given);
is(slurp("$dir/doubled"), '', 'nothing was ever there twice');

up('tree');
there('tree');
is($s->stop, 0, 'SIGTERM ends it with 0');
is(join(' ', left('tree')), '', 'with all that it has started');
done_testing;
