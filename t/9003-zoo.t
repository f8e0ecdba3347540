#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Real daemons, with the settings that fit them: each starts and answers at the
# moment when it is up, is restarted, reloaded where it can, comes back when it
# is killed, answers while supervisord is killed, and is stopped with nothing
# left: no process, and its port free. As an ordinary user, and as root.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Test::More;

my $top    = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
my $conctl = "$top/conctl/conctl";
my @path   = (
    split(/:/, $ENV{PATH}),
    qw(/usr/sbin /sbin /usr/local/sbin),
    reverse sort glob '/usr/lib/postgresql/*/bin'
);
my @user = plain_user();
my $name = @user ? 'nobody' : (getpwuid $>)[0] // $>;

use constant KILLS => 5;    # of supervisord, for each daemon

sub program {
    my ($program) = @_;
    my ($found)   = grep { -x } map { "$_/$program" } @path;
    return $found;
}

# Clients: the answer of a daemon, or '' if there is none.

sub talk {
    my ($socket, $question, $until) = @_;
    my $answer = '';
    syswrite $socket, $question if length $question;
    while ($answer !~ $until) {
        last if !IO::Select->new($socket)->can_read(20);
        sysread $socket, $answer, 4096, length $answer or last;
    }
    return $answer =~ $until ? $answer : '';
}

sub tcp {
    my ($port, @talk) = @_;
    my $socket = IO::Socket::INET->new(PeerHost => '127.0.0.1', PeerPort => $port)
        or return '';
    return talk($socket, @talk);
}

# An address, asked for by name: RFC 1035, section 4.
sub dns {
    my ($port, $asked) = @_;
    my $socket = IO::Socket::INET->new(
        PeerHost => '127.0.0.1', PeerPort => $port, Proto => 'udp')
        or return '';
    my $question = pack('n6', 4711, 0x100, 1, 0, 0, 0)
        . join('', map { pack 'C/a', $_ } split /\./, $asked)
        . pack('C n2', 0, 1, 1);
    my $answer = talk($socket, $question, qr/^.{12}/s);
    return join '.', unpack 'C4', substr $answer, -4 if length $answer > 12;
    return '';
}

sub free_port {
    my $socket = IO::Socket::INET->new(
        LocalHost => '127.0.0.1', Listen => 1, ReuseAddr => 1) or die "socket: $!";
    return $socket->sockport;
}

sub port_is_free {
    my ($port) = @_;
    return defined IO::Socket::INET->new(
        LocalHost => '127.0.0.1', LocalPort => $port, Listen => 1, ReuseAddr => 1);
}

# Settings

# A program that stays in the foreground and does not tell when it is ready:
# a test beside it does, for as long as it lives. That is left to connate, so
# that the program has no child that it does not know.
sub ready_when {
    my ($test, $program, $tell) = @_;
    my $done = $tell // 'echo >&3';
    return ($tell ? '.ready = READY_NOTIFY' : '.ready = READY_FD(3)')
        . qq{, .run = SHELL("( (until $test; do sleep 0.02; kill -0 \$\$ || exit; done;"
		" $done) & );"
		" exec $program 3>&-")};
}

sub pid_file { my ($at) = @_; return qq{.setup = EXEC("/bin/rm", "-f", "$at/pid")} }

sub words { return join ', ', map { qq("$_") } @_ }

# A command in a /run of its own (root only).
sub in_own_run {
    my ($command) = @_;
    return (program('unshare'), '-m', '/bin/sh', '-c',
        "mount -t tmpfs run /run && mkdir /run/sshd && $command");
}

# Some daemons are in the zoo twice: as they stay in the foreground, and as
# they daemonize. Columns of a row:
#   needs     the programs without which it is left out
#   only_root not as an ordinary user
#   prepare   makes the files that it needs in its folder, before it is started
#   service   its fields, given its folder, its port, and whether it is root's
#   ask, is   a client, and the right answer
#   change    a change of its settings, and
#   then      the right answer after conctl reload
#   late      it is up (its parent ends) just before it answers
#   again     reloaded, it daemonizes once more
#   own_port  it has none to be looked at

sub nginx_conf {
    my ($at, $port, undef, $says) = @_;
    return spew("$at/nginx.conf", <<"NGINX");
worker_processes 2;
pid $at/pid;
error_log stderr;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path $at/b; proxy_temp_path $at/p; fastcgi_temp_path $at/f;
	uwsgi_temp_path $at/u; scgi_temp_path $at/s;
	server { listen 127.0.0.1:$port; location / { return 200 "$says\\n"; } }
}
NGINX
}

my %nginx = (
    needs   => ['nginx'],
    prepare => sub { nginx_conf(@_, 'hello') },
    ask     => sub { tcp($_[1], "GET / HTTP/1.0\r\n\r\n", qr/\r\n\r\n.*\n/s) },
    is      => qr/hello$/,
    change  => sub { nginx_conf(@_, 'changed') },
    then    => qr/changed$/,
);

# Killed, its master leaves workers behind, which keep the port: .stop_all.
sub nginx {
    my ($at, $daemon) = @_;
    return qq{.stop = SIGNAL(SIGQUIT), .reload = SIGNAL(SIGHUP), .stop_all = true, }
        . ($daemon eq 'on'
        ? '.ready = READY_DAEMONIZE, .run = EXEC('
            . words(program('nginx'), '-c', "$at/nginx.conf", '-e', 'stderr') . ')'
        : pid_file($at) . ', ' . ready_when("[ -s $at/pid ]",
            program('nginx') . " -c $at/nginx.conf -e stderr -g 'daemon off;'"));
}

sub sshd_conf {
    my ($at, $port, $root, $says) = @_;
    run(program('ssh-keygen'), qw(-q -t ed25519 -N), '', '-f', "$at/key")
        if !-e "$at/key";
    chown @user, "$at/key" if @user && !$root;
    return spew("$at/sshd.conf", <<"SSHD");
ListenAddress 127.0.0.1:$port
HostKey $at/key
PidFile $at/pid
VersionAddendum $says
SSHD
}

sub sshd {
    my ($at, $port, $root, @how) = @_;
    my $command = join ' ', program('sshd'), @how, '-f', "$at/sshd.conf";
    my @words = $root ? in_own_run("exec $command") : split / /, $command;
    return qq{.reload = SIGNAL(SIGHUP), .ready = READY_DAEMONIZE,
		.run = EXEC(@{[ words(@words) ]})} if !@how;
    $words[-1] =~ s/"/\\"/g;
    return pid_file($at) . ', .reload = SIGNAL(SIGHUP), '
        . ready_when("[ -s $at/pid ]", join ' ', map { /\s/ ? "'$_'" : $_ } @words);
}

my %sshd = (
    needs   => [qw(sshd ssh-keygen unshare)],
    prepare => sub { sshd_conf(@_, 'zoo') },
    ask     => sub { tcp($_[1], '', qr/\n/) },
    is      => qr/^SSH-2.0-.* zoo\r/,
    change  => sub { sshd_conf(@_, 'changed') },
    then    => qr/^SSH-2.0-.* changed\r/,
);

sub dnsmasq {
    my ($at, $port) = @_;
    return join ' ', program('dnsmasq'), "--port=$port",
        qw(--listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts
        --conf-file=/dev/null --log-facility=-), "--user=$name",
        "--addn-hosts=$at/hosts", "--pid-file=$at/pid";
}

my %dnsmasq = (
    needs   => ['dnsmasq'],
    prepare => sub { spew("$_[0]/hosts", "192.0.2.1 zoo.test\n") },
    ask     => sub { dns($_[1], 'zoo.test') },
    is      => qr/^192\.0\.2\.1$/,
    change  => sub { spew("$_[0]/hosts", "192.0.2.99 zoo.test\n") },
    then    => qr/^192\.0\.2\.99$/,
);

sub as_user {
    my (@command) = @_;
    unshift @command, program('setpriv'), "--reuid=$user[0]", "--regid=$user[1]",
        '--clear-groups' if @user;
    return run(@command);
}

sub database {
    my ($at, $port) = @_;
    my ($code, $out, $err) = as_user(program('initdb'), '-D', "$at/data",
        qw(-U zoo -A trust -E UTF8 --locale=C --no-sync --no-instructions));
    diag("initdb: $out$err") if $code != 0;
    open my $conf, '>>', "$at/data/postgresql.conf" or return;
    print $conf "listen_addresses = '127.0.0.1'\nport = $port\nfsync = off\n",
        "unix_socket_directories = ''\nwork_mem = '5MB'\n";
    return close $conf;
}

my %postgres = (
    needs   => [qw(postgres initdb psql pg_isready pg_ctl setpriv)],
    prepare => \&database,
    ask     => sub {
        local $ENV{PGCONNECT_TIMEOUT} = 20;
        (run(program('psql'), qw(-h 127.0.0.1 -U zoo -XAt -c), 'show work_mem',
            '-p', $_[1], 'postgres'))[1];
    },
    is     => qr/^5MB$/,
    change => sub {
        open my $conf, '>>', "$_[0]/data/postgresql.conf" or return;
        print $conf "work_mem = '7MB'\n";
    },
    then => qr/^7MB$/,
);

# It refuses to run as root.
sub not_root {
    my ($root) = @_;
    return $root ? qq{.user = "$user[0]", .group = "$user[1]", } : '';
}

my %zoo = (
    'nginx' => { %nginx, service => sub { nginx($_[0], 'off') } },
    'nginx-daemon' => { %nginx, service => sub { nginx($_[0], 'on') } },
    'redis'        => {
        needs   => [qw(redis-server redis-cli)],
        prepare => sub { spew("$_[0]/memory", 1000000) },
        service => sub {
            my ($at, $port) = @_;
            my $cli = program('redis-cli') . " -p $port";
            return qq{.stop = SHELL("$cli shutdown nosave"),
		.reload = SHELL("$cli config set maxmemory \$(cat $at/memory)"), }
                . ready_when(
                "$cli ping >/dev/null 2>&1",
                program('redis-server')
                    . " --bind 127.0.0.1 --port $port --save '' --maxmemory \$(cat $at/memory)",
                "$conctl ready"
                );
        },
        ask    => sub { tcp($_[1], "CONFIG GET maxmemory\r\n", qr/\d{7}\r\n/) },
        is     => qr/^1000000\r/m,
        change => sub { spew("$_[0]/memory", 2000000) },
        then   => qr/^2000000\r/m,
    },
    'postgres' => {
        %postgres,
        service => sub {
            my ($at, $port, $root) = @_;
            return not_root($root) . '.stop = SIGNAL(SIGINT), .reload = SIGNAL(SIGHUP), '
                . ready_when(program('pg_isready') . " -q -h 127.0.0.1 -p $port",
                program('postgres') . " -D $at/data");
        },
    },
    'postgres-daemon' => {
        %postgres,
        service => sub {
            my ($at, $port, $root) = @_;
            my $ctl = program('pg_ctl') . " -s -D $at/data";
            return not_root($root) . qq{.ready = READY_DAEMONIZE, .max_stop = SECONDS(60),
		.run = EXEC(@{[ words(split ' ', "$ctl -l $at/log -w -t 60 start") ]}),
		.stop = EXEC(@{[ words(split ' ', "$ctl -m fast stop") ]}),
		.reload = EXEC(@{[ words(split ' ', "$ctl reload") ]})};
        },
    },
    'sshd'        => { %sshd, service => sub { sshd(@_, '-D', '-e') } },
    'sshd-daemon' => { %sshd, late => 1, again => 1, service => sub { sshd(@_) } },
    'dbus'        => {
        needs    => [qw(dbus-daemon dbus-send setpriv)],
        own_port => 0,
        prepare  => sub { dbus_conf($_[0], '') },
        service  => sub {
            my ($at) = @_;
            my @words = (program('dbus-daemon'), '--nofork', '--nopidfile',
                "--config-file=$at/bus.conf", '--print-address=3');
            return '.ready = READY_FD(3), .reload = SIGNAL(SIGHUP), .run = EXEC('
                . words(@words) . ')';
        },
        ask => sub {
            my ($at, undef, $root) = @_;
            my @send = (program('dbus-send'), "--bus=unix:path=$at/bus",
                '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus',
                'org.freedesktop.DBus.ListActivatableNames');
            return ($root ? run(@send) : as_user(@send))[1];
        },
        is     => qr/^\s+string "org\.freedesktop\.DBus"\n\s+\]/m,
        change => sub {
            mkdir "$_[0]/known";
            spew("$_[0]/known/test.service",
                "[D-BUS Service]\nName=test.zoo\nExec=/bin/true\n");
            dbus_conf($_[0], "<servicedir>$_[0]/known</servicedir>");
        },
        then => qr/string "test\.zoo"/,
    },

    # Its tables are those in its folder. Its client is a job: that of the
    # start, and the test need not wait until the minute is over.
    'cron' => {
        needs    => [qw(cron unshare)],
        only_root => 1,
        own_port => 0,
        late     => 1,
        prepare  => sub {
            my ($at) = @_;
            mkdir $_ for "$at/d", "$at/spool";
            chmod 01730, "$at/spool";
            spew("$at/crontab", "SHELL=/bin/sh\n\@reboot root echo ran >>$at/ran\n");
        },
        service => sub {
            my ($at) = @_;
            my $bind = join ' && ', map { "mount --bind $at/$_->[0] $_->[1]" }
                ['crontab', '/etc/crontab'], ['d', '/etc/cron.d'],
                ['spool', '/var/spool/cron/crontabs'];
            return qq{.setup = EXEC("/bin/rm", "-f", "$at/ran"), .stop_all = true,
		.run = EXEC(@{[ words(in_own_run("$bind && exec "
			. program('cron') . ' -f')) ]})};
        },
        ask => sub { slurp("$_[0]/ran") },
        is  => qr/^ran$/,
    },
    'dnsmasq' => {
        %dnsmasq,
        service => sub {
            my ($at) = @_;
            return pid_file($at) . ', .reload = SIGNAL(SIGHUP), '
                . ready_when("[ -s $at/pid ]", dnsmasq(@_) . ' --keep-in-foreground');
        },
    },
    'dnsmasq-daemon' => {
        %dnsmasq,
        service => sub {
            return '.ready = READY_DAEMONIZE, .reload = SIGNAL(SIGHUP), .run = EXEC('
                . words(split ' ', dnsmasq(@_)) . ')';
        },
    },
);

sub dbus_conf {
    my ($at, $more) = @_;
    return spew("$at/bus.conf", <<"BUS");
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
<listen>unix:path=$at/bus</listen>
<policy context="default">
<allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/>
</policy>
$more
</busconfig>
BUS
}

# The checks of each daemon

# All descendants of a process. An orphan gets connate or
# supervisord for one, so nothing leaves.
sub under { my ($pid) = @_; return map { ($_, under($_)) } children($pid) }

sub answers {
    my ($d, $what, $is) = @_;
    my $answer = '';
    my $ask    = sub { ($answer = $d->{ask}->(@$d{qw(at port root)})) =~ $is };
    return ok($ask->() || ($d->{late} && wait_until { $ask->() } $what), $what)
        || diag("it said: $answer");
}

sub starts {
    my ($s, $d) = @_;
    my ($code, $out, $err) = $s->ctl(qw(up -w -t 60), $d->{name});
    is($code, 0, "$d->{what}: starts") or diag($out, $err, $s->log);
    return answers($d, "$d->{what}: answers when it is up", $d->{is});
}

sub restarts {
    my ($s, $d) = @_;
    my $old = $s->field(pid => $d->{name});
    my ($code, $out, $err) = $s->ctl(qw(restart -w -t 60), $d->{name});
    is($code, 0, "$d->{what}: is restarted") or diag($out, $err, $s->log);
    isnt($s->field(pid => $d->{name}), $old, "$d->{what}: as another process");
    return answers($d, "$d->{what}: answers again", $d->{is});
}

sub reloads {
    my ($s, $d) = @_;
    return if !$d->{change};
    my $old = $s->field(pid => $d->{name});
    $d->{change}->(@$d{qw(at port root)});
    my ($code, $out, $err) = $s->ctl('reload', $d->{name});
    is($code, 0, "$d->{what}: is reloaded") or diag($out, $err);
    $d->{is}    = $d->{then};
    $d->{sound} = qr/$d->{sound}|$d->{then}/m;
    eventually { $d->{ask}->(@$d{qw(at port root)}) =~ $d->{then} }
    "$d->{what}: with what has changed";
    return is($s->field(pid => $d->{name}), $old, "$d->{what}: by the same process")
        if !$d->{again};
    return eventually {
        my $pid = $s->field(pid => $d->{name});
        $pid ne $old && alive($pid) && $s->field(state => $d->{name}) eq 'up'
    }
    "$d->{what}: it daemonizes again, and is followed";
}

# Each supervisord is killed as soon as it has begun its work; meanwhile the
# client asks. A server that was reloaded may have a worker left that ends with what it
# was told before.
sub outlives {
    my ($s, $d) = @_;
    my $old    = $s->field(pid => $d->{name});
    my $failed = 0;
    for (1 .. KILLS) {
        my $starts = $s->header->{starts};
        $s->kill_supervisord;
        while ($s->header->{starts} <= $starts) {
            my $answer = $d->{ask}->(@$d{qw(at port root)});
            next if $answer =~ $d->{sound};
            $failed++;
            diag("it said: $answer");
        }
    }
    is($failed, 0, "$d->{what}: answers while supervisord is killed");
    return is($s->field(pid => $d->{name}), $old, "$d->{what}: and does not notice");
}

sub comes_back {
    my ($s, $d) = @_;
    my $old = $s->field(pid => $d->{name});
    kill 'KILL', $old;
    eventually {
        my $pid = $s->field(pid => $d->{name});
        $pid =~ /^\d+$/ && $pid != $old && $s->field(state => $d->{name}) eq 'up'
    }
    "$d->{what}: comes back when it is killed" or return diag($s->log);
    return answers($d, "$d->{what}: and answers", $d->{is});
}

# A connection of sshd is a session of its own, which ends with its client.
sub stops {
    my ($s, $d) = @_;
    my ($code, $out, $err) = $s->ctl(qw(down -w -t 60), $d->{name});
    is($code, 0, "$d->{what}: is stopped") or diag($out, $err);
    my $left = sub {
        join ' ', map { "$_ " . comm($_) }
            grep { comm($_) ne 'supervisord' } under($s->{pid});
    };
    wait_until { $left->() eq '' } "$d->{what}: no process";
    is($left->(), '', "$d->{what}: nothing is left");
    return if exists $d->{own_port};
    return ok(port_is_free($d->{port}), "$d->{what}: its port is free");
}

# One after the other, so that a process that is left can be assigned.
sub visit {
    my ($who, $at, @daemons) = @_;
    my $services = join '', map { <<"ROW" } @daemons;
	SERVICE("$_->{name}", .chdir = "$_->{at}", $_->{service}),
ROW
    my $s = session(
        user        => $who eq 'root' ? undef : @user ? \@user : undef,
        supervisord => supervisord("zoo-$who", <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .max_ready = SECONDS(60), .max_stop = SECONDS(30),
#include <connate/config.h>

static const struct service services[] = {
$services};

CONNATE();
CONFIG
    for my $d (@daemons) {
        $_->($s, $d)
            for \&starts, \&restarts, \&reloads, \&outlives, \&comes_back, \&stops;
    }
    return is($s->stop, 0, "$who: it ends");
}

sub round {
    my ($who) = @_;
    my $at    = scratch() . "/$who";
    my @daemons;
    mkdir $at;
    chmod 0777, $at;
    for my $name (sort keys %zoo) {
        next if $ENV{CONNATE_ZOO} && $name !~ /^(?:$ENV{CONNATE_ZOO})$/;
        my $d = { %{ $zoo{$name} }, name => $name, what => "$who: $name",
            root => $who eq 'root' };
        next if $d->{only_root} && $who ne 'root';
        my ($missing) = grep { !program($_) } @{ $d->{needs} };
    SKIP: {
            skip "$name: there is no $missing", 1 if $missing;
            mkdir $d->{at} = "$at/$name";
            chmod 0777, $d->{at};
            $d->{port}  = free_port();
            $d->{sound} = $d->{is};
            $d->{prepare}->(@$d{qw(at port root)});
            $d->{service} = $d->{service}->(@$d{qw(at port root)});
            push @daemons, $d;
        }
    }
    return visit($who, $at, @daemons);
}

round('ordinary');
SKIP: {
    skip 'this is not root', 1 if $> != 0;
    round('root');
}
done_testing();
