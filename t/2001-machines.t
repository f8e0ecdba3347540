#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The programs built for the other machines, and the process tests that an emulator of one
# process can run: qemu-user forks where we clone, and knows no subreaper, so
# recovery is tried only as PID 1 of a namespace, where none is needed.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my %machines = (
    aarch64 => "\xb7",
    riscv64 => "\xf3",
);
my @tests  = qw(3001-spawn 3003-phases 4002-namespace);
my $source = abs_path($ENV{top_srcdir} // "$FindBin::Bin/..");
my $binfmt = '/proc/sys/fs/binfmt_misc';
my ($mounted, @registered);

sub found { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

# The kernel starts the emulator for programs of that machine (binfmt-misc:
# O, C and F: it opens both, so that neither has to be found by its path).
sub register {
    my ($machine) = @_;
    my $name      = "connate-test-$machine-$$";
    my $magic     = '\x7fELF\x02\x01\x01' . '\x00' x 9 . '\x02\x00'
        . sprintf('\x%02x', ord $machines{$machine}) . '\x00';
    my $mask = '\xff' x 7 . '\x00' . '\xff' x 8 . '\xfe\xff\xff\xff';
    open my $out, '>', "$binfmt/register" or return 0;
    syswrite $out, ":$name:M::$magic:$mask:/usr/bin/qemu-$machine-static:OCF" or return 0;
    push @registered, $name;
    return 1;
}

END {
    local $?;
    for my $name (@registered) {
        open my $out, '>', "$binfmt/$name" or next;
        syswrite $out, '-1';
    }
    run('umount', $binfmt) if $mounted;
}

plan skip_all => 'only root may tell the kernel about an emulator' if $> != 0;
plan skip_all => "$source is configured in place: use a build folder"
    if -e "$source/config.status";
$mounted = !-e "$binfmt/register"
    && (run('mount', '-t', 'binfmt_misc', 'none', $binfmt))[0] == 0;
plan skip_all => 'the kernel knows no binfmt_misc' if !-e "$binfmt/register";

for my $machine (sort keys %machines) {
SKIP: {
        skip "no gcc-$machine-linux-gnu", 1 if !found("$machine-linux-gnu-gcc");
        skip 'no qemu-user-static',       1 if !-x "/usr/bin/qemu-$machine-static";
        my $build = scratch() . "/$machine";
        mkdir $build;
        my ($code, $out, $err) = run('sh', '-c',
            "unset MAKEFLAGS MFLAGS MAKELEVEL CC CFLAGS CC_FOR_BUILD STRIP; cd $build &&"
                . " $source/configure -q --host=$machine-linux-gnu --disable-dependency-tracking"
                . " CFLAGS=-Oz CFLAGS_FOR_BUILD=-O0 && make -s V=0");
        is($code, 0, "$machine: it builds") or diag($out . $err);
        unlike($err, qr/warning/, "$machine: without a warning");
        ok(register($machine), "$machine: an emulator") or diag("$binfmt: $!");
        for my $says ('conctl/conctl version', 'pid1/connate --version', 'supervisord/supervisord --version') {
            my ($program, $option) = split / /, $says;
            like(join('', run("$build/$program", $option)), qr/ \d\S*$/m, "$machine: $says");
        }
        for my $test (@tests) {
            local $ENV{top_builddir} = $build;
            local $ENV{host_cpu} = $machine;
            local $ENV{CC};
            # An emulator is slow at reaping, and does no more in more of it.
            local $ENV{CONNATE_NAMESPACE_ORPHANS} = $ENV{CONNATE_NAMESPACE_ORPHANS} // 1000;
            my ($failed, $tap, $errors) = run($^X, "$source/t/$test.t");
            is($failed, 0, "$machine: $test") or diag($tap . $errors);
            unlike($tap, qr/^1\.\.0 # SKIP/, "$machine: $test was not skipped");
        }
    }
}
done_testing();
