#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Upgrade after upgrade, between two configurations that differ in all that may
# differ, while clients of nginx and redis ask all the time: no request fails, services of
# both configurations keep their pid, services of only one are started, and
# stopped by that one's rules, each time; and connate and supervisord end as
# small as they began. As an ordinary user; then as PID 1 of a pid namespace.
#
# CONNATE_UPGRADES: how many (default 500).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(time);

my ($nginx) = grep { -x } '/usr/sbin/nginx', '/usr/local/sbin/nginx';
my ($redis) = grep { -x } '/usr/bin/redis-server', '/usr/local/bin/redis-server';
plan skip_all => 'nginx and redis-server are not installed' if !$nginx || !$redis;

my $upgrades = $ENV{CONNATE_UPGRADES} // 500;
my $dir      = scratch();
my $top      = $ENV{top_builddir} // "$FindBin::Bin/..";
my @user     = plain_user();

# Services of both configurations, and those of this number alone: a service whose
# clean-up is only in this image, and some that make the table longer.
sub image {
    my ($at, $number) = @_;
    my $only = "only-$number";
    my @rows = (<<"ROWS" =~ /(\tSERVICE.*?\)\),\n)/gs);
	SERVICE("web", .wants = LIST("store"), .chdir = "$at",
		.run = EXEC("$nginx", "-c", "$at/nginx.conf", "-e", "stderr")),
	SERVICE("store", .chdir = "$at", .log = LOG_FILE("$at/store.log"),
		.run = EXEC("$redis", "--port", "0", "--unixsocket", "$at/store",
			"--save", "", "--appendonly", "no")),
	SERVICE("pipeline", .needs = LIST("web", "store"), .log = LOG_TO("pipeline-log"),
		.run = SHELL("i=0; while :; do i=\$((i+1)); echo line \$i; sleep 0.01; done")),
	SERVICE("pipeline-log", .run = SHELL("exec cat >>$at/lines")),
	SERVICE("guarded", .stop_all = true, .run = SHELL("exec sleep 100000")),
	SERVICE("changed", .run = EXEC("/bin/sleep", "100000$number")),
	SERVICE("$only", .needs = LIST("store"), .setup = SHELL("printf s >>$at/$only"),
		.cleanup = SHELL("printf c >>$at/$only"), .run = EXEC("/bin/sleep", "100000")),
ROWS
    push @rows, map { qq{\tSERVICE("idle-$_", .target = DOWN, .run = EXEC("/bin/cat")),\n} } 1 .. 40
        if $number;
    @rows = reverse @rows if $number;
    return supervisord("image-$number", <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
@{[ join '', @rows ]}};

CONNATE();
CONFIG
}

sub images {
    my ($at) = @_;
    mkdir $at;
    chmod 0777, $at;
    spew("$at/nginx.conf", <<"NGINX");
daemon off; master_process on; worker_processes 1; pid $at/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path $at/b; proxy_temp_path $at/p; fastcgi_temp_path $at/f;
	uwsgi_temp_path $at/u; scgi_temp_path $at/s;
	server { listen unix:$at/web; location / { return 200 "hello\\n"; } }
}
NGINX
    return map { image($at, $_) } 0, 1;
}

# One question to a server on a UNIX socket: is it answered?
sub ask {
    my ($path, $question, $expected) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $path) or return 0;
    syswrite $socket, $question or return 0;
    my $answer = '';
    while ($answer !~ $expected) {
        sysread $socket, $answer, 4096, length $answer or return 0;
    }
    return 1;
}

sub web   { return ask("$_[0]/web",   "GET / HTTP/1.0\r\n\r\n", qr/hello/) }
sub store { return ask("$_[0]/store", "PING\r\n",               qr/PONG/) }

# Asks both until the file `asking` goes.
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

sub follower {
    my ($s, $at) = @_;
    my $pid = fork // die;
    return $pid if $pid;
    open STDOUT, '>', "$at/events";
    exec "$top/conctl/conctl", '-p', $s->{pid}, '-j', 'events', '-f' or POSIX::_exit(127);
}

sub put {
    my ($image, $running) = @_;
    link $image, "$running.new" or die "$running.new: $!";
    return rename "$running.new", $running;
}

# Descriptors by number and kind; and the memory of its own, in KB.
sub fds {
    my ($pid) = @_;
    return { map { (m{(\d+)$})[0] => (readlink // '') =~ s/\d+//gr } glob "/proc/$pid/fd/*" };
}
sub pss { my ($pid) = @_; return slurp("/proc/$pid/smaps_rollup") =~ /^Pss: +(\d+)/m ? $1 : 0 }

sub both {
    my ($s) = @_;
    return ($s->{pid}, grep { comm($_) eq 'supervisord' } children($s->{pid}));
}

# Each event of a service begins where the one before it has ended.
sub torn_events {
    my ($at) = @_;
    my (%state, @torn);
    for (split /\n/, slurp("$at/events")) {
        push @torn, $_ if /"missed"/;
        my ($name, $from, $to) = /"service":\s*"(.*?)".*"from":\s*"(.*?)".*"to":\s*"(.*?)"/ or next;
        push @torn, "$state{$name} before $_" if ($state{$name} // $from) ne $from;
        $state{$name} = $to;
    }
    return @torn;
}

sub upgraded {
    my ($s, $how, $running) = @_;
    my $images = $s->header->{images};
    return ($s->ctl('exec', $running))[0] == 0 if $how == 0;
    return ($s->ctl('exec'))[0] == 0           if $how == 1;
    kill 'HUP', $s->{pid};
    return wait_until { $s->header->{images} == $images + 1 } 'an upgrade by SIGHUP';
}

sub storm {
    my ($what, $at, $count, %how) = @_;
    my @images  = images($at);
    my $running = "$at/running";
    put($images[0], $running);
    my $s     = session(supervisord => $running, %how);
    my @names = qw(web store pipeline pipeline-log guarded changed);
    ok($s->becomes($_ => 'up'), "$what: $_ is up") for @names;
    eventually { web($at) && store($at) } "$what: both servers answer";
    my %before   = map { $_ => $s->field(pid => $_) } @names;
    my $client   = client($at);
    my $follower = follower($s, $at);
    my ($done, $failed, $late, @fds, @pss) = (0, 0, 0);
    my $began = time;
    for my $time (1 .. $count) {
        my $number = $time % 2;
        put($images[$number], $running);
        $failed += !upgraded($s, int($time / 2) % 3, $running);
        $late++ if (brought_up(sub { $s->ctl(@_) }, "only-$number"))[0] != 0;
        last if $failed + $late > 3;
        $done++;
        next if $time != 20;
        @fds = map { fds($_) } both($s);
        @pss = map { pss($_) } both($s);
    }
    my $took = time - $began;
    is($done,   $count, "$what: $done upgrades");
    is($failed, 0,      "$what: each took over");
    is($late,   0,      "$what: and what is new came up");
    my $last = $count % 2;
    my $gone = 'only-' . (1 - $last);
    eventually { slurp("$at/$gone") =~ /c$/ && ($s->ctl('state', $gone))[0] != 0 } "$what: what is gone is forgotten";
    like(slurp("$at/only-$_"), qr/^(?:sc)*s?$/, "$what: each set-up of only-$_ had its clean-up") for 0, 1;
    cmp_ok(length slurp("$at/$gone"), '>', $count / 2, "$what: and they were many");
    is($s->header->{images}, $count, "$what: all are counted");
    my @now = map { fds($_) } both($s);
    is_deeply(\@now, \@fds, "$what: the descriptors of both are those after twenty");
    my @end = map { pss($_) } both($s);
    cmp_ok($end[$_], '<=', $pss[$_] + 64, ('connate', 'supervisord')[$_] . " is as small as then")
        for 0, 1;
    unlink "$at/asking";
    waitpid $client, 0;
    my ($asked, $unanswered) = split ' ', slurp("$at/asked");
    is($unanswered, 0, "$what: no request of $asked failed");
    cmp_ok($asked, '>', $count, "$what: and they were many");
    is($s->field(pid => $_), $before{$_}, "$what: $_ has its pid") for @names;
    is($s->records->{changed}{stale}, $last, "$what: what has changed is stale, or is not again");
    ok(alive($follower), "$what: a client that follows the events still does");
    kill 'TERM', $follower;
    waitpid $follower, 0;
    is_deeply([ torn_events($at) ], [], "$what: and has missed none");
    is($s->stop, 0, "$what: it ends");
    my @lines = split /\n/, slurp("$at/lines");
    my ($wrong) = grep { $lines[$_] ne 'line ' . ($_ + 1) } 0 .. $#lines;
    is($wrong, undef, "$what: all lines are in the log, in order");
    diag(sprintf '%s: %d upgrades in %.1f s, Pss %s KB, then %s KB; %d requests',
        $what, $done, $took, "@pss", "@end", $asked);
    return;
}

storm('a session', "$dir/session", $upgrades, user => @user ? \@user : undef);

my @unshare = ('unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
my ($can) = run(@unshare, 'true');
SKIP: {
    skip 'pid namespaces are not allowed here', 1 if $can != 0;
    storm('PID 1', "$dir/init", int($upgrades / 5), wrap => \@unshare);
}
done_testing();
