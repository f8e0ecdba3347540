#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Processes of another user whose environment claims that they are ours, or whose names and
# descriptors do: root's session adopts, shows and signals none of them,
# and begins while they live. Processes of ours are found as before. Runs as root, with the
# user nobody as the other one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Fcntl qw(F_GETFD F_SETFD FD_CLOEXEC);
use POSIX ();
use Test::More;

my @user = plain_user();
plan skip_all => 'another user needs root' if !@user;
my ($setpriv) = grep { -x } '/usr/bin/setpriv', '/bin/setpriv';
plan skip_all => 'there is no setpriv' if !$setpriv;

my $dir  = scratch();
my $perl = own_perl();
my $lock = "$dir/lock";
my @drop = ($setpriv, "--reuid=$user[0]", "--regid=$user[1]", '--clear-groups');
my $drop = join ' ', @drop;
my $words = join ', ', map { qq("$_") } @drop;
my $sleep = '.run = EXEC("/bin/sleep", "1000")';

# A daemon, and a user who has logged in through it, whose processes stay
# when they have lost their parent. SIGHUP: it hands over to another one, and
# exits with 0. SIGUSR1: it just exits.
my $daemon = spew("$dir/daemon", <<"PERL");
use strict; use POSIX ();
sub login {
	return if fork;
	POSIX::setsid();
	POSIX::_exit(0) if fork;
	exec '$setpriv', qw(--reuid=$user[0] --regid=$user[1] --clear-groups),
		'/bin/sh', '-c', 'echo \$\$ >>$dir/logins; sleep 1000; :';
}
sub serve {
	my \$over = 0;
	\$SIG{HUP} = sub { \$over = 1 };
	\$SIG{USR1} = sub { \$over = 2 };
	open my \$out, '>>', '$dir/mains'; print \$out "\$\$\\n"; close \$out;
	select undef, undef, undef, 0.02 while !\$over;
	serve() if \$over == 1 && !fork;
	POSIX::_exit(0);
}
POSIX::_exit(0) if fork;
login();
wait;
serve();
PERL

my $image = supervisord('strangers', <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("one", $sleep),
	SERVICE("guarded", .stop_all = true, .run = SHELL("$drop setsid sleep 1000 & exec sleep 1000")),
	SERVICE("lowly", .user = "$user[0]", .group = "$user[1]", $sleep),
	SERVICE("other", .user = "1", .group = "1", $sleep),
	SERVICE("titled", .run = EXEC("$perl", "-e", "\$0 = 'a title ' x 500; sleep 1000")),
	SERVICE("family", .run = SHELL("setsid sh -c 'while kill -0 '\$\$'; do sleep 0.1; done' & "
		"exec sleep 1000")),
	SERVICE("drops", .run = EXEC($words, "/bin/sleep", "1000")),
	SERVICE("escorted", .stop_all = true, .stop = SIGNAL(SIGINT), .run = EXEC($words, "/bin/sleep", "1000")),
	SERVICE("daemon", .target = DOWN, .ready = READY_DAEMONIZE, .retry = RETRY_NEVER,
		.run = EXEC("$perl", "$daemon")),
};
CONNATE(.lock_file = "$lock");
CONFIG

my @all = qw(one guarded lowly other titled family drops escorted);
my (@mine, $s);

# A process that leads a session, of the other user if not said otherwise; it
# does $do before it waits, or becomes @command.
sub stranger {
    my (%how) = @_;
    pipe my $in, my $out;
    my $pid = fork_patiently();
    if ($pid == 0) {
        POSIX::setsid();
        %ENV = (%{ $how{env} // {} }, PATH => $ENV{PATH});
        open STDERR, '>', '/dev/null';
        $how{first}->() if $how{first};
        if (!$how{root}) {
            $) = "$user[1] $user[1]";
            $( = $user[1];
            POSIX::setuid($user[0]);
        }
        if ($how{command}) {
            fcntl $out, F_SETFD, FD_CLOEXEC;
            exec { $how{command}[0] } @{ $how{command} } or POSIX::_exit(127);
        }
        $how{do}->($out) if $how{do};
        close $out;
        sleep 1000 while 1;
    }
    close $out;
    readline $in;    # its end: it has come so far
    push @mine, $pid;
    return $pid;
}

sub named {
    my ($name) = @_;
    my $prctl = (POSIX::uname())[4] eq 'x86_64' ? 157 : 167;
    return syscall $prctl, 15, $name, 0, 0, 0;    # PR_SET_NAME
}

sub tags { return (CONNATE_SERVICE => $_[0], CONNATE_LOCK_FILE => $lock, CONNATE_PID => $s ? $s->{pid} : 1) }

# A memfd at descriptor 100, sealed or not; its contents and its size.
sub holds {
    my ($bytes, $size, $seals) = @_;
    my $number = (POSIX::uname())[4] eq 'x86_64' ? 319 : 279;
    my $name = 'connate';
    my $fd = syscall $number, $name, 2;    # memfd_create, MFD_ALLOW_SEALING
    open my $file, '+<&=', $fd or POSIX::_exit(126);
    syswrite $file, $bytes;
    truncate $file, $size;
    fcntl $file, 1033, $seals if $seals;
    POSIX::dup2($fd, 100);
    return $file;
}

sub end_strangers {
    kill 'KILL', @mine;
    waitpid $_, 0 for @mine;
    @mine = ();
    return;
}

sub is_held {
    my $inode = (stat $lock)[1];
    return slurp('/proc/locks') =~ /:$inode /;
}

sub begin {
    $s = session(supervisord => $image);
    my ($what) = @_;
    ok($s->becomes($_ => 'up'), "$what: $_ is up") for @all;
    return;
}

sub pids { return { map { $_ => $s->records->{$_}{pid} } @all } }

# Both at once, so that the processes that are left have no parent of ours.
sub kill_both {
    my $supervisord = $s->header->{supervisord};
    freeze($s->{pid});
    freeze($supervisord);
    kill 'KILL', $s->{pid}, $supervisord;
    waitpid delete $s->{child}, 0;
    return wait_until { !is_held() } 'the end of both';
}

sub stop {
    my ($what) = @_;
    is($s->stop, 0, "$what: the session ends");
    return is_deeply([ grep { !alive($_) } @mine ], [], "$what: and has signalled no stranger");
}

# 1. A process that claims to be a service of ours
my %strangers = map { $_ => stranger(env => { tags($_) }, command => [ '/bin/sleep', '1000' ]) }
    qw(one guarded other titled daemon);
my $prctl = (POSIX::uname())[4] eq 'x86_64' ? 157 : 167;
my $hidden = stranger(
    env     => { tags('one') },
    command => [ $^X, '-e', "syscall($prctl, 4, 0, 0, 0, 0); open F, '>', '$dir/hidden'; sleep 1000" ]);
eventually { -e "$dir/hidden" && (stat "/proc/$hidden/environ")[4] == 0 }
    'a process whose files in /proc are owned by root';
my $title = stranger(command => [ $perl, '-e', "\$0 = 'a title ' x 500; sleep 1000" ]);
eventually { slurp("/proc/$title/cmdline") =~ /^a title/ } 'one that runs the file of a service, with a title';
begin('strangers');
my %pid = %{ pids() };
is_deeply([ grep { my $p = $_; grep { $pid{$_} == $p } keys %pid } @mine ], [], 'no service is a stranger');
is($s->records->{$_}{stale}, 0, "$_ was started") for @all;
for my $service (qw(one guarded other titled)) {
    my $says = "$service: process $strangers{$service} (sleep) of user $user[0] says that it is this service, which is";
    like($s->log, qr/supervisord: \Q$says\E user \d+'s: it is not believed, and the service is started\. If it is an/,
        "it is said what to do about a false $service");
}
my @lines = $s->log =~ /(is not believed)/g;
is(scalar @lines, 6, 'once each');
is($s->field(state => 'daemon'), 'down', 'what is down stays so');

# 2. The guard is killed: a stranger that claims to be of that service stays,
# processes of the service go, even with another user and another session.
my ($rest) = grep { comm($_) eq 'sleep' && slurp("/proc/$_/status") =~ /^Uid:\s+$user[0]/m }
    children($s->records->{guarded}{pid}), map { children($_) } children($s->records->{guarded}{pid});
ok($rest, 'something of the service runs as another user');
my $tagged = stranger(env => { tags('guarded') }, command => [ '/bin/sleep', '1000' ]);
my $guard  = $s->records->{guarded}{pid};
my $main   = $s->field(pid => 'guarded');
kill 'KILL', $guard;
eventually { $s->records->{guarded}{pid} == $main } 'the guard is killed';
kill 'KILL', $main;
eventually { !alive($rest) } 'what its program has left goes';
eventually { $s->field(state => 'guarded') eq 'up' && $s->records->{guarded}{pid} != $main } 'it is started again';
ok(alive($tagged), 'a stranger that says that it is of it stays');

# 3. Processes of the former session, beside strangers
%pid = %{ pids() };
my $escorted = $s->field(pid => 'escorted');
isnt($escorted, $pid{escorted}, 'one that changes its user, with a guard');
kill_both();
end_strangers();
my $false = stranger(env => { tags('one') }, command => [ '/bin/sleep', '1000' ]);
begin('what was left');
my $now = pids();
is($now->{$_}, $pid{$_}, "$_ was left, and is taken up") for qw(one lowly other titled family);
isnt($now->{drops}, $pid{drops}, 'what has changed its user by itself is not');
ok(alive($pid{drops}), 'and it is left alone');
like($s->log, qr/drops: process $pid{drops} \(sleep\) of user $user[0] says/, 'which is said');
is($now->{escorted}, $pid{escorted}, 'of what has a guard, the guard is taken up');
is(($s->ctl(qw(down -w escorted)))[0], 0, 'and ends what it guards');
ok(!alive($escorted), 'which is gone');
push @mine, $pid{drops};
stop('what was left');
end_strangers();

# 4. Names and descriptors
my $ledger = do {
    $s = session(supervisord => $image);
    $s->becomes(titled => 'up');
    $s->bytes;
};
%pid = %{ pids() };
eventually { slurp("/proc/$pid{titled}/environ") !~ /CONNATE/ } 'one that has written over its environment';
kill_both();
my $sealed = 1 | 2 | 4;
my @bytes  = ($ledger, substr($ledger, 0, 192), 'cnledger', "\xff" x 4096);
for my $name (qw(connate supervisord)) {
    for my $bytes (@bytes) {
        stranger(do => sub { named($name); holds($bytes, length $bytes, $_) }) for 0, $sealed;
        stranger(do => sub { named($name); holds($bytes, 1 << 30, $sealed) });
    }
    stranger(do => sub {
        named($name);
        my $file = holds($ledger, length $ledger, 0);
        return if fork;
        close $_[0];
        my $parent = getppid;
        while (getppid == $parent) { truncate $file, 0; syswrite $file, $ledger; sysseek $file, 0, 0 }
        POSIX::_exit(0);
    });
    POSIX::mkfifo("$dir/fifo.$name", 0666);
    chmod 0666, "$dir/fifo.$name";
    stranger(do => sub { named($name); open my $fifo, '+<', "$dir/fifo.$name"; POSIX::dup2(fileno $fifo, 100) });
}
stranger(env => { tags('daemon') }, command => [ '/bin/sleep', '1000' ]) for 1 .. 12;
begin('false names');
is($s->header->{starts}, 1, 'supervisord was started once');
is($s->header->{deaths}, 0, 'and has not died');
$now = pids();
is($now->{$_}, $pid{$_}, "$_ was left, and is taken up") for qw(one lowly other titled family);
@lines = $s->log =~ /(is not believed)/g;
is(scalar @lines, 8, 'eight lines are enough');
like($s->log, qr/supervisord: 5 more processes say falsely/, 'others are counted');
push @mine, $pid{drops};
stop('false names');
end_strangers();

# 5. A set-user-ID program, with the environment of its caller
SKIP: {
    my $source = spew("$dir/lent.c", "#include <unistd.h>\nint main(void) { return setuid(0) || pause(); }\n");
    my ($code) = run($ENV{CC} // 'cc', '-o', "$dir/lent", $source);
    skip 'no compiler for a set-user-ID program', 1 if $code != 0;
    chmod 04755, "$dir/lent";
    my $lent = stranger(env => { tags('one') }, command => ["$dir/lent"]);
    wait_until { slurp("/proc/$lent/status") !~ /^State:\s+R/m } 'it to sleep';
    skip 'set-user-ID does nothing here', 1 if slurp("/proc/$lent/status") !~ /^Uid:\s+0\s+0\s+0\s+0/m;
    begin('set-user-ID');
    isnt($s->records->{one}{pid}, $lent, 'set-user-ID: it is not taken up');
    like($s->log, qr/one: process $lent says that it is this service, but runs a set-user-ID program/, 'which is said');
    stop('set-user-ID');
    end_strangers();
}

# 6. A daemon, and processes that another user has left through it
begin('a daemon');
is(($s->ctl(qw(up -w daemon)))[0], 0, 'a daemon');
sub logins { return split ' ', slurp("$dir/logins") }
sub mains  { return split ' ', slurp("$dir/mains") }
eventually { (logins())[0] && children((logins())[0]) } 'a user has logged in through it';
my ($login) = logins();
is($s->field(pid => 'daemon'), (mains())[0], 'it is what it is');
kill 'HUP', (mains())[0];
eventually { @{ [ mains() ] } == 2 } 'it hands over';
eventually { $s->field(pid => 'daemon') eq (mains())[1] } 'to its successor, not to a login';
sleep 6;    # it is to be a daemon by then, or this shows nothing
kill 'HUP', (mains())[1];
eventually { @{ [ mains() ] } == 3 && $s->field(pid => 'daemon') eq (mains())[2] } 'and again, when it has settled';
sleep 6;
ok(alive($login), 'the login is still there');
kill 'USR1', (mains())[2];
eventually { $s->field(state => 'daemon') =~ /down|failed/ } 'it ends: no login is the daemon then';
ok(alive($login), 'which lives on');
push @mine, $login, children($login);
is($s->stop, 0, 'the session ends');
kill 'KILL', @mine;
done_testing();
