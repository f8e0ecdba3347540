#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate gives its descriptors to the store of a real systemd: kill -9 of connate, or of
# both processes at once, costs no service, no line that was logged and nothing that a
# service has stored, also after an upgrade; after an ordinary end all begins anew.
use strict;
use warnings;
use Fcntl qw(O_NONBLOCK O_WRONLY);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Storer;
use Systemd;
use Test::More;
use Time::HiRes qw(sleep);

my $why_not = no_systemd();
plan skip_all => $why_not if $why_not;

my $dir = scratch();
run('mkfifo', "$dir/say", "$dir/read");
my %run = map { $_ => storer($_) } qw(keeper);

sub configuration {
    my ($name, $more) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("plain", .run = SHELL("echo >>$dir/plain.runs; exec sleep 1000")),
	SERVICE("keeper", $run{keeper}, .ready = READY_SD_NOTIFY, .fd_store = 4),
	SERVICE("guarded", .run = EXEC("/bin/sleep", "1000"), .stop_all = true),
	SERVICE("writer", .run = SHELL("while :; do read line <$dir/say && echo \$line; done"),
		.log = LOG_TO("log")),
	SERVICE("log", .run = SHELL("while read line; do echo \$line >>$dir/logged; : <$dir/read; done")),
	$more
};

CONNATE();
CONFIG
}

my $image   = configuration('kept', '');
my $next    = configuration('next', 'SERVICE("new", .run = EXEC("/bin/sleep", "1000")),');
my $connate = built('pid1/connate');
systemd() or BAIL_OUT('systemd does not come up: ' . said());
unit('kept.service', join "\n", '[Unit]', 'DefaultDependencies=no', 'StartLimitIntervalSec=0', '[Service]',
    "ExecStart=$connate --supervisor $image", 'Type=notify', 'KillMode=process', 'Restart=always',
    'RestartSec=100ms', 'FileDescriptorStoreMax=256', 'Environment=FDSTORE=256', '');
systemctl('daemon-reload');
systemctl('start', '--no-block', 'kept.service');

my @services = qw(plain keeper guarded writer log);
my $restarts = 0;
my ($s, %pids) = (bless({ pid => 0 }, 'Connate'));

# The session, when it works; by another connate than before.
sub session_is_up {
    my ($what) = @_;
    my $former = $s->{pid};
    my $is     = wait_until {
        sleep 0.05;
        $s->{pid} = shown('kept.service', 'MainPID');
        $s->{pid} > 0 && $s->{pid} != $former && ($s->header->{starts} // 0) > 0
            && !grep { $s->field(state => $_) ne 'up' } @services;
    } $what, 60;
    return ok($is, $what) || diag(said());
}

sub go_on {
    my ($what) = @_;
    $restarts++;
    session_is_up("$what: another connate");
    shows('kept.service', 'it is the main process', ActiveState => 'active', NRestarts => $restarts,
        MainPID => $s->{pid});
    is($s->field(pid => $_), $pids{$_}, "$_ runs on") for @services;
    is(slurp("$dir/plain.runs"), "\n", 'and not twice');
}

sub kill_both {
    my $supervisord = $s->header->{supervisord};
    freeze($_) for $supervisord, $s->{pid};
    kill 'KILL', $supervisord, $s->{pid};
    return;
}

session_is_up('a session');
shows('kept.service', 'systemd has seen it', ActiveState => 'active');
%pids = map { $_ => $s->field(pid => $_) } @services;
eventually { sleep 0.05; shown('kept.service', 'NFileDescriptorStore') >= 12 } 'its descriptors are stored';
like(store('keeper', memfd => 'one', "FDSTORE=1\nFDNAME=one"), qr/sent/, 'a service stores one');
spew("$dir/say", "first\n");
eventually { slurp("$dir/logged") eq "first\n" } 'a line is logged';
spew("$dir/say", "second\n");          # the logger waits: it stays in the pipe

my $former = $s->header->{supervisord};
kill 'KILL', $s->{pid};
go_on('connate is killed');
ok(!alive($former), 'the former supervisord was ended');

kill_both();
go_on('both are killed');
like(store('keeper', memfd => 'two', "FDSTORE=1\nFDNAME=two"), qr/sent/, 'a service stores another one');
spew("$dir/say", "third\n");
eventually {
    sysopen my $go, "$dir/read", O_WRONLY | O_NONBLOCK;
    slurp("$dir/logged") eq "first\nsecond\nthird\n"
}
'no line was lost';

is(($s->ctl('exec', $next))[0], 0, 'another image takes over');
ok($s->becomes(new => 'up'), 'with a new service');
push @services, 'new';
$pids{new} = $s->field(pid => 'new');
kill_both();
go_on('both are killed after an upgrade');
is($s->header->{images}, 1, 'its image goes on');

kill 'KILL', $s->field(pid => 'keeper');
eventually { $s->field(state => 'keeper') eq 'up' && $s->field(pid => 'keeper') ne $pids{keeper} }
'a service dies';
is_deeply([ sort { $a->[0] cmp $b->[0] } @{ passed('keeper') } ], [ [ one => 'one' ], [ two => 'two' ] ],
    'it has what it has stored');

# Nothing of the former one is left.
systemctl('stop', 'kept.service');
shows('kept.service', 'the end', ActiveState => 'inactive', Result => 'success');
is(scalar(grep { alive($_) } values %pids), 0, 'nothing is left');
pop @services;
$s->{pid} = 0;
systemctl('start', '--no-block', 'kept.service');
session_is_up('it is started again');
is(slurp("$dir/plain.runs"), "\n\n", 'its services are, too');
is($s->header->{successions}, 0, 'it is a new session');

# conctl exit, and Restart=always: what was stored is not taken
$former = $s->{pid};
is(($s->ctl('exit'))[0], 0, 'conctl exit');
session_is_up('another connate');
is(slurp("$dir/plain.runs"), "\n\n\n", 'starts all');
is($s->header->{successions}, 0, 'it is a new session');
systemctl('stop', 'kept.service');
shows('kept.service', 'the end', ActiveState => 'inactive', Result => 'success');
done_testing();
