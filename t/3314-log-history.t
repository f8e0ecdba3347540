#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-log --history: each event of the ledger is a line, once and in order, after kills
# of the logger, of the process that writes, of supervisord and of connate, over turns and
# upgrades; what was overwritten is counted; a folder that is gone is waited for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
mkdir "$dir/$_" for qw(logs past);

# It crashes for as long as the file "calm" is not there.
sub image {
    my ($name, $more, @options) = @_;
    my $options = join ', ', map { qq{"$_"} } '--each', "$dir/logs", '--history', "$dir/past/history", @options;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)), .stop = SIGNAL(SIGKILL),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("loops", .log = LOG_TO("log"),
		.run = SHELL("test -e $dir/calm && exec sleep 1000; exec false")),
	SERVICE("web", .log = LOG_TO("log"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("part", .binds = LIST("web"), .run = EXEC("/bin/sleep", "1000")),
	$more
	SERVICE("log", .reads = EACH, .run = EXEC("$log", $options)),
};

CONNATE();
CONFIG
}

# The lines of all files, oldest first.
sub history {
    my @lines;
    for my $file ((sort glob "$dir/past/history.*"), "$dir/past/history") {
        push @lines, map { decode_json($_) } grep { /\}$/ } split /\n/, slurp($file);
    }
    return @lines;
}

sub events { return grep { $_->{event} eq 'state' } history() }

# Whether each event from the first one on is there, once and in order.
sub wrong {
    my ($lost, $next, %state) = (0);
    for my $line (history()) {
        my (undef, undef, $is) = split /\./, $line->{mark};
        $lost += $line->{count} if $line->{event} eq 'lost';
        if ($line->{event} eq 'lost' || $line->{event} =~ /^(session|boot)$/) { $next = $is; %state = (); next }
        my $step = $line->{event} =~ /^(state|reload)$/ ? 1 : 0;
        return "$line->{mark} behind $next" if defined $next && $is != $next + $step;
        $next = $is;
        next if $line->{event} ne 'state';
        my $was = $state{ $line->{service} } // $line->{from};
        return "$line->{service} $line->{from} behind $was ($line->{mark})" if $line->{from} ne $was;
        $state{ $line->{service} } = $line->{to};
    }
    return '';
}

sub helper {
    my ($s) = @_;
    my $pid = $s->records->{log}{pid} // 0;
    return ($pid, $pid > 0 ? (children($pid))[0] : undef);
}

spew("$dir/calm", '');
my @images = map { image($_, '', '--max-size', '8K') } qw(one two);
my $s = session(supervisord => $images[0]);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(log loops web part);
eventually { 4 == grep { $_->{to} eq 'up' } events() } 'what came up is written down';
my @lines = history();
is($lines[0]{event}, 'boot', 'it begins with the boot');
my ($up) = grep { $_->{service} eq 'web' && $_->{to} eq 'up' } events();
like($up->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, 'with a time');
is($up->{pid}, $s->field(pid => 'web'), 'its pid');
is($up->{attempt}, 1, 'the attempt');
is($up->{why}, 'ready', 'and why');

my $web = $s->field(pid => 'web');
kill 'KILL', $web;
eventually { grep { ($_->{signal} // '') eq 'SIGKILL' } events() } 'an end';
my ($end) = grep { ($_->{signal} // '') eq 'SIGKILL' } events();
is("$end->{from} $end->{to} $end->{why} $end->{pid}", "up retrying killed by SIGKILL $web", 'how it ended, and which');
eventually { grep { $_->{service} eq 'part' && $_->{why} =~ /^web is / } events() } 'what it did to others';
is(wrong(), '', 'all of it');

# Kills
unlink "$dir/calm";
my %killed = (log => 0, helper => 0, supervisord => 0, connate => 0, upgrade => 0);
my $round = 0;
my $reached = wait_until {
    $round++;
    if ($round % 13 == 0) {
        $killed{upgrade}++ if ($s->ctl('exec', $images[ $round / 13 % 2 ]))[0] == 0;
    }
    elsif ($round % 5 == 0) { $killed{supervisord}++ if $s->kill_supervisord }
    elsif ($round % 20 == 1) { $killed{connate}++ if $s->kill_connate }
    else {
        my ($pid, $child) = helper($s);
        if ($round % 2) { $killed{log}++ if $pid > 0 && kill 'KILL', $pid }
        elsif (defined $child) { $killed{helper}++ if kill 'KILL', $child }
    }
    sleep 0.02;
    $killed{log} >= 15 && $killed{helper} >= 5 && $killed{supervisord} >= 6 && $killed{upgrade} >= 2;
}
'enough kills';
ok($reached, join ', ', map { "$_ $killed{$_}" } sort keys %killed);
spew("$dir/calm", '');
ok($s->becomes($_ => 'up'), "$_ is up again") for qw(log loops web);
my $settled = sub {
    my %last = map { $_->{service} => $_->{to} } events();
    return !grep { ($last{$_} // '') ne 'up' } qw(log loops web);
};
eventually { $settled->() } 'the last events are there';
is(wrong(), '', 'each event is there once and in order');
cmp_ok(scalar(grep { $_->{event} eq 'supervisord' } history()), '>', 0, 'deaths of supervisord are');
like((grep { $_->{event} eq 'supervisord' } history())[0]{why}, qr/^killed by SIGKILL$/, 'with how it ended');
cmp_ok(scalar(grep { $_->{event} eq 'upgrade' } history()), '>=', 2, 'and upgrades');
cmp_ok(scalar(grep { $_->{event} eq 'succession' } history()), '>', 0, 'and that of connate') if $killed{connate};
cmp_ok(scalar(my @turned = glob "$dir/past/history.*"), '>', 0, 'the file was turned');
is(scalar(grep { -s $_ > 8 << 10 } @turned, "$dir/past/history"), 0, 'and none is too large');

# Overwritten before it could be read
my (undef, $child) = helper($s);
freeze($child);
my $before = $s->header->{events};
unlink "$dir/calm";
kill 'KILL', $s->field(pid => 'loops');
eventually { $s->header->{events} - $before > 1400 } 'more than the ledger keeps';
spew("$dir/calm", '');
ok($s->becomes(loops => 'up'), 'it is up again');
kill 'CONT', $child;
eventually { grep { $_->{event} eq 'lost' } history() } 'what was lost is counted';
eventually { $settled->() } 'and what was not is written';
is(wrong(), '', 'in order');
my ($lost) = grep { $_->{event} eq 'lost' } history();
cmp_ok($lost->{count}, '>', 300, "$lost->{count} are lost");

# A folder that is gone, and back
rename "$dir/past", "$dir/gone";
kill 'KILL', $s->field(pid => 'web');
eventually { $s->log =~ /cannot write the history \Q$dir\E\/past\/history: .*tried again/ } 'it says so';
ok($s->becomes($_ => 'up'), "$_ is up meanwhile") for qw(web part);
rename "$dir/gone", "$dir/past";
eventually { $settled->() && $s->log =~ /the history can be written again/ } 'then it goes on';
is(wrong(), '', 'with all of it');

# A ledger that was changed is refused, and given up on request.
sub sessions { return scalar grep { $_->{event} eq 'session' } history() }
my $h = $s->header;
freeze($h->{supervisord});
open my $ledger, '+<:raw', "/proc/$s->{pid}/fd/100" or die $!;
seek $ledger, $h->{table_at} + 120, 0;
syswrite $ledger, "\xff" x 64;
close $ledger;
kill 'KILL', $h->{supervisord};
eventually { $s->log =~ /the ledger cannot be used: / } 'it is refused';
kill 'HUP', $s->{pid};
ok($s->becomes($_ => 'up'), "$_ is up in the new one") for qw(web log);
eventually { sessions() == 1 } 'a new session';
my $talks = $s->field(pid => 'web');
kill 'KILL', $talks;
eventually {
    my $in_new = 0;
    grep { $in_new ||= $_->{event} eq 'session'; $in_new && ($_->{signal} // '') eq 'SIGKILL' } history();
}
'what happens in it is written down';
is(wrong(), '', 'in order');

# Another session goes on in the same file.
kill 'TERM', $s->{pid};
eventually { !alive($s->{pid}) } 'it ends';
my $to = (grep { $_->{service} eq 'web' } events())[-1]{to};
is($to, 'down', 'with what happened at its end');
$s = session(supervisord => $images[0]);
ok($s->becomes(log => 'up'), 'another session');
eventually { (grep { $_->{service} eq 'web' } events())[-1]{to} eq 'up' } 'it goes on';
is(sessions(), 2, 'behind a line that says so');
is(wrong(), '', 'in order');
is($s->stop, 0, 'it ends');
done_testing();
