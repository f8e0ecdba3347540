#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What is no transition is written down as well: that a service is unhealthy, that a
# restart with overlap is done. None of it counts as lost.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use JSON::PP;
use Test::More;

my $dir = scratch();
my $log = built('log/log');
mkdir "$dir/logs";
my $s = session(supervisord => supervisord('health', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("tells", .run = EXEC("/bin/sleep", "1000"), .log = LOG_TO("log"),
		.check = CHECK(SHELL("test ! -e $dir/sick"), .every = MILLISECONDS(50), .failures = 1,
			.on_failure = TELL)),
	SERVICE("fails", .run = EXEC("/bin/sleep", "1000"), .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
		.check = CHECK(SHELL("test ! -e $dir/worse"), .every = MILLISECONDS(50), .failures = 1)),
	SERVICE("twice", .run = EXEC("/bin/sleep", "1000"), .restart = OVERLAP),
	SERVICE("log", .reads = EACH, .run = EXEC("$log", "--each", "$dir/logs", "--history", "$dir/history")),
};
CONNATE();
CONFIG

sub written { return map { decode_json($_) } grep { /\}$/ } split /\n/, slurp("$dir/history") }

sub has {
    my ($service, $event, $why) = @_;
    return eventually {
        grep { ($_->{service} // '') eq $service && $_->{event} eq $event && $_->{why} eq $why } written()
    } "$service: $event, $why";
}

is(($s->ctl(qw(wait -t 120 up tells fails twice log)))[0], 0, 'all are up') or diag($s->log);
has('tells', 'health', 'healthy');
spew("$dir/sick", '');
has('tells', 'health', 'unhealthy');
spew("$dir/worse", '');
has('fails', 'state', 'unhealthy');
unlink "$dir/sick", "$dir/worse";
is(($s->ctl(qw(restart -w -t 120 twice)))[0], 0, 'a restart with overlap');
has('twice', 'swap', 'its next process is ready, and serves');
is_deeply([ grep { $_->{event} eq 'lost' } written() ], [], 'nothing counts as lost');
my ($code, $out) = $s->ctl(qw(history tells twice));
is($code, 0, 'conctl history');
like($out, qr/ tells +health, pid \d+: unhealthy$/m, '... has what was no transition');
like($out, qr/ twice +swap, pid \d+: its next process/m, '... of both kinds');
is($s->stop, 0, 'it ends');
done_testing();
