#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What a program does to the open file that it writes or reads its log through
# (O_NONBLOCK, fcntl(2)) changes no other program's. A file with .overwrite is
# emptied once in each start. A service needs no /dev/null.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Fcntl qw(O_NONBLOCK);
use POSIX ();
use Test::More;

my $dir = scratch();
my $set = 'use Fcntl; fcntl($_, F_SETFL, O_NONBLOCK | fcntl($_, F_GETFL, 0)) or die for @fds';

# A program that makes its descriptors non-blocking, and says so.
sub nonblocking {
    my ($name, @fds) = @_;
    my $handles = join ', ', map { (qw(*STDIN *STDOUT *STDERR))[$_] } @fds;
    spew("$dir/$name.pl", "my \@fds = ($handles); $set; "
            . "open F, '>', '$dir/$name.set'; close F; sleep 100000;\n");
    return qq{"$^X", "$dir/$name.pl"};
}

# O_NONBLOCK of the open file behind that descriptor: proc(5), fdinfo.
sub blocks {
    my ($pid, $fd) = @_;
    my ($flags) = slurp("/proc/$pid/fdinfo/$fd") =~ /^flags:\s*(\d+)/m or return 'not open';
    return oct($flags) & O_NONBLOCK ? 0 : 1;
}

my $writes   = nonblocking('writes', 1, 2);
my $reads    = nonblocking('reads', 0);
my $inherits = nonblocking('inherits', 1, 2);
my $s = session(
    wrap        => [ 'sh', '-c', '{ "$@" 2>&1; } | cat', 'sh' ],
    supervisord => supervisord('log-files', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("writes", .log = LOG_TO("log"), .run = EXEC($writes)),
	SERVICE("plain", .log = LOG_TO("log"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("guarded", .log = LOG_TO("log"), .stop_all = true, .run = EXEC("/bin/sleep", "100000")),
	SERVICE("log", .run = SHELL("[ -e $dir/reads.set ] && exec cat; exec $^X $dir/reads.pl")),
	SERVICE("inherits", .run = EXEC($inherits)),
	SERVICE("beside", .run = EXEC("/bin/sleep", "100000")),
	SERVICE("fails", .log = LOG_FILE("$dir/fails", .overwrite = true),
		.retry = RETRY_NEVER,
		.setup = SHELL("echo preparing"),
		.run = SHELL("echo the reason; exit 3"),
		.cleanup = SHELL("echo cleaned")),
	SERVICE("long", .log = LOG_FILE("$dir/long", .overwrite = true),
		.run = SHELL("echo one; while [ ! -e $dir/go ]; do sleep 0.05; done;"
			" echo two; exec sleep 100000"),
		.reload = SHELL("echo reloaded")),
};

CONNATE();
CONFIG

my @up = qw(writes plain guarded log inherits beside long);
ok($s->becomes($_ => 'up'), "$_ is up") for @up;
eventually { -e "$dir/$_.set" } "$_: O_NONBLOCK is set" for qw(writes reads inherits);
my %pid = map { $_ => $s->field(pid => $_) } @up;
is(blocks($pid{writes}, 1), 0, 'a writer does not block');
is(blocks($pid{$_}, 1), 1, "another writer does: $_") for qw(plain guarded);
is(blocks($pid{log}, 0), 0, 'the logger does not block');
is(($s->ctl(qw(restart -w -t 60 log)))[0], 0, 'it is started again');
is(blocks($s->field(pid => 'log'), 0), 1,  'its successor blocks');
is(blocks($pid{inherits}, $_), 0, "LOG_INHERIT: descriptor $_ does not block") for 1, 2;
is(blocks($pid{beside}, $_), 1, "another one's descriptor $_ does") for 1, 2;
is(blocks($s->{pid}, $_), 1, "and that of connate") for 1, 2;

is($s->field(state => 'fails'), 'failed', 'one has failed');
eventually { slurp("$dir/fails") eq "preparing\nthe reason\ncleaned\n" } 'its log has all of the attempt';
is(($s->ctl(qw(reload long)))[0], 0, 'one is reloaded');
spew("$dir/go", '');
eventually { slurp("$dir/long") eq "one\nreloaded\ntwo\n" } 'its log has what it wrote before, and after';
is(($s->ctl(qw(restart -w -t 60 long)))[0], 0, 'it is started again');
eventually { slurp("$dir/long") eq "one\ntwo\n" } 'its log begins anew';
is($s->stop, 0, 'it ends');

# 40 log files that hang at open: FIFOs without a reader.
my @hung = map { "hung$_" } 1 .. 40;
POSIX::mkfifo("$dir/$_.log", 0600) or die "$_: $!" for @hung;
my $sleep = '.run = EXEC("/bin/sleep", "100000")';
my $hung  = join '', map { qq{	SERVICE("$_", .log = LOG_FILE("$dir/$_.log"), $sleep),\n} } @hung;
my $h = session(supervisord => supervisord('hung', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .max_ready = FOREVER, .retry = RETRY_NEVER, .max_stop = SECONDS(60),
#include <connate/config.h>

static const struct service services[] = {
$hung	SERVICE("plain", .run = EXEC("/bin/sleep", "100000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "100000")),
	SERVICE("missing", .run = EXEC("$dir/no-such-program")),
	SERVICE("asked", .run = EXEC("/bin/sleep", "100000"),
		.stop = SHELL("echo asked >$dir/asked; kill -KILL \$CONNATE_MAIN"),
		.cleanup = SHELL("echo cleaned >>$dir/asked")),
};

CONNATE();
CONFIG
$h->ctl(up => @hung);
wait_until { 32 <= grep { $h->records->{$_}{pid} > 0 } @hung } 'as many children as there are places';
my @others = qw(plain guarded asked);
sub others_work {
    my ($when) = @_;
    unlink "$dir/asked";
    $h->ctl(up => @others);
    ok($h->becomes($_ => 'up'), "$when: $_ is up") for @others;
    $h->ctl(up => 'missing');
    ok($h->becomes(missing => 'failed'), 'a program that is missing has failed');
    like(($h->ctl(status => 'missing'))[1], qr/No such file/, 'which is said');
    $h->ctl(down => @others, 'missing');
    ok($h->becomes($_ => 'down'), "$_ is down") for @others, 'missing';
    is(slurp("$dir/asked"), "asked\ncleaned\n", 'by its command, and cleaned up');
    return;
}
others_work('all places are taken');
is(scalar(grep { $h->field(state => $_) eq 'starting' } @hung), 40, 'those that hang wait');
open my $reader, '+<', "$dir/hung40.log" or die;
ok($h->becomes(hung40 => 'up'), 'one that has been opened is up');
is($h->field(state => 'hung39'), 'starting', 'the next one is not');
$h->kill_supervisord;
$h->wait_ready;
others_work('supervisord was killed');
$h->ctl(down => @hung);
ok($h->becomes($_ => 'down'), "$_ stops") for @hung;
is($h->stop, 0, 'it ends');

SKIP: {
    skip 'a user may mount nothing', 8 if $> != 0;
    my $n = session(
        wrap => [ qw(unshare --mount --propagation private sh -c),
            'mount -t tmpfs -o nodev,mode=755 none /dev && mknod -m 666 /dev/null c 1 3 && exec "$@"', 'sh' ],
        supervisord => supervisord('no-null', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("quiet", .log = LOG_NONE,
		.run = SHELL("echo unheard; touch $dir/quiet; exec sleep 100000")),
	SERVICE("reader", .run = SHELL("read line && exit 1; exec sleep 100000")),
};

CONNATE();
CONFIG
    ok($n->becomes($_ => 'up'), "/dev/null cannot be opened: $_ is up") for qw(quiet reader);
    eventually { -e "$dir/quiet" } 'what it writes to LOG_NONE does not end it';
    my $quiet = $n->field(pid => 'quiet');
    like(readlink "/proc/$quiet/fd/$_", qr/^pipe:/, "its descriptor $_ is open") for 0, 1, 2;
    unlike($n->log, qr/unheard/, 'and nothing of it is seen');
    is($n->stop, 0, 'it ends');
}
done_testing();
