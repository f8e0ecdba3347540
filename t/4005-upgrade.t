#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Another image takes over in place: by SIGHUP, which takes the file that is
# there by now. Kept services notice nothing; gone ones are stopped by their former
# rules; and an image that does not work is as if it had never been tried.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir     = scratch();
my $sleep   = '.run = EXEC("/bin/sleep", "1000")';
my $running = "$dir/running";

sub configuration {
    my ($name, $services) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

int clean(void);
int clean(void)
{
	return 7;
}

static const struct service services[] = {
$services
};

CONNATE();
CONFIG
}

my $old = configuration(old => <<"SERVICES");
	SERVICE("one", $sleep),
	SERVICE("two", .needs = LIST("one"), $sleep),
	SERVICE("leaves", .needs = LIST("one"), $sleep,
		.stop = SHELL("echo stop >>$dir/leaves; kill \$(cat $dir/pid)"),
		.cleanup = SHELL("echo clean-up >>$dir/leaves")),
	SERVICE("calls", $sleep, .cleanup = CALL(clean)),
	SERVICE("changes", $sleep, .log = LOG_TO("logger")),
	SERVICE("logger", .run = SHELL("exec cat >>$dir/log")),
	SERVICE("guarded", .stop_all = true, $sleep),
	SERVICE("guarded-leaves", .stop_all = true, $sleep),
	SERVICE("idle", .target = DOWN, $sleep),
	SERVICE("says", .ready = READY_FD(3), .run = SHELL("echo >&3; exec sleep 1000")),
	SERVICE("kept-logger", .run = SHELL("exec cat >>$dir/kept-log")),
	SERVICE("writes", .log = LOG_TO("kept-logger"),
		.run = SHELL("while :; do echo line; sleep 0.05; done")),
SERVICES
my $new = configuration(new => <<"SERVICES");
	SERVICE("first-logger", .run = EXEC("/bin/cat")),
	SERVICE("writes", .log = LOG_TO("kept-logger"),
		.run = SHELL("while :; do echo line; sleep 0.05; done")),
	SERVICE("new", .needs = LIST("idle"), $sleep),
	SERVICE("not-wanted", .target = DOWN, $sleep),
	SERVICE("guarded", .stop_all = true, $sleep),
	SERVICE("says", .ready = READY_FD(3), .run = SHELL("echo >&3; exec sleep 1000")),
	SERVICE("two", .needs = LIST("one"), $sleep),
	SERVICE("changes", .run = EXEC("/bin/sleep", "1001")),
	SERVICE("idle", .target = DOWN, $sleep),
	SERVICE("kept-logger", .run = SHELL("exec cat >>$dir/kept-log")),
	SERVICE("one", $sleep),
SERVICES

sub put { my ($from) = @_; return (run('cp', $from, "$running.new"))[0] == 0 && rename("$running.new", $running) }

put($old);
my $s = session(supervisord => $running);
ok($s->becomes($_ => 'up'), "$_ is up")
    for qw(one two leaves calls changes logger guarded guarded-leaves says writes);
spew("$dir/pid", $s->field(pid => 'leaves'));
my $supervisord = $s->header->{supervisord};
my @kept        = qw(one two changes guarded says kept-logger writes);
my %pid         = map { $_ => $s->field(pid => $_) } @kept;
my %fds         = fds();

sub fds { return map { $_ => 1 } map { m{/(\d+)$} } glob "/proc/$supervisord/fd/*" }

# Sends SIGHUP, and waits for the result: a new image, or the old one again.
sub upgrade {
    my ($what) = @_;
    my $starts = $s->header->{starts};
    kill 'HUP', $s->{pid};
    return eventually { $s->header->{starts} > $starts } $what;
}

sub kept_ok {
    my ($what) = @_;
    is_deeply({ map { $_ => $s->field(pid => $_) } @kept }, \%pid, "$what: no pid has changed");
    is($s->records->{$_}{exits}, 0, "$what: nothing happened to $_") for grep { $_ ne 'writes' } @kept;
    return;
}

# The same image, again and again.
upgrade("the same image, time $_") or last for 1 .. 20;
is($s->header->{supervisord}, $supervisord, 'in the same process');
is($s->header->{images},      20,           'which connate counts');
kept_ok('the same image');
is($s->log, '', 'and no message is printed');
sub on_probation { return grep { $_ != 98 && $_ != 99 } @_ }    # what is kept for a while
is_deeply([ sort(on_probation(keys %{ { fds() } })) ], [ sort keys %fds ], 'it holds the same descriptors');

# A service that is stopped after it: still a child of supervisord.
kill 'KILL', $pid{one};
eventually { $s->records->{one}{exits} == 1 } 'a death is seen by the next image';
ok($s->becomes(one => 'up'), 'and the service is back');
$pid{one} = $s->field(pid => 'one');

# Another configuration.
put($new);
upgrade('another configuration');
is($s->header->{supervisord}, $supervisord, 'the same supervisord');
is_deeply({ map { $_ => $s->field(pid => $_) } @kept }, \%pid, 'what is kept keeps its pid');
ok($s->becomes(new => 'up'), 'what is new comes up');
is($s->field(state => 'idle'),       'up',   'with what it needs');
is($s->field(state => 'not-wanted'), 'down', 'unless its target is down');
eventually { $s->records->{leaves}{state} == 0 } 'what is gone goes down';
is(slurp("$dir/leaves"), "stop\nclean-up\n", 'by its old rules');
eventually { $s->log =~ /calls: clean-up failed: exited with 7/ } 'also those that only the old image knew';
eventually { $s->records->{'guarded-leaves'}{state} == 0 } 'and what has a guard';
my $records = $s->records;
is($records->{changes}{stale}, 1, 'what is changed is stale');
is($records->{$_}{stale}, 0, "but not $_") for qw(one two guarded says writes);
is($records->{logger}{pid} > 0, 1, 'its logger stays as long as it runs');
$s->ctl(qw(restart -w changes));
is($s->records->{changes}{stale}, 0, 'until it is restarted');
eventually { $s->records->{logger}{pid} == 0 } 'then its logger goes';
$pid{changes} = $s->field(pid => 'changes');
my $lines = -s "$dir/kept-log";
eventually { -s "$dir/kept-log" > $lines } 'and a service that logs to a kept one still does';

# And back.
put($old);
upgrade('and back');
is_deeply({ map { $_ => $s->field(pid => $_) } @kept }, \%pid, 'no pid has changed');
ok($s->becomes($_ => 'up'), "$_ is up again") for qw(leaves calls logger guarded-leaves);
is($s->records->{changes}{stale}, 1, 'what runs by the new one is stale');
put($new);
upgrade('and again');
is($s->records->{changes}{stale}, 0, 'and by that one it is not');
$s->ctl(qw(down -w new first-logger));
put($old);
upgrade('back again');
ok($s->becomes($_ => 'up'), "$_ is up") for qw(leaves calls logger guarded-leaves);
my %now = fds();
delete @now{ keys %fds };
is_deeply([ sort(on_probation(keys %now)) ], [], 'no descriptor is left of those that were needed between');

# Images that do not work.
sub broken {
    my ($what, $said, $make) = @_;
    unlink $running;
    $make->();
    my $images = $s->header->{images};
    my $before = length $s->log;
    kill 'HUP', $s->{pid};
    eventually { substr($s->log, $before) =~ $said } "$what: is refused, and why";
    wait_until { $s->header->{report_pid} == $s->header->{supervisord} } 'the former one';
    is($s->header->{images}, $images, "$what: is not taken");
    is_deeply({ map { $_ => $s->field(pid => $_) } @kept }, \%pid, "$what: no service has noticed");
    is(($s->ctl(qw(restart -w idle)))[0], 0, "$what: it works");
    $s->ctl(qw(down -w idle));
    return;
}

my $cannot = sub { my ($why) = @_; return qr/supervisord: cannot become another image: $why/ };
my $back   = sub { my ($why) = @_; return qr/connate: supervisord $why; the former image goes on/ };
my $image  = slurp($new);
my $script = sub { my ($text) = @_; return sub { spew($running, $text); chmod 0755, $running } };
broken('no file', $cannot->('No such file'), sub { });
broken('no execute bit', $cannot->('Permission denied'), sub { spew($running, $image); chmod 0644, $running });
broken('no program', $cannot->('\w+'), $script->('nonsense'));
my $other = $image;
substr $other, 18, 2, pack 'S<', 8;    # e_machine: MIPS
broken('of another machine', $cannot->('\w+'), $script->($other));
broken('another program', $back->('exited with 0'), sub { run('cp', '/bin/true', $running) });
broken('one that is cut off', $back->('(?:was killed by SIG|exited with )\w+'),
    $script->(substr $image, 0, 8192));

# Killed on the way, thousands of times: see 9001.
put($old);
for my $time (1 .. 50) {
    kill 'HUP', $s->{pid};
    select undef, undef, undef, rand 0.002;
    $s->kill_supervisord;
}
put($new);
kill 'HUP', $s->{pid};
$s->kill_supervisord;
eventually { ($s->ctl(qw(up -w one)))[0] == 0 } 'it is killed while it takes over';
is($s->field(pid => $_), $pid{$_}, "and $_ has not noticed") for qw(one two guarded says);
is($s->stop, 0, 'the session ends');
is_deeply([ grep { alive($_) } values %pid ], [], 'and nothing of it is left');
done_testing();
