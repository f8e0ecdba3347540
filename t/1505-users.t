#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Names of users and groups in a configuration are those of this machine.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Concheck;
use Connate;
use Test::More;

# A user and a group that have names, and are not root's.
sub first_of {
    my ($next) = @_;
    while (my @entry = $next->()) { return @entry[0, 2] if $entry[2] != 0 && $entry[0] =~ /^[a-z]+$/ }
    return;
}
my ($user,  $uid) = first_of(sub { getpwent });
my ($group, $gid) = first_of(sub { getgrent });
plan skip_all => 'this machine has no user but root' if !defined $user || !defined $group;

my $taken = 'on this machine, which is taken; if this is built for another one, '
    . 'say numbers, in .user and .group';
my $elsewhere = 'on this machine, and this is built for another; say numbers, in .user and .group';
my @rows = (    # its fields; what is found without host checks
    [qq{.user = "$user"}, ".user: '$user' is $uid $taken"],
    [qq{.group = "$group"}, ".group: '$group' is $gid $taken"],
    [qq{.extra_groups = LIST("0", "$group")}, ".extra_groups: '$group' is $gid $taken"],
    ['.user = "12", .group = "34"'],
    ['.user = "root"'],
    ['.user = "root", .group = "root", .extra_groups = LIST("root", "7")'],
);

# What concheck says of that field, and the table that it lists.
sub found {
    my ($fields, @options) = @_;
    my ($code, $out, $err) = concheck('users',
        config_of(qq{SERVICE("a", .run = EXEC("/bin/sh"), $fields),}), '--list', @options);
    return ($err =~ s/^users\.c:\d+: (?:error|warning): service 'a': //mgr, $out);
}

for my $row (@rows) {
    my ($fields, $finding) = @$row;
    my ($err, $out) = found($fields);
    is($err, '', "for this machine: $fields");
    ($err, $out) = found($fields, '--no-host-checks');
    is($err, defined $finding ? "$finding\n" : '', 'it may be for another one');
    my ($code) = concheck('users', config_of(qq{SERVICE("a", .run = EXEC("/bin/sh"), $fields),}),
        '--no-host-checks');
    is($code, 0, 'and is built');
}

# The object says that it is for another kind of machine: e_machine is at byte 18.
my $object = scratch() . '/object.o';
spew(scratch() . '/object.c', "int x;\n");
SKIP: {
    my ($code) = run(split(' ', $ENV{CC_FOR_BUILD} // $ENV{CC} // 'cc'), '-c',
        scratch() . '/object.c', '-o', $object);
    my $bytes = $code == 0 ? slurp($object) : '';
    skip 'this compiler makes no ELF', 1 if $bytes !~ /^\x7fELF/;
    substr $bytes, 18, 2, pack 'S<', 75;    # EM_VAX
    spew($object, $bytes);
    my ($err) = found($rows[0][0], '--object', $object);
    like($err, qr/: '$user' is $uid \Q$elsewhere\E/, 'an object for another kind of machine is one, too');
}
my ($err) = found('.user = "no such user"', '--no-host-checks');
is($err, ".user: there is no user 'no such user' on this machine; numbers in .user and .group "
    . "would do\n", 'a name that is not there either');
my (undef, $out) = found('.user = "root"', '--no-host-checks');
like($out, qr{^ +user +0\n}m, 'root is 0');
done_testing();
