#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A machine without a compiler: what `make install` installs, busybox, and the libraries
# that connate-build is linked with; nothing else. A file is dropped, and its service
# runs; a wrong one is refused, and nothing has changed; the next boot has both.
#
# CONNATE_ROOT: a folder with a system to try it in, as of mmdebstrap.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my @unshare = qw(unshare --pid --mount --propagation private --fork --kill-child);
plan skip_all => 'no right to mount' if (run(@unshare, 'true'))[0] != 0;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL DESTDIR CONNATE_PID CONNATE_LOCK_FILE CONNATE_SERVICE)};
my $dir     = scratch();
my $root    = $ENV{CONNATE_ROOT} // "$dir/root";
my ($bin)   = grep { -x } qw(/bin/busybox /usr/bin/busybox);
my $conffile = "$root/etc/connate/connate.c";
my $dropped  = "$root/etc/connate/services.d/hello.c";

sub copy { my ($from, $to) = @_; return (run('cp', '-L', $from, $to))[0] == 0 }

sub libraries { my (undef, $out) = run('ldd', @_); return $out =~ m{(/\S+) \(}g }

sub make_root {
    my @folders = map { "$root/$_" } qw(bin lib lib64 proc dev tmp etc usr/bin);
    run('mkdir', '-p', @folders);
    copy($bin, "$root/bin/busybox") or BAIL_OUT('busybox is missing');
    symlink 'busybox', "$root/bin/$_" for qw(sh sleep ls cat date);
    for my $library (libraries(built('reader/connate-build'))) {
        my ($folder) = $library =~ m{^(.*)/};
        run('mkdir', '-p', "$root$folder");
        copy($library, "$root$library");
    }
    return;
}

make_root() if !$ENV{CONNATE_ROOT};
my ($code, undef, $err) = run($ENV{MAKE} || 'make', '-s', '-C', built(), 'install', "DESTDIR=$root", 'sysconfdir=/etc');
is($code, 0, 'it is installed') or diag($err);
ok(-e $conffile, 'with a configuration to begin with');
my ($sbin) = (run('find', $root, '-path', '*/sbin/connate'))[1] =~ m{^\Q$root\E(.*)/};
my $path = "PATH=$sbin:" . ($sbin =~ s/sbin$/bin/r) . ':/usr/sbin:/usr/bin:/sbin:/bin';

spew("$dir/begin", <<'SHELL');
set -e
mount --rbind "$1" "$1"
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
exec chroot "$@"
SHELL

sub power_on {
    return session(command => [ @unshare, 'sh', "$dir/begin", $root, '/bin/sh', '-c', "export $path; exec connate" ]);
}

# A shell command within the machine: exit code, output and errors.
sub within {
    my ($s, $shell) = @_;
    my ($exit, $out, $errors) = run('nsenter', '--target', $s->{pid}, qw(--mount --pid --root --wd --),
        '/bin/sh', '-c', "export $path; $shell");
    return ($exit, $out . $errors);
}

my $s = power_on();
ok($s->becomes(heartbeat => 'up'), 'the stock services are up') or diag($s->log);
my (undef, $compilers) = within($s, 'for c in cc gcc clang tcc c99 ld as; do command -v $c; done');
is($compilers, '', 'there is no compiler and no linker');
spew($dropped, <<'CONFIG');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("hello", .run = SHELL("echo hello; exec sleep 1000")),
};
CONFIG
($code, my $said) = within($s, 'connate-build --apply');
is($code, 0, 'a file is dropped, and put in force') or diag($said);
like($said, qr/hello/, 'what changes is shown');
ok($s->becomes(hello => 'up'), 'and its service runs');
like($s->log, qr/^hello$/m, 'and says something');
my $pid = $s->field(pid => 'hello');

# Wrong ones.
my $right = slurp($dropped);
my $image = "$root/etc/connate/supervisord";
my $before = (stat $image)[1];
for (
    [ 'a word that is none', 'run =' => 'rum =', qr{hello\.c:4:.*\n.*\n.*\^} ],
    [ 'a name that is none', '.run' => '.needs = LIST("helo"), .run', qr{hello\.c:4: error: .*needs 'helo'} ],
    [ 'a program that is missing', 'SHELL("echo hello; exec' => 'EXEC("/usr/bin/missing',
        qr{hello\.c:4: error: .*/usr/bin/missing} ],
    [ 'an end that is missing', '};' => '', qr{hello\.c:\d+:} ],
  )
{
    my ($what, $from, $to, $like) = @$_;
    my $wrong = $right =~ s/\Q$from\E/$to/r;
    isnt($wrong, $right, "$what: the file is changed");
    spew($dropped, $wrong);
    ($code, $said) = within($s, 'connate-build --apply');
    is($code, 1, '... it is refused');
    like($said, $like, '... with the place') or diag($said);
    is((stat $image)[1], $before, '... the image is the same file');
    is($s->field(pid => 'hello'), $pid, '... and the service runs on');
}
spew($dropped, $right =~ s/sleep 1000/sleep 2000/r);
($code, $said) = within($s, 'connate-build --apply');
is($code, 0, 'a right one is taken again') or diag($said);
is($s->field(pid => 'hello'), $pid, 'the service is not touched');
like(($s->ctl('status', 'hello'))[1], qr/former|stale|restart/, 'and shown as started by its former definition');
is($s->stop, 0, 'the machine goes down');

$s = power_on();
ok($s->becomes(hello => 'up'), 'the next boot has the service') or diag($s->log);
isnt(($s->ctl('state', 'heartbeat'))[0], 0, 'and not those of the stock configuration');
is($s->stop, 0, 'it goes down again');
done_testing();
