#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Images of supervisord that take over, and fail after that: each is rolled back,
# no service is lost, doubled or even noticed, and an end that is asked for
# comes. What an image has to do to stand. A client that waits gets the result.
#
# CONNATE_PROBATION: long takes delays of up to a minute, under load, and a fault
# at each stop after ADOPTED, not only a sample of them.
# CONNATE_PROBATION_SEED: which sample.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use JSON::PP;
use POSIX ();
use List::Util qw(shuffle);
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'images are made by a compiler for this machine'
    if ($ENV{host_cpu} // (POSIX::uname())[4]) ne (POSIX::uname())[4];

use constant { STOPS => 160, SAMPLE => 16, TOGETHER => 8, PATIENCE => 30 };
use constant { NONE => 0, PROBATION => 1, RESTORED => 2, DEATHS => 3 };

my $long   = ($ENV{CONNATE_PROBATION} // '') eq 'long';
my @delays = $long ? (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 60_000) : (1, 10, 60, 300, 1000, 2500);
my $seed   = $ENV{CONNATE_PROBATION_SEED} // time ^ $$;
my $dir    = scratch();
my $conctl = built('conctl/conctl');
my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};

# Images

# A build folder in which supervisord/loop/probation.c is another one, or is compiled with
# another header; then supervisord-for is used as always.
sub other_build {
    my ($name, $source, @first) = @_;
    my $build = "$dir/$name";
    my $script = slurp("$top/config/supervisord-for");
    my ($cc)    = $script =~ /^CC='(.*)'$/m;
    my ($flags) = $script =~ /^FLAGS='(.*)'$/m;
    my ($from)  = $script =~ /^build='(.*)'$/m;
    my $top_source = source('.');
    mkdir $_ for $build, map { "$build/$_" } qw(config supervisord);
    symlink "$from/$_", "$build/$_" for qw(model sys config/libconcheck.a config/libcall.a);
    my $archive = "$build/supervisord/libsupervisord.a";
    my ($ar) = grep { m{probation\.o$} }
        split /\n/, (run('ar', 't', "$from/supervisord/libsupervisord.a"))[1];
    my @include = map { ('-iquote', $_) } @first, $top_source;
    for ([ 'cp', "$from/supervisord/libsupervisord.a", $archive ],
        [ 'ar', 'd', $archive, $ar // 'probation.o' ],
        [ split(' ', $cc), split(' ', $flags), @include, '-c', $source, '-o', "$build/probation.o" ],
        [ 'ar', 'r', $archive, "$build/probation.o" ]) {
        my ($code, $out, $err) = run(@$_);
        $code == 0 or BAIL_OUT("@$_: $out$err");
    }
    $script =~ s/^build='.*'$/build='$build'/m;
    $script =~ s{^supervisord='.*'$}{supervisord='supervisord/libsupervisord.a'}m;
    spew("$build/supervisord-for", $script);
    return $build;
}

sub image_of {
    my ($build, $name, $services) = @_;
    my $rows   = join '', map { "\t$_,\n" } @$services;
    my $config = spew("$dir/$name.c",
        "#include <connate/config.h>\nstatic const struct service services[] = {\n$rows};\nCONNATE();\n");
    my ($code, $out, $err) = run('sh', $build ? "$build/supervisord-for" : "$top/config/supervisord-for",
        '--no-host-checks', $config, "$dir/$name");
    $code == 0 or BAIL_OUT("$name: $out$err");
    return "$dir/$name";
}

# Each sleeps for another time, which identifies its process.
sub sleeps {
    my ($name, $seconds, $more) = @_;
    return "SERVICE(\"$name\", .run = EXEC(\"/bin/sleep\", \"$seconds\")$more)";
}
my %service = (
    plain   => sleeps(plain   => 1001, ''),
    guarded => sleeps(guarded => 1002, ', .stop_all = true'),
    needs   => sleeps(needs   => 1003, ', .needs = LIST("plain")'),
    old     => sleeps(old     => 1004, ''),
    new     => sleeps(new     => 1005, ''),
);
my %seconds = (plain => 1001, guarded => 1002, needs => 1003, old => 1004, new => 1005);
my @both = @service{qw(plain guarded needs)};
my @kept = qw(plain guarded needs);

my $crashing = other_build('crashing', source('t/crash-after.c'));
mkdir "$dir/first";
mkdir "$dir/first/model";
my $header = slurp(source('model/ledger.h'));
$header =~ s/PROBATION_MS = \d+/PROBATION_MS = 300/ && $header =~ s/PROBATION_MAX_MS = \d+/PROBATION_MAX_MS = 2500/
    or BAIL_OUT('model/ledger.h has other times');
spew("$dir/first/model/ledger.h", $header);
my $soon = other_build('soon', source('supervisord/loop/probation.c'), "$dir/first");

my $good    = image_of(undef, 'good',    [ @both, $service{old} ]);
my $again   = image_of(undef, 'again',   [ @both, $service{old} ]);
my $same    = image_of($crashing, 'same',  [ @both, $service{old} ]);
my $other   = image_of($crashing, 'other', [ $service{new}, reverse @both ]);
my $stands  = image_of($soon, 'stands',  [ @both, $service{new} ]);

# Sessions

sub begin {
    my ($image, %env) = @_;
    my $s = session(supervisord => $image, env => \%env);
    return $s;
}

sub all_up {
    my ($s, @names) = @_;
    return wait_until { my $r = $s->records; !grep { !$r->{$_} || $r->{$_}{state} != 4 } @names } "@names to be up";
}

sub pids { my ($s) = @_; return { map { $_ => $s->field(pid => $_) } @kept } }

# The processes of a session that sleep for so long.
sub sleepers {
    my ($s, $name) = @_;
    return grep { slurp("/proc/$_/cmdline") eq "/bin/sleep\0$seconds{$name}\0" } Connate::tree($s->{pid});
}

sub once_ok {
    my ($s, $what, @names) = @_;
    eventually { join(' ', map { scalar(() = sleepers($s, $_)) } @names) eq join ' ', map { 1 } @names }
        "$what: one process of each service";
    return;
}

# A supervisord that works, of that image. (It may die at once.)
sub works {
    my ($s) = @_;
    my $h = $s->header;
    return ($h->{supervisord} // 0) > 0 && alive($h->{supervisord}) && $h->{report_pid} == $h->{supervisord};
}

sub runs { my ($s, $image) = @_; return (readlink '/proc/' . $s->header->{supervisord} . '/exe' // '') eq $image }

# A client that waits in conctl exec -w: [pid, file].
my @waiting;
sub exec_waits {
    my ($s, $image, @options) = @_;
    my $file = "$dir/waits." . @waiting;
    my $pid  = fork_patiently();
    if ($pid == 0) {
        open STDOUT, '>', $file or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        exec { $conctl } $conctl, '-p', $s->{pid}, 'exec', '-w', @options, $image or POSIX::_exit(127);
    }
    push @waiting, $pid;
    return [ $pid, $file ];
}

sub waited_ok {
    my ($waits, $code, $said, $what) = @_;
    my $ended = wait_until { waitpid($waits->[0], POSIX::WNOHANG()) != 0 } "$what: conctl exec -w";
    is($ended ? $? >> 8 : -1, $code, "$what: exec -w exits with $code");
    @waiting = grep { $_ != $waits->[0] } @waiting;
    like(slurp($waits->[1]), $said, "$what: and says why");
    return;
}
my @burners = map {
    my $pid = fork_patiently();
    if ($pid == 0) { 1 while 1 }
    $pid;
} $long ? 1 .. 2 : ();
my $owner = $$;
END { kill 'KILL', @waiting, @burners if $$ == $owner }

# All at the same time: the images that fail after so many milliseconds.
my @failing;
for my $k (0 .. $#delays) {
    for my $image ($same, $other) {
        my $s = begin($good, CRASH_AFTER_MS => $delays[$k]);
        push @failing, { s => $s, image => $image, what => ($image eq $same ? 'same' : 'another')
                . " configuration, fails after $delays[$k] ms" };
    }
}
all_up($_->{s}, @kept, 'old') or BAIL_OUT('services do not come up') for @failing;
for (@failing) {
    $_->{pids}  = pids($_->{s});
    $_->{waits} = exec_waits($_->{s}, $_->{image});
}

# Meanwhile: an image that never works, and an end.
my $ends = begin($same, CRASH_AFTER_MS => 20);
wait_until { ($ends->header->{deaths} // 0) > 0 } 'its first death';
is($ends->header->{stage}, NONE, 'the first image of a session is not on probation');
kill 'TERM', $ends->{pid};
my $ended = wait_until { waitpid($ends->{child}, POSIX::WNOHANG()) != 0 } 'an end';
ok($ended, 'an image that fails all the time: SIGTERM ends the session all the same');
delete $ends->{child} if $ended;

# It reads the request, and stores it, but fails before it has handled it.
my $stubborn = image_of($crashing, 'stubborn', [ $service{plain},
    'SERVICE("stays", .max_stop = FOREVER, .run = SHELL("trap : TERM; while :; do sleep 0.1; done"))' ]);
my $stays = begin($stubborn, CRASH_AFTER_MS => 400);
all_up($stays, qw(plain stays));
my @left = Connate::tree($stays->{pid});
is(($stays->ctl('exit', 7))[0], 0, 'conctl exit is answered by one that fails');
$ended = wait_until { waitpid($stays->{child}, POSIX::WNOHANG()) != 0 } 'an end';
is($ended ? $? >> 8 : -1, 7, 'and connate ends it with that code, as supervisord dies of it again and again');
delete $stays->{child} if $ended;
like($stays->log, qr/connate: supervisord keeps dying, and the end was asked for: ending without it/, 'and says so');
is_deeply([ grep { alive($_) } @left ], [], 'nothing is left of it');

# Images that are rolled back.
for (@failing) {
    my ($s, $what) = @$_{qw(s what)};
    waited_ok($_->{waits}, 1, qr/\Akept (?:3|4)\n(?:.*\n)*conctl: exec: the new image was rolled back: (?x:
        )it died 3 times on probation; last it was killed by SIG(?:ILL|SEGV|TRAP); the former one goes on/, $what);
    eventually { works($s) && $s->header->{stage} == RESTORED && runs($s, $good) } "$what: the former image works";
    all_up($s, @kept, 'old');
    is_deeply(pids($s), $_->{pids}, "$what: no service has noticed");
    once_ok($s, $what, @kept, 'old');
    is(scalar(() = sleepers($s, 'new')), 0, "$what: nothing is left of what it has started")
        if $_->{image} eq $other;
    is($s->header->{images}, 0, "$what: no image more");
    like($s->log, qr/connate: the new image of supervisord is rolled back: the former one goes on/, "$what: is said");
}

# Status; another one works at once; a hang-up, too.
my ($s, $t, $u, @more) = map { $_->{s} } @failing;
my $rolled_back = 'the image tried last was rolled back: it died 3 times on probation; last it was killed by ';
like(($s->ctl('status'))[2], qr/\Aconctl: $rolled_back/,
    'status says it');
my $status = JSON::PP->new->utf8->decode(($s->ctl('-j', 'status'))[1]);
is_deeply({ %{ $status->{probation} }, why => '' },
    { 'rolled-back' => JSON::PP::true, deaths => 3, why => '' }, 'JSON: status');
my ($code, $out, $err) = $s->ctl('exec', $again);
is($code, 0, 'another one is tried at once');
like($out, qr/^on probation: /m, 'and is on probation');
is($s->header->{stage}, PROBATION, 'which the ledger says');
kill 'HUP', $t->{pid};
eventually { $t->header->{images} == 1 && works($t) } 'SIGHUP works';
is($_->stop, 0, 'the session ends') for @more;

# Killed from outside: this is no fault of the image. Then it dies twice, and
# another image takes over: its former image is not the one that has died.
for (1 .. DEATHS + 1) {
    my $pid = $s->kill_supervisord;
    wait_until { works($s) && $s->header->{supervisord} != $pid } 'another';
}
is_deeply([ @{ $s->header }{qw(stage probation_deaths)} ], [ PROBATION, 0 ], 'kill -9 does not count');
SKIP: {
    skip 'faults are made on x86_64', 12 if !can_crash();
    my $fault = sub {
        my ($x) = @_;
        wait_until { works($x) } 'a supervisord';
        my $pid = $x->header->{supervisord};
        crash($pid);
        return wait_until { my $h = $x->header; $h->{supervisord} != $pid && works($x) } 'the next one';
    };
    $fault->($s) for 1 .. 2;
    is($s->header->{probation_deaths}, 2, 'faults do');
    is(($s->ctl('exec', $stands))[0], 0, 'another image takes over then');
    $fault->($s) for 1 .. DEATHS;
    eventually { $s->header->{stage} == RESTORED && runs($s, $good) } 'when that fails, the one before both goes on';
    is_deeply(pids($s), $failing[0]{pids}, 'no service has noticed');
    # The former one fails with this ledger.
    $fault->($s) for 1 .. DEATHS;
    like($s->log, qr/it has its own again/, 'if that fails too, it is given its own ledger');
    all_up($s, @kept, 'old');
    is_deeply(pids($s), $failing[0]{pids}, 'no service has noticed');
    once_ok($s, 'its own ledger', @kept, 'old');
    is(($s->ctl('restart', '-w', 'old'))[0], 0, 'it works');

    # connate is killed while an image is on probation: its successor goes on
    # with that.
    my $pids = pids($u);
    is(($u->ctl('exec', $again))[0], 0, 'an image takes over');
    my $connate = $u->{pid};
    my $next    = $u->header->{supervisord};
    kill 'KILL', $connate;
    wait_until { comm($next) eq 'connate' } 'its successor';
    $u->{pid} = $next;
    eventually { ($u->header->{successions} // 0) == 1 && works($u) } 'connate is killed, and succeeded';
    is($u->header->{stage}, PROBATION, 'the image is still on probation');
    $fault->($u) for 1 .. DEATHS;
    eventually { $u->header->{stage} == RESTORED && runs($u, $good) } 'and is rolled back when it fails';
    is_deeply(pids($u), $pids, 'no service has noticed');
    kill 'TERM', $u->{pid};
    eventually { !alive($u->{pid}) } 'which ends when it is told to';
}
is($_->stop, 0, 'the session ends') for $s, $t;

# To stand.
$s = begin($good);
all_up($s, @kept, 'old');
my $pids = pids($s);
my @waits = exec_waits($s, $stands);
waited_ok(@waits, 0, qr/\Akept 3\n/, 'it has seen a start and an end, and lives');
is($s->header->{stage}, NONE, 'it has stood');
eventually { !-e "/proc/$s->{pid}/fd/98" && !-e "/proc/$s->{pid}/fd/99" } 'nothing is kept any more';
is(($s->ctl('status'))[2], '', 'status has nothing to say');
($code, $out, $err) = $s->ctl('exec', '-w', '-t', '0.7', $stands);
is($code, 124, 'with nothing to do it does not stand so soon');
like($err, qr/timed out after 0.7 s; the new image has taken over, and is still on probation/, 'and that is said');
ok(-e "/proc/$s->{pid}/fd/98" && !-e "/proc/$s->{pid}/fd/99", 'the former image is kept; the ledger is the same');
eventually { $s->header->{stage} == NONE } 'but some time';
is_deeply(pids($s), $pids, 'no service has noticed');
is($s->stop, 0, 'the session ends');

# Faults at the n-th stop after ADOPTED: each system call has two. There is
# something to do for it all the time, in which it comes to that stop.
my $killer = built('t/kill-at');
my $moves  = sleeps(moves => 1006, '');
$seconds{moves} = 1006;
my $before = image_of(undef, 'before', [ @both, $moves ]);
my @after  = (image_of(undef, 'after', [ @both, $moves ]),
    image_of(undef, 'after-other', [ $service{new}, $moves, @both ]));

sub begin_traced {
    my ($n) = @_;
    my $image = $after[$n % 2];
    my $t = session(no_wait => 1, command => [ $killer, '-f', $image, '-n', $n, '-o', "$dir/faults.$n",
        built('pid1/connate'), '--supervisor', $before ]);
    return { n => $n, s => $t, image => $image };
}

# Until it is rolled back; or it has not come to that stop.
sub drive {
    my (@all) = @_;
    my $end = time + PATIENCE;
    while ((my @open = grep { !$_->{done} } @all) && time < $end) {
        for (@open) {
            my $h = $_->{s}->header;
            $_->{done} = $h->{stage} == RESTORED && works($_->{s});
            $_->{s}->ctl('-q', 'restart', '-t', 0.2, 'moves') if !$_->{done};
        }
    }
    return;
}

sub traced_ok {
    my ($t) = @_;
    my ($s, $what) = ($t->{s}, "stop $t->{n} (seed $seed)");
    my $faults = () = slurp("$dir/faults.$t->{n}") =~ /^fault/mg;
    ok($faults < DEATHS || $s->header->{stage} == RESTORED && runs($s, $before), "$what: rolled back");
    all_up($s, @kept, 'moves');
    is_deeply(pids($s), $t->{pids}, "$what: no service has noticed");
    once_ok($s, $what, @kept, 'moves');
    $s->stop;
    return $faults == DEATHS;
}

SKIP: {
    skip 'faults are made on x86_64', 1 if !can_crash();
    skip 'processes cannot be traced here', 1 if (run($killer, '-c'))[0] == 77;
    srand $seed;
    my @stops = shuffle 1 .. STOPS;
    splice @stops, SAMPLE if !$long;
    my $reached = 0;
    while (my @these = splice @stops, 0, TOGETHER) {
        my @all = map { begin_traced($_) } @these;
        $_->{s}->wait_ready && all_up($_->{s}, @kept, 'moves') for @all;
        $_->{pids} = pids($_->{s}) for @all;
        $_->{s}->ctl('-q', 'exec', $_->{image}) for @all;
        drive(@all);
        $reached += traced_ok($_) for @all;
    }
    cmp_ok($reached, '>', 0, 'some came to their stop');
    diag("$reached were rolled back");
}
done_testing();
