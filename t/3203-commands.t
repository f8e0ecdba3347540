#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The commands of .stop and .reload: processes beside the service's own, once
# each, even if supervisord is killed meanwhile.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();

# A program that notes its pid, and on TERM and HUP a word.
sub program {
    my ($name) = @_;
    return qq{SHELL("trap 'echo $name-term >>$dir/story; exit 0' TERM;"
		" trap 'echo $name-hup >>$dir/story' HUP;"
		" trap 'echo $name-usr1 >>$dir/story; exit 0' USR1;"
		" echo \$\$ >$dir/$name.pid; while :; do sleep 0.02; done")};
}

sub story { return slurp("$dir/story") }

sub told { my ($word) = @_; my @all = story() =~ /^\Q$word\E$/mg; return scalar @all }

my $s = session(
    supervisord => supervisord('commands', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .max_stop = SECONDS(20), .retry = RETRY_NEVER,
#include <connate/config.h>

int fails(void) { return -5; }

int does_nothing(void) { return 0; }

static const struct service services[] = {
	SERVICE("asked", .run = @{[ program('asked') ]},
		.stop = SHELL("echo asked-stop >>$dir/story;"
			" kill -USR1 \$(cat $dir/asked.pid)"),
		.cleanup = SHELL("echo asked-clean >>$dir/story")),
	SERVICE("refuses", .run = @{[ program('refuses') ]},
		.stop = EXEC("/bin/false")),
	SERVICE("missing", .run = @{[ program('missing') ]},
		.stop = EXEC("$dir/no-such-program")),
	SERVICE("hangs", .run = @{[ program('hangs') ]},
		.stop = SHELL("echo \$\$ >$dir/hangs.stop; exec sleep 1000"),
		.max_stop = MILLISECONDS(300)),
	SERVICE("lingers", .run = @{[ program('lingers') ]},
		.stop = SHELL("kill -USR1 \$(cat $dir/lingers.pid);"
			" while [ ! -e $dir/linger-on ]; do sleep 0.02; done;"
			" echo lingers-done >>$dir/story"),
		.cleanup = SHELL("echo lingers-clean >>$dir/story")),
	SERVICE("called", .run = @{[ program('called') ]},
		.stop = CALL(fails)),
	SERVICE("ignored", .run = @{[ program('ignored') ]},
		.stop = CALL(does_nothing)),
	SERVICE("in-setup", .setup = @{[ program('in-setup') ]},
		.max_setup = FOREVER, .run = EXEC("/bin/sleep", "1000"),
		.stop = SHELL("echo in-setup-stop >>$dir/story")),
	SERVICE("survives", .run = @{[ program('survives') ]},
		.stop = SHELL("echo survives-stop >>$dir/story;"
			" while [ ! -e $dir/go-on ]; do sleep 0.02; done;"
			" kill -USR1 \$(cat $dir/survives.pid)")),
	SERVICE("heard", .run = @{[ program('heard') ]},
		.reload = SIGNAL(SIGHUP)),
	SERVICE("reloads", .run = @{[ program('reloads') ]},
		.reload = SHELL("echo reloads-reload >>$dir/story;"
			" while [ ! -e $dir/reloaded ]; do sleep 0.02; done")),
	SERVICE("late", .run = SHELL("echo \$\$ >$dir/late.pid; until [ -e $dir/late.go ]; do sleep 0.02; done;"
			" trap 'echo late-hup >>$dir/story' HUP; while :; do sleep 0.02; done"),
		.reload = SIGNAL(SIGHUP), .max_ready = FOREVER),
	SERVICE("deaf", .run = SHELL("echo \$\$ >$dir/deaf.pid; exec sleep 1000"),
		.reload = SIGNAL(SIGHUP), .max_ready = MILLISECONDS(100)),
	SERVICE("reload-fails", .run = @{[ program('reload-fails') ]},
		.reload = SHELL("exit 4")),
	SERVICE("reload-hangs", .run = @{[ program('reload-hangs') ]},
		.reload = SHELL("echo \$\$ >$dir/reload.pid; exec sleep 1000"),
		.stop = SHELL("echo reload-hangs-stop >>$dir/story;"
			" kill -USR1 \$(cat $dir/reload-hangs.pid)")),
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG

sub up {
    my ($name) = @_;
    $s->ctl('up', '-w', $name);
    return wait_until { slurp("$dir/$name.pid") =~ /^\d+$/ } "$name to run";
}

sub goes_down { my ($name, $why) = @_; ok($s->becomes($name, 'down'), $why) }

# The command of .stop
up('asked');
my $pid = $s->field(pid => 'asked');
$s->ctl(down => 'asked');
goes_down('asked', 'a command stops a service');
is(story(), "asked-stop\nasked-usr1\nasked-clean\n",
    'it is run once, then the clean-up');
ok(!alive($pid), 'and the program is gone');

up('refuses');
$s->ctl(down => 'refuses');
goes_down('refuses', 'a command that fails: the program is stopped all the same');
is(told('refuses-term'), 1, 'by SIGTERM');
like($s->log, qr/refuses: the command of \.stop failed; sending SIGTERM: exited with 1\n/,
    'and that is said');

up('missing');
$s->ctl(down => 'missing');
goes_down('missing', 'a command that does not exist: SIGTERM, too');
like($s->log, qr/missing: the command of \.stop failed; sending SIGTERM: exec: No such file/,
    'and which step failed is said');

up('hangs');
$s->ctl(down => 'hangs');
goes_down('hangs', 'a command that hangs is given up');
ok(!alive(0 + slurp("$dir/hangs.stop")), 'it is killed');
ok(!alive(0 + slurp("$dir/hangs.pid")), 'and so is the program');

up('asked');
$pid = $s->field(pid => 'asked');
freeze($pid);
$s->ctl(down => 'asked');
goes_down('asked', 'a program that is stopped (SIGSTOP) hears the command');
is($s->field(code => 'asked'), 0, 'and ends by itself');

up('lingers');
$s->ctl(down => 'lingers');
wait_until { !alive(0 + slurp("$dir/lingers.pid")) } 'the program to end';
is($s->field(state => 'lingers'), 'stopping',
    'a service whose program has ended is not down while the command runs');
is(told('lingers-clean'), 0, 'nor is it cleaned up');
spew("$dir/linger-on", '');
goes_down('lingers', 'it is when that has ended');
like(story(), qr/lingers-done\nlingers-clean/, 'in this order');

up('called');
$s->ctl(down => 'called');
goes_down('called', 'a function may stop a service');
is(told('called-term'), 1, 'and if it fails SIGTERM does');
like($s->log, qr/called: the command of \.stop, \.reload or \.started: call: Input\/output error\n/,
    'and why is said');

up('ignored');
$s->ctl(down => 'ignored');
goes_down('ignored', 'a command that changes nothing');
is(told('ignored-term'), 1, 'is followed by SIGTERM');
unlike($s->log, qr/ignored: did not stop in time/, 'long before its time is over');

$s->ctl(up => 'in-setup');
wait_until { slurp("$dir/in-setup.pid") =~ /^\d+$/ } 'the set-up';
$s->ctl(down => 'in-setup');
goes_down('in-setup', 'a set-up is stopped');
is(told('in-setup-term'), 1, 'by SIGTERM');
is(told('in-setup-stop'), 0, 'and .stop has no part in it');

up('survives');
$s->ctl(down => 'survives');
wait_until { told('survives-stop') } 'the command';
for my $round (1 .. 20) {
    my $starts = $s->header->{starts};
    $s->kill_supervisord;
    wait_until { $s->header->{starts} > $starts } 'another supervisord';
}
is($s->field(state => 'survives'), 'stopping',
    'supervisord is killed 20 times while the command runs');
spew("$dir/go-on", '');
goes_down('survives', 'the service stops');
is(told('survives-stop'), 1, 'the command has run once');

# signal
up('heard');
my ($code, $out, $err) = $s->ctl(signal => 'HUP', 'heard');
is($code, 0, 'conctl signal');
eventually { told('heard-hup') == 1 } 'the program has got it';
($code, $out, $err) = $s->ctl(signal => 'HUP', 'heard', 'plain');
is($code, 1, 'a service that does not run gets no signal');
like($err, qr/plain/, 'and is named');
eventually { told('heard-hup') == 2 } 'the others do';

# reload
($code) = $s->ctl(reload => 'heard');
is($code, 0, 'reload by signal');
eventually { told('heard-hup') == 3 } 'the program has got it';
($code, $out, $err) = $s->ctl(reload => 'plain');
is($code, 1, 'without .reload there is none');
like($err, qr/plain/, 'and that is said');

# A program that does not handle the signal would be ended by it.
up($_) for qw(late deaf);
my %before = map { $_ => $s->field(pid => $_) } qw(late deaf);
($code, $out, $err) = $s->ctl(qw(reload -t 60 deaf heard));
is($code, 1, 'it is waited for as long as .max_ready says, and not reloaded');
like($err, qr/deaf: its program does not handle the signal of \.reload, which would end it\n/, 'why');
eventually { told('heard-hup') == 4 } 'the others are';
($code) = $s->ctl(qw(reload -t 0.3 late));
isnt($code, 0, 'or for the time that is given');
is($s->field(pid => $_), $before{$_}, "$_ runs on") for qw(late deaf);
my $later = fork // die "fork: $!";
if ($later == 0) {
    exec(($ENV{top_builddir} // "$FindBin::Bin/..") . '/conctl/conctl',
        '-p', $s->{pid}, qw(reload -t 100 late)) or POSIX::_exit(127);
}
spew("$dir/late.go", '');
is(ended_by($later), 0, 'it is reloaded when it handles the signal');
eventually { told('late-hup') == 1 } 'and gets it';
is($s->field(pid => 'late'), $before{late}, 'as the same process');
($code, $out, $err) = $s->ctl(qw(signal USR1 deaf));
is($code, 0, 'conctl signal sends what ends a program');
like($err, qr/signal deaf: warning: its program does not handle SIGUSR1, which ends it\n/, 'and warns');
ok($s->becomes(deaf => 'failed'), 'it has ended');
($code, $out, $err) = $s->ctl(qw(signal HUP late));
is("$code$err", '0', 'no warning, if the signal is handled');

up('reload-fails');
($code, $out, $err) = $s->ctl(reload => 'reload-fails');
is($code, 1, 'a command of .reload that fails');
like($err, qr/reload-fails.*exited with 4/, 'conctl says how');
like($s->log, qr/reload-fails: the command of \.reload failed: exited with 4\n/,
    'and so does supervisord');
is($s->field(state => 'reload-fails'), 'up', 'the service stays up');

up('reloads');
my $reloading = fork // die "fork: $!";
if ($reloading == 0) {
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    exec(($ENV{top_builddir} // "$FindBin::Bin/..") . '/conctl/conctl',
        '-p', $s->{pid}, 'reload', 'reloads') or POSIX::_exit(127);
}
wait_until { told('reloads-reload') } 'the command of .reload';
($code, $out, $err) = $s->ctl(reload => 'reloads');
is($code, 1, 'while it is reloaded it is not reloaded again');
$s->kill_supervisord;
spew("$dir/reloaded", '');
is(ended_by($reloading), 0, 'a reload goes on over the death of supervisord');
is(told('reloads-reload'), 1, 'the command has run once');

unlink "$dir/reload.pid";
up('reload-hangs');
$reloading = fork // die "fork: $!";
if ($reloading == 0) {
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    exec(($ENV{top_builddir} // "$FindBin::Bin/..") . '/conctl/conctl',
        '-p', $s->{pid}, 'reload', 'reload-hangs') or POSIX::_exit(127);
}
wait_until { slurp("$dir/reload.pid") =~ /^\d+$/ } 'the command of .reload';
$s->ctl(down => 'reload-hangs');
goes_down('reload-hangs', 'a service that is being reloaded can be stopped');
ok(!alive(0 + slurp("$dir/reload.pid")), 'what reloads it is killed');
is(told('reload-hangs-stop'), 1, 'then its stop command runs');
is(told('reload-hangs-usr1'), 1, 'and stops it');
is(ended_by($reloading) >> 8, 1, 'conctl reload ends, and says that it failed');

is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
