#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The examples of config/, each in its own surroundings: a session of an ordinary user
# with a display; web, container and machine each as PID 1 of namespaces, with
# a root of their own, in which they find what they name.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Fcntl;
use IO::Handle;
use IO::Select;
use Test::More;

my $source = abs_path($ENV{top_srcdir}   // "$FindBin::Bin/..");
my $build  = abs_path($ENV{top_builddir} // "$FindBin::Bin/..");
my $dir    = scratch();
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};
$ENV{PATH} .= ':/usr/sbin:/sbin';

sub missing {
    return grep { my $program = $_; !grep { -x "$_/$program" } split /:/, $ENV{PATH} } @_;
}

sub as_user {
    my ($name) = @_;
    my ($uid, $gid) = (getpwnam $name)[2, 3];
    return sprintf '.user = "%d", .group = "%d"', $uid // 0, $gid // 0;
}

# A supervisord of an example; with other words for some of its own.
sub example {
    my ($name, %instead) = @_;
    my $text = slurp("$source/config/example-$name.c");
    for my $words (keys %instead) {
        $text =~ s/\Q$words\E/$instead{$words}/g or die "$name has no '$words'";
    }
    $text =~ s/\.user = "([a-z][\w-]*)"/as_user($1)/ge;    # its house has our users
    return supervisord($name, $text, '--no-host-checks');
}

sub all_up {
    my ($s, @names) = @_;
    my ($code, $out, $err) = $s->ctl(qw(wait -t 60 up), @names);
    return is($code, 0, "up: @names") || diag($out, $err, $s->log);
}

# A session: its display is ours, all else is its own.

my @user = plain_user();
my @display;
my $sockets = -d '/tmp/.X11-unix';

sub display_begin {
    pipe my $read, my $write or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        fcntl $write, F_SETFD, 0;
        ($(, $)) = ($user[1], "$user[1] $user[1]") if @user;
        ($<, $>) = @user[0, 0] if @user;
        open STDERR, '>', '/dev/null';
        exec 'Xvfb', '-displayfd', fileno $write, qw(-ac -nolisten tcp -screen 0 640x480x24)
            or POSIX::_exit(127);
    }
    push @display, $pid;
    close $write;
    my $number = IO::Select->new($read)->can_read(60) ? <$read> : undef;
    chomp $number if defined $number;
    return $number;
}

END {
    local $?;
    for my $pid (@display) {
        kill 'TERM', $pid;
        waitpid $pid, 0;
    }
    rmdir '/tmp/.X11-unix' if @display && !$sockets;    # another's keeps it there
}

# The view of a user in the session.
sub in_session {
    my ($s, @command) = @_;
    unshift @command, 'setpriv', "--reuid=$user[0]", "--regid=$user[1]", '--clear-groups'
        if @user;
    local $ENV{DBUS_SESSION_BUS_ADDRESS} = "unix:path=$dir/runtime/bus";
    local $ENV{SSH_AUTH_SOCK}            = "$dir/runtime/ssh-agent";
    return run(@command);
}

sub session_example {
    my @lacks = missing(qw(Xvfb dbus-daemon dbus-send ssh-agent ssh-add dunst notify-send setpriv));
    plan skip_all => "there is no @lacks" if @lacks;
    my $display = display_begin();
    plan skip_all => 'there is no display' if !defined $display;
    for my $folder ("$dir/runtime", "$dir/home", "$dir/home/.cache") {
        mkdir $folder;
        chown @user, $folder if @user;
    }
    my $s = session(
        supervisord => example('session', '/run/user/1000' => "$dir/runtime"),
        user        => @user ? \@user : undef,
        env         => {
            DISPLAY => ":$display", HOME => "$dir/home", XDG_RUNTIME_DIR => "$dir/runtime",
            PATH    => "$build/conctl:$ENV{PATH}", SECRET => 'kept',
        }
    );
    all_up($s, qw(log dbus ssh-agent notifications));
    my ($code, $out, $err) = in_session($s, 'ssh-add', '-l');
    is($out, "The agent has no identities.\n", 'the agent answers') or diag($err);
    ok($s->becomes(greeting => 'down'), 'the greeting ends');
    (undef, $out) = in_session($s, qw(dbus-send --session --print-reply),
        '--dest=org.freedesktop.Notifications', '/org/freedesktop/Notifications',
        'org.freedesktop.Notifications.GetServerInformation');
    like($out, qr/"dunst"/, 'the notification daemon answers');
    my $shown = sub {
        (in_session($s, qw(dbus-send --session --print-reply),
            '--dest=org.freedesktop.Notifications', '/org/freedesktop/Notifications',
            qw(org.freedesktop.DBus.Properties.Get string:org.dunstproject.cmd0),
            'string:displayedLength'))[1];
    };
    like($shown->(), qr/uint32 1$/m, 'and shows the greeting');

    my $environment = slurp('/proc/' . $s->field(pid => 'dbus') . '/environ') =~ tr/\0/\n/r;
    like($environment, qr/^DISPLAY=:\Q$display\E$/m, 'what is named is inherited');
    unlike($environment, qr/SECRET/, 'and nothing else');

    my %before = map { $_ => $s->field(pid => $_) } qw(dbus notifications ssh-agent);
    kill 'KILL', $before{dbus};
    eventually {
        my %now = map { $_ => $s->field(pid => $_) } qw(dbus notifications);
        $now{dbus} =~ /\d/ && $now{dbus} != $before{dbus}
            && $now{notifications} =~ /\d/ && $now{notifications} != $before{notifications}
    }
    'when the bus is lost, it and the notifications come back';
    all_up($s, qw(dbus notifications));
    is($s->field(pid => 'ssh-agent'), $before{'ssh-agent'}, 'no other service');
    ($code) = $s->ctl(qw(up -t 60), 'tidy');
    ok($s->becomes(tidy => 'down'), 'tidy ends');
    is($s->field(target => 'tidy'), 'down', 'and is done');
    ($code, $out) = in_session($s, "$build/conctl/conctl", '-l', "$dir/runtime/connate.lock",
        qw(state dbus));
    is($out, "up\n", 'conctl finds it by its lock file');
    is($s->stop, 0, 'it ends');
    ok(!grep({ alive($_) } values %before), 'and all of its own');
    return done_testing();
}

# A root of its own: the programs of this machine, copies of its settings, and
# nothing else of it. Files that a shell fragment adds are there before connate starts.
my @unshare = qw(unshare --mount --pid --net --uts --ipc --fork --kill-child);

my $root = <<'SHELL';
set -e
umask 022
mount -t tmpfs -o mode=755 root "$root"
cd "$root"
mkdir -p dev etc proc root run srv/app sys usr var/lib var/log connate
mkdir -m 1777 tmp
for link in /bin /sbin /lib*; do
	if [ -h $link ]; then
		cp -P $link .
	else
		mkdir .$link
		mount --rbind $link .$link
	fi
done
mount --rbind /usr usr
cp -a /etc/. etc
mount -t proc proc proc
mount -t sysfs -o ro sys sys
mount -t tmpfs -o mode=755 dev dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
for program in pid1/connate prepare/prepare bus/bus; do
	mkdir -p "connate/${program%/*}"
	cp "$build/$program" "connate/$program"
done
cp "$build/conctl/conctl" connate
cp "$supervisord" connate/supervisord
SHELL

my $enter = <<'SHELL';
exec chroot . /connate/pid1/connate --supervisor /connate/supervisord
SHELL

my $loopback = <<'SHELL';
perl -MSocket -e 'socket my $s, AF_INET, SOCK_DGRAM, 0 or die;
	my $up = pack "a16 s x22", "lo", 0x41;
	ioctl $s, 0x8914, $up or die $!;'
SHELL

sub house {
    my ($name, $more, %how) = @_;
    mkdir "$dir/$name";
    spew("$dir/$name.sh", $root . $more . $enter);
    return session(
        wrap        => [@unshare, '/bin/sh', "$dir/$name.sh"],
        supervisord => $how{supervisord},
        env         => {
            root => "$dir/$name", build => $build, supervisord => $how{supervisord},
            %{ $how{env} // {} },
        },
        no_wait => $how{no_wait},
    );
}

# A file of that root; its text.
sub inside { my ($s, $path) = @_; return slurp("/proc/$s->{pid}/root$path") }

sub put {
    my ($s, $path, $text) = @_;
    return spew("/proc/$s->{pid}/root$path", $text);
}

sub no_house {
    my @lacks = missing(qw(unshare nsenter chroot mount), @_);
    return 'this is not root'       if $> != 0;
    return "there is no @lacks"     if @lacks;
    return 'namespaces are not allowed here'
        if (run(@unshare, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'))[0] != 0;
    return;
}

# The answer to a client in that root.
my $client = spew("$dir/client.pl", <<'PERL');
use IO::Socket::INET;
my $s = IO::Socket::INET->new(PeerHost => '127.0.0.1', PeerPort => $ARGV[0]) or exit 1;
print $s $ARGV[1] if length $ARGV[1];
alarm 30;
print scalar <$s> // '' if !length $ARGV[1];
print <$s> if length $ARGV[1];
PERL

sub client {
    my ($s, $port, $question) = @_;
    return (run('nsenter', '-t', $s->{pid}, '-n', $^X, $client, $port, $question))[1];
}

sub get { my ($s) = @_; return client($s, 80, "GET / HTTP/1.0\r\n\r\n") }

# The application: one more visit in the store, and how many there were.
my $serve = <<'PERL';
#!/usr/bin/perl
use IO::Socket::INET;
$| = 1;
my $store = IO::Socket::INET->new("127.0.0.1:6379") or die "no store: $!";
my $web = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$ARGV[0]",
    Listen => 9, ReuseAddr => 1) or die "no port: $!";
open my $ready, ">&=", 3 or die $!;
syswrite $ready, "\n";
close $ready;
while (my $client = $web->accept) {
    1 while <$client> !~ /^\r?$/;
    print $store "INCR visits\r\n";
    my ($visits) = <$store> =~ /:(\d+)/;
    print $client "HTTP/1.0 200 OK\r\n\r\nvisits $visits\n";
    print "visit $visits\n";
}
PERL

my $nginx = <<'NGINX';
user www-data;
events {}
http {
	access_log off;
	server {
		listen 127.0.0.1:80;
		add_header X-Version 1;
		location / { proxy_pass http://127.0.0.1:8000; }
	}
}
NGINX

sub web_example {
    my $why = no_house(qw(nginx redis-server redis-cli perl));
    plan skip_all => $why if $why;
    spew("$dir/serve", $serve);
    spew("$dir/nginx.conf", $nginx);
    my $image = example('web', '/usr/libexec/connate/log' => '/srv/app/log');
    my $s = house('web', $loopback . <<'SHELL', supervisord => $image);
install -d -o redis var/lib/redis
install -d var/lib/nginx var/log/nginx
install -m 755 "$(dirname "$root")/serve" srv/app/serve
install -m 755 "$build/log/log" srv/app/log
cp "$(dirname "$root")/nginx.conf" etc/nginx/nginx.conf
SHELL
    all_up($s, qw(log redis app nginx web));
    like(get($s), qr/visits 1$/, 'a request goes through all of it');
    my (undef, $screen) = $s->ctl('status');
    note($screen);
    my %before = map { $_ => $s->field(pid => $_) } qw(nginx app redis log);

    my ($code, $out, $err) = $s->ctl(qw(restart -w -t 60 redis));
    is($code, 0, 'the store is restarted') or diag($err);
    all_up($s, 'app');
    isnt($s->field(pid => 'app'), $before{app}, 'and with it the application');
    is($s->field(pid => 'nginx'), $before{nginx}, 'but not nginx');
    like(get($s), qr/visits 2$/, 'the store has kept what it had');

    put($s, '/etc/nginx/nginx.conf', $nginx =~ s/listen/lisstn/r);
    ($code, $out, $err) = $s->ctl(qw(reload nginx));
    is($code, 1, 'a wrong configuration is no reload');
    like(get($s), qr/X-Version: 1.*visits 3$/s, 'and nginx works as before');
    put($s, '/etc/nginx/nginx.conf', $nginx =~ s/Version 1/Version 2/r);
    ($code, $out, $err) = $s->ctl(qw(reload nginx));
    is($code, 0, 'a right one is') or diag($err, $s->log);
    eventually { get($s) =~ /X-Version: 2/ } 'and then it counts';
    is($s->field(pid => 'nginx'), $before{nginx}, 'for the same process');

    eventually { inside($s, '/var/log/web/app.log') =~ /visit 3$/m }
    'what the application prints is in the log';
    like(($s->ctl('logs', 'app'))[1], qr/ app: .*visit 3$/m, 'from which conctl prints it');
    is($s->field(pid => 'log'), $before{log}, 'with the same process');
    ($code, $out, $err) = $s->ctl(qw(restart -w -t 60 web));
    is($code, 0, 'all of it is restarted by its name') or diag($err);
    all_up($s, qw(nginx app redis));
    isnt($s->field(pid => $_), $before{$_}, "$_ is another process") for qw(nginx app redis);
    like(get($s), qr/visits \d+$/, 'and answers');
    is($s->stop, 0, 'it ends');
    return done_testing();
}

# The program of the container: it ends as it is told by a file, or by a signal.
my $app = <<'SHELL';
#!/bin/sh
trap 'echo stopping; exit 7' TERM
echo "reads $(cat "$1")"
while [ ! -e /tmp/end ]; do sleep 0.02; done
exit 42
SHELL

sub container {
    my ($how) = @_;
    my $s = house("container-$how", <<'SHELL', supervisord => example('container'));
install -m 755 "$(dirname "$root")/app" srv/app/serve
SHELL
    all_up($s, 'app');
    eventually { $s->log =~ /^reads .*\d/m } 'the helper came first, and the log is the container\'s';
    my $pid = $s->field(pid => 'app');
    put($s, '/tmp/end', '')                    if $how eq 'end';
    run('nsenter', '-t', $s->{pid}, '-p', '-m', '-r', '/bin/sh', '-c', "kill -KILL $pid")
        if $how eq 'kill';
    kill 'TERM', $s->{pid} if $how eq 'stop';
    my $status = ended_by($s->{child});
    delete $s->{child};
    return $status >> 8;
}

sub container_example {
    my $why = no_house();
    plan skip_all => $why if $why;
    spew("$dir/app", $app);
    is(container('end'), 42, 'the exit code of the program is that of the container');
    is(container('kill'), 137, 'or 128 and the signal');
    is(container('stop'), 7, 'stopped, it is asked to end, and says how');
    return done_testing();
}

# A terminal for the machine: our end, and the name of its end.
sub terminal {
    sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or return;
    my ($unlock, $number) = (pack('i', 0), pack 'I', 0);
    ioctl $master, 0x40045431, $unlock or return;    # TIOCSPTLCK
    ioctl $master, 0x80045430, $number or return;    # TIOCGPTN
    return ($master, '/dev/pts/' . unpack 'I', $number);
}

sub machine_example {
    my $why = no_house(qw(agetty sshd ssh-keygen sysctl fsck busybox dbus-daemon dbus-uuidgen cron));
    plan skip_all => $why if $why;
    my ($ours, $tty) = terminal();
    plan skip_all => 'there is no terminal' if !$tty;
    my $s = house('machine', <<'SHELL', supervisord => example('machine'), env => { tty => $tty });
echo model >etc/hostname
echo 'none /tmp tmpfs nosuid 0 0' >etc/fstab
echo 'net.ipv4.ip_local_port_range = 20000 30000' >etc/sysctl.conf
rm -f etc/ssh/ssh_host_*
mkdir -p var/lib/dbus var/spool/cron/crontabs
ln -s /run var/run
: >dev/tty1
mount --bind "$tty" dev/tty1
umount proc
SHELL
    all_up($s, qw(kernel-mounts more-mounts fsck disks hostname loopback sysctl
        random-seed log syslog syslog-socket dbus cron login host-keys sshd));
    is($s->field(state => 'udev'), 'failed', 'without devices of its own there is no udev');
    is($s->field(state => 'serial-line'), 'failed', 'nor a serial line');
    is($s->field(state => 'boot'), 'up', 'and all else goes on');
    eventually { inside($s, '/var/log/messages') =~ /\bcron\[\d+\]: / } 'syslog has what others say';
    ok(-S "/proc/$s->{pid}/root/run/dbus/system_bus_socket", 'the bus listens');
    my $mounts = slurp("/proc/$s->{pid}/mounts");
    like($mounts, qr{^\S+ $_ }m, "$_ is mounted")
        for qw(/proc /sys /dev /dev/pts /dev/shm /run /tmp);
    is((run('nsenter', '-t', $s->{pid}, '-u', 'uname', '-n'))[1], "model\n", 'it has its name');
    is((run('nsenter', '-t', $s->{pid}, '-n', '-m', '-r', '/sbin/sysctl', '-n',
        'net.ipv4.ip_local_port_range'))[1], "20000\t30000\n", 'and its settings');
    eventually { client($s, 22, '') =~ /^SSH-2.0-/ } 'sshd answers on its loopback';
    ok(-s "/proc/$s->{pid}/root/etc/ssh/ssh_host_ed25519_key", 'with a key of its own');
    is(-s "/proc/$s->{pid}/root/var/lib/random-seed", 512, 'it has a random seed');
    my $seen = '';
    eventually {
        sysread $ours, $seen, 4096, length $seen if IO::Select->new($ours)->can_read(0);
        $seen =~ /model login: /
    }
    'one may log in at its terminal';
    my ($code, $out, $err) = $s->ctl(qw(reload sshd));
    is($code, 0, 'sshd is reloaded') or diag($err);
    eventually { client($s, 22, '') =~ /^SSH-2.0-/ } 'and answers';
    # In a namespace reboot(2) is a signal to its init: 1 to reboot, 2 to halt.
    $s->ctl('reboot');
    is(ended_by(delete $s->{child}), 1, 'it ends with reboot(2)');
    like($s->log, qr/^\[ ok \] $_$/m, "the console says: $_")
        for 'mounting /proc', 'checking the disks', 'naming the machine',
        'starting the loopback', 'loading the random seed', 'saving the random seed';
    unlike($s->log, qr/^\[fail\]/m, 'and nothing has failed');
    return done_testing();
}

my %example = (
    session => \&session_example, web => \&web_example,
    container => \&container_example, machine => \&machine_example,
);
for my $name (sort keys %example) {
    next if $ENV{CONNATE_EXAMPLE} && $name ne $ENV{CONNATE_EXAMPLE};
    subtest $name => $example{$name};
}

# t/5030-metrics.t has the one that is left out.
is(join(' ', sort grep { $_ ne 'metrics' } map { m{example-(.*)\.c$} } glob "$source/config/example-*.c"),
    join(' ', sort keys %example), 'these are all examples');
done_testing();
