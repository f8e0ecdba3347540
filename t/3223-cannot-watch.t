#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Where what services say cannot be waited for, that is said by the word of such a
# service, and the session goes on.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

plan skip_all => 'strace is not installed' if !grep { -x "$_/strace" } split /:/, $ENV{PATH};
my ($traceable) = run(qw(strace -o /dev/null true));
plan skip_all => 'tracing is not allowed here' if $traceable != 0;

my $dir = scratch();
my $top = $ENV{top_builddir} // "$FindBin::Bin/..";
for my $word ('READY_SD_NOTIFY', 'READY_FD') {
    my $ready       = $word eq 'READY_FD' ? 'READY_FD(3)' : $word;
    my $supervisord = supervisord(lc $word, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("speaks", .run = EXEC("/bin/sleep", "1000"), .ready = $ready, .target = DOWN),
};

CONNATE();
CONFIG
    my $log   = "$dir/$word.log";
    my $trace = fork_patiently();
    if ($trace == 0) {
        open STDERR, '>', $log or die;
        exec 'strace', '-f', '-o', '/dev/null', '-e', 'trace=epoll_create1', '-e', 'inject=epoll_create1:error=EMFILE',
            "$top/pid1/connate", '--supervisor', $supervisord
            or POSIX::_exit(127);
    }
    eventually { slurp($log) =~ /^(?:\S+ )?supervisord: cannot watch for $word: Too many open files$/m }
    "$word: that is said";
    my ($connate) = grep { comm($_) eq 'connate' } children($trace);
    wait_until { (run("$top/conctl/conctl", '-p', $connate, 'state', 'plain'))[1] =~ /^up/ } 'a service';
    is(scalar(() = slurp($log) =~ /cannot watch/g), 1, 'once, and the session goes on');
    kill 'TERM', $connate;
    waitpid $trace, 0;
    is($? >> 8, 0, 'until it ends');
}
done_testing();
