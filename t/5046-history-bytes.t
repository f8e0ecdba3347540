#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A history of any bytes: conctl history ends as always, prints nothing that a terminal would
# obey, and valid JSON; the logger goes on behind it. CONNATE_HISTORY_SEED: which bytes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $seed = srand($ENV{CONNATE_HISTORY_SEED} // time ^ $$);
diag("CONNATE_HISTORY_SEED=$seed") if $ENV{VERBOSE};
my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
my $s = session(supervisord => supervisord('bytes', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .log = LOG_TO("log"), .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("log", .reads = EACH, .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
		.run = EXEC("$log", "--file", "$dir/all", "--history", "$dir/history")),
};

CONNATE();
CONFIG
ok($s->becomes($_ => 'up'), "$_ is up") for qw(log web);
kill 'KILL', $s->field(pid => 'web');
my $good;
eventually { ($good = slurp("$dir/history")) =~ /killed.*\n(?:.*\n)*.*"to":"up".*\n\z/ } 'a history';

sub damaged {
    my $text = $good x (1 + rand 3);
    for (0 .. rand 30) {
        substr $text, rand length $text, 1, (chr rand 256, '"', '\\', "\n")[rand 4];
    }
    substr $text, rand length $text, length $text, '' if rand() < 0.3;
    my $long = 'x' x (55 + rand 20);
    $text =~ s/"service":"web"/"service":"$long"/ if rand() < 0.3;
    $long = 'y' x (245 + rand 20) . '\\u00e';
    $text =~ s/"why":"/"why":"$long/ if rand() < 0.3;
    return $text;
}

my @wrong;
for my $round (1 .. 100) {
    spew("$dir/history", damaged());
    my ($code, $out) = $s->ctl('history');
    push @wrong, "$round: $code" if $code != 0 || $out =~ /[^\n\x20-\x7e\x80-\xff]/;
    ($code, $out) = $s->ctl('-j', 'history');
    push @wrong, "$round: $code, $@" if $code != 0 || !eval { decode_json($out) };
}
is("@wrong", '', 'any bytes') or diag("CONNATE_HISTORY_SEED=$seed");

kill 'KILL', $s->field(pid => 'log');
ok($s->becomes($_ => 'up'), "$_ is up") for qw(log web);
my $web = $s->field(pid => 'web');
kill 'KILL', $web;
eventually { slurp("$dir/history") =~ /"service":"web".*killed by SIGKILL.*\n(?:.*\n)*.*"to":"up".*\n\z/ }
'the logger goes on behind it';
is($s->stop, 0, 'it ends');
done_testing();
