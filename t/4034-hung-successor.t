#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A program that is still on its way to exec when supervisord is killed, since its
# log file hangs at open, or that of .errors, which prepare opens: the successor
# does not take it for up, and what needs it does not start before.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(mkfifo);
use Test::More;

my $dir = scratch();
mkfifo("$dir/$_", 0600) or die for qw(fifo file);
my $s = session(supervisord => supervisord('hung', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .max_stop = SECONDS(50), .max_ready = SECONDS(1000),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("hung", .run = EXEC("/bin/sleep", "100000"), .log = LOG_FILE("$dir/fifo")),
	SERVICE("prepared", .run = EXEC("/bin/sleep", "100000"), .errors = LOG_FILE("$dir/file")),
	SERVICE("needs", .needs = LIST("hung"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("other", .target = DOWN, .run = EXEC("/bin/sleep", "100000")),
};

CONNATE();
CONFIG

my @waiting = qw(hung prepared);

# Another service is up by the supervisord that runs now, which has looked at all.
sub wait_as_before_ok {
    my ($how) = @_;
    is(($s->ctl(qw(restart -w -t 60 other)))[0], 0, "$how: another service starts");
    is($s->field(state => $_), 'starting', "$how: $_ does not run yet") for @waiting;
    is($s->field(state => 'needs'), 'waiting-to-start', "$how: and what needs it waits");
}

wait_until { $s->records->{$_}{pid} > 0 } "a process of $_" for @waiting;
wait_as_before_ok('at first');
my %pid = map { $_ => $s->records->{$_}{pid} } @waiting;
for my $how ('supervisord is killed', 'once more') {
    my $old = $s->kill_supervisord;
    wait_until { my $h = $s->header; ($h->{report_pid} // 0) > 0 && $h->{supervisord} != $old } 'a successor';
    wait_as_before_ok($how);
}
open my $in, '+<', "$dir/fifo" or die;
open my $errors, "+<", "$dir/file" or die;
ok($s->becomes($_ => 'up'), "$_ is up when it runs") for @waiting, 'needs';
is($s->records->{$_}{pid}, $pid{$_}, "$_: its first process") for @waiting;
is($s->stop, 0, 'the session ends');
done_testing();
