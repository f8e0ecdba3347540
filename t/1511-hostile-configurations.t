#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Whatever a file holds, connate-build ends by itself, soon and within its memory, says
# one mistake with its place, and leaves nothing. The same files and damaged
# configurations go through its reader with sanitizers (t/reader-fuzz.c).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use POSIX qw(mkfifo);
use Test::More;

use constant { CPU_SECONDS => 60, MEMORY_KB => 1 << 20, DAMAGED => 60 };

my $dir = scratch();
my $seed = $ENV{CONNATE_READER_SEED} // 1;
my $head = "#include <connate/config.h>\n";
my $open = $head . "static const struct service services[] = {\n";
my $end  = "};\nCONNATE();\n";
my $run  = '.run = EXEC("/bin/sleep", "1")';

# Bounded by the kernel, so that a fault of ours is a failure and no machine that hangs.
sub build {
    my (@files) = @_;
    return run('sh', '-c', "ulimit -t @{[CPU_SECONDS]}; ulimit -v @{[MEMORY_KB]}; exec \"\$\@\"", 'sh',
        built('reader/connate-build'), '--supervisord', built('supervisord/supervisord'),
        '--no-host-checks', '-o', "$dir/image", @files);
}

sub refused_ok {
    my ($what, $said, @files) = @_;
    my ($code, $out, $err) = build(@files);
    ok(($code == 1 || $code == 2) && $out eq '' && !-e "$dir/image", "$what: refused") or diag("$code $out");
    like($err, $said, 'and it is said');
    cmp_ok(scalar(split /\n/, $err), '<=', 3, 'in few lines');
    cmp_ok(length $err, '<', 2000, 'that are short');
    return;
}

# Macros that are twice the last one.
sub doubling {
    my ($name, $times) = @_;
    return join '', map { sprintf "#define %s%d %s%d %s%d\n", $name, $_ + 1, $name, $_, $name, $_ } 0 .. $times;
}

my @texts = (
    [empty => '', qr/CONNATE|empty/],
    [binary => join('', map { chr } 1 .. 255) x 400, qr/:1:\d+: error/],
    [zero => $open . "\0" . $end, qr/:3:1: error: a byte 0/],
    ['zero in a text' => $open . "SERVICE(\"a\0b\", $run),\n$end", qr/:3:11: error: a byte 0/],
    ['ten thousand parentheses' => $open . 'SERVICE("a", .nice = ' . '(' x 10000, qr/error: (?:parenth|a parenth)/],
    ['ten thousand braces' => $open . '{' x 10000, qr/:3:3: error: /],
    [   'ten thousand closed ones' => $open . 'SERVICE("a", .nice = ' . '(' x 10000 . '1' . ')' x 10000 . "),\n$end",
        qr/nested more than/
    ],
    ['ten thousand signs' => $open . 'SERVICE("a", .nice = ' . '- ' x 10000 . "1),\n$end", qr/nested more than/],
    ['ten thousand ?:' => $open . 'SERVICE("a", .nice = ' . '1 ? 1 : ' x 10000 . "1),\n$end", qr/nested more/],
    ['no end of a text' => "$open\"" . 'a' x 1_000_000, qr/:3:1: error: a quotation mark is missing/],
    ['no end of a comment' => "$open/*" . '*' x 1_000_000, qr/:3:1: error: a comment ends with/],
    ['a line of a megabyte' => $open . 'SERVICE("a", .nice = ' . '1 + ' x 250_000 . "x),\n$end", qr/error: .nice is/],
    ['a name of a megabyte' => $open . 'x' x 1_000_000 . "\n$end", qr/:3:1: error: a service is written/],
    ['macros that double each other' => $head . "#define d0 1 +\n" . doubling('d', 40)
            . "static const struct service services[] = { SERVICE(\"a\", .nice = d40 1) };\nCONNATE();\n",
        qr/becomes? more than \d+ words/],
    ['in arguments' => "$head#define f(x) x x\nint a = " . 'f(' x 60 . '1' . ')' x 60 . ";\n", qr/more than \d+ words/],
    ['nested arguments' => "$head#define f(x) x\nint a = " . 'f(' x 5000 . '1' . ')' x 5000 . ";\n", qr/ deep/],
    ['macros of each other' => "$head#define a b\n#define b a\nint x = a;\n", qr/'a' is not known/],
    ['a macro of itself' => "$head#define f(x) f(x) + f(x)\nint x = f(f(f(1)));\n", qr/'f' is not known/],
    ['an include of itself' => "#include \"in.c\"\n$open$end", qr/in\.c:1:10: error: files include each other/],
    ['a thousand #if' => "#ifdef x\n#else\n" x 1000, qr/nested more than/],
    ['#if without an end' => "$head#ifdef x\n", qr/:2:1: error: #endif is missing/],
    ['#endif alone' => "$head#endif\n", qr/:2:1: error: #endif without #if/],
    ['arithmetic' => "$head#if 1 + 1 == 2\n#endif\n", qr/:2:1: error: connate-build does not compute #if/],
    ['a large element' => "${head}const int x[] = { [1000000000] = 1 };\n", qr/error/],
    ['a large array' => "${head}const int x[1000000000] = { 1 };\n", qr/more than \d+ MB/],
    ['a structure of itself' => "${head}struct s { struct s s; };\n", qr/no body/],
    ['division' => "$open SERVICE(\"a\", .nice = 1 / 0),\n$end", qr/\.nice is written/],
    ['the least number' => "$open SERVICE(\"a\", .nice = (-9223372036854775807 - 1) / -1),\n$end", qr/needs ULL/],
    ['a large double' => "$open SERVICE(\"a\", .max_stop = SECONDS(1e300)),\n$end", qr/needs ULL/],
    ['no function' => "$open SERVICE(\"a\", .run = CALL(no_such)),\n$end", qr/a function stands above the list/],
);
for my $k (0 .. $#texts) {
    my ($what, $text, $said) = @{ $texts[$k] };
    refused_ok($what, $said, spew("$dir/in.c", $text));
}

# --- What is no file

refused_ok('nothing', qr/No such file/, "$dir/nothing.c");
mkfifo("$dir/pipe.c", 0600) or die "$dir/pipe.c: $!";
refused_ok('a pipe without a writer', qr/it is no file/, "$dir/pipe.c");
refused_ok('a device', qr/it is no file/, '/dev/zero');
spew("$dir/large.c", '');
truncate "$dir/large.c", 20 << 20;
refused_ok('20 MB', qr/more than \d+ MB/, "$dir/large.c");
unlink "$dir/large.c", "$dir/pipe.c";
SKIP: {
    skip 'there is no /dev/full', 1 if !-c '/dev/full';
    spew("$dir/in.c", "${open}SERVICE(\"a\", $run),\n$end");
    my ($code, undef, $err) = run('sh', '-c', 'exec "$@" >/dev/full', 'sh', built('reader/connate-build'),
        '--list', '--no-host-checks', "$dir/in.c");
    is("$code $err", "2 connate-build: error: standard output: No space left on device\n", 'a full disk is said');
}

# --- The reader with sanitizers

sub damaged {
    my ($text) = @_;
    for (0 .. int rand 4) {
        my $at = int rand length $text;
        my $how = int rand 3;
        substr $text, $at, 1 + int rand 20, '' if $how == 0;
        substr $text, $at, 0, substr $text, int rand length $text, int rand 40 if $how == 1;
        substr $text, $at, 1, (split //, "\"\\(){},.;=-#\n\0\xff")[rand 14] if $how == 2;
    }
    return $text;
}

srand $seed;
my @bases = map { slurp(source($_)) } sources(qr{^(?:t/)?config/[\w-]+\.c$}, 'config', 't/config');
my @small = grep { $texts[$_][0] !~ /double each|include of itself|megabyte/ } 0 .. $#texts;
my @files = map { spew("$dir/text-$_", $texts[$_][1]) } @small;
push @files, map { spew("$dir/damaged-$_", damaged($bases[rand @bases])) } 1 .. DAMAGED;
my @cc = split ' ', $ENV{CC_FOR_BUILD} // $ENV{CC} // 'cc';
my @sources = ((map { source($_) } 't/reader-fuzz.c',
    (grep { !m{/(?:apply|folder|image|main|show)\.c$} } sources(qr{\.c$}, 'reader')),
    (grep { $_ ne 'config/check/main.c' } sources(qr{\.c$}, 'config/check')),
    check_models()), built('reader/built_in.c'));
$ENV{ASAN_OPTIONS} = 'detect_leaks=0';    # the checks give nothing back
my @command = (@cc, qw(-std=gnu11 -Wall -Wextra -O1 -g -D_GNU_SOURCE -DCONNATE_CHECK=1 -DFILES),
    '-I', source('config'), '-iquote', source(), @sources, '-o', "$dir/reader-fuzz");
my @sanitizers = ('-fsanitize=address,undefined', '-fno-sanitize-recover=all');
my ($code, undef, $err) = run(@command, @sanitizers);
my $found = $code == 0 && (run("$dir/reader-fuzz"))[0] == 0;
($code, undef, $err) = run(@command) if !$found;
is("$code$err", '0', 'it compiles ' . ($found ? "with @sanitizers" : 'without sanitizers'));
for my $file (@files) {
    my ($ended, undef, $said) = run("$dir/reader-fuzz", $file);
    is($ended, 0, "CONNATE_READER_SEED=$seed: " . ($file =~ s{.*/}{}r)) or diag(substr $said, -3000);
}
done_testing();
