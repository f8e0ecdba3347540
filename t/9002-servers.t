#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# nginx, redis and a shell pipeline with its own logger, as an ordinary user,
# while supervisord is killed again and again: no request fails, no pid
# changes, conctl answers after each kill, and the log has every line. Then
# the same as PID 1 of a pid namespace.
#
# CONNATE_SERVER_KILLS: how many each time (default 1000).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(usleep);

my ($nginx) = grep { -x } '/usr/sbin/nginx', '/usr/local/sbin/nginx';
my ($redis) = grep { -x } '/usr/bin/redis-server', '/usr/local/bin/redis-server';
plan skip_all => 'nginx and redis-server are not installed' if !$nginx || !$redis;

my $kills = $ENV{CONNATE_SERVER_KILLS} // 1000;
my $dir   = scratch();
my @user  = plain_user();

sub configuration {
    my ($at) = @_;
    mkdir $at;
    chmod 0777, $at;
    spew("$at/nginx.conf", <<"NGINX");
daemon off; master_process on; worker_processes 2; pid $at/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path $at/b; proxy_temp_path $at/p; fastcgi_temp_path $at/f;
	uwsgi_temp_path $at/u; scgi_temp_path $at/s;
	server { listen unix:$at/web; location / { return 200 "hello\\n"; } }
}
NGINX
    return supervisord('servers', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .wants = LIST("store"), .chdir = "$at",
		.run = EXEC("$nginx", "-c", "$at/nginx.conf", "-e", "stderr")),
	SERVICE("store", .chdir = "$at",
		.run = EXEC("$redis", "--port", "0", "--unixsocket", "$at/store",
			"--save", "", "--appendonly", "no"),
		.log = LOG_FILE("$at/store.log")),
	SERVICE("pipeline", .needs = LIST("web", "store"), .log = LOG_TO("pipeline-log"),
		.run = SHELL("i=0; while :; do i=\$((i+1)); echo line \$i; sleep 0.001; done"
			" | sed -u s/line/number/")),
	SERVICE("pipeline-log", .run = SHELL("exec cat >>$at/lines")),
};

CONNATE();
CONFIG
}

# One request to a server on a UNIX socket; its answer, '' on failure.
sub ask {
    my ($path, $question, $until) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $path) or return '';
    syswrite $socket, $question or return '';
    my $answer = '';
    while ($answer !~ $until) {
        sysread $socket, $answer, 4096, length $answer or last;
    }
    return $answer;
}

sub web {
    return ask("$_[0]/web", "GET / HTTP/1.0\r\n\r\n", qr/hello/) =~ /hello/;
}

sub store { return ask("$_[0]/store", "PING\r\n", qr/PONG/) =~ /PONG/ }

# A client that asks both servers all the time, until the file `asking` goes;
# it prints the failures.
sub client {
    my ($at) = @_;
    spew("$at/asking", '');
    my $pid = fork // die;
    return $pid if $pid;
    my ($asked, $failed) = (0, 0);
    while (-e "$at/asking") {
        $failed += !web($at);
        $failed += !store($at);
        $asked += 2;
    }
    spew("$at/asked", "$asked $failed\n");
    POSIX::_exit(0);
}

sub storm {
    my ($what, $at, %how) = @_;
    my $s     = session(supervisord => configuration($at), %how);
    my @names = qw(web store pipeline pipeline-log);
    ok($s->becomes(pipeline => 'up'), "$what: up, in order");
    eventually { web($at) && store($at) } "$what: both servers answer";
    my %before = map { $_ => $s->records->{$_}{pid} } @names;
    my $client = client($at);
    my ($done, $silent) = (0, 0);
    while ($done < $kills) {
        usleep(rand 2000);
        my ($pid) = $how{wrap}
            ? grep { comm($_) eq 'supervisord' } children($s->{pid})
            : $s->header->{supervisord};
        next if !$pid || !kill 'KILL', $pid;
        $done++;
        my ($code) = $s->ctl(qw(up -t 30 web));
        $silent++ if $code != 0;
    }
    unlink "$at/asking";
    waitpid $client, 0;
    my ($asked, $failed) = split ' ', slurp("$at/asked");
    is($failed, 0, "$what: no request of $asked failed");
    cmp_ok($asked, '>', $kills, "$what: while supervisord was killed $done times");
    is($silent, 0, "$what: conctl was answered after each kill");
    my $records = $s->records;
    is($records->{$_}{pid}, $before{$_}, "$what: $_ has its pid") for @names;
    is($s->stop, 0, "$what: it ends");
    my @lines = split /\n/, slurp("$at/lines");
    my $wrong = grep { $lines[$_] ne 'number ' . ($_ + 1) } 0 .. $#lines;
    is($wrong, 0, "$what: all " . @lines . ' lines are in the log, in order');
    cmp_ok(scalar(@lines), '>', 100, "$what: and they are many");
    return;
}

storm('a session', "$dir/session", user => @user ? \@user : undef);

my @unshare = ('unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
my ($can) = run(@unshare, 'true');
SKIP: {
    skip 'pid namespaces are not allowed here', 1 if $can != 0;
    storm('PID 1', "$dir/init", wrap => \@unshare);
}
done_testing();
