#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Signals to connate: one that is ignored when connate starts is not ignored by connate, nor by
# its services; the stop signals of images, and of .end_signals, end a container in order; one that has
# no meaning is named once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use POSIX ();
use Test::More;

my $dir = scratch();
my $s   = session(
    wrap        => ['env', '--ignore-signal=INT', '--ignore-signal=CHLD'],
    supervisord => supervisord('signals', <<"CONFIG"));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("status", .log = LOG_FILE("$dir/status"),
		.run = SHELL("cat /proc/self/status; exec sleep 1000")),
	SERVICE("ends", .run = SHELL("exit 3"), .retry = RETRY_NEVER),
};
CONNATE();
CONFIG

ok((wait_until { slurp("$dir/status") =~ /ctxt/ } 'status'),
    'a service runs');
like(slurp("$dir/status"), qr/^SigIgn:\s+0+$/m, 'and ignores no signal');
ok($s->becomes(ends => 'failed'), 'an end is seen');
is($s->field(code => 'ends'), 3, 'with its exit code');
ok($s->kill_supervisord, 'supervisord is killed');
is(($s->ctl(qw(up -w -t 30 status)))[0], 0, 'and there is another one');
is($s->stop, 0, 'it ends');

# In the order of the needs, as each service says when it is stopped.
sub configured {
    my ($name, %how) = @_;
    my $rest = $how{primary} ? ', .primary = true, .retry = RETRY_NEVER' : '';
    my $says = q(trap 'echo %s stops; exit 7' TERM; trap 'echo %s hears' QUIT USR2; )
        . q(echo %s runs; while :; do sleep 1000 & wait $!; done);
    my ($base, $top) = map { sprintf $says, ($_) x 3 } qw(base top);
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("base", .run = SHELL("$base"), .stop_all = true),
	SERVICE("top", .needs = LIST("base"), .stop_all = true, .run = SHELL("$top")$rest),
};
CONNATE($how{connate});
CONFIG
}

my $plain   = configured('plain',   connate => '');
my $named   = configured('named',   connate => '.end_signals = LIST("SIGUSR2", "RTMIN+5")');
my $primary = configured('primary', connate => '', primary => 1);
my @contain = qw(unshare --pid --fork --mount-proc --kill-child);
my $why_not = (run(@contain, 'true'))[0] == 0 ? undef : 'pid namespaces are not allowed here';

sub contained {
    my ($image) = @_;
    my $s = session(command => [ @contain, (built('pid1/connate'), '--supervisor', $image) ]);
    $s->becomes(top => 'up');
    wait_until { $s->log =~ /^top runs/m && $s->log =~ /^base runs/m } 'both listen';
    return $s;
}

sub ends_ok {
    my ($s, $code, $what) = @_;
    my $ended = eventually { waitpid($s->{child}, POSIX::WNOHANG()) != 0 } "$what: it ends";
    my $status = $?;
    delete $s->{child} if $ended;
    is($status, $code << 8, "$what: with $code");
    like($s->log, qr/^top stops\n(?:Terminated\n)?base stops$/m, "$what: in order");
    return;
}

SKIP: {
    skip $why_not, 1 if defined $why_not;
    for my $signal (3, 34 + 3) {
        my $in = contained($plain);
        kill $signal, $in->{pid};
        ends_ok($in, 0, "signal $signal to a container without a primary");
    }
    for my $signal (12, 34 + 5) {
        my $in = contained($named);
        kill $signal, $in->{pid};
        ends_ok($in, 0, "signal $signal, by .end_signals");
    }
    my $in = contained($primary);
    kill 3, $in->{pid};
    eventually { $in->log =~ /^top hears$/m } 'SIGQUIT is for the primary, if there is one';
    is($in->field(state => 'base'), 'up', 'and no end');
    kill 15, $in->{pid};
    ends_ok($in, 7, 'SIGTERM with a primary');
}

# Elsewhere.
$s = session(supervisord => $plain);
ok($s->becomes(top => 'up'), 'a session of a user');
for my $signal (qw(QUIT USR2)) {
    kill $signal, $s->{pid};
    my $line = qr/^supervisord: signal $signal to connate is ignored: .*\.end_signals/m;
    eventually { $s->log =~ $line } "SIG$signal is ignored, which is said";
}
kill 'QUIT', $s->{pid};
kill $_, $s->{pid} for qw(WINCH URG CONT ALRM);
eventually { $s->log =~ /signal ALRM/ } 'another one';
is(() = $s->log =~ /is ignored/g, 3, 'each was said once; those that come unasked are not');
is($s->field(state => 'top'), 'up', 'and ended nothing');
is($s->stop, 0, 'SIGTERM ends it');

$s = session(supervisord => $named);
ok($s->becomes(top => 'up'), 'a session with .end_signals');
wait_until { $s->log =~ /^top runs/m && $s->log =~ /^base runs/m } 'both listen';
ok($s->kill_supervisord, 'supervisord is killed');
kill 'USR2', $s->{pid};
ends_ok($s, 0, 'SIGUSR2 for its successor');
done_testing();
