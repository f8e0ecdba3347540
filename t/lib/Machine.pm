# SPDX-License-Identifier: MIT
# An emulated machine (qemu) with Debian's kernel, driven over its serial line:
# its files, its output, its input. Knows no test; a machine that
# still runs is switched off at the end.
package Machine;
use strict;
use warnings;
use Connate;
use Exporter 'import';
use IO::Handle;
use IO::Select;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);

our @EXPORT = qw(no_machine initramfs disk boot sees sees_ok not_seen types says becomes off seen
    SLOW);

use constant SLOW => 120;    # seconds; an emulated machine on a busy one

# A plain processor takes the emulator less than one with all that there is, and
# the kernel need not protect itself from its faults. On a busy machine the
# emulated timer is late, and the kernel would take it for broken.
use constant {
    CPU  => 'qemu64,+rdrand',
    FAST => 'mitigations=off no_timer_check',
};

my $owner = $$;
my %on;

sub program {
    my ($name) = @_;
    return (grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin')[0];
}

# The kernel of this machine that is the latest.
sub kernel { return (grep { -r } reverse sort glob '/boot/vmlinuz-*-cloud-amd64')[0] }

# Why there cannot be one here; nothing if there can.
sub no_machine {
    my (@programs) = @_;
    return 'the machine is x86_64'
        if ($ENV{host_cpu} // (POSIX::uname())[4]) ne 'x86_64' || (POSIX::uname())[4] ne 'x86_64';
    my @lacks = grep { !program($_) } 'qemu-system-x86_64', 'cpio', @programs;
    return "there is no @lacks" if @lacks;
    return 'no readable kernel of Debian (linux-image-cloud-amd64)' if !kernel();
    return;
}

# A folder below the scratch folder: path in it => file that is to be there, or
# [ target ] of a symbolic link, or \ text of a file; undef: nothing but its
# folder. Programs of ours are stripped.
sub tree {
    my ($name, %files) = @_;
    my $root = scratch() . "/$name";
    for my $path (sort keys %files) {
        my @folders = split m{/}, "$root$path";
        pop @folders if $path !~ m{/$};
        mkdir join '/', @folders[0 .. $_] for 1 .. $#folders;
        my $what = $files{$path} // next;
        if    (ref $what eq 'ARRAY')  { symlink $what->[0], "$root$path" or die "$path: $!" }
        elsif (ref $what eq 'SCALAR') { spew("$root$path", $$what); chmod 0755, "$root$path" }
        else {
            run('cp', $what, "$root$path");
            run('strip', "$root$path") if $what !~ m{^/(?:boot|(?:usr/)?s?bin)/};
        }
    }
    mkdir "$root/$_" for qw(proc dev);
    return $root;
}

# An initramfs of such a folder.
sub initramfs {
    my ($name, %files) = @_;
    my $root = tree($name, %files);
    my $cpio = program('cpio');
    my ($code, undef, $err) =
        run('sh', '-c', "cd '$root' && find . | '$cpio' --quiet -o -H newc -R 0:0 | gzip -1 >'$root.gz'");
    $code == 0 or BAIL_OUT("cpio: $err");
    return "$root.gz";
}

# A disk with such a folder on it, in ext4; as much as that: "16M".
sub disk {
    my ($name, $size, %files) = @_;
    my $root = tree($name, %files);
    my ($code, undef, $err) = run(program('mke2fs'), qw(-q -t ext4 -F -E),
        'root_owner=0:0', '-d', $root, "$root.ext4", $size);
    $code == 0 or BAIL_OUT("mke2fs: $err");
    return "$root.ext4";
}

# A machine that is on: { pid, in, out, seen }. Its options:
#     initrd => PATH     disks => [PATH, …]: nvme, which the kernel has built in
#     console => ''      the kernel's console, if not ttyS0
#     append => TEXT     more for it; and for its init, behind --
#     ports => [PATH, …] serial lines after the first, to files
#     memory => MiB      256
sub boot {
    my (%how) = @_;
    pipe my $in_read, my $in        or die "pipe: $!";
    pipe my $out,     my $out_write or die "pipe: $!";
    my $n       = 0;
    my @disks   = map {
        $n++;
        ('-drive', "file=$_,format=raw,if=none,id=d$n", '-device', "nvme,serial=disk$n,drive=d$n")
    } @{ $how{disks} // [] };
    my @command = (program('qemu-system-x86_64'), qw(-accel tcg -cpu), CPU, '-m', $how{memory} // 256,
        qw(-nodefaults -display none -no-reboot -serial stdio),
        (map { ('-serial', "file:$_") } @{ $how{ports} // [] }), @disks,
        '-kernel', kernel(), $how{initrd} ? ('-initrd', $how{initrd}) : (), '-append',
        join ' ', $how{console} // 'console=ttyS0', 'quiet panic=-1', FAST, $how{append} // ());
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        syscall 157, 1, 9, 0, 0, 0;    # prctl(PR_SET_PDEATHSIG, SIGKILL): not without us
        open STDIN,  '<&', $in_read;
        open STDOUT, '>&', $out_write;
        open STDERR, '>&', $out_write;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    close $_ for $in_read, $out_write;
    $in->autoflush(1);
    $on{$pid} = 1;
    return { pid => $pid, in => $in, out => $out, seen => '', from => 0 };
}

# Reads until this is seen, from where the last one was; or the machine is off.
sub sees {
    my ($m, $pattern, $limit) = @_;
    my $end    = time + ($limit // SLOW);
    my $select = IO::Select->new($m->{out});
    while (1) {
        if (substr($m->{seen}, $m->{from}) =~ $pattern) {
            $m->{from} += $+[0];
            return 1;
        }
        return 0 if $m->{off} || time > $end;
        next if !$select->can_read(0.2);
        my $got = sysread $m->{out}, my $bytes, 4096;
        $m->{off} = 1 if !$got;
        $m->{seen} .= $bytes =~ s/\r//gr if $got;
    }
}

sub sees_ok {
    my ($m, $what, $pattern, $limit) = @_;
    return ok(sees($m, $pattern, $limit), $what) || diag(substr $m->{seen}, -1500);
}

# All that was printed since the last thing that was looked for; or ever.
sub seen { my ($m) = @_; return $m->{seen} }

sub not_seen {
    my ($m, $what, $pattern) = @_;
    return unlike($m->{seen}, $pattern, $what);
}

# To one that is off it is typed in vain.
sub types { my ($m, $line) = @_; local $SIG{PIPE} = 'IGNORE'; syswrite $m->{in}, "$line\n"; return }

# The output of a command, typed to a shell that echoes nothing; and its code.
sub says {
    my ($m, $command, $limit) = @_;
    my $from = length $m->{seen};
    types($m, "$command; echo \"<\$?>\"");
    $m->{from} = $from;
    return ('', -1) if !sees($m, qr/^.*?<\d+>\n/ms, $limit);
    my ($text, $code) = substr($m->{seen}, $from, $m->{from} - $from) =~ /^(.*?)<(\d+)>\n$/s;
    return wantarray ? ($text, $code) : $text;
}

# Asks again until the answer is like this.
sub becomes {
    my ($m, $line, $pattern) = @_;
    my $end = time + SLOW;
    while (time < $end) {
        my $from = length $m->{seen};
        types($m, $line);
        $m->{from} = $from;
        last     if !sees($m, qr/^done\n/m);
        return 1 if substr($m->{seen}, $from, $m->{from} - $from) =~ $pattern;
    }
    return 0;
}

# Off by itself, if it is to be; else it is switched off.
sub off {
    my ($m) = @_;
    kill 'KILL', $m->{pid};
    waitpid $m->{pid}, 0;
    delete $on{ $m->{pid} };
    return;
}

END {
    if ($$ == $owner) {
        local $?;
        for my $pid (keys %on) {
            kill 'KILL', $pid;
            waitpid $pid, 0;
        }
    }
}

1;
