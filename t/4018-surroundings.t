#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Surroundings of connate that services do not inherit: the variables of an outer manager
# in its environment, and its working folder. A command is started there.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use File::Copy qw(copy);
use Test::More;

my $top    = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
my $source = abs_path($ENV{top_srcdir}   // "$FindBin::Bin/..");
my $dir    = abs_path(scratch());
my $here   = "$dir/here";
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE CONNATE_SERVICE)};
mkdir $_ for $here, "$here/bin";

# The environment: the rows of the list, and similar names.
my @outer = slurp("$source/model/outer.def") =~ /^OUTER\((\w+)\)$/mg;
cmp_ok(scalar @outer, '>', 20, 'there are words of an outer manager');
my $manual = slurp("$source/doc/connate.8");
is(join(' ', grep { $manual !~ /^\.Ev $_(?: [,.])?$/m } @outer), '', 'each stands in the manual');
my %words = ((map { $_ => "of-$_" } @outer), STATE_DIRECTORY => '/s', LISTEN => 'l', NOTIFY_SOCKETS => 'n');
my @kept  = grep { my $name = $_; !grep { $_ eq $name } @outer } sort keys %words;
my $image = supervisord('words', <<"CONFIG", '--no-host-checks');
#include <connate/call.h>
#include <connate/config.h>
int run_env(void);
int run_env(void)
{
	const char *const argv[] = { "/bin/sh", "-c", "env -0 >$dir/call-run", NULL };
	return call_run(argv);
}
static const struct service services[] = {
	SERVICE("inherits", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .run = EXEC("/bin/sleep", "1000"), .stop_all = true),
	SERVICE("names", .run = EXEC("/bin/sleep", "1000"),
		.env = LIST(INHERIT("NOTIFY_SOCKET"), INHERIT("WATCHDOG_USEC"), INHERIT("STATE_DIRECTORY"),
			"INVOCATION_ID=mine")),
	SERVICE("call", .setup = CALL(run_env)),
};
CONNATE();
CONFIG

sub environment_of { my ($path) = @_; return { map { /^(\w+)=(.*)/s } split /\0/, slurp($path) } }

sub without_ok {
    my ($what, $path) = @_;
    my $is = environment_of($path);
    is(join(' ', grep { exists $is->{$_} } @outer), '', "$what: nothing of the outer manager");
    is(join(' ', grep { exists $is->{$_} } @kept), "@kept", "$what: and all else");
    return;
}

my $s = session(supervisord => $image, env => \%words);
for my $round ('at first', 'from the next supervisord', 'after an upgrade') {
    $s->kill_supervisord if $round =~ /next/;
    is(($s->ctl('exec'))[0], 0, 'an upgrade') if $round =~ /upgrade/;
    my ($code, undef, $err) = $s->ctl(qw(restart -w inherits guarded names call));
    is($code, 0, "$round: they are up") or diag($err);
    my ($parent) = grep { comm($_) eq 'supervisord' } children($s->{pid});
    my ($guard) = grep { comm($_) eq 'guard' } children($parent);
    without_ok("$round, inherited", '/proc/' . $s->field(pid => 'inherits') . '/environ');
    without_ok("$round, a guard", "/proc/$guard/environ");
    without_ok("$round, its program", '/proc/' . (children($guard))[0] . '/environ');
    without_ok("$round, of a function", "$dir/call-run");
    my $named = environment_of('/proc/' . $s->field(pid => 'names') . '/environ');
    is_deeply([ map { $named->{$_} } qw(NOTIFY_SOCKET WATCHDOG_USEC STATE_DIRECTORY INVOCATION_ID) ],
        [ undef, undef, '/s', 'mine' ], "$round: nor by its name, but what is configured");
}
$s->stop;

my $stock = supervisord('stock', slurp("$source/config/config.c"), '--no-host-checks');
{
    local @ENV{ keys %words } = values %words;
    my ($code) = run("$top/pid1/connate", '--supervisor', $stock, '--', 'sh', '-c', "env -0 >$dir/command");
    is($code, 0, 'a command');
    without_ok('a command', "$dir/command");
}

# The folder
sub there { my ($pid) = @_; return readlink("/proc/$pid/cwd") // 'gone' }

copy("$top/pid1/connate", "$here/connate");
spew("$here/supervisord", "#!/bin/sh\nexit 1\n");
chmod 0755, "$here/$_" for qw(connate supervisord);
$s = session(command => [ 'sh', '-c', "cd $here && exec ./connate --supervisor ./supervisord" ], no_wait => 1);
eventually { $s->log =~ /supervisord exited with 1/ } 'what stands at a relative path does not work';
unlink "$here/supervisord";
copy($image, "$here/new");
chmod 0755, "$here/new";
rename "$here/new", "$here/supervisord";
$s->wait_ready;
$s->becomes($_ => 'up') for qw(inherits guarded);
my ($parent) = grep { comm($_) eq 'supervisord' } children($s->{pid});
my ($guard) = grep { comm($_) eq 'guard' } children($parent);
is(there($s->{pid}), '/', 'what stands there later is started: connate is in /');
is(there($parent), '/', 'supervisord is');
is(there($guard),  '/', 'a guard is');
is(there($s->field(pid => $_)), '/', "$_: a service is") for qw(inherits guarded);
is(($s->ctl('exec', '--pid1'))[0], 0, 'connate is executed again');
is(there($s->{pid}), '/', 'and is in /');
$s->stop;

# A command runs in the folder where connate was started, each time.
spew("$here/bin/word", "#!/bin/sh\npwd >>$dir/where\nexec sleep 1000\n");
spew("$here/program", "#!/bin/sh\npwd\nreadlink /proc/\$CONNATE_PID/cwd\n");
chmod 0755, "$here/bin/word", "$here/program";
my ($code, $said) = run('sh', '-c', "cd $here && $top/pid1/connate --supervisor $stock -- ./program");
is("$code $said", "0 $here\n/\n", 'a command is where connate was started, connate is not');
my $word = "cd $here && PATH=bin:\$PATH exec $top/pid1/connate --supervisor $stock -- word";
$s = session(command => [ 'sh', '-c', $word ]);
my $lines = 0;
my $again = sub {
    my ($what) = @_;
    $lines++;
    wait_until { (() = slurp("$dir/where") =~ /\n/g) >= $lines } "$what: a command that runs";
    is((split /\n/, slurp("$dir/where"))[-1], $here, "$what: it is there");
    my ($parent) = grep { comm($_) eq 'supervisord' } children($s->{pid});
    is(there($_), '/', "$what: and " . comm($_) . ' in /') for $s->{pid}, $parent // 0;
    return;
};
$again->('at first');
$s->kill_supervisord;
is(($s->ctl(qw(restart -w main)))[0], 0, 'supervisord was killed');
$again->('from the next supervisord');
is(($s->ctl('exec', $stock))[0], 0, 'an upgrade');
$s->ctl(qw(restart -w main));
$again->('after an upgrade');
is(($s->ctl('exec', '--pid1'))[0], 0, 'connate is executed again');
$s->kill_supervisord;
$s->ctl(qw(restart -w main));
$again->('after connate was executed again');
my $heir = $s->header->{supervisord};
kill 'KILL', $s->{pid};
waitpid $s->{child}, 0;
$s->{child} = $s->{pid} = $heir;
wait_until { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir } 'a successor';
$s->ctl(qw(restart -w main));
$again->('after succession');
$s->stop;

# A folder that was removed has no name: the command runs in it all the same.
($code, $said) = run('sh', '-c', "mkdir $dir/gone && cd $dir/gone && rmdir $dir/gone && " .
    "exec $top/pid1/connate --supervisor $stock -- /bin/echo there");
is("$code $said", "0 there\n", 'from a folder that was removed');
done_testing();
