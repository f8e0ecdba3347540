#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# NOTIFY_RELOAD: conctl reload waits until READY=1 has followed RELOADING=1, also
# over kills of supervisord, and says what became of it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

my $dir  = scratch();
my $perl = own_perl();

# After SIGHUP it sends these messages, after the signs: `+` waits until there is
# the file NAME.go, `!` ends it.
my %says = (
    good   => [ "RELOADING=1\nMONOTONIC_USEC=%d", '+', 'READY=1' ],
    plain  => [ 'RELOADING=1', 'RELOADING=1', 'READY=1' ],
    status => [ "RELOADING=1\nSTATUS=reads", "READY=1\nSTATUS=done" ],
    silent => [],
    old    => [ "RELOADING=1\nMONOTONIC_USEC=1", 'READY=1' ],
    level  => ['READY=1'],
    dies   => [ 'RELOADING=1', '!' ],
    again  => [ 'RELOADING=1', '+', 'READY=1' ],
);
my $program = spew("$dir/reloads.pl", <<'PERL');
use strict; use warnings; use Socket; use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my ($file, @texts) = @ARGV;
socket my $socket, AF_UNIX, SOCK_DGRAM, 0 or die;
my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
sub say_it { send $socket, $_[0] =~ s/\\n/\n/gr, 0, $to }
my $signals = 0;
$SIG{HUP} = sub { $signals++ };
say_it("RELOADING=1");    # as haproxy does
say_it('READY=1');
while (1) {
    select undef, undef, undef, 0.02;
    next if $signals == 0;
    $signals--;
    for my $text (@texts) {
        if ($text eq '!') { exit 0 }
        if ($text eq '+') { select undef, undef, undef, 0.02 until -e "$file.go"; next }
        say_it(sprintf $text, 1e6 * clock_gettime(CLOCK_MONOTONIC));
    }
    open my $done, '>', "$file.done" or die;
}
PERL

my $rows = join '', map {
    my $texts = join '', map { ', "' . s/\n/\\\\n/gr . '"' } @{ $says{$_} };
    my $short = /^(silent|old|level)$/ ? ', .max_ready = SECONDS(1)' : '';
    qq{\tSERVICE("$_", .run = EXEC("$perl", "$program", "$dir/$_"$texts)$short),\n}
} sort keys %says;
my $s = session(supervisord => supervisord('reload', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .ready = READY_SD_NOTIFY, .reload = NOTIFY_RELOAD(1), .max_ready = SECONDS(100), \\
	.retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>

static const struct service services[] = {
$rows};

CONNATE();
CONFIG
$s->becomes($_, 'up') for sort keys %says;

# conctl in a process of its own, whose exit code and output are returned by the
# function that is returned.
sub reloading {
    my ($name) = @_;
    unlink "$dir/$name.go", "$dir/$name.done";
    my $pid = fork_patiently();
    if ($pid == 0) {
        my ($code, $out, $err) = $s->ctl(qw(reload -t 90), $name);
        spew("$dir/$name.ctl", $err);
        POSIX::_exit($code);
    }
    return ($pid, sub { waitpid $pid, 0; return ($? >> 8, slurp("$dir/$name.ctl")) });
}

sub reloads { my ($name) = @_; return scalar(() = ($s->ctl('events', $name))[1] =~ /reloaded/g) }

for my $name (qw(plain status)) {
    is(($s->ctl(qw(reload -t 90), $name))[0], 0, "$name: it is reloaded");
    is(reloads($name), 1, "$name: which is an event");
    is($s->field(state => $name), 'up', "$name: it is up");
}

# supervisord is killed while it reloads, before and after it has said so.
for my $kill ('', 'killed', 'killed again') {
    my ($pid, $result) = reloading('good');
    wait_until { ($s->ctl(qw(-j status good)))[1] =~ /"reloading":\s*true/ } 'it to reload';
    if ($kill) {
        my $old = $s->kill_supervisord;
        wait_until { ($s->header->{supervisord} // $old) != $old && $s->header->{report_pid} > 0 } 'the next one';
    }
    ok(alive($pid), "conctl waits ($kill)");
    my $stopped = $kill eq 'killed again' ? $s->header->{supervisord} : 0;
    freeze($stopped) if $stopped;
    spew("$dir/good.go", '');
    wait_until { -e "$dir/good.done" } 'READY=1';
    kill 'KILL', $stopped if $stopped;
    my ($code, $err) = $result->();
    is("$code $err", '0 ', 'until READY=1');
}
is(reloads('good'), 3, 'each reload is an event');

# What does not become ready, and what ends
for my $name (qw(silent old level)) {
    my ($code, undef, $err) = $s->ctl(qw(reload -t 90), $name);
    isnt($code, 0, "$name: it is not reloaded");
    like($err, qr/^conctl: reload $name: READY=1 has not followed RELOADING=1 in 1 s \(\.max_ready\)/, 'which is said');
    is($s->field(state => $name), 'up', 'it is up as before');
}
my ($code, undef, $err) = $s->ctl(qw(reload -t 90 dies));
isnt($code, 0, 'one that ends is not reloaded');
like($err, qr/^conctl: reload dies: it went down/, 'which is said');
(my $late, undef, $err) = $s->ctl(qw(reload -t 1 again));
is($late, 124, 'the time of -t is over');
like($err, qr/timed out after 1 s/, 'which is said');
my (undef, $result) = reloading('again');
spew("$dir/again.go", '');
($code, $err) = $result->();
is("$code $err", '0 ', 'another one beside it is done with that');
is($s->stop, 0, 'the session ends');
done_testing();
