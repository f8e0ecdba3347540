#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .reload_with: services that are reloaded when another one is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $dir = scratch();

sub service {
    my ($name, @fields) = @_;
    return qq{\tSERVICE("$name", .run = EXEC("/bin/sleep", "1000"), }
        . join(', ', qq{.reload = SHELL("echo $name >>$dir/story; [ ! -e $dir/$name.bad ]")}, @fields) . "),\n";
}
my $s = session(supervisord => supervisord('reload-with', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
@{[service('web')]}@{[service('cache', '.reload_with = LIST("web", "tls")')]}
@{[service('front', '.reload_with = LIST("cache")')]}@{[service('tls')]}
@{[service('rests', '.reload_with = LIST("web")', '.target = DOWN')]}@{[service('other')]}
@{[service('a', '.reload_with = LIST("b")')]}@{[service('b', '.reload_with = LIST("a")')]}
};

CONNATE();
CONFIG
my @up = qw(web cache front tls other a b);
ok($s->becomes($_ => 'up'), "$_ is up") for @up;

sub story {
    my $text = join ' ', sort split ' ', -e "$dir/story" ? slurp("$dir/story") : '';
    unlink "$dir/story";
    return $text;
}

is(($s->ctl(reload => 'web'))[0], 0, 'reload');
is(story(), 'cache front web', 'with those that have it in theirs, one after another');
is(($s->ctl(reload => 'front'))[0], 0, 'of the last one');
is(story(), 'front', 'that one alone');
is(($s->ctl(reload => 'a'))[0], 0, 'of two that have each other');
is(story(), 'a b', 'each once');
is(($s->ctl(reload => 'web', 'tls', 'cache'))[0], 0, 'of several');
is(story(), 'cache front tls web', 'each once, too');
spew("$dir/cache.bad", '');
my ($code, undef, $err) = $s->ctl(reload => 'tls');
is($code, 1, 'one of them fails');
is($err, "conctl: reload cache: the command of .reload exited with 1\n", 'which is said');
is(story(), 'cache front tls', 'and the others are reloaded');
($code, undef, $err) = $s->ctl(reload => 'rests');
is($code, 1, 'one that is down');
is(story(), '', 'and nothing else');
is(($s->ctl(qw(down -w -t 60 web)))[0], 0, 'web is down');
isnt(($s->ctl(reload => 'web'))[0], 0, 'so it is not reloaded');
is(story(), '', 'and nothing with it');
is(($s->ctl('reload_with', 'cache'))[1], "web tls\n", 'conctl reload_with');

# What concheck and connate-build list, also behind the edge of a log.
spew("$dir/list.c", <<'CONFIG');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("log", .run = EXEC("/bin/cat")),
	SERVICE("bus", .run = EXEC("/bin/cat"), .reload = SIGNAL(SIGHUP)),
	SERVICE("panel", .run = EXEC("/bin/cat"), .log = LOG_TO("log"), .reload = SIGNAL(SIGHUP),
		.follows = LIST("bus"), .reload_with = LIST("bus"), .no_new_privs = true,
		.setup = AS_ROOT(EXEC("/bin/true")), .cleanup = AS_ROOT(EXEC("/bin/true"))),
};

CONNATE();
CONFIG
my ($list_code, $list) = run(built('reader/connate-build'), '--list', "$dir/list.c");
is($list_code, 0, 'connate-build --list');
like($list, qr/^  follows      bus\n  reload_with  bus$/m, 'lists them');
like($list, qr/^  as root      setup cleanup$/m, 'and AS_ROOT');
is($s->stop, 0, 'the end');
done_testing();
