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

done_testing();
