#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .fd_store: what a service stores comes back to its next process, with its contents and
# names, also after kill -9 of the service, of supervisord and of connate and after an
# upgrade; each once. What is over the limit is closed, and so is what nobody wanted.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Storer;
use Test::More;

my $dir = scratch();
my $socket = "$dir/a.sock";

sub configuration {
    my ($name, $room, $more) = @_;
    my %run = map { $_ => storer($_) } qw(plain guarded mixed none);
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .ready = READY_SD_NOTIFY, .max_ready = SECONDS(100), \\
	.retry = RETRY_FIXED(.after = MILLISECONDS(5)),
#include <connate/config.h>

static const struct service services[] = {
	$more
	SERVICE("plain", $run{plain}, .fd_store = $room),
	SERVICE("guarded", $run{guarded}, .fd_store = 2, .stop_all = true),
	SERVICE("mixed", $run{mixed}, .fd_store = 2, .listen = LIST("unix:$socket,name=socket")),
	SERVICE("none", $run{none}),
};

CONNATE();
CONFIG
}

my $s = session(supervisord => configuration('store', 4, ''));
ok($s->becomes($_, 'up'), "$_ is up") for qw(plain guarded mixed none);
is_deeply(passed($_), [], "$_ is passed nothing") for qw(plain guarded none);
like(slurp("$dir/plain"), qr/for=- count=0/, 'and told of nothing');

# The next process of a service, by which it is known what is passed.
sub next_run {
    my ($name, $how) = @_;
    my $before = $s->field(pid => $name);
    $how //= 'restart';
    if ($how eq 'restart') { $s->ctl(restart => $name) }
    else { kill 'KILL', $before }
    wait_until {
        my ($pid) = slurp("$dir/$name") =~ /^pid=(\d+)/;
        $pid ne $before && $s->field(pid => $name) eq $pid
    } "a run of $name";
    $s->becomes($name, 'up');
    return passed($name);
}
# Has supervisord read what was sent?
sub is_read { my ($name) = @_; return store($name, barrier => '-', 'BARRIER=1') }
sub put { my ($name, @what) = @_; store($name, @what); return is_read($name) }
sub stored { my ($passed) = @_; return [ sort map { "@$_" } @$passed ] }

for my $name (qw(plain guarded)) {
    put($name, memfd => 'tea', "FDSTORE=1\nFDNAME=cup");
    is_deeply(next_run($name), [[ cup => 'tea' ]], "$name: it comes back with its contents");
    like(slurp("$dir/$name"), qr/^pid=(\d+) for=\1 count=1 names=1$/m, "$name: it is for that process");
    is_deeply(next_run($name, 'kill'), [[ cup => 'tea' ]], "$name: also after kill -9");
}
put('mixed', memfd => 'milk', 'FDSTORE=1');
is_deeply(next_run('mixed'), [[ socket => '-' ], [ stored => 'milk' ]], 'behind the sockets, with a name of its own');

# Limits, names, removal
put('plain', memfd2 => 'more', "FDSTORE=1\nFDNAME=two");
is_deeply(next_run('plain'), [[ cup => 'tea' ], [ two => 'more1' ], [ two => 'more2' ]], 'two in one message');
put('plain', memfd3 => 'much', "FDSTORE=1\nFDNAME=many");
is_deeply(next_run('plain'), [[ cup => 'tea' ], [ two => 'more1' ], [ two => 'more2' ], [ many => 'much1' ]],
    'what is over the limit is not kept');
my @said = $s->log =~ /^(supervisord: plain: a descriptor is closed: it has stored 4 \(\.fd_store\))$/mg;
is(@said, 1, 'that is said, once');
put('plain', none => '-', "FDSTOREREMOVE=1\nFDNAME=two");
is_deeply(next_run('plain'), [[ cup => 'tea' ], [ many => 'much1' ]], 'those of a name are removed');
put('plain', memfd => 'x', "FDSTORE=1\nFDNAME=" . 'n' x 64);
put('plain', memfd => 'y', "FDSTORE=1\nFDNAME=a:b");
is_deeply(stored(next_run('plain')), [sort 'cup tea', 'many much1', 'stored x', 'stored y'],
    'no name that cannot be one');
put('plain', none => '-', "FDSTOREREMOVE=1\nFDNAME=stored");
put('plain', memfd => 'z', "FDSTORE=1\nFDNAME=z");
put('plain', again => '-', "FDSTORE=1\nFDNAME=z");
is_deeply(stored(next_run('plain')), [sort 'cup tea', 'many much1', 'z z'], 'the same one is stored once');
put('plain', none => '-', "FDSTOREREMOVE=1\nFDNAME=z");

# What nobody wanted
sub open_in { my ($pid) = @_; return scalar(() = glob "/proc/$pid/fd/*") }
my $before = open_in($s->header->{supervisord});
put('none', memfd => 'x', "FDSTORE=1\nFDNAME=x");
put('plain', memfd => 'x', 'STATUS=without');
put('plain', memfd3 => 'x', "FDSTORE=0\nFDNAME=x");
is(open_in($s->header->{supervisord}), $before, 'what nobody wanted is closed');
is_deeply(next_run('none'), [], 'and not passed');

# The other end
put('plain', pipe => '-', "FDSTORE=1\nFDNAME=pipe");
is_deeply(stored(next_run('plain')), [sort 'cup tea', 'many much1'], 'one whose other end is closed goes');
put('plain', pipe => '-', "FDSTORE=1\nFDNAME=pipe\nFDPOLL=0");
is_deeply(stored(next_run('plain')), [sort 'cup tea', 'many much1', 'pipe -'], 'not with FDPOLL=0');
put('plain', none => '-', "FDSTOREREMOVE=1\nFDNAME=pipe");

# Deaths
sub next_supervisord {
    my $old = $s->kill_supervisord;
    return wait_until { ($s->header->{supervisord} // 0) != $old } 'the next supervisord';
}
next_supervisord();
is_deeply(stored(next_run('plain')), [sort 'cup tea', 'many much1'], 'supervisord was killed');
freeze($s->header->{supervisord});
store('plain', memfd => 'late', "FDSTORE=1\nFDNAME=late");
next_supervisord();
is_read('plain');
is_deeply(stored(next_run('plain')), [sort 'cup tea', 'late late', 'many much1'],
    'it was, before it had read the message');
put('plain', none => '-', "FDSTOREREMOVE=1\nFDNAME=late");
for my $round (1 .. 20) {
    store('plain', memfd => "storm$round", "FDSTORE=1\nFDNAME=storm");
    next_supervisord();
    is_read('plain');
    my @found = grep { $_->[0] eq 'storm' } @{ next_run('plain') };
    is_deeply(\@found, [[ storm => "storm$round" ]], "kill $round: it is stored once") or last;
    put('plain', none => '-', "FDSTOREREMOVE=1\nFDNAME=storm");
}

# Upgrades, with more room, and less
my $next = configuration('next', 6, 'SERVICE("first", .ready = READY_AT_ONCE, .run = EXEC("/bin/sleep", "1000"), ' .
    '.log = LOG_TO("logger")), SERVICE("logger", .ready = READY_AT_ONCE, .run = EXEC("/bin/cat")),');
is(($s->ctl('exec', $next))[0], 0, 'an upgrade');
is_deeply(stored(next_run('plain')), [sort 'cup tea', 'many much1'], 'after it the same come back');
is_deeply(next_run('guarded'), [[ cup => 'tea' ]], 'also behind a guard');
put('plain', memfd4 => 'x', "FDSTORE=1\nFDNAME=x");
is(scalar @{ next_run('plain') }, 6, 'there is room for more');
is(($s->ctl('exec', configuration('last', 1, '')))[0], 0, 'an upgrade with less room');
is_deeply(next_run('plain'), [[ cup => 'tea' ]], 'the first ones stay');

# connate
my ($connate, $heir) = ($s->{pid}, $s->header->{supervisord});
kill 'KILL', $connate;
waitpid $connate, 0;
$s->{pid} = $s->{child} = $heir;
wait_until { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir } 'a successor of connate';
is_deeply(next_run('plain'), [[ cup => 'tea' ]], 'connate was killed');
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
