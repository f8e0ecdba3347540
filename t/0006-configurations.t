#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A build folder for each configuration: its programs, what conctl knows
# of it, and that a wrong one leaves no supervisord behind. Then the examples.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $source = abs_path($ENV{top_srcdir} // "$FindBin::Bin/..");
plan skip_all => "$source is configured in place: use a build folder"
    if -e "$source/config.status";
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE MAKEFLAGS MFLAGS MAKELEVEL)};

my $dir   = scratch();
my $build = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
mkdir "$dir/build";
sub configuration {
    my ($program, $lock) = @_;
    $lock //= "$dir/lock";
    return spew("$dir/services.c", <<"CONFIG");
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("one", .run = EXEC("$program", "1000")),
};
CONNATE(.lock_file = "$lock");
CONFIG
}

sub in_build { my ($command) = @_; return run('sh', '-c', "cd $dir/build && $command") }

configuration('/bin/sleep');
my ($code, $out, $err) = in_build("$source/configure -q --with-config=../services.c CFLAGS=-O0 && make -s");
is($code, 0, 'a configuration of its own') or diag($out . $err);
{
    my $s = session(supervisord => "$dir/build/supervisord/supervisord");
    ok($s->becomes(one => 'up'), 'it is what supervisord runs');
    is((run("$dir/build/conctl/conctl", 'list'))[1], "one\n",
        'conctl finds it by the configured lock file');
    is($s->stop, 0, 'it ends');
    ($code, $out, $err) = run("$dir/build/conctl/conctl", 'list');
    is($code, 4, 'and then there is none');
    like($err, qr{\Q$dir\E/lock}, 'which is said of that lock file');
}

configuration('/nonexistent');
($code, $out, $err) = in_build('make -s');
isnt($code, 0, 'a wrong configuration');
like($err, qr{services\.c:3: error: service 'one': \.run: /nonexistent does not exist},
    'is said, with file and line');
ok(!-e "$dir/build/supervisord/supervisord", 'and leaves no supervisord');
configuration('/bin/cat', '$RUNTIME_0/lock');
($code, $out, $err) = in_build('make -s');
is($code, 0, 'mended, it is there again') or diag($out . $err);
ok(-x "$dir/build/supervisord/supervisord", 'as a program');

# Its lock file is where the environment says.
for my $where (qw(here there)) {
    mkdir "$dir/$where";
    local $ENV{RUNTIME_0} = "$dir/$where";
    my $s = session(supervisord => "$dir/build/supervisord/supervisord");
    ok(-e "$dir/$where/lock", "a lock file in the environment: it is $where");
    is((run("$dir/build/conctl/conctl", 'list'))[1], "one\n", 'where conctl finds it');
    my ($code, undef, $err) = run("$build/pid1/connate", '--supervisor', "$dir/build/supervisord/supervisord");
    is($code, 1, 'and is held');
    like($err, qr{^connate: cannot lock \Q$dir/$where/lock\E: it is held by process $s->{pid} }, 'which is said');
    is($s->stop, 0, 'it ends');
}
for my $value (undef, '', 'relative', '/' . 'long/' x 1000) {
    local $ENV{RUNTIME_0} = $value;
    delete $ENV{RUNTIME_0} if !defined $value;
    my ($code, undef, $err) = run("$build/pid1/connate", '--supervisor', "$dir/build/supervisord/supervisord");
    is($code, 1, 'without a place for it there is no session');
    like($err, qr{^supervisord: there can be no lock file \$RUNTIME_0/lock: it}, 'which is said');
    ($code, undef, $err) = run("$dir/build/conctl/conctl", 'list');
    is($code, 4, 'nor does conctl find one');
    like($err, qr{\$RUNTIME_0/lock}, 'which is said');
    is(scalar(() = $err =~ /\n/g), 1, 'in one line');
}

# The examples are built without a message, with numbers for the users that they name;
# the files that they name exist where their packages are, but for a program of the
# user's own, and those of an installation of ours.
my $own   = qr{(?:/srv/app/serve|/usr/libexec/connate/\w+) does not exist$};
for my $example (glob "$source/config/example-*.c") {
    my ($name) = $example =~ m{([^/]+)$};
    my @build = ("$build/config/supervisord-for", $example, "$dir/example");
    my $numbered = spew("$dir/numbered.c",
        slurp($example) =~ s/\.user = "[a-z][\w-]*"/.user = "33", .group = "33"/gr);
    ($code, $out, $err) = run($build[0], '--no-host-checks', $numbered, $build[2]);
    is("$code$out$err", 0, "$name is built");
    (undef, $out, $err) = run(@build);
    my @findings = grep { !/$own/ } split /\n/, $out . $err;
    my @lacks = grep { m{^/} && !-e } map { /(\S+) does not exist$/ } @findings;
SKIP: {
        skip "$name: there is no @lacks", 1 if @lacks;
        is(join("\n", @findings), '', "$name fits this machine");
    }
}
done_testing();
