#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Upgrades in the middle of a restart with overlap: both processes go on, and each is heard
# as before; by a configuration without the word the one that serves goes on, is heard, and
# the other one ends.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();

# It says that it is ready, or its pid as STATUS, when a file of its own says so.
spew("$dir/program", <<'PERL');
use strict; use warnings; use Socket;
my ($dir) = @ARGV;
socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die $!;
my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
sub say_it { send $s, $_[0], 0, $to or die $! }
say_it('WATCHDOG=1');
say_it('READY=1') if -e "$dir/at-once";
open my $log, '>>', "$dir/pids" or die $!; syswrite $log, "$$\n";
while (1) {
    select undef, undef, undef, 0.02;
    say_it("STATUS=$$ says " . readlink("$dir/$$.status")), unlink "$dir/$$.status" if -l "$dir/$$.status";
    say_it('READY=1'), unlink "$dir/$$.ready" if -e "$dir/$$.ready";
}
PERL
spew("$dir/at-once", '');

sub configuration {
    my ($name, $restart, $more) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	$more
	SERVICE("speaks", $restart .ready = READY_SD_NOTIFY, .max_ready = SECONDS(100),
		.stop = SIGNAL(SIGUSR1), .fd_store = 2, .watchdog = SECONDS(100),
		.run = EXEC("/usr/bin/perl", "$dir/program", "$dir")),
};

CONNATE();
CONFIG
}
my $more = 'SERVICE("more", .ready = READY_FD(3), .target = DOWN, .run = EXEC("/bin/sleep", "1000")),';
my @images = (configuration('one', '.restart = OVERLAP,', ''), configuration('two', '.restart = OVERLAP,', $more));
my $without = configuration('three', '', '');

my $s = session(supervisord => $images[0]);
sub pid_of { my ($name) = @_; return $s->field(pid => $name) }
sub state_of { my ($name) = @_; return $s->field(state => $name) }
# Does supervisord hear that process, as that service?
my $words = 0;
sub heard {
    my ($pid, $service) = @_;
    symlink ++$words, "$dir/$pid.status";
    return wait_until { ($s->ctl(status => $service))[1] =~ /\b$pid says $words\b/ } "$service to be heard";
}
sub upgrade { my ($image) = @_; return ($s->ctl(exec => $image))[0] }

ok($s->becomes(speaks => 'up'), 'it is up');
my $first = pid_of('speaks');
unlink "$dir/at-once";

# While the next one starts
is(($s->ctl(restart => 'speaks'))[0], 0, 'a restart');
eventually { pid_of('speaks:2') =~ /^\d+$/ } 'the next one starts';
my $second = pid_of('speaks:2');
is(upgrade($images[1]), 0, 'an upgrade');
is(pid_of('speaks'), $first, 'the former one serves');
is(pid_of('speaks:2'), $second, 'the next one is still starting');
ok(heard($first, 'speaks'), 'the former one is heard');
ok(heard($second, 'speaks:2'), 'and the next one');
spew("$dir/$second.ready", '');
eventually { pid_of('speaks') eq $second } 'it is ready, and serves';
eventually { state_of('speaks:2') eq 'down' && !alive($first) } 'the former one has ended';
ok(heard($second, 'speaks'), 'it is heard');

# By the socket of the other place now
is(upgrade($images[0]), 0, 'an upgrade when they have changed places');
ok(heard($second, 'speaks'), 'it is heard by its socket');
is(($s->ctl(restart => 'speaks'))[0], 0, 'another restart');
eventually { pid_of('speaks:2') =~ /^\d+$/ } 'the third one starts';
my $third = pid_of('speaks:2');
ok(heard($third, 'speaks:2'), 'the third one is heard');
ok(heard($second, 'speaks'), 'and the second one');
spew("$dir/$third.ready", '');
eventually { pid_of('speaks') eq $third } 'the third one serves';
eventually { state_of('speaks:2') eq 'down' } 'alone';

# A configuration without the word
is(($s->ctl(restart => 'speaks'))[0], 0, 'a restart');
eventually { pid_of('speaks:2') =~ /^\d+$/ } 'the fourth one starts';
my $fourth = pid_of('speaks:2');
is(upgrade($without), 0, 'an upgrade to a configuration without the word');
is(pid_of('speaks'), $third, 'the one that serves goes on');
ok(heard($third, 'speaks'), 'and is heard');
eventually { !alive($fourth) } 'the next one has ended';
eventually { ($s->ctl(list => ()))[1] eq "speaks\n" && ($s->ctl(status => 'speaks:2'))[0] == 4 } 'and is forgotten';
spew("$dir/at-once", '');
is(($s->ctl(restart => '-w', 'speaks'))[0], 0, 'a restart in turn');
ok(!alive($third), 'the former one was stopped');

# And with it again
is(upgrade($images[0]), 0, 'an upgrade to one with the word');
my $fifth = pid_of('speaks');
is(($s->ctl(restart => '-w', 'speaks'))[0], 0, 'a restart beside it');
isnt(pid_of('speaks'), $fifth, 'another process serves');
ok(heard(pid_of('speaks'), 'speaks'), 'and is heard');

is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
