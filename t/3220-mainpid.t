#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# MAINPID and MAINPIDFDID: a service names its main process, which is followed at
# once, whoever is its parent; a stop reaches all generations, its end is the
# service's end; another process is refused.
use strict;
use warnings;
use FindBin;
use POSIX ();
use lib "$FindBin::Bin/lib";
use Connate;
use Socket;
use Speaker;
use Test::More;

my $dir  = scratch();
my $perl = own_perl();

# SIGUSR2 starts another one, which names itself; SIGQUIT ends it with 0, SIGUSR1
# with 3. `fork` goes on in a child of another session, names it and exits with 0
# at once. `deaf` never reaps.
my $program = spew("$dir/generations.pl", <<'PERL');
use strict; use warnings; use Socket; use POSIX qw(:signal_h :sys_wait_h);
sigprocmask(SIG_SETMASK, POSIX::SigSet->new);    # it was blocked in the handler
my ($list, $how) = @ARGV;
socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die;
my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
sub say_it { send $socket, $_[0], 0, $to }
if ($how eq 'fork') {
    my $pid = fork // die;
    if ($pid) { say_it("READY=1\nMAINPID=$pid"); POSIX::_exit(0) }
    POSIX::setsid();
}
$SIG{USR2} = sub { (fork // die) or exec $^X, $0, $list, 'next' };
$SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 } if $how ne 'deaf';
$SIG{QUIT} = sub { POSIX::_exit(0) };
$SIG{USR1} = sub { POSIX::_exit(3) };
$SIG{TERM} = sub { POSIX::_exit(0) };
open my $file, '>>', $list or die;
syswrite $file, "$$\n";
say_it($how eq 'next' ? "MAINPID=$$" : 'READY=1') if $how ne 'fork';
1 while select undef, undef, undef, 1000;
PERL

my %words = (
    plain => '.hands_over = true',
    all   => '.stop_all = true',
    deaf  => '.stop_all = true',
    fork  => '.hands_over = true',
    fork2 => '.stop_all = true',
);

sub row {
    my ($name) = @_;
    my $how = $name =~ /^(fork|deaf)/ ? $1 : 'first';
    return qq{\tSERVICE("$name", .run = EXEC("$perl", "$program", "$dir/$name", "$how"), $words{$name}),\n};
}

my $s = session(supervisord => supervisord('mainpid', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .ready = READY_SD_NOTIFY, .max_ready = SECONDS(100), .max_stop = SECONDS(50), \\
	.retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
@{[ map { row($_) } sort keys %words ]}
	SERVICE("speaker", @{[ speaker('speaker') ]}, .stop_all = true),
};

CONNATE();
CONFIG

sub started { my ($name) = @_; return split ' ', slurp("$dir/$name") }
sub exits   { my ($name) = @_; return $s->records->{$name}{exits} }
sub main_is { my ($name, $pid) = @_; return wait_until { $s->field(pid => $name) eq $pid } "$name to be $pid" }

sub start {
    my ($name) = @_;
    spew("$dir/$name", '');
    is(($s->ctl(qw(up -w -t 60), $name))[0], 0, "$name: it is up");
    wait_until { started($name) == 1 } 'its program';
    return (started($name))[-1];
}

# The next generation has named itself; the former one runs on.
sub follows_ok {
    my ($name, $what) = @_;
    my @before = started($name);
    kill 'USR2', $before[-1];
    wait_until { started($name) > @before } 'another generation';
    my $new = (started($name))[-1];
    ok(main_is($name, $new), "$what: it is the main process");
    ok(alive($before[-1]), "$what: beside the former one");
    return $new;
}

sub new_supervisord {
    my $old = $s->kill_supervisord;
    return eventually { ($s->header->{supervisord} // $old) != $old && $s->header->{report_pid} > 0 }
    'supervisord is killed';
}

for my $name (qw(plain all deaf)) {
    my $first = start($name);
    my $exits = exits($name);
    my $second = follows_ok($name, $name);
    new_supervisord();
    my $third = follows_ok($name, "$name, when supervisord was killed");
    kill 'QUIT', $first, $second;
    ok(main_is($name, $third), "$name: it goes on when the former ones have exited");
    new_supervisord();
    my $fourth = follows_ok($name, "$name, when they are gone");
    is(exits($name), $exits, "$name: nothing was started anew");
    is(($s->ctl('signal', 'CONT', $name))[0], 0, "$name: a signal can be sent to it");
    is(($s->ctl(qw(down -w -t 60), $name))[0], 0, "$name: it stops");
    is(join(' ', grep { alive($_) } started($name)), '', "$name: all generations");
}

# supervisord is killed at any moment of that.
{
    my @all = start('all');
    my $exits = exits('all');
    for my $round (1 .. 12) {
        my $old = $s->header->{supervisord};
        kill 'USR2', $all[-1];
        select undef, undef, undef, rand 0.04;
        kill 'KILL', $old;
        wait_until { started('all') > @all } 'another generation';
        @all = started('all');
        last if !main_is(all => $all[-1]);
        kill 'QUIT', $all[-2];
        wait_until { !alive($all[-2]) && ($s->header->{supervisord} // $old) != $old } 'the next supervisord';
    }
    is(scalar @all, 13, 'each time the next one is the main process');
    is(exits('all') . ' ' . $s->field(state => 'all'), "$exits up", 'and nothing else has changed');
    is(($s->ctl(qw(down -w -t 60 all)))[0], 0, 'it stops');
    is(join(' ', grep { alive($_) } @all), '', 'all of it');
}

# The guard is killed while the main process is the child of a former one.
{
    my $first = start('plain');
    my $exits = exits('plain');
    my $main  = follows_ok('plain', 'plain');
    kill 'KILL', $s->records->{plain}{pid};
    wait_until { $s->records->{plain}{pid} == $main } 'it goes on without a guard';
    is($s->field(state => 'plain') . ' ' . exits('plain'), "up $exits", 'it is up');
    new_supervisord();
    kill 'USR1', $main;
    eventually { exits('plain') == $exits + 1 && $s->field(state => 'plain') eq 'up' } 'its end is noticed';
    is(($s->ctl(qw(down -w -t 60 plain)))[0], 0, 'it stops');
    kill 'QUIT', $first;
    wait_until { !alive($first) } 'the former one';
}

# It ends, and its parent, a former one, does not.
for my $name (qw(plain deaf)) {
    my $first = start($name);
    my $exits = exits($name);
    my $main  = follows_ok($name, $name);
    kill 'USR1', $main;
    wait_until { exits($name) > $exits } "$name: the end is noticed";
    wait_until { $s->field(state => $name) eq 'up' && (started($name))[-1] != $main } 'another one';
    ok(!alive($first), "$name: the former one has gone with it");
    like(($s->ctl('events'))[1], qr/\b$name\b.*\b3\b/, "$name: how it ended is known") if $name eq 'plain';
    is(($s->ctl(qw(down -w -t 60), $name))[0], 0, "$name: it stops");
}

# It names a child of another session, and exits at once.
for my $name (qw(fork fork2)) {
    for my $round (1 .. 5) {
        my $exits = exits($name);
        my $pid   = start($name);
        last if !ok(main_is($name, $pid), "$name, round $round: its child is the main process");
        my $guard = $s->records->{$name}{pid};
        wait_until { slurp("/proc/$pid/stat") =~ /\) \S $guard / } 'its parent to go';
        is(exits($name) - $exits . ' ' . $s->field(state => $name), '0 up', 'which goes on');
        $s->ctl(qw(down -w -t 60), $name);
        ok(!alive($pid), 'and stops');
    }
}

# What may not be the main process

sub is_read {
    my ($name, $text) = @_;
    my $done = tell($name, main => $text);
    wait_until { -e $done } 'the message';
    $done = tell($name, barrier => 'BARRIER=1');
    wait_until { -e $done } 'the barrier';
    return slurp($done) eq '0';
}

sub pidfd_inode {
    my ($pid) = @_;
    my $fd = syscall 434, $pid + 0, 0;    # pidfd_open
    return 0 if $fd < 0;
    my $link = readlink "/proc/self/fd/$fd";
    open my $pidfd, '<&=', $fd or return 0;
    my $inode = (stat $pidfd)[1];
    return $link =~ /pidfd:\[/ || $inode > 1000 ? $inode : 0;
}

$s->ctl('up', 'speaker');
is_read(speaker => 'READY=1');
ok($s->becomes('speaker', 'up'), 'a speaker');
my $main = $s->field(pid => 'speaker');
for my $text ("MAINPID=$main", 'MAINPID=', 'MAINPID=x', 'MAINPID=0', 'MAINPID=-2', 'MAINPID=99999999999') {
    ok(is_read(speaker => $text), "$text is read");
}
unlike($s->log, qr/MAINPID/, 'what names itself or nothing is not refused');
for my $pid (1, $$, $s->{pid}, $s->header->{supervisord}, $s->records->{speaker}{pid}, 4194303) {
    ok(is_read(speaker => "MAINPID=$pid"), "MAINPID=$pid is read");
    is($s->field(pid => 'speaker'), $main, 'it is not the main process');
}
my @lines = $s->log =~ /^(supervisord: speaker: .*MAINPID.*)$/mg;
is(scalar @lines, 1, 'that is said once');
like($lines[0], qr/a message of process $main of user $>: its MAINPID is refused: that is no process of the service/,
    'with the reason');
is($s->field(state => 'speaker'), 'up', 'the service goes on');

SKIP: {
    my $first = start('plain');
    kill 'USR2', $first;
    wait_until { started('plain') == 2 } 'another generation';
    my $other = (started('plain'))[-1];
    main_is(plain => $other);
    my $inode = pidfd_inode($first);
    skip 'no inodes of pidfds', 2 if !$inode || pidfd_inode($other) == $inode;
    my ($name) = slurp("/proc/$first/environ") =~ /NOTIFY_SOCKET=\@(\w+)/;
    socket my $socket, AF_UNIX, SOCK_DGRAM, 0;
    my $to = pack_sockaddr_un("\0$name");
    send $socket, "MAINPID=$first\nMAINPIDFDID=" . ($inode + 1), 0, $to;
    send $socket, 'STATUS=read', 0, $to;
    wait_until { ($s->ctl(qw(-j status plain)))[1] =~ /"read"/ } 'a message';
    is($s->field(pid => 'plain'), $other, 'MAINPIDFDID of another process: it is refused');
    send $socket, "MAINPIDFDID=$inode\nMAINPID=$first", 0, $to;
    ok(main_is(plain => $first), 'with the right one it is the main process again');
}
# A pidfd that is handed with the message, by sendmsg(2)
sub send_with {
    my ($socket, $to, $text, $fd) = @_;
    my $control = pack 'Q< l< l< l< x4', 20, SOL_SOCKET, 1, $fd;
    my $part    = pack 'P Q<', $text, length $text;
    my $header  = pack 'P L< x4 P Q< P Q< l< x4', $to, length $to, $part, 1, $control, length $control, 0;
    return syscall((POSIX::uname())[4] eq 'x86_64' ? 46 : 211, fileno $socket, $header, 0) >= 0;
}

SKIP: {
    my @all   = started('plain');
    my $other = $s->field(pid => 'plain');
    my ($first) = grep { $_ ne $other } @all;
    my $pidfd = syscall 434, $first + 0, 0;
    skip 'no pidfds', 4 if $pidfd < 0;
    my ($name) = slurp("/proc/$first/environ") =~ /NOTIFY_SOCKET=\@(\w+)/;
    socket my $socket, AF_UNIX, SOCK_DGRAM, 0;
    my $to = pack_sockaddr_un("\0$name");
    ok(send_with($socket, $to, "MAINPID=$other\nMAINPIDFD=1", $pidfd), 'MAINPIDFD=1, with a pidfd');
    ok(main_is(plain => $first), 'names the main process, whatever MAINPID says');
    open my $null, '<', '/dev/null';
    send_with($socket, $to, "MAINPID=$other\nMAINPIDFD=1", fileno $null);
    ok(main_is(plain => $other), 'with another descriptor MAINPID counts');
    my $stranger = syscall 434, $$ + 0, 0;
    send_with($socket, $to, 'MAINPIDFD=1', $stranger);
    send $socket, 'MAINPIDFD=1', 0, $to;
    send $socket, 'STATUS=heard', 0, $to;
    wait_until { ($s->ctl(qw(-j status plain)))[1] =~ /"heard"/ } 'a message';
    is($s->field(pid => 'plain'), $other, 'a stranger is refused, and none is ignored');
    POSIX::close($_) for $pidfd, $stranger;
}
is($s->stop, 0, 'the session ends');

# Without a guard, and of another user
$s = session(supervisord => supervisord('alone', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("alone", .run = EXEC("$perl", "$program", "$dir/alone", "first"), .ready = READY_SD_NOTIFY),
};

CONNATE();
CONFIG
wait_until { started('alone') == 1 } 'its program';
my ($alone) = started('alone');
kill 'USR2', $alone;
eventually { $s->log =~ /^supervisord: alone: .*its MAINPID is refused: .* needs \.hands_over or \.stop_all$/m }
'without a guard it is refused, with what it needs';
is($s->field(pid => 'alone'), $alone, 'the main process stays the same');
is($s->stop, 0, 'the session ends');
done_testing();
