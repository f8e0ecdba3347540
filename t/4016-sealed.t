#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Memory that supervisord, guards and connate have mapped together cannot be truncated
# by another process of the same user, nor grow: each is a memfd of
# its full size, sealed. A process whose mapping were truncated would die of SIGBUS.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Fcntl qw(O_RDWR);
use Test::More;

use constant { F_GET_SEALS => 1034, SEAL => 1, SHRINK => 2, GROW => 4 };

my $image = supervisord('sealed', <<'CONFIG', '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(20)),
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("steady", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("flaps", .run = SHELL("exit 1")),
};
CONNATE();
CONFIG
my $s   = session(supervisord => $image);
my @all = qw(steady guarded);
ok($s->becomes($_ => 'up'), "$_ is up") for @all;
my %pid   = map { $_ => $s->field(pid => $_) } @all;
my $guard = $s->records->{guarded}{pid};
my $first = $s->header->{supervisord};
my $exits = $s->records->{flaps}{exits};

# Every shared mapping of a file, by its descriptor in the same process.
sub mapped {
    my ($pid) = @_;
    my %inode = map { (split)[4] => 1 } grep { / .w?.?s / || / r..s | rw.s / } split /\n/, slurp("/proc/$pid/maps");
    return grep { my @at = stat $_; @at && $inode{ $at[1] } && readlink($_) =~ /^\/memfd:/ } glob "/proc/$pid/fd/*";
}

my %who = (connate => $s->{pid}, supervisord => $first, guard => $guard);
for my $who (sort keys %who) {
    for my $number (100, 107) {
        my $path = "/proc/$who{$who}/fd/$number";
        my $is   = "$number of $who";
        sysopen my $fd, $path, O_RDWR or next;    # it has none, or not to write
        my $size = -s $fd;
        is(fcntl($fd, F_GET_SEALS, 0) & 7, SEAL | SHRINK | GROW, "$is is sealed");
        for my $to (0, 4096, $size - 1, $size + 1) {
            ok(!truncate($fd, $to) && $!{EPERM}, "$is: it cannot get $to bytes");
        }
        is(-s $fd, $size, "$is: it is as it was");
    }
    is_deeply([ grep { !/\/(?:100|107)$/ } mapped($who{$who}) ], [], "$who has mapped no other shared memory");
}
is(-s "/proc/$s->{pid}/fd/107", 24 << 20, 'the board has room for all that it will ever have');
cmp_ok((stat "/proc/$s->{pid}/fd/107")[12] * 512, '<', 1 << 20, 'of which only a little exists');

eventually { $s->records->{flaps}{exits} > $exits + 5 } 'services start and end, and are written on it';
is($s->header->{supervisord}, $first, 'supervisord lives');
is_deeply({ map { $_ => $s->field(pid => $_) } @all }, \%pid, 'all services do');

# A successor and another image find it unchanged; orphans are stored behind the entries.
my $size = -s "/proc/$s->{pid}/fd/107";
$s->kill_supervisord;
eventually { $s->header->{supervisord} != $first } 'supervisord is killed';
is(($s->ctl('exec'))[0], 0, 'another image');
is(-s "/proc/$s->{pid}/fd/107", $size, 'the board is as it was');
my $heir = $s->header->{supervisord};
kill 'KILL', $s->{pid};
waitpid delete $s->{child}, 0;
$s->{pid} = $heir;
eventually { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir } 'connate is killed';
eventually { readlink('/proc/' . $s->header->{supervisord} . '/fd/118') } 'orphans are watched';
is_deeply({ map { $_ => $s->field(pid => $_) } @all }, \%pid, 'nothing has noticed');
kill 'TERM', $heir;
eventually { !alive($heir) } 'it ends';
is_deeply([ grep { alive($_) } values %pid ], [], 'and nothing is left');
done_testing();
