#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# PID 1 of a container: of namespaces (unshare), of bubblewrap's, and of OCI
# bundles that runc runs, whose images have our three programs and one more, as
# those of `FROM scratch` have. Exit codes, signals, orphans, the end, what a
# container may lack or be denied, its limits, its terminal; under other inits;
# and the documents of doc/container.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Container;
use JSON::PP;
use POSIX qw(:sys_wait_h);
use Pty;
use Test::More;
use Time::HiRes qw(time);

my $dir    = scratch();
my $top    = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
my $source = abs_path($ENV{top_srcdir}   // "$FindBin::Bin/..");
my $stock  = supervisord('stock', slurp("$source/config/config.c"), '--no-host-checks');
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE CONNATE_SERVICE)};

# Where this build's connate looks for supervisord.
my ($prefix) = slurp("$top/pid1/connate") =~ m{((?:/[\w.+-]+)+)/libexec/connate/supervisord\0};
my %ours = (
    '/usr/local/sbin/connate'                => "$top/pid1/connate",
    '/usr/local/libexec/connate/supervisord' => "$top/supervisord/supervisord",
    '/usr/local/bin/conctl'                  => "$top/conctl/conctl",
);
my $connate     = '/usr/local/sbin/connate';
my $conctl      = '/usr/local/bin/conctl';
my @connate     = ($connate, '--supervisor', '/usr/local/libexec/connate/supervisord');
my $why_not     = can_contain();
my $no_programs = image('scratch', %ours, '/inside' => "$top/t/inside",
    '/usr/local/libexec/connate/supervisord' => $stock);
spew("$no_programs/text", "no program\n");
chmod 0644, "$no_programs/text";
spew("$no_programs/script", "true\n");
chmod 0755, "$no_programs/script";
mkdir "$no_programs/folder";

sub there { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

sub of_runc {
    my ($what, $run) = @_;
    return subtest "runc: $what" => sub {
        plan skip_all => $why_not if defined $why_not;
        $run->();
    };
}

sub command { my ($words, %how) = @_; return bundle($no_programs, args => [ @connate, '--', @$words ], %how) }

# A container that goes on: the bundle, and its connate as a session.
sub going {
    my ($bundle) = @_;
    return session(command => [ runc('run', '--bundle', @$bundle) ]);
}

sub began { my ($s) = @_; return eventually { $s->log =~ /^began$/m } 'it began' }

# The pid that the ledger has is that of inside.
sub kill_supervisord_ok {
    my ($s, $what) = @_;
    my ($old) = grep { comm($_) eq 'supervisord' } children($s->{pid});
    $old // return fail("$what: a supervisord");
    kill 'KILL', $old;
    return eventually {
        grep { $_ != $old && comm($_) eq 'supervisord' } children($s->{pid})
    }
    "$what: another supervisord, when it is killed";
}

# Its output; runc's own Go sends it SIGURG now and then.
sub printed { my ($s) = @_; return $s->log =~ s/^23\n//mgr }

# The checks of every container, whatever it lacks.
sub lives_ok {
    my ($what, @how) = @_;
    is((contained(command([qw(/inside exit 7)], @how)))[0], 7, "$what: its exit code");
    my $s = going(command([qw(/inside hear)], @how));
    began($s);
    kill 'USR1', $s->{pid};
    eventually { $s->log =~ /^10$/m } "$what: a signal";
    kill_supervisord_ok($s, $what);
    kill 'USR2', $s->{pid};
    eventually { $s->log =~ /^12$/m } "$what: which goes on";
    is($s->stop >> 8, 9, "$what: its end");
    is(printed($s), <<'LINES', "$what: what is said, and nothing else");
began
10
connate: supervisord was killed by SIGKILL; starting it again
12
LINES
    return;
}

of_runc 'how a command ends' => sub {
    my $none = 'supervisord: main: failed: exec';
    for my $case (
        [ [qw(/inside exit 0)],   0,   '' ],
        [ [qw(/inside exit 1)],   1,   "supervisord: main: failed: exited with 1\n" ],
        [ [qw(/inside exit 137)], 137, "supervisord: main: failed: exited with 137\n" ],
        [ [qw(/inside kill 9)],   137, "supervisord: main: failed: killed by SIGKILL\n" ],
        [ [qw(/inside kill 15)],  143, "supervisord: main: failed: killed by SIGTERM\n" ],
        [ [qw(/inside kill 6)],   134, "supervisord: main: failed: killed by SIGABRT\n" ],
        [ ['nothing'],  127, "$none nothing: No such file or directory\n" ],
        [ ['/nothing'], 127, "$none /nothing: No such file or directory\n" ],
        [ ['/text'],    126, "$none /text: Permission denied\n" ],
        [ ['/script'],  126, "$none /script: Exec format error\n" ],
        [ ['/folder'],  126, "$none /folder: Permission denied\n" ],
        [ [''],         127, "$none: No such file or directory\n" ],
        )
    {
        my ($words, $expected, $says) = @$case;
        my ($code, $out, $err) = contained(command($words));
        is($code, $expected, "'@$words': exit code $expected");
        is($err,  $says,     "'@$words': what is said");
    }
};

# The limits are execve(2)'s: 128 KiB for a word, 2 MiB for all.
subtest 'long command lines' => sub {
    my @run = ("$top/pid1/connate", '--supervisor', $stock, '--', "$top/t/inside");
    is((run(@run, 'count', ('word') x 1000))[1],     "1000\n", 'a thousand words');
    is((run(@run, 'count', ('x' x 131071) x 10))[1], "10\n",   'of the longest kind');
    my ($code, undef, $err) = run(@run[0 .. 3], '/' . 'x' x 5000);
    is($code, 126, 'a name that is too long');
    like($err, qr/^supervisord: main: failed: exec.*: File name too long\n\z/, 'which is said');
    mkdir $_ for "$dir/first", "$dir/first/tool", "$dir/second";
    spew("$dir/second/tool", "#!/bin/sh\nexit 3\n");
    chmod 0755, "$dir/second/tool";
    local $ENV{PATH} = "$dir/first:$dir/second:$ENV{PATH}";
    is((run(@run[0 .. 3], 'tool'))[0], 3, 'a folder of that name in PATH is passed over');
};

of_runc 'signals' => sub {
    my $bundle = command([qw(/inside hear)]);
    my $s      = going($bundle);
    began($s);
    for my $signal (qw(USR1 USR2 WINCH QUIT ALRM), 'RTMIN+5') {
        my $number = { USR1 => 10, USR2 => 12, WINCH => 28, QUIT => 3, ALRM => 14 }->{$signal} // 39;
        run(runc('kill', $bundle->[1], $number));
        eventually { $s->log =~ /^$number$/m } "SIG$signal is passed on";
    }
    run(runc('kill', $bundle->[1], 'TERM'));
    is(ended_by(delete $s->{child}) >> 8, 9, 'SIGTERM: the end, and the exit code of the command');
};

# All of a pid namespace but those in the zombie's way: connate adopts most,
# supervisord the orphans of its services.
sub everybody { my ($s) = @_; return map { children($_) } $s->{pid}, children($s->{pid}) }

sub zombies { my ($s) = @_; return grep { slurp("/proc/$_/stat") =~ /\) Z / } everybody($s) }

of_runc 'orphans' => sub {
    my $s = going(command([qw(/inside orphans 3000)]));
    began($s);
    eventually { everybody($s) == 2 } 'three thousand have ended: it and supervisord are left';
    my $found = 0;
    for (1 .. 300) {
        $found += zombies($s);
        select undef, undef, undef, 0.001;
    }
    is($found, 0, 'and no zombie is seen any more');
    is($s->stop >> 8, 143, 'the end');
};

# The messages of the services at their end are in the order of the stops.
my $order = supervisord('order', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("base", .run = EXEC("/inside", "outlast", "1"), .max_stop = SECONDS(60)),
	SERVICE("side", .run = EXEC("/inside", "outlast", "700"), .needs = LIST("base"),
	        .max_stop = SECONDS(60)),
	SERVICE("app", .primary = true, .needs = LIST("side"), .run = EXEC("/inside", "hear"),
	        .retry = RETRY_NEVER, .max_stop = SECONDS(60)),
};

CONNATE();
CONFIG
my $ends = supervisord('ends', <<'CONFIG', '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("base", .run = EXEC("/inside", "outlast", "100"), .max_stop = SECONDS(60)),
	SERVICE("app", .primary = true, .wants = LIST("base"), .run = EXEC("/inside", "exit", "5"),
	        .retry = RETRY_NEVER),
};

CONNATE();
CONFIG
my $other = supervisord('other', slurp("$source/config/config.c")
        =~ s/(\.run = ARGUMENTS\(\),)/.wants = LIST("extra"), $1/r
        =~ s/^(\tSERVICE\("main",)/\tSERVICE("extra", .run = EXEC("\/inside", "run")),\n$1/mr, '--no-host-checks');
image('scratch', '/order' => $order, '/ends' => $ends, '/other' => $other);

# A clean end does not wait if no process is left: connate sends no last SIGTERM,
# behind which its grace would begin. Without any that last, as the longest of
# its services takes.
of_runc 'the end of several services' => sub {
    my $s = going(bundle($no_programs, args => [ $connate, '--supervisor', '/order' ]));
    ok($s->becomes(app => 'up'), 'all are up');
    my $trace = "$dir/trace";
    my $tracer = fork // die "fork: $!";
    if ($tracer == 0) {
        open STDERR, '>', "$dir/strace.err";
        exec 'strace', '-f', '-o', $trace, '-e', 'trace=kill,exit_group', '-p', $s->{pid}
            or POSIX::_exit(127);
    }
    SKIP: {
        skip 'there is no strace', 1 if !there('strace');
        eventually { slurp("/proc/$s->{pid}/status") =~ /^TracerPid:\t[1-9]/m } 'it is watched';
    }
    my $began = time;
    is($s->stop >> 8, 9, 'the exit code of the primary');
    my $took = time - $began;
    waitpid $tracer, 0;
    is(printed($s), "began\n" x 3 . "over\n" x 2, 'all have ended by themselves');
    cmp_ok($took, '<', 0.7 * 3, "not three times what the longest takes: $took s");
    SKIP: {
        skip 'there is no strace', 2 if !there('strace');
        my $calls = slurp($trace);
        like($calls, qr/exit_group\(9\)/, 'what is seen of connate');
        unlike($calls, qr/kill\(-1,/, 'no process was left to be signalled');
    }
};

of_runc 'a primary that ends by itself' => sub {
    my ($code, $out, $err) =
        contained(bundle($no_programs, args => [ $connate, '--supervisor', '/ends' ]));
    is($code, 5, 'its exit code');
    is($err, "supervisord: app: failed: exited with 5\n", 'which is said');
    like($out, qr/\Abegan\nover\n\z|\A\z/, 'its helper is stopped in its own way, if it has begun');
};

of_runc 'what a container may be refused' => sub {
    my @poor = (user => 1000, capabilities => [], no_new_privs => 1, refuse => 1);
    my (undef, $status) = contained(command([qw(/inside who)], @poor));
    like($status, qr/^Uid:\t1000\t1000/m,       'an ordinary user');
    like($status, qr/^CapBnd:\t0+$/m,           'without a capability');
    like($status, qr/^NoNewPrivs:\t1$/m,        'no_new_privs');
    like($status, qr/^Seccomp:\t2$/m,           'fewer system calls');
    is((contained(command([qw(/inside write /new)])))[0], 30, 'a read-only root');
    lives_ok('all of that', @poor);
    lives_ok('root with no rights', capabilities => []);
    lives_ok('root with all of Docker', writable => 1);
};

of_runc 'what a container may lack' => sub {
    lives_ok('no /dev',     without => ['/dev']);
    lives_ok('no /dev/pts', without => ['/dev/pts']);
    lives_ok('nothing but /proc', without => [ '/dev', '/sys' ], user => 1000, capabilities => []);
};

# runc insists on /proc.
subtest 'no /proc' => sub {
    my @chroot = (qw(unshare --pid --mount --fork --kill-child chroot), $no_programs);
    plan skip_all => 'namespaces are not allowed here' if (run(@chroot, qw(/inside exit 0)))[0] != 0;
    my $s = session(command => [ @chroot, @connate, qw(-- /inside hear) ], no_wait => 1);
    began($s);
    kill 'USR1', $s->{pid};
    eventually { $s->log =~ /^10$/m } 'a signal';
    kill_supervisord_ok($s, 'no /proc');
    is($s->stop >> 8, 9, 'its end, which is none of a machine');
    is((run(@chroot, @connate, qw(-- /inside kill 15)))[0], 143, 'its exit code');
    is((run(@chroot, @connate, qw(-- /inside exit 1)))[0], 1, 'another');
};

of_runc 'limits' => sub {
    my ($code, undef, $err) = contained(command([qw(/inside fork 100)],
        resources => { pids => { limit => 20 } }));
    is($code, 11, 'no more processes: the command is told so');
    ($code, undef, $err) = contained(command([qw(/inside allocate 1000)],
        resources => { memory => { limit => 32 << 20, swap => 32 << 20 } }));
    is($code, 137, 'out of memory: the command is killed, connate tells of it');
    is($err, "supervisord: main: failed: killed by SIGKILL\n", 'in a line');
    ($code) = contained(command([qw(/inside exit 3)],
        resources => { memory => { limit => 8 << 20, swap => 8 << 20 }, pids => { limit => 3 } }));
    is($code, 3, 'three processes, 8 MiB: enough');
};

of_runc 'in a container' => sub {
    my @poor   = (user => 1000, capabilities => [], no_new_privs => 1, refuse => 1);
    my $bundle = command([qw(/inside hear)], @poor);
    my $s      = going($bundle);
    began($s);
    my ($code, $out) = inside($bundle, $conctl, 'status', 'main');
    is($code, 0, 'conctl status');
    like($out, qr/^main.*up/, 'shows the command');
    is((inside($bundle, $conctl, 'status', 'heartbeat'))[0], 3, 'what is not up is not up');
    ($code, $out, my $err) = inside($bundle, $conctl, 'exec', '/other');
    is($code, 0, 'an upgrade to another configuration') or diag($out, $err);
    like($out, qr/\Akept 8\nadded 1: extra\non probation: .*\n\z/, 'which says what it does');
    is((inside($bundle, $conctl, qw(up -w -t 60 extra)))[0], 0, 'and does it');
    ($code, $out, $err) = inside($bundle, $conctl, 'exec', '/text');
    is($code, 1, 'one to what is no supervisord');
    like($err, qr{^conctl: .*/text}, 'is refused');
    ($code, $out, $err) = inside($bundle, $conctl, 'exec', '--pid1');
    is($code, 0, 'connate becomes itself again') or diag($out, $err);
    is((inside($bundle, $conctl, 'exit'))[0], 0, 'exit');
    is(ended_by(delete $s->{child}) >> 8, 9, 'is the end');
};

# A terminal: typed at as by a person.
my $prompt = 'ready> ';
my @shell  = ('/bin/bash', qw(--norc --noprofile --noediting -i));

# It is ready when it prints so. Input of a terminal before ^Z that was not read
# is lost (termios(3), NOFLSH).
my $in_front = q(perl -e '$| = 1; $SIG{CONT} = sub { print "back\n" }; print "in front\n"; sleep 1 while 1');

sub controls_ok {
    my ($tty, $what) = @_;
    $tty->shows(qr/\Q$prompt\E/, "$what: a prompt");
    unlike($tty->{all}, qr/job control|terminal process group/, "$what: no complaint");
    $tty->type("$in_front\n");
    $tty->shows(qr/^in front\r\n/m, "$what: a program in front");
    $tty->type("\032");
    $tty->shows(qr/Stopped.*?\Q$prompt\E/s, "$what: is stopped by ^Z");
    $tty->type("fg\n");
    $tty->shows(qr/^back\r\n/m, "$what: goes on");
    $tty->type("\003");
    $tty->shows(qr/\Q$prompt\E/, "$what: ends by ^C");
    $tty->type("echo code=\$?\n");
    $tty->shows(qr/^code=130\r\n/m, "$what: as the shell sees");
    $tty->type("trap 'stty size' WINCH; echo trapped\n");
    $tty->shows(qr/^trapped\r\n/m, "$what: it listens");
    $tty->resize(33, 99);
    my $sized = wait_until { $tty->type("\n"); $tty->read_some; $tty->{seen} =~ /33 99\r\n/ } 'the size';
    return ok($sized, "$what: is told of another size of the terminal");
}

my %terminal = (env => { PS1 => $prompt, TERM => 'dumb' });
my @local    = ("$top/pid1/connate", '--supervisor', $stock, '--');

sub local_session {
    my ($tty) = @_;
    return bless { pid => $tty->{pid}, supervisord => $stock, log => "$dir/none" }, 'Connate';
}

subtest 'a terminal' => sub {
    my $tty = Pty->new(command => [ @local, @shell ], %terminal);
    controls_ok($tty, 'a shell');
    my $s   = local_session($tty);
    is($s->header->{images}, 0, 'to give it away is no hang-up: no image was tried');
    my $old = $s->kill_supervisord;
    eventually { $s->header->{report_pid} != $old && $s->header->{report_pid} > 0 } 'supervisord is killed';
    is(($s->ctl('exec', '--pid1'))[0], 0, 'connate becomes itself again');
    $tty->type("echo still; exit 7\n");
    $tty->shows(qr/^(?:\Q$prompt\E)?still\r\n/m, 'the shell has not noticed');
    is($tty->ends, 7, 'its end');

    $tty = Pty->new(command => [ @local, @shell ], %terminal);
    $tty->shows(qr/\Q$prompt\E/, 'another');
    $s = local_session($tty);
    is(($s->ctl(qw(restart -w main)))[0], 0, 'is started anew');
    controls_ok($tty, 'a second shell');
    $tty->hang_up;
    is($tty->ends, 129, 'when the line is gone, it is told, and that is the end');

    $tty = Pty->new(command => [ @local, 'cat' ], %terminal);
    $tty->type("spoken\n");
    $tty->shows(qr/spoken\r\nspoken\r\n/, 'a program that is no shell');
    $tty->type("\032");
    $tty->type("again\n");
    $tty->shows(qr/again\r\nagain\r\n/, 'cannot be stopped by ^Z: no process could continue it');
    $tty->type("\003");
    is($tty->ends, 130, 'but ended by ^C');

    # The terminal of another session is not taken from it.
    $tty = Pty->new(command => [ 'sh', '-c', 'trap : INT; "$@"; echo "code=$?"', 'sh', @local, 'cat' ], %terminal);
    $tty->type("spoken\n");
    $tty->shows(qr/spoken\r\nspoken\r\n/, 'started by a shell');
    $tty->type("\003");
    $tty->shows(qr/^(?:\^C)?code=143\r\n/m, '^C is for connate, which stops all');
    is($tty->ends, 0, 'and the terminal is still that of the shell');
};

of_runc 'a terminal' => sub {
    my @bind = grep { -d && !-l } qw(/usr /etc);
    my $root = image('shell', %ours, '/inside' => "$top/t/inside", '/super' => $stock);
    for (qw(bin lib lib64 sbin)) {
        -l "/$_" ? symlink(readlink "/$_", "$root/$_") : -d "/$_" && push @bind, "/$_";
    }
    for my $user (0, 1000) {
        my $bundle = bundle("$dir/shell.root", terminal => 1, writable => 1, user => $user, bind => \@bind,
            capabilities => [], env => [ "PS1=$prompt", 'TERM=dumb' ],
            args => [ '/connate', '--supervisor', '/super', '--', @shell ]);
        image('shell', '/connate' => "$top/pid1/connate");
        my $tty = Pty->new(command => [ runc('run', '--bundle', @$bundle) ]);
        controls_ok($tty, "user $user");
        $tty->type("exit 7\n");
        is($tty->ends, 7, "user $user: its end");
    }
};

# Not PID 1: a subreaper.
for my $init (qw(tini dumb-init catatonit)) {
    subtest "under $init" => sub {
        plan skip_all => "there is no $init" if !there($init);
        my @unshare = qw(unshare --pid --fork --mount-proc --kill-child);
        plan skip_all => 'pid namespaces are not allowed here' if (run(@unshare, 'true'))[0] != 0;
        my @run = (@unshare, $init, '--', @local, "$top/t/inside");
        is((run(@run, qw(exit 7)))[0],  7,   'its exit code');
        is((run(@run, qw(kill 9)))[0],  137, 'and its signal');
        is((run(@run, qw(exit 0)))[0],  0,   'and its success');
        my $s = session(command => [ @run, qw(orphans 500) ]);
        began($s);
        like(slurp("/proc/$s->{pid}/status"), qr/^NSpid:\t\d+\t[2-9]/m, 'it is not PID 1');
        eventually { !zombies($s) } 'orphans are reaped';
        is(children($s->{child}), 1, 'none by another');
        kill 'TERM', grep { comm($_) eq $init } children($s->{child});
        is(ended_by(delete $s->{child}) >> 8, 143, 'SIGTERM is passed on, and the end');
    };
}

sub namespaces_ok {
    my ($as, @wrap) = @_;
    my @run = (@wrap, @local, "$top/t/inside");
    is((run(@run, qw(exit 7)))[0],  7,   "$as: its exit code");
    is((run(@run, qw(kill 15)))[0], 143, "$as: and its signal");
    my $s = session(command => [ @run, 'hear' ]);
    began($s);
    kill 'USR2', $s->{pid};
    eventually { $s->log =~ /^12$/m } "$as: a signal";
    is(($s->ctl(qw(status main)))[0], 0, "$as: conctl from outside");
    kill 'TERM', $s->{pid};
    is(ended_by(delete $s->{child}) >> 8, 9, "$as: its end");
    return;
}

# As root and as an ordinary user.
my @user = plain_user();
my @drop = @user ? ('setpriv', "--reuid=$user[0]", "--regid=$user[1]", '--clear-groups') : ();
my @bwrap = qw(bwrap --die-with-parent --unshare-all --ro-bind / / --proc /proc --dev /dev);
my %wraps = (
    'bwrap'                      => [ @bwrap, '--bind', $dir, $dir ],
    'bwrap, as PID 1'            => [ @bwrap, '--bind', $dir, $dir, '--as-pid-1' ],
    'bwrap, a plain user'        => [ @drop, @bwrap, '--bind', $dir, $dir, '--as-pid-1' ],
    'bwrap, another user inside' =>
        [ @drop, @bwrap, '--bind', $dir, $dir, qw(--as-pid-1 --uid 1000 --gid 1000 --cap-drop ALL) ],
    'unshare, all of it, a plain user' =>
        [ @drop, qw(unshare --user --map-root-user --pid --mount --net --uts --ipc --fork --mount-proc
            --kill-child) ],
    'unshare, nobody at all' => [ @drop, qw(unshare --user --pid --fork --kill-child) ],
);
for my $as (sort keys %wraps) {
    subtest $as => sub {
        my @wrap = @{ $wraps{$as} };
        plan skip_all => "$as is not possible here" if (run(@wrap, 'true'))[0] != 0;
        namespaces_ok($as, @wrap);
    };
}

# The documents. The last stage of a Containerfile is made into a bundle; what
# the first one installs is what this build is. Programs of others are ours.
sub here { my ($path) = @_; return $path =~ s{^/usr/local/}{$prefix/}r }

sub last_stage {
    my ($name, %stage) = @_;
    my $text = slurp("$source/doc/container/$name") =~ s/^#.*\n//mgr =~ s/\\\n\s*//gr;
    my ($last) = $text =~ /^FROM scratch\n(.*)\z/ms or die "$name has no last stage";
    my (%files, %how);
    for (split /\n/, $last) {
        if    (/^COPY --from=build \/image(\S+) (\S+)$/) { $files{ here($2) } = $stage{$1} // die "no $1" }
        elsif (/^COPY (\w+) (\S+)$/)   { $files{$2} = "$top/t/inside" }
        elsif (/^USER (\d+):\1$/)      { $how{user} = $1 + 0 }
        elsif (/^(ENTRYPOINT|CMD) (.*)$/) { push @{ $how{args} }, map { here($_) } @{ decode_json($2) } }
        else                           { die "$name: what is '$_'?" }
    }
    return (image($name, %files), %how);
}

of_runc 'doc/container/Containerfile' => sub {
    my ($root, %how) = last_stage('Containerfile', %ours,
        '/usr/local/libexec/connate/supervisord' => $stock);
    my $s = going(bundle($root, %how));
    began($s);
    is($s->stop >> 8, 9, 'its program runs and ends');
};

of_runc 'doc/container/Containerfile.services and pod.yaml' => sub {
    my $services = "$source/doc/container/services.c";
    my $image    = "$dir/document";
    my ($link)   = slurp("$source/doc/container/Containerfile.services") =~ m{^RUN (/connate/build/config/.*)$}m;
    $link =~ s{/connate/build/}{$top/};
    $link =~ s{/image\S*/supervisord\b}{$image};
    $link =~ s{/services\.c\b}{$services};
    my ($code, $out, $err) = run('sh', '-c', $link);
    is($code, 0, "$link") or diag($out, $err);
    my ($root, %how) = last_stage('Containerfile.services', %ours,
        '/usr/local/libexec/connate/supervisord' => $image);

    eval { require YAML::PP; 1 } or plan skip_all => 'there is no YAML::PP';
    my $spec = YAML::PP->new->load_file("$source/doc/container/pod.yaml")->{spec};
    my ($container) = @{ $spec->{containers} };
    my %may = %{ $container->{securityContext} };
    is($spec->{securityContext}{runAsUser}, $how{user}, 'the user of both is the same');
    my $bundle = bundle($root, %how,
        writable     => !$may{readOnlyRootFilesystem},
        capabilities => "@{ $may{capabilities}{drop} }" eq 'ALL' ? [] : undef,
        no_new_privs => !$may{allowPrivilegeEscalation},
        refuse       => $spec->{securityContext}{seccompProfile}{type} eq 'RuntimeDefault');
    my %probe = map { $_ => [ map { here($_) } @{ $container->{"${_}Probe"}{exec}{command} } ] }
        qw(startup readiness liveness);
    my @stop = map { here($_) } @{ $container->{lifecycle}{preStop}{exec}{command} };

    my $s = going($bundle);
    eventually { (inside($bundle, @{ $probe{startup} }))[0] == 0 } 'it has started';
    is((inside($bundle, @{ $probe{$_} }))[0], 0, "$_: yes") for qw(readiness liveness);
    $s->kill_supervisord;
    is((inside($bundle, @{ $probe{liveness} }))[0], 0, 'liveness, when supervisord was killed: yes');
    my $app = $s->field(pid => 'app');
    is((inside($bundle, @stop))[0], 0, 'preStop');
    isnt((inside($bundle, @{ $probe{readiness} }))[0], 0, 'readiness then: no');
    is((inside($bundle, @{ $probe{liveness} }))[0], 0, 'liveness: still yes');
    is($s->field(pid => 'app'), $app, 'the program goes on meanwhile');
    is($s->stop >> 8, 9, 'and its end is that of the container');

    my ($wait)   = "@stop" =~ /-t (\d+)/;
    my ($budget) = slurp($services) =~ /stop_budget = SECONDS\((\d+)\)/;
    cmp_ok($spec->{terminationGracePeriodSeconds}, '>=', $wait + $budget + 2,
        'there is time enough for preStop, all services, and what they leave');
};
done_testing();
