#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What people ask of a service, and what conctl answers: each cell of the tables
# of connate(7) is tried, as it stands there, and with -j.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use JSON::PP;
use Test::More;

my $dir = scratch();

# The tables of the manual: those between two comments, row by row, the head too.
sub table {
    my ($name) = @_;
    my ($text) = slurp(source('doc/connate.7.in')) =~
        /^\.\\" table $name\n(.*?)^\.\\" end\n/ms;
    return map { [ map { s/^Em //r } split / Ta ?/, $_, -1 ] } ($text // '') =~ /^\.It (.*)$/mg;
}

my $s = session(
    supervisord => supervisord('questions', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .max_ready = FOREVER, .max_stop = FOREVER,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("starts", .run = EXEC("/bin/sleep", "1000"), .ready = READY_NOTIFY),
	SERVICE("up", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("retries", .run = SHELL("exit 3"), .retry = RETRY_FIXED(.after = SECONDS(100000))),
	SERVICE("failed", .run = SHELL("exit 3"), .retry = RETRY_NEVER),
	SERVICE("stops", .run = SHELL("trap : TERM; echo >$dir/traps;"
		" until [ -e $dir/go ]; do sleep 0.05; done")),
	SERVICE("done", .run = SHELL("echo it is done"),
		.log = LOG_FILE("$dir/log"), .retry = RETRY_FIXED(.on_failure_only = true)),
	SERVICE("down", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("waits", .needs = LIST("starts"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("unsettled", .run = EXEC("/bin/sleep", "1000"), .settle = SECONDS(100000)),
	SERVICE("follows", .needs = LIST("unsettled"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("stumbles", .target = DOWN, .run = EXEC("/bin/sleep", "1000"),
		.ready = READY_NOTIFY),
	SERVICE("beside", .target = DOWN, .wants = LIST("stumbles")),
	SERVICE("group", .groups = LIST("failed", "retries", "up")),
};

CONNATE();
CONFIG

my ($code, $out, $err);

sub ctl { ($code, $out, $err) = $s->ctl(@_); return $code }

wait_until { -s "$dir/traps" } 'the trap of stops';
ctl(qw(down stops));
my %becomes = (starts => 'starting', up => 'up', retries => 'retrying', failed => 'failed',
    stops => 'stopping', done => 'down', down => 'down', waits => 'waiting-to-start',
    unsettled => 'up', follows => 'waiting-to-start', group => 'up');
ok($s->becomes($_ => $becomes{$_}), "given that $_ is $becomes{$_}") for sort keys %becomes;

# Answers that are values; as JSON, too.
sub value {
    my ($field, $service, $want) = @_;
    my $is = $s->field($field => $service);
    ctl('-j', $field, $service);
    my $json = decode_json($out)->{$service};
    is($json // '-', $is, "$field of $service, as JSON") if $want ne 'number' || $field ne 'time';
    return like($is, qr/\A\d+(?:\.\d+)?\z/, "$field of $service is a number") if $want eq 'number';
    return is($is, $want, "$field of $service is $want");
}

# Answers that are exit codes, of a command without what stands here behind it.
sub exit_code {
    my ($command, $service, $want) = @_;
    my @words = split / /, $command;
    splice @words, 1, 0, '-t', $want == 124 ? 0.3 : 60 if $words[0] eq 'wait';
    is(ctl(@words, $service), $want, "exit code of $command $service");
    is(ctl('-j', @words, $service), $want, 'with -j, too') if $words[0] eq 'status';
    return;
}

my ($head, @rows) = table('answers');
my (undef, @services) = @$head;
cmp_ok(scalar @rows, '>=', 11, 'there is a table of answers');
cmp_ok(scalar @services, '>=', 7, 'about services in so many states');
for my $row (@rows) {
    my ($question, @cells) = @$row;
    is(scalar @cells, scalar @services, "$question: a cell for each");
    for my $k (0 .. $#cells) {
        if ($question =~ /^(.*): exit code$/) { exit_code($1, $services[$k], $cells[$k]) }
        else                                  { value($question, $services[$k], $cells[$k]) }
    }
}

# What is said of each as its reason: where all are shown, of it alone, as JSON.
my (undef, @reasons) = table('reasons');
is_deeply([ sort map { $_->[0] } @reasons ], [ sort keys %becomes ], 'each has a reason');
ctl(qw(-j status));
my %why = map { ($_->{name} => $_->{why}) } @{ decode_json($out)->{services} };
ctl('status');
my %line = map { /^(\S+) +\S+ +\S+ +\d+(?:\.\d+)? ?\w+ *(.*)$/ ? ($1 => $2) : () } split /\n/, $out;
for my $row (@reasons) {
    my ($service, $reason) = @$row;
    my $want = join '[\d.]+ ?\w+', map { quotemeta } split /\bT\b/, $reason, -1;
    like($why{$service}, qr/\A$want\z/, "the reason of $service, as JSON");
    like($line{$service}, qr/\A$want\z/, 'in the table');
    ctl(status => $service);
    like((split /\n/, $out)[0], qr/ $becomes{$service}(?:: |\b).*$want\z/, 'and of it alone');
}

# The questions without a table.
is(ctl('status'), 3, 'not everything is as wanted');
ctl(qw(status --failed));
is_deeply([ sort $out =~ /^([a-z]+) /mg ],
    [qw(failed follows group retries starts waits)], 'status --failed shows what is not');
is(ctl(qw(status no-such)), 4, 'status of a service that does not exist');
is($s->field(log => 'done'), "$dir/log", 'log says where');
like(slurp("$dir/log"), qr/^it is done$/m, 'is what it said');
ctl(qw(events retries));
like($out, qr/retries .*\bup -> retrying.*exited with 3/, 'events say what ended, and how');

# What was waited for is named also when it has failed since.
ctl(qw(up beside));
ok($s->becomes(stumbles => 'starting'), 'given that one starts that is only wanted');
wait_until { $s->records->{stumbles}{pid} > 0 } 'its process';
kill 'KILL', $s->records->{stumbles}{pid};
ok($s->becomes(beside => 'up'), 'when it fails, it is not waited for any longer');
ctl(qw(events beside));
like($out, qr/-> waiting-to-start.*waits for stumbles/, 'the events say that it was');
kill 'KILL', $s->records->{up}{pid};
eventually { $s->field(attempt => 'up') eq '2' } 'one that is restarted is at another attempt';
ctl(qw(events up));
like($out, qr/retrying -> waiting-to-start.*next attempt/, 'events say what was restarted');
ctl(qw(status up));
like($out, qr/^ +since: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/m, 'status has the time of day');
spew("$dir/go", '');
ok($s->becomes(stops => 'down'), 'at last one has stopped');
done_testing();
