#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-import and files that are none: binary, endless, in circles, unreadable. It says
# which and why, with exit code 2, and writes the rest; its memory is bounded. Then random
# definitions, compiled with sanitizers where the compiler has them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Import;
use POSIX qw(mkfifo);
use Test::More;

my $dir = scratch();
my $good = "[Service]\nExecStart=/bin/p\n";

# An import with little memory: code, output, what it says.
sub bounded {
    return run('sh', '-c', 'ulimit -v 1500000; exec "$0" "$@"', built('import/connate-import'), @_);
}

# Unit files that are read, whatever is in them: [what, text, code, pattern of the output or
# of what is said].
my $many = 10_000;
for (['an empty file', '', 1, qr/a\.service: there is no ExecStart=/],
    ['no newline at the end', "[Service]\nExecStart=/bin/p x", 0, qr/EXEC\("\/bin\/p", "x"\)/],
    ['carriage returns', "[Service]\r\nExecStart=/bin/p x\r\n", 0, qr/EXEC\("\/bin\/p", "x"\)/],
    ['a byte order mark', "\xef\xbb\xbf$good", 0, qr/EXEC\("\/bin\/p"\)/],
    ['binary', join('', map { chr(1 + $_ * 7 % 255) } 0 .. 5000), 1, qr/SERVICE\("a",/],
    ['control characters and comments', "[Service]\nExecStart=/bin/p */ \e[2J \x01\n[Unit]\n"
        . "Description=*/ /* \e[2J\n", 0,
        qr{/\* a\.service: \* / / \* \?\[2J\n.*EXEC\("/bin/p", "\*/", "\\033\[2J", "\\001"\)}s],
    ['a NUL byte', "[Service]\nExecStart=/bin/\0p\n", 2, qr/a\.service: a NUL byte, at 25: this is no text/],
    ['a line of a megabyte', $good . 'X=' . 'y' x 1_000_000 . "\n", 0, qr/X=y+\.\.\.: systemd has no such setting/],
    ['a longer line', $good . 'X=' . 'y' x 1_100_000 . "\n", 1,
        qr/#error "a\.service: line 3 is longer than a megabyte"/],
    ['a command of a megabyte', "[Service]\nExecStart=/bin/p " . 'a ' x 500_000 . "\n", 0, qr/"a", "a"/],
    ['a megabyte of ${', "[Service]\nExecStart=/bin/p " . '${' x 500_000 . "\n", 0, qr/\$\{\$\{/],
    ['a megabyte of variables', "[Service]\nExecStart=/bin/p\nEnvironment=" . join(' ',
        map { "V$_=1" } 1 .. 100_000) . "\n",
        1, qr/too many variables/],
    ['continuation lines', "[Service]\nExecStart=/bin/p" . "\\\n x" x $many . "\n", 0, qr/"x", "x"/],
    ['continuation at the end', "[Service]\nExecStart=/bin/p \\", 0, qr/EXEC\("\/bin\/p"\)/],
    ['many settings', $good . "Nice=1\n" x $many . "Nice=7\n", 0, qr/\.nice = 7/],
    ['too many settings', $good . "Nice=1\n" x 30_000, 1, qr/#error "a\.service: more than 20000 settings"/],
    ['many conditions', "[Unit]\n" . join('', map { "ConditionPathExists=/$_\n" } 1 .. $many) . $good, 1,
        qr{=/10000: the list of \.only_if is too long}],
    ['many relations', "[Unit]\n" . join('', map { "After=x$_.service\n" } 1 .. $many) . $good, 0, qr/x10000/],
    ['names without end', "[Unit]\nAfter=" . join(' ', map { "x$_.service" } 1 .. 50_000) . "\n$good", 1,
        qr/more than 10000 names/],
    ['a section that does not end', "[Service\nExecStart=/bin/p\n", 1, qr/line 1: the name of a section/],
    ['a service without a program', "[Service]\nExecStop=/bin/q\n", 0, qr/it runs nothing at its start/])
{
    my ($what, $text, $wanted, $pattern) = @$_;
    my $path = spew("$dir/a.service", $text);
    my ($code, $out, $err) = bounded($path);
    is($code, $wanted, $what) or diag(substr $err, 0, 500);
    ok("$out$err" =~ $pattern, "$what: is said, or written") or diag(substr "$out$err", 0, 1500);
}

# Others' files.
for (['dinit: a NUL byte', 'd', "command = \0\n", ['--from', 'dinit'], 2, qr/NUL/],
    ['dinit: continuation lines', 'd', 'command = /bin/p' . "\\\n x" x $many, ['--from', 'dinit'], 0, qr/"x", "x"/],
    ['dinit: binary', 'd', join('', map { chr(1 + $_ * 7 % 255) } 0 .. 900), ['--from', 'dinit'], 1,
        qr/is no setting/],
    ['Supervisor: continuation lines', 'x.ini', "[program:a]\ncommand=/bin/p\n" . "  x\n" x $many, [], 0,
        qr/"x", "x"/],
    ['Supervisor: copies', 'x.ini', "[program:a]\ncommand=/bin/p\nnumprocs=99999999999\n", [], 1, qr/numprocs/],
    ['Supervisor: no section', 'x.ini', "a=b\n", [], 2, qr/line 1 stands in no section/],
    ['Procfile: binary', 'Procfile', "\x01\xff\n\n::\na:\n", [], 0, qr/SERVICE\("a",/])
{
    my ($what, $name, $text, $words, $wanted, $pattern) = @$_;
    my $path = spew("$dir/$name", $text);
    my ($code, $out, $err) = bounded(@$words, $path);
    is($code, $wanted, $what) or diag(substr $err, 0, 500);
    ok("$out$err" =~ $pattern, "$what: is said, or written") or diag(substr "$out$err", 0, 1500);
    unlink $path;
}

# What is no file. The unit beside it is written all the same.
spew("$dir/a.service", $good);
spew("$dir/secret.service", $good);
chmod 0, "$dir/secret.service";
mkdir "$dir/folder.service";
symlink 'loop.service', "$dir/loop.service";
symlink 't@.service', "$dir/t\@.service";
mkfifo("$dir/pipe.service", 0600);
open my $large, '>', "$dir/large.service" or die $!;
truncate $large, 20 << 20;
close $large;
for (['missing.service', qr/No such file/], ['loop.service', qr/Too many levels/], ['t@x.service',
    qr/No such file|Too many levels/],
    ['pipe.service', qr/no regular file/], ['large.service', qr/NUL byte|more than 16 MB/])
{
    my ($name, $why) = @$_;
    my ($code, $out, $err) = bounded("$dir/$name", "$dir/a.service");
    is($code, 2, "$name: exit code 2");
    like($err, qr/^connate-import: .*\Q$name\E: .*$why/m, 'it is named, and why');
    like($out, qr/SERVICE\("a",/, 'the other one is written');
}
my ($code, $out, $err) = bounded("$dir/folder.service");
is("$code$out" =~ /SERVICE/ ? 1 : 0, 0, 'a folder with the name of a unit gives nothing');
my @plain = plain_user();    # root may read all
my @as = @plain ? ('setpriv', '--reuid', $plain[0], '--regid', $plain[1], '--clear-groups') : ();
($code, $out, $err) = run(@as, built('import/connate-import'), "$dir/secret.service");
is($code, 2, 'a file that may not be read');
like($err, qr/secret\.service: Permission denied/, 'is named');

# Drop-ins: in a circle, a folder, a pipe.
mkdir "$dir/b.service.d";
spew("$dir/b.service", $good);
symlink '10.conf', "$dir/b.service.d/10.conf";
mkdir "$dir/b.service.d/20.conf";
mkfifo("$dir/b.service.d/30.conf", 0600);
symlink '../b.service.d', "$dir/b.service.d/b.service.d";
spew("$dir/b.service.d/40.conf", "[Service]\nNice=3\n");
($code, $out, $err) = bounded("$dir/b.service");
is($code, 2, 'drop-ins that are no files');
is(join(' ', $err =~ m{^connate-import: .*/(\d+\.conf): }mg), '10.conf 20.conf 30.conf', 'are named');
like($out, qr{^#error "b\.service\.d/30\.conf: no regular file"$}m, 'and the unit does not build by that');
like($out, qr/\.nice = 3/, 'and the one that is one counts');

# Masked, without a path, without arguments, where nothing can be written.
symlink '/dev/null', "$dir/masked.service";
($code, $out, $err) = bounded("$dir/masked.service");
is($code, 0, 'a masked unit');
like("$out$err", qr/masked\.service is masked: left out/, 'is left out, and said');
is((bounded('no-such-unit-anywhere.service'))[0], 2, 'a name that no folder has');
is((bounded())[0], 2, 'no arguments');
is((bounded('--from', 'x', $dir))[0], 2, 'an unknown format');
is((bounded('-o', "$dir/no/x.c", "$dir/a.service"))[0], 2, 'no folder for the output');
is((bounded('-o', '/dev/full/x', "$dir/a.service"))[0], 2, 'no file for it');
spew("$dir/kept.c", 'old');
SKIP: {
    skip '/dev/full is not there', 1 if !-c '/dev/full';
    my ($full) = run('sh', '-c', 'exec "$0" "$1" >/dev/full', built('import/connate-import'), "$dir/a.service");
    is($full, 2, 'a full disk');
}

# --- Random ones
my $seed   = $ENV{CONNATE_FUZZ_SEED} // 1;
my $rounds = $ENV{CONNATE_IMPORT_ROUNDS} // 4000;
my @cc     = split ' ', $ENV{CC} // 'cc';
my $program = "$dir/import-fuzz";
my @sources = map { source($_) } 't/import-fuzz.c',
    grep { !m{/(?:main|gather|read)\.c$} } sources(qr{\.c$}, 'import');

sub compile {
    my (@flags) = @_;
    return run(@cc, qw(-std=gnu11 -O1 -g -D_GNU_SOURCE), @flags, '-iquote', source(), '-iquote', built(''),
        @sources, '-o', $program);
}
my @sanitizers = ('-fsanitize=address,undefined', '-fno-sanitize-recover=all');
my ($made) = compile(@sanitizers);
my $found = $made == 0 && (run($program, 1, 1))[0] == 0;
($made, undef, $err) = compile() if !$found;
is($made, 0, 'compiles ' . ($found ? "with @sanitizers" : 'without sanitizers')) or diag($err);
my ($ended, undef, $said) = run($program, $seed, $rounds);
is($ended, 0, "$rounds random definitions (CONNATE_FUZZ_SEED=$seed)") or diag(substr $said, 0, 4000);
done_testing();
