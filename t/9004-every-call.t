#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# supervisord is killed at its n-th system call, before the call is done or
# right after, in a script of all that services go through; connate is, too,
# where supervisord takes its place. Afterwards what runs is what the ledger
# says, nothing is there twice, and each end was counted once.
#
# CONNATE_EVERY_CALL: all takes every n, not only a sample of them;
# supervisord:N, supervisord:N:M one, as a failure names it; M is the system
# call at which what comes in its place is killed as well. supervisord:N-L is
# each from N to L.
# CONNATE_EVERY_CALL_SEED: which sample.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Cwd qw(abs_path);
use List::Util qw(shuffle);
use POSIX qw(:sys_wait_h setsid);
use Test::More;
use Time::HiRes qw(sleep time);

use constant GONE => 'the session is gone';
use constant {
    SAMPLE   => 300,    # of the kills of each program …
    SECONDS  => 25,     # … as far as they are made in that time, by default
    TWICE    => 3,      # of so many kills, one is followed by another …
    SECOND   => 160,    # … within so many stops: until it works, and beyond
    WORKERS  => 2,
    FAILS    => 2,      # of a service, before it works
    FAILURES => 5,      # of one worker, which are enough
    PATIENCE => 40,     # seconds
};

my $top     = $ENV{top_builddir} // "$FindBin::Bin/..";
my $which   = $ENV{CONNATE_EVERY_CALL} // '';
my $seed    = $ENV{CONNATE_EVERY_CALL_SEED} // time ^ $$;
my $dir     = scratch();
my $killer  = "$top/t/kill-at";
my $witness = "$top/t/witness";
my $connate = abs_path("$top/pid1/connate");
my $conctl  = "$top/conctl/conctl";

my (undef, $help) = run($conctl, 'help');
my $has_exec = $help =~ /^\s*exec\b/m;

my ($untraceable, undef, $why) = run($killer, '-c');
plan skip_all => $why =~ s/\s+$//r if $untraceable == 77;

my @workers;
my $owner = $$;
END {
    if ($$ == $owner) {
        my $status = $?;
        kill 'KILL', map { Connate::tree($_) } @workers;
        $? = $status;
    }
}

# The services

sub words { return join ', ', map { qq{"$_"} } @_ }

# EXEC of a witness of that service.
sub is_run {
    my ($folder, $name, @words) = @_;
    return 'EXEC(' . words($witness, $folder, $name, @words) . ')';
}

sub configuration {
    my ($folder, @more) = @_;
    my $run     = sub { my ($name) = @_; return "SERVICE(\"$name\", .run = " . is_run($folder, @_) };
    my $command = sub { return is_run($folder, @_) };
    return <<"CONFIG";
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)), \\
	.max_setup = SECONDS(60), .max_ready = SECONDS(60), \\
	.max_stop = SECONDS(60), .max_cleanup = SECONDS(60),
#include <connate/config.h>
#include <connate/call.h>

int set_up(void)
{
	return CALL_RUN(@{[ words($witness, $folder, qw(called note setup)) ]});
}

static const struct service services[] = {
	@{[ $run->('plain') ]}, .reload = SIGNAL(SIGHUP)),
	@{[ $run->('flaky', fails => FAILS) ]}),
	@{[ $run->('notify', notify => $conctl) ]}, .ready = READY_NOTIFY),
	@{[ $run->('newline', newline => 3) ]}, .ready = READY_FD(3),
		.reload = @{[ $command->('newline', note => 'reload') ]}),
	@{[ $run->('talker', 'says') ]}, .log = LOG_TO("reader")),
	@{[ $run->('reader', 'reads') ]}),
	@{[ $run->('guarded', 'child') ]}, .stop_all = true),
	@{[ $run->('phases') ]}, .needs = LIST("plain"),
		.setup = @{[ $command->('phases', note => 'setup') ]},
		.cleanup = @{[ $command->('phases', note => 'cleanup') ]}),
	@{[ $run->('job', 'job') ]}, .target = ONCE),
	@{[ $run->('daemon', 'daemonize') ]}, .ready = READY_DAEMONIZE),
	SERVICE("called", .setup = CALL(set_up), .run = @{[ $command->('called') ]}),
	@{[ $run->('asked') ]}, .stop = @{[ $command->('asked', 'stop') ]}),
	@{[ $run->('member') ]}),
	@{[ $run->('group') ]}, .groups = LIST("member")),
	@{[ join ' ', map { $run->($_) . '),' } @more ]}
};

CONNATE(.lock_file = "$folder/lock");
CONFIG
}

# One run: its folder, its session, the expected result of each service.
my %run;

sub fail_run { my (@what) = @_; die join('', @what) . "\n" }

sub ctl { my (@command) = @_; return run($conctl, '-l', "$run{folder}/lock", @command) }

sub must {
    my (@command) = @_;
    my ($code, $out, $err) = ctl(@command);
    fail_run("conctl @command: exit code $code: ", $out, $err) if $code != 0;
    return;
}

sub soon(&$) {
    my ($condition, $what) = @_;
    my $end = time + PATIENCE;
    while (!$condition->()) {
        fail_run('waited in vain for ', ref $what ? $what->() : $what) if time > $end;
        next if find_connate() || !killer_has_ended();
        fail_run(GONE) if !$condition->();
        return;
    } continue {
        sleep 0.0005;
    }
    return;
}

# No process of the session is left.
sub killer_has_ended {
    my $child = $run{session}{child} // return 1;
    return 0 if waitpid($child, WNOHANG) != $child;
    $run{status} = $?;
    delete $run{session}{child};
    return 1;
}

sub expect {
    my ($state, @names) = @_;
    $run{expected}{$_} = $state for @names;
    return;
}

# The records of the witnesses: name => { what => [ pids … ] }.
sub story {
    my %story;
    for (split /\n/, slurp("$run{folder}/story")) {
        my ($name, $what, $pid) = split / /;
        push @{ $story{$name}{$what} }, $pid;
    }
    return \%story;
}

sub noted { my ($name, $what) = @_; return scalar @{ story()->{$name}{$what} // [] } }

# connate is the process that the killer has started, or its successor.
sub find_connate {
    my ($pid) = grep { (readlink "/proc/$_/exe" // '') eq $connate }
        children($run{session}{child} // return);
    $run{session}{pid} = $pid if $pid;
    return $pid;
}

# None while there is no connate, or while it changes.
sub records {
    local $SIG{__WARN__} = sub { die @_ };
    return eval { $run{session}->header->{starts} && $run{session}->records } || {};
}

# The same, of the successor of a process that has just been killed.
sub shown {
    my $records;
    soon { %{ $records = records() } } 'a ledger';
    return $records;
}

# The comparison

my %number = (down => 0, up => 4);

sub program { my ($r) = @_; return $r->{main} > 0 ? $r->{main} & (1 << 30) - 1 : $r->{pid} }

sub begun { my ($story) = @_; return scalar map { @{ $story->{$_} // [] } } qw(start setup cleanup) }

# Ended ones and the one that lives are all that were begun.
sub wrong_with {
    my ($name, $expected, $r, $story) = @_;
    return $expected eq 'gone' ? () : 'not there' if !$r;
    my $counted = $r->{exits} + ($r->{pid} != 0) + ($run{begun_before}{$name} // 0);
    my $program = program($r);
    my $begun   = begun($story);
    my @started = map { @{ $story->{$_} // [] } } qw(start heir);
    my @wrong;
    $expected = 'down' if $expected eq 'gone';
    push @wrong, "state $r->{state}" if $r->{state} != $number{$expected};
    push @wrong, 'no process' if $expected eq 'up' && $r->{pid} == 0;
    push @wrong, "process $r->{pid}" if $expected eq 'down' && $r->{pid} != 0;
    push @wrong, "process $program is not it"
        if $expected eq 'up' && !grep { $_ == $program } @started;
    push @wrong, "command $r->{helper}" if $r->{helper} != 0;
    push @wrong, "$begun begun, $counted counted" if $begun != $counted;
    push @wrong, map { "$_: @{$story->{$_}}" } grep { $story->{$_} } qw(doubled unready);
    return @wrong;
}

sub wrong_services {
    my ($records, $story) = @_;
    my @wrong;
    for my $name (sort keys %{ $run{expected} }) {
        my @found =
            wrong_with($name, $run{expected}{$name}, $records->{$name}, $story->{$name});
        push @wrong, "$name: " . join(', ', @found) if @found;
    }
    return @wrong;
}

# All processes: the two, those of the ledger, and the child of the guarded one.
sub wrong_processes {
    my ($records, $story) = @_;
    my %runs = map { $_ => 1 } map { Connate::tree($_) } children($run{session}{child});
    my %known = map { $_ => 1 } find_connate() // 0, $run{session}->header->{supervisord} // 0;
    for my $name (keys %$records) {
        my $r = $records->{$name};
        $known{$_} = 1 for grep { $_ != 0 } $r->{pid}, program($r);
    }
    my ($child) = reverse @{ $story->{'guarded-child'}{start} // [] };
    $known{$child} = 1 if $child && $run{expected}{guarded} eq 'up';
    return (
        (map { "$_ (" . comm($_) . ') is unknown' } grep { !$known{$_} } sort keys %runs),
        (map { "$_ does not run" } grep { !$runs{$_} } sort keys %known)
    );
}

# Each line that was printed has arrived, once.
sub wrong_lines {
    my ($story) = @_;
    my @said    = map { "talker says $_" } @{ $story->{talker}{start} // [] };
    my @arrived = split /\n/, slurp("$run{folder}/reader.out");
    return "@said" eq "@arrived" ? () : 'the logger has: ' . join(', ', @arrived);
}

sub wrong {
    my $records = records();
    my $story   = story();
    my @wrong   = wrong_services($records, $story);
    @wrong = (wrong_processes($records, $story), wrong_lines($story)) if !@wrong;
    return @wrong;
}

sub lives {
    my $records = shown();
    return { map { $_ => "@{$records->{$_}}{qw(pid main exits)}" } keys %$records };
}

# As expected, and none has noticed that was not meant.
sub compare {
    my ($before, @meant) = @_;
    my %meant = map { $_ => 1 } @meant;
    soon { find_connate() && !wrong() } sub { join '; ', wrong() };
    my $now = lives();
    for my $name (grep { !$meant{$_} } sort keys %$before) {
        fail_run("$name was $before->{$name}, is ", $now->{$name} // 'not there')
            if $before->{$name} ne ($now->{$name} // '');
    }
    return;
}

# The script: the actions, their services, and how.

sub goes {
    my ($state, @names) = @_;
    return sub {
        expect($state, @names);
        must($state, $state eq 'down' ? '-w' : (), @names);
        soon { !grep { (records()->{$_}{state} // -1) != $number{$state} } @names } "@names to be $state";
    };
}

# Not by -w, which wants it to have been up for a second.
sub restarts {
    my ($name) = @_;
    return sub {
        my $before = program(shown()->{$name});
        must('restart', $name);
        soon {
            my $now = records()->{$name} // { state => -1 };
            $now->{state} == $number{up} && $now->{pid} > 1 && program($now) != $before;
        } "$name to be restarted";
    };
}

sub dies {
    my ($name) = @_;
    return sub {
        my $r = shown()->{$name} // fail_run('there is no record');
        my $pid = program($r);
        $pid > 1 && kill 'KILL', $pid or fail_run("$name has no process");
        soon { (records()->{$name}{exits} // 0) > $r->{exits} } "the end of $name";
    };
}

sub hears {
    my ($name, $what, @command) = @_;
    return sub {
        my $before = noted($name, $what);
        must(@command);
        soon { noted($name, $what) > $before } "$name to note $what";
    };
}

sub kills { return scalar(() = slurp("$run{folder}/report") =~ /^kill/mg) }

# The file that is run at SIGHUP. A link to the same file is not renamed.
sub put {
    my ($image) = @_;
    my $file = "$run{folder}/running";
    link $run{$image}, "$file.new" or die "$file.new: $!";
    rename "$file.new", $file or die "$file: $!";
    unlink "$file.new";
    return;
}

# By signal: it is done, or a message says that it is not; or the process that got it was
# killed, and no other knows.
sub hangs_up {
    my $before = length $run{session}->log;
    my ($connate, $images, $refused);
    soon { $connate = find_connate() and defined($images = $run{session}->header->{images}) }
    'a connate';
    kill 'HUP', $connate or return 0;
    soon {
        $refused = substr($run{session}->log, $before) =~
            /former image goes on|cannot become|starting it again|taking its place/;
        $refused || ($run{session}->header->{images} // 0) > $images
    } 'another image';
    return !$refused;
}

sub executes {
    my (@words) = @_;
    my ($code, $out, $err) = ctl('exec', @words);
    fail_run("conctl exec @words: exit code $code: ", $out, $err) if $code > 1;
    return $code == 0;
}

# One that is killed before it was adopted has no effect, and is tried again.
# A service that is in no ledger begins anew.
sub takes_over {
    my ($try, %expected) = @_;
    return sub {
        for my $name (keys %expected) {
            $run{begun_before}{$name} = begun(story()->{$name})
                if !shown()->{$name};
            expect($expected{$name}, $name);
        }
        for (my $refused = 0; !$try->();) {
            fail_run('it is not taken, although no process was killed') if ++$refused > kills();
        }
        return;
    };
}

sub becomes {
    my ($image, %expected) = @_;
    my $by_signal = sub { put($image); return hangs_up() };
    my $by_conctl = sub { return executes($run{$image}) };
    return takes_over($has_exec ? $by_conctl : $by_signal, %expected);
}

my @all = qw(plain flaky notify newline talker reader guarded daemon phases called asked
    member group);
my @steps = (
    [ 'a crash',             ['flaky'],                      dies('flaky') ],
    [ 'a crash of a need',   ['plain'],                      dies('plain') ],
    [ 'a crash with a guard', ['guarded'],                   dies('guarded') ],
    [ 'a crash of a daemon', ['daemon'],                     dies('daemon') ],
    [ 'a restart',           ['notify'],                     restarts('notify') ],
    [ 'a reload by signal',  [],                             hears(qw(plain hup reload plain)) ],
    [ 'a reload by command', [],                             hears(qw(newline reload reload newline)) ],
    [ 'a signal',            [],                             hears(qw(plain hup signal HUP plain)) ],
    [ 'once',                ['job'],                        hears(qw(job start once -w job)) ],
    [ 'a stop',              ['newline'],                    goes(qw(down newline)) ],
    [ 'a start',             ['newline'],                    goes(qw(up newline)) ],
    [ 'a stop by command',   ['asked'],                      goes(qw(down asked)) ],
    [ 'a restart of a need', [qw(plain phases)],             restarts('plain') ],
    [ 'a new logger',        [qw(reader talker)],            restarts('reader') ],
    [ 'a group goes',        [qw(group member)],             goes(qw(down group member)) ],
    [ 'guards go',           [qw(guarded daemon)],           goes(qw(down guarded daemon)) ],
    [ 'an upgrade',          [],                             takes_over(\&hangs_up) ],
    [ 'other services',      [qw(spare extra)],              becomes('other', spare => 'gone', extra => 'up') ],
    [ 'the first services',  [qw(spare extra)],              becomes('image', spare => 'up', extra => 'gone') ],
    $has_exec ? [ 'an upgrade of connate', [],               takes_over(sub { executes('--pid1') }) ] : (),
    [ 'all go',              [@all],                         goes('down', @all) ],
    [ 'all come',            [@all],                         goes('up', @all) ],
);

sub begin_run {
    my ($victim, $n, $m) = @_;
    my $folder = $run{folder};
    unlink grep { !/list/ } glob "$folder/*";
    delete $run{begun_before};
    $run{expected} = { job => 'down' };
    $run{step} = 'the beginning';
    expect('up', @all, 'spare');
    put('image');
    my $pid = fork_patiently();
    if ($pid == 0) {
        setsid();
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', "$folder/log";
        open STDERR, '>&', \*STDOUT;
        exec $killer, '-k', $victim, '-n', $n, '-m', $m, '-o', "$folder/report",
            $n == 0 ? ('-l', "$folder/list.$victim") : (),
            "$top/pid1/connate", '--supervisor', "$folder/running"
            or POSIX::_exit(127);
    }
    $run{session} = bless { child => $pid, pid => 0, log => "$folder/log" }, 'Connate';
    return;
}

# The killer ends when nothing of the session is left.
sub end_run {
    my $child = $run{session}{child};
    my $told  = 0;
    soon { find_connate() } 'a connate';

    # A signal dies with a connate that has not passed it on.
    soon {
        my $now = find_connate() // $told;
        kill 'TERM', $told = $now if $now != $told;
        killer_has_ended()
    }
        sub { 'the end of ' . join ' ', map { "$_ (" . comm($_) . ')' } Connate::tree($child) };
    fail_run("it ended with $run{status}") if $run{status} != 0;
    return;
}

# All processes that are left, from the leaves of the session on: the killer ends then.
sub end_all {
    my $child = delete $run{session}{child} or return;
    for (1 .. 1000) {
        my ($killer, @rest) = Connate::tree($child);
        kill 'KILL', @rest;
        return if waitpid($child, WNOHANG) == $child;
        sleep 0.005;
    }
    kill 'KILL', $child;
    waitpid $child, 0;
    return;
}

sub do_steps {
    soon { find_connate() && ($run{session}->header->{starts} // 0) > 0 } 'supervisord';
    soon { noted('flaky', 'start') > FAILS && noted('job', 'start') } 'the first attempts';
    compare({});
    for my $step (@steps) {
        my ($name, $meant, $do) = @$step;
        my $before = lives();
        $run{step} = $name;
        $do->();
        compare($before, @$meant);
    }
    $run{step} = 'the end';
    return end_run();
}

# Before connate has started anything, its end is that of the session.
sub never_began { my ($why) = @_; return $why eq GONE . "\n" && !-e "$run{folder}/story" }

# { what, stops, kills, wrong }
sub one_run {
    my ($victim, $n, $m) = @_;
    begin_run($victim, $n, $m);
    my $passed = eval { do_steps(); 1 } || ($victim eq 'connate' && never_began($@));
    my $wrong  = $passed ? '' : "in $run{step}: " . $@ =~ s/\s+$//r;
    $wrong .= "\n" . slurp("$run{folder}/log") if $wrong;
    end_all();
    my $report = slurp("$run{folder}/report");
    my @at = $report =~ /^kill \S+ \d+ (\d+ \S+ \S+)$/mg;
    my ($connate, $supervisord) = $report =~ /^stops (\d+) (\d+)/m;
    my $stops = ($victim eq 'connate' ? $connate : $supervisord) // 0;
    rename "$run{folder}/list.$victim", "$run{folder}/list.$victim.$stops" if $n == 0;
    return {
        n     => $n,
        what  => "$victim:$n" . ($m ? ":$m" : '') . (@at ? ' at ' . join ' and ', @at : ''),
        kills => scalar @at,
        stops => $stops,
        wrong => $wrong,
    };
}

# Two at a time, each in its folder

my @images;
for my $i (0 .. WORKERS - 1) {
    my $folder = "$dir/folder-$i";
    mkdir $folder;
    $images[$i] = {
        folder => $folder,
        image  => supervisord("image-$i",
            configuration($folder, 'spare'), '--no-host-checks'),
        other  => supervisord("other-$i", configuration($folder, 'extra'), '--no-host-checks'),
    };
}

sub work {
    my ($i, @jobs) = @_;
    my $failures = 0;
    my $end = time + ($ENV{CONNATE_EVERY_CALL_SECONDS} // SECONDS);
    %run = %{ $images[$i] };
    open my $out, '>', "$dir/results-$i" or die;
    for my $job (@jobs) {
        my $r = one_run(@$job);
        $failures++ if $r->{wrong};
        print $out join("\t", @$r{qw(n stops kills what)}, $r->{wrong} =~ s/\n/\x01/gr), "\n";
        last if $failures >= FAILURES || (time > $end && $which eq '');
    }
    close $out;
    return;
}

sub results {
    my @results;
    for my $i (0 .. WORKERS - 1) {
        for (split /\n/, slurp("$dir/results-$i")) {
            my %r;
            @r{qw(n stops kills what wrong)} = split /\t/, $_, 5;
            $r{wrong} =~ s/\x01/\n/g;
            push @results, \%r;
        }
    }
    return @results;
}

# Jobs are dealt out in turn.
sub do_jobs {
    my (@jobs) = @_;
    for my $i (0 .. WORKERS - 1) {
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            work($i, @jobs[ grep { $_ % WORKERS == $i } 0 .. $#jobs ]);
            POSIX::_exit(0);
        }
        push @workers, $pid;
    }
    my $broken = grep { waitpid $_, 0; $? } splice @workers;
    is($broken, 0, 'every run was made');
    return results();
}

sub passed {
    my ($name, @results) = @_;
    my @bad = grep { $_->{wrong} ne '' } @results;
    is(scalar @bad, 0, $name);
    diag("$_->{what}: $_->{wrong}") for @bad;
    return;
}

# A sample of the stops of a run without a kill. What comes again and again in
# the same way, such as a look at each process there is, is one kind, and each
# kind has the same share.
sub sample {
    my (@stops) = @_;
    my @kinds = map { join ' ', @stops[ ($_ < 3 ? 0 : $_ - 3) .. $_ ] } 0 .. $#stops;
    my %count;
    $count{$_}++ for @kinds;
    my ($step, $sum, @n) = (keys(%count) / SAMPLE, 0);
    my $next = ($seed % 1000) / 1000 * $step;
    for my $i (0 .. $#kinds) {
        $sum += 1 / $count{ $kinds[$i] };
        push @n, $i + 1 if $sum > $next;
        $next += $step while $sum > $next;
    }
    return @n;
}

# Of the run that had the fewest: how many processes are looked at is a matter
# of what else there is. Every third is followed by another, or so. Not those of connate: what comes in
# its place is alone, until it has started a supervisord.
sub jobs {
    my ($victim) = @_;
    my @lists = sort { ($a =~ /(\d+)$/)[0] <=> ($b =~ /(\d+)$/)[0] } glob "$dir/folder-*/list.$victim.*";
    my @stops = map { (split / /, $_, 3)[2] } split /\n/, slurp($lists[0]);
    my @n = $which eq 'all' ? 1 .. @stops : sample(@stops);
    return map {
        my $once = $victim eq 'connate' || ($_ + $seed) % TWICE;
        [ $victim, $_, $once ? 0 : 1 + ($_ * 37 + $seed) % SECOND ]
    } @n;
}

if ($which =~ /^(connate|supervisord):(\d+)(?:-(\d+))?(?::(\d+))?$/) {
    my ($victim, $from, $to, $second) = ($1, $2, $3 // $2, $4 // 0);
    passed("$_->{what}, of $_->{stops} stops", $_)
        for do_jobs(map { [ $victim, $_, $second ] } $from .. $to);
    done_testing;
    exit;
}

diag("seed $seed");
srand $seed;
for my $victim (qw(supervisord connate)) {
    my @free = do_jobs(map { [ $victim, 0, 0 ] } 1 .. 4);
    passed("$victim: without a kill", @free);
    my ($stops) = sort { $a <=> $b } map { $_->{stops} } @free;
    cmp_ok($stops, '>', 200, "$victim: has $stops stops");
    my @results = do_jobs(shuffle(jobs($victim)));
    passed("$victim: killed at each of " . @results, @results);
    my @short = grep { $_->{kills} == 0 && !$_->{wrong} } @results;
    is(scalar(grep { $_->{n} <= $_->{stops} } @short), 0,
        "$victim: " . @short . ' runs ended before, none went on');
    cmp_ok(scalar @short, '<', @results / 2, 'most were killed');
}
done_testing;
