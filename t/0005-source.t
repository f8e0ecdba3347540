#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The look of the files, as far as a program can check it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

use constant { C_COLUMNS => 100, COLUMNS => 120, STORY_COLUMNS => 140, FUNCTION_LINES => 70 };

my $heap = qr/\b(?:malloc|calloc|realloc|free|alloca|strdup)\s*\(/;

my $open = qr/\b(?:TO(?:)DO|FIX(?:)ME|XX(?:)X)\b/;

# Columns on a screen, with a tab at each eighth.
sub columns {
    my ($line) = @_;
    1 while $line =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
    return length $line;
}

sub complaints {
    my ($name, @lines) = @_;
    my (@found, $begin);
    push @found, 'no SPDX line'
        if "@lines[grep { $_ < @lines } 0 .. 2]" !~
        /SPDX-License-Identifier: MIT/;
    push @found, 'no newline at the end' if @lines && $lines[-1] !~ /\n$/;
    my $floor = $name =~ m{^(?:sys|model|pid1|supervisord|prepare|conctl|log|config/call)/};
    my $wide =
          $name =~ m{^t/.*\.def$}    ? STORY_COLUMNS
        : $name =~ /\.(?:c|h|def)$/ ? C_COLUMNS
        :                              COLUMNS;
    for my $at (1 .. @lines) {
        my $line = $lines[$at - 1] =~ s/\n$//r;
        push @found, "$at: a blank at the end" if $line =~ /\s$/;
        push @found, "$at: too long"           if columns($line) > $wide;
        push @found, "$at: left open"          if $line =~ $open;
        push @found, "$at: the heap"           if $floor && $line =~ $heap;
        next if $name !~ /\.[ch]$/;
        $begin = $at if $line eq '{';
        push @found, "$at: a function of " . ($at - $begin - 1) . ' lines'
            if $line =~ /^}/ && defined $begin
            && $at - $begin - 1 > FUNCTION_LINES;
        undef $begin if $line =~ /^}/;
    }
    return join '; ', @found;
}

my $scripts = qr{(?:^bootstrap|^\.ci/run|\.t|\.pm|\.mk|\.sh|stack-bound|\.in)$};
my @files = (
    sources(qr{\.(?:c|h|def)$|$scripts}, rooms(), 'doc', '.ci'),
    qw(bootstrap configure.ac Makefile.am)
);
@files = grep { $_ ne 'Makefile.in' && !m{^t/config/} } @files;
cmp_ok(scalar @files, '>', 80, 'there are files to look at');
is(complaints($_, lines($_)), '', $_) for @files;
is(join(' ', grep { /\.t$/ && !-x source($_) } @files), '', 'each test can be run');

# The test of the test.
my $spdx = "/* SPDX-License-Identifier: MIT */\n";
my $long = "int f(void)\n{\n" . "\tg();\n" x 71 . "}\n";
for (['no licence', "int x;\n"],
    ['a blank',       $spdx, "int x; \n"],
    ['no end',        $spdx, 'int x;'],
    ['too long',      $spdx, "\t" x 12 . "int x;\n"],
    ['the heap',      $spdx, "x = malloc(3);\n"],
    ['left open',     $spdx, "/* TO" . "DO */\n"],
    ['long function', $spdx, map { "$_\n" } split /\n/, $long])
{
    my ($what, @lines) = @$_;
    isnt(complaints('sys/x.c', @lines), '', "found: $what");
}

sub there { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

SKIP: {
    skip 'shellcheck is not installed', 1 if !there('shellcheck');
    my @shell = grep { (lines($_))[0] =~ m{^#!.*sh$} }
        grep { !m{\.in$} } @files;
    my ($code, $out) = run('shellcheck', built('config/supervisord-for'),
        map { source($_) } @shell);
    is($code, 0, "shellcheck: supervisord-for @shell") or diag($out);
}
SKIP: {
    skip 'mandoc is not installed', 1 if !there('mandoc');
    my @pages = sources(qr{\.[1-8]$}, 'doc');
    my ($code, $out) =
        run('mandoc', '-T', 'lint', '-W', 'warning', map { source($_) } @pages);
    is($code, 0, "mandoc: @pages") or diag($out);
}
done_testing();
