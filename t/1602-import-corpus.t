#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Real definitions through connate-import: each is carried, or named as one that somebody
# has to decide about, and what is written builds. Where the folder of definitions is not
# there, some of our own writing take its place.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Import;
use Test::More;

my $dir = corpus();
diag($dir ? "definitions: $dir" : 'definitions of our own') if !$dir;

# A small machine: daemons, what is done once, a web server behind a socket, jobs, a
# user's session, the same for others.
my $unit = "[Unit]\nDescription=%s\n%s\n[Service]\n%s\n";
my %own = (
    (map { my ($name, $about, $service) = @$_;
        ("debian12/x/lib/systemd/system/$name.service" => sprintf $unit, $name, $about, $service) }
        ['logd', 'Before=net.service', "ExecStart=/usr/sbin/logd -n\nRestart=on-failure"],
        ['net', 'Before=network.target', "Type=oneshot\nRemainAfterExit=yes\nExecStart=/sbin/ifup -a\n"
            . "ExecStop=/sbin/ifdown -a"],
        ['web', "After=net.service\nWants=net.service",
            "Type=forking\nExecStartPre=/usr/sbin/web -t\nExecStart=/usr/sbin/web"
            . "\nExecReload=/bin/kill -HUP \$MAINPID\nPrivateTmp=yes\nKillMode=mixed"],
        ['db', 'Requires=net.service', "Type=notify\nUser=db\nExecStart=/usr/bin/db \$OPTS\n"
            . "EnvironmentFile=-/etc/default/db\nTimeoutSec=0"],
        ['bus', '', "ExecStart=\@/usr/bin/bus bus --system\nLimitNOFILE=5000\nOOMScoreAdjust=-900"],
        ['named', 'PartOf=net.service', "Type=dbus\nBusName=org.named\nExecStart=/usr/bin/named"],
        ['job', 'ConditionPathExists=/etc/job', "Type=oneshot\nNice=19\nIOSchedulingClass=idle\n"
            . "ExecStart=/usr/bin/job"],
        ['tmpl@', 'AssertPathExists=/etc/tmpl/%i', "ExecStart=/usr/bin/tmpl %i\nUMask=007"],
        ['chat', 'OnFailure=job.service', "ExecStart=/usr/bin/chat -f \"a b\" \$\$x\n"
            . "CapabilityBoundingSet=CAP_NET_RAW"]),
    'debian12/x/lib/systemd/system/net.service.d/a.conf' => "[Unit]\nAfter=logd.service\n",
    'debian12/x/lib/systemd/system/job.timer'   => "[Timer]\nOnCalendar=daily\nPersistent=true\n",
    'debian12/x/lib/systemd/system/web.socket'  => "[Socket]\nListenStream=80\n",
    'debian12/x/lib/systemd/system/all.target'  => "[Unit]\nRequires=web.service db.service\nAfter=web.service\n",
    (map { ("debian12/x/lib/systemd/user/$_.service" => sprintf $unit, $_, "PartOf=s.target\nAfter=bar.service",
        "Type=dbus\nBusName=org.$_\nExecStart=/usr/libexec/$_ \$DISPLAY\nRestart=on-failure") } qw(foo bar baz)),
    'debian12/x/lib/systemd/user/s.target' => "[Unit]\nWants=foo.service\n",
    (map { ("own-dinit/$_->[0]/$_->[0]" => $_->[1]) }
        ['early', "type = scripted\ncommand = /lib/early start\nstop-command = /lib/early stop\n"],
        ['tty', "type = process\ncommand = /sbin/agetty tty1\nrestart = true\noptions = runs-on-console\n"],
        ['netd', "type = process\ncommand = /bin/netd\ndepends-on = early\nlogfile = /var/log/netd.log\n"],
        ['srv', "type = bgprocess\ncommand = /bin/srv\npid-file = /run/srv\nwaits-for: netd\nrun-as = srv\n"],
        ['boot', "type = internal\ndepends-on: early\nwaits-for: srv\n"]),
);

if (!$dir) {
    $dir = scratch() . '/own';
    for my $name (keys %own) {
        make_path(dirname("$dir/$name"));
        spew("$dir/$name", $own{$name});
    }
}

sub files {
    my ($pattern, @below) = @_;
    my @found;
    find({ no_chdir => 1, wanted => sub { push @found, $_ if -f && /$pattern/ } }, $_) for grep { -d } @below;
    return grep { !m{\.d/} } sort @found;
}

my $kind = qr/\.(?:service|socket|timer|target|path)$/;
my @sets = (
    ['system', [files(qr{systemd/system/.*$kind}, $dir)], '--instance', 'x'],
    ['user',   [files(qr{systemd/user/.*$kind}, $dir)], '--user', '--instance', 'x'],
    (map { my $folder = $_;
        my @all = files(qr/./, $folder);
        my $name = $folder =~ s{.*/}{}r;
        ([$name, [grep { !/\.user$/ } @all], '--from', 'dinit'],
            ["$name-user", [grep { /\.user$/ } @all], '--from', 'dinit']) } glob "$dir/*-dinit"),
);

for (@sets) {
    my ($name, $files, @words) = @$_;
    next if !@$files;
    my ($code, $out, $err) = import_run('--whole', '-v', @words, @$files);
    cmp_ok($code, '<', 2, "$name: " . @$files . ' files are read') or diag($err);
    my $services = services($out);
    my @decide = grep { $services->{$_}{error} } sort keys %$services;
    my @empty = grep { my $s = $services->{$_};
        !/\.target$/ && !$s->{error} && !grep { $s->{$_} } qw(.run .setup .cleanup) } sort keys %$services;
    @empty = grep { my $s = $services->{$_}; !grep { /runs nothing/ } @{ $s->{mind} // [] } } @empty;
    is("@empty", '', "$name: what is carried runs something") if $name !~ /dinit/;
    my ($clear, $all) = $err =~ /^(\d+) of (\d+) services without a decision/m;
    is($all - $clear, scalar(@decide), "$name: $clear of $all carried, the others are named");
    is(($code == 1) + 0, (@decide > 0) + 0, 'and the exit code says so');

    # What is to be decided has to be decided; here all of it is accepted.
    my @wrong = grep { !m{^#error "[^"]*: .*"$} && /^#error/ } split /\n/, $out;
    is("@wrong", '', "$name: each decision names what it is about");
    my $program = '.run = EXEC("/bin/true")';
    my $decided = join '', map { /\.every\b/ && !/\.(?:run|setup)\b/ ? s/(?=\.every)/$program, /r : $_ }
        split /^(?=\s*SERVICE\()/m, $out =~ s/^#error .*\n//mgr;
    my ($built, $said) = build_import($decided, $name);
    is("$built$said", '0', "$name: it builds");
    # And without that nothing is built.
    next if !@decide;
    ($built, $said) = build_import($out, "$name-open");
    isnt($built, 0, "$name: nothing is built while something has to be decided");
}
done_testing();
