#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Least privilege: each program has the privileges in the table of SECURITY.md,
# cell by cell, in each mode; services, their commands and functions have the privileges that
# they would have without connate, however that was started; and code that needs
# more for a moment still works, on other users' processes and folders.
use strict;
use warnings;
no warnings 'portable'; # capabilities have 64 bits
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Fcntl qw(O_RDWR O_NONBLOCK);
use Machine;
use POSIX qw(mkfifo);
use Test::More;

my $top    = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
my $source = abs_path($ENV{top_srcdir}   // "$FindBin::Bin/..");
my $dir    = scratch();
my $nobody = 65534;
my @fields = qw(Uid CapEff CapPrm CapInh CapBnd CapAmb NoNewPrivs Seccomp);
my %bit    = (K => 5, A => 21, B => 22, R => 24);
my ($major, $minor) = (POSIX::uname())[2] =~ /^(\d+)\.(\d+)/;
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE CONNATE_SERVICE)};

# Of a text as /proc/PID/status has it: field => value, capabilities as numbers.
sub status_of {
    my ($text) = @_;
    my %s = $text =~ /^(\w+):\s*(.*?)\s*$/mg;
    $s{Uid} = (split ' ', $s{Uid})[0] if defined $s{Uid};
    $s{$_} = hex $s{$_} for grep { defined $s{$_} } @fields[ 1 .. 5 ];
    return \%s;
}

sub status { my ($pid) = @_; return status_of(slurp("/proc/$pid/status")) }

# mode => { program => [cells] }, from the document.
sub table {
    my ($mode, %table);
    for (grep { /^\|/ } split /\n/, slurp("$source/SECURITY.md")) {
        my (undef, @cells) = map { s/^\s+|\s+$//gr } split /\|/, $_, -1;
        if    ($cells[0] =~ /^\*\*(.*)\*\*$/) { $mode = $1 }
        elsif (defined $mode && @cells >= 10) { $table{$mode}{ $cells[0] } = [ @cells[ 1 .. 9 ] ] }
    }
    return \%table;
}

# The value of a cell, for a connate that was started with these capabilities.
sub expected {
    my ($cell, $field, $given) = @_;
    return $given->{$field} if $cell eq 'given';
    return 0                if $cell eq 'none';
    return $nobody          if $cell eq 'own';
    my $bits = 0;
    $bits |= 1 << ($bit{$_} // die "$cell?") for split ' ', $cell;
    return $bits & $given->{CapPrm};
}

my $table = table();

sub check_row {
    my ($mode, $program, $given, $is) = @_;
    my $row = delete $table->{$mode}{$program} or return fail("$mode: $program stands in the table");
    return ok(!defined $is, "$mode, $program: refused") if $row->[0] eq 'refused';
    ok(defined $is && defined $is->{Uid}, "$mode, $program: it is there") or return;
    for my $k (0 .. $#fields) {
        my $want = expected($row->[$k], $fields[$k], $given);
        my $what = "$mode, $program: $fields[$k] is '$row->[$k]'";
        $fields[$k] =~ /^Cap/ ? is(sprintf('%x', $is->{ $fields[$k] }), sprintf('%x', $want), $what)
            : is($is->{ $fields[$k] }, $want, $what);
    }
    return $row;
}

# A system call of another process, made for it while it waits in one (ptrace(2)):
# registers are those of struct user_regs_struct.
use constant { GETREGS => 12, SETREGS => 13, STEP => 9, RAX => 10, ORIG => 15, RIP => 16 };

sub call_in {
    my ($pid, $number, @arguments) = @_;
    my $result;
    Connate::traced($pid, sub {
        my $saved = "\0" x (27 * 8);
        my $regs  = $saved;
        return 0 if syscall(Connate::PTRACE(), GETREGS, $pid + 0, 0, $saved) != 0;
        my @r = unpack 'Q<27', $saved;
        @r[ RAX, ORIG, RIP ] = ($number, ~0, $r[RIP] - 2);
        @r[ 14, 13, 12, 7, 9 ] = (@arguments, (0) x 5)[ 0 .. 4 ];    # rdi rsi rdx r10 r8
        syscall(Connate::PTRACE(), SETREGS, $pid + 0, 0, pack 'Q<27', @r);
        return 0 if syscall(Connate::PTRACE(), STEP, $pid + 0, 0, 0) != 0;
        waitpid $pid, 0;
        syscall(Connate::PTRACE(), GETREGS, $pid + 0, 0, $regs);
        $result = (unpack 'q<27', $regs)[RAX];
        return syscall(Connate::PTRACE(), SETREGS, $pid + 0, 0, $saved) == 0;
    });
    return $result;
}

sub check_mdwe {
    my ($mode, $program, $cell, $pid) = @_;
SKIP: {
        skip 'only root can look, on x86_64', 1 if $> != 0 || !can_crash();
        my $is = call_in($pid, 157, 66) // 'unknown';               # PR_GET_MDWE
        my $can = $major > 6 || ($major == 6 && $minor >= 6);
        is($is, $cell eq 'no' ? ($can ? 0 : $is) : $can ? 3 : -22, "$mode, $program: MDWE is '$cell'");
    }
    return;
}

# One of each program.
sub cast {
    my ($conctl, $fifo, $needs) = (@_, '');
    my $sleep = 'EXEC("/bin/sleep", "100000")';
    return <<"CONFIG";
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("service", .run = $sleep),
	SERVICE("other", .run = $sleep, .user = "$nobody", .group = "$nobody", .retry = RETRY_NEVER),
	SERVICE("guarded", .run = $sleep, .stop_all = true),
	SERVICE("waiting", $needs.run = $sleep, .log = LOG_FILE("$fifo"), .max_ready = FOREVER),
	SERVICE("asker", .run = EXEC("$conctl", "-q", "events", "-f")),
CONFIG
}

# A session in that mode, with all of the programs.
sub check_mode {
    my ($mode, $image, $fifo, %how) = @_;
    my ($code, $text) = run(@{ $how{wrap} }, '/bin/cat', '/proc/self/status');
    is($code, 0, "$mode: it can be had") or return;
    my $given = status_of($text);
    my $s     = session(supervisord => $image, %how);
    $s->becomes($_ => 'up') for qw(service guarded asker);
    my $supervisord = $s->header->{supervisord};
    my ($parent) = grep { comm($_) eq 'supervisord' } children($s->{pid});
    my ($guard) = grep { comm($_) eq 'guard' } children($parent // 0);
    my $child;
    wait_until { ($child) = grep { comm($_) eq 'supervisord' } children($parent // 0) } 'a child that waits';
    my ($other) = grep { $given->{Uid} != $nobody && status($_)->{Uid} eq $nobody } children($parent);
    my ($service) = grep { comm($_) eq 'sleep' && $_ != ($other // 0) } children($parent);
    my ($conctl)  = grep { comm($_) eq 'conctl' } children($parent);
    is($s->field(state => 'other'), 'failed', "$mode: without the right to, no .user") if !defined $other;
    my %pid = (connate => $s->{pid}, supervisord => $parent, guard => $guard, 'child on its way' => $child,
        service => $service, 'service with .user' => $other, conctl => $conctl);

    for my $program (sort keys %pid) {
        my $row = check_row($mode, $program, $given, defined $pid{$program} ? status($pid{$program}) : undef);
        check_mdwe($mode, $program, $row->[8], $pid{$program})
            if ref $row && $program ne 'child on its way';
    }
    like(slurp("/proc/$guard/fdinfo/100"), qr/^flags:\t0[0-7]*0$/m, "$mode: a guard can only read the ledger");
    is(readlink "/proc/$pid{$_}/cwd", '/', "$mode, $_: the working folder is /") for qw(connate supervisord guard);
    if ($major > 6 || ($major == 6 && $minor >= 3)) {
        is((stat "/proc/$pid{connate}/fd/$_")[2] & 0111, 0, "$mode: descriptor $_ cannot be executed") for 100, 107;
    }
    sysopen my $drain, $fifo, O_RDWR | O_NONBLOCK or die "$fifo: $!";
    $s->becomes(waiting => 'up');
    is($s->stop, 0, "$mode: it ends") or diag($s->log);
    unlike($s->log, qr/cannot/, "$mode: and had nothing to complain of") if defined $other;
    return;
}

my $fifo = "$dir/fifo";
mkfifo($fifo, 0666) or die "$fifo: $!";
chmod 0666, $fifo;
my $image = supervisord('cast', cast("$top/conctl/conctl", $fifo) . "};\nCONNATE();\n", '--no-host-checks');
my @plain = $> == 0 ? ('setpriv', "--reuid=$nobody", "--regid=$nobody", '--clear-groups') : ();
check_mode('a session of a user', $image, $fifo, wrap => \@plain);

SKIP: {
    skip 'the rest is for root', 1 if $> != 0;
    my $docker = join ',', '-all', map { "+$_" } qw(chown dac_override fowner fsetid kill setgid setuid setpcap
        net_bind_service net_raw sys_chroot mknod audit_write setfcap sys_boot);
    check_mode('a session of root', $image, $fifo, wrap => []);
    check_mode('PID 1 of a container', $image, $fifo,
        wrap => [ qw(unshare --pid --fork --mount-proc setpriv), "--bounding-set=$docker" ]);
}

# PID 1 of a machine tells it over the serial line: there is only busybox.
sub check_machine {
    my ($mode) = ('PID 1 of a machine');
    my $why = no_machine() // (-x '/bin/busybox' ? undef : 'there is no busybox');
    skip $why, 1 if $why;
    my $cast  = cast('/bin/conctl', '/run/fifo', '.needs = LIST("fifo"), ') =~ s/^#include.*\n//r;
    my $image = supervisord('machine', <<'START' . $cast . <<'END', '--no-host-checks');
#include <connate/call.h>
#define DEFAULTS .max_setup = SECONDS(100), .env = LIST("PATH=/bin"),
#include <connate/config.h>
int mounts(void);
int mounts(void)
{
	return call_mount("proc", "/proc", "proc", "") ?: call_mount("dev", "/dev", "devtmpfs", "");
}
START
	SERVICE("mounts", .setup = CALL(mounts)),
	SERVICE("fifo", .setup = SHELL("mkfifo /run/fifo")),
	SERVICE("tells", .needs = LIST("mounts", "service", "guarded", "asker", "fifo"), .after = LIST("other"),
		.run = SHELL("exec >/dev/ttyS0;"
			"until [ $(cat /proc/[0-9]*/comm | grep -c supervisord) = 2 ]; do usleep 10000; done;"
			"for p in /proc/[0-9]*; do cat $p/status; done;"
			"echo last $(cat /proc/sys/kernel/cap_last_cap) end of it; exec sleep 100000")),
};
CONNATE();
END
    my %files = ('/init' => "$top/pid1/connate", '/sbin/supervisord' => $image, '/run/' => undef,
        '/bin/conctl' => "$top/conctl/conctl", '/bin/busybox' => '/bin/busybox',
        map { ("/bin/$_" => ['busybox']) } qw(sh sleep usleep cat grep mkfifo));
    my $m = boot(append => '-- --supervisor /sbin/supervisord', initrd => initramfs('machine', %files));
    sees_ok($m, "$mode: all that it shows", qr/last \d+ end of it/);
    my ($last) = $m->{seen} =~ /last (\d+) end/;
    my @all = map { status_of($_) } split /^(?=Name:)/m, $m->{seen};
    my $given = { Uid => 0, CapPrm => 0, CapInh => 0, CapAmb => 0, NoNewPrivs => 0, Seccomp => 0 };
    $given->{$_} = (1 << ($last + 1)) - 1 for qw(CapEff CapPrm CapBnd);
    my $of = sub { my ($name, $parent, $uid) = @_; return (grep { ($_->{Name} // '') eq $name && $_->{PPid} == $parent
                && $_->{Uid} == ($uid // 0) } @all)[0] };
    my $supervisord = $of->(supervisord => 1);
    my $under = $supervisord->{Pid};
    my %is = (connate => $of->(connate => 0), supervisord => $supervisord, guard => $of->(guard => $under),
        'child on its way' => $of->(supervisord => $under), service => $of->(sleep => $under),
        'service with .user' => $of->(sleep => $under, $nobody), conctl => $of->(conctl => $under));
    check_row($mode, $_, $given, $is{$_}) for sort keys %is;
    off($m);
    return;
}

SKIP: { check_machine() }
is(join(', ', map { my $mode = $_; map { "$mode, $_" } sort keys %{ $table->{$mode} } } sort keys %$table), '',
    'there is nothing else in the table') if $> == 0 && !no_machine();

# Services, in all their programs, have the privileges that they would have without connate;
# also when each program was started again in another way.
my $out = "$dir/out";
mkdir $out;
chmod 0777, $out;
my $tell = sub { 'SHELL("cat /proc/self/status >' . "$out/$_[0]" . '")' };
my $run  = sub { 'SHELL("cat /proc/self/status >' . "$out/$_[0]" . '; exec sleep 100000")' };
my %as_given = map { $_ => 1 } qw(setup run stop reload cleanup call guarded-run guarded-stop);
my $services = supervisord('services', <<"CONFIG", '--no-host-checks');
#include <connate/call.h>
#include <connate/config.h>
int copy(void);
int copy(void) { return call_copy("/proc/self/status", "$out/call", 0644); }
static const struct service services[] = {
	SERVICE("plain", .setup = @{[ $tell->('setup') ]}, .run = @{[ $run->('run') ]},
		.stop = @{[ $tell->('stop') ]}, .reload = @{[ $tell->('reload') ]},
		.cleanup = @{[ $tell->('cleanup') ]}, .max_stop = MILLISECONDS(500)),
	SERVICE("call", .setup = CALL(copy)),
	SERVICE("guarded", .run = @{[ $run->('guarded-run') ]}, .stop_all = true,
		.stop = @{[ $tell->('guarded-stop') ]}, .max_stop = MILLISECONDS(500)),
};
CONNATE();
CONFIG

sub same_ok {
    my ($what, $given, @names) = @_;
    for my $name (@names) {
        my $is;
        wait_until { $is = status_of(slurp("$out/$name")); defined $is->{Seccomp} } "$what: $name";
        is_deeply([ @$is{@fields} ], [ @$given{@fields} ], "$what: $name has what it would have without connate");
    }
    return;
}

sub check_services {
    my ($what, %how) = @_;
    my ($code, $text) = run(@{ $how{wrap} }, '/bin/cat', '/proc/self/status');
    return diag("$what: not to be had here: $text") if $code != 0;
    my $given = status_of($text);
    my ($ctl) = "$top/conctl/conctl";
    my $s = session(supervisord => $services, %how);
    for my $round ('first', 'supervisord killed', 'connate executed again', 'connate killed') {
        my $what = "$what, $round";
        unlink glob "$out/*";
        $s->kill_supervisord if $round =~ /^s/;
        is(($s->ctl(qw(exec --pid1)))[0], 0, $what) if $round =~ /^connate e/;
        if ($round =~ /killed$/ && $round =~ /^c/) {
            my $heir = $s->header->{supervisord};
            kill 'KILL', $s->{pid};
            waitpid $s->{child}, 0;
            $s->{child} = $s->{pid} = $heir;
            wait_until { comm($heir) eq 'connate' && ($s->header->{supervisord} // $heir) != $heir } $what;
        }
        $s->becomes($_ => 'up') for qw(plain guarded call);
        unlink glob "$out/*";
        my ($code, undef, $err) =
            run(@{ $how{asks} // $how{wrap} }, $ctl, '-p', $s->{pid}, qw(restart -w plain guarded call));
        is($code, 0, "$what: conctl, with the same rights, is obeyed") or diag($err);
        $s->ctl(qw(reload plain));
        same_ok($what, $given, sort keys %as_given);
    }
    is($s->stop, 0, "$what: it ends") or diag($s->log);
    return $s->log;
}

# Work that needs more than supervisord and guards have at rest.
sub check_more {
    my ($top_folder, $file) = ("$dir/of-nobody", "$dir/of-nobody/supervisord");
    mkdir $top_folder;
    my $text = cast("$top/conctl/conctl", $fifo) =~ s/^.*"waiting".*\n//mr =~ s/guarded", .*?, \.stop/escapes",
		.user = "$nobody", .group = "$nobody",
		.run = SHELL("setsid sleep 100001 & setsid sleep 100001 & exec sleep 100000"), .stop/r;
    my $more = supervisord('more', "$text\tSERVICE(\"space\", .run = EXEC(\"/bin/sleep\", \"100000\"),\n"
            . "\t\t.namespaces = LIST(\"pid\")),\n};\nCONNATE(.lock_file = \"$top_folder/lock\");\n",
        '--no-host-checks');
    run('cp', $more, $file);
    chown $nobody, $nobody, $top_folder, $file;
    chmod 0700, $top_folder;
    my $s = session(supervisord => $file, wrap => [ qw(unshare --mount --pid --fork --kill-child sh -c),
            'mount -t proc -o hidepid=2 proc /proc && exec "$@"', 'sh' ]);
    $s->becomes($_ => 'up') for qw(service other escapes);
    like($s->log, qr/^(?!.*lock).*\z/s, "the lock file is in another user's folder");
    is(($s->ctl('exec'))[0], 0, 'so is another image') or diag($s->log);
    is($s->field(state => 'space'), 'up', 'a new pid namespace') or diag(($s->ctl(qw(status space)))[1]);
    my ($guard) = grep { comm($_) eq 'guard' } map { children($_) } children($s->{pid});
    my @all = map { Connate::tree($_) } children($guard);
    cmp_ok(scalar @all, '>=', 3, 'what has sessions of its own, of another user, where /proc hides it');
    is(($s->ctl(qw(down -w escapes)))[0], 0, 'is ended with its service');
    is(scalar(grep { alive($_) } @all), 0, 'all of it');
    is($s->stop, 0, 'the end');
    return;
}

# No shared memory can be executed; also on kernels without the flag.
sub check_memory {
SKIP: {
        skip 'Linux 6.3 has it', 3 if $major < 6 || ($major == 6 && $minor < 3);
        my $s = session(supervisord => $services, wrap => [ qw(unshare --pid --fork --kill-child --mount-proc sh -c),
            'echo 2 >/proc/sys/vm/memfd_noexec; exec "$@"', 'sh' ]);
        for my $fd (100, 107) {
            is((stat "/proc/$s->{pid}/fd/$fd")[2] & 0111, 0, "descriptor $fd cannot be executed");
        }
        is(($s->ctl(qw(restart -w plain)))[0], 0, 'it works') or diag($s->log);
        $s->stop;
    }
    return;
}

# No call of capset(2): a filter as seccomp(2) has it.
my $refuses = <<'PERL';
my $code = pack 'S<CCL<' x 4, 0x20, 0, 0, 0, 0x15, 0, 1, 126, 0x06, 0, 0, 0x50001, 0x06, 0, 0, 0x7fff0000;
my $prog = pack 'S< x6 P', 4, $code;
syscall(317, 1, 0, $prog) == 0 or exit 126;
exec @ARGV or exit 127;
PERL

if ($> == 0) {
    check_memory();
    check_more();
    my $some  = '+kill,+chown,+setuid,+setgid,+net_bind_service,+dac_override';
    my @user  = ('setpriv', "--reuid=$nobody", "--regid=$nobody", '--clear-groups');
    my @modes = (
        [ 'root'                   => [] ],
        [ 'root, less to have'     => [ 'setpriv', '--bounding-set=-all,+kill,+chown,+setuid,+setgid' ] ],
        [ 'root, no_new_privs'     => [ 'setpriv', '--no-new-privs' ] ],
        [ 'root, ambient'          => [ 'setpriv', "--inh-caps=$some", "--ambient-caps=$some" ] ],
        [ 'root, by its number no more' =>
                [ 'setpriv', "--inh-caps=$some", "--ambient-caps=$some", '--securebits=+noroot' ] ],
        [ 'root of a user namespace' => [qw(unshare --user --map-root-user)], [] ],
        [ 'a user'                 => \@user ],
        [ 'a user, ambient'        => [ @user, "--inh-caps=$some", "--ambient-caps=$some" ] ],
        [ 'a user, inheritable'    => [ @user, "--inh-caps=$some" ] ],
    );
    check_services($_->[0], wrap => $_->[1], asks => $_->[2]) for @modes;
    my $log = can_crash() ? check_services('root, no capset', wrap => [ $^X, '-e', $refuses ]) : undef;
    like($log, qr/^connate: cannot drop capabilities: .*; going on/m, 'refused, connate says so') if $log;
    like($log, qr/^supervisord: cannot lower its capabilities: .*; going on/m, 'and supervisord') if $log;
}
done_testing();
