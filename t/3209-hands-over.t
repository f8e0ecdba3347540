#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .hands_over: a program that starts its successor as a child and then exits with
# 0, without having daemonized. The service stays up, also when supervisord is
# killed before or after, and a stop reaches the successor.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir  = scratch();
my $perl = own_perl();

# As nginx and gunicorn do: SIGUSR2 starts a successor, SIGQUIT ends this one. It
# has a worker, and with `strays` a process in a session of its own.
my $server = spew("$dir/server.pl", <<'PERL');
use POSIX qw(:signal_h);
sigprocmask(SIG_SETMASK, POSIX::SigSet->new);    # it was blocked in the handler
my ($dir, $name, $strays) = @ARGV;
my $more = fork // die;
if ($more == 0) { POSIX::setsid() if $strays; sleep 1 while getppid() != 1 && -e "$dir/$name"; exit }
$SIG{USR2} = sub { (fork // die) or exec $^X, $0, @ARGV };
$SIG{QUIT} = sub { exit 0 };
$SIG{TERM} = sub { select undef, undef, undef, 0.3; exit 0 };
open my $to, '>>', "$dir/$name" or die;
syswrite $to, "$$\n";
1 while select undef, undef, undef, 1000;
PERL

sub row {
    my ($name, $words, @more) = @_;
    my $list = join ', ', map {"\"$_\""} $perl, $server, $dir, $name, @more;
    return qq{\tSERVICE("$name", .run = EXEC($list)$words),\n};
}

my $s = session(supervisord => supervisord('over', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .retry = RETRY_FIXED(.after = MILLISECONDS(1)), .max_stop = SECONDS(50),
#include <connate/config.h>

static const struct service services[] = {
@{[ row(plain => ', .hands_over = true') ]}@{[ row(all => ', .hands_over = true, .stop_all = true') ]}
@{[ row(alone => ', .hands_over = true', 'strays') ]}
};

CONNATE();
CONFIG

sub started { my ($name) = @_; return split ' ', slurp("$dir/$name") }
sub main_is { my ($name, $pid) = @_; return wait_until { $s->field(pid => $name) eq $pid } "$name to be $pid" }

sub new_supervisord_ok {
    my $old = $s->kill_supervisord;
    return eventually { ($s->header->{supervisord} // $old) != $old && $s->header->{report_pid} > 0 }
    'supervisord is killed';
}

# The next one of these serves, and the former one has exited with 0.
sub hands_over_ok {
    my ($name, $what) = @_;
    my @before = started($name);
    my $old    = $before[-1];
    kill 'USR2', $old;
    wait_until { started($name) > @before } 'a successor';
    kill 'QUIT', $old;
    my $new = (started($name))[-1];
    ok(main_is($name, $new), "$what: its child goes on as the program");
    is($s->field(state => $name), 'up', "$what: the service is up");
    return is($s->records->{$name}{exits}, 0, "$what: and was not started again");
}

for my $name (qw(plain all)) {
    is(($s->ctl(qw(up -w -t 60), $name))[0], 0, "$name: it is up");
    wait_until { started($name) == 1 } 'its program';
    hands_over_ok($name, "$name hands over");
    hands_over_ok($name, "$name, once more");
    new_supervisord_ok();
    hands_over_ok($name, "$name, when supervisord was killed before");
    new_supervisord_ok();
    ok(main_is($name, (started($name))[-1]), "$name, when it is killed after that");
    is(($s->ctl(qw(down -w -t 60), $name))[0], 0, "$name: it stops");
    is(join(' ', grep { alive($_) } started($name)), '', "$name: nothing is left");
    is(scalar(started($name)), 4, "$name: nothing was started beside them");
}

# An end that is none

is(($s->ctl(qw(up -w -t 60 alone)))[0], 0, 'one without a successor');
wait_until { started('alone') == 1 } 'its program';
kill 'QUIT', (started('alone'))[-1];
eventually { started('alone') == 2 && $s->field(state => 'alone') eq 'up' } 'it ends, and is started again';
is($s->records->{alone}{exits}, 1, 'as it has ended');
ok(main_is('alone', (started('alone'))[-1]), 'a process that it has left in another session is none');

# The real one. With `daemon off` it does so only once it has another parent than
# it began with: here the program that has started it hands over first.

SKIP: {
    my ($nginx) = grep { -x } '/usr/sbin/nginx', '/usr/bin/nginx';
    skip 'no nginx', 5 if !$nginx;
    spew("$dir/nginx.conf", <<"NGINX");
daemon off; pid $dir/nginx.pid; error_log $dir/nginx.log; worker_processes 2;
events { worker_connections 64; }
http {
	access_log off; client_body_temp_path $dir/nb; proxy_temp_path $dir/np; fastcgi_temp_path $dir/nf;
	uwsgi_temp_path $dir/nu; scgi_temp_path $dir/ns; server { listen unix:$dir/nginx.socket; }
}
NGINX
    my $starter = spew("$dir/starter.pl", <<'PERL');
my ($file, @command) = @ARGV;
(fork // die) or exec @command;
select undef, undef, undef, 0.02 until -s $file;
PERL
    my $list = join ', ', map {"\"$_\""} $perl, $starter, "$dir/nginx.pid", $nginx, '-c', "$dir/nginx.conf", '-e',
        "$dir/nginx.log";
    my $real = session(supervisord => supervisord('nginx', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("nginx", .hands_over = true, .stop = SIGNAL(SIGQUIT), .max_stop = SECONDS(50),
		.run = EXEC($list)),
};

CONNATE();
CONFIG
    $s->stop;
    $s = $real;
    my $pid = sub { return slurp("$dir/nginx.pid") =~ /(\d+)/ ? $1 : 0 };
    wait_until { $pid->() && alive($pid->()) } 'nginx';
    my $old = $pid->();
    ok(main_is(nginx => $old), 'nginx is up');
    kill 'USR2', $old;
    wait_until { $pid->() && $pid->() != $old } 'another nginx';
    my $new = $pid->();
    kill 'QUIT', $old;
    ok(main_is(nginx => $new), 'it hands over');
    wait_until { !alive($old) } 'the former one to end';
    is($s->records->{nginx}{exits}, 0, 'and is not started again');
    is(($s->ctl(qw(down -w -t 60 nginx)))[0], 0, 'it stops');
    ok(!alive($new), 'all of it');
}

SKIP: {
    my ($gunicorn) = grep { -x } '/usr/bin/gunicorn';
    skip 'no gunicorn', 5 if !$gunicorn;
    spew("$dir/app.py", "def app(environment, start):\n    start('200 OK', [])\n    return [b'x']\n");
    my $real = session(supervisord => supervisord('gunicorn', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("gunicorn", .hands_over = true, .max_stop = SECONDS(50), .chdir = "$dir",
		.run = EXEC("$gunicorn", "-b", "unix:$dir/gunicorn.socket", "-p", "$dir/gunicorn.pid", "app:app")),
};

CONNATE();
CONFIG
    $s->stop;
    $s = $real;
    my $written = sub { return slurp("$dir/$_[0]") =~ /(\d+)/ ? $1 : 0 };
    wait_until { $written->('gunicorn.pid') && $s->log =~ /Booting worker/ } 'gunicorn';
    my $old = $written->('gunicorn.pid');
    ok(main_is(gunicorn => $old), 'gunicorn is up');
    kill 'USR2', $old;
    wait_until { $written->('gunicorn.pid.2') && $s->log =~ /Booting worker.*Booting worker/s } 'another one';
    my $new = $written->('gunicorn.pid.2');
    kill 'TERM', $old;
    ok(main_is(gunicorn => $new), 'it hands over');
    is($s->records->{gunicorn}{exits}, 0, 'and is not started again');
    is(($s->ctl(qw(down -w -t 60 gunicorn)))[0], 0, 'it stops');
    ok(!alive($new), 'all of it');
}
is($s->stop, 0, 'the session ends');
done_testing();
