#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# AS_ROOT: commands of a service with .user that keep the rights of connate.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

plan skip_all => 'another user needs root' if $> != 0;
my $dir = scratch();
chmod 0755, $dir;

# Who it is, what it may do, and its variable.
sub says {
    my ($name) = @_;
    return qq{SHELL("echo \$(id -u) \$(id -g) \$(id -G) \$A \$(sed -n 's/^CapEff:.//p; s/^NoNewPrivs:.//p'}
        . qq{ /proc/self/status) >$dir/$name")};
}
my $few = '.user = "65534", .group = "65534", .extra_groups = LIST("7"), .capabilities = LIST(), '
    . '.no_new_privs = true, .env = LIST("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "A=b")';
for my $file (qw(setup started run reload stop cleanup plain function)) {
    spew("$dir/$file", '');
    chmod 0666, "$dir/$file";
}
my $s = session(supervisord => supervisord('as-root', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>
#include <connate/call.h>

int function(void);
int function(void)
{
	return call_write("$dir/function", "called\\n");
}

static const struct service services[] = {
	SERVICE("web", $few,
		.setup = AS_ROOT(@{[says('setup')]}),
		.run = SHELL("echo \$(id -u) >$dir/run; exec sleep 100000"),
		.started = AS_ROOT(@{[says('started')]}),
		.reload = AS_ROOT(@{[says('reload')]}),
		.stop = AS_ROOT(SHELL("echo \$(id -u) >$dir/stop; kill \$(cat $dir/pid)")),
		.cleanup = AS_ROOT(@{[says('cleanup')]})),
	SERVICE("plain", $few, .setup = @{[says('plain')]},
		.run = EXEC("/bin/sleep", "100000"), .cleanup = AS_ROOT(CALL(function))),
	SERVICE("slow", $few, .max_setup = FOREVER, .target = DOWN,
		.setup = AS_ROOT(SHELL("echo >>$dir/slow; while [ ! -e $dir/go ]; do sleep 0.02; done"))),
	SERVICE("hangs", $few, .target = DOWN, .max_stop = SECONDS(1),
		.run = EXEC("/bin/sleep", "100000"), .stop = AS_ROOT(EXEC("/bin/sleep", "100000"))),
};

CONNATE();
CONFIG

ok($s->becomes($_ => 'up'), "$_ is up") for qw(web plain);
my ($caps) = slurp("/proc/$$/status") =~ /^CapEff:\s*(\w+)/m;
my $root = join ' ', 0, (split ' ', `id -g`)[0], `id -G` =~ s/\n//r, 'b', $caps, 0;
is(slurp("$dir/setup"), "$root\n", 'AS_ROOT: user, groups, capabilities and no_new_privs of connate');
is(slurp("$dir/started"), "$root\n", '.started, too');
is(slurp("$dir/plain"), "65534 65534 65534 7 b 0000000000000000 1\n", 'without it those of the service');
eventually { slurp("$dir/run") eq "65534\n" } '.run has those of the service';
is(($s->ctl(reload => 'web'))[0], 0, 'reload');
eventually { slurp("$dir/reload") eq "$root\n" } 'its command, too';
spew("$dir/pid", $s->field(pid => 'web'));
is(($s->ctl(qw(down -w -t 60 web plain)))[0], 0, 'down');
is(slurp("$dir/stop"), "0\n", 'the command of .stop');
is(slurp("$dir/cleanup"), "$root\n", 'and the clean-up');
is(slurp("$dir/function"), "called\n", 'a function') or diag(slurp($s->{log} // '/dev/null'));

$s->ctl(up => 'slow');
eventually { -s "$dir/slow" } 'a set-up has begun';
kill 'KILL', $s->header->{supervisord};
spew("$dir/go", '');
ok($s->becomes(slow => 'up'), 'supervisord is killed: it goes on');
is(slurp("$dir/slow"), "\n", 'and is not run twice');

is(($s->ctl(qw(up -w -t 60 hangs)))[0], 0, 'given one whose .stop hangs');
is(($s->ctl(qw(down -w -t 60 hangs)))[0], 0, 'it is killed, although it is of root');
is($s->stop, 0, 'the end');
done_testing();
