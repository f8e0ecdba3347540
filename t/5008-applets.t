#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# reboot, poweroff, halt, shutdown and telinit: the usual commands, and their
# effects. Where connate is PID 1, of a namespace here, it ends; elsewhere, or when
# a command is mistyped, one line says why not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use IO::Select;
use POSIX qw(strftime tzset);
use Test::More;

my $dir    = scratch();
my $conctl = built('conctl/conctl');
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};

my %usage  = slurp(source('conctl/machine/applet.def')) =~ /^APPLET\("(\w+)",.*"(.*)"\)$/mg;
my @names  = sort keys %usage;
symlink $conctl, "$dir/$_" or die for @names;
is("@names", 'halt poweroff reboot shutdown telinit', 'the names');

my $manual = slurp(source('doc/conctl.1'));
like($manual, qr/^\.It Nm (?:\w+ , )*$_\b/m, "the manual has $_") for @names;

# Mistyped

sub wrong {
    my ($code, $pattern, $name, @words) = @_;
    my ($got, $out, $err) = run("$dir/$name", @words);
    is($got, $code, "$name @words: exit code $code");
    is($out, '', "$name @words: nothing on standard output");
    return like($err, $pattern, "$name @words: said why");
}

for my $name (@names) {
    my $usage = qr/usage: $name \Q$usage{$name}\E\n\z/;
    wrong(2, qr/^conctl: $name: unknown option -z\n$usage/, $name, '-z');
    wrong(2, qr/^conctl: $name: unknown option --zero\n$usage/, $name, '--zero');
    my ($code, $out) = run("$dir/$name", '--help');
    like("$code$out", qr/^0$usage/, "$name --help");
}
wrong(2, qr/^usage: reboot /, reboot => 'now');
wrong(2, qr/^conctl: shutdown: '\Q$_\E': it is to be now, \+MINUTES or HH:MM\nusage: /, shutdown => '-h', $_)
    for qw(soon 5 +x 24:00 12:60 12: :30 1:2:3), '';
wrong(2, qr/^conctl: shutdown: '\+999999999'/, shutdown => '+999999999');
wrong(2, qr/^usage: telinit /, 'telinit');
wrong(2, qr/^usage: telinit /, telinit => 'quick');
wrong(2, qr/^conctl: there are no runlevels but 0 and 6; conctl up/, telinit => $_) for qw(1 3 S);
is((run("$dir/reboot", '-w'))[0], 0, 'reboot -w only writes down, so it does nothing');
is((run("$dir/shutdown", qw(-k --no-wall +5)))[0], 0, 'shutdown -k only warns');

# The commands control process 1, whatever the environment says.
SKIP: {
    skip 'process 1 is a connate', 1 if comm(1) eq 'connate';
    local $ENV{CONNATE_PID} = $$;
    wrong(4, qr/^conctl: .*\b1\b/, 'poweroff');
}

# In a namespace

my @unshare = qw(unshare --pid --fork --mount-proc --kill-child);
my @enter   = qw(nsenter -p -m);
my ($can)   = run(@unshare, 'true');
if ($can != 0) {
    splice @unshare, 1, 0, '--user', '--map-root-user', '--mount';
    push @enter, '-U', '--preserve-credentials';
    ($can) = run(@unshare, 'true');
}
if ($can != 0) {
    SKIP: { skip 'pid namespaces are not allowed here', 1 }
    done_testing();
    exit;
}
my $image = supervisord('ends', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("one", .run = EXEC("/bin/sleep", "1000"),
		.cleanup = SHELL("echo down >>$dir/cleaned")),
};

CONNATE();
CONFIG

my $s;

sub types {
    my ($name, @words) = @_;
    return run(@enter, '-t', $s->{pid}, "$dir/$name", @words);
}

sub begin {
    unlink "$dir/cleaned";
    $s = session(supervisord => $image, wrap => \@unshare);
    $s->becomes(one => 'up');
    return;
}

# reboot(2) in a namespace ends its init by a signal, and unshare by it:
# SIGHUP is a reboot, SIGINT the others (pid_namespaces(7)).
sub ended_ok {
    my ($signal, $what) = @_;
    is(ended_by($s->{child}) & 127, $signal, "$what: ends it, as what it is");
    delete $s->{child};
    return is(slurp("$dir/cleaned"), "down\n", "$what: in order");
}

for my $case (
    [ 1, 'reboot' ],
    [ 2, 'poweroff' ],
    [ 2, 'halt' ],
    [ 2, qw(halt -p) ],
    [ 1, qw(halt --reboot) ],
    [ 2, qw(shutdown -h now) ],
    [ 1, qw(shutdown -r now for a new kernel) ],
    [ 2, qw(shutdown -t 5 -H now) ],
    [ 1, qw(shutdown -t5 -fr -- now) ],
    [ 1, qw(shutdown -r +0) ],
    [ 2, qw(shutdown now) ],
    [ 1, qw(telinit 6) ],
    [ 2, qw(telinit -t 3 0) ],
    ) {
    my ($signal, @words) = @$case;
    begin();
    my ($code, $out, $err) = types(@words);
    # 137, 143: by the end that it asked for.
    like("$code$out$err", qr/^(0|137|143)$/, "@words: is done") or diag($err);
    ended_ok($signal, "@words");
}

# At once
begin();
my $rights = (types(qw(reboot -fn)))[0];
is(ended_by($s->{child}) & 127, 1, 'reboot -f: no service is waited for') or diag($rights);
delete $s->{child};
is(slurp("$dir/cleaned"), '', 'nor is anything cleaned up');

# Later
begin();
my ($code, $out, $err) = types(qw(shutdown -c));
is("$code$err", "0conctl: nothing is planned\n", 'nothing is planned, and that can be called off');
($code, $out, $err) = types(qw(shutdown -r +5));
my $time = qr/\d{4}-\d\d-\d\dT[\d:.]+Z/;
like("$code$err", qr/^0reboot in 5(\.0)? min, at $time; shutdown -c calls it off\n\z/, 'in five minutes');
eventually { $s->log =~ /^supervisord: planned: reboot in 300 s$/m } 'the console says so';
(undef, undef, $err) = $s->ctl('status');
like($err, qr/^conctl: reboot is planned in \d/, 'and conctl status');
like(($s->ctl(qw(-j status)))[1], qr/"planned":\{"what":"reboot","at":"\d{4}-[^"]*Z"\}/, 'with -j, too');
my ($supervisord) = grep { comm($_) eq 'supervisord' } children($s->{pid});
ok(kill('KILL', $supervisord), 'supervisord is killed');
eventually { $s->header->{starts} == 2 } 'and succeeded';
is(($s->ctl('exec'))[0], 0, 'another image takes over');
(undef, undef, $err) = $s->ctl('status');
like($err, qr/^conctl: reboot is planned in \d/, 'it is still planned');
($code, undef, $err) = types(qw(shutdown -c never mind));
is("$code$err", '0', 'it is called off');
eventually { $s->log =~ /^supervisord: called off: reboot$/m } 'the console says so';
(undef, undef, $err) = $s->ctl('status');
unlike($err, qr/planned/, 'and it is gone');
(types('shutdown'));
eventually { $s->log =~ /^supervisord: planned: poweroff in 60 s$/m } 'without a word: to be switched off, in a minute';

# By the clock, where time is local: two minutes from now, or three at the end of one.
($code, $out, $err) = types('shutdown', strftime('%H:%M', localtime(time + 180)));
my ($minutes) = $err =~ /^poweroff in ([\d.]+) min/;
cmp_ok($minutes // 0, '>', 1.8, 'by the clock: not too early') or diag($err);
cmp_ok($minutes // 9, '<', 3.2, 'by the clock: nor too late');

# The same in a zone whose file ends with a rule, and in one that has all in a
# table. By daylight saving at both ends of the world, it is in force in one.
spew("$dir/zones", <<'ZONES');
Rule North 2000 max - Mar lastSun 2:00 1:00 S
Rule North 2000 max - Oct lastSun 3:00 0    -
Rule South 2000 max - Oct Sun>=1  2:00 1:00 S
Rule South 2000 max - Apr Sun>=1  3:00 0    -
Zone North 5:17 North NOR%s
Zone South -3:41 South SOU%s
ZONES
for my $kind (qw(slim fat)) {
    is((run('zic', '-b', $kind, '-d', "$dir/$kind", "$dir/zones"))[0], 0, "zones, $kind");
    for my $zone (qw(North South)) {
        local $ENV{TZ} = ":$dir/$kind/$zone";
        tzset();
        my $mount = 'mount -t tmpfs etc /etc && cp "$0" /etc/localtime && exec "$@"';
        ($code, $out, $err) = run(
            @enter, '-t', $s->{pid}, qw(unshare -m sh -c),
            $mount, "$dir/$kind/$zone",
            "$dir/shutdown", strftime('%H:%M', localtime(time + 180))
        );
        ($minutes) = $err =~ /^poweroff in ([\d.]+) min/;
        ok(($minutes // 0) > 1.8 && $minutes < 3.2, "by the clock of $zone, $kind") or diag($err);
    }
}
tzset();

# When the time has come
sub plan_in {
    my ($seconds, $kind) = @_;
    open my $pipe, '>', "/proc/$s->{pid}/fd/111" or die "pipe: $!";
    return syswrite $pipe, request_bytes(verb => 13, id => 77, argument => $seconds << 8 | $kind);
}
plan_in(1, 2);
ended_ok(1, 'a time that has come');

# A message to all users at terminals.
begin();
my $sees = '';
SKIP: {
    sysopen my $master, '/dev/ptmx', POSIX::O_RDWR | POSIX::O_NOCTTY or skip 'there are no terminals', 1;
    my $unlock = pack 'i', 0;
    ioctl $master, 0x40045431, $unlock or skip 'there are no terminals', 1;    # TIOCSPTLCK
    my $number = pack 'I', 0;
    ioctl $master, 0x80045430, $number;                                       # TIOCGPTN
    open my $slave, '+<', '/dev/pts/' . unpack 'I', $number or skip 'there are no terminals', 1;
    types(qw(shutdown -h +7 the cellar is flooded));
    types(qw(shutdown -c));
    my $end = time + 60;
    while ($sees !~ /called off/ && time < $end) {
        next if !IO::Select->new($master)->can_read(0.2);
        sysread $master, $sees, 4096, length $sees;
    }
    like($sees, qr/connate: poweroff in 7 min the cellar is flooded\r+\n/, 'a user at a terminal gets the message');
    like($sees, qr/connate: called off: poweroff\r+\n/, 'and told again');
}

# telinit
($code, $out) = types(qw(telinit q));
like("$code$out", qr/^0kept 1$/m, 'telinit q: supervisord becomes the file that is there');
is((types(qw(telinit u)))[0], 0, 'telinit u: and connate');
is($s->stop >> 8, 0, 'the end');

done_testing();
