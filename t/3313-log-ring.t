#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-log --ring: the last lines of each service are in a memfd that connate keeps. It
# has each line once and in order after kills of the logger, of supervisord and of connate
# and after an upgrade; one that is damaged is replaced.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(sleep);

use constant ROOM => 16384;

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
mkdir "$dir/logs";

spew("$dir/talks", <<'PERL');
use strict;
use Time::HiRes 'sleep';
my ($name, $end) = @ARGV;
my ($n, $text) = (0, '');
until (-e $end) {
    $text .= "line " . ++$n . "\n" while length $text < 500;
    my $done = syswrite STDOUT, $text, 1 + $n * 7919 % 400;
    die "$name: $!" if !defined $done;
    substr $text, 0, $done, '';
    sleep 0.002;
}
$text .= "end $n\n";
while ($text ne '') { my $done = syswrite STDOUT, $text; substr $text, 0, $done, '' }
sleep 1000 while 1;
PERL

sub image {
    my ($name, @more) = @_;
    my $services = join '', map { qq{SERVICE("$_", .log = LOG_TO("log"), .stop = SIGNAL(SIGKILL),
	.run = EXEC("$^X", "$dir/talks", "$_", "$dir/end")),\n} } qw(a b), @more;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .max_stop = SECONDS(60), .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
$services
	SERVICE("short", .log = LOG_TO("log"),
		.run = SHELL("printf 'one\\\\ntwo\\\\n<3>three \\\\033[31m\\\\n'; exec sleep 1000")),
	SERVICE("log", .reads = EACH, .ready = READY_SD_NOTIFY, .fd_store = 1,
		.run = EXEC("$log", "--each", "$dir/logs", "--ring", "16K", "--memory", "$dir/memory")),
};

CONNATE();
CONFIG
}

my @images = (image('one'), image('two', 'c'));
my $s = session(supervisord => $images[0]);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(log a b short);

# The descriptor of connate that has the ring, or undef.
sub ring_of {
    my ($s) = @_;
    for my $fd (glob "/proc/$s->{pid}/fd/*") {
        return $fd if (readlink($fd) // '') =~ m{^/memfd:connate-log};
    }
    return;
}

# What model/ring.h says: the lines of an entry, and its numbers.
sub entry {
    my ($s, $name) = @_;
    my $fd = ring_of($s) // return;
    open my $in, '<', $fd or return;
    sysread $in, my $head, 64 + 96 * 100;
    my ($magic, $version, $room) = unpack 'a8 L L', $head;
    return if $magic ne 'cnn-ring' || $version != 1 || $room != ROOM;
    for my $k (0 .. 99) {
        my ($is, $begun, $written) = unpack 'Z64 Q Q', substr $head, 64 + 96 * $k, 96;
        next if $is ne $name;
        sysseek $in, 64 + 96 * 4096 + $k * ROOM, 0;
        sysread $in, my $bytes, ROOM;
        my $at = $written % ROOM;
        my $text = $written <= ROOM ? substr $bytes, 0, $written : substr($bytes, $at) . substr $bytes, 0, $at;
        $text =~ s/^[^\n]*\n// if $written > ROOM;
        return { text => $text, written => $written, begun => $begun };
    }
    return;
}

eventually { (entry($s, 'short') // { text => '' })->{text} =~ /three/ } 'lines are there';
like(entry($s, 'short')->{text}, qr/^\S{26}Z short: one\n\S+ short: two\n\S+ short\[err\]: three \\x1b\[31m\n\z/,
    'as they are in the file');
is(entry($s, 'short')->{text}, slurp("$dir/logs/short.log"), 'the same bytes');
my $ring = (stat ring_of($s))[1];

my %killed = (log => 0, supervisord => 0, connate => 0, upgrade => 0);
my $round = 0;
my $reached = wait_until {
    $round++;
    if ($round % 11 == 0) {
        $killed{upgrade}++ if ($s->ctl('exec', $images[ $round / 11 % 2 ]))[0] == 0;
    }
    elsif ($round % 3 == 0) { $killed{supervisord}++ if $s->kill_supervisord }
    elsif ($round % 20 == 1) { $killed{connate}++ if $s->kill_connate }
    else {
        my $pid = $s->records->{log}{pid} // 0;
        $killed{log}++ if $pid > 0 && kill 'KILL', $pid;
    }
    sleep 0.02;
    $killed{log} >= 20 && $killed{supervisord} >= 10 && $killed{upgrade} >= 2;
}
'enough kills';
ok($reached, join ', ', map { "$_ $killed{$_}" } sort keys %killed);
spew("$dir/end", '');
is((stat ring_of($s))[1], $ring, 'the ring is the same one');

for my $name (qw(a b)) {
    eventually { (entry($s, $name) // { text => '' })->{text} =~ /: end \d+\n\z/ } "the last line of $name";
    my $e = entry($s, $name);
    my @lines = split /\n/, $e->{text};
    my ($last) = (pop(@lines) // '') =~ /: end (\d+)$/;
    my @wrong = grep { $lines[$_] !~ /^\S{26}Z $name: line (\d+)$/ || $1 != $last - $#lines + $_ } 0 .. $#lines;
    is(@wrong, 0, "$name: the last " . @lines . ' lines, each once and in order') or diag($lines[$wrong[0]]);
    my $file = slurp("$dir/logs/$name.log");
    is(length $file, $e->{written}, 'as many bytes as its file has');
    is(substr($file, -length $e->{text}), $e->{text}, 'and its end');
}

# A ring that says what none can say
my $before = ring_of($s);
open my $out, '+<', $before or die "$before: $!";
syswrite $out, 'nonsense';
close $out;
my $pid = $s->field(pid => 'log');
kill 'KILL', $pid;
eventually { my $fd = ring_of($s); defined $fd && (stat $fd)[1] != $ring } 'a damaged one is replaced';
is(scalar(grep { (readlink($_) // '') =~ /memfd:connate-log/ } glob "/proc/$s->{pid}/fd/*"), 1, 'and closed');
kill 'TERM', $s->{pid};
eventually { !alive($s->{pid}) } 'it ends';

# Without a store it says so, and goes on.
my $plain = session(supervisord => supervisord('plain', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .log = LOG_TO("log"), .run = SHELL("echo one; exec sleep 1000")),
	SERVICE("log", .reads = EACH, .run = EXEC("$log", "--file", "$dir/all", "--ring", "16K")),
};

CONNATE();
CONFIG
eventually { slurp("$dir/all") =~ /a: one/ } 'without a store lines are written';
eventually { $plain->log =~ /connate-log: --ring: .*READY_SD_NOTIFY and \.fd_store = 1/ } 'and it says what is missing';
is($plain->stop, 0, 'it ends');
done_testing();
