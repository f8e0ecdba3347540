# SPDX-License-Identifier: MIT
# Processes that look like connate and are not, of another user if there is
# one: with a ledger of any bytes, and anything at the numbers of its
# descriptors. They end with the test.
package Hostile;
use strict;
use warnings;
use Connate;
use Exporter 'import';
use Fcntl;
use POSIX ();

our @EXPORT = qw(hostile memfd opened O_PATH ledger_bytes);

use constant {
    O_PATH   => 010000000,
    LEDGER   => 100, CONNATE => 108, REQUEST_IN => 110, REQUEST_OUT => 111,
    ADD_SEALS => 1033, SEAL => 1, SHRINK => 2, GROW => 4,
    ALLOW_SEALING => 2,
};

my $memfd_create = (POSIX::uname())[4] eq 'x86_64' ? 319 : 279;
my (@open, @all);
my $owner = $$;

# A memfd with these bytes, sealed as a ledger is, or not at all: a number.
sub memfd {
    my ($bytes, %how) = @_;
    my $name = 'connate';
    my $fd   = syscall $memfd_create, $name, ALLOW_SEALING;
    die "memfd_create: $!" if $fd < 0;
    open my $file, '+<&=', $fd or die "memfd: $!";
    binmode $file;
    defined syswrite $file, $bytes or die "memfd: $!";
    if (!$how{open}) {
        my $seals = $how{seals} // (SHRINK | GROW | SEAL);
        fcntl $file, ADD_SEALS, $seals or die "seals: $!";
    }
    push @open, $file;
    return $fd;
}

# A descriptor of that path; O_PATH does not need the right to read it.
sub opened {
    my ($path, $flags) = @_;
    my $fd = POSIX::open($path, $flags);
    return $fd // die "$path: $!";
}

sub place { my ($fd, $number) = @_; defined POSIX::dup2($fd, $number) or die "dup2 $number: $!"; return }

sub become {
    my ($user) = @_;
    return if !$user;
    POSIX::setgid($user->[1]) or die "setgid: $!";
    POSIX::setuid($user->[0]) or die "setuid: $!";
    return;
}

# hostile(ledger => BYTES, [user => [uid, gid]], [before => sub, as who we are],
# [after => sub, as that user: what stands at which number is up to both]): its
# pid. Without anything it is what conctl takes for connate.
sub hostile {
    my (%how) = @_;
    pipe my $ready, my $says or die "pipe: $!";
    my $parent = $$;
    my $pid    = fork_patiently();
    if ($pid == 0) {
        eval {
            close $ready;
            $how{before}->() if $how{before};
            become($how{user});
            place(memfd($how{ledger}), LEDGER) if defined $how{ledger};
            place(opened('/proc/self/exe', O_RDONLY), CONNATE);
            my ($in, $out) = POSIX::pipe();
            place($in, REQUEST_IN), place($out, REQUEST_OUT);
            $how{after}->() if $how{after};
            syswrite $says, 'y';
            1;
        } or print STDERR "# hostile: $@";
        close $says;
        sleep 1 while getppid() == $parent;
        POSIX::_exit(0);
    }
    push @all, $pid;
    close $says;
    sysread($ready, my $word, 1) or die 'no hostile process';
    return $pid;
}

# A ledger of a session that has seen something, with no supervisord that runs:
# as it is left when there is none for a while.
sub ledger_bytes {
    my ($session) = @_;
    my $bytes = $session->bytes;
    substr $bytes, 128, 4, pack 'l<', 0;
    substr $bytes, 144, 4, pack 'l<', 1;
    return $bytes;
}

my $kept;
sub keep { ($kept) = @_; return }
sub kept { return $kept }

sub end {
    my (@pids) = @_;
    kill 'KILL', @pids;
    waitpid $_, 0 for @pids;
    return;
}

END { my $status = $?; end(@all) if $$ == $owner; $? = $status }

1;
