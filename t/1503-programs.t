#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Would execve(2) take the programs of a configuration? Everything that can be
# wrong with a program, made here, and the finding of concheck.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Concheck;
use Connate;
use POSIX ();
use Test::More;

use constant { EHDR_TYPE => 16, EHDR_MACHINE => 18, ET_REL => 1, EM_VAX => 75 };

my $dir = scratch();
my @expected;    # [service, what is said of it]

sub program {
    my ($name, $bytes, $mode) = @_;
    spew("$dir/$name", $bytes);
    chmod $mode // 0755, "$dir/$name" or die "$dir/$name: $!";
    return "$dir/$name";
}

# A service by its fields, and the finding that it gets, if any.
sub service {
    my ($name, $fields, $finding) = @_;
    push @expected, "services.c:LINE: $finding" =~ s/ SERVICE/ service '$name'/r if $finding;
    return qq{SERVICE("$name", $fields),};
}

sub run_of {
    my ($path, $more) = @_;
    return qq{.run = EXEC("$path")} . ($more // '');
}

# The bytes of an ELF file with another number of two bytes in its header.
sub patched {
    my ($bytes, $at, $number) = @_;
    substr $bytes, $at, 2, pack 'S<', $number;
    return $bytes;
}

sub findings {
    my ($text, @options) = @_;
    my ($code, undef, $err) = concheck('services', $text, @options);
    return ($code, split /\n/, $err =~ s/^services\.c:\d+:/services.c:LINE:/mgr);
}

my ($true) = grep { -x } qw(/usr/bin/true /bin/true);
my $elf    = slurp($true);
my $is_elf = $elf =~ /^\x7fELF\x02\x01/;
my ($loader) = $elf =~ m{(/lib[\w/.-]*/ld[\w.-]+)\0};
# If the kernel knows other formats, a file that is no program may be one.
my $strict = !grep { !m{/(?:register|status)$} } glob '/proc/sys/fs/binfmt_misc/*';
my @services;

push @services,
    service('fine', run_of($true)),
    service('script', run_of(program('script', "#!/bin/sh\nexit 0\n"))),
    service('spaces', run_of(program('spaces', "#! \t/bin/sh -e\nexit 0\n"))),
    service('no-interpreter', run_of(program('lost', "#!/no/such/sh -e\n")),
        "error: SERVICE: .run: $dir/lost is a script for /no/such/sh, which does not exist"),
    service('carriage', run_of(program('carriage', "#!/bin/sh\r\nexit 0\r\n")),
        "error: SERVICE: .run: $dir/carriage is a script with a carriage return in its "
            . "first line, which becomes a part of its interpreter's name"),
    service('nothing-said', run_of(program('unsaid', "#!\n")),
        "error: SERVICE: .run: $dir/unsaid is a script without an interpreter: "
            . 'nothing follows #!'),
    service('hollow', run_of(program('hollow', '')), "error: SERVICE: .run: $dir/hollow is empty"),
    service('not-executable', run_of(program('plain', "#!/bin/sh\n", 0644)),
        "error: SERVICE: .run: $dir/plain is not executable"),
    service('elsewhere', run_of('/no/sh'),
        'error: SERVICE: .run: /no/sh does not exist; there is '
            . (-x '/usr/bin/sh' ? '/usr/bin/sh' : '/bin/sh')),
    service('one-string', run_of("$dir/script -x"),
        "error: SERVICE: .run: '$dir/script -x' does not exist; the arguments of "
            . "$dir/script are strings of their own, with commas"),
    service('joined', qq{.run = EXEC("$dir/script" "-x")},
        "error: SERVICE: .run: $dir/script-x does not exist; is a comma missing behind "
            . qq{"$dir/script"?}),
    service('all-fields',
        '.setup = EXEC("/no/a"), .run = EXEC("/no/b"), .cleanup = EXEC("/no/c"), '
            . '.stop = EXEC("/no/d"), .reload = EXEC("/no/e")',
        join "\nservices.c:LINE: ",
        map { "error: SERVICE: .$_->[0]: /no/$_->[1] does not exist" }
            ['setup', 'a'], ['run', 'b'], ['cleanup', 'c'], ['stop', 'd'], ['reload', 'e']);
push @services,
    service('no-format', run_of(program('text', "exit 0\n")),
        "error: SERVICE: .run: $dir/text is no program that the kernel knows, and as a "
            . 'script it has to begin with #!')
    if $strict;
if ($is_elf) {
    push @services,
        service('cut', run_of(program('cut', substr $elf, 0, 20)),
            "error: SERVICE: .run: $dir/cut is cut off"),
        service('object', run_of(program('object', patched($elf, EHDR_TYPE, ET_REL))),
            "error: SERVICE: .run: $dir/object is an object file, no program"),
        service('copy', run_of(program('copy', $elf)));
}
if ($is_elf && $strict) {
    push @services,
        service('vax', run_of(program('vax', patched($elf, EHDR_MACHINE, EM_VAX))),
            "error: SERVICE: .run: $dir/vax is a program for another machine, and this is "
                . (POSIX::uname())[4]);
}
if ($loader) {
    my $other = $loader =~ s/ld/no/r;
    push @services,
        service('loader', run_of(program('loader', $elf =~ s/\Q$loader\E/$other/r)),
            "error: SERVICE: .run: $dir/loader needs the loader $other, which does not exist");
}

# Rights. The files are ours; the user and group are neither ours nor root's.
my $other = ', .user = "54321", .group = "54321"';
push @services,
    service('others', run_of(program('private', "#!/bin/sh\n", 0700), $other),
        "error: SERVICE: .run: $dir/private may not be executed by user 54321: its mode is 0700"),
    service('mine', run_of("$dir/private")),
    service('raised', run_of(program('raised', $elf, 04755), $other)),
    service('kept', run_of("$dir/raised", "$other, .no_new_privs = true"),
        "error: SERVICE: .run: $dir/raised is a program set-user-ID, but with .no_new_privs "
            . 'it runs without these rights'),
    service('grouped', run_of(program('grouped', $elf, 02755), "$other, .no_new_privs = true"),
        "error: SERVICE: .run: $dir/grouped is a program set-group-ID, but with "
            . '.no_new_privs it runs without these rights'),
    service('unknown', run_of("$dir/raised", ', .no_new_privs = true'),
        "warning: SERVICE: .run: $dir/raised is a program set-user-ID, but with "
            . '.no_new_privs it runs without these rights, unless connate has them'),
    service('root', run_of("$dir/raised", ', .user = "0", .group = "0", .no_new_privs = true'));

# Inside of a root: a link there is one inside. Older kernels cannot tell.
my ($major, $minor) = (POSIX::uname())[2] =~ /^(\d+)\.(\d+)/;
my $openat2 = $major > 5 || ($major == 5 && $minor >= 6);
mkdir $_ for "$dir/root", "$dir/root/bin";
program('root/bin/tool', $is_elf && $loader ? $elf : "#!/bin/tool\n");
symlink '/bin/tool', "$dir/root/bin/link" or die "$dir/root/bin/link: $!";
symlink "$dir/script", "$dir/root/bin/out" or die "$dir/root/bin/out: $!";
my $root = qq{, .chroot = "$dir/root"};
push @services,
    service('outside', run_of($true, $root),
        "error: SERVICE: .run: $true does not exist inside of $dir/root"),
    service('leads-out', run_of('/bin/out', $root),
        "error: SERVICE: .run: /bin/out does not exist inside of $dir/root"),
    service('has-folder', run_of($true) . qq{, .chdir = "/bin"}),
    service('no-folder', qq{.setup = CALL(f), .chdir = "/etc"$root},
        "error: SERVICE: .chdir: /etc does not exist inside of .chroot $dir/root")
    if $openat2;
push @services,
    service('inside', run_of('/bin/link', $root),
        "error: SERVICE: .run: /bin/link needs the loader $loader, which does not exist "
            . "inside of $dir/root")
    if $openat2 && $loader;

my $text = "int f(void) { return 0; }\n" . config_of(@services) =~ s/(#include.*\n)//r;
$text = "#include <connate/config.h>\n$text";
my ($code, @found) = findings($text);
my @wanted = map { split /\n/ } @expected;
for (@wanted) { s/SERVICE/service 'all-fields'/ }
is_deeply(\@found, \@wanted, 'each program, and what is wrong with it')
    or diag(join "\n", @found);
is($code, 1, 'so there is no table');
($code, @found) = findings($text, '--no-host-checks');
is_deeply(\@found, [], 'without host checks concheck does not look');
is($code, 0, 'and there is one');

# The shell is asked to read the commands.
for (['echo "x', 1], ["if true; then echo 1; done", 1], ['echo $((', 1], ['exit 3', 0],
    ['a=1; test $a', 0], ["while :; do\n sleep 1\ndone", 0])
{
    my ($command, $wrong) = @$_;
    my $quoted = $command =~ s/(["\\])/\\$1/gr =~ s/\n/\\n/gr;
    ($code, @found) = findings(config_of(qq{SERVICE("a", .run = SHELL("$quoted")),}));
    is($code, $wrong, "SHELL: $quoted");
    is(scalar @found, $wrong, 'one finding, or none');
    like($found[0], qr{: \.run: /bin/sh does not take the command: \w}, 'which says why') if $wrong;
}
done_testing();
