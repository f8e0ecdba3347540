#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# As PID 1 connate takes /etc/connate/supervisord, which connate-build makes. If that is
# missing or does not work it takes the installed one, and says so unless it is missing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my @unshare = qw(unshare --pid --mount --propagation private --fork --mount-proc --kill-child);
plan skip_all => 'no right to mount' if (run(@unshare, 'true'))[0] != 0;

delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE CONNATE_SERVICE)};
my $dir = scratch();
my $own = '/etc/connate/supervisord';

sub image {
    my ($name) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("$name", .run = EXEC("/bin/sleep", "1000")),
};
CONNATE();
CONFIG
}
my ($machine, $stock) = (image('machine'), image('stock'));
my $connate = (programs())[0];
my ($installed) = grep { $_ ne $own } slurp($connate) =~ m{(/[\w./+~-]+/supervisord)\0}g;
like($installed, qr{/connate/supervisord$}, 'connate knows where supervisord is installed');

# The namespace has a /etc of its own, and a folder of its own for what is installed, in
# place of the first folder of its path that exists. All that it needs is copied before.
my $place = $installed;
$place =~ s{/[^/]+$}{} until -d $place;
spew("$dir/begin", <<"SHELL");
set -e
mount -t tmpfs none /mnt
cp "$connate" /mnt/connate
cp "$stock" /mnt/stock
cp "$machine" /mnt/supervisord
mount -t tmpfs none /etc
mkdir /etc/connate
mkdir /etc/mnt
mount --move /mnt /etc/mnt
mount -t tmpfs none "$place"
mkdir -p "\${1%/*}"
cp /etc/mnt/stock "\$1"
cd /etc/connate
eval "\$2"
exec /etc/mnt/connate
SHELL

sub begin {
    my ($shell) = @_;
    return session(command => [ @unshare, 'sh', "$dir/begin", $installed, $shell ]);
}

sub runs_ok {
    my ($shell, $expected, $said, $what) = @_;
    my $s = begin($shell);
    ok($s->becomes($expected => 'up'), "$what: $expected is up") or diag($s->log);
    if (defined $said) { like($s->log, $said, '... which is said') }
    else               { unlike($s->log, qr{\Q$own\E}, '... and nothing is said of the other') }
    is($s->header->{deaths} // 0, 0, '... and no death is counted');
    return $s;
}

my $taking = qr{cannot open \Q$own\E: [^;\n]+; trying again\n.*connate: taking \Q$installed\E$}m;
my $broken = qr{connate: taking \Q$installed\E$}m;

my $s = runs_ok("mv /etc/mnt/supervisord .", 'machine', undef, 'it is there and works');
my $images = $s->header->{images};
kill 'HUP', $s->{pid};
eventually { $s->header->{images} == $images + 1 } 'an upgrade executes the same image';
is($s->field(state => 'machine'), 'up', '... in which the service is up');
is($s->stop, 0, 'it ends');

for (
    [ 'true', undef, 'it is missing' ],
    [ 'ln -s supervisord supervisord', $taking, 'it is a link to itself' ],
    [ 'mkdir supervisord', $broken, 'it is a folder' ],
    [ 'cp /etc/mnt/supervisord . && chmod 600 supervisord', $broken, 'it is not executable' ],
    [ 'head -c 5000 /etc/mnt/supervisord >supervisord; chmod 755 supervisord', $broken, 'it is cut off' ],
    [ 'cp /bin/true supervisord', $broken, 'it is another program' ],
  )
{
    my ($shell, $said, $what) = @$_;
    my $session = runs_ok($shell, 'stock', $said, $what);
    is($session->stop, 0, '... and it ends');
}
done_testing();
