#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Clients connect all the time to the socket of a server, TCP and unix, while it is
# restarted, while supervisord and connate are killed and while other images take over:
# none is refused, and each is answered.
#
# CONNATE_RESTARTS: how many (default 60).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Server;
use Test::More;
use Time::HiRes qw(sleep);

my $restarts = $ENV{CONNATE_RESTARTS} // 60;
my $dir  = scratch();
my $port = free_port();

sub configuration {
    my ($name, $more) = @_;
    my $web = server("$dir/web");
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	$more
	SERVICE("web", $web, .max_stop = SECONDS(60),
		.listen = LIST("tcp:127.0.0.1:$port", "unix:$dir/socket")),
};

CONNATE();
CONFIG
}

my @images = (configuration('one', ''), configuration('two', 'SERVICE("more", .run = EXEC("/bin/sleep", "1000")),'));
my $s = session(supervisord => $images[0]);
ok($s->becomes('web', 'up'), 'the server is up');

# A client: one connection after the other; the number of them at the end, and what was
# not answered.
sub client {
    my ($where, $file) = @_;
    my $pid = fork_patiently();
    return $pid if $pid;
    POSIX::nice(5);
    my ($count, @wrong) = (0);
    open my $answers, '>>', "$dir/answers" or die $!;
    while (!-e "$dir/end") {
        my $answer = ask($where);
        push @wrong, $answer if $answer !~ /^\d+$/;
        $count++;
        syswrite $answers, '.';
        sleep 0.005;
    }
    spew("$file.new", join "\n", $count, @wrong);
    rename "$file.new", $file;
    POSIX::_exit(0);
}
sub answered { return -s "$dir/answers" // 0 }
my @clients = (client($port, "$dir/tcp"), client("$dir/socket", "$dir/unix"));

my $connate = $s->{pid};
my ($kills, $upgrades) = (0, 0);
for my $round (1 .. $restarts) {
    my $before = $s->field(pid => 'web');
    $s->ctl(restart => 'web');
    $kills++ if $round % 3 == 0 && $s->kill_supervisord;
    wait_until { my $pid = $s->field(pid => 'web'); $pid =~ /^\d+$/ && $pid ne $before } 'the next server' or last;
    wait_until { answered() > 2 * $round } 'clients to be answered' or last;
    if ($round % 10 == 0) {
        wait_until { ($s->ctl(exec => $images[$round / 10 % 2]))[0] == 0 } 'an upgrade' or last;
        $upgrades++;
    }
}
cmp_ok($kills, '>', 0, "$kills times supervisord was killed");
is($upgrades, int($restarts / 10), "$upgrades upgrades");
my $heir = $s->header->{supervisord};
kill 'KILL', $connate;
waitpid $connate, 0;
$s->{pid} = $s->{child} = $heir;
eventually { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir }
    'connate is killed, and has a successor';
my $last = $s->field(pid => 'web');
$s->ctl(restart => 'web');
eventually { my $pid = $s->field(pid => 'web'); $pid =~ /^\d+$/ && $pid ne $last } 'a restart after that';
eventually { ask($port) eq $s->field(pid => 'web') } 'the next server answers';

spew("$dir/end", '');
waitpid $_, 0 for @clients;
for my $kind (qw(tcp unix)) {
    my ($count, @wrong) = split /\n/, slurp("$dir/$kind");
    cmp_ok($count, '>', $restarts, "$kind: $count connections");
    is("@wrong", '', "$kind: none was refused, and each was answered");
}
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
