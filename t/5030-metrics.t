#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl metrics: its values are those of the other commands and of /proc; the text is that of
# OpenMetrics, by a parser of ours, and with --classic that of Prometheus, by promtool check metrics.
# That one checks the older format alone: its grammar, that each name has one help and one type, and
# how names are to end. Units and the end of OpenMetrics it takes for comments.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use POSIX ();
use Test::More;

my $dir = scratch();
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};
my $text = <<"CONFIG";
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("tree", .run = SHELL("sleep 1000 & setsid sleep 1000 & exec sleep 1000")),
	SERVICE("works", .run = SHELL("i=0; while [ \$i -lt 300000 ]; do i=\$((i + 1)); done; exec sleep 1000")),
	SERVICE("left", .run = SHELL("(sleep 1000 & echo \$! >$dir/left); exec sleep 1000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("exits", .run = SHELL("exit 3"), .retry = RETRY_NEVER),
	SERVICE("killed", .run = SHELL("kill -KILL \$\$"), .retry = RETRY_NEVER),
	SERVICE("odd.name:1\@x", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
};
CONNATE();
CONFIG
my $s = session(supervisord => supervisord('metrics', $text));
$s->ctl(qw(up -w -t 60 tree works left guarded));
$s->becomes($_, 'failed') for qw(exits killed);

# name{labels} => value, of a text that OpenMetrics allows: each family described once, its samples
# behind that, the unit at the end of its name.
sub parsed {
    my ($out) = @_;
    my (%sample, %family, $name);
    my @lines = split /\n/, $out;
    fail('the text ends as OpenMetrics has it') if pop @lines ne '# EOF';
    for (@lines) {
        if (/^# TYPE (\w+) (gauge|counter)$/) {
            $name = $1;
            fail("$name is described again") if $family{$name};
            $family{$name} = { type => $2 };
        } elsif (/^# UNIT (\w+) (\w+)$/) {
            fail($_) if $1 ne $name || $name !~ /_$2$/ || $family{$name}{unit}++;
        } elsif (/^# HELP (\w+) ([^\\"]+)$/) {
            fail($_) if $1 ne $name || $family{$name}{help}++;
        } elsif (/^(\w+)((?:\{(?:\w+="[\w.:@-]+",?)+\})?) (-?\d+(?:\.\d{3})?)$/) {
            my ($sample, $labels, $value) = ($1, $2, $3);
            my $whole = $name . ($family{$name}{type} eq 'counter' ? '_total' : '');
            my $known = ($sample =~ s/^connate_//r) . $labels;
            fail($_) if $sample ne $whole || !$family{$name}{help} || exists $sample{$known};
            $sample{$known} = $value;
        } else {
            fail("not OpenMetrics: $_");
        }
    }
    return (\%sample, \%family);
}

sub metrics {
    my ($code, $out, $err) = $s->ctl('metrics', @_);
    fail("metrics @_: $code $err") if "$code $err" ne '0 ';
    return (parsed($out))[0];
}

sub of { my ($m, $name, $service) = @_; return $m->{"$name\{service=\"$service\"\}"} }

my ($code, $out, $err) = $s->ctl('metrics');
is("$code $err", '0 ', 'metrics');
my ($m, $family) = parsed($out);
for my $service (split ' ', ($s->ctl('list'))[1]) {
    my ($state) = map { /state="(.*)"/ ? $1 : () }
        grep { /^service_state\{service="\Q$service\E"/ && $m->{$_} } keys %$m;
    is($state, $s->field(state => $service), "$service: its state, one of all");
    is(of($m, 'service_attempt', $service), $s->field(attempt => $service), "$service: attempt");
    is(of($m, 'service_wanted', $service), $service =~ /^odd/ ? 0 : 1, "$service: wanted");
}
is(of($m, 'service_last_exit_code', 'exits'),  3,     'an exit code');
is(of($m, 'service_last_exit_code', 'killed'), 137,   'that of a signal, as a shell has it');
is(of($m, 'service_last_exit_code', 'tree'),   undef, 'and none of a service that has not ended');
is($m->{'service_last_end{service="killed",kind="killed"}'}, 1, 'killed');
is($m->{'service_last_end{service="killed",kind="exited"}'}, 0, 'not exited');
is(of($m, 'service_ends_total', $_), 1, "$_: has ended once") for qw(exits killed);
is(of($m, 'service_uptime_seconds', 'exits'), '0.000', 'what is not up has no up-time');
cmp_ok(of($m, 'service_uptime_seconds', 'tree'), '>', 0, 'what is up has');

# The processes.
eventually { of(metrics('tree'), 'service_processes', 'tree') == 3 }
'descendants count, in a session of their own, too';
eventually { of(metrics('left'), 'service_processes', 'left') == 2 }
'and those whose parent has ended, by their session';
is(of($m, 'service_processes', 'guarded'), 2, 'a guard counts');
is(of($m, 'service_processes', 'odd.name:1@x'), 0, 'a service that is down has none');
my $pid = $s->field(pid => 'works');
eventually {
    my $pages = (split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //r)[21];
    of(metrics('works'), 'service_memory_bytes', 'works') == $pages * POSIX::sysconf(POSIX::_SC_PAGESIZE())
} 'memory is what /proc says';
eventually { of(metrics('works'), 'service_cpu_seconds_total', 'works') > 0.05 } 'processor time counts';
is((grep { /service=/ && !/service="works"/ } keys %{ metrics('works') }), 0, 'only of services that are named');
($code) = $s->ctl(qw(metrics no-such));
is($code, 5, 'a name that there is not');

# supervisord.
is($m->{supervisord_running}, 1, 'supervisord runs');
my $starts = $m->{supervisord_starts_total};
$s->kill_supervisord;
eventually { metrics()->{supervisord_starts_total} == $starts + 1 } 'its death is one start more';
($code) = $s->ctl('exec', '-t', 60, supervisord('again', $text =~ s/1000"/2000"/r));
is($code, 0, 'an upgrade');
$m = metrics();
is($m->{upgrades_in_force}, 1, 'counts');
is($m->{probation},         1, 'and is on probation');
is(of($m, 'service_stale', 'tree'), 1, 'and a service that it changes is stale');
cmp_ok($m->{supervisord_starts_total}, '>', $starts, 'counters go on over an upgrade');

# The manual has each name.
my $manual = slurp(source() . '/doc/conctl.1');
for my $name (sort keys %$family) {
    my $whole = $name . ($family->{$name}{type} eq 'counter' ? '_total' : '');
    like($manual, qr/^\.It Li $whole$/m, "doc/conctl.1: $whole");
}

# A connate whose processes have other numbers here: what can be told is told.
SKIP: {
    skip 'needs root, for a pid namespace', 2 if $> != 0 || (run(qw(unshare --pid --fork true)))[0] != 0;
    my $inner = session(supervisord => $s->{supervisord},
        wrap => [qw(unshare --pid --fork --mount-proc --kill-child)]);
    ($code, $out, $err) = $inner->ctl('metrics');
    like("$code $err", qr/\A0 .*left out.*another pid namespace/, 'another pid namespace: said');
    like($out, qr/^connate_service_wanted.*# EOF\n\z/ms, 'and the rest is there');
}

# The older format: the same samples.
my ($before, $classic, $after);
eventually {
    ($before, $classic, $after) = map { ($s->ctl('metrics', @$_))[1] } [], ['-c'], ['--classic'];
    $_ = join "\n", map { s/ .*//r } grep { !/^#/ } split /\n/, $_ for my ($new, $old) = ($before, $classic);
    $new eq $old
} 'the older format has the same samples';
unlike($classic, qr/^# (UNIT|EOF)/m, 'but no unit, and no end');

# The example, at work.
my $example = slurp(source() . '/config/example-metrics.c');
$example =~ s{"/var/lib/prometheus/node-exporter"}{"$dir"} or die;
$example =~ s/"15"/"0.1"/ or die;
local $ENV{PATH} = built('conctl') . ":$ENV{PATH}";
my $shown = session(supervisord => supervisord('example', $example));
my $torn  = 0;
eventually { slurp("$dir/connate.prom") =~ /^connate_events_total \d+\n\z/m } 'the example writes its file';
my %seen;
wait_until {
    my $now = slurp("$dir/connate.prom");
    $torn++ if $now !~ /\A# TYPE connate_service_state .*^connate_events_total \d+\n\z/ms;
    $seen{ (stat "$dir/connate.prom")[1] // 0 } = 1;
    keys %seen > 3
} 'it to be written again';
is($torn, 0, 'and it is whole whenever it is read');
my $file = slurp("$dir/connate.prom");
$shown->ctl(qw(down -w -t 60 metrics));
ok(!-e "$dir/connate.prom", 'it goes with the service');

SKIP: {
    my $promtool = (grep { -x } map { "$_/promtool" } split /:/, $ENV{PATH})[0];
    skip 'no promtool', 2 if !$promtool;
    for (['metrics --classic', $classic], ['the file of the example', $file]) {
        my ($what, $text) = @$_;
        spew("$dir/classic", $text);
        ($code, $out, $err) = run('sh', '-c', 'exec "$0" check metrics <"$1"', $promtool, "$dir/classic");
        is("$code $out$err", '0 ', "promtool finds nothing in $what");
    }
}
done_testing;
