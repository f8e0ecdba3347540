#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .reads = EACH: a logger has a pipe for each service that logs to it, from
# descriptor 3 on, and its name; also for more services than the numbers below the
# shared descriptors. Nothing is lost when the logger, supervisord or connate is
# killed, at an upgrade that adds or removes a service, and at the end.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

use constant MANY => 150;

my $dir = scratch();

# A logger that takes what LISTEN_FDNAMES promises: it writes each line behind the
# name of its pipe, and ends when all have come to their end, or at SIGTERM, when it
# has written what it has read.
spew("$dir/logger", <<'PERL');
use strict;
use POSIX;
my $ends;
$SIG{TERM} = sub { $ends = 1 };
my ($to) = @ARGV;
my @names = split /:/, $ENV{LISTEN_FDNAMES};
open my $said, '>', "$to.env";
print $said "$ENV{LISTEN_FDS} ", $ENV{LISTEN_PID} == $$ ? 'mine' : 'not mine', ' ', scalar(@names), "\n";
close $said;
open my $log, '>>', $to;
my %in = (0 => '-', map { 3 + $_ => $names[$_] } 0 .. $#names);
while (%in && !$ends) {
    my $bits = '';
    vec($bits, $_, 1) = 1 for keys %in;
    next if select($bits, undef, undef, undef) < 0;
    for my $fd (sort { $a <=> $b } keys %in) {
        next if !vec $bits, $fd, 1;
        my $got = '';
        while ($got !~ /\n\z/) {
            my $read = POSIX::read($fd, my $block, 4096) // last;
            if ($read == 0) { delete $in{$fd}; last }
            $got .= $block;
        }
        syswrite $log, join '', map { "$in{$fd} $_\n" } split /\n/, $got if $got ne '';
    }
}
PERL

spew("$dir/talks", <<"SHELL");
i=0
while :; do
	while [ ! -e $dir/go ]; do sleep 0.02; done
	i=\$((i+1)); echo \$i
	[ \$i = 2000 ] && break
	[ \$((i % 10)) = 0 ] && sleep 0.01
done
echo >$dir/\$1.done
exec sleep 1000
SHELL

my $number = 0;

sub writer {
    my ($name) = @_;
    return qq{SERVICE("$name", .log = LOG_TO("log"), .run = EXEC("/bin/sh", "$dir/talks", "$name")),};
}

sub image {
    my ($services, $reads) = @_;
    $reads //= '.reads = EACH,';
    return supervisord('each' . $number++, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .max_stop = SECONDS(60), .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("log", $reads .run = EXEC("$^X", "$dir/logger", "$dir/log")),
$services
};

CONNATE();
CONFIG
}

my @writers = qw(b a c);
my $s = session(supervisord => image(join '', map { writer($_) } @writers));
ok($s->becomes($_ => 'up'), "$_ is up") for 'log', @writers;
eventually { slurp("$dir/log.env") eq "3 mine 3\n" } 'the variables of sd_listen_fds(3)';
my $logger = $s->field(pid => 'log');
is(scalar(grep { readlink("/proc/$logger/fd/$_") =~ /^pipe:/ } 3 .. 5), 3, 'three pipes');
like(readlink("/proc/$logger/fd/0"), qr/^pipe:/, 'and the standard input');
isnt(readlink("/proc/$logger/fd/3"), readlink("/proc/$logger/fd/4"), 'which are not the same');
my $supervisord = $s->header->{supervisord};
isnt(readlink("/proc/$logger/fd/6") // '', readlink("/proc/$supervisord/fd/100"), 'and nothing else');
my %pid = map { $_ => $s->field(pid => $_) } @writers;

# Kills of the logger (by SIGTERM, as SIGKILL may cost what it has read) and of
# supervisord, and an upgrade that adds a service and removes none.
spew("$dir/go", '');
my $added = image(join '', map { writer($_) } qw(d), @writers);
my ($rounds, $upgraded) = (0, 0);
wait_until {
    $rounds++;
    my $pid = $s->records->{log}{pid};
    kill 'TERM', $pid if $rounds % 3 == 0 && $pid > 0;
    $s->kill_supervisord if $rounds % 5 == 0;
    $upgraded ||= ($s->ctl('exec', $added))[0] == 0 if $rounds > 7;
    return $upgraded && !grep { !-e "$dir/$_.done" } qw(a b c d);
}
'all to have said all';
is($s->field(pid => $_), $pid{$_}, "$_ has noticed nothing") for @writers;
eventually { slurp("$dir/log.env") eq "4 mine 4\n" } 'the service that was added has its pipe';
eventually { $s->records->{log}{stale} == 0 } 'the logger is not stale any more';

sub said_all {
    my ($name) = @_;
    my @lines = slurp("$dir/log") =~ /^\Q$name\E (.*)$/mg;
    return "@lines" eq join ' ', 1 .. 2000;
}

eventually { said_all($_) } "each line of $_, once, in order, under its name" for qw(a b c d);
unlike(slurp("$dir/log"), qr/^-/m, 'nothing came by the standard input');

# A service that is not in the configuration any more is read to its end.
unlink "$dir/go", glob "$dir/*.done";
is(($s->ctl('exec', image(join '', map { writer($_) } qw(d a c))))[0], 0, 'one service fewer');
eventually { ($s->records->{b}{pid} // 0) == 0 } 'it goes';
eventually { slurp("$dir/log.env") eq "3 mine 3\n" } 'and its pipe';

# One that is moved to a file while it runs is not killed by SIGPIPE, though its pipe
# has no reader any more.
my $late = sub {
    my ($log) = @_;
    return qq{SERVICE("e", .log = $log, .run = SHELL("while [ ! -e $dir/late ]; do sleep 0.02; done;"
	" echo one; echo two; : >$dir/e.done; exec sleep 1000")),};
};
my $others = join '', map { writer($_) } qw(d a c);
is(($s->ctl('exec', image($others . $late->('LOG_TO("log")'))))[0], 0, 'given one more');
ok($s->becomes(e => 'up'), 'that is up');
my $moved = $s->field(pid => 'e');
is(($s->ctl('exec', image($others . $late->(qq{LOG_FILE("$dir/moved")}))))[0], 0, 'it goes to a file');
eventually { slurp("$dir/log.env") eq "3 mine 3\n" } 'the logger reads one pipe fewer';
eventually { $s->records->{log}{stale} == 0 } 'and is a new one';
spew("$dir/late", '');
eventually { -e "$dir/e.done" } 'the service writes';
is($s->field(pid => 'e'), $moved, 'and lives');
is(($s->ctl(qw(restart -w -t 60 e)))[0], 0, 'restarted');
eventually { slurp("$dir/moved") eq "one\ntwo\n" } 'it writes to the file';

# From one pipe for all to one for each, and back.
is(($s->ctl('exec', image(join('', map { writer($_) } qw(d a c)), '')))[0], 0, 'TOGETHER again');
my (undef, $out) = $s->ctl('diff', $added);
like($out, qr/reads: +TOGETHER -> EACH/, 'as diff says');
is($s->stop, 0, 'it ends');

# More pipes than there are numbers below the shared descriptors.
my @many = map { "w$_" } 1 .. MANY;
my $each = join '', map {
    qq{SERVICE("$_", .log = LOG_TO("log"),
	.run = SHELL("echo from \$CONNATE_SERVICE; exec sleep 1000")),\n}
} @many;
unlink "$dir/log";
$s = session(supervisord => image($each));
eventually { my @lines = slurp("$dir/log") =~ /^(w\d+ from w\d+)$/mg; @lines == MANY } 'a line of each of many';
is(scalar(grep { !/^(w\d+) from \1$/ } split /\n/, slurp("$dir/log")), 0, 'under its own name');
ok($s->becomes(log => 'up'), 'the logger is up');
is($s->stop, 0, 'it ends, too');
unlike($s->log, qr/are lost/, 'and nothing is lost');
done_testing();
