#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Servers that take their socket as sd_listen_fds(3) has it, as they come: gunicorn
# answers every client through restarts and kills of supervisord.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Server;
use Test::More;
use Time::HiRes qw(sleep);

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

my $s = session(supervisord => supervisord('activation', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("web", .run = EXEC("$gunicorn", "--workers=2", "app:app"),
		.env = LIST("PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"), .chdir = "$dir",
		.max_stop = SECONDS(100), .listen = LIST("tcp:127.0.0.1:$port")),
};
CONNATE();
CONFIG

sub request {
    my $answer = ask($port, "GET / HTTP/1.0\r\n\r\n");
    return $answer;
}

# Of a client that makes one request after the other.
my $client = fork_patiently();
if ($client == 0) {
    my ($count, @wrong) = (0);
    open my $answers, '>>', "$dir/answers";
    while (!-e "$dir/end") {
        my $answer = request();
        push @wrong, $answer if $answer !~ m{^HTTP/1\.[01] 200};
        $count++;
        syswrite $answers, '.';
        sleep 0.01;
    }
    spew("$dir/result", join "\n", $count, @wrong);
    POSIX::_exit(0);
}
for my $round (1 .. 10) {
    my $answered = -s "$dir/answers" // 0;
    wait_until { (-s "$dir/answers" // 0) > $answered + 2 } 'requests to be answered' or last;
    my $before = $s->field(pid => 'web');
    $s->ctl(restart => 'web');
    $s->kill_supervisord if $round % 3 == 0;
    wait_until { my $pid = $s->field(pid => 'web'); $pid =~ /^\d+$/ && $pid ne $before } 'the next server' or last;
}
my $answered = -s "$dir/answers";
eventually { -s "$dir/answers" > $answered + 2 } 'the last server answers';
spew("$dir/end", '');
waitpid $client, 0;
my ($count, @wrong) = split /\n/, slurp("$dir/result");
is("@wrong", '', "gunicorn: each of $count requests is answered");
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
