#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A Debian machine whose init is connate, with config/example-machine.c: made
# by mmdebstrap, booted by Debian's kernel, logged into over its serial line.
# All services come up, and stop in order, with clean disks; then it is booted
# from the same disks again, loses its power, comes back, and ends although a user's
# program refuses to.
#
# The kernel has nvme and ext4 built in, so that no initramfs is needed. An
# image that is kept (CONNATE_DEBIAN_IMAGE) saves the minutes of making it;
# CONNATE_BOOT_CHART is where to put the chart of the first boot.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Machine;
use Test::More;

$ENV{PATH} .= ':/usr/sbin:/sbin';
my $why = no_machine(qw(mmdebstrap mke2fs debugfs fsck.ext4 dumpe2fs unshare));
plan skip_all => $why if $why;
plan skip_all => 'this is not root' if $> != 0;
plan skip_all => 'mounts are not allowed here'
    if (run(qw(unshare --mount mount -t tmpfs tmpfs /mnt)))[0] != 0;

my $source = abs_path($ENV{top_srcdir}   // "$FindBin::Bin/..");
my $build  = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
my $dir    = scratch();
my $kept   = $ENV{CONNATE_DEBIAN_IMAGE};
my $chart  = $ENV{CONNATE_BOOT_CHART};

my @packages = qw(udev busybox-static dbus cron openssh-server procps e2fsprogs util-linux mount
    login);

# Within it /proc, /sys and /dev are mounted: a bind mount of it has only what
# is its own. Of the keys of its sshd the one that takes an emulated machine
# half a minute, or two, is kept; it makes the others itself.
my $hook = <<'SHELL';
set -e
rm -f "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/deb*
rm "$1"/etc/ssh/ssh_host_ed25519_key* "$1"/etc/ssh/ssh_host_ecdsa_key*
echo root:secret | chpasswd -R "$1"
mkdir "$tree"
mount --bind "$1" "$tree"
mke2fs -q -t ext4 -F -L root -E root_owner=0:0 -d "$tree" "$image" 1G
umount "$tree"
SHELL

sub make_debian {
    my ($image) = @_;
    local $ENV{image} = "$image.new";
    local $ENV{tree}  = "$dir/tree";
    my ($code, undef, $err) = run('mmdebstrap', '--variant=minbase', '--include=' . join(',', @packages),
        (map { "--dpkgopt=path-exclude=/usr/share/$_/*" } qw(doc locale man)),
        qw(--dpkgopt=force-unsafe-io --skip=cleanup/reproducible --format=null),
        "--customize-hook=$hook", 'bookworm');
    plan skip_all => "no Debian can be fetched here: $1"
        if $code != 0 && $err =~ /((?:Could not|Temporary failure) (?:resolve|resolving|connect).*)/;
    $code == 0 or BAIL_OUT("mmdebstrap: $err");
    return rename "$image.new", $image;
}

# The settings of an administrator. The second disk is found by its label.
my %settings = (
    hostname      => "model\n",
    hosts         => "127.0.0.1 localhost model\n",
    fstab         => <<'FSTAB',
/dev/nvme0n1 / ext4 errors=remount-ro 0 1
LABEL=srv /srv ext4 defaults 0 2
tmpfs /tmp tmpfs nosuid,nodev 0 0
FSTAB
    'sysctl.conf' => "net.ipv4.ip_local_port_range = 20000 30001\n",
    'cron.d/once' => "\@reboot root echo \"cron has PATH=\$PATH\" >/run/cron\n",
);

# The image with our programs in it; the other one is not changed.
sub install {
    my ($image, $root) = @_;
    run('cp', '--sparse=always', $image, $root);
    my $supervisord =
        supervisord('debian', slurp("$source/config/example-machine.c"), '--no-host-checks');
    my %program = ('/usr/sbin/connate' => "$build/pid1/connate",
        '/usr/bin/conctl' => "$build/conctl/conctl",
        '/usr/libexec/connate/supervisord' => $supervisord);
    my $orders = "mkdir /usr/libexec/connate\nsymlink /usr/sbin/init connate\n";
    my $n      = 0;
    for my $path (sort keys %program) {
        my $file = "$dir/program-" . $n++;
        run('strip', '-o', $file, $program{$path});
        $orders .= "write $file $path\n";
    }
    for my $name (sort keys %settings) {
        my $file = spew("$dir/" . $name =~ tr{/}{-}r, $settings{$name});
        $orders .= "rm /etc/$name\nwrite $file /etc/$name\n";
    }
    my ($code, undef, $err) = run('debugfs', '-w', '-f', spew("$dir/orders", $orders), $root);
    $code == 0 && $err !~ /(?<!File) not found|No space/ or BAIL_OUT("debugfs: $err");
    return;
}

sub on_disk { return (run('debugfs', '-R', "cat $_[1]", $_[0]))[1] }

my $image = $kept // "$dir/debian.ext4";
make_debian($image) if !-s $image;
my ($root, $srv) = ("$dir/root.ext4", "$dir/srv.ext4");
install($image, $root);
run(qw(mke2fs -q -t ext4 -F -L srv), $srv, '16M');

my @boots;

sub power_on {
    my $port = "$dir/port-" . scalar @boots;
    my $m    = boot(
        disks  => [ $root, $srv ], ports => [$port], memory => 512,
        append => 'root=/dev/nvme0n1 ro stray strange=1 '
            . '-- --supervisor /usr/libexec/connate/supervisord',
    );
    $m->{port} = $port;
    push @boots, $m;
    return $m;
}

# From the prompt to a shell that does not echo.
sub log_in {
    my ($m, $which) = @_;
    sees_ok($m, "$which boot: one may log in at the serial line", qr/^model login: /m, 4 * SLOW);
    types($m, 'root');
    sees($m, qr/Password: /);
    types($m, 'secret');
    sees($m, qr/root\@model:.*# /) or return fail('logged in');
    types($m, "exec env PS1= TERM=dumb sh\n");
    types($m, 'stty -echo cols 500; echo "<$(tty)>"');
    return sees_ok($m, 'logged in', qr{</dev/ttyS0>\n});
}

sub all_up {
    my ($m, $which) = @_;
    my @names = split ' ', says($m, 'conctl list');
    cmp_ok(scalar @names, '>=', 20, "$which boot: there are services");
    my ($out, $code) = says($m, 'conctl wait -t 400 up ' . join(' ', @names), 4 * SLOW);
    is($code, 0, "$which boot: all are up") or diag($out, says($m, 'conctl status'));
    is(says($m, 'conctl state | grep -v ": up$"'), '', 'and none is anything else');
    return @names;
}

# Checks inside: command, its output, the name of the test.
my @so = (
    [ 'cat /proc/1/comm; readlink /proc/1/exe', qr{^connate\n/usr/sbin/connate\n\z}, 'process 1 is connate' ],
    [ 'uname -n', qr/^model\n\z/, 'it has its name' ],
    [ 'sysctl -n net.ipv4.ip_local_port_range', qr/^20000\s30001\n\z/, 'and its settings' ],
    [ 'cat /proc/mounts', qr{^/dev/root / ext4 rw,}m, 'the root can be written to' ],
    (map { [ 'cat /proc/mounts', qr{^\S+ $_ }m, "$_ is mounted" ] }
        qw(/proc /sys /dev /dev/pts /dev/shm /run /tmp)),
    [ 'cat /proc/mounts', qr{^/dev/nvme1n1 /srv ext4 rw,}m, 'the other disk, too, by its label' ],
    [ 'readlink -f /dev/disk/by-label/srv', qr{^/dev/nvme1n1\n\z}, 'which udev has read' ],
    [ 'dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId',
        qr/string "\w{32}"/, 'the bus answers' ],
    [ 'logger -t test said by the test; sleep 1; cat /var/log/messages',
        qr/syslogd started.*test: said by the test$/ms, 'what is logged is kept' ],
    [ 'cat /var/log/messages', qr/model cron\.info cron\[\d+\]: \(CRON\)/, 'with the name, and of others' ],
    [ 'until [ -s /run/cron ]; do sleep 1; done; cat /run/cron', qr/^cron has PATH=/, 'cron has run a job' ],
    [ 'bash -c "exec 3<>/dev/tcp/127.0.0.1/22; head -n 1 <&3"', qr/^SSH-2\.0-/, 'sshd answers' ],
    [ 'mkdir -p -m 700 ~/.ssh; ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id_ed25519;'
        . ' cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys;'
        . ' ssh -o StrictHostKeyChecking=no localhost "tty; echo \$SSH_CONNECTION" </dev/null 2>/dev/null',
        qr/^not a tty\n127\.0\.0\.1 /, 'and lets one in' ],
    [ 'cat /var/log/daemons', qr/^Server listening on /m, 'what daemons print is kept' ],
    [ 'grep -lz "^strange=" /proc/[0-9]*/environ; grep -lz "^stray" /proc/[0-9]*/cmdline',
        qr{^/proc/1/environ\n/proc/1/cmdline\n\z}, 'no other process has unknown arguments of the kernel' ],
    [ 'ls -l /proc/$(conctl pid cron)/fd', qr{ 0 -> /dev/null\n(?!.*(?:memfd|signalfd|eventpoll))}s,
        'nor given what is not theirs' ],
);

sub is_so {
    my ($m) = @_;
    for my $row (@so) {
        my ($command, $like, $what) = @$row;
        like(says($m, $command), $like, $what);
    }
    return;
}

# The dependencies, as the machine knows them: name => [those that it is for].
sub edges {
    my ($m) = @_;
    my %edges;
    for my $field (qw(needs wants log)) {
        for (split /\n/, says($m, "conctl $field")) {
            my ($name, $others) = /^(\S+): (.*)/ or next;
            push @{ $edges{$name} }, grep { !/^(?:inherit|none|file)\b/ && $_ ne '-' } split ' ', $others;
        }
    }
    return \%edges;
}

# Events as [service, from, to], all that the other serial line has.
sub events {
    my ($m) = @_;
    my @all = map { [/"service":"([^"]+)".*"from":"([^"]+)","to":"([^"]+)"/] } split /\n/, slurp($m->{port});
    return grep { @$_ == 3 } @all;    # the last line may still be coming
}

# Where in the list a service first did that, or nothing.
sub when {
    my ($events, $name, $is) = @_;
    return (grep { $events->[$_][0] eq $name && $is->(@{ $events->[$_] }[ 1, 2 ]) } 0 .. $#$events)[0];
}

# Each service began after its dependencies were up, and stopped before them.
sub in_order {
    my ($m, $edges) = @_;
    my @events = events($m);
    my %of = map {
        my $name = $_;
        $name => {
            began => when(\@events, $name, sub { $_[0] eq 'waiting-to-start' }),
            came  => when(\@events, $name, sub { $_[1] eq 'up' }),
            stops => when(\@events, $name, sub { $_[0] =~ /^(?:up|waiting-to-stop)$/ && $_[1] ne 'waiting-to-stop' }),
            down  => when(\@events, $name, sub { $_[1] eq 'down' }),
        }
    } keys %$edges;
    my ($pairs, @wrong) = 0;
    for my $name (sort keys %of) {
        push @wrong, "$name: no event of its stop" if !defined $of{$name}{down};
        for my $other (@{ $edges->{$name} }) {
            my ($one, $two) = @of{ $name, $other };
            $pairs++;
            push @wrong, "$name began before $other was there"
                if ($one->{began} // -1) < ($two->{came} // 9**9);
            push @wrong, "$other stopped before $name was down"
                if ($two->{stops} // -1) < ($one->{down} // 9**9);
        }
    }
    cmp_ok($pairs, '>', 30, 'there are dependencies');
    is("@wrong", '', 'they stop in the reverse order of their start') or diag(slurp($m->{port}));
    return;
}

sub is_clean {
    my ($disk, $what) = @_;
    my ($code, $out, $err) = run(qw(fsck.ext4 -n -f), $disk);
    is($code, 0, "$what: nothing is wrong with it") or diag($out, $err);
    (undef, $out) = run(qw(dumpe2fs -h), $disk);
    like($out, qr/^Filesystem features: .*has_journal/m, "$what has a journal")
        && unlike($out, qr/needs_recovery/, 'which has nothing that is still to be done');
    return like($out, qr/^Filesystem state: +clean$/m, "$what says so itself");
}

sub are_clean { is_clean($root, 'the root'); return is_clean($srv, 'the other disk') }

# Events are printed on the other serial line, by a program that the end of
# this session does not end, nor a mere SIGTERM at the end of all. There is no modem, whose carrier it would wait for.
sub watch {
    my ($m) = @_;
    says($m, 'stty -F /dev/ttyS1 clocal raw -echo');
    says($m, '(trap "" TERM; setsid conctl -j events -f </dev/null >/dev/ttyS1 2>&1 &)');
    return eventually { grep { $_->[0] eq 'sshd' } events($m) } 'what happened is told elsewhere';
}

# First

my $m = power_on();
log_in($m, 'first');
all_up($m, 'first');
sees_nothing_failed($m);
is_so($m);
my $svg = says($m, 'conctl plot');
like($svg, qr{^<svg .*</svg>\n\z}s, 'there is a chart of the boot');
like($svg, qr/>$_</, "$_ is on it") for qw(devices disks sshd login-serial);
spew($chart, $svg) if $chart && $svg =~ m{</svg>$};
my ($path) = says($m, 'conctl critical-path | cat');
like($path, qr/kernel-mounts\n.* devices .* disks .*/s, 'and a path that was critical');
note($path);
my $edges = edges($m);
watch($m);
types($m, 'conctl reboot');
sees_ok($m, 'the machine restarts', qr/reboot: Restarting system/);
sees_nothing_failed($m);
off($m);
in_order($m, $edges);
are_clean();
my $seed = on_disk($root, '/var/lib/random-seed');
is(length $seed, 512, 'it has left a random seed');

sub sees_nothing_failed {
    my ($of) = @_;
    my $conctl = qr/\d+ \(conctl\)/;    # two, of watch()
    my $usual  = qr/stopping everything: |waiting for |killing what is left: $conctl(?:, $conctl)?\s/;
    return not_seen($of, 'and nothing failed',
        qr/\[fail\]|supervisord: (?!$usual)|panic|not syncing/);
}

# Second, from the disks of the first, until its power fails.

$m = power_on();
log_in($m, 'second');
all_up($m, 'second');
like(says($m, 'cat /var/log/messages'), qr/said by the test/, 'what was logged is still there');
says($m, 'echo written >/root/half; sync; date >>/root/half');
off($m);
like((run(qw(dumpe2fs -h), $root))[1], qr/needs_recovery/, 'the power was lost');

# Third. And a program does not end, with a file open that is written
# to: the root cannot be unmounted, or made read-only, while there are services.

$m = power_on();
log_in($m, 'third');
all_up($m, 'third');
like(says($m, 'cat /root/half'), qr/^written\n/, 'what was on the disk is there');
says($m, '(setsid sh -c \'trap "" HUP INT TERM; exec >/root/left;'
        . ' while :; do date; sleep 0.1; done\' </dev/null 2>&1 &)');
like(says($m, 'until [ -s /root/left ]; do sleep 0.1; done; cat /root/left'), qr/20\d\d/,
    'a program writes');
types($m, 'conctl poweroff');
sees_ok($m, 'the machine is powered off', qr/reboot: Power down/);
off($m);
are_clean();
isnt(on_disk($root, '/var/lib/random-seed'), $seed, 'the next seed is another');
done_testing();
