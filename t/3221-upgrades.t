#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Servers that execute themselves again, as they are packaged: haproxy by SIGUSR2,
# php-fpm by SIGUSR2, apache2 by SIGUSR1. The service stays up, its pid is that of
# the master, and a stop reaches what all generations have left.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Socket::INET;
use Test::More;

my $dir = scratch();

sub program { my ($found) = grep { -x } @_; return $found }

my %servers = (
    haproxy => {
        program => program('/usr/sbin/haproxy', '/usr/bin/haproxy'),
        files   => { 'haproxy.cfg' => <<"CFG" },
global
	maxconn 16
defaults
	mode http
	timeout client 1s
	timeout server 1s
	timeout connect 1s
frontend front
	bind unix\@$dir/haproxy.socket
	http-request return status 200
CFG
        words => qq{"-Ws", "-f", "$dir/haproxy.cfg"},
        more  => '.ready = READY_SD_NOTIFY, .reload = NOTIFY_RELOAD(SIGUSR2)',
    },
    php_fpm => {
        program => program(glob('/usr/sbin/php-fpm*')),
        files   => { 'fpm.conf' => <<"CONF" },
[global]
error_log = $dir/fpm.log
pid = $dir/fpm.pid
[www]
listen = $dir/fpm.socket
pm = static
pm.max_children = 2
@{[ $> == 0 ? "user = nobody\ngroup = nogroup\n" : '' ]}
CONF
        words => qq{"--nodaemonize", "--fpm-config", "$dir/fpm.conf"},
        more  => '.ready = READY_SD_NOTIFY, .stop = SIGNAL(SIGQUIT), .reload = SIGNAL(SIGUSR2)',
    },
    apache2 => {
        program => program('/usr/sbin/apache2'),
        files   => { 'apache.conf' => <<"CONF" },
ServerRoot $dir
ServerName test
PidFile $dir/apache.pid
ErrorLog $dir/apache.log
Mutex file:$dir
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
StartServers 2
MinSpareServers 2
Listen 127.0.0.1:PORT
@{[ $> == 0 ? "User nobody\nGroup nogroup\n" : '' ]}
CONF
        words => qq{"-f", "$dir/apache.conf", "-DFOREGROUND"},
        more  => '.stop = SIGNAL(SIGWINCH), .reload = SIGNAL(SIGUSR1)',
    },
);

my $s;
for my $name (sort keys %servers) {
    my $server = $servers{$name};
SKIP: {
        skip "no $name", 7 if !$server->{program};
        my ($file) = keys %{ $server->{files} };
        my $port = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport;
        spew("$dir/$file", $server->{files}{$file} =~ s/PORT/$port/r);
        $s->stop if $s;
        $s = session(supervisord => supervisord($name, <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("server", .run = EXEC("$server->{program}", $server->{words}), $server->{more},
		.max_stop = SECONDS(50)),
};

CONNATE();
CONFIG
        ok($s->becomes('server', 'up'), "$name is up");
        my $pid = $s->field(pid => 'server');
        wait_until { children($pid) > 0 } 'its workers';
        my @old = children($pid);
        is(($s->ctl(qw(reload -t 60 server)))[0], 0, "$name is reloaded");
        eventually { my %now = map { $_ => 1 } children($pid); %now && !grep { $now{$_} } @old }
        "$name has started workers anew";
        is($s->field(pid => 'server'), $pid, 'by the same master');
        is($s->field(state => 'server') . ' ' . $s->records->{server}{exits}, 'up 0', 'and never went down');
        @old = (@old, children($pid));
        is(($s->ctl(qw(down -w -t 60 server)))[0], 0, "$name stops");
        eventually { !grep { alive($_) } $pid, @old } 'all generations';
    }
}
is($s->stop, 0, 'the session ends') if $s;
done_testing();
