#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Retries: how often, after how long, when no more, and the messages about them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use List::Util qw(min max);
use Test::More;

my $dir = scratch();

# Each run of a program adds the time to a file of its own, then does the rest.
sub run_of {
    my ($name, $then) = @_;
    return qq{.run = SHELL("date +%s.%N >>$dir/$name; $then")};
}

sub service {
    my ($name, $then, @fields) = @_;
    return "\tSERVICE(\"$name\", " . run_of($name, $then) .
        join('', map { ",\n\t\t$_" } @fields) . "),\n";
}

my $services = join '',
    service('never', 'exit 1', '.retry = RETRY_NEVER'),
    service('never-ok', 'exit 0', '.retry = RETRY_NEVER'),
    service('never-killed', 'kill -9 $$', '.retry = RETRY_NEVER'),
    service('fixed', 'exit 1',
    '.retry = RETRY_FIXED(.after = MILLISECONDS(150), .attempts = 4)'),
    service('doubling', 'exit 1',
    '.retry = RETRY_DOUBLING(.after = MILLISECONDS(50),' .
        ' .max = MILLISECONDS(200), .attempts = 11)'),
    service('one', 'exit 1', '.retry = RETRY_FIXED(.attempts = 1)'),
    service('unlimited', 'exit 1',
    '.retry = RETRY_FIXED(.after = MILLISECONDS(1))'),
    service('zero', 'exit 0',
    '.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 3)'),
    service('done', "[ -e $dir/done.go ]",
    '.retry = RETRY_FIXED(.after = MILLISECONDS(20),' .
        ' .on_failure_only = true)'),
    service('done-with-end', 'exit 0', ".cleanup = SHELL(\"echo >>$dir/end\")",
    '.retry = RETRY_DOUBLING(.on_failure_only = true)'),
    service('never-done', "[ -e $dir/no-such-file ]",
    '.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 3,' .
        ' .on_failure_only = true)'),
    service('healthy', "exec sleep 1000", '.healthy = MILLISECONDS(1)',
    '.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 2)'),
    service('frail', "exec sleep 1000", '.healthy = SECONDS(1000)',
    '.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 2)'),
    service('forever', "exec sleep 1000", '.healthy = FOREVER',
    '.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 2)'),
    service('soon', 'exit 1',
    '.retry = RETRY_DOUBLING(.after = SECONDS(1), .attempts = 5)'),
    service('waits', 'exit 7',
    '.retry = RETRY_FIXED(.after = SECONDS(3000), .attempts = 5)'),
    service('waits-long', 'kill -SEGV \$\$',
    '.retry = RETRY_DOUBLING(.after = SECONDS(3000), .max = SECONDS(5000))'),
    service('once', 'exit 1');

my $s = session(
    supervisord => supervisord('retry', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN,
#include <connate/config.h>

static const struct service services[] = {
$services
	SERVICE("no-program", .run = EXEC("$dir/no-such-program"),
		.retry = RETRY_FIXED(.after = SECONDS(3000))),
	SERVICE("bad-setup", .setup = SHELL("exit 6"),
		.run = EXEC("/bin/sleep", "1000"),
		.retry = RETRY_FIXED(.after = SECONDS(3000), .attempts = 2)),
	SERVICE("fix-me", .setup = SHELL("echo >>$dir/fix-me; [ -e $dir/mended ]"),
		.run = EXEC("/bin/sleep", "1000"),
		.retry = RETRY_FIXED(.after = MILLISECONDS(20))),
};

CONNATE();
CONFIG

sub ctl { my ($code) = $s->ctl(@_); return $code }
sub up  { is(ctl(up => @_), 0, "@_ is asked up"); return }
sub becomes { my ($name, $state) = @_; return ok($s->becomes(@_), "$name is $state") }
sub state   { return $s->field(state   => $_[0]) }
sub attempt { return $s->field(attempt => $_[0]) }
sub pid     { return $s->records->{ $_[0] }{pid} }

# When it ran: the times, and how long it was from each to the next.
sub ran_at { my ($name) = @_; return split ' ', slurp("$dir/$name") }

sub gaps {
    my @times = ran_at(@_);
    return map { $times[$_] - $times[ $_ - 1 ] } 1 .. $#times;
}

# The test kills it; its state then.
sub dies {
    my ($name) = @_;
    my $pid = pid($name);
    kill 'KILL', $pid;
    wait_until { pid($name) != $pid } "$name to be gone";
    return wait_until { state($name) =~ /^(?:up|failed)$/ } "what becomes of $name";
}

# The output of status for one service.
sub why {
    my ($name) = @_;
    my (undef, $out) = $s->ctl('status', $name);
    return $out;
}

subtest 'RETRY_NEVER' => sub {
    for my $name (qw(never never-ok never-killed)) {
        up($name);
        becomes($name => 'failed');
        is(scalar(ran_at($name)), 1, 'after one attempt');
    }
    is($s->field(code => 'never'),        1,   'its exit code is kept');
    is($s->field(code => 'never-ok'),     0,   'also if that was 0');
    is($s->field(code => 'never-killed'), 137, 'or a signal');
    like(why('never'),        qr/exited with 1/,   'and is said');
    like(why('never-killed'), qr/killed by SIGKILL/, 'by its name');
};

subtest 'RETRY_FIXED' => sub {
    up('fixed');
    becomes(fixed => 'failed');
    is(scalar(ran_at('fixed')), 4, 'after as many attempts as it has');
    cmp_ok(min(gaps('fixed')), '>=', 0.15, 'each after the delay');
    is(attempt('fixed'), 4, 'conctl attempt says it');
    up('fixed');
    eventually { ran_at("fixed") == 8 && state("fixed") eq "failed" }
    'conctl up gives it all of them again';
    up('one');
    becomes(one => 'failed');
    is(scalar(ran_at('one')), 1, 'one attempt is no retry');
};

subtest 'RETRY_DOUBLING' => sub {
    up('doubling');
    becomes(doubling => 'failed');
    my @gaps = gaps('doubling');
    is(scalar @gaps, 10, 'all attempts were made');
    cmp_ok($gaps[0], '>=', 0.05, 'the first retry after the delay');
    cmp_ok($gaps[1], '>=', 0.1,  'the second after twice that');
    cmp_ok($gaps[$_], '>=', 0.2, 'then after four times that') for 2 .. 9;
    cmp_ok($gaps[9], '<', 20, 'and never after more than .max: doubled it would be 25.6 s');
};

subtest 'no limit' => sub {
    up('unlimited');
    eventually { ran_at('unlimited') >= 50 } 'it is tried again and again';
    is(ctl(qw(down -w -t 60 unlimited)), 0, 'until it is asked down');
    up('zero');
    becomes(zero => 'failed');
    is(scalar(ran_at('zero')), 3, 'a program that ends with 0 has failed, too');
};

subtest '.on_failure_only' => sub {
    up('done');
    eventually { ran_at('done') >= 3 } 'it is tried again while it fails';
    spew("$dir/done.go", '');
    becomes(done => 'down');
    is($s->field(target => 'done'), 'down', 'and done when it does not');
    my $runs = ran_at('done');
    is(ctl(qw(up -t 60 done)), 0, 'it may be asked up again');
    eventually { ran_at('done') == $runs + 1 && state('done') eq 'down' }
    'and does it once more';
    up('done-with-end');
    eventually { state('done-with-end') eq 'down' && -s "$dir/end" }
    'its clean-up is done, too';
    is($s->field(target => 'done-with-end'), 'down', 'and nothing is wished');
    up('never-done');
    becomes('never-done' => 'failed');
    is(scalar(ran_at('never-done')), 3, 'attempts count as ever');
};

subtest '.healthy' => sub {
    up($_), becomes($_ => 'up') for qw(healthy frail forever);
    for (1 .. 5) {
        eventually { $s->field(time => 'healthy') ne '' && ran_at('healthy') == $_ }
        'it runs';
        select undef, undef, undef, 0.002;
        dies('healthy');
        is(state('healthy'), 'up', 'up for so long, it has all attempts again');
    }
    for my $name (qw(frail forever)) {
        dies($name);
        is(state($name), 'up', "$name: the second attempt");
        is(attempt($name), 2, 'is counted');
        dies($name);
        is(state($name), 'failed', 'and was the last');
    }
};

# Once a minute for each, however often: from the log of all that came before.
subtest 'what is said of retries' => sub {
    up('unlimited');
    my $before = ran_at('unlimited');
    eventually { ran_at('unlimited') >= $before + 20 } 'it is tried again, many times';
    is(ctl(qw(down -w -t 60 unlimited)), 0, 'until it is asked down');
    for my $line (
        'unlimited: retrying: exited with 1',
        'zero: retrying: exited with 0',
        'done: retrying: exited with 1',
        "no-program: retrying: exec $dir/no-such-program: No such file or directory"
        )
    {
        my ($name) = $line =~ /^(\S+):/;
        up($name) if $name eq 'no-program';
        wait_until { $s->log =~ /^supervisord: \Q$line\E$/m } 'it to be said';
        my $log = $s->log;
        like($log, qr/^supervisord: \Q$line\E$/m, "said: $line");
        my $minutes = 1 + int((time - $^T) / 60);
        cmp_ok(scalar(() = $log =~ /: \Q$name\E: retrying/g), '<=', $minutes, 'and at most once a minute');
    }
    unlike($s->log, qr/: never: retrying/, 'what is not tried again says no such thing');
};

subtest 'what is said' => sub {
    up('soon');
    eventually { why('soon') =~ /retry in [0-4]\.\d s \(attempt 4 of 5\): exited with 1$/m }
    'below ten seconds to the tenth';
    up(qw(waits waits-long no-program bad-setup));
    becomes($_ => 'retrying') for qw(waits waits-long no-program bad-setup);
    like(why('waits'), qr/retry in \d+ min \(attempt 2 of 5\): exited with 7$/m,
        'when, which attempt of how many, why');
    like(why('waits-long'), qr/retry in \d+ min \(attempt 2\): killed by SIGSEGV/,
        'without a limit: which attempt');
    like(
        why('no-program'),
        qr/retry in \d+ min \(attempt 2\): exec \S+no-such-program: No such file/,
        'the step that failed'
    );
    like(
        why('bad-setup'),
        qr/retry in \d+ min \(attempt 2 of 2\): set-up exited with 6/,
        'or that it was the set-up'
    );
    is(attempt('waits'), 1, 'one attempt was made');
};

subtest 'not waiting' => sub {
    my $before = ran_at('waits');
    is(ctl(qw(restart waits)), 0, 'a restart of one that is retrying');
    eventually { ran_at('waits') == $before + 1 } 'starts it at once';
    becomes(waits => 'retrying');
    is(attempt('waits'), 1, 'as its first attempt');
    is(ctl(qw(down -w -t 60 waits)), 0, 'one that is retrying goes down');
    is(scalar(ran_at('waits')), $before + 1, 'without another attempt');
    is(ctl(qw(once -w -t 60 once)), 1, 'once is tried once');
    is(scalar(ran_at('once')), 1, 'whatever .retry says');
};

subtest 'what fails in between' => sub {
    up('fix-me');
    eventually { length slurp("$dir/fix-me") >= 3 } 'a set-up is tried again';
    spew("$dir/mended", '');
    becomes('fix-me' => 'up');
    my $attempt = attempt('fix-me');
    cmp_ok($attempt, '>=', 4, 'attempts are counted while it is up');
    ok($s->kill_supervisord, 'supervisord is killed');
    eventually { ($s->header->{starts} // 0) >= 2 } 'and starts again';
    is(attempt('fix-me'), $attempt, 'and still knows how many there were');
};

is($s->stop, 0, 'the end');
done_testing();
