#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# make install, and make uninstall, which leaves what is not ours and nothing else.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL DESTDIR)};
my $make = $ENV{MAKE} || 'make';
my $dir  = scratch();

sub make_ok {
    my ($what, @words) = @_;
    my ($code, undef, $err) = run($make, '-s', '-C', built(), @words);
    is($code, 0, $what) or diag($err);
    return;
}

sub below { my ($folder) = @_; my (undef, $out) = run('find', $folder, '-mindepth', 1); return sort split /\n/, $out }

for my $words ([ "prefix=$dir/own" ], [ "prefix=/usr", "DESTDIR=$dir/own" ]) {
    mkdir "$dir/own";
    make_ok("install: @$words", 'install', @$words);
    my @there = below("$dir/own");
    cmp_ok(scalar(grep { -f } @there), '>', 8, 'files are there');
    my ($connate, $conctl) = map { my $name = $_; grep { m{/$name$} && -f } @there } qw(sbin/connate bin/conctl);
    is((run($connate, '--version'))[0], 0, 'a program among them');
    my ($libexec) = grep { m{/libexec/connate$} } @there;
    spew("$libexec/other", '');
    make_ok("uninstall: @$words", 'uninstall', @$words);
    is_deeply([ grep { -f } below("$dir/own") ], ["$libexec/other"], 'a file of others is left');
    ok(-d $libexec && !-e $connate && !-e $conctl, 'in its folder, and none of ours');
    unlink "$libexec/other";
    make_ok("install again: @$words", 'install', @$words);
    make_ok("uninstall again: @$words", 'uninstall', @$words);
    my ($prefix) = $libexec =~ m{^(.*)/libexec/connate$};
    is_deeply([ grep { !m{^\Q$prefix\E$} } below("$dir/own") ], [], 'no folder is left below the prefix');
    run('rm', '-rf', "$dir/own");
}
done_testing();
