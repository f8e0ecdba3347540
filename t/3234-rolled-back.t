#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# An image that changes the sockets of .listen is rolled back: the former sockets are
# open again, and those of the image are closed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Server;
use Test::More;

plan skip_all => 'no fault can be made here' if !can_crash();
my $dir  = scratch();
my ($port, $other) = map { free_port() } 1, 2;

sub configuration {
    my ($name, $options, @more) = @_;
    my $web = server("$dir/web");
    my $listen = join ', ', qq{"tcp:127.0.0.1:$port$options", "unix:$dir/socket"}, @more;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", $web, .target = DOWN, .max_stop = SECONDS(60), .listen = LIST($listen)),
};

CONNATE();
CONFIG
}

my $s = session(supervisord => configuration('former', ''));
my $next = configuration('next', ',backlog=7', qq{"tcp:127.0.0.1:$other"}, qq{"unix:$dir/more"});
is(($s->ctl('exec', $next))[0], 0, 'an upgrade');
eventually { -S "$dir/more" } 'its sockets are open';
for my $death (1 .. 5) {
    last if $s->header->{stage} != 1;
    my $pid = $s->header->{supervisord};
    crash($pid);
    wait_until { my $h = $s->header; $h->{stage} != 1 || ($h->{supervisord} // $pid) != $pid } 'the next supervisord';
}
eventually { ($s->header->{stage} // 0) == 2 } 'it is rolled back';
is(($s->ctl('up', 'web'))[0], 0, 'the service is wanted');
ok($s->becomes('web', 'up'), 'and comes up');
eventually { ask($port) eq $s->field(pid => 'web') } 'with its former socket';
eventually { !-e "$dir/more" } 'the file of another one is removed';
like(ask($other), qr/refused/, 'and nothing listens there any more');
is(ask("$dir/socket"), $s->field(pid => 'web'), 'what both have is there');
is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
