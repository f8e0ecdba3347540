#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A program without .hands_over exits with 0 and leaves a process in its group:
# the service is started again beside that. supervisord says so, once for each
# service, with the name of the process, and conctl status shows it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();

# Twice it leaves a process; then it stays.
sub leaves {
    my ($name, $code) = @_;
    return qq{SHELL("cd $dir; echo >>$name; [ \$(wc -l <$name) -gt 2 ] && exec sleep 100000;"
		" sleep 100000 & exit $code")};
}

# Its first thread ends, and another one works.
spew("$dir/threads.c", <<'C');
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static void *work(void *unused)
{
	(void)unused;
	for (;;)
		pause();
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, work, NULL);
	pthread_exit(NULL);
}
C
my ($built, undef, $why) = run($ENV{CC} // 'cc', '-pthread', '-o', "$dir/threads.run", "$dir/threads.c");
is($built, 0, 'a program without its first thread') or BAIL_OUT($why);

# As .hands_over has it, so that only the end is another.
my $s = session(supervisord => supervisord('beside', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)), .max_stop = SECONDS(50),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("beside", .run = @{[ leaves(beside => 0) ]}),
	SERVICE("failing", .run = @{[ leaves(failing => 1) ]}),
	SERVICE("handing", .hands_over = true, .run = @{[ leaves(handing => 0) ]}),
	SERVICE("done", .target = ONCE, .run = @{[ leaves(done => 0) ]}),
	SERVICE("set-up", .setup = SHELL("sleep 100000 & exit 0"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("threads", .run = @{[ leaves(threads => 0) =~ s/sleep 100000 &/.\/threads.run &/r ]}),
	SERVICE("alone", .run = @{[ leaves(alone => 0) =~ s/sleep 100000 & //r ]}),
};

CONNATE();
CONFIG

sub starts { my ($name) = @_; return slurp("$dir/$name") =~ tr/\n// }
sub hints { my ($name) = @_; return grep { /: \Q$name\E: starts again beside/ } split /\n/, $s->log }

sub left {
    my ($name) = @_;
    return ($s->ctl(status => $name))[1] =~ /^ +left: (\d+) \((?:sleep|sh|threads\.run)\).*\.hands_over/ms ? $1 : 0;
}

for my $name (qw(beside failing alone threads)) {
    eventually { starts($name) == 3 && $s->field(state => $name) eq 'up' } "$name is started three times";
}
ok($s->becomes(handing => 'up'), 'one hands over');
ok($s->becomes('set-up' => 'up'), 'one has a set-up that leaves something');
ok($s->becomes(done => 'down'), 'one is done');

my @hints = hints('beside');
is(scalar @hints, 1, 'the service that is started beside a process is named, once') or diag($s->log);
is(scalar(hints('threads')), 1, 'so is one beside a process whose first thread has ended') or diag($s->log);
my ($pid) = ($hints[0] // '') =~ /beside process (\d+) \((?:sleep|sh|threads\.run)\): a successor needs \.hands_over$/;
ok(alive($pid // 0), 'and the process, which lives');
is(scalar(hints($_)), 0, "$_: nothing is said") for qw(failing handing done set-up alone);

ok(alive(left('beside')), 'conctl status shows what is left of it');
eventually { slurp('/proc/' . left('threads') . '/stat') =~ /\) Z / } 'and without its first thread';
is(left($_), 0, "$_: nothing to show") for qw(handing alone);
my $old = $s->kill_supervisord;
wait_until { ($s->header->{supervisord} // $old) != $old } 'another supervisord';
ok(alive(left('beside')), 'also when supervisord was killed');
is($s->stop, 0, 'the session ends');
ok(!alive($pid // 0), 'with all of it');
done_testing();
