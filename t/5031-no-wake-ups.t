#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl events -f and conctl wait sleep until something happens: no timer wakes them or the child that waits
# with them. What they have to notice, they notice: a change, the end of connate, its succession, a supervisord
# that dies without a word between two ledgers, a reader that goes away.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(time sleep);

my $dir    = scratch();
my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
my $window = 3;                         # seconds; a timer of a second shows three times
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};
my $text = <<"CONFIG";
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("one", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("two", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
};
CONNATE(.lock_file = "$dir/lock");
CONFIG
my $image = supervisord('quiet', $text);
my $s     = session(supervisord => $image);

# conctl in the background; its output is a file, or a pipe of which the reader is returned.
my $number = 0;
sub start {
    my (@arguments) = @_;
    my $out = "$dir/background." . $number++;
    my $pid = fork_patiently();
    if ($pid == 0) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', $out or POSIX::_exit(126);
        open STDERR, '>', "$out.err" or POSIX::_exit(126);
        exec "$top/conctl/conctl", '-p', $s->{pid}, @arguments or POSIX::_exit(127);
    }
    return { pid => $pid, out => $out };
}

# How often a process has gone to sleep by itself.
sub sleeps {
    my $sum = 0;
    for my $pid (@_) { $sum += (slurp("/proc/$pid/status") =~ /^voluntary_ctxt_switches:\s*(\d+)/m)[0] // 1e6 }
    return $sum;
}

sub is_quiet {
    my ($pid, $name) = @_;
    wait_until { children($pid) == 1 } "$name to have a child that waits";
    my @all = ($pid, children($pid));
    # It is quiet once; a machine that is busy may need some time until then.
    return eventually {
        my $before = sleeps(@all);
        sleep $window;
        sleeps(@all) == $before
    } "$name: nothing wakes it";
}

sub ends { my ($c) = @_; waitpid $c->{pid}, 0; return $? & 127 ? 128 + ($? & 127) : $? >> 8 }

my $events = start(qw(events -f));
my $wait   = start(qw(wait up one));
is_quiet($events->{pid}, 'events -f');
is_quiet($wait->{pid},   'wait');

# A change.
my @waits = children($events->{pid});
$s->ctl(qw(up one));
is(ends($wait), 0, 'wait ends when the service is up');
eventually { slurp($events->{out}) =~ /one .*starting -> up/ } 'and events -f has shown that';
is_quiet($events->{pid}, 'events -f afterwards');
is_deeply([ children($events->{pid}) ], \@waits, 'with the same child');

# A supervisord that dies.
my $again = start(qw(wait up two));
is_quiet($again->{pid}, 'another wait');
$s->kill_supervisord;
is_quiet($again->{pid}, 'wait with another supervisord');

# Another image, whose ledger is another one: it says so, or it is killed before it can.
is(($s->ctl('exec', supervisord('next', $text =~ s/"two"/"two", .nice = 1/r)))[0], 0, 'an upgrade');
$s->ctl(qw(down two));
$s->ctl(qw(up one two));
is(ends($again), 0, 'wait sees the services of the new ledger');
eventually { slurp($events->{out}) =~ /two .*starting -> up/ } 'events -f, too';
is_quiet($events->{pid}, 'events -f in the new ledger');

SKIP: {
    skip 'no strace', 3 if (run(qw(strace -V)))[0] != 0;
    my $lost = start(qw(wait down two));
    is_quiet($lost->{pid}, 'a third wait');
    # The new image is killed when connate has its ledger, before it wakes the readers of the former one: when it
    # moves the new one to its number, which is the sixth descriptor that it moves.
    my $before = $s->header->{supervisord};
    my $tracer = fork_patiently();
    if ($tracer == 0) {
        open $_, '>', '/dev/null' for \*STDOUT, \*STDERR;
        exec qw(strace -f -e trace=dup3 -e inject=dup3:signal=KILL:when=6 -p), $before or POSIX::_exit(127);
    }
    wait_until { slurp("/proc/$before/status") =~ /^TracerPid:\s*$tracer$/m } 'strace to be there';
    $s->ctl(qw(exec -t 60), supervisord('third', $text =~ s/"two"/"two", .nice = 2/r));
    eventually { $s->log =~ /supervisord was killed by SIGKILL.*supervisord was killed by SIGKILL/s } 'it is killed';
    kill 'TERM', $tracer;
    waitpid $tracer, 0;
    $s->wait_ready;
    $s->ctl(qw(down two));
    is(ends($lost), 0, 'wait sees a ledger of which nobody has told it');
}

# The reader of a pipe.
my $shell = fork_patiently();
if ($shell == 0) {
    open STDERR, '>', '/dev/null';
    open STDIN, '<', '/dev/null';
    exec 'sh', '-c', '("$0" -p "$1" events -f; echo ended >"$2") | exec 4<&0 sleep 1000', "$top/conctl/conctl",
        $s->{pid}, "$dir/reader" or POSIX::_exit(127);
}
my $sleep;
wait_until { ($sleep) = grep { comm($_) eq 'sleep' } children($shell) } 'the reader';
kill 'KILL', $sleep // ();
eventually { slurp("$dir/reader") eq "ended\n" } 'events -f ends with its reader';
waitpid $shell, 0;

# The end: that of connate, whose place supervisord takes, and that of the session.
my $last = start(qw(wait up two));
is_quiet($last->{pid}, 'a last wait');
kill 'KILL', $s->{pid};
wait_until { my (undef, $out) = run("$top/conctl/conctl", '-l', "$dir/lock", 'list'); $out =~ /one/ } 'a successor';
run("$top/conctl/conctl", '-l', "$dir/lock", qw(up two));
is(ends($last), 0, 'wait goes on with the successor of connate');
my @left = children($events->{pid});
run("$top/conctl/conctl", '-l', "$dir/lock", qw(exit -w -t 60));
is(ends($events), 4, 'events -f ends with the session');
eventually { !grep { alive($_) } @left } 'and leaves no process';
done_testing;
