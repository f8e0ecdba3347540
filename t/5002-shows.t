#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The output of conctl: status with its reasons, on terminals of any width; events,
# once and as they happen; JSON; signals and reloads, and their results;
# names that do not exist. And none of it needs supervisord.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP ();
use POSIX ();
use Test::More;

my $dir    = scratch();
my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
my $conctl = "$top/conctl/conctl";
my $long   = 'a-service-whose-name-is-as-long-as-any-may-be.sixty-three.bytes';
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE NO_COLOR COLUMNS)};
$ENV{TERM} = 'xterm';

# A program that writes down the signals that it gets.
sub listener {
    my ($name) = @_;
    return 'SHELL("for n in HUP USR1 37; do trap \\"echo ' . $name
        . '-$n >>' . $dir . '/signals\\" $n; done;'
        . ' echo ' . $name . '-there >>' . $dir . '/signals; while :; do sleep 0.02; done")';
}

my $s = session(
    supervisord => supervisord('shows', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("db", .target = DOWN, .ready = READY_NOTIFY, .max_ready = FOREVER,
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("web", .target = DOWN, .needs = LIST("db"), .max_stop = FOREVER,
		.run = SHELL("trap '' TERM; while [ ! -e $dir/web-ends ]; do sleep 0.02; done")),
	SERVICE("absent", .target = DOWN, .run = EXEC("/no/such\\tprogram"),
		.retry = RETRY_NEVER, .log = LOG_FILE("$dir/a \\"log\\" of \\xff \\xc3\\xa4")),
	SERVICE("crashes", .target = DOWN, .run = SHELL("kill -SEGV \$\$"),
		.retry = RETRY_FIXED(.after = SECONDS(1000), .attempts = 5)),
	SERVICE("gives-up", .target = DOWN, .run = SHELL("exit 7"),
		.retry = RETRY_FIXED(.after = MILLISECONDS(1), .attempts = 2)),
	SERVICE("one", .target = DOWN, .run = @{[ listener('one') ]}, .reload = SIGNAL(SIGHUP)),
	SERVICE("two", .target = DOWN, .run = @{[ listener('two') ]}),
	SERVICE("reloads", .target = DOWN, .run = EXEC("/bin/sleep", "1000"),
		.reload = SHELL("while [ ! -e $dir/reloaded ]; do sleep 0.02; done")),
	SERVICE("reload-fails", .target = DOWN, .run = EXEC("/bin/sleep", "1000"),
		.reload = SHELL("exit 3")),
	SERVICE("asked", .target = DOWN, .max_stop = FOREVER,
		.run = SHELL("while [ ! -e $dir/asked-ends ]; do sleep 0.02; done"),
		.stop = SHELL("while [ ! -e $dir/asked-ends ]; do sleep 0.02; done")),
	SERVICE("late", .target = DOWN, .after = LIST("db"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("$long", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
my @names = ('db', 'web', 'absent', 'crashes', 'gives-up', 'one', 'two', 'reloads',
    'reload-fails', 'asked', 'late', $long);

sub gives {
    my ($code, $out, $err, @arguments) = @_;
    my ($got_code, $got_out, $got_err) = $s->ctl(@arguments);
    my $what = join ' ', 'conctl', @arguments;
    is($got_code, $code, "$what: exit code $code");
    ref $out ? like($got_out, $out, "$what: output") : is($got_out, $out, "$what: output");
    like($got_err, $err, "$what: errors");
    return $got_out;
}
my $nothing = qr/\A\z/;

sub why {
    my ($service) = @_;
    my ($row) = grep { /^\Q$service\E / } split /\n/, ($s->ctl('status'))[1];
    return $row;
}
sub shows { my ($service, $why) = @_; return eventually { why($service) =~ $why } "$service: $why" }
sub json { my (@arguments) = @_; return JSON::PP->new->utf8->decode(($s->ctl('-j', @arguments))[1]) }
sub background {
    my (@command) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    open STDOUT, '>', "$dir/background";
    open STDERR, '>&', \*STDOUT;
    exec { $command[0] } @command or POSIX::_exit(127);
}

# The reasons.
$s->ctl(up => 'web', 'crashes', 'gives-up', 'absent');
shows(web        => qr/ waiting-to-start  -  +[\d.]+s +waiting for db \(starting\)$/);
shows(db         => qr/ starting  +\d+ .* not ready yet: waiting for conctl ready$/);
shows(absent     => qr{ failed .* exec /no/such\?program: No such file or directory$});
shows(crashes    => qr/ retrying .* retry in 1[56] min \(attempt 2 of 5\): killed by SIGSEGV/);
shows('gives-up' => qr/ failed .* exited with 7$/);
$s->ctl(ready => 'db');
ok($s->becomes(web => 'up'), 'db is ready, and web goes up');
$s->ctl(down => 'db');
shows(db  => qr/ waiting-to-stop .* waiting for web to stop$/);
shows(web => qr/ stopping .* waiting for its process to end$/);
spew("$dir/web-ends", '');
ok($s->becomes(db => 'down'), 'web has ended, and db goes down');
$s->ctl(qw(up -w -t 30 asked));
$s->ctl(down => 'asked');
shows(asked => qr/ stopping .* running its \.stop command$/);
spew("$dir/asked-ends", '');
ok($s->becomes(asked => 'down'), 'a .stop command that ends');

# All details of one service.
$s->ctl(qw(up -w -t 30), $long, 'one', 'reloads', 'reload-fails');
my $one = gives(0, qr/\Aone up\n/, $nothing, 'status', 'one');
my $pid = $s->field(pid => 'one');
like($one, qr/^ +since: 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \([\d.]+ s\)$/m, 'since when');
like($one, qr/^ +pid: $pid$/m, 'its pid');
like($one, qr{^ +runs: /bin/sh -c for n in }m, 'what it runs');
like($one, qr/^ +reload: SIGHUP$/m, 'how it is reloaded');
like($one, qr{^ +log: inherit \(connate's standard output:\s+\Q$s->{log}\E\)$}m,
    'its log, and where that goes');
like(gives(3, qr/\Adb down/, $nothing, 'status', 'db'), qr/^ +used by: web$/m, 'the services that need it');
unlike(($s->ctl(qw(status db)))[1], qr/late/, 'not one that only comes after it');
like(($s->ctl(qw(status late)))[1], qr/^ +after: db$/m, 'which says so itself');
like(gives(3, qr/\Aweb down/, $nothing, 'status', 'web'), qr/^ +needs: db$/m, 'what it needs');
like(gives(3, qr/\Acrashes retrying: retry in/, $nothing, 'status', 'crashes'),
    qr/^ +last end: killed by SIGSEGV.*, when it was (?:up|starting)$/m, 'how it ended last');

# Names that do not exist.
gives(5, '', qr/'noe'; did you mean 'one'.*\n.*'xyzzy'\n\z/, 'pid', 'noe', 'one', 'xyzzy');
gives(0, "$pid\n", $nothing, 'pid', '--ignore-unknown', 'noe', 'one', 'xyzzy');
gives(0, '',       $nothing, 'down', '-i', 'noe');
gives(0, '',       $nothing, 'wait', '-i', 'up', 'noe', 'one');
gives(0, '',       $nothing, 'status', '-i', 'noe');
gives(4, '', qr/'noe'/, 'status', 'noe', 'one');
gives(2, '', qr/unknown option -i/, 'list', '-i');

# Quiet.
gives(3, '', $nothing, '-q', 'status', 'crashes');
gives(5, '', $nothing, '-q', 'up',     'xyzzy');
gives(0, '', $nothing, 'status', '-q', 'one');

# Signals.
sub told { my ($line) = @_; return scalar grep { $_ eq $line } split /\n/, slurp("$dir/signals") }
$s->ctl(qw(up -w -t 30 two));
ok((wait_until { told('one-there') && told('two-there') } 'both listen'), 'two that listen');
gives(0, '', $nothing, 'signal', 'HUP', 'one', 'two');
eventually { told('one-HUP') == 1 && told('two-HUP') == 1 } 'by name, to several';
gives(0, '', $nothing, 'signal', $_, 'one') for 'SIGUSR1', 'usr1', 10, 'RTMIN+3', 'SIGRTMAX-27', 37;
eventually { told('one-USR1') >= 1 && told('one-37') >= 1 } 'with SIG, in small letters, by number';
gives(1, '', qr/\Aconctl: signal db: it has no process \(down\)\n\z/, 'signal', 'USR1', 'db', 'two');
eventually { told('two-USR1') == 1 } 'the others get it';
gives(2, '', qr/'HPU' is no signal; did you mean 'HUP'\?/, 'signal', 'HPU', 'one');
gives(2, '', qr/is no signal/, 'signal', $_, 'one')
    for '0', '65', '1x', 'RTMIN+31', 'RTMIN-1', 'RTMAX+1', '', 'SIG', 'x' x 100;
gives(2, '', qr/usage/, 'signal', 'HUP');

# Reloads.
my $hups = told('one-HUP');
gives(0, '', $nothing, 'reload', 'one');
eventually { told('one-HUP') == $hups + 1 } 'by a signal';
my $all = qr/\A.*reload db: .*no \.reload\n.*reload two: .*no \.reload
.*reload-fails: the command of \.reload exited with 3\n\z/;
gives(1, '', $all, 'reload', 'two', 'reload-fails', 'one', 'db');
eventually { told('one-HUP') == $hups + 2 } 'the others are reloaded';
gives(124, '', qr/timed out.*\nreloads\n\z/, 'reload', '-t', '0.1', 'reloads');
shows(reloads => qr/ up .* reloading$/);
like(gives(0, qr/reloading/, $nothing, 'status', 'reloads'), qr/^ +command: \d+ \(\.reload\)$/m, 'its pid');
gives(1, '', qr/a reload of it is still running/, 'reload', 'reloads');
spew("$dir/reloaded", '');
shows(reloads => qr/ up +\d+ +[\d.a-z]+$/);
gives(0, '', $nothing, 'reload', 'reloads');
$s->ctl(qw(down -w -t 30 reloads));
gives(1, '', qr/reload reloads: it is not up/, 'reload', 'reloads');

# Commands that need PID 1.
gives(1, '', qr/\Aconctl: connate is not PID 1 here, so it cannot \Q$_\E; conctl exit ends it\n\z/, $_)
    for qw(reboot poweroff halt kexec);

# Events.
my $events = gives(0, qr/\ATIME \(UTC\) +SERVICE +STATE +WHY\n/, $nothing, 'events');
for my $event ('web +down -> waiting-to-start +asked up; needs db', 'db +starting -> up +ready',
    'web +waiting-to-start -> starting +db is up', 'db +up -> waiting-to-stop +asked down',
    'db +waiting-to-stop -> stopping +web is down', 'crashes +\S+ -> retrying +killed by SIGSEGV.*',
    'web +stopping -> down +exited with 0', 'gives-up +\S+ -> failed +exited with 7',
    'gives-up +retrying -> waiting-to-start +next attempt', 'reloads +reload +reloaded',
    'reload-fails +reload +\.reload exited with 3', 'absent +starting -> failed +exec .*No such file or directory',
    'db +stopping -> down +killed by SIGTERM') {
    like($events, qr/^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}  $event$/m, "events: $event");
}
unlike(gives(0, qr/^.* db /m, $nothing, 'events', 'db'), qr/ web +\S+ ->/, 'of one service');
gives(5, '', qr/did you mean 'db'/, 'events', 'dbb');
my ($day) = POSIX::strftime('%m-%d', gmtime);
like($events, qr/^$day /m, 'the date is that of today');

# JSON.
is_deeply(json('list'), \@names, 'JSON: list');
is_deeply(json('state', 'db', 'one'), { db => 'down', one => 'up' }, 'a value of several');
is_deeply(json('pid', 'db', 'one'), { db => undef, one => $pid }, 'a number or null');
is_deeply(json('needs', 'web', 'db'), { web => ['db'], db => [] }, 'a list');
is_deeply(json('log', 'absent'), { absent => "$dir/a \"log\" of \x{fffd} \x{e4}" }, 'any bytes');
my $status = json('status');
is($status->{connate},     $s->{pid},                'status: connate');
is($status->{supervisord}, $s->header->{supervisord}, 'supervisord');
is_deeply([ map { $_->{name} } @{ $status->{services} } ], \@names, 'services');
my %service = map { $_->{name} => $_ } @{ $status->{services} };
is_deeply([ sort keys %{ $service{db} } ],
    [ sort qw(name state target pid code attempt time needs binds wants after conflicts members groups log
            follows requires_up reload_with health check check_failures
            guard helper signal stale removed why since says errno exit_status stopping
            reloading beside) ], 'all keys');
is($service{crashes}{signal}, 11, 'the signal');
is($service{crashes}{code}, 139, 'and as a shell says it');
like($service{crashes}{why}, qr/^retry in /, 'why');
is($service{absent}{why}, "exec /no/such\tprogram: No such file or directory", 'with its control characters');
is_deeply([ map { $_->{name} } @{ json('status', 'one')->{services} } ], ['one'], 'of one');
is((grep { $_->{service} eq 'db' && $_->{to} eq 'up' && grep { $_ eq 'ready' } @{ $_->{facts} } }
        @{ json('events') }), 1, 'events, with facts');
is(json('version')->{version}, $ENV{VERSION}, 'version') if $ENV{VERSION};
is_deeply(json('state', '-i', 'nobody'), {}, 'nothing');

# A terminal of that width, to which conctl writes.
sub on_terminal {
    my ($columns, @command) = @_;
    sysopen my $master, '/dev/ptmx', O_RDWR | O_NOCTTY or return;
    my $number = pack 'i', 0;
    ioctl $master, 0x40045431, $number or die "TIOCSPTLCK: $!";
    ioctl $master, 0x80045430, $number or die "TIOCGPTN: $!";
    open my $slave, '+<', '/dev/pts/' . unpack('i', $number) or die "pts: $!";
    my $size = pack 'S4', 24, $columns, 0, 0;
    ioctl $slave, 0x5414, $size or die "TIOCSWINSZ: $!";
    my $child = fork // die "fork: $!";
    if ($child == 0) {
        open STDOUT, '>&', $slave;
        exec { $command[0] } @command or POSIX::_exit(127);
    }
    close $slave;
    my $all = '';
    while (sysread $master, my $bytes, 65536) { $all .= $bytes }
    waitpid $child, 0;
    utf8::decode($all);
    return $all =~ s/\r\n/\n/gr;
}
sub widest {
    my ($text) = @_;
    my ($most) = sort { $b <=> $a } map { length } split /\n/, $text =~ s/\e\[\d*m//gr;
    return $most;
}
SKIP: {
    delete @ENV{qw(LC_ALL LC_CTYPE LANG)};
    local $ENV{LANG} = 'C.UTF-8';
    my @status = ($conctl, '-p', $s->{pid}, 'status');
    my $wide   = on_terminal(300, @status);
    skip 'no terminals here', 8 if !defined $wide;
    like($wide, qr/^one .*\e\[32mup\e\[0m/m, 'on a terminal there is colour');
    unlike($wide, qr/\x{2026}/, 'on a wide one nothing is cut');
    for my $columns (120, 80, 60, 40, 20, 1) {
        for my $command ([ 'status' ], [ 'events' ]) {
            my $text = on_terminal($columns, $conctl, '-p', $s->{pid}, @$command);
            cmp_ok(widest($text), '<=', $columns, "@$command fits $columns columns");
        }
    }
    my $narrow = on_terminal(80, @status);
    like($narrow, qr/^a-service-\S+\x{2026} .*up/m, 'a long name is cut');
    like($narrow, qr{^absent .*failed.* exec /no/such\?\S+ \S*\x{2026}$}m, 'and a long reason');
    for my $locale ([ LANG => 'de_DE.utf8@euro' ], [ LC_CTYPE => 'C.UTF-8' ]) {
        my $text = on_terminal(80, 'env', 'LANG=C', join('=', @$locale), @status);
        like($text, qr/\x{2026}/, "one character ends what is cut: @$locale");
    }
    for my $locale ([qw(LANG=C)], [qw(LANG=de_DE.ISO-8859-15)], [qw(LC_ALL=C LC_CTYPE=C.UTF-8)], ['-u', 'LANG']) {
        my $text = on_terminal(80, 'env', @$locale, @status);
        unlike($text, qr/[^\x00-\x7f]/, "only ASCII where the locale has no more: @$locale");
        like($text, qr/^a-service-\S+\.\.\. .*up/m, 'and three dots');
        cmp_ok(widest(on_terminal($_, 'env', @$locale, @status)), '<=', $_, "in $_ columns, too")
            for 80, 20, 2, 1;
    }
    my ($all, $few) = map { on_terminal($_, @status, 'absent') =~ s/^ *since: .*\n//mr } 300, 50;
    cmp_ok(widest($few), '<=', 50, 'details fit 50 columns');
    cmp_ok(scalar(() = $few =~ /\n/g), '>', scalar(() = $all =~ /\n/g), 'in more lines');
    is($few =~ s/\n {13}(?=\S)/ /gr, $all, 'which are broken between words');
    ($few) = on_terminal(20, @status, $long);
    like($few, qr/^\Q$long\E /m, 'a word that is too long stays whole');
    unlike(on_terminal(40, @status), qr/SINCE/, 'columns are left out where there is no room');
    cmp_ok(widest(on_terminal(80, 'env', 'COLUMNS=50', @status)), '<=', 50, '$COLUMNS knows better');
    unlike(on_terminal(80, 'env', 'NO_COLOR=1', @status), qr/\e/, 'NO_COLOR');
    unlike(on_terminal(80, 'env', 'TERM=dumb', @status), qr/\e/, 'TERM=dumb');
}

# Events as they happen: through the death of supervisord, to a reader that
# goes away.
my $follower = background($conctl, '-p', $s->{pid}, '-j', 'events', '-f', 'two');
eventually { slurp("$dir/background") =~ /"to":"up"/ } 'events -f begins with those of before';
$s->ctl(qw(restart -w -t 30 two));
$s->kill_supervisord;
$s->ctl(qw(down -w -t 30 two));
eventually { slurp("$dir/background") =~ /"from":"stopping","to":"down"[^\n]*\n\z/ }
'and goes on after supervisord was killed';
my @lines = split /\n/, slurp("$dir/background");
is(scalar(grep { eval { JSON::PP->new->utf8->decode($_)->{service} eq 'two' } } @lines),
    scalar @lines, 'each line is an object');
kill 'KILL', $follower;
waitpid $follower, 0;
($follower) = (background('sh', '-c',
    "{ '$conctl' -p $s->{pid} events -f; echo \$? >'$dir/code'; } | head -n 1"));
is(ended_by($follower), 0, 'head has seen enough');
eventually { slurp("$dir/code") eq "0\n" } 'so events -f ends, with 0';
like(slurp("$dir/background"), qr/\ATIME \(UTC\)[^\n]*\n\z/, 'without a word');

# More events than the ring has, while the reader is stopped.
$follower = background($conctl, '-p', $s->{pid}, 'events', '-f', 'one');
eventually { slurp("$dir/background") =~ / one / } 'a follower';
kill 'STOP', $follower;
my $before = $s->header->{events};
my $churn = 0;
while ($s->header->{events} - $before < 1500 && $churn++ < 1000) {
    $s->ctl(qw(up two)), $s->becomes(two => 'up'), $s->ctl(qw(down -w -t 30 two));
}
my $lost = $s->header->{events} - $before - 1023;
kill 'CONT', $follower;
eventually { slurp("$dir/background") =~ /events: (\d+) were overwritten/ && $1 >= $lost && $1 <= $lost + 1 }
'it says how many it missed';
kill 'KILL', $follower;
waitpid $follower, 0;

# supervisord is not needed for any of this: it is stopped now.
my $supervisord = $s->header->{supervisord};
freeze($supervisord);
my $counter = $s->header->{answers};
is((grep { ($s->ctl(@$_))[0] !~ /^[03]$/ }
        [ 'status' ], [ 'status', 'one' ], [ 'list' ], [ 'events' ], [ 'pid' ], [ '-j', 'status' ]),
    0, 'with supervisord stopped all is shown');
is($s->header->{answers}, $counter, 'and it was asked nothing');
gives(0, qr/^one up\n/, qr/\Aconctl: supervisord is stopped.*kill -CONT $supervisord\)\n\z/, 'status', 'one');
gives(124, '', qr/supervisord does not answer.*$supervisord/, 'up', '-t', '0.2', 'one');
kill 'CONT', $supervisord;

# Nor a living one: it is dead now, and connate is stopped, so that it is not started again.
freeze($s->{pid});
$s->kill_supervisord;
eventually { ($s->ctl('status'))[2] =~ /\Aconctl: supervisord is down since at most [\d.]+s; / } 'a line says so';
like(($s->ctl('status'))[1], qr/^one  +up  +$pid /m, 'and the services are there');
is(json('status')->{supervisord}, undef, 'JSON says it, too');
kill 'CONT', $s->{pid};
gives(0, '', $nothing, 'up', 'one');
is($s->field(pid => 'one'), $pid, 'then there is another one');
$s->stop;
gives(4, '', qr/$s->{pid}/, 'status');
done_testing();
