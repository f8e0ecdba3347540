#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# gunicorn, as it comes, is restarted beside itself (.restart = OVERLAP) under load: no
# request is lost, and each restart is done when the next one has said READY=1.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Server;
use Test::More;
use Time::HiRes qw(sleep);

use constant RESTARTS => 3;

my $gunicorn = (grep { -x } '/usr/bin/gunicorn', '/usr/local/bin/gunicorn')[0];
plan skip_all => 'gunicorn is not installed' if !$gunicorn;
my $dir  = scratch();
my $port = free_port();
spew("$dir/app.py", <<'PY');
import os
def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getppid()).encode()]
PY

my $s = session(supervisord => supervisord('gunicorn', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("web", .restart = OVERLAP, .run = EXEC("$gunicorn", "--workers=1", "app:app"),
		.env = LIST("PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"), .chdir = "$dir",
		.ready = READY_SD_NOTIFY, .max_ready = SECONDS(100), .max_stop = SECONDS(100),
		.listen = LIST("tcp:127.0.0.1:$port")),
};
CONNATE();
CONFIG
ok($s->becomes(web => 'up'), 'gunicorn is up');

# The pid of the gunicorn that has answered, or what came instead.
sub request {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return "refused: $!";
    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, "GET / HTTP/1.0\r\n\r\n";
    my $all = '';
    1 while sysread $socket, $all, 4096, length $all;
    return $all =~ /\A\S+ 200 .*\r\n\r\n(\d+)\z/s ? $1 : "answer '$all': $!";
}
wait_until { request() =~ /^\d+$/ } 'an answer';

my $client = fork_patiently();
if (!$client) {
    my ($count, @wrong) = (0);
    while (!-e "$dir/end") {
        my $answer = request();
        push @wrong, $answer if $answer !~ /^\d+$/;
        $count++;
        sleep 0.005;
    }
    spew("$dir/answers", join "\n", $count, @wrong);
    POSIX::_exit(0);
}

my %pids = ($s->field(pid => 'web') => 1);
for my $k (1 .. RESTARTS) {
    my ($code, $out, $err) = $s->ctl(restart => '-w', 'web');
    is($code, 0, "restart $k") or diag($out . $err);
    my $pid = $s->field(pid => 'web');
    $pids{$pid} = 1;
    eventually { request() eq $pid && $s->field(state => 'web:2') eq 'down' } 'the next one answers, alone';
}
is(keys %pids, RESTARTS + 1, 'each is another process');
spew("$dir/end", '');
waitpid $client, 0;
my ($count, @wrong) = split /\n/, slurp("$dir/answers");
cmp_ok($count, '>', 10, "$count requests");
is("@wrong", '', 'each was answered');
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
