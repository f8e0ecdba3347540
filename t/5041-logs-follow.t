#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl logs -f: each line once and in order, over turns, kills of the logger and of
# supervisord, and an upgrade; from files and from memory; it ends with its reader.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(sleep);

use constant LINES => 600;

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
my $conctl = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/conctl/conctl';
mkdir "$dir/each";

spew("$dir/talks", <<"SHELL");
while [ ! -e $dir/go ]; do sleep 0.05; done
i=0
while [ \$i -lt @{[LINES]} ]; do i=\$((i+1)); echo line \$i; [ \$((i % 20)) = 0 ] && sleep 0.05; done
exec sleep 1000
SHELL

sub image {
    my ($name, $more) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
	$more
	SERVICE("filed", .log = LOG_TO("each"), .run = EXEC("/bin/sh", "$dir/talks")),
	SERVICE("kept", .log = LOG_TO("ring"), .run = EXEC("/bin/sh", "$dir/talks")),
	SERVICE("each", .reads = EACH, .ready = READY_SD_NOTIFY,
		.run = EXEC("$log", "--each", "$dir/each", "--max-size", "4K", "--memory", "$dir/m1")),
	SERVICE("ring", .reads = EACH, .ready = READY_SD_NOTIFY, .fd_store = 1, .log = LOG_NONE,
		.run = EXEC("$log", "--ring", "32K", "--memory", "$dir/m2")),
};

CONNATE();
CONFIG
}

my @images = (image('one', ''),
    image('two', 'SERVICE("new", .log = LOG_TO("each"), .run = EXEC("/bin/sleep", "1000")),'));
my $s = session(supervisord => $images[0]);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(each ring filed kept);

sub follow {
    my ($to, @words) = @_;
    my $pid = fork_patiently();
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $to;
        open STDERR, '>', "$to.err";
        exec $conctl, '-p', $s->{pid}, 'logs', '-f', '-n', 10000, @words or POSIX::_exit(127);
    }
    return $pid;
}

my @follower = (follow("$dir/filed", 'filed'), follow("$dir/kept", 'kept'), follow("$dir/both", 'filed', 'kept'));
spew("$dir/go", '');
my ($round, $upgraded) = (0, 0);
wait_until {
    $round++;
    for my $name (qw(each ring)) {
        my $pid = $s->records->{$name}{pid} // 0;
        kill 'KILL', $pid if $pid > 0 && $round % 3 == 0;
    }
    $s->kill_supervisord if $round % 5 == 0;
    $upgraded ||= ($s->ctl('exec', $images[1]))[0] == 0 if $round > 4;
    sleep 0.05;
    return $upgraded && slurp("$dir/each/filed.log") =~ / line @{[LINES]}$/m;
}
'all to be said';

sub numbers { my ($file, $name) = @_; return join ' ', slurp($file) =~ /^\S{26}Z $name: line (\d+)$/mg }
my $all = join ' ', 1 .. LINES;
for my $name (qw(filed kept)) {
    eventually { numbers("$dir/$name", $name) eq $all } "$name: each line once, in order"
        or diag(numbers("$dir/$name", $name), slurp("$dir/$name.err"));
    eventually { numbers("$dir/both", $name) eq $all } "$name: also beside the other one"
        or diag(numbers("$dir/both", $name), slurp("$dir/both.err"));
}
cmp_ok(scalar(() = glob "$dir/each/filed.log.*"), '>', 3, 'files were turned meanwhile');
is(slurp("$dir/$_.err"), '', "$_: nothing else is said") for qw(filed kept both);

# It does not wake up while nothing is said.
sub switches { my ($pid) = @_; return (slurp("/proc/$pid/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m)[0] }
wait_until { my $n = switches($follower[0]); sleep 1.2; switches($follower[0]) == $n } 'nothing to be said';
my $before = switches($follower[0]);
sleep 2;
is(switches($follower[0]), $before, 'it sleeps while nothing is said');
kill 'TERM', $_ for @follower;
waitpid $_, 0 for @follower;

# Its reader goes.
pipe my $in, my $out or die;
my $pid = fork_patiently();
if ($pid == 0) {
    open STDOUT, '>&', $out;
    close $in;
    exec $conctl, '-p', $s->{pid}, 'logs', '-f', '-n', 3, 'kept' or POSIX::_exit(127);
}
close $out;
my @last = map { scalar readline $in } 1 .. 3;
is(join('|', map { s/^\S+ (.*)\n/$1/r } @last), join('|', map { "kept: line $_" } LINES - 2 .. LINES), '-n with -f');
close $in;
eventually { waitpid($pid, POSIX::WNOHANG()) == $pid } 'it ends with its reader';
is($s->stop, 0, 'all ends');
done_testing();
