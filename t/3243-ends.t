#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .success: ends that are good; .never_retry: those after which a service is not
# tried again; .on_abnormal_only: only signals and time-outs are tried again.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $text = <<'CONFIG';
#include <connate/config.h>

#define ONLY RETRY_FIXED(.after = MILLISECONDS(1), .on_failure_only = true)
#define ABNORMAL RETRY_FIXED(.after = MILLISECONDS(1), .on_abnormal_only = true)
#define ENDS(what) .run = SHELL(what)

static const struct service services[] = {
	SERVICE("code", .success = LIST("143"), .retry = ONLY, ENDS("exit 143")),
	SERVICE("signal", .success = LIST("SIGUSR1"), .retry = ONLY, ENDS("kill -USR1 $$")),
	SERVICE("guarded", .success = LIST("7"), .stop_all = true, .retry = ONLY, ENDS("exit 7")),
	SERVICE("setup", .success = LIST("3"), .setup = SHELL("exit 3")),
	SERVICE("other", .success = LIST("143"), .retry = RETRY_NEVER, ENDS("exit 142")),
	SERVICE("last", .never_retry = LIST("3"), ENDS("exit 3"), .cleanup = EXEC("/bin/true")),
	SERVICE("killed", .never_retry = LIST("SIGKILL"), ENDS("kill -KILL $$")),
	SERVICE("abnormal-exit", .retry = ABNORMAL, ENDS("exit 1")),
	SERVICE("abnormal-good", .retry = ABNORMAL, ENDS("exit 0")),
	SERVICE("abnormal-signal", .retry = ABNORMAL, .healthy = SECONDS(100), ENDS("kill -SEGV $$")),
};

CONNATE();
CONFIG
my $s = session(supervisord => supervisord('ends', $text, '--no-host-checks'));

ok($s->becomes($_ => 'down'), "$_: a good end, so it is done") for qw(code signal guarded abnormal-good);
ok($s->becomes(setup => 'up'), 'a set-up that ends well by .success goes on');
ok($s->becomes($_ => 'failed'), "$_: failed") for qw(other last killed abnormal-exit);
is($s->field(code => 'other'), 142, 'its exit code is shown');
eventually { $s->field(attempt => 'abnormal-signal') > 2 } 'a signal is abnormal: it is tried again';
is(($s->ctl(once => '-w', '-t', 60, 'code'))[0], 0, 'once -w: a good end is a success');
is($s->field(attempt => $_), 1, "$_ was not tried again") for qw(last killed abnormal-exit);
is(($s->ctl(up => '-w', '-t', 60, 'last'))[0], 1, 'asked up again, it fails again');
$s->ctl(down => '-w', '-t', 60, 'abnormal-signal');
is($s->stop, 0, 'the session ends');

my $p = session(no_wait => 1, supervisord => supervisord('primary', <<'CONFIG', '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("main", .primary = true, .success = LIST("143"), .retry = RETRY_FIXED(.on_failure_only = true),
		.run = SHELL("exit 143")),
};

CONNATE();
CONFIG
wait_until { waitpid($p->{child}, 1) != 0 } 'the session to end with its primary service';
is($?, 0, 'the exit code of a primary service that ended well is 0');
done_testing();
