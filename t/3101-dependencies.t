#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The dependencies of services: each cell of the tables of connate(7), as
# it stands there, is tried. A sentence there that this test does not know
# fails it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $dir = scratch();

# The tables of the manual: those between two comments, row by row.
sub table {
    my ($name) = @_;
    my ($text) = slurp(source('doc/connate.7.in')) =~
        /^\.\\" table $name\n(.*?)^\.\\" end\n/ms;
    my @rows = ($text // '') =~ /^\.It (.*)$/mg;
    shift @rows;             # the head
    return map { [ map { s/\.Li //r } split / Ta /, $_ ] } @rows;
}

# A set-up that ends well unless there is a file NAME.bad, when there is no
# NAME.hold; with a NAME.stumble it fails, and the next one finds a hold; a
# program that ends when there is a NAME.done; a clean-up that is told to the
# story.
sub life {
    my ($name) = @_;
    return qq{.setup = SHELL("! mv $dir/$name.stumble $dir/$name.hold"
			" 2>/dev/null || exit 1;"
			" while [ -e $dir/$name.hold ]; do sleep 0.02;"
			" done; [ ! -e $dir/$name.bad ]"),
		.run = SHELL("while [ ! -e $dir/$name.done ]; do sleep 0.05; done"),
		.cleanup = SHELL("echo $name >>$dir/story"),\n};
}

my %field = (
    needs     => '.needs = LIST("needs-b")',
    binds     => '.binds = LIST("binds-b")',
    wants     => '.wants = LIST("wants-b")',
    after     => '.after = LIST("after-b")',
    log       => '.log = LOG_TO("log-b")',
    conflicts => '.conflicts = LIST("conflicts-b")',
    follows   => '.follows = LIST("follows-b")',
    requires_up => '.requires_up = LIST("requires_up-b")',
);

# A program that does not end while there is a file NAME.linger.
sub lingers {
    my ($name) = @_;
    return qq{.run = SHELL("trap 'while [ -e $dir/$name.linger ];"
			" do sleep 0.02; done; exit' TERM; echo >$dir/$name.traps;"
			" while :; do sleep 0.02; done"), .max_stop = FOREVER};
}

sub service {
    my ($name, @fields) = @_;
    return "\tSERVICE(\"$name\",\n\t\t" . life($name) . "\t\t" .
        join(', ', @fields) . "),\n";
}

my $pairs = join '', map { service("$_-a", $field{$_}), service("$_-b") }
    sort keys %field;

# Services of which A is a need, a bond and so on: they pull up A or B.
my $others = join '',
    service('conflicts-c', '.needs = LIST("conflicts-a")'),
    service('conflicts-d', '.needs = LIST("conflicts-b")'),
    service('m'), service('n'),
    service('user',   '.needs = LIST("m")'),
    service('wisher', '.wants = LIST("m")'),
    service('up-a', '.binds = LIST("up-b")', lingers('up-a')),
    service('up-b', lingers('up-b')),
    qq{\tSERVICE("up-log", .max_stop = SECONDS(1000),
\t\t.run = SHELL("cat >/dev/null; while [ -e $dir/up-log.linger ]; do sleep 0.02; done")),
\tSERVICE("up-logs", .log = LOG_TO("up-log"), .run = EXEC("/bin/sleep", "1000")),\n};

my $s = session(
    supervisord => supervisord('dependencies', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .max_setup = FOREVER, \\
	.healthy = MILLISECONDS(0), \\
	.retry = RETRY_FIXED(.after = MILLISECONDS(20), .attempts = 2),
#include <connate/config.h>

static const struct service services[] = {
$pairs$others
	SERVICE("g", .groups = LIST("m", "n")),
	SERVICE("h", .groups = LIST("m")),
	SERVICE("outer", .groups = LIST("g")),
	SERVICE("patient", .run = EXEC("/bin/sleep", "1000"),
		.setup = SHELL("[ ! -e $dir/patient.bad ]"),
		.retry = RETRY_FIXED(.after = SECONDS(1000), .attempts = 3)),
	SERVICE("rival", .conflicts = LIST("patient"),
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("beacon"),
};

CONNATE();
CONFIG

# --- Words that a test is made of

sub ctl { my ($code) = $s->ctl(@_); return $code }

# All consequences of the former events have come.
sub quiet { return ctl(qw(restart -w -t 60 beacon)) }

sub hold { spew("$dir/$_.hold", '') for @_; return }
sub go   { unlink "$dir/$_.hold"    for @_; return }
sub bad  { spew("$dir/$_.bad",  '') for @_; return }
sub good { unlink "$dir/$_.bad"     for @_; return }

sub linger {
    my ($name) = @_;
    spew("$dir/$name.linger", '');
    return wait_until { -s "$dir/$name.traps" } "$name to set its trap";
}

sub state  { my ($name) = @_; return $s->field(state  => $name) }
sub target { my ($name) = @_; return $s->field(target => $name) }
sub pid    { my ($name) = @_; return $s->records->{$name}{pid} }

# Not up -w, which would wait for a second each time.
sub up {
    my (@names) = @_;
    ctl('up', @names);
    my $all = wait_until { !grep { state($_) ne 'up' } @names } "@names to be up";
    return ok($all, "given that @names is up");
}

# As at the beginning: all targets are down, and no file is in the way.
sub reset_all {
    unlink glob "$dir/*.{stumble,hold,bad,done,linger,traps}";
    ctl('down', '-w', '-t', 60, @_);
    unlink "$dir/story";
    return;
}

sub fail_for_good {
    my ($name) = @_;
    bad($name);
    $s->ctl('up', $name);
    return ok($s->becomes($name => 'failed'), "given that $name has failed");
}

# It dies, and its next set-up does not end.
sub lose {
    my ($name) = @_;
    hold($name);
    kill 'KILL', pid($name);
    return ok($s->becomes($name => 'setting-up'), "when $name is lost");
}

my %before;                      # state and pid, as before the event

sub remember {
    %before = map { $_ => { state => state($_), pid => pid($_) } } @_;
    return;
}

my %says = (
    'stays' => sub {
        my ($name) = @_;
        quiet();
        is(state($name), $before{$name}{state}, "$name is as it was");
        is(pid($name),   $before{$name}{pid},   'its process, too');
    },
    'starts' => sub { ok($s->becomes($_[0] => 'up'), "$_[0] starts") },
    'waits'  => sub {
        my ($name) = @_;
        quiet();
        is(state($name), 'waiting-to-start', "$name waits");
    },
    'stops' => sub {
        my ($name) = @_;
        ok($s->becomes($name => 'waiting-to-start'), "$name stops");
        is(target($name), 'up', 'and is still wanted');
    },
    'falls' => sub {
        my ($name) = @_;
        ok($s->becomes($name => 'down'), "$name goes down");
        is(target($name), 'down', 'and is to stay there');
    },
    'restarts' => sub {
        my ($name) = @_;
        wait_until {
            my $record = $s->records->{$name};
            $record->{pid} > 0 && $record->{pid} != $before{$name}{pid};
        } 'another process';
        ok($s->becomes($name => 'up'), "$name is up again");
        isnt(pid($name), $before{$name}{pid}, 'by another process');
    },
    'at once' => sub {
        my ($name) = @_;
        is(state($name), 'down', 'neither waits for the other');
    },
    'A first' => sub {
        my ($kind) = $_[0] =~ /^(.*)-/;
        is(slurp("$dir/story"), "$kind-a\n$kind-b\n", 'A has stopped before B did');
    },
);

# --- A, and B that it names

# The event, and the service that the cell is about.
my %pair = (
    'A is asked up, B down: A' => sub {
        my ($a, $b) = @_;
        remember($b);
        ctl(up => $a);
        $a;
    },
    'A is asked up, B down: B' => sub {
        my ($a, $b) = @_;
        remember($b);
        ctl(up => $a);
        $b;
    },
    'A is asked up, B failed: B' => sub {
        my ($a, $b) = @_;
        fail_for_good($b);
        good($b);
        remember($b);
        ctl(up => $a);
        $b;
    },
    'B is on its way up: A' => sub {
        my ($a, $b) = @_;
        hold($b);
        ctl(up => $a, $b);
        $a;
    },
    'B gets there: A' => sub {
        my ($a, $b) = @_;
        hold($b);
        ctl(up => $a, $b);
        quiet();
        go($b);
        $a;
    },
    'B fails and is retried: A' => sub {
        my ($a, $b) = @_;
        spew("$dir/$b.stumble", '');
        ctl(up => $a, $b);
        wait_until { -e "$dir/$b.hold" } 'the attempt that fails';
        ok($s->becomes($b => 'setting-up'), 'when the next attempt is under way');
        $a;
    },
    'B fails: A' => sub {
        my ($a, $b) = @_;
        bad($b);
        ctl(up => $a, $b);
        ok($s->becomes($b => 'failed'), 'when B fails');
        $a;
    },
    'B comes up after all: A' => sub {
        my ($a, $b) = @_;
        bad($b);
        ctl(up => $a, $b);
        $s->becomes($b => 'failed');
        quiet();
        wait_until { state($a) =~ /^(?:up|waiting-to-start)$/ } 'what A does';
        remember($a);
        good($b);
        up($b);
        $a;
    },
    'B is lost: A' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($a);
        lose($b);
        $a;
    },
    'B comes back: A' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($a);
        lose($b);
        quiet();
        go($b);
        ok($s->becomes($b => 'up'), 'when B comes back');
        $a;
    },
    'B is lost and fails: A' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($a);
        bad($b);
        kill 'KILL', pid($b);
        ok($s->becomes($b => 'failed'), 'when B is lost and fails');
        $a;
    },
    'B was to run once, ends: A' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($a);
        is(ctl('once', $b), 0, 'given that B is to run once');
        spew("$dir/$b.done", '');
        ok($s->becomes($b => 'down'), 'when B ends');
        $a;
    },
    'B is asked down: A' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($a);
        is(ctl(qw(down -w -t 60), $b), 0, 'when B is asked down');
        $a;
    },
    'B is restarted: A' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($a);
        is(ctl(qw(restart -w -t 60), $b), 0, 'when B is restarted');
        $a;
    },
    'B restarts, A is down: A' => sub {
        my ($a, $b) = @_;
        up($b);
        remember($a);
        is(ctl(qw(restart -w -t 60), $b), 0, 'when B is restarted');
        $a;
    },
    'A is asked down: B' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($b);
        is(ctl(qw(down -w -t 60), $a), 0, 'when A is asked down');
        $b;
    },
    'A is restarted: B' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($b);
        is(ctl(qw(restart -w -t 60), $a), 0, 'when A is restarted');
        $b;
    },
    'A fails: B' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        remember($b);
        bad($a);
        kill 'KILL', pid($a);
        ok($s->becomes($a => 'failed'), 'when A fails');
        $b;
    },
    'both are asked down' => sub {
        my ($a, $b) = @_;
        up($b, $a);
        is(ctl(qw(down -w -t 60), $b, $a), 0, 'when both are asked down');
        $a;
    },
);

sub cell {
    my ($row, $kind, $word) = @_;
    return subtest "$kind: $row $word" => sub {
        my ($event, $check) = ($pair{$row}, $says{$word});
        ok($event && $check, 'this test knows the words') or return;
        reset_all("$kind-a", "$kind-b");
        $check->($event->("$kind-a", "$kind-b"));
        reset_all("$kind-a", "$kind-b");
    };
}

my %tried;
for (['pairs', qw(needs binds wants after log)], ['followers', qw(follows requires_up)]) {
    my ($table, @kinds) = @$_;
    for my $row (table($table)) {
        my ($what, @cells) = @$row;
        $tried{$what} = 1;
        is(scalar @cells, scalar @kinds, "$what: a cell for each kind");
        cell($what, $kinds[$_], $cells[$_]) for 0 .. $#kinds;
    }
}
is_deeply([ sort keys %tried ], [ sort keys %pair ], 'nothing else is known here');

# --- A conflicts with B; C needs A, D needs B

my %stories = (
    conflicts => {
        'A is asked up, B is up' => sub {
            up('conflicts-b');
            hold('conflicts-a');
            ctl(qw(up conflicts-a));
            ok($s->becomes('conflicts-a' => 'setting-up'), 'A starts');
            is(state('conflicts-b'), 'down', 'when B is down');
            is(target('conflicts-b'), 'down', 'where it is to stay');
            is(slurp("$dir/story"), "conflicts-b\n", 'its clean-up done');
        },
        'B is asked up, A is up' => sub {
            up('conflicts-a');
            up('conflicts-b');
            $says{'falls'}->('conflicts-a');
        },
        'A is asked up, B is retrying' => sub {
            bad('patient');
            ctl(qw(up patient));
            ok($s->becomes(patient => 'retrying'), 'given that B is retrying');
            up('rival');
            $says{'falls'}->('patient');
        },
        'A is asked up, B has failed' => sub {
            fail_for_good('conflicts-b');
            up('conflicts-a');
            $says{'falls'}->('conflicts-b');
        },
        'A is asked up, D is up' => sub {
            up('conflicts-d');
            up('conflicts-a');
            $says{'falls'}->($_) for qw(conflicts-d conflicts-b);
            is(slurp("$dir/story"), "conflicts-d\nconflicts-b\n", 'in that order');
        },
        'C is asked up, B is up' => sub {
            up('conflicts-b');
            up('conflicts-c');
            $says{'falls'}->('conflicts-b');
        },
        'A goes down again' => sub {
            up('conflicts-b');
            up('conflicts-a');
            remember('conflicts-b');
            is(ctl(qw(down -w -t 60 conflicts-a)), 0, 'when A goes down again');
            $says{'stays'}->('conflicts-b');
        },
        'A is lost and comes back' => sub {
            up('conflicts-a');
            remember(qw(conflicts-a conflicts-b));
            kill 'KILL', pid('conflicts-a');
            $says{'restarts'}->('conflicts-a');
            $says{'stays'}->('conflicts-b');
        },
        'both are asked up at once' => sub {
            ctl(qw(up conflicts-a conflicts-b));
            wait_until {
                my %is = map { state("conflicts-$_") => 1 } qw(a b);
                $is{up} && $is{'waiting-to-start'};
            } 'one of them';
            quiet();
            is_deeply([ sort map { state("conflicts-$_") } qw(a b) ],
                [qw(up waiting-to-start)], 'one of them starts, the other waits');
            my ($first, $second) =
                state('conflicts-a') eq 'up' ? qw(a b) : qw(b a);
            ctl('down', "conflicts-$first");
            ok($s->becomes("conflicts-$second" => 'up'), 'for it to go');
        },
    },

    # g: m and n; h: m; user needs m; wisher wants m; outer: g.
    groups => {
        'G is asked up' => sub {
            up('g');
            $says{'starts'}->($_) for qw(m n);
        },
        'G is asked down' => sub {
            up(qw(g m n));
            is(ctl(qw(down -w -t 60 g)), 0, 'when G is asked down');
            $says{'falls'}->($_) for qw(m n);
        },
        'G is asked down, H is up' => sub {
            up(qw(g h m n));
            remember('m');
            ctl(qw(down -w -t 60 g));
            $says{'stays'}->('m');
            $says{'falls'}->('n');
        },
        'then H is asked down' => sub {
            up(qw(g h m n));
            ctl(qw(down -w -t 60 g));
            ctl(qw(down -w -t 60 h));
            $says{'falls'}->('m');
        },
        'G is asked down, U is up' => sub {
            up(qw(g user n));
            remember('m');
            ctl(qw(down -w -t 60 g));
            $says{'stays'}->('m');
            $says{'falls'}->('n');
            is(ctl(qw(down -w -t 60 user)), 0, 'when U goes down too');
            $says{'stays'}->('m');
        },
        'G is asked down, W is up' => sub {
            up(qw(g wisher));
            remember('wisher');
            ctl(qw(down -w -t 60 g));
            $says{'falls'}->('m');
            $says{'stays'}->('wisher');
        },
        'G is asked down, M was asked up' => sub {
            up('m');
            up('g');
            ctl(qw(down -w -t 60 g));
            $says{'falls'}->('m');
        },
        'H is asked up, then G down' => sub {
            ctl('up', 'g');
            ctl('up', 'h');
            ctl('down', 'g');
            $says{'starts'}->('m');
            $says{'falls'}->('n');
        },
        'G is asked down, then H up' => sub {
            up(qw(g m n));
            ctl('down', 'g');
            ctl('up',   'h');
            $says{'starts'}->('m');
            $says{'falls'}->('n');
        },
        'G is restarted' => sub {
            up(qw(g m n));
            ctl(qw(down -w -t 60 n));
            remember(qw(m n));
            ctl(qw(restart -w -t 60 g));
            $says{'restarts'}->('m');
            $says{'stays'}->('n');
        },
        'M is asked down' => sub {
            up(qw(g m n));
            remember('n');
            ctl(qw(down -w -t 60 m));
            is(state('g'), 'up', 'G stays up');
            $says{'stays'}->('n');
        },
        'M fails' => sub {
            up(qw(g m n));
            remember('n');
            bad('m');
            kill 'KILL', pid('m');
            ok($s->becomes(m => 'failed'), 'when M fails');
            is(state('g'), 'up', 'G stays up');
            $says{'stays'}->('n');
        },
        'G is asked up again' => sub {
            up(qw(g m n));
            remember('g', 'm');
            bad('n');
            kill 'KILL', pid('n');
            $s->becomes(n => 'failed');
            good('n');
            ctl('up', 'g');
            $says{'starts'}->('n');
            $says{'stays'}->('m');
        },
        'a group of groups is asked up' => sub {
            up('outer');
            $says{'starts'}->($_) for qw(g m n);
            ctl(qw(down -w -t 60 outer));
            $says{'falls'}->($_) for qw(g m n);
        },
    },

    # The effect of conctl up in each state of the service.
    up => {
        'failed' => sub {
            fail_for_good('up-b');
            is($s->field(attempt => 'up-b'), 2, 'after two attempts');
            good('up-b');
            up('up-b');
            is($s->field(attempt => 'up-b'), 1, 'this was the first');
        },
        'retrying' => sub {
            bad('patient');
            ctl(qw(up patient));
            ok($s->becomes(patient => 'retrying'), 'given that it is retrying');
            good('patient');
            up('patient');
            is($s->field(attempt => 'patient'), 1, 'this was the first');
        },
        'waiting-to-start' => sub {
            bad('up-b');
            ctl(qw(up up-a));
            ok($s->becomes('up-b' => 'failed'), 'given that its need has failed');
            is(state('up-a'), 'waiting-to-start', 'it waits');
            good('up-b');
            up('up-a');
            is(state('up-b'), 'up', 'and so is its need');
        },
        'setting-up' => sub {
            hold('up-b');
            ctl(qw(up up-b));
            $s->becomes('up-b' => 'setting-up');
            remember('up-b');
            ctl(qw(up up-b));
            quiet();
            is(pid('up-b'), $before{'up-b'}{pid}, 'by the same process');
            go('up-b');
            ok($s->becomes('up-b' => 'up'), 'it goes on');
        },
        'up' => sub {
            up('up-b');
            remember('up-b');
            ctl(qw(up up-b));
            $says{'stays'}->('up-b');
        },
        'waiting-to-stop' => sub {
            up('up-a');
            linger('up-a');
            remember('up-b');
            ctl(qw(down up-b));
            ok($s->becomes('up-b' => 'waiting-to-stop'), 'A is waited for');
            ctl(qw(up up-b));
            $says{'stays'}->('up-b');
            unlink "$dir/up-a.linger";
            ok($s->becomes('up-a' => 'down'), 'A is down all the same');
        },
        'draining' => sub {
            up('up-log');
            remember('up-log');
            spew("$dir/up-log.linger", '');
            ctl(qw(down up-log));
            ok($s->becomes('up-log' => 'draining'), 'given that it is draining');
            ctl(qw(up up-log));
            is(target('up-log'), 'up', 'it is wanted again');
            unlink "$dir/up-log.linger";
            $says{'restarts'}->('up-log');
        },
        'stopping' => sub {
            up('up-b');
            remember('up-b');
            linger('up-b');
            ctl(qw(down up-b));
            ok($s->becomes('up-b' => 'stopping'), 'given that it is stopping');
            ctl(qw(up up-b));
            is(target('up-b'), 'up', 'it is wanted again');
            unlink "$dir/up-b.linger";
            $says{'restarts'}->('up-b');
            is(slurp("$dir/story"), "up-b\n", 'its clean-up done');
        },
    },
);

sub all_down {
    reset_all(qw(conflicts-a conflicts-b conflicts-c conflicts-d patient rival
        outer g h m n user wisher up-a up-b up-log));
    return;
}

for my $name (qw(conflicts groups up)) {
    my %known = %{ $stories{$name} };
    for my $row (table($name)) {
        my ($what, @rest) = @$row;
        my $story = delete $known{$what};
        subtest "$name: $what: @rest" => sub {
            ok($story, 'this test knows the words') or return;
            all_down();
            $story->();
            all_down();
        };
    }
    is_deeply([ sort keys %known ], [], "$name: each is in the manual");
}
is($s->stop, 0, 'the end');
done_testing();
