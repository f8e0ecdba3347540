#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl logs: what services have said, from files, turned and compressed ones, and memory,
# each line once and in the order of time; by name, pattern, time, level and number; and
# plainly where lines are that it cannot show.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
mkdir "$dir/each";

# A service that prints what is written to its FIFO-like file, line by line.
sub service { my ($name, $more) = @_; return qq{SERVICE("$name", $more .run = EXEC("/bin/sleep", "1000")),\n} }

my $s = session(supervisord => supervisord('logs', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	@{[ service('web', '.log = LOG_TO("each"),'), service('web2', '.log = LOG_TO("each"),'),
	    service('db', '.log = LOG_TO("all"),'), service('queue', '.log = LOG_TO("all"),'),
	    service('mem', '.log = LOG_TO("ring"),'), service('own', qq{.log = LOG_FILE("$dir/own"),}),
	    service('none', '.log = LOG_NONE,'), service('inherit', '.log = LOG_INHERIT,'),
	    service('cat', '.log = LOG_TO("other"),') ]}
	SERVICE("each", .reads = EACH, .ready = READY_SD_NOTIFY, .fd_store = 1,
		.run = EXEC("$log", "--each", "$dir/each", "--ring", "8K", "--max-size", "4K",
			"--compress", "/bin/gzip")),
	SERVICE("all", .reads = EACH, .ready = READY_SD_NOTIFY, .run = EXEC("$log", "--file", "$dir/all")),
	SERVICE("ring", .reads = EACH, .ready = READY_SD_NOTIFY, .fd_store = 1, .log = LOG_NONE,
		.run = EXEC("$log", "--output", "--ring", "8K")),
	SERVICE("other", .run = EXEC("/bin/cat")),
};

CONNATE();
CONFIG
ok($s->becomes($_ => 'up'), "$_ is up") for qw(each all ring web web2 db queue mem own);

sub say_as {
    my ($name, @lines) = @_;
    open my $out, '>>', '/proc/' . $s->field(pid => $name) . '/fd/1' or die "$name: $!";
    syswrite $out, "$_\n" for @lines;
    close $out;
    return;
}

# What it prints, without times.
sub logs {
    my (@words) = @_;
    my ($code, $out, $err) = $s->ctl('logs', @words);
    $out =~ s/^\S{26}Z //mg;
    return wantarray ? ($code, $out, $err) : join '|', split /\n/, $out;
}

# From an own file for each
say_as('web', 'one', '<3>two', '<7>three', 'four');
eventually { logs('web') eq 'web: one|web[err]: two|web[debug]: three|web: four' } 'the lines of a service';
like(($s->ctl('logs', 'web'))[1], qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z web: one$/m, 'with their times');
is(logs('-n', 1, 'web'), 'web: four', '-n: the last ones');
is(logs('-n2', 'web'), 'web[debug]: three|web: four', 'two of them');
is(logs('--lines=0', 'web'), '', 'none');
is(logs('--level', 'err', 'web'), 'web[err]: two', '--level');
is(logs('-L', '3', '-n', '5', 'web'), 'web[err]: two', 'by its number, with -n');
is(logs('--level', 'info', 'web'), 'web: one|web[err]: two|web: four', 'a line without a level is of info');
is(join(' ', (logs('-L', 'loud', 'web'))[0, 2]) =~ /^2 .*no level/ ? 1 : 0, 1, 'what is no level');
is((logs('-n', 'many', 'web'))[0], 2, 'what is no number');
is((logs('nobody'))[0], 5, 'no such service');

# In the order of time, of several
say_as('web2', 'five');
eventually { logs('web2') eq 'web2: five' } 'another service';
say_as('db', 'six');
eventually { logs('db') eq 'db: six' } 'of a file of all';
say_as('mem', 'seven');
eventually { logs('mem') eq 'mem: seven' } 'of one whose lines are in memory only';
say_as('queue', 'eight');
eventually { logs('queue') eq 'queue: eight' } 'of the file of all again';
is(logs(qw(mem queue web2 db)), 'web2: five|db: six|mem: seven|queue: eight', 'the oldest first');
is(logs('-n', 3), 'db: six|mem: seven|queue: eight', 'of all services');
is(logs('-n', 2, 'web*'), 'web: four|web2: five', 'a pattern');
is(logs('?b'), 'db: six', 'another one');
is((logs('x*'))[0], 5, 'one that no name has');

# JSON
my (undef, $json) = $s->ctl('-j', 'logs', '-n', '2', 'web');
is($json =~ s/"time":"\S{26}Z"/TIME/gr,
    qq([{TIME,"service":"web","level":"debug","text":"three"},{TIME,"service":"web","text":"four"}]\n), 'as JSON');

# Times
sleep 0.01;
my $then = time;
sleep 0.01;
say_as('web', 'nine');
eventually { logs('-n', 1, 'web') eq 'web: nine' } 'later';
my $stamp = sprintf '@%.3f', $then;
is(logs('--since', $stamp, 'web', 'db'), 'web: nine', '--since');
is(logs('--until', $stamp, 'web'), 'web: one|web[err]: two|web[debug]: three|web: four', '--until');
is(logs('--until', $stamp, '-n', '1', 'web'), 'web: four', 'with -n');
is(logs('--since', $stamp, '-n', '5', 'web'), 'web: nine', 'also this way');
is(logs('--since', '1h ago', '--until', '30min ago', 'web'), '', 'nothing in an hour in which nothing was said');
is((logs('--since', 'soon', 'web'))[0], 2, 'what is no time');

# Across turned and compressed files
SKIP: {
    skip 'no gzip', 6 if !-x '/bin/gzip';
    for my $block (0 .. 9) {
        say_as('web', map { "line $_ of many" } 100 * $block + 1 .. 100 * $block + 100);
        eventually { logs('-n', 1, 'web') eq 'web: line ' . (100 * $block + 100) . ' of many' } "block $block";
    }
    eventually {
        my @turned = glob "$dir/each/web.log.*";
        @turned > 4 && !grep { !/gz$/ } @turned;
    }
    'files are compressed';
    my $all = join '|', map { "web: line $_ of many" } 1 .. 1000;
    is(logs('--since', sprintf('@%.3f', $then), 'web'), "web: nine|$all", 'each line once, in order');
    is(logs('-n', 900, 'web'), join('|', map { "web: line $_ of many" } 101 .. 1000), 'the last 900 of them');
    my ($middle) = (split /\n/, ($s->ctl('logs', 'web'))[1])[500] =~ /^(\S+Z) web: (.*)$/;
    my $from = logs('--since', $middle, 'web');
    ok($all =~ /\Q$from\E$/ && length $from > 1000, 'from the middle on');
    my ($gone) = sort glob "$dir/each/web.log.*.gz";
    spew($gone, 'this is no gzip');
    my ($code, $out, $err) = logs('-n', 950, 'web');
    like($err, qr/^conctl: logs: \Q$gone\E is left out: it cannot be read by gzip$/m, 'what cannot be read is said');
    like($out, qr/of many\n\z/, 'and the rest is shown');
}

# Files that somebody else has turned or removed: memory still has the lines.
rename "$dir/each/web2.log", "$dir/each/web2.log.1";
is(logs('web2'), 'web2: five', 'turned by somebody else');
say_as('web2', 'ten');
eventually { logs('web2') eq 'web2: five|web2: ten' } 'what was before, from memory, and what came then';

# What is no line of ours, and what a terminal would obey
open my $out, '>>', "$dir/all";
my $time = '2031-12-24T18:00:00';
print $out "garbage \e[31m\0\n$time.000000Z db: raw \e]0;title\a \xff\n$time.000001Z db: not ended";
close $out;
my (undef, $shown) = $s->ctl('logs', 'db');
unlike($shown, qr/[\e\a\0\xff]/, 'nothing that a terminal would obey');
like($shown, qr/six\n.*raw \?\]0;title\? \?\n\z/s, 'only whole lines of our form');

# A ring that says what none can: nothing of it is shown, and nothing ends by it.
for my $ring (grep { (readlink($_) // '') =~ /memfd:connate-log/ } glob "/proc/$s->{pid}/fd/*") {
    open my $memory, '+<', $ring or die "$ring: $!";
    sysseek $memory, 64, 0;
    syswrite $memory, pack('Z64 Q4', 'mem', 1 << 62, ~0, ~0, ~0) x 3;
    close $memory;
}
isnt((logs('mem'))[0], 139, 'a damaged ring');
isnt((logs('web'))[0], 139, 'also beside a file');

# Where lines are that cannot be shown
my ($code, $text, $err) = logs('none');
is($code, 1, 'one that logs nowhere');
like($err, qr/^conctl: logs: none: what it says is thrown away/m, 'is said to');
like((logs('inherit'))[2], qr/^conctl: logs: inherit: it goes to connate's output: \S+connate\.0\.log$/m,
    'to connate\'s output');
like((logs('cat'))[2], qr/^conctl: logs: cat: it goes to other, which keeps no lines/m, 'to another logger');
say_as('own', 'without a time', "\e[31mred");
is(logs('own'), 'without a time|?[31mred', 'a file of its own is read');
is(logs('-n', 1, 'own'), '?[31mred', 'its end');
is(logs('own', 'db') =~ /^own: without a time\|own: \?\[31mred\|db: six\|/ ? 1 : 0, 1, 'under its name, before others');

is($s->stop, 0, 'it ends');
done_testing();
