#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A storm with services that are not what they seem: their first thread has
# ended, the program that was started is a wrapper, or has handed over to a child;
# they write to a logger by a descriptor that does not block; or their log file
# hangs at open. supervisord is killed all the time, they and the logger are
# restarted. Nothing runs twice, no exit is lost, no line is lost or doubled.
#
# CONNATE_ODD_KILLS: how many kills (default 300). CONNATE_ODD_SEED: repeats a run.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(mkfifo);
use Test::More;
use Time::HiRes qw(usleep);

my $kills = $ENV{CONNATE_ODD_KILLS} // 300;
my $seed  = $ENV{CONNATE_ODD_SEED}  // time ^ $$;
my $dir   = scratch();
srand $seed;
POSIX::nice(10);    # what is tested beside it has limits of time
diag("CONNATE_ODD_SEED=$seed, $kills kills");

# odd DIR NAME KIND: each process that works as the service holds a lock, until it
# ends; the next one must find it free.
spew("$dir/odd.c", <<'C');
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char *dir, *name, *kind;

static int open_at(const char *what, const char *of)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s%s", dir, what, of);
	return open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
}

static void note(const char *what, const char *of, const char *text)
{
	int fd = open_at(what, of);

	if (write(fd, text, strlen(text)) < 0)
		_exit(99);
	close(fd);
}

static int storms(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/storm", dir);
	return access(path, F_OK) == 0;
}

static void say(const char *line)
{
	struct pollfd room = { 1, POLLOUT, 0 };

	while (write(1, line, strlen(line)) < 0) {
		if (errno != EAGAIN || strcmp(kind, "hasty") != 0)
			note("failed", "", name);
		poll(&room, 1, 1000);
	}
}

static void write_lines(void)
{
	char line[64];

	if (strcmp(kind, "hasty") == 0)
		fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
	for (int k = 1; storms(); k++) {
		snprintf(line, sizeof(line), "%s %d\n", name, k);
		say(line);
		usleep(3000);
	}
	snprintf(line, sizeof(line), "%s end\n", name);
	say(line);
}

static void hand_over(void)
{
	while (storms()) {
		usleep(20000);
		if (fork() > 0)
			_exit(0);
		note("over.", name, "x");
	}
}

static void end_slowly(int signal)
{
	(void)signal;
	usleep(20000);
	_exit(0);
}

static void *work(void *unused)
{
	(void)unused;
	if (strcmp(kind, "thread") == 0 && storms()) {
		usleep(5000);
		_exit(1);
	}
	if (strcmp(kind, "writer") == 0 || strcmp(kind, "hasty") == 0)
		write_lines();
	if (strcmp(kind, "over") == 0)
		hand_over();
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 4)
		return 99;
	dir = argv[1], name = argv[2], kind = argv[3];
	note("runs.", name, "x");
	if (flock(open_at("lock.", name), LOCK_EX | LOCK_NB) < 0)
		note("twice", "", name);
	if (strcmp(kind, "slow") == 0)
		signal(SIGTERM, end_slowly);
	if (strcmp(kind, "over") == 0)
		work(NULL);
	pthread_create(&thread, NULL, work, NULL);
	pthread_exit(NULL);
}
C
my ($built, undef, $why) = run($ENV{CC} // 'cc', '-O1', '-pthread', '-o', "$dir/odd", "$dir/odd.c");
is($built, 0, 'the program') or BAIL_OUT($why);

# It ends by SIGTERM, after what it has read was written.
spew("$dir/log.pl", <<'PERL');
my ($path, $end) = @ARGV;
$SIG{TERM} = sub { $end = 1 };
open my $out, '>>', $path or die;
while (!$end) {
    my $got = sysread STDIN, my $bytes, 4096;
    last if defined $got && $got == 0;
    syswrite $out, $bytes if $got;
}
PERL

my @flapping = map { "thread-$_" } 1 .. 2;
my @writers  = (map({ "hasty-$_" } 1 .. 2), 'writer');
my @over     = map { "over-$_" } 1 .. 2;
my @wrapped  = map { "wrapped-$_" } 1 .. 2;
my @hung     = map { "hung-$_" } 1 .. 3;

sub row {
    my ($name, $kind, $words) = @_;
    return qq{\tSERVICE("$name", .run = EXEC("$dir/odd", "$dir", "$name", "$kind")$words),\n};
}
my $rows = join '', (map { row($_, 'thread', '') } @flapping), row('guarded', 'thread', ', .stop_all = true'),
    row('first', 'steady', ''),
    (map { row($_, /^hasty/ ? 'hasty' : 'writer', ', .log = LOG_TO("log")') } @writers),
    (map { row($_, 'over', ', .hands_over = true') } @over),
    (map { row($_, 'steady', qq{, .log = LOG_FILE("$dir/fifo.$_"), .max_ready = SECONDS(1000)}) } @hung),
    map { qq{\tSERVICE("$_", .run = SHELL("$dir/odd $dir $_ slow & exec sleep 100000")),\n} } @wrapped;
mkfifo("$dir/fifo.$_", 0600) or die for @hung;
spew("$dir/storm", '');
my $s = session(supervisord => supervisord('odd', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(2)), .max_stop = SECONDS(50),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("log", .run = EXEC("$^X", "$dir/log.pl", "$dir/log")),
$rows
};

CONNATE();
CONFIG

my @steady = ('first', @writers);
ok($s->becomes($_ => 'up'), "$_ is up") for @steady, @over, @wrapped, 'log';
my %pid = map { $_ => $s->records->{$_}{pid} } @steady;

# The wrapped ones are restarted as a user would, the logger is told to end.
my $driver = fork_patiently();
if ($driver == 0) {
    while (-e "$dir/storm") {
        restarted(sub { $s->ctl(@_) }, $wrapped[ rand @wrapped ]);
        $s->ctl(qw(signal TERM log));
    }
    POSIX::_exit(0);
}
for (my $done = 0; $done < $kills;) {
    usleep(rand 6000);
    $done++ if $s->kill_supervisord;
}
eventually { slurp("$dir/over.$_") ne '' } "$_ has handed over" for @over;
unlink "$dir/storm";
waitpid $driver, 0;

my @fine = (@steady, @flapping, @over, @wrapped, 'guarded', 'log');
ok($s->becomes($_ => 'up'), "$_ is up again") for @fine;
my %waits = map { $_ => $s->records->{$_}{pid} } @hung;
isnt(comm($waits{$_}), 'odd', "$_ hangs at its log") for @hung;
is($s->field(state => $_), 'starting', "$_ is not up yet") for @hung;
my @read = map { open my $in, '+<', "$dir/fifo.$_" or die; $in } @hung;
for my $name (@hung) {
    eventually { comm($waits{$name}) eq 'odd' && $s->field(state => $name) eq 'up' }
    "$name is up when its log can be opened";
}
my $records = $s->records;
is($records->{$_}{pid}, $waits{$_}, "$_: its only process") for @hung;
is($records->{$_}{pid}, $pid{$_}, "$_ never noticed") for @steady;
is($records->{$_}{exits}, 0, "$_ has no exit") for @steady, @over, @hung;
is(slurp("$dir/twice"), '', 'nothing ran twice at a time');
for my $name (@flapping, 'guarded') {
    my $runs = length slurp("$dir/runs.$name");
    is($records->{$name}{exits} + 1, $runs, "$name: each of $runs runs but the last was counted once");
}

# The processes under this connate, against the ledger.
my %known = map { $records->{$_}{pid} => $_ } keys %$records;
my $sup   = $s->header->{supervisord};
is_deeply(
    [ sort map { $known{$_} // "unknown $_ (" . comm($_) . ')' }
            grep { $_ != $sup } map { children($_) } $s->{pid}, $sup ],
    [ sort keys %$records ],
    'each service has exactly one process, and nothing else runs'
);

eventually { slurp("$dir/log") =~ /^$_ end$/m } "$_: its last line arrives" for @writers;
my $log = slurp("$dir/log");
for my $name (@writers) {
    my @lines = $log =~ /^$name (\d+)$/mg;
    is_deeply(\@lines, [ 1 .. @lines ], "$name: each of " . @lines . ' lines arrived, once, in order');
}
is(slurp("$dir/failed"), '', 'no write failed');
is($s->stop, 0, 'it ends');
diag($s->log) if !Test::More->builder->is_passing;
done_testing();
