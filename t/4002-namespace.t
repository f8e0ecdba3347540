#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# As PID 1 of a pid namespace: everything in it is adopted and reaped.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my @unshare = ('unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
my ($can) = run(@unshare, 'true');
if ($can != 0) {
    splice @unshare, 1, 0, '--user', '--map-root-user', '--mount';
    ($can) = run(@unshare, 'true');
}
plan skip_all => 'pid namespaces are not allowed here' if $can != 0;

my $orphans = $ENV{CONNATE_NAMESPACE_ORPHANS} // 10_000;
my $dir     = scratch();
spew("$dir/orphans.pl", <<'PERL');
for (1 .. $ARGV[1]) {
    defined(my $child = fork) or redo;
    if (!$child) { exit if fork; exit }
    waitpid $child, 0;
}
open my $out, '>', $ARGV[0];
sleep 1000;
PERL
my $supervisord = supervisord('namespace', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("still", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("orphans", .target = DOWN, .max_stop = SECONDS(60),
		.run = EXEC("/usr/bin/perl", "$dir/orphans.pl", "$dir/forked",
			"$orphans")),
};

CONNATE();
CONFIG
my $s = session(wrap => \@unshare, supervisord => $supervisord);

ok($s->becomes(still => 'up'), 'it works as PID 1');
like(slurp("/proc/$s->{pid}/status"), qr/^NSpid:.*\b1$/m, 'which it is');
is($s->records->{still}{pid} < 50, 1, 'and sees the pids of its own namespace');

# Upgrades, and faults in connate: the kernel does not panic.
my $still = $s->field(pid => 'still');

sub upgrade_ok {
    my ($what) = @_;
    my $images = $s->header->{images};
    kill 'HUP', $s->{pid};
    return eventually { $s->header->{images} == $images + 1 } $what;
}

upgrade_ok("an upgrade in place, time $_") or last for 1 .. 5;
for my $fault (qw(SEGV BUS ILL FPE), can_crash() ? 'stack' : ()) {
    my $before = length $s->log;
    $fault eq 'stack' ? crash($s->{pid}, Connate::RSP()) : kill $fault, $s->{pid};
    kill 'WINCH', $s->{pid} if $fault eq 'stack';    # to wake it
    eventually { substr($s->log, $before) =~ /connate: SIG\w+: starting itself again/ } "a fault: $fault";
    upgrade_ok('after which it does its work');
}
is($s->field(pid => 'still'), $still, 'of which services notice nothing');
is($s->field(state => 'still'), 'up', 'still up');

sub zombies {
    my @found;
    my @next = ($s->{pid});
    while (defined(my $pid = shift @next)) {
        push @next,  children($pid);
        push @found, $pid if slurp("/proc/$pid/stat") =~ /\) Z /;
    }
    return @found;
}

# supervisord is killed meanwhile, so that connate reaps some of them.
$still = $s->records->{still}{pid};
$s->ctl('up', 'orphans');
my $kills = 0;
my $outside = sub {
    (grep { comm($_) eq 'supervisord' } children($s->{pid}))[0];
};
eventually {
        my $pid = $outside->();
        $kills += kill 'KILL', $pid if $pid;
        -e "$dir/forked";
    } "$orphans orphans", 5 * Connate::LIMIT;    # an emulator is slow at that
cmp_ok($kills, '>', 5, "while supervisord was killed $kills times");
eventually { zombies() == 0 } 'none is left as a zombie';
is($s->records->{still}{pid}, $still, 'the service never noticed');
is($s->stop, 0, 'it ends with 0');

# PID 1 goes on, even if files are missing.
my $late = session(wrap => \@unshare, supervisord => "$dir/late", no_wait => 1);
eventually { (() = $late->log =~ /cannot open \Q$dir\E\/late: No such file.*trying again/g) > 2 }
'a supervisord that is not there is said, and tried again';
rename $supervisord, "$dir/late";
ok($late->becomes(still => 'up'), 'and started as soon as it is there');
is($late->stop, 0, 'it ends');
done_testing();
