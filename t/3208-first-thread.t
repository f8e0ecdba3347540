#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A process whose first thread has ended (pthread_exit(3) in main) is a zombie by
# /proc, and works: a daemon is up, a tree is ended politely and wholly, with a guard
# and without, and no death makes it run twice.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
spew("$dir/threads.c", <<'C');
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char **words;

static void note(const char *what)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.%s", words[3], words[1], what);
	file = fopen(path, "a");
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
}

/* Ends with 0 by SIGTERM. */
static void *work(void *unused)
{
	sigset_t term;
	int got;

	(void)unused;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	note("pid");
	while (sigwait(&term, &got) != 0)
		continue;
	note("bye");
	_exit(0);
}

/* By /proc. */
static int is_zombie(int pid)
{
	char path[64], stat[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file == NULL || fgets(stat, sizeof(stat), file) == NULL)
		return 1;
	fclose(file);
	return strstr(stat, ") Z ") != NULL;
}

/* NAME plain|away|daemon FOLDER. A daemon's first process ends once the first
 * thread of the second one has. */
int main(int count, char **given)
{
	pthread_t other;
	sigset_t term;
	int child;

	words = given;
	if (count != 4)
		return 2;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (strcmp(words[2], "daemon") == 0 && (child = fork()) > 0) {
		while (!is_zombie(child))
			usleep(1000);
		return 0;
	}
	if (strcmp(words[2], "plain") != 0)
		setsid();
	if (pthread_create(&other, NULL, work, NULL) != 0)
		return 3;
	pthread_exit(NULL);
}
C
my ($failed, undef, $why) = run(split(' ', $ENV{CC} // 'cc'), '-pthread', '-o', "$dir/threads", "$dir/threads.c");
plan skip_all => "no program with threads can be made: $why" if $failed;

sub noted { my ($what) = @_; my @all = -e "$dir/$what" ? split ' ', slurp("$dir/$what") : (); return @all }

my $image = supervisord('first-thread', <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)), .max_stop = SECONDS(50),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("plain", .run = EXEC("$dir/threads", "plain", "plain", "$dir")),
	SERVICE("daemon", .run = EXEC("$dir/threads", "daemon", "daemon", "$dir"),
		.ready = READY_DAEMONIZE),
	SERVICE("tree", .stop_all = true,
		.run = SHELL("$dir/threads tree away $dir & exec sleep 1000")),
};

CONNATE(.lock_file = "$dir/lock");
CONFIG
my $s    = session(supervisord => $image);
my @both = qw(plain daemon);
my @all  = (@both, 'tree');

# Its only process, by what it has noted, once the first thread has ended.
sub ends_first_ok {
    my ($name) = @_;
    eventually { noted("$name.pid") > 0 && slurp('/proc/' . (noted("$name.pid"))[-1] . '/stat') =~ /\) Z / }
    "the first thread of $name ends";
}

sub kept_ok {
    my ($how) = @_;
    is($s->field(state => $_), 'up', "$how: $_ is up") for @all;
    is(join(' ', noted("$_.pid")), $s->field(pid => $_), "$how: $_ was started once") for @both;
}
ends_first_ok($_) for @all;
ok($s->becomes($_ => 'up'), "$_ comes up") for @all;
kept_ok('at first');

my $old = $s->kill_supervisord;
eventually { my $h = $s->header; ($h->{report_pid} // 0) > 0 && $h->{supervisord} != $old } 'a successor';

kept_ok('supervisord killed');

my ($in_tree) = noted('tree.pid');
is(($s->ctl(qw(down -w -t 60 tree)))[0], 0, 'the tree is stopped');
is(join(' ', noted('tree.bye')), $in_tree, 'its process has got SIGTERM');
eventually { !alive($in_tree) } 'and is gone';
is(($s->ctl(qw(up -w -t 60 tree)))[0], 0, 'the tree once more');
eventually { noted('tree.pid') > 1 } 'its process is there';
ends_first_ok('tree');
kill 'KILL', $s->records->{tree}{pid};
is(($s->ctl(qw(down -w -t 60 tree)))[0], 0, 'the tree is stopped, after the death of its guard');
eventually { !alive((noted('tree.pid'))[-1]) } 'its process is gone, too';
is(($s->ctl(qw(up -w -t 60 tree)))[0], 0, 'the tree again');

# The order matters: the one that is left would succeed the other.
$old = $s->header->{supervisord};
kill 'STOP', $old;
kill 'KILL', $s->{pid}, $old;
eventually { !alive($s->{pid}) && !alive($old) } 'connate and supervisord are killed';
my %pid = map { $_ => (noted("$_.pid"))[-1] } @both;
ok(alive($pid{$_}), "$_ goes on") for @both;
$s = session(supervisord => $image);
ok($s->becomes($_ => 'up'), "a new session: $_ is up") for @both;
kept_ok('a new session');
is(($s->ctl(qw(down -w -t 60), @both))[0], 0, 'both are stopped');
is(join(' ', noted("$_.bye")), $pid{$_}, "$_ has got SIGTERM") for @both;
$s->stop;
done_testing();
