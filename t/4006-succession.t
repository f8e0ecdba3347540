#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate itself: it goes on after a fault; killed where it is not PID 1,
# supervisord takes its place. Again and again.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir   = scratch();
my $perl = own_perl();
my $lock  = "$dir/lock";
my $sleep = '.run = EXEC("/bin/sleep", "1000")';

sub image {
    my ($name, $lock) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>
#include <connate/call.h>

int set_up(void)
{
	return CALL_RUN("/bin/sh", "-c", "echo >>$dir/set-up; "
		"while [ ! -e $dir/is-set-up ]; do sleep 0.02; done");
}

static const struct service services[] = {
	SERVICE("one", $sleep),
	SERVICE("two", .needs = LIST("one"), $sleep),
	SERVICE("guarded", .stop_all = true, $sleep),
	SERVICE("logger", .run = SHELL("exec cat >>$dir/log")),
	SERVICE("writes", .log = LOG_TO("logger"),
		.run = SHELL("while :; do echo line; sleep 0.05; done")),
	SERVICE("says", .ready = READY_FD(3), .run = SHELL("echo >&3; exec sleep 1000")),
	SERVICE("titled", .run = EXEC("$perl", "-e",
		"\$0 = 'a title ' x 500; sleep 1000")),
	SERVICE("ends", .target = DOWN, .retry = RETRY_NEVER,
		.run = SHELL("while [ ! -e $dir/go ]; do sleep 0.02; done; exit 5")),
	SERVICE("calls", .target = DOWN, .setup = CALL(set_up), .max_setup = FOREVER, $sleep),
	SERVICE("opens", .target = DOWN, .log = LOG_FILE("$dir/fifo"), .max_ready = FOREVER,
		.run = SHELL("echo \$\$ >>$dir/opened; exec sleep 1000")),
};

CONNATE(.lock_file = "$lock");
CONFIG
}
my $image = image(succession => $lock);
my $s = session(supervisord => $image);

my @all = qw(one two guarded logger writes says);
ok($s->becomes($_ => 'up'), "$_ is up") for @all;
my %pid = map { $_ => $s->field(pid => $_) } @all;

sub kept_ok {
    my ($what) = @_;
    return is_deeply({ map { $_ => $s->field(pid => $_) } @all }, \%pid, "$what: no service has noticed");
}

# The holder of the lock, from the kernel.
sub holder {
    my $inode = (stat $lock)[1];
    for my $line (split /\n/, slurp('/proc/locks')) {
        my @field = split ' ', $line;
        return $field[4] if ($field[5] // '') =~ /:$inode$/ && $field[6] == 0;
    }
    return 0;
}

# Faults
for my $signal (qw(SEGV BUS ILL FPE)) {
    my $before = length $s->log;
    kill $signal => $s->{pid};
    eventually { substr($s->log, $before) =~ /connate: SIG$signal: starting itself again/ } "SIG$signal is said";
    my $old = $s->kill_supervisord;
    eventually { $s->header->{supervisord} != $old } "SIG$signal: connate still does its work";
    is(holder(), $s->{pid}, "SIG$signal: and holds the lock");
}
if (can_crash()) {
    my $before = length $s->log;
    crash($s->{pid}, Connate::RSP());
    kill 'WINCH', $s->{pid};    # to wake it
    eventually { substr($s->log, $before) =~ /connate: SIGSEGV: starting itself again/ } 'without a stack, too';
}
kept_ok('faults');
my ($command) = slurp("/proc/$s->{pid}/cmdline") =~ /--go-on\0(.*)/s;
unlike($command, qr/[0-9a-f]/, 'what it knew is not in the list of processes');

# Exits and signals meanwhile: stopped in the middle of it, nothing is lost.
$s->kill_supervisord;
freeze($s->{pid});
kill 'KILL', $pid{one};
kill 'SEGV', $s->{pid};
kill 'HUP',  $s->{pid};
my $images = $s->header->{images};
kill 'CONT', $s->{pid};
eventually { $s->records->{one}{exits} == 1 } 'an exit in the middle of a fault is counted';
eventually { $s->header->{images} == $images + 1 } 'a signal is not lost';
ok($s->becomes($_ => 'up'), "$_ is up") for @all;
$pid{one} = $s->field(pid => 'one');

# connate is killed.
sub succeeded_ok {
    my ($what) = @_;
    my $old = $s->{pid};
    kill 'KILL', $old;
    wait_until { my $now = holder(); $now != 0 && $now != $old && ($s->{pid} = $now) }
    'a successor'
        or return fail("$what: there is no successor");
    return eventually { ($s->header->{supervisord} // $old) != $old && ($s->ctl(qw(up -w one)))[0] == 0 } $what;
}

my $supervisord = $s->header->{supervisord};
succeeded_ok('connate is killed');
is($s->{pid}, $supervisord, 'supervisord has become it');
isnt($s->header->{supervisord}, $supervisord, 'and started another');
kept_ok('connate is killed');
is((run("$ENV{top_builddir}/conctl/conctl", '-l', $lock, 'status', 'one'))[0], 0, 'found by the lock file');
for my $time (1 .. 10) {
    succeeded_ok("connate is killed again, time $time") or last;
    next if $time % 2;
    my $old = $s->kill_supervisord;
    wait_until { $s->header->{supervisord} != $old } 'another supervisord';
}
kept_ok('killed again and again');

# A child of a connate that has died: watched, although supervisord is not its parent.
$s->ctl(qw(up ends));
ok($s->becomes(ends => 'up'), 'one that will end');
$supervisord = $s->kill_supervisord;
eventually { $s->header->{supervisord} != $supervisord } 'it becomes the child of connate';
succeeded_ok('which dies');
sub held { my $pid = $s->header->{supervisord}; return map { readlink // '' } glob "/proc/$pid/fd/*" }
eventually { grep { /^socket/ } readlink('/proc/' . $s->header->{supervisord} . '/fd/118') // '' }
'all that are watched stand in a socket';
is(scalar(grep { /pidfd/ } held()), 0, 'none in the table, which each start would copy');
ok(!-l "/proc/$s->{pid}/fd/118", 'connate has not kept that of the one before');
# An epoll tells of what it watches: its data are the number of the process, in the low half.
sub watches {
    my ($pid) = @_;
    my $info = slurp('/proc/' . $s->header->{supervisord} . '/fdinfo/119') // '';
    return grep { (hex($_) & 0xffffffff) == $pid } $info =~ /^tfd:.* data: +([0-9a-f]+)/mg;
}
eventually { watches($s->field(pid => 'ends')) } 'it is watched';
spew("$dir/go", '');
ok($s->becomes(ends => 'failed'), 'its end is seen');
is($s->field(code => 'ends'), 5, 'and how it ended, which its zombie shows');
kill 'KILL', $pid{two};
eventually { my $p = $s->records->{two}{pid}; $p > 0 && $p != $pid{two} } 'the death of such a one, too';
$pid{two} = $s->field(pid => 'two');
my $lines = -s "$dir/log";
eventually { -s "$dir/log" > $lines } 'log pipes are what they were';
kept_ok('all this');

# The pidfds of watched orphans go to the next supervisord, by way of connate or in place; it has
# only to add new orphans; but not to one that begins anew.
sub watches { my $fds = "/proc/" . $s->header->{supervisord} . '/fdinfo'; return () = slurp("$fds/119") =~ /^tfd:/mg }
$supervisord = $s->kill_supervisord;
eventually { $s->header->{supervisord} != $supervisord && watches() > 0 } 'watching begins anew';
succeeded_ok('of the next one all are orphans');
my $watched = watches();
cmp_ok($watched, '>=', scalar(keys %pid), 'all orphans are watched');
for my $time (1 .. 4) {
    succeeded_ok("watched by the next one, time $time");
    is(watches(), $watched, 'each once');
}
is(($s->ctl('exec'))[0], 0, 'another image');
is(watches(), $watched, 'watches them too');
kill 'KILL', $pid{two};
eventually { my $p = $s->records->{two}{pid}; $p > 0 && $p != $pid{two} } 'and notices an end';
$pid{two} = $s->field(pid => 'two');

# Both at once. A new session adopts the services that are left, and starts none a
# second time; not even one that has written over its environment.
my $titled = $s->field(pid => 'titled');
eventually { slurp("/proc/$titled/environ") !~ /CONNATE/ } 'one that has written over its environment';
my $beside = session(supervisord => image(beside => "$lock.beside"));
ok($beside->becomes(titled => 'up'), 'a session beside it');
isnt($beside->field(pid => 'titled'), $titled, 'does not take what is the service of another');
unlike($beside->log, qr/of an earlier session/, 'nor anything else');
is($beside->stop, 0, 'and ends');
# Two processes before exec: in a function, and at a log file that
# has no reader.
run('mkfifo', "$dir/fifo");
$s->ctl(qw(up calls opens));
eventually { slurp("$dir/set-up") ne '' } 'one that is set up by a function';
sub opens { my $pid = $s->records->{opens}{pid}; return map { slurp("/proc/$pid/$_") } qw(wchan syscall) }
eventually { "@{[ opens() ]}" =~ /fifo|partner| (?:257|56) 0xffffff/ } 'one that cannot be started yet';
my @early = qw(calls opens);
my %early = map { $_ => $s->records->{$_}{pid} } @early;
$supervisord = $s->header->{supervisord};
freeze($supervisord);
kill 'KILL', $s->{pid}, $supervisord;
wait_until { holder() == 0 } 'the end of both';
is_deeply([ grep { !alive($_) } values %pid, $titled ], [], 'connate and supervisord are killed: all services live');
$s = session(supervisord => $image);
is($s->field(state => $_), 'up', "a new session: $_ is up") for @all, 'titled';
like($s->log, qr/supervisord: $_: process $pid{$_} of an earlier session runs it; it is not started again/,
    "and that is said of $_")
    for @all;
kept_ok('a new session');
is($s->field(pid => 'titled'), $titled, 'nor has that which has a title');
is($s->records->{one}{stale}, 1, 'by which definition it runs is not known');
for my $name (@early) {
    is($s->records->{$name}{pid}, $early{$name}, "$name: was not begun a second time");
    like($s->log, qr/supervisord: $name: process $early{$name} of an earlier session runs it/, 'which is said');
}
is(($s->ctl(qw(wait -t 60 settled), @all, @early))[0], 0, 'all is settled');
open my $fifo, '<', "$dir/fifo" or die "$dir/fifo: $!";
eventually { slurp("$dir/opened") ne '' } 'when its log file has a reader it is started';
is(slurp("$dir/opened"), "$early{opens}\n", 'once');
is($s->field(pid => 'opens'), $early{opens}, 'and has been in the ledger all the time');
is(slurp("$dir/set-up"), "\n", 'the set-up runs once');
spew("$dir/is-set-up", '');
eventually { slurp("$dir/set-up") eq "\n\n" && $s->field(state => 'calls') eq 'up' } 'and again when it has ended';
is(($s->ctl(qw(down -w calls opens)))[0], 0, 'both can be stopped');
close $fifo;
$supervisord = $s->kill_supervisord;
eventually { $s->header->{supervisord} != $supervisord } 'its supervisord is killed';
kill 'KILL', $pid{one};
eventually { my $p = $s->records->{one}{pid}; $p > 0 && $p != $pid{one} } 'one that ends is started again';
$pid{one} = $s->field(pid => 'one');
my $other = session(supervisord => $image, no_wait => 1);
is(ended_by($other->{child}) >> 8, 1, 'a session beside it ends');
like($other->log, qr/cannot lock \Q$lock\E: it is held by process $s->{pid}/, 'and says why');
delete $other->{child};
kept_ok('all this');
is(($s->ctl(qw(down -w two guarded titled)))[0], 0, 'what was left can be stopped');
is_deeply([ grep { alive($_) } $pid{two}, $titled ], [], 'and is');
delete @pid{qw(two guarded)};

# More orphans than a user may have descriptors in sockets: those stay free for
# descriptors that have to be sent.
my @user = plain_user();
my $many = supervisord('many', "#include <connate/config.h>\nstatic const struct service services[] = {\n"
    . join('', map { qq{SERVICE("s$_", .run = EXEC("/bin/sleep", "1000")),\n} } 1 .. 140)
    . qq[};\nCONNATE(.lock_file = "$dir/many.lock");\n], '--no-host-checks');
my $crowd = session(
    supervisord => $many,
    user        => @user ? \@user : undef,
    wrap        => [ 'sh', '-c', 'ulimit -Sn 130; exec "$@"', 'sh' ]
);
is(($crowd->ctl(qw(wait -t 60 up), map { "s$_" } 1 .. 140))[0], 0, 'a crowd of services');
my $first = $crowd->kill_supervisord;
eventually { $crowd->header->{supervisord} != $first } 'its supervisord is killed';
my $heir = $crowd->header->{supervisord};
kill 'KILL', $crowd->{pid};
waitpid delete $crowd->{child}, 0;
$crowd->{pid} = $heir;
eventually { comm($heir) eq 'connate' && $crowd->header->{supervisord} != $heir } 'and connate: all are orphans';
eventually { readlink('/proc/' . $crowd->header->{supervisord} . '/fd/118') } 'which are watched';
my ($exec, undef, $said) = $crowd->ctl('exec');
is($exec, 0, 'another image takes over, which is sent to connate') or diag($said, $crowd->log);
my $dies = $crowd->records->{s140}{pid};
kill 'KILL', $dies;
waitpid $dies, 0;    # this test has adopted it
eventually { my $p = $crowd->records->{s140}{pid}; $p > 0 && $p != $dies } 'one that ends is started again';
kill 'TERM', $heir;
eventually { !alive($heir) } 'it ends';

# The end
my $pid = $s->{pid};
kill 'TERM', $pid;
eventually { !alive($pid) } 'the session ends';
is_deeply([ grep { alive($_) } values %pid ], [], 'and nothing of it is left');
done_testing();
