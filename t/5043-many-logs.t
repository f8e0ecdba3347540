#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl logs of several hundred services, each with a file of its own and in memory: more
# files than the soft limit allows to be open, some of them turned.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

use constant MANY => 400;

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
my $conctl = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/conctl/conctl';
mkdir "$dir/each";

my $services = join '', map {
    qq{SERVICE("s$_", .log = LOG_TO("log"), .run = SHELL("echo one of $_; echo two of $_; exec sleep 1000")),\n}
} 1 .. MANY;
my $s = session(supervisord => supervisord('many', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
$services
	SERVICE("log", .reads = EACH, .ready = READY_SD_NOTIFY, .fd_store = 1,
		.run = EXEC("$log", "--each", "$dir/each", "--ring", "4K")),
};

CONNATE();
CONFIG
eventually { MANY == grep { /two/ } map { slurp($_) } glob "$dir/each/*.log" } 'all have said something';

# One of them has turned files.
my $first = (split / /, slurp("$dir/each/s7.log"))[0];
rename "$dir/each/s7.log", "$dir/each/s7.log.20990101T000000.000000Z";

sub logs {
    my (@words) = @_;
    return run('/bin/sh', '-c', 'ulimit -S -n 100; exec "$@"', 'sh', $conctl, '-p', $s->{pid}, 'logs', @words);
}
my ($code, $out, $err) = logs();
is("$code$err", '0', 'all of them');
my @lines = split /\n/, $out;
is(scalar(@lines), 2 * MANY, 'each line once');
my @times = map { (split / /)[0] } @lines;
is("@times", "@{[sort @times]}", 'in the order of time');
my %lines = map { s/^\S+ //r => 1 } @lines;
is(scalar(grep { !$lines{"s$_: one of $_"} || !$lines{"s$_: two of $_"} } 1 .. MANY), 0, 'and all lines');
is((logs('-n', 10))[1], join('', map { "$_\n" } @lines[ -10 .. -1 ]), 'the last ten of all');
is((logs('s7'))[1] =~ s/^\S+ //mgr, "s7: one of 7\ns7: two of 7\n", 'from a turned file');
is((logs('--since', $first))[0], 0, 'since a line of it');
is($s->stop, 0, 'it ends');
done_testing();
