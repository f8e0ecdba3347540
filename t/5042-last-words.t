#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The last words of a service: where up -w, restart -w or reload fails, what it has said
# since; in status also those that are in memory alone.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
mkdir "$dir/each";

my @loggers = (each => qq{"--each", "$dir/each"}, all => qq{"--file", "$dir/all"}, mem => qq{"--ring", "16K"});
my ($loggers, $services, @names) = ('', '');
while (my ($name, $options) = splice @loggers, 0, 2) {
    push @names, $name;
    $loggers .= qq{SERVICE("log-$name", .reads = EACH, .ready = READY_SD_NOTIFY, .fd_store = 1,
	.run = EXEC("$log", $options)),\n};
    # Its end is known a moment after what it has said is written.
    $services .= qq{SERVICE("$name", .target = DOWN, .log = LOG_TO("log-$name"), .retry = RETRY_FIXED(.attempts = 1),
	.run = SHELL("echo before; echo '<3>no such table'; printf '\\\\033[31mred\\\\n'; sleep 0.3; exit 3")),
	SERVICE("loads-$name", .log = LOG_TO("log-$name"), .run = EXEC("/bin/sleep", "1000"),
	.reload = SHELL("echo bad syntax; sleep 0.3; exit 1")),\n};
}
my $s = session(supervisord => supervisord('words', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
$services$loggers
};

CONNATE();
CONFIG
ok($s->becomes($_ => 'up'), "$_ is up") for map { ("loads-$_", "log-$_") } @names;

for my $name (@names) {
    my $shown = join "\n", map { "  TIME $name$_" } ': before', '[err]: no such table', ': \x1b[31mred';
    for my $verb (qw(up restart)) {
        my ($code, undef, $err) = $s->ctl($verb, '-w', $name);
        is($code, 1, "$name: $verb -w fails");
        $err =~ s/\d{4}-\d\d-\d\dT\S+Z/TIME/g;
        like($err, qr/^$name: failed.*\n\Q$shown\E\n\z/, 'with what it has said since, and not before');
    }
    my (undef, $status) = $s->ctl('status', $name);
    my $where = { each => "$dir/each/each.log", all => "$dir/all", mem => 'in memory' }->{$name};
    like($status, qr/^ last lines: \Q$where\E\n(?:  \S+Z $name.*\n){6}/m, 'status has all of them, and where they are');
    my ($code, undef, $err) = $s->ctl('reload', "loads-$name");
    is($code, 1, 'reload fails');
    like($err, qr/\.reload exited with 1\n  \S+Z loads-$name: bad syntax\n\z/, 'with what its command has said');
}
is($s->stop, 0, 'it ends');
done_testing();
