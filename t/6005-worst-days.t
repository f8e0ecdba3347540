#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The worst days of a machine: a supervisord that cannot be run, or is killed
# while the machine starts and ends; no console; a root that is full, or
# read-only; a fork bomb, no memory; files that cannot be executed; a second init;
# words on the kernel's command line that mean nothing.
#
# An emulated machine with Debian's kernel, our programs, and a shell.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Machine;
use Test::More;

my $why = no_machine(qw(mke2fs));
plan skip_all => $why if $why;
plan skip_all => 'there is no /bin/busybox that is static (busybox-static)'
    if (run('sh', '-c', 'readelf -l /bin/busybox | grep -q INTERP; [ $? = 1 ] && [ -x /bin/busybox ]'))[0] != 0;

my $top   = $ENV{top_builddir} // "$FindBin::Bin/..";
my $image = supervisord('worst', <<'CONFIG', '--no-host-checks');
/* However slow it is. */
#define DEFAULTS .max_setup = SECONDS(100), .max_cleanup = SECONDS(100),
#include <connate/call.h>
#include <connate/config.h>

#define PATHS .env = LIST("PATH=/bin:/sbin")

/* Kills supervisord, and its successor as soon as there is one, and so on. */
#define SABOTAGE(when)                                                      \
	SHELL("grep -q sabotage=" when " /proc/cmdline || exit 0;"           \
	      "for i in 1 2 3; do old=$(pidof supervisord); kill -9 $old;"   \
	      " until new=$(pidof supervisord) && [ \"$new\" != \"$old\" ];" \
	      " do usleep 5000; done; done; echo killed while it " when "s")

#define COUNTED(name) SHELL("{ echo x >>/run-" name "; } 2>/dev/null; exec sleep 100000"), PATHS

int mounts(void);
int mounts(void)
{
	return call_mount("proc", "/proc", "proc", "") ?:
	       call_mount("sysfs", "/sys", "sysfs", "") ?:
	       call_mount("dev", "/dev", "devtmpfs", "");
}

int last(void);
int last(void)
{
	call_print("first up, last down");
	return 0;
}

static const struct service services[] = {
	SERVICE("early", .setup = SHELL("[ ! -e /proc/1 ]"), PATHS, .retry = RETRY_NEVER),
	SERVICE("mounts", .needs = LIST("early"), .setup = CALL(mounts), .cleanup = CALL(last)),
	SERVICE("bare", .needs = LIST("mounts"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("aside", .needs = LIST("mounts"), .run = COUNTED("aside")),
	SERVICE("saboteur", .needs = LIST("mounts"), .setup = SABOTAGE("start"),
		.cleanup = SABOTAGE("end"), PATHS),
	SERVICE("behind", .needs = LIST("saboteur"), .run = COUNTED("behind")),
	SERVICE("slow", .needs = LIST("mounts"), .max_setup = FOREVER,
		.setup = SHELL("! grep -q slow=1 /proc/cmdline || sleep 100000"), PATHS),

	/* Input of the serial line: no process is needed for it. */
	SERVICE("shell", .needs = LIST("mounts"), PATHS, .wants = LIST("saboteur"),
		.run = SHELL("stty -F /dev/ttyS0 clocal -echo; exec </dev/ttyS0 >/dev/ttyS0 2>&1;"
			"echo ready for you; while read -r line; do eval \"$line\"; done"),
		.retry = RETRY_FIXED(.after = MILLISECONDS(100)), .stop = SIGNAL(SIGKILL)),

	SERVICE("small-bomb", .target = DOWN, .needs = LIST("mounts"), .user = "65534", .group = "65534",
		.rlimits = LIMITS(LIMIT("nproc", 60, 60)), PATHS,
		.run = SHELL("exec 2>&-; bomb() { bomb | bomb & }; bomb; exec sleep 100000")),
	SERVICE("bomb", .target = DOWN, .needs = LIST("mounts"), PATHS,
		.run = SHELL("exec 2>&-; bomb() { bomb | bomb & }; bomb; exec sleep 100000")),
	SERVICE("eater", .target = DOWN, .needs = LIST("mounts"), PATHS, .retry = RETRY_NEVER,
		.run = SHELL("exec awk 'BEGIN { s = \"x\"; while (1) s = s s }'")),
	SERVICE("script", .target = DOWN, .retry = RETRY_NEVER, .run = EXEC("/bin/script")),
	SERVICE("torn", .target = DOWN, .retry = RETRY_NEVER, .run = EXEC("/bin/torn")),
};

CONNATE();
CONFIG

my $torn    = substr slurp("$top/conctl/conctl"), 0, 100;
my %ours    = ('/init' => "$top/pid1/connate", '/sbin/init' => ['/init'],
    '/bin/conctl' => "$top/conctl/conctl", '/bin/busybox' => '/bin/busybox',
    '/bin/script' => \"echo this is no program\n", '/bin/torn' => \$torn,
    map { ("/bin/$_" => ['busybox']) } qw(sh sleep awk grep pidof usleep stty cat ls cp mv dd tr
        kill dmesg wc chmod mkdir sync mount rm setsid));
my %all     = (%ours, '/sbin/supervisord' => $image, '/sys/' => undef);
my $good    = initramfs(good => %all);
my $options = '-- --supervisor /sbin/supervisord';

sub up {
    my ($what, %how) = @_;
    my $m = boot(initrd => $good, append => $options, %how);
    sees_ok($m, "$what: it is up", qr/ready for you\n/);
    return $m;
}

sub in_order_off {
    my ($m, $what) = @_;
    types($m, 'exec conctl poweroff');
    sees_ok($m, "$what: it stops in order", qr/first up, last down/);
    sees_ok($m, "$what: and powers off", qr/Power down/);
    not_seen($m, "$what: the kernel has nothing to complain of", qr/Kernel panic|not syncing/);
    return off($m);
}

# As conctl shows it, as soon as it is so.
sub gets {
    my ($m, $service, $like) = @_;
    my $seen = '';
    return wait_until { ($seen = says($m, "conctl status $service")) =~ $like } "$service: $like", SLOW;
}

# A supervisord that cannot be run, and an operator at the console who can help.
sub broken {
    my ($what, $file, $says, $mend) = @_;
    my $m = boot(append => $options, initrd => initramfs($what, %all,
            '/sbin/supervisord' => $file, '/sbin/spare' => $image));
    sees_ok($m, "$what: it is said why", $says);
    sees_ok($m, "$what: a shell is offered", qr/a shell on the console; trying on/);
    types($m, 'echo "<$((6 * 7)) $0 $$>"');
    sees_ok($m, "$what: it answers", qr/<42 -sh (?!1>)\d+>/);
    my $lines = () = seen($m) =~ /^connate: cannot (?:run|open)/mg;
    sees($m, qr/(?!)/, 6);    # it is tried every 5 s
    is(scalar(() = seen($m) =~ /^connate: cannot (?:run|open)/mg), $lines, "$what: and is not talked into");
    types($m, $mend);
    sees_ok($m, "$what: mended, the machine comes up", qr/ready for you\n/);
    my $pid = says($m, 'conctl pid shell');
    is(join('', map { scalar says($m, 'echo $$') } 1 .. 5), $pid x 5, "$what: and has no other reader");
    return in_order_off($m, $what);
}

# The environment and the words of a process.
sub given { my ($m, $pid) = @_; return says($m, "cat /proc/$pid/environ /proc/$pid/cmdline | tr '\\0' ' '") }

sub pids { my ($m) = @_; return says($m, 'pidof supervisord; cat /proc/1/comm') }

sub ordinary {
    my $m = up('words', append => "stray strange=1 --version strange.er=2 -- $options" =~ s/-- --/--/r);
    like(given($m, '1'), qr/ stray .*--version/, 'words: the kernel passes them to init');
    for my $who ('$(pidof supervisord)', '$(conctl pid bare)', '$(conctl pid aside)') {
        my $text = given($m, $who);
        like($text, qr/CONNATE_PID=1/, "words: $who has an environment");
        unlike($text, qr/stra[ny]/, 'words: without them');
    }
    like(says($m, 'conctl status early'), qr/up/, 'the first had no /proc');

    my $before = pids($m);
    like($before, qr/^\d+\nconnate\n\z/, 'connate and supervisord');
    my ($out, $code) = says($m, '/sbin/init');
    my $already = qr/^connate: process 1 is that already: nothing was started\n\z/;
    like($out, $already, 'a second init: one line');
    is($code, 1, 'a second init ends');
    ($out, $code) = says($m, '/init --supervisor /sbin/supervisord');
    is($code, 1, 'by any name') or diag($out);
    says($m, 'cp /init /connate');
    ($out, $code) = says($m, '/connate --supervisor /sbin/supervisord');
    like($out, $already, 'one of another name that would run the same');
    is(says($m, 'cat /run-aside'), "x\n", 'nothing was started twice');

    for my $service (qw(script torn)) {
        says($m, "conctl up $service");
        ok(gets($m, $service, qr{failed.*exec /bin/$service: Exec format error}), "$service: is no program");
        my $line = qr{^supervisord: $service: failed: exec /bin/$service: Exec format error$}m;
        # connate waits for no console (sys/message.c): a line may be lost.
        eventually { says($m, "conctl up $service"); seen($m) =~ $line }
            "$service: and the console says so";
    }

    says($m, 'conctl up eater');
    ok(gets($m, 'eater', qr/failed.*SIGKILL/), 'memory: the service that eats it all is killed')
        or diag(says($m, 'conctl status'));
    my $log = says($m, 'dmesg | grep "Killed process"');
    like($log, qr/Killed process \d+ \(awk\)/, 'memory: by the kernel');
    unlike($log, qr/\((?:connate|supervisord)\)/, 'memory: which spares us') or diag($log);
    is(pids($m), $before, 'memory: connate and supervisord are the same');
    return in_order_off($m, 'memory');
}

# How many there are, threads of the kernel too (proc(5), loadavg).
sub processes {
    my ($m) = @_;
    my ($all) = says($m, 'read a b c d e </proc/loadavg; echo ${d#*/}') =~ /^(\d+)$/m;
    return $all // 0;
}

sub bombs {
    my $m = up('bomb');
    my $before = pids($m);
    says($m, 'conctl up small-bomb');
    ok((wait_until { processes($m) > 100 } 'many processes', SLOW),
        'bomb of a user: it has as many as it may');
    is(says($m, 'conctl state small-bomb'), "up\n", 'bomb of a user: conctl answers');
    is((says($m, 'conctl down -w -t 60 small-bomb'))[1], 0, 'bomb of a user: it is stopped');
    ok((wait_until { processes($m) < 100 } 'few processes', SLOW),
        'bomb of a user: all of it');

    says($m, 'echo 700 >/proc/sys/kernel/threads-max');
    says($m, 'conctl up bomb');
    ok((wait_until { processes($m) > 600 } 'many processes', SLOW),
        'bomb of root: the machine has as many as it can');
    types($m, 'exec conctl state bomb');
    sees_ok($m, 'bomb of root: conctl answers', qr/^up$/m);
    sees_ok($m, 'bomb of root: even a shell is found', qr/ready for you\n/, 2 * SLOW);
    types($m, 'exec conctl down bomb');
    sees_ok($m, 'bomb of root: it is stopped', qr/ready for you\n/, 2 * SLOW);
    ok(gets($m, 'bomb', qr/down/), 'bomb of root: it is down');
    is(pids($m), $before, 'bomb of root: connate and supervisord are the same');
    says($m, 'conctl up bomb');
    ok((wait_until { processes($m) > 600 } 'many processes', SLOW),
        'bomb of root: once more');
    return in_order_off($m, 'bomb of root');
}

sub sabotage {
    my ($when) = @_;
    my $m = up("sabotage: $when", append => "sabotage=$when $options");
    my $killed = qr/(?:supervisord was killed by SIGKILL.*){3}killed while it ${when}s/s;
    like(seen($m), $killed, "sabotage: $when: it was") if $when eq 'start';
    is((says($m, 'conctl wait -t 100 up bare aside saboteur behind slow'))[1], 0,
        "sabotage: $when: all is up");
    is(says($m, 'cat /run-aside /run-behind'), "x\nx\n", "sabotage: $when: once");
    in_order_off($m, "sabotage: $when");
    like(seen($m), $killed, "sabotage: $when: it was") if $when eq 'end';
    like(seen($m), qr/killed while it ${when}s.*first up, last down/s, "sabotage: $when: before that")
        if $when eq 'end';
    return;
}

# Told to end before all is up.
sub early_end {
    my $m = up('SIGTERM', append => "slow=1 $options");
    is(says($m, 'conctl state slow'), "setting-up\n", 'SIGTERM: while one is being set up');
    types($m, 'kill -TERM 1');
    sees_ok($m, 'SIGTERM: it stops in order', qr/first up, last down/);
    sees_ok($m, 'SIGTERM: and restarts', qr/Restarting system/);
    return off($m);
}

# The serial line is no console.
sub no_console {
    my ($what, %how) = @_;
    my $m = up($what, %how);
    is((says($m, 'conctl wait -t 100 up bare aside saboteur behind slow'))[1], 0, "$what: all is up");
    like(says($m, 'ls -l /proc/1/fd'), qr/ 0 -> .* 1 -> .* 2 -> /s, "$what: no descriptor is left out");
    my $fds = says($m, 'ls -l /proc/$(conctl pid bare)/fd');
    is(scalar(() = $fds =~ / [012] -> /g), 3, "$what: a service has what it expects");
    unlike($fds, qr/ -> .*(?:memfd|anon_inode|pipe|socket)/, "$what: and nothing of ours");
    says($m, 'kill -9 $(pidof supervisord)');
    ok(gets($m, 'bare', qr/up/), "$what: it goes on");
    types($m, 'exec conctl poweroff');
    ok(sees($m, qr/(?!)/, SLOW) || $m->{off}, "$what: it powers off");
    return off($m);
}

sub disk_full {
    my $disk  = disk('disk', '8M', %all);
    my @start = (initrd => undef, disks => [$disk]);
    my $works = sub {
        my ($m, $what) = @_;
        is((says($m, 'conctl wait -t 100 up bare aside saboteur behind slow'))[1], 0, "$what: all is up");
        says($m, 'conctl restart -w aside; kill -9 $(pidof supervisord)');
        ok(gets($m, 'aside', qr/up/), "$what: it works");
    };
    my $m = up('disk', @start, append => "root=/dev/nvme0n1 rw init=/init $options");
    like(says($m, 'dd if=/dev/zero of=/fill bs=1k'), qr/No space left on device/, 'full: it fills up');
    $works->($m, 'full');
    in_order_off($m, 'full');
    for my $mode (qw(rw ro)) {
        $m = up("full, $mode", @start, append => "root=/dev/nvme0n1 $mode init=/init $options");
        like(says($m, 'echo much >/more'), $mode eq 'rw' ? qr/No space left/ : qr/Read-only file system/,
            "full, $mode: nothing can be written");
        $works->($m, "full, $mode");
        in_order_off($m, "full, $mode");
    }
    return;
}

my %day = (
    missing => sub { broken('missing', undef,
            qr{cannot open /sbin/supervisord: No such file or directory; trying again},
            'cp /sbin/spare /sbin/supervisord') },
    script => sub { broken('a script', \"echo this is no program\n",
            qr{cannot run /sbin/supervisord: Exec format error; trying again}, 'mv /sbin/spare /sbin/supervisord') },
    torn => sub { broken('torn', \$torn,
            qr{cannot run /sbin/supervisord: Exec format error; trying again}, 'cp /sbin/spare /sbin/supervisord') },
    forbidden => sub { broken('a folder', ['/bin'],
            qr{cannot run /sbin/supervisord: Permission denied; trying again},
            'rm /sbin/supervisord; cp /sbin/spare /sbin/supervisord') },
    ordinary => \&ordinary, bombs => \&bombs,
    'killed-at-start' => sub { sabotage('start') }, 'killed-at-end' => sub { sabotage('end') },
    'early-end' => \&early_end,
    'no-console'     => sub { no_console('console=null', console => 'console=null') },
    'no-dev-console' => sub { no_console('no /dev/console', console => '',
            initrd => initramfs('no-dev-console', %all, '/dev/console' => ['nowhere'])) },
    'full-disk' => \&disk_full,
);
for my $name (sort keys %day) {
    next if $ENV{CONNATE_DAY} && $name ne $ENV{CONNATE_DAY};
    subtest $name => sub { $day{$name}->(); done_testing() };
}
done_testing();
