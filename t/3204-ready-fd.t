#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# READY_FD: a newline on a descriptor; and .primary, whose end ends everything.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();

# Writes `what` to descriptor n once the file exists.
sub speaker {
    my ($name, $n, $what) = @_;
    return qq{.ready = READY_FD($n), .run = EXEC("/usr/bin/perl", "-e",
		"select undef, undef, undef, 0.01 while !-e '$dir/$name.go';"
		"open my \$o, '>&=', $n or die; syswrite \$o, qq{$what};"
		"open my \$f, '>', '$dir/$name.said'; close \$f;"
		"sleep 1000")};
}

my $s = session(
    supervisord => supervisord('ready', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .max_ready = SECONDS(50), \\
	.retry = RETRY_NEVER,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("three", @{[ speaker('three', 3, '\\\\n') ]}),
	SERVICE("words", @{[ speaker('words', 4, 'ready!\\\\nmore\\\\n') ]}),
	SERVICE("hundred", @{[ speaker('hundred', 100, '\\\\n') ]}),
	SERVICE("own", @{[ speaker('own', 127, '\\\\n') ]}),
	SERVICE("mute", @{[ speaker('mute', 3, 'no newline') ]},
		.max_ready = MILLISECONDS(400)),
	SERVICE("silent", .ready = READY_FD(3), .run = EXEC("/bin/sleep", "1000"),
		.max_ready = MILLISECONDS(100)),
	SERVICE("after", .needs = LIST("three"), .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG

sub go { my ($name) = @_; return spew("$dir/$name.go", '') }

$s->ctl(up => 'after');
ok($s->becomes('three', 'starting'), 'it is not up before it says so');
is($s->field(state => 'after'), 'waiting-to-start', 'nor does what needs it start');
go('three');
ok($s->becomes('three', 'up'), 'a newline makes it up');
ok($s->becomes('after', 'up'), 'and what needs it starts');

for my $name (qw(words hundred own)) {
    $s->ctl(up => $name);
    ok($s->becomes($name, 'starting'), "$name starts");
    go($name);
    ok($s->becomes($name, 'up'), "$name is up");
}
$s->ctl(up => 'mute');
go('mute');
ok($s->becomes('mute', 'failed'), 'without a newline it is not ready');
$s->ctl(up => 'silent');
ok($s->becomes('silent', 'failed'), 'nor if it says nothing');

# Readiness before a restart does not count after it.
unlink "$dir/words.go";
$s->ctl(restart => 'words');
ok($s->becomes('words', 'starting'), 'it is started again');
go('words');
ok($s->becomes('words', 'up'), 'and up when it says so again');

# A newline while there is no supervisord.
for my $round (1 .. 20) {
    unlink "$dir/three.go", "$dir/three.said";
    $s->ctl(restart => 'three');
    $s->becomes('three', 'starting');
    my $pid = $s->header->{supervisord};
    freeze($pid);
    go('three');
    wait_until { -e "$dir/three.said" } 'the newline';
    kill 'KILL', $pid;
    last if !$s->becomes('three', 'up');
}
is($s->field(state => 'three'), 'up',
    'what is said to a supervisord that is killed is heard by the next');
my %fds = map { $_ => 1 } glob "/proc/" . $s->field(pid => 'three') . "/fd/*";
is(scalar(grep { m{/1\d\d$} } keys %fds), 0, 'it has none of our descriptors');
is($s->stop, 0, 'SIGTERM ends it with 0');

# The primary
sub primary {
    my ($name, $fields) = @_;
    my $p = session(
        supervisord => supervisord($name, <<"CONFIG"), no_wait => 1);
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("helper", .run = EXEC("/bin/sleep", "1000"),
		.cleanup = SHELL("echo >$dir/$name.cleaned")),
	SERVICE("main", .primary = true, .needs = LIST("helper"), $fields),
};
CONNATE();
CONFIG
    my $status = ended_by($p->{child});
    delete $p->{child};
    ok(-e "$dir/$name.cleaned", "$name: all has been stopped in order");
    return $status;
}

is(primary('done', '.target = ONCE, .run = SHELL("exit 0")') >> 8, 0,
    'a primary that has done its work ends all with 0');
is(primary('code', '.retry = RETRY_NEVER, .run = SHELL("exit 42")') >> 8, 42,
    'one that fails, with its exit code');
is(primary('signal', '.retry = RETRY_NEVER, .run = SHELL("kill -KILL $$")') >> 8, 137,
    'or 128 and the signal');
is(primary('missing', '.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 3),'
        . ' .run = SHELL("exit 5")') >> 8,
    5, 'when all attempts are used up');

done_testing;
