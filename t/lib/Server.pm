# SPDX-License-Identifier: MIT
# A server that is given its sockets (sd_listen_fds(3)), and its clients.
package Server;
use strict;
use warnings;
use Connate;
use Exporter 'import';
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket;

our @EXPORT = qw(server free_port ask);

# It writes what it was given, and answers each connection with its pid; to `bye`
# it exits.
my $program = <<'PERL';
use strict; use warnings; use Socket;
my ($file) = @ARGV;
$SIG{PIPE} = 'IGNORE';
my $count = $ENV{LISTEN_FDS} // 0;
my (@fds, @told);
for my $n (3 .. 2 + $count) {
    open my $fd, '+<&=', $n or die "$n: $!";
    push @fds, $fd;
    my $name = getsockname $fd;
    push @told, join ' ', unpack('i', getsockopt $fd, SOL_SOCKET, SO_TYPE), unpack 'H*', $name // '';
}
open my $self, '<', '/proc/self/fd/3';
open my $out, '>', "$file.new" or die "$file: $!";
print $out map { "$_=" . ($ENV{$_} // '-') . "\n" } qw(LISTEN_FDS LISTEN_PID LISTEN_FDNAMES LISTEN_PIDFDID);
print $out "pid=$$\nopen=", join(' ', grep { -e "/proc/self/fd/$_" } 3 .. 200), "\n", map { "$_\n" } @told;
close $out;
rename "$file.new", $file;
my $ends = 0;       # SIGTERM: not before who was accepted is answered
$SIG{TERM} = sub { $ends = 1 };
while (!$ends) {
    my $in = '';
    vec($in, fileno $_, 1) = 1 for @fds;
    next if select($in, undef, undef, 0.2) <= 0;
    for my $fd (grep { vec $in, fileno $_, 1 } @fds) {
        if (unpack('i', getsockopt $fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM) {
            my $from = recv $fd, my $text, 100, 0;
            send $fd, "$$", 0, $from if defined $from && length $from;
            next;
        }
        accept my $client, $fd or next;
        sysread $client, my $text, 100;
        syswrite $client, "$$\n";
        close $client;
        exit 0 if $text =~ /bye/;
    }
}
PERL

# The .run of such a service; it writes to FILE.
sub server {
    my ($file) = @_;
    my $dir = scratch();
    spew("$dir/server", $program) if !-e "$dir/server";
    return qq{.run = EXEC("/usr/bin/perl", "$dir/server", "$file")};
}

# A port that nothing listens on, of both protocols and all addresses, as far as that
# can be known.
sub free_port {
    for (1 .. 1000) {
        my $port = 20_000 + int rand 12_000;
        my $tcp = IO::Socket::INET->new(LocalPort => $port, Listen => 1) or next;
        IO::Socket::INET->new(LocalPort => $port, Proto => 'udp') or next;
        return $port;
    }
    die 'no port is free';
}

# Connects to a port of 127.0.0.1, or a path; the answer, or why there is none.
sub ask {
    my ($where, $text, $type) = @_;
    my $socket = $where =~ m{^[/\0]}
        ? IO::Socket::UNIX->new(Peer => $where, Type => $type // SOCK_STREAM)
        : IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $where);
    return "refused: $!" if !$socket;
    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, $text // 'hello';
    sysread $socket, my $answer, 100 or return "closed: $!";
    return $answer =~ s/\n//r;
}

1;
