#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl history: what connate-log has written down, across turned and compressed files, by
# name, pattern and time, with crash loops as one line; as JSON each line. A file with any
# bytes does nothing to a terminal. Without a history it says how to get one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use Test::More;

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
mkdir "$dir/$_" for qw(each past);

sub line {
    my ($time, $service, $from, $to, $why, $more) = @_;
    return qq({"time":"2031-12-24T$time.000000Z","event":"state","service":"$service","from":"$from","to":"$to",)
        . qq("target":"up","facts":["wanted","ended"],"why":"$why"@{[ $more // '' ]}}\n);
}

sub crashes {
    my ($service, $at, $why) = @_;
    return line($at, $service, qw(up retrying), $why, ',"exit":1,"pid":7,"attempt":1')
        . line($at, $service, qw(retrying waiting-to-start), 'next attempt')
        . line($at, $service, qw(waiting-to-start starting), 'may start')
        . line($at, $service, qw(starting up), 'ready', ',"pid":8');
}

# In a file that was turned and compressed, one that was turned, and the present one
my $first = qq({"time":"2031-12-24T01:00:00.000000Z","event":"boot","mark":"0"}\n)
    . line('01:00:01', qw(web starting up ready), ',"pid":4');
my $second = join '', map { crashes('web', sprintf('03:%02d:07', $_), 'exited with 1') } 0 .. 11;
my $third = join '', map { crashes('web', sprintf('03:%02d:07', $_), 'exited with 1') } 12 .. 46;
$third .= crashes('db', '03:50:00', 'killed by SIGSEGV') . crashes('db', '03:51:00', 'killed by SIGSEGV');
$third .= line('03:52:00', qw(db up retrying), 'exited with 2');
$third .= line('03:53:00', qw(db retrying failed), 'exited with 2');
$third .= line('03:54:00', qw(gone up down), 'asked down');
$third .= qq(garbage \e[31m\n{"time":"2031-12-24T03:55:00.000000Z","event":"what"}\n{"time":"x\n);
$third .= line('03:56:00', 'web', 'up', 'stopping', "raw \e]0;t\a \xff");
my $suffix = '20311224T020000.000000Z';
if (-x '/bin/gzip') {
    spew("$dir/past/h.$suffix", $first);
    run('/bin/gzip', "$dir/past/h.$suffix");
}
else { $second = $first . $second }
spew("$dir/past/h.20311224T031200.000000Z", $second);
spew("$dir/past/h", $third);

my $s = session(supervisord => supervisord('history', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .log = LOG_TO("log"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("db", .log = LOG_TO("log"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("log", .reads = EACH, .ready = READY_SD_NOTIFY,
		.run = EXEC("$log", "--each", "$dir/each", "--history", "$dir/past/h")),
};

CONNATE();
CONFIG
ok($s->becomes($_ => 'up'), "$_ is up") for qw(log web db);

sub history {
    my (@words) = @_;
    my ($code, $out, $err) = $s->ctl('history', @words);
    return wantarray ? ($code, $out, $err) : join '|', map { s/ +/ /gr } split /\n/, $out;
}
my @all = ('--since', '2031-12-24 00:00Z', '--until', '2031-12-24 04:00Z');

# What is shown of the day, without its date.
sub day { my (@words) = @_; return history(@all, @words) =~ s/2031-12-24T([\d:]+)\.000Z/$1/gr }

my $web = 'web ended 47 times between 03:00:07 and 03:46:07: exited with 1|03:46:07 web up, pid 8: ready';
my $stop = '03:56:00 web is stopped: raw ?]0;t? ?';
my $db = '03:50:00 db ended, is tried again: killed by SIGSEGV|03:50:00 db up, pid 8: ready'
    . '|03:51:00 db ended, is tried again: killed by SIGSEGV|03:51:00 db up, pid 8: ready'
    . '|03:52:00 db ended, is tried again: exited with 2|03:53:00 db failed: exited with 2';
my $titles = 'TIME (UTC) SERVICE WHAT';
is(day('web'), "$titles|01:00:01 web up, pid 4: ready|03:00:07 $web|$stop", 'a crash loop is one line');
is(day(), "$titles|01:00:00 - a session of connate begins, after a boot|01:00:01 web up, pid 4: ready|03:00:07 $web|$db"
    . "|03:54:00 gone down: asked down|$stop", 'of all, the oldest first, also what is no longer there');
is(day('d*'), "$titles|$db", 'by a pattern: what is too short for a loop is as it is');
@all = ('--since', '2031-12-24 03:10Z', '--until', '2031-12-24 03:20:08Z');
is(day('web'),
    "$titles|03:10:07 web ended 11 times between 03:10:07 and 03:20:07: exited with 1|03:20:07 web up, pid 8: ready",
    'between two times');
@all = ('--since', '2031-12-24 00:00Z', '--until', '2031-12-24 04:00Z');
unlike((history(@all))[1], qr/[\e\a\xff]/, 'nothing that a terminal would obey');

my ($code, $out) = $s->ctl('-j', 'history', @all, 'db');
my $json = decode_json($out);
is(scalar @$json, 10, 'as JSON: each line');
is(join('|', map { "$_->{from} $_->{to}" } @$json[0 .. 1]), 'up retrying|retrying waiting-to-start', 'in order');
is_deeply($json->[0], { time => '2031-12-24T03:50:00.000000Z', event => 'state', service => 'db', from => 'up',
    to => 'retrying', target => 'up', facts => [qw(wanted ended)], why => 'killed by SIGSEGV', exit => 1, pid => 7,
    attempt => 1 }, 'with what it says');

# What the logger has written itself
kill 'KILL', $s->field(pid => 'web');
my @now = ('--until', '2031-12-24 00:00Z');
eventually {
    history(@now, 'web') =~ /web ended, is tried again: killed by SIGKILL\|\S+ web up, pid \d+: ready$/;
}
'what happens now';
like((history(@now))[1], qr/ -  +a session of connate begins, after a boot$/m, 'behind a boot');

is((history('nobody'))[0], 5, 'no such service');
is((history('--since', 'soon'))[0], 2, 'what is no time');
is(history('--since', '2032-01-01 00:00Z'), $titles, 'nothing');
is($s->stop, 0, 'it ends');

my $none = session(supervisord => supervisord('none', <<'CONFIG', '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = { SERVICE("web", .run = EXEC("/bin/sleep", "1000")) };

CONNATE();
CONFIG
my ($is, undef, $err) = $none->ctl('history');
is($is, 1, 'none is written');
like($err, qr/^conctl: history: none is written; start connate-log with "--history", /, 'it says how');
is($none->stop, 0, 'it ends');
done_testing();
