#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Connate and its successor are killed, so services have a parent that tells nothing: how
# they end is known nevertheless (PIDFD_GET_INFO, Linux 6.15), once they are reaped, also
# by another image; and a job that has ended well is not repeated.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(WNOHANG);
use Test::More;

my ($major, $minor) = (POSIX::uname())[2] =~ /^(\d+)\.(\d+)/;
my $told = $major > 6 || $major == 6 && $minor >= 15;
my $dir  = scratch();
my $lock = "$dir/lock";

sub job {
    my ($name, $code) = @_;
    return qq{\tSERVICE("$name", .run = SHELL("echo x >>$dir/runs.$name;"
		" while [ ! -e $dir/go.$name ]; do sleep 0.02; done; exit $code")),\n};
}
my @jobs  = qw(done fails later last);
my %code  = (done => 0, fails => 42, later => 43, last => 45, unreaped => 44, hidden => 0);
my $rows  = join '', map { job($_ => $code{$_}) } sort keys %code;
my $image = supervisord('orphan-endings', <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = SECONDS(3000), .on_failure_only = true),
#include <connate/config.h>

static const struct service services[] = {
$rows	SERVICE("killed", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000")),
};

CONNATE(.lock_file = "$lock");
CONFIG
my $s   = session(supervisord => $image);
my @all = (@jobs, qw(unreaped hidden), 'killed', 'guarded');
ok($s->becomes($_ => 'up'), "$_ is up") for @all;

# Children of the one that is killed become children of the test.
my $old = $s->kill_supervisord;
eventually { my $h = $s->header; ($h->{report_pid} // 0) > 0 && $h->{supervisord} != $old }
'they are children of connate';
my $heir = $s->header->{supervisord};
kill 'KILL', $s->{pid};
eventually { comm($heir) eq 'connate' } 'which is killed: supervisord becomes connate';
$s->{pid} = $heir;
eventually { ($s->header->{supervisord} // $heir) != $heir && ($s->ctl(qw(up -w killed)))[0] == 0 }
'and has another supervisord';
my %pid = map { $_ => $s->field(pid => $_) } @all;

# Whether the ends are watched: the epoll of supervisord has their pidfds.
sub watches { my $fds = '/proc/' . $s->header->{supervisord} . '/fdinfo'; return () = slurp("$fds/119") =~ /^tfd:/mg }
if (!eventually { watches() >= @all } 'all are watched') {
    done_testing();
    exit;
}

sub ends_ok {
    my ($name) = @_;
    my $code = $code{$name};
    spew("$dir/go.$name", '');
    eventually { waitpid($pid{$name}, WNOHANG) > 0 } "$name has ended, and is reaped";
    eventually { $s->field(pid => $name) eq '-' } "$name: the end is noticed";
    # Before it was reaped, it may have been seen as a zombie.
    like($s->field(code => $name), $told ? qr/^$code$/ : qr/^(?:$code|-)$/, "$name: and how it ended");
    return;
}
ends_ok('done');
is($s->field(target => 'done'), 'down', 'what has ended well is not repeated') if $told;
ends_ok('fails');

kill 'KILL', $pid{killed};
eventually { waitpid($pid{killed}, WNOHANG) > 0 } 'one is killed, and reaped';
eventually { $s->field(pid => 'killed') eq '-' } 'the end is noticed';
like(join('', $s->ctl(qw(status killed))), $told ? qr/KILL/ : qr/KILL|not known how/, 'and that it was killed');

is(($s->ctl('exec'))[0], 0, 'another image takes over');
ends_ok('later');

# A zombie that its parent leaves is noticed, too.
spew("$dir/go.unreaped", '');
eventually { $s->field(pid => 'unreaped') eq '-' } 'one whose parent does not reap it has ended';
is($s->field(code => 'unreaped'), $code{unreaped}, 'and how, on each kernel');
spew("$dir/go.hidden", '');
eventually { $s->field(pid => 'hidden') eq '-' } 'nor with 0, which may be none';
is($s->field(code => 'hidden'), '-', 'it is not known how');
is(slurp("$dir/runs.$_"), "x\n", "$_ has run once") for @jobs, 'unreaped';
is(($s->ctl(qw(down -w -t 60 guarded)))[0], 0, 'a guard that is an orphan is stopped');

# Of an earlier session.
$old = $s->header->{supervisord};
kill 'STOP', $old;
kill 'KILL', $s->{pid}, $old;
eventually { waitpid(-1, WNOHANG); !alive($s->{pid}) && !alive($old) } 'both are killed at once';
$s = session(supervisord => $image);
is($s->field(pid => 'last'), $pid{last}, 'a new session has found it');
eventually { watches() > 0 } 'and watches it';
ends_ok('last');
kill 'TERM', $s->{pid};
eventually { waitpid(-1, WNOHANG); !alive($s->{pid}) } 'the session ends';
done_testing();
