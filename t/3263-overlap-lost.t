#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Both supervisord and connate are killed in the middle of a restart with overlap: the next
# session finds both processes; one serves, the other is stopped, and none is started.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
spew("$dir/program", <<'PERL');
use strict; use warnings; use Socket;
my ($dir) = @ARGV;
socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die $!;
send $s, 'READY=1', 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r) if -e "$dir/ready";
open my $log, '>>', "$dir/pids" or die $!; syswrite $log, "$$\n";
sleep 1000;
PERL
spew("$dir/ready", '');
my $image = supervisord('lost', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .restart = OVERLAP, .ready = READY_SD_NOTIFY, .max_ready = SECONDS(100),
		.run = EXEC("/usr/bin/perl", "$dir/program", "$dir")),
};

CONNATE(.lock_file = "$dir/lock");
CONFIG

my $s = session(supervisord => $image);
ok($s->becomes(web => 'up'), 'it is up');
my $former = $s->field(pid => 'web');
unlink "$dir/ready";
is(($s->ctl(restart => 'web'))[0], 0, 'a restart');
eventually { slurp("$dir/pids") =~ /\n\d+\n/ } 'the next one runs';
my $next = $s->field(pid => 'web:2');
my $supervisord = $s->header->{supervisord};
kill 'STOP', $supervisord;
kill 'KILL', $s->{pid}, $supervisord;
waitpid $s->{pid}, 0;
eventually { !alive($supervisord) } 'both managers were killed';
ok(alive($_), "process $_ lives") for $former, $next;

my $t = session(supervisord => $image);
ok($t->becomes(web => 'up'), 'in the next session it is up');
eventually { alive($former) + alive($next) == 1 } 'one of the two is left';
my ($left) = grep { alive($_) } $former, $next;
eventually { $t->field(pid => 'web') eq $left && $t->field(state => 'web:2') eq 'down' } 'and serves, alone';
is(() = slurp("$dir/pids") =~ /\n/g, 2, 'none was started');
spew("$dir/ready", '');
is(($t->ctl(restart => '-w', 'web'))[0], 0, 'a restart after that');
eventually { !alive($left) } 'ends it';
is($t->stop, 0, 'SIGTERM ends it with 0');
done_testing;
