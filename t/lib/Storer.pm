# SPDX-License-Identifier: MIT
# A program that stores descriptors as sd_pid_notify_with_fds(3) does, when the test says
# so: a file has the text of the message, another one what was passed to it.
package Storer;
use strict;
use warnings;
use Connate;
use Exporter 'import';

our @EXPORT = qw(storer store passed);

my $program = <<'PERL';
use strict; use warnings; use Socket; use POSIX ();
my ($file) = @ARGV;
my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
my $x86 = (POSIX::uname())[4] eq 'x86_64';
# sendmsg(2): struct msghdr with one struct cmsghdr of so many descriptors.
sub send_with {
    my ($text, @fds) = @_;
    my $control = @fds ? pack('Q< l< l<', 16 + 4 * @fds, SOL_SOCKET, 1) . pack('l<*', @fds) : '';
    $control .= "\0" x (-length($control) % 8);
    my $part = pack 'P Q<', $text, length $text;
    my $header = pack 'P L< x4 P Q< P Q< l< x4', $to, length $to, $part, 1, $control, length $control, 0;
    return syscall($x86 ? 46 : 211, fileno $socket, $header, 0) >= 0;
}
sub memfd {
    my ($contents) = @_;
    my ($name, $flags) = ('test', 0);
    my $fd = syscall($x86 ? 319 : 279, $name, $flags);
    POSIX::write($fd, $contents, length $contents);
    return $fd;
}
my @names = split /:/, $ENV{LISTEN_FDNAMES} // '';
my $count = $ENV{LISTEN_FDS} // 0;
open my $out, '>', "$file.new" or die "$file: $!";
print $out "pid=$$ for=@{[$ENV{LISTEN_PID} // '-']} count=$count names=@{[scalar @names]}\n";
for my $k (0 .. $count - 1) {
    my $bytes = '-';
    POSIX::lseek(3 + $k, 0, 0);
    POSIX::read(3 + $k, $bytes, 1000) if readlink("/proc/self/fd/@{[3 + $k]}") =~ /memfd/;
    print $out "$names[$k]=$bytes\n";
}
close $out;
rename "$file.new", $file;
send_with('READY=1');
my (%kept, $in_pipe);
while (1) {
    select undef, undef, undef, 0.02 while !-e "$file.do";
    open my $in, '<', "$file.do" or die "$file: $!";
    my ($how, $contents, $text) = do { local $/; <$in> =~ /\A(\S+) (\S*) (.*)\z/s };
    close $in;
    unlink "$file.do";
    my @fds = $how =~ /^memfd(\d*)/ ? map { memfd("$contents$_") } $1 ? 1 .. $1 : '' : ();
    if ($how eq 'again') { @fds = ($kept{last}) }
    if ($how eq 'pipe') { pipe $in_pipe, my $end or die; @fds = (fileno $end); $kept{end} = $end; }
    if ($how eq 'break') { close $in_pipe; undef $in_pipe; close delete $kept{end} if $kept{end}; }
    my $sent = send_with($text, @fds);
    if ($how eq 'barrier') {
        pipe my $r, my $w or die;
        send_with($text, fileno $w);
        close $w;
        $sent = defined(sysread $r, my $byte, 1);
    }
    $kept{last} = $fds[0] if $how =~ /^memfd/ && @fds;
    POSIX::close($_) for grep { $how =~ /^memfd/ && $_ != $kept{last} } @fds;
    spew_done($sent);
    exit 0 if $how eq 'exit';
}
sub spew_done {
    open my $done, '>', "$file.told" or die;
    print $done $_[0] ? 'sent' : 'not sent';
    close $done;
    rename "$file.told", "$file.done";
}
PERL

# The .run of such a service.
sub storer {
    my ($name) = @_;
    my $dir = scratch();
    spew("$dir/storer", $program) if !-e "$dir/storer";
    return qq{.run = EXEC("/usr/bin/perl", "$dir/storer", "$dir/$name")};
}

# It sends that text with a descriptor: `how` is memfd (with these contents; memfdN: so
# many), pipe, barrier, none … . Waits until it has.
sub store {
    my ($name, $how, $contents, $text) = @_;
    my $file = scratch() . "/$name";
    unlink "$file.done";
    spew("$file.next", "$how $contents $text");
    rename "$file.next", "$file.do";
    wait_until { -e "$file.done" } "$name to have sent $text";
    return slurp("$file.done");
}

# What a process was passed: [[name, contents] …].
sub passed {
    my ($name) = @_;
    my (undef, @lines) = split /\n/, slurp(scratch() . "/$name");
    return [ map { [ split /=/, $_, 2 ] } @lines ];
}

1;
