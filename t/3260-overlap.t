#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .restart = OVERLAP: the next process of a service starts beside the one that serves,
# with the same sockets; when it is ready the former one is stopped, by its own rules; if
# it does not become ready, or ends, it goes, and the former one was not touched.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Server;
use Test::More;

my $dir  = scratch();
my $port = free_port();
my $web  = server("$dir/web");

# Programs that say that they are ready when a file says so: by a descriptor, or by
# sd_notify(3). To `end` they end; with `stubborn` SIGTERM does nothing.
spew("$dir/program", <<'PERL');
use strict; use warnings; use Socket;
my ($file, $how) = @ARGV;
$SIG{TERM} = sub { exit 0 if !-e "$file.stubborn" };
sub notify {
    socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die $!;
    send $s, $_[0], 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET} =~ s/^\@/\0/r) or die $!;
}
my $fd;
if ($how eq 'fd') { open $fd, '>&=', 5 or die $! }
open my $log, '>>', "$file.pids" or die $!; syswrite $log, "$$ $ENV{CONNATE_SERVICE}\n";
notify("STATUS=$$ starts") if $how eq 'notify';
select undef, undef, undef, 0.01 while !-e "$file.ready" && !-e "$file.end";
exit 3 if -e "$file.end";
if ($fd) { syswrite $fd, "\n"; close $fd } else { notify("STATUS=$$ serves\nREADY=1") }
while (1) {
    select undef, undef, undef, 0.02;
    if (-e "$file.again") { rename "$file.again", "$file.said"; notify('READY=1') }
    if (-e "$file.hushed") { next }
    notify('WATCHDOG=1') if $how eq 'notify';
}
PERL
sub program {
    my ($name, $how) = @_;
    return qq{.run = EXEC("/usr/bin/perl", "$dir/program", "$dir/$name", "$how")};
}
my ($fd, $speaks) = (program('fd', 'fd'), program('speaks', 'notify'));

my $s = session(supervisord => supervisord('overlap', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .restart = OVERLAP, $web, .max_stop = SECONDS(60),
		.listen = LIST("tcp:127.0.0.1:$port"),
		.setup = SHELL("echo up >>$dir/setups"), .cleanup = SHELL("echo down >>$dir/setups")),
	SERVICE("dependent", .binds = LIST("web"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("fd", .restart = OVERLAP, $fd, .ready = READY_FD(5), .max_ready = SECONDS(60),
		.max_stop = FOREVER),
	SERVICE("speaks", .restart = OVERLAP, $speaks, .ready = READY_SD_NOTIFY, .watchdog = SECONDS(100),
		.max_ready = SECONDS(60), .retry = RETRY_FIXED(.after = MILLISECONDS(10))),
	SERVICE("late", .restart = OVERLAP, .max_ready = MILLISECONDS(300), .ready = READY_NOTIFY,
		.run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG

sub pid_of { my ($name) = @_; return $s->field(pid => $name) }
sub state_of { my ($name) = @_; return $s->field(state => $name) }
sub started { my ($name) = @_; return () = slurp("$dir/$name.pids") =~ /\n/g }

# At once
ok($s->becomes($_ => 'up'), "$_ is up") for qw(web dependent);
my ($before, $dependent) = map { pid_of($_) } qw(web dependent);
my ($code, $out, $err) = $s->ctl(restart => '-w', 'web');
is($code, 0, 'restart -w') or diag($out . $err);
isnt(pid_of('web'), $before, 'another process serves');
eventually { !alive($before) } 'the former one has ended';
eventually { ask($port) eq pid_of('web') } 'the next one answers';
is(pid_of('dependent'), $dependent, 'what is bound to it has noticed nothing');
is(slurp("$dir/setups"), "up\n", 'neither set-up nor clean-up ran in between');
($code, $out) = $s->ctl('events', 'web');
like($out, qr/ swap .*its next process is ready, and serves/, 'as events say');
unlike(($s->ctl('list'))[1], qr/:2/, 'list has the service once');

# READY_FD, and the former one does not stop at once
spew("$dir/fd.ready", '');
spew("$dir/fd.stubborn", '');
ok($s->becomes(fd => 'up'), 'fd is up');
unlink "$dir/fd.ready";
$before = pid_of('fd');
is(($s->ctl(restart => 'fd'))[0], 0, 'restart of fd');
eventually { state_of('fd:2') eq 'starting' && started('fd') == 2 } 'the next one is starting';
is(state_of('fd'), 'up', 'the service is up meanwhile');
my $next = pid_of('fd:2');
like(($s->ctl(status => 'fd'))[1], qr/pid: $before\n +beside it: $next is starting \(fd:2\)/s, 'as status says');
like(($s->ctl('-j', status => 'fd'))[1],
    qr/"beside":\{"name":"fd:2","state":"starting","pid":$next,"next":true\}/, 'and as JSON');
spew("$dir/fd.ready", '');
eventually { pid_of('fd') eq $next } 'it is ready, and serves';
eventually { state_of('fd:2') eq 'stopping' && pid_of('fd:2') eq $before } 'the former one is stopping';
like(($s->ctl(status => 'fd'))[1], qr/beside it: $before is stopping/, 'as status says');
ok(alive($before), 'and may take as long as it needs');
is(($s->ctl(restart => 'fd'))[0], 0, 'another restart');
is(started('fd'), 2, 'waits for that: there is no third process');
is(state_of('fd:2'), 'stopping', 'which is still stopping');
kill 'KILL', $before;
eventually { started('fd') == 3 } 'then it is done';
eventually { pid_of('fd') ne $next && pid_of('fd:2') eq $next } 'and the third one serves';
kill 'KILL', $next;
eventually { state_of('fd:2') eq 'down' } 'the second one is gone';
is_deeply([ slurp("$dir/fd.pids") =~ /^\d+ (\S+)$/mg ], [ ('fd') x 3 ], 'each is told the name of the service');

# READY_SD_NOTIFY: each is heard for itself
spew("$dir/speaks.ready", '');
ok($s->becomes(speaks => 'up'), 'speaks is up');
unlink "$dir/speaks.ready";
$before = pid_of('speaks');
$s->ctl(restart => 'speaks');
eventually { started('speaks') == 2 } 'the next one of it starts';
spew("$dir/speaks.again", '');
eventually { -e "$dir/speaks.said" } 'the former one says READY=1 again';
$next = pid_of('speaks:2');
eventually { ($s->ctl(status => 'speaks:2'))[1] =~ /$next starts/ } 'the next one has its own STATUS';
like(($s->ctl(status => 'speaks'))[1], qr/$before serves/, 'so has the former one');
is(state_of('speaks:2'), 'starting', 'the next one is not taken to be ready');
spew("$dir/speaks.ready", '');
eventually { pid_of('speaks') eq $next } 'until it says so itself';
eventually { ($s->ctl(status => 'speaks'))[1] =~ /$next serves/ } 'and is heard then';

# It ends before it is ready
unlink "$dir/speaks.ready";
eventually { state_of('speaks:2') eq 'down' } 'the former one has ended';
$before = pid_of('speaks');
spew("$dir/speaks.end", '');
($code, $out, $err) = $s->ctl(restart => '-w', 'speaks');
is($code, 1, 'a next one that ends: restart -w fails');
like($err . $out, qr/^speaks:2: failed: .*exit.* 3/m, 'and says why');
like($err . $out, qr/^speaks: up: the former process still serves/m, 'and what is');
is(pid_of('speaks'), $before, 'the former one goes on');
is($s->field(attempt => 'speaks'), 1, 'and has lost no attempt');
like(($s->ctl('status'))[1], qr/^speaks:2 +failed/m, 'status shows it');
unlink "$dir/speaks.end";
spew("$dir/speaks.ready", '');
is(($s->ctl(restart => '-w', 'speaks'))[0], 0, 'the next restart is done');

# Not in time
ok($s->becomes(late => 'starting'), 'late starts');
is(($s->ctl(ready => 'late'))[0], 0, 'it is ready');
ok($s->becomes(late => 'up'), 'it is up');
$before = pid_of('late');
($code, $out, $err) = $s->ctl(restart => '-w', 'late');
is($code, 1, 'a next one that is not ready in time: restart -w fails');
like($err . $out, qr/^late:2: failed: .*too long/m, 'and says why');
is(pid_of('late'), $before, 'the former one goes on');
ok(alive($before), 'and lives');

# Down in the middle: both go
unlink "$dir/speaks.ready";
$before = pid_of('speaks');
eventually { state_of('speaks:2') eq 'down' } 'there is one of speaks';
$s->ctl(restart => 'speaks');
eventually { pid_of('speaks:2') =~ /^\d/ } 'and another one';
$next = pid_of('speaks:2');
is(($s->ctl(down => '-w', 'speaks'))[0], 0, 'down -w in the middle');
ok(!alive($_), "process $_ is gone") for $before, $next;
is(state_of('speaks:2'), 'down', 'nothing is left beside it');

unlink "$dir/fd.stubborn";
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
