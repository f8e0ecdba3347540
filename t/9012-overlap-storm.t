#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Restarts with overlap while supervisord and connate are killed at random instants: a
# client that connects all the time is never refused, there are never three processes of
# a service, and in the end one, which is the last one that was started and became ready.
#
# CONNATE_OVERLAP_KILLS: how many (default 60). CONNATE_OVERLAP_SEED: repeats.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Server;
use Test::More;
use Time::HiRes qw(sleep time usleep);

my $kills = $ENV{CONNATE_OVERLAP_KILLS} // 60;
my $seed  = $ENV{CONNATE_OVERLAP_SEED}  // int(1000 * time) ^ $$;
srand $seed;
POSIX::nice(10);    # what is tested beside it has limits of time
diag("CONNATE_OVERLAP_SEED=$seed");
my $dir  = scratch();
my $port = free_port();
my $web  = server("$dir/web");

# It becomes ready after a moment, or fails; and stops after a moment.
spew("$dir/program", <<'PERL');
use strict; use warnings; use Socket;
my ($file) = @ARGV;
my $end = 0;
$SIG{TERM} = sub { $end = 1 };
select undef, undef, undef, rand 0.03;
exit 1 if -e "$file.fails" && rand() < 0.3;
socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die $!;
my $to = pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r);
sub say_it { send $s, $_[0], 0, $to or die $! }
say_it("READY=1\nSTATUS=$$");
while (!$end) { select undef, undef, undef, 0.05; say_it('WATCHDOG=1') }
select undef, undef, undef, rand 0.03;
PERL

sub configuration {
    my ($name, $more) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	$more
	SERVICE("web", .restart = OVERLAP, $web, .max_stop = SECONDS(60),
		.listen = LIST("tcp:127.0.0.1:$port")),
	SERVICE("speaks", .restart = OVERLAP, .ready = READY_SD_NOTIFY, .watchdog = SECONDS(60),
		.max_stop = SECONDS(60), .max_ready = SECONDS(60),
		.run = EXEC("/usr/bin/perl", "$dir/program", "$dir/speaks")),
	SERVICE("bound", .binds = LIST("web", "speaks"), .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
}
my @images = (configuration('one', ''),
    configuration('two', 'SERVICE("more", .run = EXEC("/bin/sleep", "1000")),'));
my $s = session(supervisord => $images[0]);
ok($s->becomes($_, 'up'), "$_ is up") for qw(web speaks bound);
my $bound = $s->field(pid => 'bound');

# The processes of a service, by their command line.
sub processes {
    my ($what) = @_;
    my @pids = map { m{^/proc/(\d+)$} } glob '/proc/[0-9]*';
    return grep { slurp("/proc/$_/cmdline") =~ /\0\Q$what\E\0$/ && alive($_) } @pids;
}

my $client = fork_patiently();
if (!$client) {
    my ($count, @wrong) = (0);
    while (!-e "$dir/end") {
        my $answer = ask($port);
        push @wrong, $answer if $answer !~ /^\d+$/;
        $count++;
        sleep 0.005;
    }
    spew("$dir/answers", join "\n", $count, @wrong);
    POSIX::_exit(0);
}

sub kill_connate {
    my $heir = $s->header->{supervisord} or return;
    return if comm($heir) ne 'supervisord';
    kill 'KILL', $s->{pid};
    waitpid $s->{pid}, 0;
    $s->{pid} = $s->{child} = $heir;
    return wait_until { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir }
        'the successor of connate';
}

spew("$dir/speaks.fails", '');
my ($most, $restarts, $upgrades) = (0, 0, 0);
for my $round (1 .. $kills) {
    for my $service (qw(web speaks)) {
        $restarts++ if rand() < 0.7 && ($s->ctl(restart => $service))[0] == 0;
    }
    usleep(int rand 40_000);
    if ($round % 12 == 0) {
        kill_connate() or last;
    } elsif ($round % 7 == 0) {
        wait_until { ($s->ctl(exec => $images[++$upgrades % 2]))[0] == 0 } 'an upgrade' or last;
    } else {
        $s->kill_supervisord;
    }
    for my $what ('web', 'speaks') {
        my @all = processes("$dir/$what");
        $most = @all if @all > $most;
        diag("round $round: $what: @all\n" . ($s->ctl('events', $what))[1]) if @all > 2;
    }
}
cmp_ok($restarts, '>', $kills / 2, "$restarts restarts, $upgrades upgrades");
is($most, 2, 'there were two processes of a service at times, and never more');
unlink "$dir/speaks.fails";
for my $service (qw(web speaks)) {
    my ($code, $out, $err) = $s->ctl(restart => '-w', $service);
    is($code, 0, "a last restart of $service") or diag($out . $err);
    eventually { my @all = processes("$dir/$service"); @all == 1 && $all[0] eq $s->field(pid => $service) }
        'one process of it is left, and serves';
    eventually { $s->field(state => "$service:2") eq 'down' } 'nothing is beside it';
}
my $pid = $s->field(pid => 'speaks');
like(($s->ctl(status => 'speaks'))[1], qr/\Q$pid\E.*\Q$pid\E/s, 'its own STATUS is shown');
is($s->field(pid => 'bound'), $bound, 'what is bound to both was never stopped');
spew("$dir/end", '');
waitpid $client, 0;
my ($count, @wrong) = split /\n/, slurp("$dir/answers");
cmp_ok($count, '>', $kills / 4, "$count connections");
is("@wrong", '', 'none was refused, and each was answered');
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
