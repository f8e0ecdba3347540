#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Daemons that speak sd_notify(3), each as it comes: it is up when it says so,
# serves then, and is stopped as usual. What is not installed is left out.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Socket::UNIX;
use Test::More;

my $dir = scratch();
sub installed { my ($name) = @_; return (grep { -x } map { "$_/$name" } '/usr/bin', '/usr/sbin')[0] }

spew("$dir/bus.conf", <<"XML");
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=$dir/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow own="*"/></policy></busconfig>
XML
my %daemons = (
    redis => [ 'redis-server', '"--supervised", "systemd", "--port", "0", "--unixsocket", '
          . qq{"$dir/store", "--save", "", "--appendonly", "no"}, "$dir/store" ],
    bus => [ 'dbus-daemon', qq{"--nofork", "--nopidfile", "--config-file=$dir/bus.conf"}, "$dir/bus" ],
);
my %path = map { $_ => installed($daemons{$_}[0]) } keys %daemons;
my @names = grep { $path{$_} } sort keys %daemons;
my $notify = installed('systemd-notify');
plan skip_all => 'redis-server, dbus-daemon and systemd-notify are not installed' if !@names && !$notify;

my $rows = join '', map { <<"ROW" } @names;
	SERVICE("$_", .run = EXEC("$path{$_}", $daemons{$_}[1])),
	SERVICE("after-$_", .needs = LIST("$_"), .run = SHELL("test -S $daemons{$_}[2] && touch $dir/served.$_;"
		" exec sleep 1000"), .ready = READY_AT_ONCE),
ROW
$rows .= <<"ROW" if $notify;
	SERVICE("script", .run = SHELL("while [ ! -e $dir/go ]; do sleep 0.02; done;"
		" $notify --ready --status=hello && touch $dir/told; exec sleep 1000")),
ROW
my $s = session(supervisord => supervisord('daemons', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .ready = READY_SD_NOTIFY, .max_ready = SECONDS(100), .max_stop = SECONDS(60), \\
	.chdir = "$dir", .log = LOG_NONE,
#include <connate/config.h>
static const struct service services[] = {
$rows};
CONNATE();
CONFIG

for my $name (@names) {
    ok($s->becomes($name, 'up'), "$daemons{$name}[0] is up when it says so");
    ok($s->becomes("after-$name", 'up'), 'what needs it starts');
    eventually { -e "$dir/served.$name" } 'and finds its socket';
    $s->ctl(down => '-w', $name);
    is($s->field(state => $name), 'down', 'it is stopped');
    is($s->field(code => $name), 0, 'and ends with 0');
}
SKIP: {
    skip 'systemd-notify is not installed', 3 if !$notify;
    is($s->field(state => 'script'), 'starting', 'a script is starting');
    spew("$dir/go", '');
    ok($s->becomes('script', 'up'), 'and up when it has it said');
    eventually { -e "$dir/told" } 'systemd-notify has waited for no longer than the message was read';
}
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
