#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Commands of .started and .stop when supervisord and connate have been killed, so that
# they are children of neither: their end is noticed. As it may not be known how that of
# .started ended, it runs again.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(WNOHANG);
use Test::More;

my $dir = scratch();
my $s = session(supervisord => supervisord('started-orphan', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .max_ready = SECONDS(600), .run = EXEC("/bin/sleep", "1000"),
		.started = SHELL("echo \$\$ >>$dir/ran; while [ ! -e $dir/go ]; do sleep 0.02; done")),
	SERVICE("stops", .max_stop = SECONDS(600), .run = EXEC("/bin/sleep", "1000"),
		.stop = SHELL("echo \$\$ >$dir/stop; while [ ! -e $dir/go ]; do sleep 0.02; done")),
	SERVICE("idle", .run = EXEC("/bin/sleep", "1000")),
};

CONNATE(.lock_file = "$dir/lock");
CONFIG
ok($s->becomes(web => 'starting'), 'its command');
eventually { -s "$dir/ran" } 'runs';
ok($s->becomes(stops => 'up'), 'and another');
$s->ctl(down => 'stops');
eventually { -s "$dir/stop" } 'which is asked to stop';
my $old = $s->kill_supervisord;
eventually { my $h = $s->header; ($h->{report_pid} // 0) > 0 && $h->{supervisord} != $old } 'a child of connate';
my $heir = $s->header->{supervisord};
kill 'KILL', $s->{pid};
eventually { comm($heir) eq 'connate' } 'which is killed: supervisord becomes connate';
$s->{pid} = $heir;
eventually { ($s->header->{supervisord} // $heir) != $heir && ($s->ctl(qw(up -w idle)))[0] == 0 }
'and has another supervisord';
my ($command) = slurp("$dir/ran") =~ /^(\d+)/;
is($s->field(state => 'web'), 'starting', 'which waits for the command');
spew("$dir/go", '');
for ($command, slurp("$dir/stop") + 0) {
    my $pid = $_;
    eventually { waitpid($pid, WNOHANG) != 0 } 'a command ends';
}
ok($s->becomes(web => 'up'), 'and the service is up');
my @ran = split /\n/, slurp("$dir/ran");
ok($s->becomes(stops => 'down'), 'the other stops');
ok(@ran == 1 || @ran == 2, 'it has run once, or again');
note(scalar @ran, ' times');
kill 'TERM', $s->{pid};
eventually { waitpid(-1, WNOHANG); !alive($s->{pid}) } 'the session ends';
done_testing();
