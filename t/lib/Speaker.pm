# SPDX-License-Identifier: MIT
# Programs that speak as sd_notify(3) does, when the test says so: a file names
# the process that is to send, and the text.
package Speaker;
use strict;
use warnings;
use Connate;
use Exporter 'import';

our @EXPORT = qw(speaker tell);

my $program = <<'PERL';
use strict; use warnings; use Socket; use POSIX ();
my ($file) = @ARGV;
my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
# sendmsg(2), with the descriptor: struct msghdr with one struct cmsghdr.
sub send_with {
    my ($text, $fd) = @_;
    my $control = pack 'Q< l< l< l< x4', 20, SOL_SOCKET, 1, $fd;
    my $part = pack 'P Q<', $text, length $text;
    my $header = pack 'P L< x4 P Q< P Q< l< x4', $to, length $to, $part, 1, $control, length $control, 0;
    return syscall((POSIX::uname())[4] eq 'x86_64' ? 46 : 211, fileno $socket, $header, 0) >= 0;
}
sub barrier {
    my ($text) = @_;
    pipe my $in, my $out or die "pipe: $!";
    send_with($text, fileno $out) or return "sendmsg: $!";
    close $out;
    return sysread($in, my $byte, 1) // "read: $!";
}
sub by_child {
    my ($do) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) { $do->(); POSIX::_exit(0) }
    waitpid $pid, 0;
}
sub speak { my ($text) = @_; return defined send($socket, $text, 0, $to) ? 'sent' : "send: $!" }
sub is_heard { select undef, undef, undef, 0.01 while !-e "$file.heard" }
my $pings = 0;     # WATCHDOG=1 again and again
my %by = (
    main    => sub { speak($_[0]) },
    child   => sub { my ($text) = @_; by_child(sub { speak($text) }) },
    user    => sub { my ($text) = @_; by_child(sub { $< = $> = 65534; speak($text); is_heard() }) },
    ghost   => sub { my ($text) = @_; by_child(sub { $< = $> = 65534; speak($text) }) },
    barrier => sub { barrier($_[0]) },
    end     => sub { speak($_[0]); POSIX::_exit(0) },
    ping    => sub { $pings = 1 },
    hush    => sub { $pings = 0 },
    many    => sub { my ($text) = @_; speak("STATUS=$_") for 1 .. 30; speak($text) },
);
# With that file, SIGTERM makes it ask for time, until there is another one.
$SIG{TERM} = sub {
    speak("STOPPING=1\nEXTEND_TIMEOUT_USEC=100000000");
    select undef, undef, undef, 0.01 while !-e "$file.end";
    POSIX::_exit(0);
} if -e "$file.polite";
while (1) {
    while (!-e "$file.do") {
        speak('WATCHDOG=1') if $pings;
        select undef, undef, undef, 0.02;
    }
    open my $in, '<', "$file.do" or die "$file: $!";
    my ($how, $text) = do { local $/; <$in> =~ /\A(\w+) (.*)\z/s };
    close $in;
    unlink "$file.do";
    my $result = $by{$how}->($text);
    open my $out, '>', "$file.told" or die "$file: $!";
    print $out $result;
    close $out;
    rename "$file.told", "$file.done";
}
PERL

# The .run of a service that tell() tells what to send.
sub speaker {
    my ($name) = @_;
    my $dir = scratch();
    spew("$dir/speaker", $program) if !-e "$dir/speaker";    # one may just read it
    return qq{.run = EXEC("/usr/bin/perl", "$dir/speaker", "$dir/$name")};
}

# Has it sent, by that process (see %by): does not wait until that is done.
sub tell {
    my ($name, $how, $text) = @_;
    my $file = scratch() . "/$name";
    unlink "$file.done", "$file.heard";
    spew("$file.new", "$how $text");
    chmod 0666, "$file.new";
    rename "$file.new", "$file.do";
    return "$file.done";
}

1;
