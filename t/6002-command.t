#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate -- COMMAND, as the init of a container and as any user:
# with the configuration of the build. The command has everything that
# connate has, signals included; and its end is the end of connate.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Pty;
use Test::More;

my $dir   = scratch();
my $top   = $ENV{top_builddir} // "$FindBin::Bin/..";
my $stock = supervisord('stock', slurp("$FindBin::Bin/../config/config.c"), '--no-host-checks');
my @run   = ("$top/pid1/connate", '--supervisor', $stock, '--');

# How it ends
for my $case (
    [ 0,   'a program that ends with 0',     'true' ],
    [ 7,   'one that ends with 7',           'sh', '-c', 'exit 7' ],
    [ 137, 'one that is killed',             'sh', '-c', 'kill -KILL $$' ],
    [ 127, 'one that is not there',          'no-such-program' ],
    [ 127, 'one that is not there, by path', '/no/such/program' ],
    [ 126, 'one that is none',               '/etc/passwd' ],
    ) {
    my ($expected, $what, @command) = @$case;
    my ($code, undef, $err) = run(@run, @command);
    is($code, $expected, "$what: exit code $expected");
    my $said = $expected == 0 ? qr/^$/ : qr/^supervisord: main: failed: [^\n]*\n\z/;
    like($err, $said, "$what: one line says why, if it is wrong");
    like($err, qr/exec \Q$command[0]\E: /, "$what: which") if $expected == 126 || $expected == 127;
}

# Up for .healthy, a service has all attempts again; a command has only one.
my $healthy = slurp("$FindBin::Bin/../config/config.c") =~
    s/^#define DEFAULTS \\\n\K/\t.healthy = MILLISECONDS(1), \\\n/mr;
like($healthy, qr/MILLISECONDS\(1\), /, 'a configuration in which every service is healthy soon');
$healthy = supervisord('healthy', $healthy, '--no-host-checks');
is((run("$top/pid1/connate", '--supervisor', $healthy, '--', 'sh', '-c',
    "[ ! -e $dir/runs ] || kill \$CONNATE_PID; echo >>$dir/runs; sleep 0.2; exit 7"))[0], 7,
    'a command that has run for long');
is(slurp("$dir/runs"), "\n", 'is not started again');

my ($code, $out, $err) = run("$top/pid1/connate", '--');
is($code, 2, 'no command');
like($err, qr/^connate: no command behind --$/m, 'which is said');

# Not in vain
my $deaf = supervisord('deaf', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("other", .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
($code, undef, $err) = run("$top/pid1/connate", '--supervisor', $deaf, '--', 'true', 'word');
is($code, 2, 'a configuration that takes no command');
is($err, "supervisord: no ARGUMENTS() for the command\n",
    'says so');

# Its surroundings
spew("$dir/in", "from connate\n");
{
    local $ENV{GIVEN} = 'too';
    (undef, $out) = run('sh', '-c', '"$@" <' . "$dir/in", 'sh', @run, 'sh', '-c',
        'cat; echo "$GIVEN:$CONNATE_SERVICE:$#:$2:$3"', 'sh', 'one', 'two  words', '');
}
is($out, "from connate\ntoo:main:3:two  words:\n", 'standard input, environment, each word');
mkdir "$dir/bin";
spew("$dir/bin/only-here", "#!/bin/sh\necho found\n");
chmod 0755, "$dir/bin/only-here";
{
    local $ENV{PATH} = "/no/such/folder::$dir/bin:$ENV{PATH}";
    is((run(@run, 'only-here'))[1], "found\n", 'it is looked for in PATH');
}

# A session that goes on, and writes down which signals it gets.
my $listener = spew("$dir/listener", <<'SHELL');
for signal in USR1 USR2 WINCH RTMIN+5 ALRM; do
	trap "echo $signal >>$1/heard" $signal
done
trap 'echo TERM >>$1/heard; exit 9' TERM
echo began >>$1/heard
while :; do sleep 0.05; done
SHELL

sub listening {
    my ($at, %how) = @_;
    mkdir $at;
    my $s = session(
        supervisord => $stock,
        arguments   => [ '--', 'bash', $listener, $at ],
        %how
    );
    eventually { slurp("$at/heard") eq "began\n" } "$at: the command runs";
    return $s;
}

sub hears_ok {
    my ($s, $at, @names) = @_;
    my %number = (USR1 => 10, USR2 => 12, ALRM => 14, WINCH => 28, 'RTMIN+5' => 39);
    for my $name (@names) {
        my $before = length slurp("$at/heard");
        kill $number{$name}, $s->{pid};
        eventually { substr(slurp("$at/heard"), $before) eq "$name\n" } "$at: it is sent SIG$name";
    }
    return;
}

sub end_ok {
    my ($s, $at) = @_;
    is($s->stop >> 8, 9, "$at: SIGTERM: the end, with the exit code of the command");
    like(slurp("$at/heard"), qr/^began\n(?!.*began).*TERM\n\z/s, "$at: which was started once, and asked to end");
    return;
}

my @signals = qw(USR1 USR2 WINCH RTMIN+5 ALRM);
my $s       = listening("$dir/session");
hears_ok($s, "$dir/session", @signals);
is($s->field(state => 'main'), 'up', 'it is the service main');
my ($code3) = $s->ctl(qw(status heartbeat));
is($code3, 3, 'and nothing else is started');
my $pid = $s->field(pid => 'main');
my $runs = qr/^ +runs: bash \Q$listener $dir\E\/session$/m;
like(($s->ctl(qw(status main)))[1], $runs, 'status shows the command');

# After every kind of fault.
my $old = $s->kill_supervisord;
eventually { $s->header->{report_pid} != $old && $s->header->{report_pid} > 0 } 'supervisord is killed';
kill 'SEGV', $s->{pid};
eventually { $s->log =~ /SIGSEGV: starting itself again/ } 'connate has a fault';
is(($s->ctl('exec', $stock))[0], 0, 'another image takes over');
is(($s->ctl('exec', '--pid1'))[0], 0, 'connate becomes itself again');
is($s->field(pid => 'main'), $pid, 'the command notices nothing');
like(($s->ctl(qw(status main)))[1], $runs, 'status shows it still');
hears_ok($s, "$dir/session", 'USR1');
is(($s->ctl(qw(status heartbeat)))[0], 3, 'and still nothing else is started');
end_ok($s, "$dir/session");

# A restart after all of that: each knows the command.
$s = listening("$dir/restarted");
is(($s->ctl('exec', $stock))[0],    0, 'another image');
is(($s->ctl('exec', '--pid1'))[0],  0, 'connate, again');
is(($s->ctl(qw(restart -w main)))[0], 0, 'a restart');
eventually { slurp("$dir/restarted/heard") eq "began\nTERM\nbegan\n" } 'is one of the command';
is($s->stop >> 8, 9, 'and its end is the end');

# connate is killed: supervisord, in its place, has the command too.
$s = listening("$dir/succeeded");
my $successor = $s->header->{supervisord};
kill 'KILL', $s->{pid};
waitpid delete $s->{child}, 0;
$s->{pid} = $successor;
eventually { comm($successor) eq 'connate' && $s->header->{supervisord} != $successor }
'connate is killed, and succeeded';
is(($s->ctl(qw(restart -w main)))[0], 0, 'a restart then');
like(($s->ctl(qw(status main)))[1], qr/^ +runs: bash \Q$listener $dir\E\/succeeded$/m, 'status shows the command');
eventually { slurp("$dir/succeeded/heard") eq "began\nTERM\nbegan\n" } 'is one of the command, too';
kill 'TERM', $successor;
eventually { !alive($successor) } 'and it ends';

# ^Z in a shell: the command stops, and connate, for which the shell waits; fg continues both.
my $prompt = 'ready> ';
my %shell  = (
    env     => { PS1 => $prompt, TERM => 'dumb' },
    command => [ '/bin/bash', qw(--norc --noprofile --noediting -i) ]
);
my $says   = spew("$dir/says", <<'PERL');
$| = 1;
$SIG{CONT} = sub { print "back\n" };
my $child = fork;
if (!$child) { sleep 1 while 1 }
print "in front $child\n";
sleep 1 while 1;
PERL
my $in_front = join ' ', @run, 'perl', $says;

sub stopped { my ($pid) = @_; return slurp("/proc/$pid/stat") =~ /\) T / }

sub in_front {
    my ($tty) = @_;
    $tty->shows(qr/in front (?=\d+\r\n)/, 'a command in front');
    $tty->shows(qr/\r\n/, 'and its child');
    my ($child)  = $tty->{all} =~ /.*in front (\d+)/s;
    my ($parent) = slurp("/proc/$child/stat") =~ /\) \S (\d+)/;
    my ($super)  = slurp("/proc/$parent/stat") =~ /\) \S (\d+)/;
    my ($outer)  = slurp("/proc/$super/stat") =~ /\) \S (\d+)/;
    return ($outer, $super, $parent, $child);
}

SKIP: {
    skip 'there is no bash', 1 if !-x '/bin/bash';
    my $tty = Pty->new(%shell);
    $tty->shows(qr/\Q$prompt\E/, 'a shell');
    $tty->type("$in_front\n");
    my ($connate, $supervisord, @command) = in_front($tty);
    $tty->type("\032");
    $tty->shows(qr/Stopped.*?\Q$prompt\E/s, '^Z: the shell is back');
    eventually { stopped($connate) && 2 == grep { stopped($_) } @command } 'connate is stopped, and all of the command';
    ok(!stopped($supervisord), 'supervisord is not');
    is((run("$top/conctl/conctl", '-p', $connate, 'status', 'main'))[0], 0, 'and conctl shows what there is');
    $tty->type("fg\n");
    $tty->shows(qr/^back\r\n/m, 'fg: it goes on');
    eventually { !grep { stopped($_) } $connate, @command } 'all of it';
    $tty->type("\032");
    $tty->shows(qr/Stopped.*?\Q$prompt\E/s, '^Z again');
    eventually { stopped($command[0]) } 'the command is stopped';
    kill 'KILL', $supervisord;
    $tty->type("fg\n");
    $tty->shows(qr/^back\r\n/m, 'fg after supervisord was killed');
    $tty->type("\003");
    $tty->shows(qr/\Q$prompt\E/, '^C is the end');
    $tty->type("echo code=\$?\n");
    $tty->shows(qr/^code=143\r\n/m, 'as without it');
    $tty->type("$in_front\n");
    ($connate, $supervisord, @command) = in_front($tty);
    $tty->type("\032");
    $tty->shows(qr/Stopped.*?\Q$prompt\E/s, '^Z of another one');
    $tty->type("kill %%\n");
    eventually { !grep { alive($_) } $connate, $supervisord, @command } 'which is ended while it is stopped';
    $tty->type("exit 3\n");
    is($tty->ends, 3, 'the shell ends');

    # No shell could continue it: as if connate were no shell's job at all.
    $tty = Pty->new(%shell, command => [ 'sh', '-c', 'trap : INT; "$@"; echo "code=$?"', 'sh', @run, 'perl', $says ]);
    ($connate, $supervisord, @command) = in_front($tty);
    $tty->type("\032");
    $tty->shows(qr/^(?:\^Z)?back\r\n/m, '^Z without job control: it goes on');
    eventually { !grep { stopped($_) } $connate, @command } 'and so does connate';
    $tty->type("\003");
    $tty->shows(qr/code=143\r\n/, '^C ends it');
    is($tty->ends, 0, 'and that is the end');
}

# As PID 1 of a namespace
my @unshare = ('unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
my ($can) = run(@unshare, 'true');
if ($can != 0) {
    splice @unshare, 1, 0, '--user', '--map-root-user', '--mount';
    ($can) = run(@unshare, 'true');
}
SKIP: {
    skip 'pid namespaces are not allowed here', 1 if $can != 0;
    is((run(@unshare, @run, 'sh', '-c', 'exit 7'))[0], 7, 'PID 1: its exit code is passed on');
    is((run(@unshare, @run, 'sh', '-c', 'kill -TERM $$'))[0], 143, 'PID 1: and its signal');
    (undef, $out) = run(@unshare, @run, 'sh', '-c',
        '(for i in 1 2 3 4 5; do sleep 0.01 & done); sleep 0.3; grep -l "State:.*Z" /proc/*/status; echo $?');
    is($out, "1\n", 'PID 1: what loses its parent is reaped');
    $s = listening("$dir/init", wrap => \@unshare);
    hears_ok($s, "$dir/init", @signals);
    end_ok($s, "$dir/init");

    # Without a primary
    my $failing = supervisord('failing', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("fails", .run = SHELL("exit 5"), .retry = RETRY_NEVER),
	SERVICE("works", .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
    $s = session(supervisord => $failing, wrap => \@unshare);
    ok($s->becomes(fails => 'failed'), 'PID 1: a service that has failed');
    is($s->stop >> 8, 1, 'PID 1: without a primary, the exit code says so');
    $s = session(supervisord => $failing);
    ok($s->becomes(fails => 'failed'), 'the same in a session');
    is($s->stop, 0, 'which ends with 0');
}
done_testing();
