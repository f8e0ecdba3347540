#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Few resources: low limits of open files and of processes. What has room works, what
# has none says so in one line and comes up when there is room, and the end is obeyed.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $top = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
my $dir = scratch();
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE CONNATE_SERVICE)};
my $config = <<"CONFIG";
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000"), .log = LOG_TO("logger")),
	SERVICE("guarded", .run = EXEC("/bin/sleep", "1000"), .stop_all = true),
	SERVICE("logger", .run = SHELL("exec cat >>$dir/logged")),
	SERVICE("talks", .run = SHELL("echo said; exec sleep 1000"), .log = LOG_TO("logger")),
};
CONNATE();
CONFIG
my @names = qw(plain guarded logger talks);
my $image = supervisord('image', $config, '--no-host-checks');

sub files_of {
    my ($pid) = @_;
    return join ' ', slurp("/proc/$pid/limits") =~ /^Max open files +(\d+) +(\d+)/m;
}

sub count { my ($text, $pattern) = @_; return scalar(() = $text =~ /$pattern/mg) }

# A soft limit below the numbers of the shared descriptors.
sub all_up_ok {
    my ($s, $when) = @_;
    is(($s->ctl(qw(wait -t 120 up), @names))[0], 0, "$when: all are up") or diag($s->log);
    for my $name (@names) {
        is(files_of($s->field(pid => $name)), '40 1024', "$when: $name has the limit that was given");
    }
    return;
}

subtest 'a low soft limit of open files' => sub {
    my $s = session(supervisord => $image, wrap => [ 'sh', '-c', 'ulimit -Sn 40; ulimit -Hn 1024; exec "$@"', 'sh' ]);
    all_up_ok($s, 'at first');
    eventually { slurp("$dir/logged") =~ /^said$/m } 'a logger reads';
    my $guard = $s->records->{guarded}{pid};
    my ($flags) = slurp("/proc/$guard/fdinfo/100") =~ /^flags:\s*(\d+)/m;
    is(oct($flags // 3) & 3, 0, 'a guard cannot write to the ledger');
    my $old = $s->kill_supervisord;
    eventually { ($s->header->{supervisord} // $old) != $old } 'supervisord is killed';
    is(($s->ctl(qw(restart -w), @names))[0], 0, 'all are started by another');
    all_up_ok($s, 'then');
    is(($s->ctl('exec', $image))[0], 0, 'another image takes over');
    is(($s->ctl(qw(restart -w), @names))[0], 0, 'all are started by that');
    all_up_ok($s, 'after it');
    isnt(($s->ctl('exec', '/bin/true'))[0], 0, 'one that is none is refused');
    is(($s->ctl(qw(restart -w), @names))[0], 0, 'and the one before goes on');
    all_up_ok($s, 'after that');
    my $heir = $s->header->{supervisord};
    kill 'KILL', $s->{pid};
    waitpid delete $s->{child}, 0;
    $s->{pid} = $heir;
    eventually { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir } 'connate is succeeded';
    is(($s->ctl(qw(restart -w), @names))[0], 0, 'all are started under that');
    all_up_ok($s, 'under the successor');
    unlike($s->log, qr/cannot/, 'nothing is refused');
    kill 'TERM', $heir;
    eventually { !alive($heir) } 'the end';
};

# No room for the pipe of the logger; and for what needs none there is.
subtest 'a low hard limit' => sub {
    my $s = session(supervisord => $image, wrap => [ 'sh', '-c', 'ulimit -n 120; exec "$@"', 'sh' ]);
    ok($s->becomes(guarded => 'up'), 'what needs no pipe is up');
    is(count($s->log, qr/^supervisord: the hard limit of open files \(ulimit -Hn\) is 120, and the loggers need 138/),
        1, 'the limit and the number that is needed are said') or diag($s->log);
    is(count($s->log, qr/cannot open pipe/), 0, 'once');
    $s->stop;
};

# A user of whom no other process is counted, if we may become one.
my $uid  = 50_000 + $$ % 10_000;
my @user = $> == 0 ? ('setpriv', "--reuid=$uid", "--regid=$uid", '--clear-groups') : ();

# Changes the soft limit of processes of those; only their user may.
sub allow_processes {
    my ($number, @pids) = @_;
    is((run(@user, 'prlimit', "--nproc=$number:", '--pid', $_))[0], 0, "$number processes for $_") for @pids;
    return;
}

# PID 1 of a container.
my @unshare = qw(unshare --pid --fork --mount-proc --kill-child);
my $why_not;
$why_not = 'pid namespaces are not allowed here' if (run(@unshare, 'true'))[0] != 0;
$why_not = 'it needs root, to be another user'   if $> != 0;
chmod 0755, $image;

subtest 'a container in which no supervisord can work' => sub {
    plan skip_all => $why_not if defined $why_not;
    spew("$dir/damaged", substr slurp($image), 0, 1000);
    chmod 0755, "$dir/damaged";
    for my $case (
        [ 'none',      "$dir/nowhere", qr/cannot open .*nowhere: No such file/ ],
        [ 'a damaged', "$dir/damaged", qr/cannot run |supervisord (?:exited|was killed)/ ],
        [ 'another',   '/bin/false',   qr/supervisord exited with 1/ ],
        )
    {
        my ($what, $path, $said) = @$case;
        my ($code, undef, $err) = run(@unshare, "$top/pid1/connate", '--supervisor', $path);
        is($code, 1, "$what one: it ends, with 1");
        like($err, $said, "$what one: the reason");
        like($err, qr/^connate: no supervisord works in this container: ending it with 1\n\z/m, "$what one: the end");
    }
    my ($code, undef, $err) =
        run('sh', '-c', 'ulimit -n 64; exec "$@"', 'sh', @unshare, "$top/pid1/connate", '--supervisor', $image);
    is($code, 1, 'too few descriptors: it ends, with 1');
    like($err, qr/\Aconnate: cannot make .*ulimit -n, is 64; 128 are needed\)\n\z/, 'and says why, in one line');
    ($code, undef, $err) = run(@unshare, @user, qw(prlimit --nproc=1:1), "$top/pid1/connate", '--supervisor', $image);
    is($code, 1, 'no process can be made: it ends, with 1');
    is(count($err, qr/^connate: cannot start supervisord: .*ulimit -u and pids\.max have to allow 3 or more/),
        1, 'and says what is needed, once') or diag($err);
};

# What the primary needs fails at its only attempt; it is needed over another.
subtest 'a container whose primary cannot start any more' => sub {
    plan skip_all => $why_not if defined $why_not;
    my $vain = supervisord('vain', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("disk", .setup = EXEC("/bin/false"), .retry = RETRY_NEVER),
	SERVICE("base", .needs = LIST("disk"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("apart", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("main", .primary = true, .needs = LIST("base"), .run = EXEC("/bin/sleep", "1000")),
};
CONNATE();
CONFIG
    my ($code, undef, $err) = run(@unshare, "$top/pid1/connate", '--supervisor', $vain);
    is($code, 1, 'it ends, with 1');
    like($err, qr/^supervisord: main: cannot start, as disk has failed: ending the container with 1$/m, 'and says why');
    my $s = session(supervisord => $vain);
    ok($s->becomes(disk => 'failed'), 'where it is no container');
    ok($s->becomes(apart => 'up'), 'the others go on');
    is($s->field(state => 'main'), 'waiting-to-start', 'and it waits: a person may mend what has failed');
    unlike($s->log, qr/ending/, 'which is no end');
    $s->stop;
};

# The services run on, and no supervisord can be started for want of room.
my $plain = supervisord('plain', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("b", .run = EXEC("/bin/sleep", "1000"), .stop_all = true),
	SERVICE("c", .run = EXEC("/bin/sleep", "1000"), .setup = EXEC("/bin/true")),
};
CONNATE();
CONFIG
chmod 0755, $plain;

subtest 'the end without room for supervisord' => sub {
    my $s = session(supervisord => $plain, wrap => \@user);
    ok($s->becomes(a => 'up'), 'a session');
    my $sleep = $s->field(pid => 'a');
    allow_processes(1, $s->{pid});
    $s->kill_supervisord;
    eventually { $s->log =~ /cannot start supervisord/ } 'no room for another supervisord', 30;
    eventually { ($s->header->{deaths} // 0) > 2 } 'which is tried again', 30;
    is(count($s->log, qr/cannot start supervisord/), 1, 'and said once');
    is($s->stop >> 8, 1, 'SIGTERM: the end') or diag($s->log);
    eventually { !alive($sleep) } 'of services, too';
};

# Room for connate and supervisord, and later for more.
subtest 'no room for a service' => sub {
    plan skip_all => 'it needs root, to be another user' if $> != 0;
    my $s = session(supervisord => $plain, wrap => [ @user, qw(prlimit --nproc=2:1000) ]);
    eventually { $s->log =~ /cannot start a process/ } 'it is said';
    eventually { $s->log =~ /waiting for a to be started: \d+ s, for as long as it takes/ } 'later it is named as late';
    my ($lasted) = ($s->ctl(qw(status a)))[1] =~ /since:.*\((\d+)(?:\.\d+)? s\)/;
    cmp_ok($lasted // 0, '>=', 5, 'the state has lasted all the time');
    like(($s->ctl(qw(status a)))[1], qr/waiting for room to start its process/, 'conctl says why');
    unlike(($s->ctl(qw(status a)))[1], qr/time-out/, 'and no time-out, which has not begun');
    is(count($s->log, qr/cannot start a process: .*ulimit -u and pids\.max/), 1, 'it was said once') or diag($s->log);
    my $old = $s->kill_supervisord;
    eventually { ($s->header->{supervisord} // $old) != $old } 'supervisord is killed';
    allow_processes(1000, $s->{pid}, $s->header->{supervisord});
    is(($s->ctl(qw(wait -t 120 up a b c)))[0], 0, 'with room all come up') or diag($s->log);
    is($s->stop, 0, 'the end');
};

# One service is guarded, and the guard has no room for its program.
subtest 'no room behind a guard' => sub {
    plan skip_all => 'it needs root, to be another user' if $> != 0;
    my $guarded = supervisord('guarded', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("b", .run = EXEC("/bin/sleep", "1000"), .stop_all = true),
};
CONNATE();
CONFIG
    chmod 0755, $guarded;
    my $s = session(supervisord => $guarded, wrap => [ @user, qw(prlimit --nproc=3:1000) ]);
    eventually { $s->log =~ /^guard: b: cannot start its program: .*ulimit -u/m } 'the guard says it';
    eventually { ($s->header->{report_pid} // 0) > 0 } 'connate has adopted supervisord';
    is($s->stop, 0, 'the end');
};

done_testing();
