# SPDX-License-Identifier: MIT
# A real systemd, as the manager of a user, with units that a test writes: in a mount
# namespace, where it finds a folder that it asks for, and in a cgroup of its own. Its
# pids are those of the test. What it has started is ended with the test.
package Systemd;
use strict;
use warnings;
use Connate;
use Exporter 'import';
use POSIX qw(:sys_wait_h);
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(no_systemd systemd unit systemctl shown shows said);

use constant { PROGRAM => '/lib/systemd/systemd', LIMIT => 60 };

my $owner = $$;
my $cgroup = "connate-test-$$";
my ($begun, $folder);

# Why there cannot be one here; nothing if there can.
sub no_systemd {
    return 'a systemd in a namespace has to be started by root' if $> != 0;
    return 'there is no ' . PROGRAM if !-x PROGRAM;
    my ($code) = run(in_namespace('true'));
    return 'no cgroup2 can be mounted' if $code != 0;
    return;
}

# A shell command with the kernel's cgroup2 mounted at cgroups.
sub in_namespace {
    my ($command) = @_;
    $folder //= scratch() . '/above';
    mkdir $_ for $folder, "$folder/cgroups", "$folder/run";
    return ('unshare', '--mount', 'sh', '-ec',
        "mount -t cgroup2 none $folder/cgroups; $command");
}

# Starts it; what it and its services say is in said().
sub systemd {
    my $inner = join '; ', 'mount -t tmpfs none /run', 'mkdir -p /run/systemd/system',
        'mount -t cgroup2 none /sys/fs/cgroup',
        'exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ' . join ' ', environment(), PROGRAM,
        '--user', '--unit=basic.target';
    spew("$folder/inner", "set -e\n$inner\n");
    my @command = in_namespace("mkdir $folder/cgroups/$cgroup; echo \$\$ >$folder/cgroups/$cgroup/cgroup.procs; "
            . "exec unshare --cgroup --mount --net sh $folder/inner");
    unit('basic.target', "[Unit]\nDefaultDependencies=no\n");
    Connate::become_subreaper();
    $begun = fork_patiently();
    if ($begun == 0) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', "$folder/log";
        open STDERR, '>>', "$folder/log";
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    return wait_until { (systemctl('is-active', 'basic.target'))[1] eq "active\n" } 'systemd';
}

sub environment {
    return ("XDG_RUNTIME_DIR=$folder/run", "XDG_CONFIG_HOME=$folder/run",
        "SYSTEMD_UNIT_PATH=$folder/run/systemd/user");
}

# Writes a unit. With DefaultDependencies=no it needs no other.
sub unit {
    my ($name, $text) = @_;
    mkdir "$folder/run/$_" for 'systemd', 'systemd/user';
    return spew("$folder/run/systemd/user/$name", $text);
}

sub systemctl { my (@words) = @_; return run('env', environment(), 'systemctl', '--user', @words) }

# A property of a unit.
sub shown {
    my ($unit, $name) = @_;
    my (undef, $out) = systemctl('show', '--value', "--property=$name", $unit);
    chomp $out;
    return $out;
}

# A test: these properties have these values, soon.
sub shows {
    my ($unit, $name, %wanted) = @_;
    my %now;
    my $is = wait_until {
        sleep 0.05;
        my (undef, $out) = systemctl('show', $unit, map {"--property=$_"} keys %wanted);
        %now = map { split /=/, $_, 2 } split /\n/, $out;
        !grep { ($now{$_} // '') ne $wanted{$_} } keys %wanted;
    } $name, LIMIT;
    diag("$_=$now{$_}") for $is ? () : sort keys %now;
    diag(said()) if !$is;
    return ok($is, "$name: " . join ' ', map {"$_=$wanted{$_}"} sort keys %wanted);
}

sub said { return slurp("$folder/log") }

END {
    if ($$ == $owner && $begun) {
        my $status = $?;
        for (1 .. 500) {
            my @all = grep { $_ != $$ } Connate::tree($$);
            last if !@all;
            kill 'KILL', @all;
            1 while waitpid(-1, WNOHANG) > 0;
            sleep 0.01;
        }
        run(in_namespace("find $folder/cgroups/$cgroup -depth -type d -exec rmdir {} +"));
        $? = $status;
    }
}

1;
