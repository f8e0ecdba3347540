#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Every file, function and test that a comment or a document names exists.
#
# These are names: a path that begins with a room, and any word with one of our
# extensions; a word with empty brackets; t/NNNN and doc/why/NNNN, with or
# without the rest, NNNN-name, and `NNNN` of a test; the target of a link in
# Markdown; a variable in the table of t/README.md. The compiler checks names in
# code.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Basename qw(basename dirname);
use House;
use Test::More;

my $rooms     = join '|', rooms(), 'doc';
my $extension = qr{(?:c|h|def|t|pm|pl|md|mk|pml|svg|dot|ac|yaml|in)};

# Folders of the kernel's sources and headers, and its functions.
my $kernel = qr{^(?:include/(?:uapi/)?)?(?:linux|asm|asm-generic|net)/
    |^(?:fs/proc/base|init/main|kernel/pid_namespace|lib/cmdline|security/commoncap)\.c$}x;
my %kernel = map { $_ => 1 } qw(__set_oom_adj commit_creds next_arg reboot_pid_ns);

# Files that only the reader has.
my %foreign = map { $_ => 1 } qw(services.c);

my @files = grep { !m{^t/config/} && $_ ne 'Makefile.in' } (
    sources(qr{\.$extension$|\.[1-8]$|(?:^|/)(?:stack-bound|compare)$}, rooms(), 'doc'),
    qw(README.md ARCHITECTURE.md CONTRIBUTING.md NEWS.md SECURITY.md bootstrap configure.ac Makefile.am .ci/run)
);
my @all = (sources(qr{.}, rooms(), 'doc', '.ci'), @files);
my (%there, %function, %variable);

# Comments of C: everything else of it is blank, and lines keep their numbers.
my $string = qr{"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'};

sub blank { my ($text) = @_; return $text =~ tr/\n//cdr }

sub c_comments {
    my ($text) = @_;
    $text =~ s{(/\*.*?\*/|//[^\n]*)|$string|[^/"'\n]+|.}{$1 // ''}gse;
    return $text;
}

sub c_code {
    my ($text) = @_;
    $text =~ s{(/\*.*?\*/|//[^\n]*)|($string)}{defined $1 ? blank($1) : '""'}gse;
    return $text;
}

# Comments of Perl, shell, make and m4. A here-document may have lines that look
# like one; a directive of C has no blank behind its #.
sub hash_comments {
    my ($text) = @_;
    return join '', map { /^(?:.*\s)?(\#(?:\s.*)?|dnl\s.*)$/ ? "$1\n" : "\n" } split /\n/, $text;
}

sub hash_code { my ($text) = @_; return $text =~ s/(?:^|\s)\#\s.*$//gmr }

sub is_c { my ($name) = @_; return $name =~ /\.(?:c|h|def|pml)$/ }
sub is_document { my ($name) = @_; return $name =~ /\.(?:md|svg|dot|[1-8](?:\.in)?)$/ }

sub prose {
    my ($name, $text) = @_;
    return $text if is_document($name);
    return is_c($name) ? c_comments($text) : hash_comments($text);
}

sub code {
    my ($name, $text) = @_;
    return '' if is_document($name);
    return is_c($name) ? c_code($text) : hash_code($text);
}

# Indexes: of each path all ends of it; the functions: in C every name that is
# called or declared, in Perl those that it defines; and variables of the
# environment.
sub learn_path {
    my ($path) = @_;
    my @parts = split m{/}, $path;
    $there{ join '/', @parts[ $_ .. $#parts ] } = 1 for 0 .. $#parts;
    return;
}

sub learn_names {
    my ($name, $code) = @_;
    my $function = is_c($name) ? qr{\b(\w+)\s*\(} : qr{\bsub (\w+)|^(\w+)\(\)}m;
    $function{ $1 // $2 } = 1 while $code =~ /$function/g;
    $variable{$1} = 1 while $code =~ /\b(CONNATE_[A-Z_]+)\b/g;
    return;
}

my %text = map { $_ => join '', lines($_) } @files;
learn_path($_) for @all;
learn_names($_, code($_, $text{$_})) for @files;
my $made = join '', map { code($_, $text{$_}) } grep { /\.(?:mk|am)$/ } @files;

# A path with * or <machine> or NNNN in it stands for any that fits.
sub matches {
    my ($path) = @_;
    my $pattern = join '[^/]*', map { quotemeta } split /\*|<\w+>|N{3,4}/, $path, -1;
    return scalar grep { m{(?:^|/)$pattern$} } @all;
}

sub exists_path {
    my ($from, $path) = @_;
    return 1 if $path =~ $kernel || $foreign{ basename($path) };
    return 1 if $path =~ /\*|<|NNN/ && matches($path);
    return 1 if -e source($path) || -e source(dirname($from), $path);
    return 1 if -e built($path) || $made =~ m{(?<![\w/])\Q$path\E\b};
    return $path !~ m{^(?:$rooms)/} && $there{$path};
}

# A number, and as much of the name as is given.
sub exists_numbered {
    my ($folder, $rest) = @_;
    return scalar grep { m{^\Q$folder/$rest\E(?:[-.]|$)} } @all;
}

# The names on this line that do not exist. `own` is the code of the file: files
# that a test makes itself are not ours.
sub missing {
    my ($from, $line, $own) = @_;
    my @missing;
    while ($line =~ m{\b(t|doc/why)/(\d{4}(?:-[\w-]+)?)(?!\w)}g) {
        push @missing, "$1/$2" if !exists_numbered($1, $2);
    }
    while ($line =~ m{(?<![\w/-])(\d{4}-[a-z][\w-]*)(?![\w-]|\.\w)}g) {
        push @missing, $1 if !exists_numbered('t', $1) && !exists_numbered('doc/why', $1);
    }
    while ($line =~ m{`(\d{4})`}g) {
        push @missing, $1 if !exists_numbered('t', $1);
    }
    while ($line =~ m{`(CONNATE_[A-Z_]+)`}g) {
        push @missing, $1 if !$variable{$1};
    }
    while ($line =~ m{(?<![\w/.\$>~-])((?:[\w.-]+/)*[\w*<>-]+\.$extension)(?![\w-])}g) {
        push @missing, $1 if !exists_path($from, $1) && $own !~ /\b\Q@{[basename($1)]}\E\b/;
    }
    while ($line =~ m{(?<![\w/.\$>~-])((?:$rooms)/(?:[\w-]+/)*)(?![\w*.<\$\[\{])}g) {
        push @missing, $1 if !exists_path($from, $1);
    }
    while ($line =~ m{\]\(([\w./-]+)\)}g) {
        push @missing, $1 if !-e source($1) && !-e source(dirname($from), $1);
    }
    while ($line =~ m{(?<![\w.>-])(\w+)\(\)}g) {
        push @missing, "$1()" if !$function{$1} && !$kernel{$1};
    }
    return @missing;
}

sub complaints {
    my ($name, $text) = @_;
    my ($at, @found) = 0;
    my $own = code($name, $text);
    for my $line (split /\n/, prose($name, $text)) {
        $at++;
        my %seen;
        push @found, "$name:$at: $_" for grep { !$seen{$_}++ } missing($name, $line, $own);
    }
    return @found;
}

cmp_ok(scalar @files, '>', 250, 'there are files to look at');
cmp_ok(scalar keys %function, '>', 1000, 'and functions');
my @found = map { complaints($_, $text{$_}) } @files;
is(scalar @found, 0, 'everything that is named exists') or diag(join "\n", 'missing:', @found);

# The test of the test: it finds each of these, and none of the right ones.
my @wrong = (
    ['model/x.c', '/* See model/absent.h. */'],
    ['model/x.c', '/* absent.def has them. */'],
    ['model/x.c', "/* (absent.c,\n * absent_too.c) */", 2],
    ['model/x.c', 'int x; /* absent_function() does that */'],
    ['model/x.c', '/* tried by t/5004-absent */'],
    ['model/x.c', '/* tried by t/9999 */'],
    ['model/x.c', '/* argued in doc/why/9999 */'],
    ['t/x.c',     '/* run by 1502-absent */'],
    ['model/x.h', '/* what model/absent/ has */'],
    ['t/x.t',     "# Run by 9999-absent.t\n"],
    ['t/x.t',     "my \$x = 1;    \x23 of lib/Absent.pm\n"],
    ['t/local.mk', "# As t/absent.c says\n"],
    ['x.md',      'the loop (`supervisord/absent/observe.c`)'],
    ['x.md',      'see [this](doc/absent.md)'],
    ['x.md',      'tried by `9999`'],
    ['x.md',      '| `CONNATE_' . 'ABSENT` | how often |'],
    ['x.md',      '`publish_absent()` stores it'],
);
for (@wrong) {
    my ($name, $text, $count) = @$_;
    is(scalar complaints($name, $text), $count // 1, 'found: ' . $text =~ s/\n/ /gr);
}
my @right = (
    ['model/x.c', '/* model/rules.c, rules.c, sys/arch-*.h, rule_pick(), t/1001, t/1001-rules, doc/why/0001 */'],
    ['model/x.c', 'char x[] = "absent.c"; int absent(void); f(absent_function());'],
    ['model/x.c', '/* open(2), linux/reboot.h, libc.so, e.g. a.b, model/ */'],
    ['t/x.t',     "# What made.c prints.\nspew('made.c');\n#include <absent.h>\n"],
    ['x.md',      '[why](doc/why), `t/9005`, `9005`, 9005-upgrades, `CONNATE_PID`'],
    ['x.md',      '`model/*.def`, `sys/arch-<machine>.h`'],
);
is(join("\n", complaints(@$_)), '', 'not found: ' . $_->[1] =~ s/\n/ /gr) for @right;
done_testing();
