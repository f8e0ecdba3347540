#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Shutdown, and what holds it up: after 5 s a message names the overdue services, in a start
# too; a second request shortens the shutdown, a third forces it. Killing supervisord
# meanwhile does not change that.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

my $dir    = scratch();
my $defies = q{SHELL("trap '' TERM; while :; do sleep 0.02; done")};
my $image  = supervisord('end', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	/* A chain: each goes down when those after it are down. */
	SERVICE("first", .run = EXEC("/bin/sleep", "1000"),
		.cleanup = SHELL("echo first >>$dir/cleaned")),
	SERVICE("second", .needs = LIST("first"), .run = $defies, .max_stop = FOREVER),
	SERVICE("third", .needs = LIST("second"), .run = $defies, .max_stop = SECONDS(1000),
		.cleanup = SHELL("echo third >>$dir/cleaned; exec sleep 1000"), .max_cleanup = FOREVER),
	SERVICE("fourth", .needs = LIST("third"), .run = $defies, .max_stop = SECONDS(1000)),

	SERVICE("slow", .setup = SHELL("while [ ! -e $dir/go ]; do sleep 0.02; done"),
		.max_setup = FOREVER),
	SERVICE("silent", .run = EXEC("/bin/sleep", "1000"), .ready = READY_NOTIFY,
		.max_ready = SECONDS(1000)),
};

CONNATE();
CONFIG

sub begin {
    unlink "$dir/cleaned";
    my $s = session(supervisord => $image, @_);
    ok($s->becomes(fourth => 'up'), 'a session');
    return $s;
}

sub count { my ($s, $pattern) = @_; return scalar(() = $s->log =~ /$pattern/mg) }

sub ends_ok {
    my ($s, $what) = @_;
    my $status = ended_by($s->{child});
    delete $s->{child};
    return is($status, 0, $what);
}

# A second request within a second is the same one.
sub ask {
    my ($s) = @_;
    my $since = $s->escalation->{since_ms};
    wait_until { $s->now_ms > $since + 1000 } 'a second to be over';
    kill 'TERM', $s->{pid};
    return;
}

# Overdue services

my $s = begin();
my $waits = qr/^supervisord: waiting for /m;
eventually { $s->log =~ /${waits}slow to be set up: \d s, for as long as it takes$/m }
'a set-up that takes long is named';
eventually { $s->log =~ /${waits}silent to be ready: \d s, stopped in 99\d s$/m }
'and a program that is not ready, with how long still';
is(count($s, qr/${waits}f/), 0, 'no other service is');
spew("$dir/go", '');
ok($s->becomes(slow => 'up'), 'the set-up ends');
kill 'TERM', $s->{pid};
eventually { $s->log =~ /${waits}fourth to stop: \d s, killed in 99\d s \(ask again to hurry\)$/m }
'in shutdown, too: which service, for how long still, and what helps';
ok($s->kill_supervisord, 'supervisord is killed');
eventually { $s->log =~ /${waits}fourth to stop: 1\d s/m } 'its successor goes on';
is(count($s, qr/${waits}fourth to stop:/), 2, 'and repeats nothing');

# The second request

is(count($s, qr/asked/), 0, 'one request is not urgent');
ask($s);
my $again = 'asked again to end: killing what does not stop in 1 s; asked once more, it does not wait';
eventually { $s->log =~ /^supervisord: \Q$again\E$/m }
'a second request is';
ends_ok($s, 'it ends, although one has no time-out at all');
is(slurp("$dir/cleaned"), "third\nfirst\n", 'in order, with what was to be cleaned up');

# Several at once are one

$s = begin();
kill 'TERM', $s->{pid} for 1 .. 3;
ok($s->becomes(fourth => 'stopping'), 'asked three times at once');
kill 'INT', $s->{pid};
my $change = $s->header->{change};
$s->ctl(qw(signal CONT fourth));
is($s->escalation->{level}, 1, 'is asked once');
my $old = $s->kill_supervisord;
eventually { ($s->header->{supervisord} // $old) != $old && $s->header->{starts} > 1 } 'supervisord is killed';
ask($s);
eventually { $s->escalation->{level} == 2 } 'the next one is the second';
ask($s);
eventually { $s->log =~ /^supervisord: asked a third time to end: no longer waiting$/m }
'and then there is a third';
ends_ok($s, 'it ends at once');
unlike(slurp("$dir/cleaned"), qr/first/, 'without waiting for the service before');
is(count($s, qr/asked again/), 1, 'each was said once');

# By conctl

$s = begin();
my ($code, $out, $err) = $s->ctl('exit', 3);
is("$code$err", '0', 'conctl exit says nothing');
($code, undef, $err) = $s->ctl('exit', 3);
is($s->escalation->{level}, 1, 'soon again, it is the same');
wait_until { $s->now_ms > $s->escalation->{since_ms} + 1000 } 'a second to be over';
($code, undef, $err) = $s->ctl('exit', 3);
is($code, 0, 'once more');
is($err, "conctl: asked for before: what does not stop in 1 s is killed\n", 'what that means is said');
my $status = ended_by($s->{child});
delete $s->{child};
is($status >> 8, 3, 'and it ends, with its code');

# Waiting for it.
$s = session(supervisord => supervisord('waited', <<"CONFIG"));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("lasts", .max_stop = FOREVER,
		.run = SHELL("trap '' TERM; touch $dir/lasts; while [ ! -e $dir/over ]; do sleep 0.02; done")),
	SERVICE("quick", .run = EXEC("/bin/sleep", "1000")),
};
CONNATE();
CONFIG
ok($s->becomes(quick => 'up') && wait_until { -e "$dir/lasts" } 'both run');
($code, $out, $err) = $s->ctl(qw(exit -w -t 0.3 4));
is($code, 124, 'exit -w -t: too late');
like($err, qr/\Aconctl: timed out after 0\.3 s; connate has not ended yet\n(?:.*\n)?lasts: /,
    'it names what has not ended');
# Asked again before it can end.
my $answers = $s->header->{answers};
my $asks = fork_patiently();
if ($asks == 0) {
    exec "$ENV{top_builddir}/conctl/conctl", '-p', $s->{pid}, qw(-q exit -w -t 60) or POSIX::_exit(127);
}
eventually { $s->header->{answers} > $answers } 'it is asked again';
spew("$dir/over", '');
is(ended_by($asks) >> 8, 0, 'exit -w: it has ended');
is(waitpid($s->{child}, POSIX::WNOHANG()), delete $s->{child}, 'by then') and is($? >> 8, 4, 'with its code');
done_testing();
