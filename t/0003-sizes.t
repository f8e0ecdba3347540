#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The programs are small: on x86_64, stripped, with the default configuration.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

use constant { PID1_MAX => 20 << 10, BOTH_MAX => 114 << 10 };

plan skip_all => 'the bars are those of x86_64'
    if ($ENV{host_cpu} // 'x86_64') ne 'x86_64';
plan skip_all => "the bars are those of -Oz, not of $ENV{CFLAGS}"
    if ($ENV{CFLAGS} // '-Oz') !~ /-O[sz]\b/;

my $dir = scratch();

sub stripped {
    my ($path, $name) = @_;
    my ($code, undef, $err) =
        run($ENV{STRIP} || 'strip', '-o', "$dir/$name", $path);
    is($code, 0, "$name is stripped") or diag($err);
    return -s "$dir/$name" // 0;
}

my ($code, undef, $err) =
    run(built('config/supervisord-for'), '--no-host-checks',
    source('config/config.c'), "$dir/default");
is($code, 0, 'supervisord with the default configuration') or diag($err);
my $pid1 = stripped((programs())[0], 'connate');
my $both = $pid1 + stripped("$dir/default", 'supervisord');
diag("connate $pid1, with supervisord $both bytes") if $ENV{VERBOSE};
cmp_ok($pid1, '>', 4096,     'connate is there');
cmp_ok($pid1, '<=', PID1_MAX, "connate: $pid1 bytes of at most " . PID1_MAX);
cmp_ok($both, '<=', BOTH_MAX, "with supervisord: $both of " . BOTH_MAX);
done_testing();
