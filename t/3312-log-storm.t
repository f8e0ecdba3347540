#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-log in a session: lines of several services while the logger, supervisord and
# connate are killed in turn, and the configuration is upgraded. None is lost, none is
# doubled, none is under another name. CONNATE_LOG_KILLS: how many kills.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(sleep);

my $kills = $ENV{CONNATE_LOG_KILLS} // 60;
my $dir   = scratch();
my $log   = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
my @names = qw(a b c d);
my $number = 0;
mkdir "$dir/logs";

# Numbers its lines, in writes that end anywhere, until there is a file.
spew("$dir/talks", <<'PERL');
use strict;
use Time::HiRes 'sleep';
my ($name, $end) = @ARGV;
$SIG{TERM} = 'IGNORE';
my ($n, $text, $k) = (0, '', 0);
until (-e $end) {
    $text .= "line " . ++$n . ' ' . 'x' x ($n * 7 % 90) . "\n" while length $text < 4000;
    my $done = syswrite STDOUT, $text, 1 + (++$k * 7919) % 3000;
    die "$name: $!" if !defined $done;
    substr $text, 0, $done, '';
    sleep 0.001;
}
$text .= "end $n\n";
while ($text ne '') { my $done = syswrite STDOUT, $text; substr $text, 0, $done, '' }
open my $out, '>', "$end.$name";
sleep 1000 while 1;
PERL

sub image {
    my (@more) = @_;
    my $services = join '', map { qq{SERVICE("$_", .log = LOG_TO("log"), .stop = SIGNAL(SIGKILL),
	.run = EXEC("$^X", "$dir/talks", "$_", "$dir/end")),\n} } @names, @more;
    return supervisord('storm' . $number++, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .max_stop = SECONDS(60), .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
$services
	SERVICE("log", .reads = EACH, .run = EXEC("$log", "--each", "$dir/logs", "--max-size", "64K",
		"--memory", "$dir/memory")),
};

CONNATE();
CONFIG
}

my @images = (image(), image('e'));
my $s = session(supervisord => $images[0]);
ok($s->becomes($_ => 'up'), "$_ is up") for 'log', @names;
my %pid = map { $_ => $s->field(pid => $_) } @names;
my %killed = (log => 0, supervisord => 0, connate => 0, upgrade => 0);

# connate is killed last in its turn: supervisord takes its place, with another pid.
my $reached = wait_until {
    my $round = ++$number;
    if ($round % 10 == 0) {
        $killed{upgrade}++ if ($s->ctl('exec', $images[ $round / 10 % 2 ]))[0] == 0;
    }
    elsif ($round % 3 == 0) { $killed{supervisord}++ if $s->kill_supervisord }
    elsif ($round % 25 == 1) { $killed{connate}++ if $s->kill_connate }
    else {
        my $pid = $s->records->{log}{pid} // 0;
        $killed{log}++ if $pid > 0 && kill 'KILL', $pid;
    }
    sleep 0.02;
    $killed{log} + $killed{supervisord} >= $kills;
}
'enough kills';
ok($reached, join ', ', map { "$_ $killed{$_}" } sort keys %killed);
spew("$dir/end", '');
eventually { !grep { !-e "$dir/end.$_" } @names } 'all have said all';
is($s->field(pid => $_), $pid{$_}, "$_ has noticed nothing") for @names;

sub lines_of {
    my ($name) = @_;
    return map { split /\n/, slurp($_) } ((sort glob "$dir/logs/$name.log.*Z"), "$dir/logs/$name.log");
}

for my $name (@names) {
    eventually { (lines_of($name))[-1] =~ /: end \d+$/ } "the last line of $name";
    my ($n, @wrong) = (0);
    my @lines = lines_of($name);
    my ($last) = (pop(@lines) // '') =~ /: end (\d+)$/;
    for my $line (@lines) {
        $n++;
        push @wrong, "$n: $line"
            if $line !~ /^\S{26}Z $name: line (\d+) (x*)$/ || $1 != $n || length $2 != $n * 7 % 90;
    }
    is(scalar(@wrong), 0, "$name: $n lines, each once and in order") or diag($wrong[0]);
    is($n, $last, 'and all of them');
}
kill 'TERM', $s->{pid};
eventually { !alive($s->{pid}) } 'it ends';
done_testing();
