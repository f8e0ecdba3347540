# SPDX-License-Identifier: MIT
# A program on a terminal of its own, and its keyboard: pty(7).
package Pty;
use strict;
use warnings;
use Connate;
use Fcntl;
use IO::Select;
use POSIX qw(:sys_wait_h setsid);
use Test::More;

# asm-generic/ioctls.h; the same on all machines that we know.
use constant { GET_NUMBER => 0x80045430, UNLOCK => 0x40045431, SET_SIZE => 0x5414 };

# Pty->new(env => {…}, command => […]): it leads a session, and the terminal is
# its.
sub new {
    my ($class, %how) = @_;
    sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or die "/dev/ptmx: $!";
    my ($number, $unlocked) = (pack('l', 0)) x 2;
    ioctl $master, UNLOCK, $unlocked or die "unlock: $!";
    ioctl $master, GET_NUMBER, $number or die "number: $!";
    my $path = '/dev/pts/' . unpack 'l', $number;
    my $pid  = fork // die "fork: $!";
    if ($pid == 0) {
        setsid();
        sysopen my $slave, $path, O_RDWR or POSIX::_exit(126);
        POSIX::dup2(fileno $slave, $_) for 0 .. 2;
        $ENV{$_} = $how{env}{$_} for keys %{ $how{env} // {} };
        exec { $how{command}[0] } @{ $how{command} } or POSIX::_exit(127);
    }
    return bless { master => $master, pid => $pid, path => $path, seen => '', all => '' }, $class;
}

sub read_some {
    my ($self) = @_;
    return if !IO::Select->new($self->{master})->can_read(0.05);
    my $got = sysread $self->{master}, my $bytes, 4096;
    return if !$got;
    $self->{$_} .= $bytes for qw(seen all);
    return;
}

# The output since the last time up to the end of the pattern.
sub shows {
    my ($self, $pattern, $name) = @_;
    my $ok = wait_until { $self->read_some; $self->{seen} =~ s/\A.*?$pattern//s } $name;
    diag($self->{all}) if !$ok;
    $self->{seen} = '' if !$ok;
    return ok($ok, $name);
}

sub type {
    my ($self, $text) = @_;
    syswrite $self->{master}, $text;
    return;
}

sub resize {
    my ($self, $rows, $columns) = @_;
    my $size = pack 'S4', $rows, $columns, 0, 0;
    return ioctl $self->{master}, SET_SIZE, $size;
}

# The line is gone.
sub hang_up {
    my ($self) = @_;
    close $self->{master};
    return;
}

# Exit code, or 128 and the signal.
sub ends {
    my ($self) = @_;
    wait_until {
        $self->read_some if defined fileno $self->{master};
        waitpid($self->{pid}, WNOHANG) != 0
    }
    'the program on the terminal to end' or kill 'KILL', $self->{pid};
    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

1;
