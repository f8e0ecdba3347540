#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The last lines before the end. A logger reads its pipe to the end before it is
# stopped: at the end of the session, and when it alone goes down or restarts;
# also if supervisord, or connate, is killed meanwhile or another image takes
# over. What is lost all the same is said.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(WNOHANG);
use Test::More;

use constant LINES => 50;

my $dir = scratch();

# A logger that takes its time. It has all lines in its own memory at once, so
# that an empty pipe does not mean that it is done; and it dies of SIGTERM.
spew("$dir/slow", <<'PERL');
open my $out, '>>', $ARGV[0];
while (<STDIN>) { select undef, undef, undef, 0.02; syswrite $out, $_ }
PERL

# By lines, to another logger.
spew("$dir/passes-on", 'while read -r line; do sleep 0.02; echo "$line"; done');

# Writes, when there is a file `go`, and says then that it has.
spew("$dir/talks", <<"SHELL");
while [ ! -e $dir/go ]; do sleep 0.02; done
i=0
while [ \$i -lt ${\LINES} ]; do i=\$((i+1)); echo line \$i; done
echo >$dir/said
exec sleep 1000
SHELL

# Leaves a process that writes a while later.
spew("$dir/leaves", <<"SHELL");
setsid sh -c 'while [ ! -e $dir/later ]; do sleep 0.02; done; echo late' &
exec sleep 1000
SHELL

my $number = 0;

sub image {
    my ($services) = @_;
    return supervisord('last' . $number++, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_NEVER, .max_stop = SECONDS(60),
#include <connate/config.h>

static const struct service services[] = {
$services
};

CONNATE();
CONFIG
}

my $log = qq{SERVICE("log", .run = EXEC("$^X", "$dir/slow", "$dir/log"))};
my $app = qq{SERVICE("app", .log = LOG_TO("log"), .run = EXEC("/bin/sh", "$dir/talks"))};
my $one = image("$log, $app,");

# Whether each line is there, and once.
sub complete {
    my ($what) = @_;
    my @lines = slurp("$dir/log") =~ /^line (\d+)$/mg;
    is("@lines", join(' ', 1 .. LINES), $what);
    return;
}

sub lines { return scalar(() = slurp("$dir/log") =~ /^line/mg) }

# Has the service write, from the beginning.
sub writes {
    spew("$dir/log", '');    # the logger appends to it
    unlink "$dir/said";
    spew("$dir/go", '');
    return wait_until { -e "$dir/said" } 'what is written';
}

# A session in which all has been written, and little of it was read yet.
sub filled {
    my ($supervisord, %how) = @_;
    unlink "$dir/go";
    my $s = session(supervisord => $supervisord, %how);
    $s->becomes(app => 'up');
    writes();
    return $s;
}

# The state of a service by the ledger, which a kill does not disturb.
sub drains { my ($s) = @_; return $s->bytes ne '' && $s->records->{log}{state} == 12 }

# Asks for the end, and waits until the logger drains.
sub draining {
    my ($s) = @_;
    kill 'TERM', $s->{pid};
    return wait_until { drains($s) } 'a logger that drains';
}

sub ended {
    my ($s) = @_;
    my $child = delete $s->{child};
    return wait_until { waitpid($child, WNOHANG) != 0 } 'the end';
}

my @unshare = ('unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
my ($can) = run(@unshare, 'true');
if ($can != 0) {
    splice @unshare, 1, 0, '--user', '--map-root-user', '--mount';
    ($can) = run(@unshare, 'true');
}

for my $way ([], $can == 0 ? [ wrap => \@unshare ] : ()) {
    my $as = @$way ? 'as PID 1' : 'in a session';
    my $s  = filled($one, @$way);
    is($s->stop, 0, "$as: the end");
    complete("$as: a logger that is slow has all lines");
    unlike($s->log, qr/lost/, "$as: none is lost");

    $s = filled($one, @$way);
    draining($s);
    for (1 .. 3) {
        my $starts = $s->header->{starts};
        kill 'KILL', grep { comm($_) eq 'supervisord' } children($s->{pid});
        wait_until { $s->header->{starts} > $starts } 'another supervisord';
    }
    ok(drains($s), "$as: supervisord is killed, and the logger drains on");
    ok(ended($s), "$as: the end");
    complete("$as: and has all lines");
}

# A chain, with a guard at its beginning.
my $s = filled(image(<<"SERVICES"));
	SERVICE("app", .log = LOG_TO("first"), .stop_all = true,
		.run = EXEC("/bin/sh", "$dir/talks")),
	SERVICE("first", .log = LOG_TO("second"), .run = EXEC("/bin/sh", "$dir/passes-on")),
	SERVICE("second", .log = LOG_TO("log"), .stop_all = true, .run = EXEC("/bin/cat")),
	$log,
SERVICES
is($s->stop, 0, 'a chain of loggers ends');
complete('and each one has passed on all lines');

# connate is killed: supervisord takes its place, and goes on.
$s = filled($one);
draining($s);
my $next = $s->header->{supervisord};
kill 'KILL', $s->{pid};
ok(ended($s), 'connate is killed while the logger drains');
$s->{child} = $next;
ok(ended($s), 'the end');
complete('with all lines, too');

# Another image, while a logger goes down alone; it is the same logger afterwards.
$s = filled($one);
is(($s->ctl(qw(down log)))[0], 0, 'a logger is to go down');
ok($s->becomes(log => 'draining'), 'which waits for what it has to read');
my $images = $s->header->{images};
kill 'HUP', $s->{pid};
eventually { $s->header->{images} > $images } 'another image';
ok($s->becomes(log => 'down'), 'the logger is down');
complete('which has all lines');
unlink "$dir/go";
is(($s->ctl(qw(up -w -t 60 app)))[0], 0, 'it is wanted again');
writes();

# A restart.
is(($s->ctl(qw(restart -w -t 60 log)))[0], 0, 'a restart of the logger');
cmp_ok(lines(), '>=', LINES, 'it has read all that was written before');
ok($s->becomes(app => 'up'), 'and the service that logs to it has restarted with it');
eventually { lines() == 2 * LINES } 'the next logger goes on';

# Wanted again while it drains, it is drained all the same.
unlink "$dir/go";
$s->ctl(qw(restart -w -t 60 app));
writes();
$s->ctl(qw(down log));
$s->becomes(log => 'draining');
is(($s->ctl(qw(up -w -t 60 log)))[0], 0, 'a logger that is wanted again');
complete('has read all before');
is($s->stop, 0, 'the end');

# A process that a service leaves counts as long as it lives.
unlink "$dir/later";
$s = session(supervisord => image(<<"SERVICES"));
	SERVICE("app", .log = LOG_TO("log"), .run = EXEC("/bin/sh", "$dir/leaves")), $log,
SERVICES
$s->becomes(app => 'up');
wait_until { children($s->records->{app}{pid}) } 'what it leaves';
$s->ctl(qw(down log));
ok($s->becomes(app => 'down'), 'a service leaves a process');
ok($s->becomes(log => 'draining'), 'for which its logger waits');
like(($s->ctl(qw(status log)))[1], qr/waiting for it to read its log pipe to the end/, 'which is shown');
spew("$dir/later", '');
ok($s->becomes(log => 'down'), 'until it has ended');
like(slurp("$dir/log"), qr/^late$/m, 'and reads what it has written');
is($s->stop, 0, 'the end');

# What is never read.
my $deaf = image(<<"SERVICES");
	SERVICE("deaf", .max_stop = MILLISECONDS(300), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("app", .log = LOG_TO("deaf"), .run = SHELL("printf %100s; exec sleep 1000")),
SERVICES
my $said = qr/^supervisord: deaf: 100 bytes that were logged to it are lost/m;

sub app_has_written {
    my ($s) = @_;
    return wait_until { my $pid = $s->records->{app}{pid}; $pid > 0 && comm($pid) eq 'sleep' } 'what is written';
}

sub unread {
    my $s = session(supervisord => $deaf);
    app_has_written($s);
    return $s;
}

$s = unread();
is($s->stop, 0, 'a logger that does not read is stopped after .max_stop');
like($s->log, $said, 'what it has not read is said');

$s = unread();
is(($s->ctl(qw(down -w -t 60 deaf)))[0], 0, 'one that goes down alone');
unlike($s->log, qr/lost/, 'loses nothing');
is(($s->ctl(qw(up -w -t 60 app)))[0], 0, 'as it is there for the next one');
app_has_written($s);
is($s->stop, 0, 'the end');
like($s->log, qr/^supervisord: deaf: 200 bytes .* are lost/m, 'with what came later');

$s = unread();
my $without = image('SERVICE("other", .run = EXEC("/bin/sleep", "1000")),');
is(($s->ctl('exec', $without))[0], 0, 'a configuration without it');
eventually { $s->log =~ $said } 'with a logger that is removed its pipe goes, which is said';
is($s->stop, 0, 'the end');
done_testing();
