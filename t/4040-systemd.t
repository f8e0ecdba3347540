#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate as a service of a real systemd, with the units of connate(8): what systemd
# makes of each of its messages, and of each death.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Systemd;
use Test::More;
use Time::HiRes qw(sleep time);

my $why_not = no_systemd();
plan skip_all => $why_not if $why_not;

my $dir = scratch();
run('mkfifo', "$dir/go", "$dir/end");
my $image = supervisord('above', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("slow", .setup = SHELL(": <$dir/go"), .max_setup = FOREVER, .max_stop = SECONDS(100),
		.run = SHELL("trap ': <$dir/end; exit' TERM; sleep 1000 & echo >$dir/trapped; while :; do wait; done")),
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
my $connate = built('pid1/connate');
systemd() or BAIL_OUT('systemd does not come up: ' . said());

# A unit, and the session in it when it runs: a session as those of Connate.pm
sub begin {
    my ($unit, @settings) = @_;
    unlink "$dir/trapped";
    unit($unit, join "\n", '[Unit]', 'DefaultDependencies=no', '[Service]',
        "ExecStart=$connate --supervisor $image", 'Type=notify', @settings, '');
    systemctl('daemon-reload');
    is((systemctl('start', '--no-block', $unit))[0], 0, "$unit: it is started");
    return session_of($unit);
}

sub session_of {
    my ($unit) = @_;
    my $s = bless { log => "$dir/none" }, 'Connate';
    wait_until {
        sleep 0.05;
        $s->{pid} = shown($unit, 'MainPID');
        $s->{pid} > 0 && ($s->header->{starts} // 0) > 0;
    } 'a session that works';
    return $s;
}

my @plain = ('KillMode=mixed', 'Restart=on-failure', 'RestartSec=100ms',
    'ExecReload=/bin/kill -HUP $MAINPID');

# Start, upgrade, the services' end: in order
{
    my $s = begin('order.service', @plain);
    shows('order.service', 'a service sets up', ActiveState => 'activating', SubState => 'start');
    spew("$dir/go", '');
    shows('order.service', 'all is up', ActiveState => 'active', SubState => 'running', MainPID => $s->{pid});
    is((systemctl('reload', 'order.service'))[0], 0, 'systemctl reload');
    eventually { $s->header->{images} == 1 } 'has another image take over';
    shows('order.service', 'that is told', ActiveState => 'active', SubState => 'running', MainPID => $s->{pid});
    is(($s->ctl('exec', '--pid1'))[0], 0, 'and one of connate');
    shows('order.service', 'it is the same', ActiveState => 'active', SubState => 'running', MainPID => $s->{pid});
    eventually { -e "$dir/trapped" } 'a service that takes long to stop';
    systemctl('stop', '--no-block', 'order.service');
    ok($s->becomes(slow => 'stopping'), 'systemctl stop: it is told to');
    shows('order.service', 'systemd waits', ActiveState => 'deactivating', SubState => 'stop-sigterm',
        MainPID => $s->{pid});
    my @pids = map { $_->{pid} } values %{ $s->records };
    spew("$dir/end", '');
    shows('order.service', 'the end', ActiveState => 'inactive', SubState => 'dead', Result => 'success',
        MainPID => 0);
    is(scalar(grep { alive($_) } @pids), 0, 'nothing is left');
}

# The end by conctl: systemd is told that it begins
{
    my $s = begin('told.service', @plain);
    spew("$dir/go", '');
    shows('told.service', 'all is up', ActiveState => 'active');
    eventually { -e "$dir/trapped" } 'a service that takes long to stop';
    $s->ctl('exit');
    shows('told.service', 'conctl exit', ActiveState => 'deactivating', SubState => 'stop-sigterm');
    spew("$dir/end", '');
    shows('told.service', 'the end', ActiveState => 'inactive', SubState => 'dead', Result => 'success');
}

# kill -9 of supervisord, then of connate
{
    my $s = begin('killed.service', @plain);
    spew("$dir/go", '');
    shows('killed.service', 'all is up', ActiveState => 'active');
    my $plain = $s->field(pid => 'plain');
    ok($s->kill_supervisord, 'supervisord is killed');
    eventually { $s->header->{starts} == 2 } 'and succeeded';
    shows('killed.service', 'nothing has happened', ActiveState => 'active', SubState => 'running', NRestarts => 0);
    ok(alive($plain), 'a service runs on');
    unlink "$dir/trapped";
    kill 'KILL', $s->{pid};
    spew("$dir/go", '');
    shows('killed.service', 'connate is killed: its unit begins anew', NRestarts => 1, ActiveState => 'active');
    ok(!alive($plain), 'with its services');
    my $next = session_of('killed.service');
    isnt($next->{pid}, $s->{pid}, 'by another connate');
    eventually { -e "$dir/trapped" } 'a service is up again';
    systemctl('stop', '--no-block', 'killed.service');
    spew("$dir/end", '');
    shows('killed.service', 'the end', ActiveState => 'inactive', Result => 'success');
}

# A successor of connate that systemd believes
{
    my $s = begin('heir.service', @plain, 'ExitType=cgroup', 'NotifyAccess=all', 'SuccessExitStatus=SIGKILL');
    spew("$dir/go", '');
    shows('heir.service', 'all is up', ActiveState => 'active', MainPID => $s->{pid});
    my $plain     = $s->field(pid => 'plain');
    my $successor = $s->header->{supervisord};
    eventually { -e "$dir/trapped" } 'a service that takes long to stop';
    kill 'KILL', $s->{pid};
    shows('heir.service', 'connate is killed, and succeeded', MainPID => $successor, ActiveState => 'active',
        SubState => 'running', NRestarts => 0);
    $s->{pid} = $successor;
    eventually { ($s->header->{successions} // 0) == 1 && $s->header->{supervisord} != $successor } 'in its place';
    is($s->field(pid => 'plain'), $plain, 'its services run on');
    is((systemctl('reload', 'heir.service'))[0], 0, 'systemctl reload');
    eventually { ($s->header->{images} // 0) == 1 } 'reaches the successor';
    shows('heir.service', 'that is told', ActiveState => 'active', MainPID => $successor);
    systemctl('stop', '--no-block', 'heir.service');
    ok($s->becomes(slow => 'stopping'), 'so does systemctl stop');
    spew("$dir/end", '');
    shows('heir.service', 'the end', ActiveState => 'inactive', SubState => 'dead', Result => 'success', MainPID => 0);
    ok(!alive($plain), 'nothing is left');
}

# A service that takes longer to stop than the unit may
{
    my $s = begin('late.service', @plain, 'TimeoutStopSec=1s');
    spew("$dir/go", '');
    shows('late.service', 'all is up', ActiveState => 'active');
    eventually { -e "$dir/trapped" } 'a service that takes long to stop';
    my $began = time;
    systemctl('stop', '--no-block', 'late.service');
    ok($s->becomes(slow => 'stopping'), 'it is told to stop');
    eventually { time - $began > 2 } 'the time of the unit is over';
    shows('late.service', 'systemd waits', ActiveState => 'deactivating', MainPID => $s->{pid});
    spew("$dir/end", '');
    shows('late.service', 'the end', ActiveState => 'inactive', Result => 'success');
}

# The watchdog
{
    my $s = begin('watched.service', @plain, 'WatchdogSec=2s', 'WatchdogSignal=SIGTERM', 'TimeoutAbortSec=1s');
    spew("$dir/go", '');
    shows('watched.service', 'all is up', ActiveState => 'active', WatchdogUSec => '2s');
    my $first = shown('watched.service', 'WatchdogTimestampMonotonic');
    eventually { sleep 0.1; shown('watched.service', 'WatchdogTimestampMonotonic') - $first > 3e6 }
    'it is answered for longer than it waits';
    shows('watched.service', 'it runs on', ActiveState => 'active', NRestarts => 0, MainPID => $s->{pid});
    ok(freeze($s->header->{supervisord}), 'supervisord is stopped');
    eventually { sleep 0.1; shown('watched.service', 'NRestarts') == 1 } 'its unit begins anew';
    unlink "$dir/trapped";
    spew("$dir/go", '');
    my $next = session_of('watched.service');
    shows('watched.service', 'all is up again', ActiveState => 'active', MainPID => $next->{pid});
    eventually { -e "$dir/trapped" } 'a service that takes long to stop';
    systemctl('stop', '--no-block', 'watched.service');
    spew("$dir/end", '');
    shows('watched.service', 'the end', ActiveState => 'inactive', Result => 'success');
}
done_testing();
