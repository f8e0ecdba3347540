#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A build folder for each configuration: what is made of it, what conctl knows
# of it, and that a wrong one leaves no supervisord behind.
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

my $dir = scratch();
mkdir "$dir/build";
sub configuration {
    my ($program) = @_;
    return spew("$dir/services.c", <<"CONFIG");
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("one", .run = EXEC("$program", "1000")),
};
CONNATE(.lock_file = "$dir/lock");
CONFIG
}

sub in_build { my ($command) = @_; return run('sh', '-c', "cd $dir/build && $command") }

configuration('/bin/sleep');
my ($code, $out, $err) = in_build("$source/configure -q --with-config=../services.c && make -s");
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
configuration('/bin/cat');
($code, $out, $err) = in_build('make -s');
is($code, 0, 'mended, it is there again') or diag($out . $err);
ok(-x "$dir/build/supervisord/supervisord", 'as a program');
done_testing();
