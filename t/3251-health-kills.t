#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Checks go on whatever becomes of supervisord and connate: one at a time, none is
# doubled, none counts as failed that did not fail, and none that failed is forgotten.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $top = $ENV{top_builddir} // "$FindBin::Bin/..";
my $run = '.run = EXEC("/bin/sleep", "1000")';

# A check that notes when it begins and ends, and takes some time.
my $slow = qq{SHELL("echo b >>$dir/\$CONNATE_SERVICE; sleep 0.3; echo e >>$dir/\$CONNATE_SERVICE")};

sub image {
    my ($name, $more) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_NEVER,
#include <connate/config.h>
static const struct service services[] = {
$more	SERVICE("well", $run, .check = CHECK($slow, .every = MILLISECONDS(20), .failures = 1)),
	SERVICE("ill", $run, .target = DOWN, .check = CHECK(SHELL("echo f >>$dir/ill; exit 1"),
	        .every = MILLISECONDS(100), .failures = 10)),
	SERVICE("reloads", $run, .check = CHECK(SHELL("exec sleep 0.2"), .every = MILLISECONDS(10)),
	        .reload = SHELL("echo r >>$dir/reloads")),
};
CONNATE(.lock_file = "$dir/lock");
CONFIG
}

my $first  = image('first',  '');
my $second = image('second', qq{	SERVICE("more", .run = EXEC("/bin/sleep", "1000")),\n});
my $s = session(supervisord => $first);

sub lines_of { my ($name) = @_; my $t = -e "$dir/$name" ? slurp("$dir/$name") : ''; return () = $t =~ /\n/g }
sub next_after { my ($pid) = @_; return wait_until { ($s->header->{supervisord} // 0) != $pid } 'a supervisord' }
sub checker { my ($name) = @_; return ($s->ctl(status => $name))[1] =~ /command: (\d+) \(\.check\)/ ? $1 : 0 }

# More checks have ended.
sub goes_on {
    my ($what) = @_;
    my $before = lines_of('well');
    return eventually { lines_of('well') >= $before + 4 } "checks go on: $what";
}

eventually { ($s->ctl(health => 'well'))[0] == 0 } 'it is well';
my $pid = $s->field(pid => 'well');
my $checker = checker('well');
ok($checker, 'a process checks it');
for (1 .. 8) {
    next_after($s->kill_supervisord);
}
goes_on('supervisord was killed');
is(checker('well'), $checker, 'the same process checks it');
my $super = $s->header->{supervisord};
freeze($super);
goes_on('supervisord is stopped');
goes_on('for longer');
kill 'CONT', $super;
is(($s->ctl('exec', $second))[0], 0, 'an upgrade');
goes_on('after an upgrade');
is(($s->ctl('exec', $first))[0], 0, 'and back');
is(($s->ctl(health => 'well'))[0], 0, 'it is well');
is(checker('well'), $checker, 'the same process checks it');
is(($s->ctl('exec', '--pid1'))[0], 0, 'connate executes itself again');
goes_on('connate is another one');
is($s->field(pid => 'well'), $pid, 'the service was not touched');
like(slurp("$dir/well"), qr/\A(?:b\ne\n)+(?:b\n)?\z/, 'there was one check at a time');
unlike(($s->ctl('events'))[1], qr/ health +unhealthy/, 'and none has failed');

# The count of failures outlives supervisord, and its process, too
$s->ctl(up => 'ill');
wait_until { lines_of('ill') >= 3 } 'some failures';
next_after($s->kill_supervisord);
ok($s->becomes('ill', 'failed'), 'failures count over a kill');
is(lines_of('ill'), 10, 'each of them once');

# A reload that waits for the end of the checks is done, once
my $done = 0;
for (1 .. 5) {
    my $before = lines_of('reloads');
    wait_until { checker('reloads') } 'it to be checked';
    my $super = $s->header->{supervisord};
    ($s->ctl('reload', '-t', 20, 'reloads'));
    next_after($s->kill_supervisord) if $_ % 2;
    wait_until { lines_of('reloads') > $before } 'a reload';
    $done += lines_of('reloads') == $before + 1;
}
is($done, 5, 'each reload is done once, also when supervisord is killed');

# connate is killed: supervisord takes its place, and the checks go on
my $connate = $s->{pid};
kill 'KILL', $connate;
wait_until { !alive($connate) } 'it to end';
goes_on('connate was killed');

# Both are killed: nothing would read what is found
my @conctl = ("$top/conctl/conctl", '-l', "$dir/lock");
my ($status) = (run(@conctl, qw(status well)))[1] =~ /command: (\d+) \(\.check\)/;
my @both = (run(@conctl, qw(-j status)))[1] =~ /^\{"connate":(\d+),"supervisord":(\d+),/;
is(scalar(@both), 2, 'both are known');
ok($status && alive($status), 'it is checked');
freeze($both[1]); # else it takes the place of connate
kill 'KILL', @both;
eventually { !alive($status) } 'what checks a service ends with its session';
kill 'KILL', $pid;
done_testing();
