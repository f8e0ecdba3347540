#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl top in a terminal, tmux: what it shows, its keys, another size, and that the terminal is as before
# after each way to leave it; no colour where none is wanted; no wake-up between the intervals; once, for scripts.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time sleep);

my $dir    = scratch();
my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
my $conctl = "$top/conctl/conctl";
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE NO_COLOR COLUMNS TMUX)};
my $many = join '', map { sprintf qq{SERVICE("many-%02d", .target = DOWN, .run = EXEC("/bin/true")),\n}, $_ } 1 .. 30;
my $s = session(supervisord => supervisord('top', <<"CONFIG"));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("idle", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("busy", .run = SHELL("while :; do :; done"), .nice = 19),
	SERVICE("exits", .run = SHELL("exit 3"), .retry = RETRY_NEVER),
	SERVICE("later", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("a-service-with-a-name-that-is-longer-than-a-quarter-of-a-line", .target = DOWN,
		.run = EXEC("/bin/sleep", "1000")),
	$many
};
CONNATE();
CONFIG
$s->ctl(qw(up -w -t 60 idle busy));
$s->becomes('exits', 'failed');

# Once.
my ($code, $out, $err) = $s->ctl(qw(top -b -d 0.3));
is("$code $err", '0 ', 'top -b');
my @lines = split /\n/, $out;
like($lines[0], qr/^35 services: 2 up, 1 failed, 32 down, 0 on the way; by cpu$/, 'its summary');
like($lines[1], qr/^SERVICE +STATE +SINCE +CPU% +MEMORY +ENDS +TRY +STATUS$/, 'and titles');
like($lines[2], qr/^busy +up +\S+ +\d+\.\d +\d\S*[KM] +0 +[01]$/, 'the busiest stands first');
is(scalar @lines, 37, 'all services are there');
(undef, $out) = $s->ctl(qw(top -b -d 0.1 -s state));
like((split /\n/, $out)[2], qr/^exits +failed +\S+ +0\.0 +- +1 +1 +.*exited with 3/,
    '-s state: what has failed, with its reason');
(undef, $out) = $s->ctl(qw(top -b -d 0.1 -s list later idle));
is(join(' ', map { /^(\S+)/ } (split /\n/, $out)[2 .. 3]), 'idle later',
    'only services that are named, in their order');
my $json = decode_json(($s->ctl(qw(-j top -d 0.3)))[1]);
is($json->[0]{name}, 'busy', 'as JSON');
cmp_ok($json->[0]{cpu_per_mille}, '>', 0, 'with processor time');
($code, undef, $err) = $s->ctl(qw(top -s size));
is($code, 2, 'an order that there is not');
like($err, qr/'size' is no order; those are: cpu memory state time ends list$/, 'which is said');
is(($s->ctl(qw(top no-such)))[0], 5, 'nor such a service');

# Live.
if ((run(qw(tmux -V)))[0] != 0) { done_testing; exit }
my @tmux = ('tmux', '-f', '/dev/null', '-S', "$dir/tmux");
$ENV{TERM} = 'xterm-256color';
$ENV{LC_ALL} = 'C.UTF-8';

sub tmux { return run(@tmux, @_) }
sub screen { return (tmux('capture-pane', '-p', @_))[1] }
sub keys_in { return tmux('send-keys', @_) }
sub shows {
    my ($pattern, $name) = @_;
    my $ok = wait_until { screen() =~ $pattern } $name, 60;
    diag(screen()) if !$ok;
    return ok($ok, $name);
}
tmux(qw(new-session -d -x 80 -y 24), "PS1='ready> ' exec sh");
my ($tty) = (tmux(qw(display-message -p), '#{pane_tty}'))[1] =~ /(\S+)/;
my ($shell) = (tmux(qw(display-message -p), '#{pane_pid}'))[1] =~ /(\d+)/;
sub modes { return (run('stty', '-F', $tty, '-g'))[1] }
shows(qr/^ready>/m, 'a shell');
my $before = modes();

sub start {
    my (@words) = @_;
    keys_in('-l', join ' ', @words, $conctl, '-p', $s->{pid}, 'top -d 0.5');
    keys_in('Enter');
    shows(qr/\A35 services.*\nSERVICE .*\n\S+ /, "top is there (@words)");
    wait_until { grep { comm($_) eq 'conctl' } children($shell) } 'its process';
    return (grep { comm($_) eq 'conctl' } children($shell))[0];
}

sub is_left {
    my ($how) = @_;
    shows(qr/^ready>\s*\z/m, "$how: the shell is back");
    eventually { modes() eq $before } "$how: the terminal is as it was";
    unlike(screen(), qr/35 services/, "$how: with what was on it");
    is((tmux(qw(display-message -p), '#{cursor_flag}'))[1], "1\n", "$how: and its cursor");
    keys_in('-l', 'clear');
    keys_in('Enter');
    return;
}

my $pid = start();
is((tmux(qw(display-message -p), '#{cursor_flag} #{alternate_on}'))[1], "0 1\n",
    'a screen of its own, without a cursor');
eventually { screen() =~ /^busy +up +\S+ +[1-9]\S* /m } 'processor time is measured';
is(scalar(grep { length > 80 } split /\n/, screen()), 0, 'no line is cut by the terminal');
like(screen('-e'), qr/\e\[32mup/, 'in colour');
keys_in('s');
shows(qr/by state.*\nSERVICE.*\nexits /, 'another order');
keys_in('r');
shows(qr/by state.*\nSERVICE.*\nmany-30|by state.*\nSERVICE.*\n\S+ +down/, 'turned round');
keys_in('r');
keys_in('l');
shows(qr/by list.*\nSERVICE.*\nidle /, 'that of the configuration');
unlike(screen(), qr/many-30/, 'not all fit');
keys_in('End');
shows(qr/many-30/, 'the last ones');
keys_in('Home');
shows(qr/SERVICE.*\nidle /, 'the first ones');
keys_in('Down');
shows(qr/SERVICE.*\nbusy /, 'one further');
$s->ctl(qw(up later));
shows(qr/^later +up /m, 'a change shows');
tmux(qw(resize-window -x 60 -y 12));
eventually { my @l = split /\n/, screen(); @l == 11 && !grep { length > 60 } @l } 'another size' or diag(screen());
tmux(qw(resize-window -x 80 -y 24));
eventually { my @l = split /\n/, screen(); @l == 23 } 'and the former one';
keys_in('q');
is_left('q');

for my $how (qw(C-c TERM HUP)) {
    $pid = start();
    $how eq 'C-c' ? keys_in($how) : kill $how, $pid;
    is_left($how);
}

$pid = start();
keys_in('C-z');
is_left('^Z');
ok(slurp("/proc/$pid/stat") =~ /\) T /, 'it is stopped');
keys_in('-l', 'fg');
keys_in('Enter');
shows(qr/\A35 services.*\nSERVICE .*\n\S+ /, 'fg: it is back');
keys_in('q');
is_left('after fg');

# A kill that it cannot notice leaves at least no process.
$pid = start();
my @others = children($pid);
kill 'KILL', $pid;
eventually { !grep { alive($_) } @others } 'after SIGKILL its child ends, too';
keys_in('-l', 'stty ' . ($before =~ s/\s//r) . '; tput rmcup; tput cnorm; clear');
keys_in('Enter');
shows(qr/\Aready>\s*\z/, 'a shell again');

# Without colour.
$pid = start('NO_COLOR=1');
unlike(screen('-e'), qr/\e\[3\dm/, 'NO_COLOR: no colour');
keys_in('q');
is_left('q');

# It sleeps between the intervals.
keys_in('-l', "$conctl -p $s->{pid} top -d 1000");
keys_in('Enter');
wait_until { grep { comm($_) eq 'conctl' } children($shell) } 'its process';
($pid) = grep { comm($_) eq 'conctl' } children($shell);
shows(qr/\A35 services/, 'a long interval');
sub sleeps { my $n = 0; $n += (slurp("/proc/$_/status") =~ /^voluntary_ctxt_switches:\s*(\d+)/m)[0] for @_; return $n }
eventually { my @all = ($pid, children($pid)); my $n = sleeps(@all); sleep 2; sleeps(@all) == $n }
'nothing wakes it';

# The session ends.
$s->ctl(qw(exit -w -t 60));
shows(qr/^conctl: connate, process \d+, has ended meanwhile/m, 'the end of connate is said');
eventually { modes() eq $before } 'and the terminal is as it was';
tmux('kill-server');
done_testing;
