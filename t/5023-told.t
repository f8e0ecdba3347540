#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Whether a person is told what happened: reasons that go on being true after an
# upgrade, the end of a chain of waits, and mistakes on the command line.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

sub image {
    my ($name, $program, $seconds) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define READY "'$ENV{top_builddir}/conctl/conctl' ready"
#define DEFAULTS .retry = RETRY_NEVER,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("repaired", .run = EXEC("$program", "1000")),
	SERVICE("root", .setup = SHELL("exit 3")),
	SERVICE("middle", .needs = LIST("root"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("leaf", .needs = LIST("middle"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("deaf", .run = SHELL("trap '' TERM; " READY "; while :; do sleep 0.1; done"),
		.ready = READY_NOTIFY, .max_ready = FOREVER, .max_stop = MILLISECONDS(100)),
	SERVICE("changed", .run = EXEC("/bin/sleep", "$seconds")),
};

CONNATE();
CONFIG
}

my $s = session(supervisord => image('before', '/nonexistent/program', 1000));

my ($code, $out, $err);
sub ctl { ($code, $out, $err) = $s->ctl(@_); return $code }

$s->becomes(repaired => 'failed');
$s->becomes(root     => 'failed');
ctl(qw(status repaired));
like($out, qr{exec /nonexistent/program: No such file}, 'a program that is not there');
ctl(qw(status leaf));
like($out, qr/waiting for middle \(waiting-to-start\), and that for root \(failed\)/,
    'a chain of waits: its end is named');
ctl(qw(status middle));
like($out, qr/waiting for root \(failed\)$/m, 'a chain of one: once');

# An upgrade that repairs it

my $after = image('after', '/bin/sleep', 1001);
ctl(diff => $after);
like($out, qr/^~ repaired: changed; it has failed.*: conctl up repaired$/m,
    'diff says that it has failed, and what starts it');
like($out, qr/^~ changed: changed; stale until it is restarted$/m, 'but not of one that is up');
is(ctl(exec => $after), 0, 'given an upgrade') or diag($err);
ctl(qw(status repaired));
like($out, qr{exec: No such file or directory \(by a former definition\)}, 'then the reason is a former one');
unlike($out, qr{/bin/sleep: No such file}, 'it is not said of the new program');
ctl(qw(status changed));
like($out, qr/would run: +\/bin\/sleep 1001/, 'what a stale service runs by now is not what is shown');
is(ctl(qw(up -w -t 60 repaired)), 0, 'it is started as it is now') or diag($err);
ctl(qw(status repaired));
unlike($out, qr/former definition/, 'and nothing former is left');

# One that ignores SIGTERM

is(ctl(qw(up -w -t 60 deaf)), 0, 'given one that ignores SIGTERM') or diag($err);
is(ctl(qw(down -w -t 60 deaf)), 0, 'which is brought down') or diag($err);
ctl(qw(status deaf));
like($out, qr/killed by SIGKILL, as it had not stopped in time/, 'it is said why it was killed');

# Mistakes

ctl(qw(restart group:midle));
like($err, qr/no such service: 'group:midle'; did you mean 'middle'\?/, q(supervisorctl's names));
$s->ctl('up', 'middle');
($code, $out, $err) = $s->ctl(qw(-w restart middle));
like($err, qr/options of a command stand behind its name/, 'an option of a command in front of it');
ctl(qw(reload changed));
like($err, qr/its SERVICE\(\.\.\.\) has no \.reload/, 'no .reload');
ctl(exec => "$FindBin::Bin/5023-told.t");
like($err, qr/no ELF program; supervisord-for makes one/, 'a file that is no supervisord');
done_testing();
