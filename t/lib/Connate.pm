# SPDX-License-Identifier: MIT
# The functions that the process tests share: a supervisord for a configuration given as
# text, a session of the real binaries, conctl, the ledger, and waiting for a
# condition with a generous limit. All processes that a test starts are ended with it.
package Connate;
use strict;
use warnings;
use Cwd qw(abs_path);
use Errno ();
use Exporter 'import';
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Handle;
use List::Util qw(min);
use POSIX qw(:sys_wait_h :signal_h setsid);
use Test::More;
use Time::HiRes qw(sleep time clock_gettime CLOCK_MONOTONIC);

our @EXPORT = qw(scratch own_perl supervisord session wait_until eventually slurp spew alive
    children comm freeze fork_patiently run ended_by plain_user can_crash crash loop_for_ever request_bytes
    brought_up restarted);

use constant LIMIT => 180;   # seconds; for conditions, never for speed

# What make gives to its children grows with the list of tests.
delete @ENV{qw(MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL TEST_LOGS)};

my $top = abs_path($ENV{top_builddir} // dirname(__FILE__) . '/../..');
my $scratch;
my @sessions;
my $owner = $$;

# A folder of this test's own that other users may enter.
sub scratch {
    $scratch //= do {
        my $dir = tempdir('connate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
        chmod 0777, $dir;
        $dir;
    };
    return $scratch;
}

sub slurp {
    my ($path) = @_;
    open my $in, '<', $path or return '';
    local $/;
    return scalar(<$in>) // '';
}

sub spew {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "$path: $!";
    print $out $text;
    close $out or die "$path: $!";
    return $path;
}

# True as soon as the condition is; false after the limit, with a diagnosis. A
# condition may start a process: the longer the wait, the longer the pauses.
sub wait_until(&$;$) {
    my ($condition, $what, $limit) = @_;
    my $begin = time;
    while (1) {
        return 1 if $condition->();
        my $waited = time - $begin;
        last if $waited > ($limit // LIMIT);
        sleep min(0.03, 0.005 + $waited / 100);
    }
    diag("waited in vain for: $what");
    return 0;
}

# A perl of this test's own: a process with a title is known by its program's
# file, and others may run the usual one.
sub own_perl {
    my $path = scratch() . '/perl';
    run('cp', $^X, $path) if !-e $path;
    return $path;
}

# The same as a test with a name.
sub eventually(&$;$) {
    my ($condition, $name, $limit) = @_;
    return ok(wait_until(\&$condition, $name, $limit), $name);
}

# Not a zombie: the process that adopts an orphan may not reap it at once. But one whose
# first thread alone has ended has other threads (the 20th field) that live.
sub alive {
    my ($pid) = @_;
    return if $pid !~ /^\d+$/ || $pid == 0 || !kill 0, $pid;
    my ($state, $threads) = slurp("/proc/$pid/stat") =~ /\) (\S)(?: \S+){16} (\d+)/;
    return !defined $state || $state !~ /[ZX]/ || $threads > 1;
}

# Stopped, not only told to stop.
sub freeze {
    my ($pid) = @_;
    kill 'STOP', $pid;
    return wait_until { slurp("/proc/$pid/stat") =~ /\) [Tt] / } "process $pid to be stopped";
}

# Direct children of a process, whichever of its threads they are of.
sub children {
    my ($pid) = @_;
    return map { split ' ', slurp($_) } glob "/proc/$pid/task/*/children";
}

sub comm { my ($pid) = @_; my $c = slurp("/proc/$pid/comm"); chomp $c; return $c }

# A machine may have no room for another process, for a while.
sub fork_patiently {
    my $pid;
    wait_until { defined($pid = fork) || !$!{EAGAIN} } 'room for a process';
    return $pid // die "fork: $!";
}

# Messages of connate and supervisord have the time in front, in a file or a pipe.
sub without_times { my ($text) = @_; return $text =~ s/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ //mgr }

# A command: (exit code or 128 + signal, standard output, standard error without
# times).
sub run {
    my (@command) = @_;
    my $dir = scratch();
    my ($out, $err) = ("$dir/out.$$", "$dir/err.$$");
    my $pid = fork_patiently();
    if ($pid == 0) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', $out or POSIX::_exit(126);
        open STDERR, '>', $err or POSIX::_exit(126);
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    my @texts = map { my $text = slurp($_); unlink $_; $text } $out, $err;
    return ($code, $texts[0], without_times($texts[1]));
}

# A supervisord linked with that configuration; its path.
sub supervisord {
    my ($name, $text, @options) = @_;
    my $dir    = scratch();
    my $config = spew("$dir/$name.c", $text);
    my ($code, $out, $err) =
        run("$top/config/supervisord-for", @options, $config,
        "$dir/$name.supervisord");
    $code == 0 or BAIL_OUT("cannot build $name: $out$err");
    return "$dir/$name.supervisord";
}

# A fault in a process, whatever it blocks: it goes on at address 0, or with its
# stack there (ptrace(2); the offsets are those of struct user on x86_64).
use constant { PTRACE => 101, PEEKTEXT => 1, PEEKUSER => 3, POKETEXT => 4, POKEUSER => 6, ATTACH => 16,
    DETACH => 17, RIP => 16 * 8, RSP => 19 * 8 };

sub can_crash { return (POSIX::uname())[4] eq 'x86_64' && ($ENV{host_cpu} // 'x86_64') eq 'x86_64' }

sub trace { my (@arguments) = @_; return syscall(PTRACE, map { $_ + 0 } @arguments) == 0 }

sub traced {
    my ($pid, $do) = @_;
    my $ok = trace(ATTACH, $pid, 0, 0);
    wait_until { slurp("/proc/$pid/stat") =~ /\) t / } 'a process that is traced' if $ok;
    waitpid $pid, 0 if $ok;
    $ok &&= $do->();
    $ok &&= trace(DETACH, $pid, 0, 0);
    return $ok;
}

sub crash {
    my ($pid, $register) = @_;
    return traced($pid, sub { trace(POKEUSER, $pid, $register // RIP, 16) });
}

# The kernel stores a word where it is told to.
sub peek {
    my ($what, $pid, $at) = @_;
    my $word = "\0" x 8;
    return syscall(PTRACE, $what, $pid + 0, $at, $word) == 0 ? unpack 'Q<', $word : 0;
}

# Where it waits, it runs in circles from now on: instead of the instruction by
# which it has entered the kernel there is a jump to itself. It leaves the
# processor to others.
sub loop_for_ever {
    my ($pid) = @_;
    setpriority 0, $pid, 19;
    return traced($pid, sub {
        my $call = peek(PEEKUSER, $pid, RIP) - 2;
        my $word = peek(PEEKTEXT, $pid, $call);
        return ($word & 0xffff) == 0x050f && trace(POKETEXT, $pid, $call, $word & ~0xffff | 0xfeeb);
    });
}

sub ended_by { my ($pid) = @_; waitpid $pid, 0; return $? }

# An unprivileged user to run as, when we are root; else none.
sub plain_user { return $> == 0 ? (getpwnam 'nobody')[2, 3] : () }

# Orphans become children of the test, so that no process of a session is left
# behind by the test: PR_SET_CHILD_SUBREAPER of prctl(2).
sub become_subreaper {
    my $prctl = (POSIX::uname())[4] eq 'x86_64' ? 157 : 167;
    return syscall($prctl, 36, 1, 0, 0, 0);
}

# session(supervisord => PATH, [user => [uid, gid]], [wrap => [COMMAND …]],
#         [env => {…}], [arguments => ['--', …]]): connate, running. Or command =>
# [COMMAND …], which starts it somehow.
sub session {
    my (%how) = @_;
    my $dir  = scratch();
    become_subreaper();
    my $self = bless {
        supervisord => $how{supervisord},
        log         => "$dir/connate." . scalar(@sessions) . '.log',
    }, __PACKAGE__;
    my @command = (
        @{ $how{wrap} // [] },
        "$top/pid1/connate", '--supervisor', $how{supervisord} // '', @{ $how{arguments} // [] }
    );
    @command = @{ $how{command} } if $how{command};
    spew($self->{log}, '');
    my $pid = fork_patiently();
    if ($pid == 0) {
        setsid();
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', $self->{log};
        open STDERR, '>>', $self->{log};
        $ENV{$_} = $how{env}{$_} for keys %{ $how{env} // {} };
        if ($how{user}) {
            $) = "$how{user}[1] $how{user}[1]";
            $( = $how{user}[1];
            $< = $> = $how{user}[0];
        }
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    $self->{child} = $self->{pid} = $pid;
    push @sessions, $self;
    $self->find_inner() if $how{wrap} || $how{command};
    $self->wait_ready() unless $how{no_wait};
    return $self;
}

# A child of connate that has not come to its exec has its name, too.
sub is_cloned {
    my ($pid) = @_;
    my ($parent) = slurp("/proc/$pid/stat") =~ /\) \S (\d+)/;
    return !defined $parent || comm($parent) eq 'connate';
}

# Under a wrapper (unshare …) connate is a descendant of the child of the test.
sub find_inner {
    my ($self) = @_;
    wait_until {
        my @next = ($self->{child});
        while (defined(my $pid = shift @next)) {
            if (comm($pid) eq 'connate') { $self->{pid} = $pid; return !is_cloned($pid) }
            push @next, children($pid);
        }
        return 0;
    }
    'connate under its wrapper';
}

# Until the first supervisord has set its first targets.
sub wait_ready {
    my ($self) = @_;
    wait_until { ($self->header->{starts} // 0) > 0 } 'a supervisord that works';
    return $self;
}

# What conctl says of each service by that command: name => value. $ctl is called with
# words, and returns what run() does.
sub values_of {
    my ($ctl, $field, @names) = @_;
    my ($code, $out) = $ctl->($field, @names);
    return map { /^(\S+): (.*)$/ ? ($1 => $2) : ($names[0] => $_) } split /\n/, $out;
}

# As up -w and restart -w, but for the second for which these want a service to have
# been up. (exit code, '', why it is not 0).
sub brought_up {
    my ($ctl, @names) = @_;
    my ($code, undef, $err) = $ctl->('up', @names);
    return ($code, '', $err) if $code != 0;
    my $up = wait_until {
        my %state = values_of($ctl, 'state', @names);
        !grep { ($state{$_} // '') ne 'up' } @names;
    } "@names to be up";
    return $up ? (0, '', '') : (1, '', "not up: @names\n");
}

sub restarted {
    my ($ctl, @names) = @_;
    my %before = values_of($ctl, 'pid', @names);
    my ($code, undef, $err) = $ctl->('restart', @names);
    return ($code, '', $err) if $code != 0;
    wait_until {
        my %now = values_of($ctl, 'pid', @names);
        !grep { ($now{$_} // '-') !~ /^\d/ || $now{$_} eq ($before{$_} // '') } @names;
    } "@names to be restarted" or return (1, '', "not restarted: @names\n");
    return brought_up($ctl, @names);
}

sub log { my ($self) = @_; return without_times(slurp($self->{log})) }

sub ctl {
    my ($self, @arguments) = @_;
    return run("$top/conctl/conctl", '-p', $self->{pid}, @arguments);
}

# The value of a field of one service, without the newline.
sub field {
    my ($self, $field, $service) = @_;
    my (undef, $out) = $self->ctl($field, $service);
    chomp $out;
    return $out;
}

sub becomes {
    my ($self, $service, $state, $limit) = @_;
    return wait_until { $self->field(state => $service) eq $state }
    "$service to be $state", $limit;
}

# The ledger as model/ledger.h lays it out.
sub bytes {
    my ($self) = @_;
    return slurp("/proc/$self->{pid}/fd/100");
}

sub header {
    my ($self, $bytes) = @_;
    $bytes //= $self->bytes;
    return {} if length $bytes < 192;
    my %h;
    @h{ qw(magic version size table_at record_at event_at answer_at services
        change events answers supervisord starts started session seeded stage
        fell fell_status locked halt moved record_bytes) } =
        unpack 'Q< L<2 L<4 L< L< L< L< l< L< Q<2 C4 L<3 S<', $bytes;
    $h{probation_deaths} = $h{stage} >> 4;
    $h{stage} &= 15;
    @h{qw(report_pid images deaths successions death status since next)} =
        unpack 'l< L<3 l<2 Q<2', substr $bytes, 128, 40;
    return $h{magic} == 0 ? {} : \%h;
}

# How urgent the end is that was asked for: union escalation.
sub escalation {
    my ($self) = @_;
    my $bytes = $self->bytes;
    return { level => 0, since_ms => 0 } if length $bytes < 192;
    my $word = unpack 'Q<', substr $bytes, 176, 8;
    return { level => $word & 3, since_ms => $word >> 24 };
}

# As the ledger has it: CLOCK_MONOTONIC.
sub now_ms { return int(1000 * clock_gettime(CLOCK_MONOTONIC)) }

# A request with its sum, or with another one: model/request.h.
sub request_sum {
    my ($sum) = 0x811c9dc5;
    $sum = (($sum ^ $_) * 0x01000193) & 0xffffffff for unpack 'C*', $_[0];
    return $sum;
}

sub request_bytes {
    my (%r) = (magic => 0x716e6331, version => 1, digest => "\0" x 8, argument => 0, ranges => [], @_);
    my $count  = $r{count}  // @{ $r{ranges} } / 2;
    my $body   = pack 'L<*', @{ $r{ranges} };
    my $length = $r{length} // 40 + length $body;
    my $head   = pack 'L< S< S< L<', @r{qw(magic version verb)}, $length;
    my $tail   = pack('Q<', $r{id}) . $r{digest} . pack('L< L<', $r{argument}, $count) . $body;
    return $head . pack('L<', $r{sum} // request_sum($head . $tail)) . $tail;
}

# Only the beginning of the board, which has room for a million entries.
sub beginning {
    my ($path, $length) = @_;
    my $bytes = '';
    open my $in, '<', $path or return '';
    read $in, $bytes, $length;
    return $bytes;
}

# name => { pid, exits, state, … }
sub records {
    my ($self) = @_;
    my $bytes  = $self->bytes;
    my $h      = $self->header($bytes);
    my ($service_at, undef, undef, undef, undef, undef, $text_at) =
        unpack 'L<7', substr $bytes, $h->{table_at} + 56, 28;
    my $stride = unpack 'S<', substr $bytes, $h->{table_at} + 104, 2;
    my (%records, %place);
    for my $i (0 .. $h->{services} - 1) {
        my $at    = $h->{table_at} + $service_at + $stride * $i;
        my $name  = unpack 'L<', substr $bytes, $at, 4;
        my $place = unpack 'L<', substr $bytes, $at + 80, 4;
        $name = unpack 'Z*', substr $bytes, $h->{table_at} + $text_at + $name, 64;
        my ($sequence, $failure, $pid, $exits, $phase) = unpack 'L< L< l< L< Q<',
            substr $bytes, $h->{record_at} + $h->{record_bytes} * $i, 24;
        my $helper = unpack 'l<',
            substr $bytes, $h->{record_at} + $h->{record_bytes} * $i + 60, 4;
        $place{$name} = $place;
        $records{$name} = {
            pid     => $pid,
            exits   => $exits,
            failure => $failure,
            state   => $phase & 15,
            target  => $phase >> 4 & 3,
            stale   => $phase >> 11 & 1,
            ran     => $phase >> 12 & 1,
            asked   => $phase >> 13 & 1,
            attempt => $phase >> 14 & 0x3ff,
            helper  => $helper,
            gone    => ord substr($bytes, $at + 71, 1),
            at      => $h->{record_at} + $h->{record_bytes} * $i,
        };
    }
    my ($last) = sort { $b <=> $a } 0, values %place;
    my $board = beginning("/proc/$self->{pid}/fd/107", 8 * ($last + 1));
    $records{$_}{main} = unpack 'l<', substr $board, 8 * $place{$_}, 4 for keys %place;
    return \%records;
}

# kill -9 of the supervisord that is now there; its pid, or 0.
sub kill_supervisord {
    my ($self) = @_;
    my $pid = $self->header->{supervisord} // 0;
    return $pid > 0 && kill('KILL', $pid) ? $pid : 0;
}

# Its supervisord takes its place, with its own pid. The pid of the one that was
# killed; 0: there was no supervisord to go on.
sub kill_connate {
    my ($self) = @_;
    my ($pid, $heir) = ($self->{pid}, $self->header->{supervisord} // 0);
    return 0 if $heir <= 0 || !kill 'KILL', $pid;
    waitpid $self->{child}, 0 if ($self->{child} // 0) == $pid;
    delete $self->{child};
    $self->{pid} = $heir;
    wait_until { comm($heir) eq 'connate' && ($self->header->{supervisord} // 0) > 0 } 'a successor';
    return $pid;
}

# SIGTERM, and the wait status of the child of the test.
sub stop {
    my ($self) = @_;
    return if !$self->{child};
    kill 'TERM', $self->{pid};
    my $ended = wait_until { waitpid($self->{child}, WNOHANG) != 0 }
    'connate to end';
    my $status = $?;
    delete $self->{child} if $ended;
    return $status;
}

# In any case, no process of a session is left.
sub DESTROY { }

sub tree {
    my ($pid) = @_;
    return ($pid, map { tree($_) } children($pid));
}

END {
    if ($$ == $owner) {
        my $status = $?;
        for (1 .. 100) {
            my @all = grep { $_ != $$ } tree($$);
            last if !@sessions || !@all;
            kill 'KILL', @all;
            1 while waitpid(-1, WNOHANG) > 0;
            sleep 0.01;
        }
        $? = $status;
    }
}

1;
