#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate as a service of runsv(8) and of s6-supervise(8): its start, its end, and the
# death of connate, after which another one is started beside its successor.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $dir   = scratch();
my $image = supervisord('supervised', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("plain", .run = EXEC("/bin/sleep", "1000")),
};

CONNATE(.lock_file = "$dir/lock");
CONFIG
my $connate = built('pid1/connate');

my %managers = (
    'runsv'        => { start => ['sv', 'up'],       stop => ['sv', 'down'] },
    's6-supervise' => { start => ['s6-svc', '-u'],   stop => ['s6-svc', '-d'] },
);

# The session that its service folder has now; or that of that connate.
sub session_at {
    my ($manager, $pid) = @_;
    my $s = bless { pid => $pid }, 'Connate';
    wait_until {
        ($s->{pid}) = $pid // grep { comm($_) eq 'connate' } children($manager);
        $s->{pid} && ($s->header->{starts} // 0) > ($pid ? 1 : 0);
    } 'a session that works';
    return $s;
}

for my $name (sort keys %managers) {
    my $manager = $managers{$name};
  SKIP: {
        skip "there is no $name", 1 if !grep { -x "$_/$name" } split /:/, $ENV{PATH};
        my $folder = "$dir/$name";
        mkdir $folder;
        spew("$folder/run", "#!/bin/sh\nexec 2>>$folder.log\nexec $connate --supervisor $image\n");
        chmod 0755, "$folder/run";
        my $outer = session(command => [ $name, $folder ]);
        my $s     = session_at($outer->{child});
        ok($s->becomes(plain => 'up'), "$name: a session");
        my $plain = $s->field(pid => 'plain');
        is((run(@{ $manager->{stop} }, $folder))[0], 0, 'it is told to end');
        eventually { !alive($s->{pid}) } 'it does';
        ok(!alive($plain), 'with its services');
        is((run(@{ $manager->{start} }, $folder))[0], 0, 'it is told to begin');
        $s = session_at($outer->{child});
        ok($s->becomes(plain => 'up'), 'it does');

        $plain = $s->field(pid => 'plain');
        my $successor = $s->header->{supervisord};
        kill 'KILL', $s->{pid};
        my $next = session_at($outer->{child}, $successor);
        is(comm($successor), 'connate', 'connate is killed: supervisord takes its place');
        eventually { slurp("$folder.log") =~ /it is held by process $successor / } 'another connate is refused';
        is($next->field(pid => 'plain'), $plain, 'the services run on');
        is(($next->ctl('exit'))[0], 0, 'conctl exit');
        $s = session_at($outer->{child});
        ok($s->becomes(plain => 'up'), 'then the next one begins');
        ok(!alive($plain), 'when all is gone');
        is((run(@{ $manager->{stop} }, $folder))[0], 0, 'it is told to end');
        eventually { !alive($s->{pid}) } 'it does';
    }
}
done_testing();
