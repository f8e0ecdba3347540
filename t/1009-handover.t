#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The hand-over between connate, supervisord, guard and services, as models in
# Promela (t/handover): spin goes through all orders in which it can happen,
# with kills between any two steps. They hold; and without any one of the rules
# they rest on, they do not, which shows that the models can see.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;
use Time::HiRes qw(time);

# SLOTS: powers of two, of a table of states that has to be cleared first. What holds
# has millions of them; what breaks is seen after some thousands.
use constant { DEPTH => 200_000, MEGABYTES => 1800, SLOTS => 22, SLOTS_BROKEN => 18 };

my @cc = split ' ', $ENV{CC_FOR_BUILD} || 'cc';
my $dir = scratch();

sub there { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

plan skip_all => 'spin is not installed' if !there('spin');
spew("$dir/probe.c", "#include <stdio.h>\nint main(void) { return 0; }\n");
plan skip_all => "there is no compiler for this machine ($cc[0])"
    if (run(@cc, "$dir/probe.c", '-o', "$dir/probe"))[0] != 0;

# For a model that breaks soon to compile it is most of the work. clang does that in half
# the time.
my @quick = there('clang') ? 'clang' : @cc;

# A model, and its parameters: the number of kills, and other events (those of
# the model).
my @holds = (
    [exits      => ''],
    [exits      => 'BLOWS=3'],
    [exits      => 'LINK=2'],
    [exits      => 'PIDS=3'],
    [exits      => 'GUARDED'],
    [exits      => 'AT_ONCE STAMPED'],
    [upgrade    => 'REQUESTS=1'],
    [upgrade    => 'REQUESTS=1 DEATHS=2'],
    [upgrade    => ''],
    [upgrade    => 'REQUESTS=1 FAULTS'],
    [upgrade    => 'REQUESTS=1 BLOWS=1 BAD'],
    [upgrade    => 'REQUESTS=1 BLOWS=1 BAD FAULTS'],
    [succession => ''],
    [succession => 'BLOWS=4 DEATHS=3'],
    [overlap    => ''],
    [overlap    => 'BLOWS=4'],
);

# As above, with the formula that all services are up again some time.
my @rises = (
    [exits      => ''],
    [exits      => 'BLOWS=1 GUARDED'],
    [upgrade    => 'REQUESTS=1'],
    [succession => ''],
);

# Without this rule: the code in its place.
my @breaks = (
    [exits => 'NO_INTENT', 'the launch is written down after clone'],
    [exits => 'PID_BY_US', 'supervisord stores the pid, not the kernel'],
    [exits => 'REAP_FIRST', 'supervisord reaps, then records'],
    [exits => 'TAKE_FIRST', 'it takes a message, then records'],
    [exits => 'TWO_STORES', 'an exit is two stores: no pid, one exit more'],
    [exits => 'ENDING_LAST', 'how it ended is stored after that it did'],
    [exits => 'NO_DRAIN', 'a new supervisord starts processes at once'],
    [exits => 'ANY_DRAINED LINK=2', 'a DRAINED for another supervisord is believed, too'],
    [exits => 'NO_FIND_OWN', 'after exec in place it knows no child of its own'],
    [exits => 'PID1_REAPS_FIRST', 'pid1 reaps, then sends'],
    [exits => 'DROP_WHEN_FULL', 'pid1 reaps although the link is full'],
    [exits => 'SUPERVISORD_REAPED_FIRST',
        'pid1 reaps supervisord, then notes its death, and has a fault'],
    [exits => 'AT_ONCE', 'a pid comes again while its last exit is on the link'],
    [exits => 'GUARDED NO_CLEARING', 'the board is not cleared before a launch'],
    [exits => 'GUARDED NO_ADOPTION', 'the end of a guard is that of its program'],
    [exits => 'GUARDED GUARD_PID_BY_US', 'the guard stores the pid'],
    [exits => 'GUARDED GUARD_REAPS_FIRST', 'the guard reaps, then records'],
    [upgrade => 'REQUESTS=1 ACT_BEFORE_COMMIT', 'a new image acts at once'],
    [upgrade => 'REQUESTS=1 TWO_MESSAGES', 'image and ledger in two messages'],
    [upgrade => 'REQUESTS=1 START_BEFORE_READING',
        'pid1 starts another before it has read all of the last one'],
    [upgrade => 'REQUESTS=1 TRY_BEFORE_KEPT',
        'an image is tried before pid1 has kept the last one'],
    [upgrade => 'REQUESTS=1 KEPT_STAYS_OWED',
        'what was to be said to a dead supervisord is said to the next'],
    [upgrade => 'REQUESTS=1 FAULTS PID1_TAKES_FIRST',
        'pid1 takes a message, has a fault, and has not done what it said'],
    [upgrade => 'REQUESTS=1 FAULTS NO_TOKEN', 'KEPT does not say what for'],
    [upgrade => 'REQUESTS=1 BAD NO_KEEPING', 'the former image is not kept'],
    [upgrade => 'REQUESTS=1 BAD NO_COUNT', 'deaths on probation are not counted'],
    [upgrade => 'REQUESTS=1 BAD COUNT_FROM_ADOPTED',
        'only deaths before ADOPTED are counted'],
    [upgrade => 'REQUESTS=1 BAD NO_MERGE',
        'the former image goes on with the former ledger'],
    [upgrade => 'REQUESTS=1 BAD FAULTS KEPT_AGAIN',
        'the image that took over is kept as the former one after a fault'],
    [upgrade => 'REQUESTS=1 BAD IMAGES_STAY',
        'an image that was rolled back has taken over all the same'],
    [succession => 'NO_LOCK', 'there is no lock'],
    [succession => 'NO_OWN_LOCK', 'only connate has the lock'],
    [succession => 'NO_WATCH', 'orphans are not watched'],
    [succession => 'NO_LOOK', 'a new session does not look for what is left'],
    [succession => 'NO_LEDGER_LOOK', 'what has not come to its exec is not looked for'],
    [succession => 'ENVIRONMENT_FIRST', 'it is looked for after those that have'],
    [overlap => 'NO_MEND', 'a successor does not finish a swap'],
    [overlap => 'FIRST_FIRST', 'a swap stores the first place before the second'],
    [overlap => 'LAUNCH_AGAIN', 'a launch is not numbered'],
    [overlap => 'ANY_SOCKET', 'READY=1 of the former generation is that of the next'],
    [overlap => 'STAYS_UP', 'the former generation is up when it has changed places'],
    [succession => 'HANGS_UP_AT_ONCE', 'what connate has said last is not read'],
);

# The verdict of pan on a model; 'safety' or 'formula'.
sub verdict {
    my ($model, $macros, $kind, $level) = @_;
    my $formula = $kind eq 'formula';
    my @defines = map { "-D$_" } split(' ', $macros), $formula ? 'FORMULA' : ();
    chdir $dir or die "$dir: $!";
    my ($code, $out, $err) = run('spin', @defines, '-a',
        source("t/handover/$model.pml"));
    $code == 0 or BAIL_OUT("spin, $model $macros: $out$err");
    ($code, $out, $err) = run($level eq '-O0' ? @quick : @cc, $level, '-w', '-DMEMLIM=' . MEGABYTES,
        $formula ? '-DNOREDUCE' : ('-DSAFETY', '-DNOCLAIM'),
        'pan.c', '-o', 'pan');
    $code == 0 or BAIL_OUT("$cc[0], $model $macros: $err");
    my $begin = time;
    ($code, $out, $err) = run('./pan', '-m' . DEPTH, '-E',
        '-w' . ($level eq '-O0' ? SLOTS_BROKEN : SLOTS),
        $formula ? '-a' : ());
    my ($states) = $out =~ /(\d+) states, stored/;
    diag(sprintf '%s %s %s: %s states, %.1f s', $model, $macros || '-', $kind,
        $states // 'no', time - $begin) if $level ne '-O0';
    return $out . $err;
}

sub ends_well {
    my ($said, $what) = @_;
    ok($said =~ /errors: 0$/m
            && $said !~ /not completed|too small|out of memory|memory limit/,
        $what) or diag($said);
}

ends_well(verdict(@$_, 'safety', '-Og'), "$_->[0] holds: " . ($_->[1] || '-'))
    for @holds;
ends_well(verdict(@$_, 'formula', '-Og'), "$_->[0] rises: " . ($_->[1] || '-'))
    for @rises;

for (@breaks) {
    my ($model, $macros, $what) = @$_;
    my $said = verdict($model, $macros, 'safety', '-O0');
    like($said, qr/^pan:1: assertion violated/m, "$model: seen that $what")
        or diag($said);
}
like(verdict('exits', 'SUPERVISORD_REAPED_FIRST', 'formula', '-O0'),
    qr/^pan:1: acceptance cycle/m,
    'the formula sees what never comes up');

# Each rule that can be taken out has been.
my %tried = map { s/=.*//r => 1 } map { split ' ', $_->[1] } @breaks, @holds;
for my $model (qw(exits upgrade succession overlap)) {
    my %rule = map { $_ => 1 } map {
        /^#\s*if/ ? grep { !/^(?:defined|FORMULA|PIDS|REQUESTS)$/ }
            /\b([A-Z][A-Z_0-9]+|defined)\b/g : ()
    } lines("t/handover/$model.pml");
    is(join(' ', grep { !$tried{$_} } sort keys %rule), '',
        "$model: each rule was tried");
}
chdir '/';
done_testing();
