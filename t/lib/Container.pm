# SPDX-License-Identifier: MIT
# Containers made by runc: an OCI bundle of a folder, with the settings that Docker gives a
# container unless it is said otherwise. State and files are in scratch().
package Container;
use strict;
use warnings;
use Connate;
use Exporter 'import';
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use JSON::PP;

our @EXPORT = qw(can_contain image bundle contained inside runc);

my @ids;
my $owner = $$;

# Docker's capabilities and refused system calls, as far as they matter here.
my @capabilities = map { "CAP_$_" } qw(CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID
    SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE);
my @refused = qw(reboot mount umount2 unshare setns pivot_root swapon swapoff init_module
    finit_module delete_module kexec_load bpf perf_event_open keyctl add_key request_key
    userfaultfd ptrace sethostname settimeofday clock_settime syslog acct quotactl open_by_handle_at
    close_range pidfd_open pidfd_send_signal clone3 faccessat2 epoll_pwait2 io_uring_setup);

sub runc { return ('runc', '--root', scratch() . '/runc', @_) }

# Why not, or nothing.
sub can_contain {
    return 'runc has to be run by root' if $> != 0;
    return 'there is no runc' if !grep { -x "$_/runc" } split /:/, $ENV{PATH};
    return;
}

# A root folder: path in it => file to copy there.
sub image {
    my ($name, %files) = @_;
    my $root = scratch() . "/$name.root";
    for my $path (keys %files) {
        make_path(dirname("$root$path"));
        copy($files{$path}, "$root$path") or die "$path: $!";
        chmod 0755, "$root$path";
    }
    return $root;
}

sub mounts {
    my (%how) = @_;
    my @mounts = (
        { destination => '/proc', type => 'proc', source => 'proc' },
        {
            destination => '/dev', type => 'tmpfs', source => 'tmpfs',
            options => [qw(nosuid strictatime mode=755 size=65536k)]
        },
        {
            destination => '/dev/pts', type => 'devpts', source => 'devpts',
            options => [qw(nosuid noexec newinstance ptmxmode=0666 mode=0620)]
        },
        {
            destination => '/sys', type => 'sysfs', source => 'sysfs',
            options => [qw(nosuid noexec nodev ro)]
        },
    );
    my %without = map { $_ => 1 } @{ $how{without} // [] };
    return [
        (grep { my $to = $_->{destination}; !grep { $to =~ m{^\Q$_\E(?:/|$)} } keys %without } @mounts),
        map { { destination => $_, type => 'bind', source => $_, options => [qw(rbind ro)] } }
            @{ $how{bind} // [] }
    ];
}

# As many open files as we may have: descriptors that are on their way through
# sockets are counted for all of a user together (unix(7), ETOOMANYREFS).
sub files { return (slurp('/proc/self/limits') =~ /^Max open files\s+\d+\s+(\d+)/m)[0] + 0 }

# bundle(ROOT, args => […], [user => UID], [capabilities => […]], [env => […]],
#        [no_new_privs => 1], [refuse => 1], [writable => 1], [terminal => 1],
#        [without => ['/proc', …]], [bind => ['/usr', …]], [resources => {…}])
# is [folder, name].
sub bundle {
    my ($root, %how) = @_;
    my $id     = "connate-test-$$-" . @ids;
    my $folder = scratch() . "/$id";
    my $capabilities = $how{capabilities} // \@capabilities;
    mkdir $folder;
    my %config = (
        ociVersion => '1.0.2',
        process    => {
            terminal => $how{terminal} ? JSON::PP::true : JSON::PP::false,
            user     => { uid => $how{user} // 0, gid => $how{user} // 0 },
            args     => $how{args},
            env      => [ 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
                @{ $how{env} // [] } ],
            cwd             => '/',
            capabilities    => { map { $_ => $capabilities } qw(bounding effective permitted) },
            rlimits         => [ { type => 'RLIMIT_NOFILE', hard => files(), soft => files() } ],
            noNewPrivileges => $how{no_new_privs} ? JSON::PP::true : JSON::PP::false,
        },
        root     => { path => $root, readonly => $how{writable} ? JSON::PP::false : JSON::PP::true },
        hostname => 'inside',
        mounts   => mounts(%how),
        linux    => {
            cgroupsPath => "/$id",
            resources   => $how{resources} // {},
            namespaces  => [ map { { type => $_ } } qw(pid network ipc uts mount) ],
            maskedPaths => [qw(/proc/kcore /proc/keys /proc/timer_list)],
            readonlyPaths => [qw(/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger)],
            $how{refuse}
            ? (seccomp => {
                defaultAction => 'SCMP_ACT_ALLOW',
                syscalls      => [ { names => \@refused, action => 'SCMP_ACT_ERRNO' } ] })
            : (),
        },
    );
    spew("$folder/config.json", JSON::PP->new->encode(\%config));
    push @ids, $id;
    return [ $folder, $id ];
}

# Run to its end: (exit code, standard output, standard error).
sub contained {
    my ($bundle) = @_;
    return run(runc('run', '--bundle', @$bundle));
}

# In a container that runs: (exit code, standard output, standard error).
sub inside {
    my ($bundle, @command) = @_;
    return run(runc('exec', $bundle->[1], @command));
}

# The container that a dead test leaves behind.
END {
    if ($$ == $owner && @ids) {
        my $status = $?;
        my @left = glob scratch() . '/runc/*';
        run(runc('delete', '--force', $_)) for map { m{([^/]+)$} } @left;
        $? = $status;
    }
}

1;
