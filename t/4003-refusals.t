#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A command line that cannot work gives one clear line, and an exit code that is not 0.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir     = scratch();
my $top     = $ENV{top_builddir} // "$FindBin::Bin/..";
my $connate = "$top/pid1/connate";
my $plain   = supervisord('plain', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("one", .run = EXEC("/bin/sleep", "1000")),
};
CONNATE();
CONFIG
my $locked = supervisord('locked', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("one", .run = SHELL("echo x >>$dir/starts; exec sleep 1000")),
};
CONNATE(.lock_file = "$dir/lock");
CONFIG

sub refused {
    my ($what, $code, $line, @command) = @_;
    my ($got, $out, $err) = run(@command);
    is($got, $code, "$what: exit code $code");
    like($err, $line, "$what: said");
    is(scalar(() = $err =~ /\n/g), 1, "$what: in one line");
}

refused('a supervisor that does not exist', 1,
    qr{^connate: cannot open /nonexistent: No such file},
    $connate, '--supervisor', '/nonexistent');
refused('too few descriptors', 1, qr{^connate: cannot make .*ulimit -n.*needed},
    'sh', '-c', "ulimit -n 90; exec $connate --supervisor $plain");
my ($code, undef, $err) = run($connate, '--wrong');
is($code, 2, 'an unknown argument: exit code 2');
like($err, qr/unknown argument: --wrong\nusage: /, 'and usage');
refused('supervisord by hand', 1, qr/started by connate/, $plain);
like(join(' ', run($connate, '--version')), qr/\A0 connate \S+\n \z/, '--version');
my $supervisord = "$top/supervisord/supervisord";
like(join(' ', run($supervisord, '--version')), qr/\A0 supervisord \S+\n \z/, 'of supervisord, too');
my ($help, $usage, $nothing) = run($connate, '--help');
is("$help$nothing", '0', '--help');
like($usage, qr/^usage: connate .*--supervisor PATH.*-- COMMAND.*\nSee connate\(8\)/, 'is on standard output');
is((run($connate, '--wrong'))[2], "connate: unknown argument: --wrong\n$usage", 'which an error has, too');
is((run('sh', '-c', "$connate --help >/dev/full"))[0], 1, 'where it can be written');

# A lock that is held: the message names the process, and nothing was started.
my $s = session(supervisord => $locked);
ok($s->becomes(one => 'up'), 'a session with a lock file');
refused('a second one', 1,
    qr{^connate: cannot lock \Q$dir\E/lock: it is held by process $s->{pid}\b},
    $connate, '--supervisor', $locked);
is(slurp("$dir/starts"), "x\n", 'no service was started twice');
is((run("$top/conctl/conctl", '-l', "$dir/lock", 'state', 'one'))[1], "up\n",
    'conctl finds it by the lock file');
$s->kill_supervisord;
eventually { $s->header->{starts} == 2 } 'a successor';
refused('the lock is still held then', 1, qr{held by process $s->{pid}\b},
    $connate, '--supervisor', $locked);
is($s->stop, 0, 'it ends');
my $again = session(supervisord => $locked);
ok($again->becomes(one => 'up'), 'the lock goes when connate does');
is($again->stop, 0, 'it ends');
rename "$dir/lock", "$dir/lock.was";
mkdir "$dir/lock";
refused('a lock file that cannot be opened', 1,
    qr{^supervisord: cannot open the lock file \Q$dir\E/lock: Is a directory$}m, $connate, '--supervisor', $locked);
rmdir "$dir/lock";

# A supervisord that never works: connate goes on trying, and can be ended.
spew("$dir/broken", "#!/bin/false\n");
chmod 0755, "$dir/broken";
my $hopeless = session(supervisord => "$dir/broken", no_wait => 1);
eventually {
    (() = $hopeless->log =~ /trying again|starting it again/g) >= 3
}
'a supervisord that cannot run is tried again';
ok(alive($hopeless->{pid}), 'connate lives');
is($hopeless->stop >> 8, 1, 'and ends with 1 when it is told to');
done_testing();
