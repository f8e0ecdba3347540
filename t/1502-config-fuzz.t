#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Random configurations through all checks of concheck, and through the reader of
# connate-build, which has to make the same of them; compiled with sanitizers that
# find a wrong access or overflow, where the compiler has them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $seed   = $ENV{CONNATE_FUZZ_SEED}   // 1;
my $rounds = $ENV{CONNATE_FUZZ_ROUNDS} // 8000;

my @cc      = split ' ', $ENV{CC_FOR_BUILD} // $ENV{CC} // 'cc';
my $program = scratch() . '/config-fuzz';
my @sources = map { source($_) } 't/config-fuzz.c',
    (grep { $_ ne 'config/check/main.c' } sources(qr{\.c$}, 'config/check')),
    check_models(),
    (grep { !m{/(?:apply|built_in|folder|image|main|show)\.c$} } sources(qr{\.c$}, 'reader'));
push @sources, built('reader/built_in.c');

sub compile {
    my (@flags) = @_;
    return run(@cc, qw(-std=gnu11 -Wall -Wextra -O1 -g -D_GNU_SOURCE -DCONNATE_CHECK=1), @flags,
        '-I', source('config'), '-iquote', source(), @sources, '-o', $program);
}

my @sanitizers = ('-fsanitize=address,undefined', '-fno-sanitize-recover=all');
$ENV{ASAN_OPTIONS} = 'detect_leaks=0';    # concheck gives nothing back
my ($code, undef, $err) = compile(@sanitizers);
# Some compilers have the option, and not the library; some kernels, no room.
my $found = $code == 0 && (run($program, 1, 0, 0))[0] == 0;
($code, undef, $err) = compile() if !$found;
is($code, 0, 'compiles ' . ($found ? "with @sanitizers" : 'without sanitizers')) or diag($err);
is($err, '', 'without a warning');

my ($ended, $out, $said) = run($program, $seed, 0, $rounds);
is($ended, 0, "$rounds configurations (CONNATE_FUZZ_SEED=$seed)") or diag("$out$said");
my ($accepted, $refused) = $out =~ /^accepted (\d+) refused (\d+)$/m;
cmp_ok($accepted // 0, '>', $rounds / 10, 'some are right, and become a table');
cmp_ok($refused // 0,  '>', $rounds / 10, 'some are wrong');
is((run($program, $seed, 0, 1000))[1], (run($program, $seed, 0, 1000))[1],
    'the same seed, the same configurations');
done_testing();
