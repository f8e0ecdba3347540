#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Calendar expressions of .every, against another program that reads the same
# language: systemd-analyze calendar of systemd. Generated expressions and dates,
# in zones with and without daylight saving; what either refuses; and a table of
# what is ours.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/lib";
use Time::Local qw(timegm);
use Connate;
use Test::More;

my $zones = '/usr/share/zoneinfo';
my $calendar = "$ENV{top_builddir}/t/calendar";
my $rounds = $ENV{CONNATE_CALENDARS} // 8;      # of each zone, BATCH each
my $seed = $ENV{CONNATE_SEED} // 20;
use constant { BATCH => 12, NEXT => 6 };
srand $seed;

sub pick { $_[ int rand @_ ] }

# What the program under test says to (zone, moment, count, expression).
sub ours {
    my $in = join '', map {"$_\n"} @_;
    my $file = scratch() . '/expressions';
    spew($file, $in);
    my @lines = split /\n/, qx($calendar <$file);
    is(scalar @lines, scalar @_, 'an answer for each expression') if @lines != @_;
    return @lines;
}

# {expression} = [moments], or 'refused'. Of what it reads and fails to compute there
# is neither.
sub theirs {
    my ($zone, $base, @expressions) = @_;
    local $ENV{TZ} = $zone;
    local $ENV{LC_ALL} = 'C';
    my ($file, %moments, $at, $first) = (scratch() . '/answers');
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', $file or die $!;
        open STDERR, '>&', \*STDOUT or die $!;
        exec 'systemd-analyze', 'calendar', '--iterations=' . NEXT, "--base-time=\@$base", '--',
            @expressions;
        die $!;
    }
    waitpid $pid, 0;
    for (split /\n/, slurp($file)) {
        # What is written as systemd would write it has no original form.
        if (/^\s*Original form: (.*)/) { $at = $moments{$1} = []; $first = 1 }
        elsif (/^\s*Normalized form: (.*)/) {
            $at = $moments{$1} = [] if !$first;
            $first = 0;
        }
        $moments{$1} = 'refused' if /^Failed to parse calendar specification '(.*)'/;
        push @$at, timegm($6, $5, $4, $3, $2 - 1, $1)
            if ($zone eq 'UTC' ? /Next elapse:|Iter\. #/ : /\(in UTC\):/)
            && /(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC/;
    }
    return \%moments;
}

sub part {
    my ($least, $most, $star) = @_;
    return '*' if rand() < $star;
    my $value = sub { $least + int rand($most - $least + 1) };
    my $item = sub {
        my $first = $value->();
        my $kind = rand;
        return sprintf '%02d', $first if $kind < 0.7 || $first == $most;
        my $last = $first + 1 + int rand($most - $first);
        return "$first..$last" . ($kind > 0.9 ? '/' . (1 + int rand 4) : '');
    };
    # Alone: in a list, as in a set of years, systemd passes
    # the end of such a step before it looks at the others, so that '5/8,04:07'
    # leaves out 04:07 behind 21:07.
    return $least + int(rand($most - $least + 1)) . '/' . (1 + int rand 9) if rand() < 0.1;
    return join ',', map { $item->() } 1 .. (rand() < 0.3 ? 1 + int rand 3 : 1);
}

sub expression {
    my @days = qw(Mon Tue Wed Thu Fri Sat Sun);
    my @parts;
    return pick(qw(minutely hourly daily weekly monthly quarterly semiannually yearly))
        if rand() < 0.05;
    if (rand() < 0.35) {
        my $first = int rand 6;
        my $last = $first + 1 + int rand(6 - $first);
        push @parts, pick($days[$first], "$days[$first]..$days[$last]", "$days[$last],$days[$first]");
    }
    if (rand() < 0.5) {
        my $year = pick('*-', '*-', '', '20' . pick(26 .. 31) . '-', '2026..2030-');
        my $day = rand() < 0.15 ? '~' . sprintf('%02d', 1 + int rand 9) . pick('', '', '/1', '/2')
            : '-' . part(1, 31, 0.4);
        push @parts, $year . part(1, 12, 0.6) . $day;
    }
    push @parts, part(0, 23, 0.35) . ':' . part(0, 59, 0.2) . pick('', '', ':' . part(0, 59, 0.1))
        if !@parts || rand() < 0.7;
    push @parts, 'UTC' if rand() < 0.08;
    return join ' ', @parts;
}

# A moment near to a change of daylight saving, or any one until 2031.
sub moment {
    my $day = pick('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01',
        '2028-02-28', sprintf '20%02d-%02d-%02d', 26 + int rand 5, 1 + int rand 12, 1 + int rand 28);
    my ($y, $m, $d) = split /-/, $day;
    return timegm(0, 0, 0, $d, $m - 1, $y) - 86400 + int rand 3 * 86400;
}

# By how many seconds the zone is ahead, without our own code.
sub offset {
    my ($zone, $at) = @_;
    local $ENV{TZ} = $zone;
    POSIX::tzset();
    return timegm(localtime $at) - $at;
}

# The first moment at which the two differ is explained if daylight saving changes
# within a day of it; else it is a fault of one of them.
sub near_change {
    my ($zone, $at) = @_;
    return offset($zone, $at - 86400) != offset($zone, $at + 86400);
}

sub compare {
    my ($zone) = @_;
    my ($same, $explained, @faults) = (0, 0);
    for (1 .. $rounds) {
        my $base = moment();
        my %seen;
        my @expressions = grep { !$seen{$_}++ } map { expression() } 1 .. BATCH;
        my $theirs = theirs($zone, $base, @expressions);
        my @ours = ours(map { join "\t", $zone eq 'UTC' ? '' : "$zones/$zone", $base, NEXT, $_ } @expressions);
        for my $k (0 .. $#expressions) {
            my $refused = $ours[$k] =~ /^error: (?!that never)/;
            my @a = $ours[$k] =~ /^error/ ? () : grep {/\d/} split ' ', $ours[$k];
            my $their = $theirs->{ $expressions[$k] };
            # It does where a step passes its end, to a time that is left out.
            if (!$refused && !defined $their) { $explained++; next }
            my $they_refuse = ($their // '') eq 'refused';
            my @b = $they_refuse ? () : @{ $their // [] };
            my $what = "$zone \@$base '$expressions[$k]': ours $ours[$k], theirs "
                . ($they_refuse ? 'refused' : "@b");
            if ($refused ? $they_refuse : !$they_refuse && "@a" eq "@b") { $same++; next }
            # In some of these years a step that passes its end leaves out what follows.
            if ($expressions[$k] =~ m{(?:^| )20\d\d} && $expressions[$k] =~ m{(?<![.\d])\d+/\d}) {
                $explained++;
                next;
            }
            my ($i) = grep { ($a[$_] // 0) != ($b[$_] // 0) } 0 .. NEXT - 1;
            if (!$refused && !$they_refuse && defined $i
                && near_change($zone, $a[$i] // $b[$i])) { $explained++; next }
            push @faults, $what;
        }
    }
    diag($_) for @faults[ 0 .. ($#faults > 9 ? 9 : $#faults) ];
    is(scalar @faults, 0, "$zone: $same the same, $explained are explained");
}

# Ours: what is next, and what is refused with which words.
my $berlin = "$zones/Europe/Berlin";
my @rows = (
    # left out in spring, once in autumn, and the hour around it
    [ $berlin, '2026-03-28 00:00:00', '*-*-* 02:30', '03-28 01:30:00', '03-30 00:30:00' ],
    [ $berlin, '2026-10-24 12:00:00', '*-*-* 02:30', '10-25 00:30:00', '10-26 01:30:00' ],
    [ $berlin, '2026-03-29 00:00:00', '*:0/30', '03-29 00:30:00', '03-29 01:00:00', '03-29 01:30:00' ],
    [ $berlin, '2026-10-25 00:10:00', '*:0/30', '10-25 00:30:00', '10-25 02:00:00' ],
    # between the two 02:30, where none has been yet
    [ $berlin, '2026-10-25 01:10:00', '*-*-* 02:30', '10-25 01:30:00', '10-26 01:30:00' ],
    [ $berlin, '2026-03-28 12:00:00', '*-*-* 02:30 UTC', '03-29 02:30:00', '03-30 02:30:00' ],
    [ '', '2026-02-01 00:00:00', '*-*~01', '02-28 00:00:00', '03-31 00:00:00' ],
    [ '', '2026-01-01 00:00:00', 'Mon *-05~07/1', '05-25 00:00:00' ],
    [ '', '2026-01-01 00:00:00', 'weekly UTC', '01-05 00:00:00', '01-12 00:00:00' ],
    # in a list with a step none is left out
    [ '', '2026-01-01 12:00:00', '5/8,04:07', '01-01 13:07:00', '01-01 21:07:00', '01-02 04:07:00' ],
);
my @wrong = (
    [ '' => 'it is empty' ],
    [ 'Monday,Tusday' => "'Tusday' is no weekday; did you mean Tuesday?" ],
    [ 'dailly' => "'dailly' is no weekday; did you mean daily?" ],
    [ '*-02-30' => 'that never comes: no month has such a day' ],
    [ '*-04,06-31 12:00' => 'that never comes: no month has such a day' ],
    [ 'Fri..Mon' => 'Friday..Monday is empty: a week begins on Monday; write Friday..Sunday,Monday..Monday' ],
    [ '25:00' => '25 is no hour: it is 0 to 23' ],
    [ '*/2:00' => "'*/2:00': write 0/2:00" ],
    [ '10..8:00' => 'the range 10..8 is empty: a range goes upwards' ],
    [ '*:55/8' => "'55/8': the first step is beyond 59; leave it out" ],
    [ '*:*:0.5' => 'times are whole seconds, without a fraction' ],
    [ '12:00 Europe/Berlin' => "'Europe/Berlin': a time is that of the machine's zone, or ends with UTC" ],
    [ '12' => "'12' is neither a date (2031-12-24, *-*-01) nor a time (03:12)" ],
    [ '12:00 x y' => "'x y': a time is that of the machine's zone, or ends with UTC" ],
    [ '2026-13-01' => '13 is no month: it is 1 to 12' ],
    [ '1969-01-01' => '1969 is no year: it is 1970 to 2199' ],
);

sub utc { $_[0] =~ /(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/; return timegm($6, $5, $4, $3, $2 - 1, $1) }

SKIP: {
    skip 'there are no zones', 1 if !-e $berlin;
    my @answers = ours(map { join "\t", $_->[0], utc($_->[1]), @$_ - 3, $_->[2] } @rows);
    is($answers[$_], join(' ', 'times:', map {utc("2026-$_")} @{ $rows[$_] }[ 3 .. $#{ $rows[$_] } ]),
        "$rows[$_][2] behind $rows[$_][1]") for 0 .. $#rows;
}
my @answers = ours(map {"\t0\t1\t$_->[0]"} @wrong);
is($answers[$_], "error: $wrong[$_][1]", "'$wrong[$_][0]'") for 0 .. $#wrong;

use POSIX ();
SKIP: {
    my @zones = qw(UTC Europe/Berlin America/New_York Australia/Lord_Howe Asia/Kathmandu);
    skip 'there is no systemd-analyze', 1 if system('systemd-analyze --version >/dev/null 2>&1') != 0;
    skip 'there are no zones', 1 if grep { $_ ne 'UTC' && !-e "$zones/$_" } @zones;
    compare($_) for @zones;
}
done_testing();
