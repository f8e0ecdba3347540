#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-import: units that have to do with each other, drop-ins, templates, sockets and
# timers; dinit, runit, s6, Supervisor's file, Procfiles.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Import;
use Test::More;

my $run = "ExecStart=/bin/p\n";

# What an import of these files gives: [name, field, value] each; "-" is none. `error` and
# the other lists are joined.
sub gives {
    my ($what, $files, $words, $code_wanted, @wanted) = @_;
    my ($code, $out, $err) = import_files({ passwd => "root:x:0:0::/root:/bin/sh\nme:x:7:7::/home/me:/bin/sh\n",
        %$files },
        '--passwd', '@/passwd', @$words);
    my $services = services($out);
    my @wrong;
    for (@wanted) {
        my ($name, $field, $value) = @$_;
        my $got = $services->{$name}{$field} // '-';
        $got = join '; ', @$got if ref $got;
        my $right = ref $value ? $got =~ $value : $got eq $value;
        push @wrong, "$name $field = $got, not $value" if !$right;
    }
    is(join("\n", @wrong), '', $what);
    is($code, $code_wanted, "exit code $code_wanted") or diag($err);
    return ($out, $err, $services);
}

# --- Relations
sub units {
    my %unit = @_;
    return { map { ("$_.service" => "[Unit]\n$unit{$_}\n[Service]\n$run") } keys %unit };
}

for (['After=b.service', '.after'],
    ["Wants=b.service\nAfter=b.service", '.wants'],
    ['Wants=b.service', '.wants'],
    ["Requires=b.service\nAfter=b.service", '.needs'],
    ["Requires=b.service\nWants=b.service", '.needs'],
    ["BindsTo=b.service\nRequires=b.service\nAfter=b.service", '.binds'],
    ['Conflicts=b.service', '.conflicts'])
{
    my ($says, $field) = @$_;
    gives($says =~ s/\n/, /gr, units(a => $says, b => ''), ['@/a.service', '@/b.service'], 0,
        ['a', $field, 'LIST("b")'], map { ['a', $_, '-'] } grep { $_ ne $field } qw(.after .wants .needs .binds));
}
gives('an empty After= resets nothing', units(a => "After=b.service\nAfter=", b => ''),
    ['@/a.service', '@/b.service'], 0, ['a', '.after', 'LIST("b")']);
gives('Before= is of the other', units(a => 'Before=b.service', b => ''), ['@'], 0,
    ['b', '.after', 'LIST("a")'], ['a', '.after', '-']);
gives('a need against the order', units(a => "Requires=b.service\nBefore=b.service", b => ''), ['@'], 1,
    ['a', 'error', qr/^a\.service:2: Requires=b\.service: b starts after it/]);
gives('a want against the order, of one that is up anyway',
    units(a => "Wants=b.service\nBefore=b.service\n[Install]\nWantedBy=multi-user.target", b => ''), ['@'], 0,
    ['a', '.wants', '-'], ['b', '.after', 'LIST("a")'], ['b', '.target', 'UP']);
my $reload = units(a => 'ReloadPropagatedFrom=b.service', b => 'PropagatesReloadTo=c.service', c => '');
$reload->{'a.service'} .= 'ExecReload=/bin/x';
gives('reloads', $reload, ['@'], 0, ['a', '.reload_with', 'LIST("b")'], ['c', '.reload_with', '-'],
    ['b', '.reload_with', '-']);
for (["PartOf=b.service\nRequisite=b.service\nAfter=b.service", '.requires_up'],
    ['PartOf=b.service', '.follows'],
    ["PartOf=b.service\nRequires=b.service", '.needs'],
    ["Requisite=b.service\nBindsTo=b.service", '.binds'])
{
    my ($says, $field) = @$_;
    gives($says =~ s/\n/, /gr, units(a => $says, b => ''), ['@'], 0, ['a', $field, 'LIST("b")'],
        map { ['a', $_, '-'] } grep { $_ ne $field } qw(.after .follows .requires_up .needs .binds));
}
for ('', "PartOf=b.service\n") {
    gives("${_}Requisite= against the order" =~ s/\n/, /r,
        units(a => "${_}Requisite=b.service\nBefore=b.service", b => ''), ['@'], 0,
        ['a', '.follows', 'LIST("b")'], ['a', '.requires_up', '-'], ['b', '.after', 'LIST("a")']);
}
gives('PartOf= and an order', units(a => "PartOf=b.service\nAfter=b.service", b => ''), ['@'], 0,
    ['a', '.follows', 'LIST("b")'], ['a', '.after', 'LIST("b")']);
gives('another name', { %{ units(a => 'Wants=c.service') },
    'b.service' => "[Service]\n$run\[Install]\nAlias=c.service\n" }, ['@'], 0, ['a', '.wants', 'LIST("b")']);
gives('--without', units(a => 'Requires=b.service'), ['--without', 'b.service', '@'], 0, ['a', '.needs', '-']);
gives('a target', { 'x.target' => "[Unit]\nRequires=a.service\nWants=b.service\nAfter=a.service\n",
    %{ units(a => '', b => 'Before=x.target') },
    'c.service' => "[Service]\n$run\[Install]\nWantedBy=x.target\n" }, ['@'], 0,
    ['x.target', '.needs', 'LIST("a")'], ['x.target', '.wants', 'LIST("b", "c")'],
    ['x.target', '.run', '-'], ['c', '.target', 'DOWN']);
gives('a target of the boot', { 'multi-user.target' => "[Unit]\nAfter=a.service\n",
    'a.service' => "[Service]\n$run\[Install]\nWantedBy=multi-user.target\n",
    'b.service' => "[Unit]\nAfter=multi-user.target\n[Service]\n$run\[Install]\nWantedBy=multi-user.target\n" },
        ['@'], 0,
    ['multi-user.target', '.target', 'UP'], ['multi-user.target', '.wants', 'LIST("a")'], ['a', '.target', 'DOWN'],
    ['b', '.after', 'LIST("multi-user.target")'], ['b', '.target', 'UP']);
gives('a bus name', { 'b.service' => "[Service]\nType=dbus\nBusName=o.b\n$run", %{ units(a => 'After=b.service') } },
    ['@'], 0, ['b', '.ready', 'READY_BUS("o.b", SYSTEM)']);

# --- Drop-ins and templates
my %drop = (
    'a-b.service'              => "[Service]\n${run}Nice=1\nEnvironment=X=1\n",
    'a-b.service.d/20.conf'    => "[Service]\nNice=2\n",
    'a-b.service.d/10.conf'    => "[Service]\nNice=3\nEnvironment=Y=2\n",
    'a-b.service.d/30.not'     => "[Service]\nNice=9\n",
    'a-.service.d/15.conf'     => "[Service]\nNice=4\nUMask=7\n",
    'service.d/05.conf'        => "[Service]\nWorkingDirectory=/w\n",
    'etc/a-b.service.d/20.conf' => "[Service]\nOOMScoreAdjust=5\n",
);
gives('drop-ins, in the order of their names', \%drop, ['@/a-b.service'], 0, ['a-b', '.nice', '2'],
    ['a-b', '.umask', '07'], ['a-b', '.chdir', '"/w"'], ['a-b', '.env', qr/"X=1", "Y=2"/]);
gives('a folder that goes first hides a file', \%drop, ['--also', '@/etc', '@/a-b.service'], 0,
    ['a-b', '.nice', '4'], ['a-b', '.oom_score_adj', '5']);
my %template = ('t@.service' => "[Unit]\nAfter=b@%i.service\n[Service]\nExecStart=/bin/p %i %I %p %j %f\n"
    . "Environment=X=%i\n",
    't@a-b\\x2dc.service.d/x.conf' => "[Service]\nNice=7\n", 't@.service.d/y.conf' => "[Service]\nUMask=1\n");
gives('an instance', \%template, ['@/t@a-b\\x2dc.service'], 0,
    ['t@a-b-x2dc', '.run', 'EXEC("/bin/p", "a-b\\\\x2dc", "a/b-c", "t", "t", "/a/b-c")'],
    ['t@a-b-x2dc', '.nice', '7'], ['t@a-b-x2dc', '.umask', '01'], ['t@a-b-x2dc', '.env', qr/"X=a-b\\\\x2dc"/]);
gives('instances of all templates', \%template, ['--instance', 'q', '--instance', 'r', '@/t@.service'], 0,
    ['t@q', '.run', qr/"q"/], ['t@r', '.run', qr/"r"/]);
gives('a template without instances', \%template, ['@/t@.service'], 1, ['t@', 'error', qr/name its instances/]);

my (undef, $before) = import_files({ 'a.service' => "[Service]\n$run" }, '@/a.service');
is(services($before)->{a}{'.target'}, 'DOWN', 'a unit that nothing wants');
mkdir scratch() . '/import/basic.target.wants';
symlink '../a.service', scratch() . '/import/basic.target.wants/a.service';
my (undef, $linked) = import_run(scratch() . '/import/a.service');
is(services($linked)->{a}{'.target'}, 'UP', 'a link in basic.target.wants');

# --- User units
gives('a unit of a user', { 'a.service' => "[Unit]\nConditionUser=!root\n[Service]\n"
        . "ExecStart=/bin/p %h %t \${XDG_RUNTIME_DIR}/x\nEnvironment=A=1\n" },
    ['--user=me', '@/a.service'], 0, ['a', '.env', '-'], ['a', '.rlimits', '-'], ['a', '.umask', '-'],
    ['a', '.run', 'SHELL("exec /usr/bin/env \'A=1\' /bin/p /home/me /run/user/7 \\"${XDG_RUNTIME_DIR}/x\\"")']);

# --- Sockets, timers, paths
my %socket = ('a.service' => "[Service]\n$run", 'a.socket' => "[Socket]\nListenStream=80\nListenStream=/run/a\n"
    . "ListenStream=127.0.0.1:81\nListenDatagram=\@b\nSocketMode=0600\nSocketUser=me\nFreeBind=yes\nBacklog=5\n"
        . "[Install]\nWantedBy=sockets.target\n");
gives('a socket', \%socket, ['@'], 0, ['a', '.on_demand', 'true'], ['a',
    '.target', 'UP'], ['a',
    '.listen',
    'LIST("tcp:[::]:80,backlog=5,freebind,name=a.socket", "unix:/run/a,mode=0600,user=me,backlog=5,name=a.socket", '
    . '"tcp:127.0.0.1:81,backlog=5,freebind,name=a.socket", "unix-dgram:@b,backlog=5,name=a.socket")']);
gives('a socket for each connection', { %socket, 'a.socket' => "[Socket]\nListenStream=80\nAccept=yes\n" }, ['@'],
    1,
    ['a', 'error', qr/Accept=yes/]);
gives('a socket without its service', { 'a.socket' => $socket{'a.socket'} }, ['@/a.socket'], 1,
    ['a.socket', 'error', qr/what it starts is not part/]);
my %timer = ('a.service' => "[Service]\nType=oneshot\n$run",
    'a.timer' => "[Timer]\nOnCalendar=Mon *-*-* 3:00\nPersistent=yes\nRandomizedDelaySec=1h\nAccuracySec=1min\n");
gives('a timer', \%timer, ['@'], 0, ['a', '.every', 'CALENDAR("Mon *-*-* 3:00")'], ['a', '.target', 'DOWN'],
    ['a', '.splay', 'SECONDS(3600)'], ['a', '.catch_up', 'true']);
gives('of several calendars, that is enabled', { %timer,
    'a.timer' => "[Timer]\nOnCalendar=3:00\nOnCalendar=weekly\n[Install]\nWantedBy=timers.target\n" }, ['@'], 0,
    ['a', '.every', 'CALENDAR("3:00", "weekly")'], ['a', '.target', 'UP']);
gives('of a calendar and a time since the boot', { %timer, 'a.timer' => "[Timer]\nOnCalendar=3:00\nOnBootSec=1h\n" },
    ['@'], 1, ['a', 'error', qr/there are several times/]);
gives('of an interval', { %timer, 'a.timer' => "[Timer]\nOnUnitActiveSec=1h\n" }, ['@'], 0,
    ['a', '.every', 'SECONDS(3600)']);
gives('a path', { 'a.service' => "[Service]\n$run", 'a.path' => "[Path]\nPathExists=/x\n" }, ['@'], 1,
    ['a', 'error', qr/a\.path:2: PathExists/]);
gives('a mount', { 'x.mount' => "[Mount]\nWhat=/dev/x\n" }, ['@/x.mount'], 1, ['x.mount', 'error',
    qr/^x\.mount: units of this kind are not imported: [^;]*$/]);

# --- dinit
my %dinit = (
    web => "type = process # the server\ncommand = \"/bin/p\" a\\ b --x=\"c d\"\ndepends-on: db\nwaits-for: log\n"
        . "before: net\n"
        . "run-as = me\nlogfile = /x.log\nworking-dir = /w\nterm-signal = INT\nstop-timeout = 0\n"
            . "rlimit-nofile = 5:6\n"
        . "restart-delay = 2.5\noptions: no-new-privs starts-log\nsmooth-recovery = true\n",
    db => "type = scripted\ncommand = /bin/up\nstop-command = /bin/down\nrestart = false\n",
    log => "command = /bin/l\nready-notification = pipevar:LOG_FD\ncapabilities = ^cap_net_raw,^cap_kill\n",
    net => "type = internal\n", bg => "type = bgprocess\ncommand = /bin/d\npid-file = /run/d\n",
);
gives('dinit', \%dinit, ['--from', 'dinit', map { "\@/$_" } sort keys %dinit], 0,
    ['web', '.run', 'EXEC("/bin/p", "a b", "--x=c d")'], ['web', '.binds', 'LIST("db")'], ['web', '.wants',
        'LIST("log")'],
    ['net', '.after', 'LIST("web")'], ['net', '.run', '-'], ['web', '.user', '"me"'], ['web', '.chdir', '"/w"'],
    ['web', '.log', 'LOG_FILE("/x.log", .mode = 0600)'], ['web', '.stop', 'SIGNAL(SIGINT)'], ['web', '.max_stop',
        'FOREVER'],
    ['web', '.rlimits', 'LIMITS(LIMIT("nofile", 5, 6))'], ['web', '.no_new_privs', 'true'],
    ['web', '.retry', 'RETRY_FIXED(.after = MILLISECONDS(2500), .attempts = 4)'], ['web', '.healthy',
        'MILLISECONDS(833)'],
    ['db', '.setup', 'EXEC("/bin/up")'], ['db', '.cleanup', 'EXEC("/bin/down")'], ['db', '.retry', 'RETRY_NEVER'],
    ['db', '.max_setup', 'SECONDS(60)'], ['log', '.run', 'EXEC("/usr/bin/env", "LOG_FD=3", "/bin/l")'],
    ['log', '.ready', 'READY_FD(3)'], ['log', '.log', 'LOG_NONE'], ['log', '.capabilities',
        'LIST("CAP_NET_RAW", "CAP_KILL")'],
    ['bg', '.ready', 'READY_DAEMONIZE']);
gives('dinit: needed and wanted', { a => "command = /bin/p\nwaits-for = b\nafter = b\ndepends-on = b\n",
        b => "command = /bin/q\nbefore = a\n" }, ['--from', 'dinit', '@/a', '@/b'], 0,
    ['a', '.binds', 'LIST("b")'], ['a', '.wants', '-'], ['a', '.after', '-']);
gives('dinit: --without', { a => "command = /bin/p\ndepends-on = x\n" },
    ['--from', 'dinit', '--without', 'x', '@/a'], 0,
    ['a', '.binds', '-']);
gives('dinit: variables', { a => "command = /bin/p \$HOME/x\nworking-dir = \$HOME\n" }, ['--from', 'dinit',
    '@/a'], 0,
    ['a', '.run', 'SHELL("cd \\"$HOME\\" && exec /bin/p \\"$HOME/x\\"")']);
for (["depends-on = x\n", qr/x is not part/], ["options = runs-on-console\n", qr/console/], ["frob = 1\n",
    qr/frob/],
    ["chain-to = x\n", qr/chain-to/], ["what is this\n", qr/line 2 is no setting/], ["stop-timeout = soon\n",
        qr/no number/])
{
    my ($line, $error) = @$_;
    gives("dinit: $line" =~ s/\n//r, { a => "command = /bin/p\n$line" }, ['--from', 'dinit', '@/a'], 1, ['a',
        'error', $error]);
}

# --- runit and s6
my %runit = ('sv/a/run' => "#!/bin/sh -e\nsv check b >/dev/null || exit 1\nexec /bin/p\n",
    'sv/a/log/run' => "#!/bin/sh\nexec svlogd .\n",
    'sv/a/check' => "x", 'sv/a/conf' => "x", 'sv/b/run' => "#!/bin/sh\nexec /bin/q\n",
        'sv/b/finish' => "#!/bin/sh\nrm x\n", 'sv/b/down' => '');
my ($out) = gives('runit', \%runit, ['@/sv'], 0, ['a', '.needs', 'LIST("b")'], ['a', '.chdir', qr{^"\@/sv/a"$}],
    ['a', '.log', 'LOG_TO("a-log")'], ['a-log', '.run', qr{^EXEC\("\@/sv/a/log/run"\)$}], ['a-log', '.target',
        'DOWN'],
    ['a', '.run', qr{^EXEC\("/bin/sh", "-ec", "sv\(\) \{ :; \}; \. \\"\$0\\"", "\@/sv/a/run"\)$}],
    ['b', '.run', qr{^EXEC\("\@/sv/b/run"\)$}], ['b', '.cleanup', qr{^EXEC\("\@/sv/b/finish"\)$}], ['b',
        '.target', 'DOWN'],
    ['a', '.retry', 'RETRY_FIXED(.after = SECONDS(1))'], ['a', '.max_stop', 'FOREVER']);
gives('runit: ways to ask', { 'sv/b/run' => "#!/bin/sh\n", 'sv/c/run' => "#!/bin/sh\n",
        'sv/a/run' => "#!/bin/bash\n# sv down b\nsv -w 5 start b 2>/dev/null || exit 1\n"
            . "if sv status c >/dev/null; then :; fi\n" },
    ['@/sv'], 0, ['a', '.needs', 'LIST("b", "c")'], ['a', '.run', qr{^EXEC\("/bin/bash", "-c", }]);
gives('runit: what is not carried', { 'sv/a/run' => "#!/bin/sh\nsv check z\nsv down y\n", 'sv/a/control/t' => 'x',
        'sv/a/finish' => "#!/bin/sh\necho \$1\n" }, ['@/sv'], 1,
    ['a', '.cleanup', qr{EXIT_CODE.*finish \\"\$EXIT_STATUS\\" 0; else}],
    ['a', 'error', qr/asks for z.*calls sv.*down y.*write \.stop or \.reload/]);
gives('s6', { 's/a/run' => "#!/bin/execlineb -P\np\n", 's/a/notification-fd' => "4\n",
    's/a/timeout-kill' => "5000\n",
        's/a/down-signal' => "SIGINT\n", 's/a/finish' => "#!/bin/sh\ntrue\n" }, ['@/s'], 0,
    ['a', '.ready', 'READY_FD(4)'], ['a', '.max_stop', 'SECONDS(5)'], ['a', '.stop', 'SIGNAL(SIGINT)'],
    ['a', '.max_cleanup', 'SECONDS(5)']);
gives('s6: 125', { 's/a/run' => "#!/bin/execlineb\n", 's/a/finish' => "#!/bin/sh\nexit 125\n" }, ['@/s'], 1, ['a',
    'error', qr/125/]);
gives('s6-rc', { 's/a/type' => "longrun\n", 's/a/run' => "#!/bin/sh\n", 's/a/dependencies' => "b\n",
    's/a/producer-for' => "l\n",
        's/l/type' => "longrun\n", 's/l/run' => "#!/bin/sh\n", 's/l/consumer-for' => "a\n",
        's/b/type' => "oneshot\n", 's/b/up' => "mount /x\n", 's/b/down' => "umount /x\n",
        's/g/type' => "bundle\n", 's/g/contents.d/a' => '', 's/g/contents.d/b' => '' }, ['@/s'], 0,
    ['a', '.needs', 'LIST("b")'], ['a', '.log', 'LOG_TO("l")'], ['g', '.members', 'LIST("a", "b")'],
    ['b', '.setup', qr{^EXEC\("/usr/bin/env", "execlineb", "-P", "\@/s/b/up"\)$}], ['b', '.cleanup', qr{s/b/down}]);

# --- Supervisor
my $ini = "[supervisord]\nnodaemon=true\n[program:a]\ncommand=/bin/p \"x y\" z ; a comment\nautostart=false\n"
    . "autorestart=true\n"
    . "startretries=4\nstartsecs=2\nstopsignal=INT\nstopwaitsecs=7\nuser=me\ndirectory=/w\numask=027\n"
        . "redirect_stderr=true\n"
    . "stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\nenvironment=A=\"b c\",D=e-f\nstopasgroup=true\n"
    . "[program:b]\ncommand = q\n  more\nnumprocs=2\nprocess_name=%(process_num)02d\n[group:g]\nprograms=a\n";
gives('Supervisor', { 'x.ini' => $ini }, ['@/x.ini'], 0,
    ['a', '.run', 'EXEC("/usr/bin/env", "A=b c", "D=e-f", "/bin/p", "x y", "z")'], ['a', '.target', 'DOWN'],
    ['a', '.retry', 'RETRY_DOUBLING(.after = SECONDS(1), .attempts = 5)'], ['a', '.settle', 'SECONDS(2)'],
    ['a', '.healthy', 'SECONDS(2)'], ['a', '.stop', 'SIGNAL(SIGINT)'], ['a', '.max_stop', 'SECONDS(7)'], ['a',
        '.user', '"me"'],
    ['a', '.chdir', '"/w"'], ['a', '.umask', '027'], ['a', '.log', 'LOG_INHERIT'],
    ['b-0', '.run', 'EXEC("/usr/bin/env", "q", "more")'], ['b-1', '.retry', qr/on_failure_only = true/], ['g',
        '.members', 'LIST("a")']);
for (['stdout_logfile=/x.log', qr/turns this file by size/], ['environment=A=b c', qr/otherwise than it looks/],
    ['priority=5', qr/write \.after/],
    ["command=/bin/p %(ENV_X)s", qr/%\(\.\.\.\)s/])
{
    my ($line, $error) = @$_;
    gives("Supervisor: $line" =~ s/\n/, /r, { 'x.ini' => "[program:a]\ncommand=/bin/p\n$line\n" }, ['@/x.ini'], 1,
        ['a', 'error', $error]);
}
gives('Supervisor: ends', { 'x.ini' => "[program:a]\ncommand=/bin/p\nexitcodes=0,2\n" }, ['@/x.ini'], 0,
    ['a', '.success', 'LIST("2")']);
gives('Supervisor: ends without 0', { 'x.ini' => "[program:a]\ncommand=/bin/p\nexitcodes=2\n" }, ['@/x.ini'], 1,
    ['a', 'error', qr/exit code 0 is good here/]);
gives('Supervisor: standard error',
    { 'x.ini' => "[program:a]\ncommand=/bin/p\nstdout_logfile=NONE\nstderr_logfile=AUTO\n" },
    ['@/x.ini'], 0, ['a', '.errors', 'LOG_INHERIT']);
gives('Supervisor: sections', { 'x.ini' => "[eventlistener:e]\ncommand=/bin/p\n[include]\nfiles=*.ini\n" },
    ['@/x.ini'], 1,
    ['eventlistener:e', 'error', qr/nothing like it/], ['include', 'error', qr/give these files/]);

# --- Procfile
gives('a Procfile', { Procfile => "web: bin/serve -p \$PORT\n# no line\nworker: exec x \"y\"\n" }, ['@/Procfile'],
    0,
    ['web', '.run', 'SHELL("PORT=5000; export PORT; bin/serve -p $PORT")'], ['worker', '.run',
        qr/PORT=5100.*exec x \\"y\\"/],
    ['web', '.chdir', qr{^"\@"$}], ['web', '.retry', 'RETRY_NEVER']);

# --- The summary, and where the output goes
my ($text, $err) = gives('a summary', { 'a.service' => "[Unit]\nOnFailure=b\n[Service]\n${run}PrivateTmp=yes\n"
    . "Slice=x\nNice=1\n" }, ['@/a.service'], 1);
like($err, qr/^a +2 +1 +1 +1$/m, 'a line');
like($err, qr/^0 of 1 services without a decision; 2 settings carried, 1 harmless, 1 hardening, 1 to decide\n/m,
    'in numbers');
like($err, qr/^decide: a\.service:2: OnFailure=b: not carried; /m, 'and what is to be decided');
unlike($err, qr/^hardening:/m, 'not the rest');
(undef, $err) = gives('-v', { 'a.service' => "[Service]\n${run}PrivateTmp=yes\nSlice=x\n" }, ['-v',
    '@/a.service'], 0);
like($err, qr/^hardening: a\.service:3: PrivateTmp=yes\n.*^harmless: a\.service:4: Slice=x: there are no slices$/ms,
    'all of it');
my $file = scratch() . '/out.c';
(undef, $err) = gives('-o', { 'a.service' => "[Service]\n$run" }, ['--whole', '-o', $file, '@/a.service'], 0);
my ($built, $said) = build_import(slurp($file), 'whole');
is("$built$said", '0', 'what is written builds');
($built, $said) = build_import((import_files({ 'a.service' => "[Service]\n${run}ExecCondition=/bin/c\n" },
    '--whole', '@/a.service'))[1], 'decide');
like($said, qr/a\.service:3: ExecCondition=.bin.c: not carried; test it/,
    'what has to be decided does not build, and says why');
isnt($built, 0, 'nothing is made of it');
done_testing();
