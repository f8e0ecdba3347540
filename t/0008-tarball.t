#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A file that is not listed in a local.mk is not in the tarball, and a build
# from that would lack it: each file of the source is listed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
my $make = $ENV{MAKE} || 'make';

# Files for work with git only, and what is known of the programs of others.
my $not_ours = qr{^\.gitignore$|^findings/};

sub tracked {
    return if !-e source('.git');
    my ($code, $out) = run('git', '-C', source(), 'ls-files', '-z');
    return $code == 0 ? split /\0/, $out : ();
}

# In a copy without git: all files but those that make makes, if it builds in place.
sub there {
    my $made = qr{\.(?:a|ci|o|log|trs|su)$|/\.dirstamp$|/Makefile\.in$};
    return if -e source('config.status');
    return grep { !/$made/ } sources(qr{}, grep { -e source($_) } rooms(), 'doc', '.ci');
}

# All files, and the folders that are taken as a whole.
sub listed {
    my $rule = spew(scratch() . '/list.mk',
        "include Makefile\nlist-of-files:\n\t\@printf '%s\\n' \$(patsubst \$(top_srcdir)/%,%,\$(DISTFILES))\n");
    my ($code, $out, $err) = run($make, '-s', '-C', built(), '--no-print-directory', '-f', $rule, 'list-of-files');
    is($code, 0, 'make tells which files are in the tarball') or diag($err);
    my %listed = map { s{^(?:\./)+}{}r => 1 } split ' ', $out;
    return %listed;
}

sub missing {
    my ($listed, @files) = @_;
    my @missing;
    for my $file (@files) {
        my $at = $file;
        1 while !$listed->{$at} && $at =~ s{/[^/]*$}{};
        push @missing, $file if !$listed->{$at} && $file !~ $not_ours;
    }
    return @missing;
}

my @files = tracked();
@files = there() if !@files;
plan skip_all => 'it is configured in place, and git is not there to tell which files are ours'
    if !@files;
cmp_ok(scalar @files, '>', 300, 'there are files to look for');
my %listed = listed();
is_deeply([ missing(\%listed, @files) ], [], 'each is in the tarball');

# The test of the test.
is_deeply([ missing(\%listed, qw(sys/none.c README.md t/lib/None.pm doc/why/none.md)) ],
    [qw(sys/none.c doc/why/none.md)], 'found: a file that is not listed');
done_testing();
