#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .watchdog: a service that gives no sign of life fails; one that gives signs does
# not, whatever becomes of supervisord; and the time that a service asks for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Speaker;
use Test::More;

my $dir = scratch();
my %fields = (
    silent   => '.watchdog = MILLISECONDS(300)',
    guarded  => '.watchdog = MILLISECONDS(300), .stop_all = true',
    steady   => '.watchdog = SECONDS(3)',
    kept     => '.watchdog = SECONDS(3)',
    upgraded => '.watchdog = SECONDS(3)',
    free     => '',
    slow     => '.max_ready = SECONDS(4)',
    polite   => '.max_stop = SECONDS(3)',
);

sub image {
    my ($name, $more) = @_;
    my $rows = join '', map {
        qq{	SERVICE("$_", @{[ speaker($_) ]}, $fields{$_}),\n}
    } sort keys %fields;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .target = DOWN, .max_ready = SECONDS(100), .retry = RETRY_NEVER, .ready = READY_SD_NOTIFY,
#include <connate/config.h>
static const struct service services[] = {
$rows$more};
CONNATE();
CONFIG
}

my $first  = image('first',  '');
my $second = image('second', '	SERVICE("more", .run = EXEC("/bin/sleep", "1000"), .ready = READY_AT_ONCE),');
my $s = session(supervisord => $first);

sub done { my ($file) = @_; wait_until { -e $file } $file; return slurp($file) }
sub next_after { my ($pid) = @_; return wait_until { ($s->header->{supervisord} // 0) != $pid } 'a supervisord' }

# Up, with signs of life or without.
sub begin {
    my ($name, $how) = @_;
    unlink glob "$dir/$name.*";
    $s->ctl(up => $name);
    done(tell($name => $how => '')) if $how;
    tell($name => main => 'READY=1');
    return $s->becomes($name, 'up');
}

sub fails {
    my ($name, $why) = @_;
    ok($s->becomes($name, 'failed'), "$name: $why");
    is($s->field(code => $name), 134, 'by SIGABRT');
    return like(($s->ctl('events'))[1], qr/\b$name\b.*up -> stopping.*no sign of life/, 'and events say why');
}

begin($_) for qw(silent guarded);
fails($_, 'a service that is silent fails') for qw(silent guarded);
like($s->log, qr/^supervisord: silent: gave no sign of life in time; sending SIGABRT$/m, 'that is said');

ok(begin('steady', 'ping'), 'one that gives signs of life is up');
my %run = map { split /=/, $_, 2 } split /\0/, slurp('/proc/' . $s->field(pid => 'steady') . '/environ');
is($run{WATCHDOG_USEC}, 3_000_000, 'it is told how often');
is($run{WATCHDOG_PID}, $s->field(pid => 'steady'), 'and which process');
my $pid = $s->field(pid => 'steady');

# For longer than the watchdog waits, nothing listens; then all that was said is
# read, and a service that the full socket has held up goes on.
my $super = $s->header->{supervisord};
freeze($super);
my $begin = Connate::now_ms();
wait_until { Connate::now_ms() > $begin + 4500 } 'some seconds to pass';
kill 'CONT', $super;
is($s->field(pid => 'steady'), $pid, 'a supervisord that was stopped has heard nothing: that does not count');
for (1 .. 10) {
    my $old = $s->kill_supervisord;
    next_after($old);
}
is(($s->ctl('exec', $second))[0], 0, 'an upgrade');
is(($s->ctl('exec', $first))[0],  0, 'and back');
$begin = Connate::now_ms();
wait_until { Connate::now_ms() > $begin + 3500 } 'some seconds to pass';
is($s->field(state => 'steady'), 'up', 'it is up after kills and upgrades');
is($s->field(pid => 'steady'), $pid, 'and was never touched');
done(tell(steady => hush => ''));
fails('steady', 'when it is silent it fails');

# Its time goes on whatever becomes of supervisord.
begin($_, 'ping') for qw(kept upgraded);
done(tell(kept => hush => ''));
wait_until { next_after($s->kill_supervisord); $s->field(state => 'kept') ne 'up' } 'it to fail';
fails('kept', 'also if supervisord is killed again and again');
done(tell(upgraded => hush => ''));
wait_until { $s->ctl('exec', $_) for $second, $first; $s->field(state => 'upgraded') ne 'up' } 'it to fail';
fails('upgraded', 'also if there is one upgrade after another');

for my $text ('WATCHDOG=trigger', 'WATCHDOG_USEC=200000') {
    begin('free');
    tell(free => main => $text);
    fails('free', $text);
    $s->ctl(down => '-w', 'free');
}

# More time
tell(slow => main => "STATUS=long work\nEXTEND_TIMEOUT_USEC=100000000");
$s->ctl(up => 'slow');
wait_until { $s->field(state => 'slow') ne 'starting' || $s->field(time => 'slow') > 5 } 'its time to pass';
is($s->field(state => 'slow'), 'starting', 'a service that asks for time gets it while it starts');
next_after($s->kill_supervisord);
is($s->field(state => 'slow'), 'starting', 'also of the next supervisord');
tell(slow => main => 'READY=1');
ok($s->becomes('slow', 'up'), 'and is ready later');
spew("$dir/polite.polite", '');
$s->ctl(up => 'polite');
tell(polite => main => 'READY=1');
$s->becomes('polite', 'up');
$s->ctl(down => 'polite');
wait_until { $s->field(state => 'polite') ne 'stopping' || $s->field(time => 'polite') > 4 } 'its time to pass';
is($s->field(state => 'polite'), 'stopping', 'and while it stops');
spew("$dir/polite.end", '');
ok($s->becomes('polite', 'down'), 'it is down later');
is($s->field(code => 'polite'), 0, 'and was not killed');

is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
