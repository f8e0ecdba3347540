#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The attributes of a process, each seen from outside; one that cannot be
# set names its step. Attributes that need root are tried as root only, the rest as an
# ordinary user.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

my $machine = (POSIX::uname())[4];
plan skip_all => 'an emulator has attributes of its own'
    if ($ENV{host_cpu} // $machine) ne $machine;

my $dir  = scratch();
my @user = plain_user();

sub status_of {
    my ($pid) = @_;
    return { slurp("/proc/$pid/status") =~ /^(\w+):[ \t]*(.*?)[ \t]*$/mg };
}

sub limit_of {
    my ($pid, $name) = @_;
    my ($soft, $hard) = slurp("/proc/$pid/limits") =~ /^\Q$name\E +(\S+) +(\S+)/m;
    return "$soft $hard";
}

sub nice_of {
    my ($pid) = @_;
    my ($rest) = slurp("/proc/$pid/stat") =~ /\) (.*)/;
    return (split ' ', $rest)[16];
}

sub environment_of {
    my ($pid) = @_;
    return sort split /\0/, slurp("/proc/$pid/environ");
}

sub oom_of { my ($pid) = @_; my $v = slurp("/proc/$pid/oom_score_adj"); chomp $v; return $v }

sub namespace_of { my ($pid, $name) = @_; return readlink("/proc/$pid/ns/$name") // '' }

# class << 13 | level; as ioprio_get(2) returns it.
sub ioprio_of {
    my ($pid) = @_;
    return syscall($machine eq 'x86_64' ? 252 : 31, 1, $pid + 0);
}

# In a child, so that it does not stay with us.
sub may {
    my ($try) = @_;
    my $pid = fork // die "fork: $!";
    POSIX::_exit($try->() ? 0 : 1) if $pid == 0;
    return ended_by($pid) == 0;
}

# A service that fails, and the reason in conctl status.
sub refused {
    my ($s, $name, $said) = @_;
    ok($s->becomes($name => 'failed'), "$name: failed");
    like(($s->ctl(status => $name))[1], $said, "$name: and names its step");
}

my ($cpu) = slurp('/proc/self/status') =~ /^Cpus_allowed_list:\s*(\d+)/m;

# Of an ordinary user, with limits of files that are low, and an oom_score_adj
# that is high.
my $own = oom_of($$);
my ($high, $higher) = map { $own > $_ ? $own : $_ } 500, 777;
my $low = qq{ulimit -Sn 130; ulimit -Hn 512; echo $high >/proc/self/oom_score_adj; exec "\$@"};
my $may_rest = may(sub {
    $) = "$user[1] $user[1]", $( = $user[1], $< = $> = $user[0] if @user;
    exec 'sh', '-c', "cd /proc/self; { echo $high >oom_score_adj; } 2>/dev/null &&"
        . ' { echo 0 >oom_score_adj; } 2>/dev/null';
});
my $sleep = 'EXEC("/bin/sleep", "1000")';
my $supervisord = supervisord('ordinary', <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_NEVER,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("plain", .run = $sleep),
	SERVICE("later", .target = DOWN, .run = $sleep),
	SERVICE("logger", .run = EXEC("/bin/cat")),
	SERVICE("logs", .run = $sleep, .log = LOG_TO("logger")),
	SERVICE("guarded", .run = $sleep, .stop_all = true, .cpus = "$cpu",
		.oom_score_adj = $higher),
	SERVICE("env", .run = $sleep, .env = LIST("A=1", INHERIT("GIVEN"),
		INHERIT("NOT_GIVEN"), INHERIT("GIV"), "B=")),
	SERVICE("folder", .run = $sleep, .chdir = "$dir", .umask = 027),
	SERVICE("nice", .run = $sleep, .nice = 5),
	SERVICE("best-effort", .run = $sleep, .ioprio = IO_BEST_EFFORT(6)),
	SERVICE("idle", .run = $sleep, .ioprio = IO_IDLE),
	SERVICE("oom", .run = $sleep, .oom_score_adj = $higher),
	SERVICE("limits", .run = $sleep, .rlimits = LIMITS(
		LIMIT("nofile", 64, 128), LIMIT("core", 0, 4096),
		LIMIT("fsize", 8589934592, UNLIMITED))),
	SERVICE("cpus", .run = $sleep, .cpus = "$cpu"),
	SERVICE("privs", .run = $sleep, .no_new_privs = true),
	SERVICE("nothing", .run = $sleep, .no_new_privs = true,
		.capabilities = LIST()),

	SERVICE("no-nice", .run = $sleep, .nice = -20),
	SERVICE("no-ioprio", .run = $sleep, .ioprio = IO_REALTIME(0)),
	SERVICE("no-oom", .run = $sleep, .oom_score_adj = -1000),
	SERVICE("no-limit", .run = $sleep,
		.rlimits = LIMITS(LIMIT("nofile", 64, 1024))),
	SERVICE("no-cpus", .run = $sleep, .cpus = "1023"),
	SERVICE("no-groups", .run = $sleep, .user = "1", .group = "1"),
	SERVICE("no-group", .run = $sleep, .group = "1"),
	SERVICE("no-chroot", .run = $sleep, .chroot = "/"),
	SERVICE("no-mount", .run = $sleep, .namespaces = LIST("mount")),
	SERVICE("no-pid", .run = $sleep, .namespaces = LIST("pid")),
	SERVICE("no-bounding", .run = $sleep, .capabilities = LIST()),
	SERVICE("no-capability", .run = $sleep, .no_new_privs = true,
		.capabilities = LIST("CAP_CHOWN")),
	SERVICE("no-folder", .run = $sleep, .chdir = "$dir/nowhere"),
	SERVICE("no-program", .run = EXEC("$dir/nowhere"), .target = DOWN,
		.oom_score_adj = $higher),
};

CONNATE();
CONFIG
my $s = session(
    supervisord => $supervisord,
    env         => { GIVEN => 'a b=c' },
    wrap        => [ 'sh', '-c', $low, 'sh' ],
    (@user ? (user => \@user) : ())
);

# The pid of a service that is up.
sub up {
    my ($name) = @_;
    ok($s->becomes($name => 'up'), "$name: up") or return 0;
    return $s->field(pid => $name);
}

is_deeply([ environment_of(up('env')) ],
    [ 'A=1', 'B=', "CONNATE_PID=$s->{pid}", 'CONNATE_SERVICE=env', 'GIVEN=a b=c' ],
    'env: what is given, and of what is inherited what there is');
my $pid = up('folder');
is(readlink("/proc/$pid/cwd"), $dir, 'chdir');
is(status_of($pid)->{Umask}, '0027', 'umask');
is(nice_of(up('nice')), nice_of($s->{pid}) + 5, 'nice is added')
    if nice_of($s->{pid}) <= 14;
is(ioprio_of(up('best-effort')), 2 << 13 | 6, 'ioprio: best effort');
is(ioprio_of(up('idle')) >> 13, 3, 'ioprio: idle');
is(oom_of(up('oom')), $higher, 'oom_score_adj');
is(oom_of(up('plain')), $high, 'without it, that of connate');
$pid = up('limits');
is(limit_of($pid, 'Max open files'), '64 128', 'rlimits: nofile');
is(limit_of($pid, 'Max core file size'), '0 4096', 'rlimits: core');
is(limit_of($pid, 'Max file size'), '8589934592 unlimited',
    'rlimits: more than 32 bits, and no limit')
    if limit_of($s->{pid}, 'Max file size') eq 'unlimited unlimited';
is(limit_of(up('plain'), 'Max open files'), '130 512',
    'a service has the limits of connate');
isnt(limit_of($s->header->{supervisord}, 'Max open files'), '130 512',
    'which supervisord has raised for itself');
$pid = up('guarded');
is(limit_of($pid, 'Max open files'), '130 512', 'and so has one with a guard');
is(status_of($pid)->{Cpus_allowed_list}, $cpu, 'which has its attributes');
is(oom_of($pid), $higher, 'all of them');
is(oom_of(status_of($pid)->{PPid}), $high, 'and its guard has none');
is(status_of(up('cpus'))->{Cpus_allowed_list}, $cpu, 'cpus');
is(status_of(up('privs'))->{NoNewPrivs}, 1, 'no_new_privs');
my $status = status_of(up('nothing'));
is_deeply([ map { hex $status->{"Cap$_"} } qw(Inh Prm Eff Amb) ], [ (0) x 4 ],
    'capabilities: none, without the right to take them from the bounding set');

refused($s, 'no-nice',    qr/ nice: Permission denied/);
refused($s, 'no-ioprio',  qr/ ioprio: Operation not permitted/);
refused($s, 'no-oom',     qr/ oom_score_adj: Permission denied/);
refused($s, 'no-limit',   qr/ rlimits: Operation not permitted/);
refused($s, 'no-groups',  qr/ setgroups: Operation not permitted/);
refused($s, 'no-group',   qr/ setgid: Operation not permitted/);
refused($s, 'no-chroot',  qr/ chroot \/: Operation not permitted/);
refused($s, 'no-mount',   qr/ namespaces: Operation not permitted/);
refused($s, 'no-pid',     qr/ namespaces: Operation not permitted/);
refused($s, 'no-folder',  qr/ chdir \Q$dir\E\/nowhere: No such file/);
refused($s, 'no-capability', qr/ capabilities: Operation not permitted/);
SKIP: {
    skip 'this machine has 1024 CPUs', 2
        if slurp('/sys/devices/system/cpu/possible') =~ /1023/;
    refused($s, 'no-cpus', qr/ cpus: Invalid argument/);
}
SKIP: {
    skip 'the bounding set is empty here', 2
        if status_of($$)->{CapBnd} !~ /[^0]/;
    refused($s, 'no-bounding', qr/ capability bounding set: Operation not permitted/);
}
my ($code) = $s->ctl('up', '-w', 'no-program');
is($code, 1, 'one that is forked is not up before its program runs');
refused($s, 'no-program', qr/ exec \Q$dir\E\/nowhere: No such file/);

# supervisord protects itself, and no other process.
sub rests {
    return wait_until { oom_of($s->header->{supervisord}) <= 0 } 'supervisord to rest';
}

SKIP: {
    skip 'no process may lower an oom_score_adj here', 7 if !$may_rest;
    ok(rests(), 'supervisord is protected against the kernel when it rests');
    for my $round (1 .. 3) {
        $s->ctl('restart', '-w', 'later');
        is(oom_of($s->field(pid => 'later')), $high, 'which a service does not inherit');
        rests();
    }
    is(oom_of($s->{pid}), $high, 'nor does connate');
    my $old = $s->kill_supervisord;
    wait_until { $s->header->{supervisord} != $old } 'another supervisord';
    ok(rests(), 'another supervisord is, too');
    $s->ctl('restart', '-w', 'later');
    is(oom_of($s->field(pid => 'later')), $high, 'and its services are not');
}
is($s->stop, 0, 'it ends');

if (!@user) {
    done_testing();
    exit;
}

# Attributes for root only.

# A hierarchy in which we may make a cgroup: its folder, and how its line in
# /proc/PID/cgroup begins.
sub cgroup_place {
    my %own = slurp('/proc/self/cgroup') =~ /^(\d+:[^:]*):(.*)$/mg;
    my @found;
    for (split /\n/, slurp('/proc/self/mountinfo')) {
        my ($root, $at, $type, $super) = m{^\S+ \S+ \S+ (\S+) (/sys/fs/cgroup\S*) .* - (\S+) \S+ (\S+)}
            or next;
        for my $line (keys %own) {
            my ($name) = $line =~ /:(.*)/;
            next if $name eq '' ? $type ne 'cgroup2' : $super !~ /\b\Q$name\E\b/;
            next if $name eq 'cpuset';
            my $path = $own{$line};
            $path =~ s/^\Q$root\E// if $root ne '/';
            push @found, [ $line, "$at$path" =~ s{/+$}{}r, $own{$line} =~ s{/$}{}r ];
        }
    }
    for (sort { $a->[0] cmp $b->[0] } @found) {
        my $probe = "$_->[1]/connate-probe-$$";
        return @$_ if mkdir($probe) && rmdir $probe;
    }
    return;
}

my ($line, $folder, $inside) = cgroup_place();
my $group = "connate-test-$$";
my $short = ($folder // '') =~ s{^/sys/fs/cgroup}{}r;
my $cgroups = defined $folder ? <<"CONFIG" : '';
	SERVICE("cgroup", .run = $sleep, .cgroup = "$folder/$group/a/b"),
	SERVICE("short", .run = $sleep, .cgroup = "$short/$group//a/c/"),
	SERVICE("as-user", .run = $sleep, .cgroup = "$folder/$group/d",
		.user = "$user[0]", .group = "$user[1]"),
	SERVICE("no-cgroup", .run = $sleep,
		.cgroup = "$folder/cgroup.procs/x"),
CONFIG
sub ids_of { my ($pid) = @_; my $st = status_of($pid); return "$st->{Uid} $st->{Gid}" =~ s/\s+/ /gr }

sub groups_of { my ($pid) = @_; return join ' ', sort { $a <=> $b } split ' ', status_of($pid)->{Groups} }

# Names, which are those of this machine.
my ($nobody, $nogroup) = @user;
my $daemon = (getgrnam 'daemon')[2];
$s = session(supervisord => supervisord('names', <<"CONFIG"));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("user", .run = $sleep, .user = "nobody"),
	SERVICE("extra", .run = $sleep, .user = "12345", .group = "23456",
		.extra_groups = LIST("7", "99999", "daemon")),
	SERVICE("extra-none", .run = $sleep, .user = "nobody",
		.extra_groups = LIST()),
	SERVICE("only-group", .run = $sleep, .group = "daemon"),
};

CONNATE();
CONFIG
sub numbers_of { my ($name) = @_; return join '', ($s->ctl('status', $name))[1] =~ /^ +user: (.*)\n/m }

my (undef, $members) = run('id', '-G', 'nobody');
is(ids_of(up('user')), "@{[ ($nobody) x 4, ($nogroup) x 4 ]}", 'user, and its group');
is(groups_of(up('user')), join(' ', sort { $a <=> $b } split ' ', $members),
    'and the groups that it is a member of');
my $extra = join ' ', sort { $a <=> $b } 7, 99999, $daemon;
is(groups_of(up('extra')), $extra, 'extra_groups: exactly these');
is(groups_of(up('extra-none')), '', 'extra_groups: none');
is(numbers_of('user'), "$nobody, group $nogroup, extra groups $members" =~ s/\n//r,
    'conctl shows which numbers were taken');
is(numbers_of('extra'), "12345, group 23456, extra groups 7 99999 $daemon", 'also of groups');
is(numbers_of('extra-none'), "$nobody, group $nogroup", 'or that there are no extra ones');
is(numbers_of('only-group'), "as connate, group $daemon", 'or a group only');
is($s->stop, 0, 'it ends');

mkdir "$dir/root";
mkdir "$dir/root/inner";
mkdir "$dir/root/proc";
$s = session(supervisord => supervisord('root', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .retry = RETRY_NEVER,
#include <connate/config.h>

#include "sys/call.h"

/* Where there is no program. */
int stay(void)
{
	for (;;)
		(void)sys_ppoll(NULL, 0, NULL);
}

static const struct service services[] = {
	SERVICE("plain", .run = $sleep),
	SERVICE("numbers", .run = $sleep, .user = "12345", .group = "23456"),
	SERVICE("extra-only", .run = $sleep, .extra_groups = LIST("4", "5")),
	SERVICE("called", .run = CALL(stay), .user = "$nobody", .group = "$nogroup", .umask = 0111),

	SERVICE("caps", .run = $sleep, .user = "$nobody", .group = "$nogroup",
		.capabilities = LIST("CAP_NET_BIND_SERVICE", "kill")),
	SERVICE("caps-root", .run = $sleep, .capabilities = LIST("Cap_Chown")),
	SERVICE("caps-none", .run = $sleep, .capabilities = LIST()),
	SERVICE("caps-called", .run = CALL(stay), .user = "$nobody", .group = "$nogroup",
		.capabilities = LIST("kill")),

	SERVICE("chroot", .run = CALL(stay), .chroot = "$dir/root",
		.chdir = "/inner", .log = LOG_FILE("$dir/chroot.log")),
	SERVICE("chroot-here", .run = CALL(stay), .chroot = "$dir/root",
		.user = "$nobody", .group = "$nogroup"),
	SERVICE("no-program", .run = EXEC("/bin/sleep", "1"),
		.chroot = "$dir/root"),
	SERVICE("no-chroot", .run = $sleep, .chroot = "$dir/nowhere"),
	SERVICE("no-chdir", .run = CALL(stay), .chroot = "$dir/root",
		.chdir = "$dir"),

	SERVICE("spaces", .run = $sleep,
		.namespaces = LIST("mount", "net", "uts", "ipc")),
	SERVICE("pids", .run = $sleep, .namespaces = LIST("pid"),
		.max_stop = MILLISECONDS(10)),
	SERVICE("pids-called", .run = CALL(stay), .namespaces = LIST("pid"),
		.max_stop = MILLISECONDS(10)),
	SERVICE("inside", .run = $sleep, .namespaces = LIST("pid", "mount"),
		.user = "$nobody", .group = "$nogroup", .max_stop = MILLISECONDS(10)),
	SERVICE("all", .run = CALL(stay), .chroot = "$dir/root",
		.namespaces = LIST("pid", "mount", "net", "uts", "ipc"),
		.max_stop = MILLISECONDS(10)),
$cgroups};

CONNATE();
CONFIG

is(ids_of(up('numbers')), "@{[ (12345) x 4, (23456) x 4 ]}", 'numbers');
is(groups_of(up('numbers')), '', 'have no groups');
is(groups_of(up('extra-only')), '4 5', 'extra_groups without a user');
is(ids_of(up('extra-only')), '0 0 0 0 0 0 0 0', 'the user stays the same');
is(ids_of(up('called')), "@{[ ($nobody) x 4, ($nogroup) x 4 ]}",
    'a function has a user, too');
is(status_of(up('called'))->{Umask}, '0111', 'and a mask');

sub capabilities_of {
    my ($pid) = @_;
    my $st = status_of($pid);
    return join ' ', map { sprintf '%x', hex $st->{"Cap$_"} } qw(Inh Prm Eff Bnd Amb);
}

is(capabilities_of(up('caps')), '420 420 420 420 420',
    'capabilities of an ordinary user: exactly these');
is(ids_of(up('caps')), "@{[ ($nobody) x 4, ($nogroup) x 4 ]}", 'who it is');
is(capabilities_of(up('caps-root')), '1 1 1 1 1', 'of root: exactly these');
is(capabilities_of(up('caps-none')), '0 0 0 0 0', 'of root: none');
is(capabilities_of(up('caps-called')), '20 20 20 20 20', 'of a function');
is(status_of($s->header->{supervisord})->{CapBnd}, status_of($$)->{CapBnd},
    'supervisord keeps its own');

$pid = up('chroot');
is(readlink("/proc/$pid/root"), "$dir/root",       'chroot');
is(readlink("/proc/$pid/cwd"),  "$dir/root/inner", 'and the folder is inside');
is(readlink("/proc/$pid/fd/1"), "$dir/chroot.log", 'and its log is outside');
$pid = up('chroot-here');
is(readlink("/proc/$pid/root"), "$dir/root", 'before its user is set');
is(readlink("/proc/$pid/cwd"),  "$dir/root", 'and the folder is its root');
is(readlink('/proc/' . $s->header->{supervisord} . '/root'), '/', 'supervisord stays outside');
refused($s, 'no-program', qr{ exec /bin/sleep: No such file});
refused($s, 'no-chroot',  qr{ chroot \Q$dir\E/nowhere: No such file});
refused($s, 'no-chdir',   qr{ chdir \Q$dir\E: No such file});

sub others {
    my ($pid) = @_;
    return join ' ', grep { namespace_of($pid, $_) ne namespace_of($$, $_) } qw(mnt net uts ipc pid);
}

SKIP: {
    my ($can) = run('unshare', '--mount', '--net', '--uts', '--ipc', '--pid', '--fork', 'true');
    if ($can != 0) {
        refused($s, $_, qr/ namespaces: /) for qw(spaces pids inside all);
        skip 'namespaces are not allowed here', 1;
    }
    $pid = up('spaces');
    is(others($pid), 'mnt net uts ipc', 'namespaces');
    unlike(slurp("/proc/$pid/mountinfo"), qr/ (shared|master):/, 'mount: private');
    like(slurp("/proc/$pid/net/fib_trie"), qr/127\.0\.0\.1/, 'net: the loopback interface is up');
    is(() = slurp("/proc/$pid/net/dev") =~ /^ *\w+:/mg, 1, 'and alone')
        if slurp("/proc/$pid/net/dev") !~ /tunl|sit|gre/;
    is(others(up('plain')), '', 'the others stay where they are');
    is(others($s->header->{supervisord}), '', 'and so does supervisord');
    for my $name (qw(pids pids-called)) {
        $pid = up($name);
        is(others($pid), 'pid', "$name: namespace");
        like(status_of($pid)->{NSpid}, qr/^$pid\s+1$/, "$name: it is process 1");
    }
    $pid = up('inside');
    is(others($pid), 'mnt pid', 'pid and mount');
    is(slurp("/proc/$pid/root/proc/1/comm"), "sleep\n", 'it has a /proc of its own');
    is(() = glob("/proc/$pid/root/proc/[0-9]*"), 1, 'with no other process in it');
    is(ids_of($pid), "@{[ ($nobody) x 4, ($nogroup) x 4 ]}", 'as a user');
    $pid = up('all');
    is(others($pid), 'mnt net uts ipc pid', 'all, and a root');
    is(() = glob("/proc/$pid/root/proc/[0-9]*"), 1, 'its /proc is inside of the root');
    ok(!-e "$dir/root/proc/1", 'and not outside');
    my ($died) = $s->ctl('restart', '-w', 'pids');
    is($died, 0, 'process 1 of a namespace is restarted');
}

SKIP: {
    skip 'no cgroup can be made here', 1 if !defined $folder;
    my $found = sub {
        my ($pid) = @_;
        my %of = slurp("/proc/$pid/cgroup") =~ /^(\d+:[^:]*):(.*)$/mg;
        return $of{$line};
    };
    is($found->(up('cgroup')),  "$inside/$group/a/b", 'cgroup: made, and joined');
    is($found->(up('short')),   "$inside/$group/a/c", 'without what all begin with');
    is($found->(up('as-user')), "$inside/$group/d",   'before its user is set');
    is($found->($s->header->{supervisord}), $found->($$), 'supervisord stays where it is');
    refused($s, 'no-cgroup', qr/ cgroup \Q$folder\E\S+: Not a directory/);
}
is($s->stop, 0, 'it ends');
if (defined $folder) {
    for ('a/b', 'a/c', 'a', 'd', '') {
        my $path = "$folder/$group/$_";
        wait_until { rmdir $path || !-d $path } "$path to be empty";
    }
    ok(!-e "$folder/$group", 'no cgroup is left');
}
done_testing();
