#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The programs need nothing but the kernel: no libc, no shared library, no
# loader; and no page of them can be both written and executed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $readelf = $ENV{READELF} || 'readelf';

# The complaints about that file, as words.
sub complaints {
    my ($path) = @_;
    my ($code, $text) = run($readelf, '-hldsW', $path);
    my @found;
    push @found, 'unreadable'  if $code != 0;
    push @found, 'not static'  if $text !~ /^\s+Type:\s+EXEC /m;
    push @found, 'interpreter' if $text =~ /^\s+INTERP\s/m;
    push @found, 'dynamic'     if $text =~ /^\s+DYNAMIC\s/m;
    push @found, 'W+X'         if $text =~ /^\s+LOAD\s.*\sRWE\s/m;
    push @found, 'stack'       if $text !~ /^\s+GNU_STACK\s.*\sRW\s/m;
    my @undefined = $text =~ /\sUND (\S+)$/mg;
    push @found, "undefined: @undefined" if @undefined;
    my @libc = $text =~
        /\sFUNC\s.*\s((?:__libc_|_IO_|_dl_)\w+|malloc|free|printf|getenv)$/mg;
    push @found, "libc: $libc[0]" if @libc;
    return "@found";
}

is(complaints($_), '', $_) for programs();

# The test of the test.
my $dir = scratch();
my @cc  = split ' ', $ENV{CC} // 'cc';
spew("$dir/ordinary.c", "int main(void) { return 0; }\n");
sub built_with {
    my ($what, $wrong, @flags) = @_;
    my ($code, undef, $err) =
        run(@cc, @flags, '-o', "$dir/$what", "$dir/ordinary.c");
    is($code, 0, "$what is built") or diag($err);
    like(complaints("$dir/$what"), $wrong, "$what is refused");
}
built_with(shared   => qr/interpreter dynamic/);
built_with(static   => qr/libc: /, '-static');
built_with(stack    => qr/stack/, '-static', '-Wl,-z,execstack');
spew("$dir/ordinary.c", "void _start(void);\nvoid gone(void);\n"
        . "int word = 1;\nvoid _start(void) { word++; gone(); }\n");
built_with(undefined => qr/undefined: gone/, '-c');
built_with(writable => qr/W\+X/, '-static', '-nostdlib', '-Wl,-N',
    '-Wl,--unresolved-symbols=ignore-all');
done_testing();
