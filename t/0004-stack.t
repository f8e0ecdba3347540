#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The stack of each program is bounded, and t/stack-bound knows when it is not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

use constant BOUND_MAX => 64 << 10;   # far below the kernel's 8 MB

my $dir   = scratch();
my @cc    = split ' ', $ENV{CC} // 'gcc';
my @flags = qw(-std=gnu11 -O1 -ffreestanding -fno-pie -ffunction-sections
    -fdata-sections -fcallgraph-info=su);

spew("$dir/probe.c", "int probe;\n");
my ($code) = run(@cc, @flags, '-c', "$dir/probe.c", '-o', "$dir/probe.o");
plan skip_all => "$cc[0] knows no -fcallgraph-info" if $code != 0;

my $bounds = slurp(built('stack-bounds'));
for my $name (qw(connate supervisord conctl connate-log connate-bus prepare)) {
    my ($bytes) = $bounds =~ /^$name: at most (\d+) bytes of stack/m;
    ok(defined $bytes, "$name has a bound");
    cmp_ok($bytes // BOUND_MAX, '<', BOUND_MAX, "$name: a small one");
}

# The result of stack-bound for this program: (exit code, its words).
my $count = 0;
sub bound_of {
    my ($text, @options) = @_;
    my $object = "$dir/p" . $count++;
    spew("$object.c", "#define NOINLINE __attribute__((noinline, noclone))\n"
            . "void use(void *);\nint sys_start(int n);\n$text");
    spew("$object.u.c", "void use(void *p) { *(volatile char *)p = 1; }\n");
    for my $part ($object, "$object.u") {
        my ($code, undef, $err) =
            run(@cc, @flags, '-c', "$part.c", '-o', "$part.o");
        $code == 0 or BAIL_OUT("$part.c: $err");
    }
    my ($code, $out, $err) = run(source('t/stack-bound'), 'p', @options,
        "$object.o", "$object.u.o");
    return ($code, $out . $err);
}

sub refused {
    my ($what, $words, @program) = @_;
    my ($code, $said) = bound_of(@program);
    is($code, 1, "$what: refused");
    like($said, $words, "$what: said so");
}

sub bounded {
    my ($what, $least, $most, @program) = @_;
    my ($code, $said) = bound_of(@program);
    is($code, 0, "$what: has a bound") or diag($said);
    my ($bytes) = $said =~ /at most (\d+)/;
    cmp_ok($bytes // -1, '>=', $least, "$what: what it needs at least");
    cmp_ok($bytes // $most + 1, '<=', $most, "$what: and not much more");
}

my $frame = 'char a[1000]; use(a);';
bounded('a leaf', 1000, 1100, "int sys_start(int n) { $frame return n; }");
bounded('the deeper of two', 3000, 3300, <<"C");
static NOINLINE int f(int n) { $frame return n + 1; }
static NOINLINE int g(int n) { char b[2000]; use(b); return n + 2; }
int sys_start(int n) { $frame return f(n) + g(n); }
C
bounded('through a table', 3000, 3300, <<"C");
static NOINLINE int f(int n) { char b[2000]; use(b); return n; }
static NOINLINE int g(int n) { return n; }
static int (*const table[])(int) = { f, g };
int sys_start(int n) { $frame return table[n & 1](n) + 1; }
C
bounded('through an address handed on', 3000, 3300, <<"C");
static NOINLINE int f(int n) { char b[2000]; use(b); return n; }
static NOINLINE int g(int (*h)(int), int n) { return h(n) + 1; }
int sys_start(int n) { $frame return g(f, n) + g(0, n); }
C
refused('recursion', qr/recursion: .*f\(\) -> f/, <<"C");
static NOINLINE int f(int n) { $frame return n ? f(n - 1) + f(n - 2) : 0; }
int sys_start(int n) { return f(n); }
C
refused('recursion through a table', qr/recursion/, <<"C");
static int f(int n);
static int (*const table[])(int) = { f };
static NOINLINE int f(int n) { $frame return n ? table[n & 1](n - 1) + 1 : 0; }
int sys_start(int n) { return f(n); }
C
refused('an array of variable length', qr/no constant size/, <<"C");
int sys_start(int n) { char a[n]; use(a); return n; }
C
refused('something unknown', qr/nothing is known/, <<"C");
int other(int);
int sys_start(int n) { return other(n) + 1; }
C

# Compiled as a whole, where each of two equal functions is called by its name.
my @whole = qw(-flto=1 -ffat-lto-objects);
sub bound_of_whole {
    my ($one, $two) = @_;
    my $object = "$dir/w" . $count++;
    my $start  = "int main(int n);\nint sys_start(int n) { return main(n); }\n"
        . "void use(void *p) { *(volatile char *)p = 1; }\n";
    my @parts;
    for ([ start => "void use(void *p);\n$start" ], [ one => $one, @whole ],
        [ two => $two, @whole ]) {
        my ($part, $text, @more) = @$_;
        spew("$object.$part.c", "#define NOINLINE __attribute__((noinline))\n"
                . "void use(void *);\nint sys_start(int n);\n$text");
        push @parts, "$object.$part.o";
        my ($code, undef, $err) = run(@cc, @flags, '-Os', @more, '-c',
            "$object.$part.c", '-o', $parts[-1]);
        $code == 0 or BAIL_OUT("$object.$part.c: $err");
    }
    my ($code, undef, $err) = run(@cc, @flags, '-Os', '-flto=1',
        qw(-flto-partition=one -fwhole-program -r -flinker-output=exec -nostdlib),
        '-o', "$object.o", @parts[1, 2]);
    $code == 0 or BAIL_OUT("$object.o: $err");
    my ($bound, $out, $said) = run(source('t/stack-bound'), 'p', $parts[0],
        "$object.o");
    return ($bound, $out . $said);
}

SKIP: {
    my $script = slurp(built('config/supervisord-for'));
    skip 'this compiler compiles nothing as a whole', 5
        if $script !~ m{^supervisord='supervisord/whole\.o'$}m;
    my $equal = 'static NOINLINE int equal(int n) { char b[2000]; use(b); return n; }';
    my $other = "int other(int n);\n$equal\n";
    my ($code, $said) = bound_of_whole(<<"ONE", <<"TWO");
${other}int main(int n) { $frame return equal(n) + other(n); }
ONE
${other}NOINLINE int other(int n) { char c[100]; use(c); return equal(n) + 1; }
TWO
    is($code, 0, 'equal functions: there is a bound') or diag($said);
    my ($bytes) = $said =~ /at most (\d+)/;
    cmp_ok($bytes // -1, '>=', 3100, 'equal functions: what they need at least');
    cmp_ok($bytes // 4000, '<=', 3300, 'equal functions: and not much more');
    ($code, $said) = bound_of_whole(<<"ONE", <<"TWO");
${other}int back(int n);
int back(int n) { return equal(n) + other(n - 1); }
int main(int n) { return other(n) + 1; }
ONE
${other}int back(int n);
NOINLINE int other(int n) { char c[100]; use(c); return n ? back(n) + equal(n) : 0; }
TWO
    is($code, 1, 'recursion through two files: refused');
    like($said, qr/recursion/, 'recursion through two files: said so');
}
my $child = <<"C";
char stacks[2][512];
int child(int n);
NOINLINE int child(int n) { char b[300]; use(b); return n; }
int sys_start(int n) { use(stacks); return n; }
C
bounded('a stack of its own', 0, 100, $child, '--own-stack', 'child=stacks/2');
refused('too small a stack of its own', qr/has 256/,
    $child, '--own-stack', 'child=stacks/4');
done_testing();
