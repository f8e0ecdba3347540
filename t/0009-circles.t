#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# No circle of files: no file calls, or uses the data of, a file that uses it in
# turn, by itself or through others; and no header includes one that includes it.
# So each file can be read after those below it (ARCHITECTURE.md, rooms).
use strict;
use warnings;
use File::Find qw(find);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my @rooms = qw(sys model pid1 supervisord prepare conctl log import);

my $readelf = $ENV{READELF} || 'readelf';

# The global symbols of object files: what each defines, what each refers to. Both
# from a name of the file to a set of symbols; $name_of has that of an object.
sub symbols {
    my ($name_of, @objects) = @_;
    my ($code, $out) = run($readelf, '-sW', @objects);
    my (%defines, %refers, $name);
    die "$readelf fails" if $code != 0;
    $name = $name_of->{ $objects[0] };
    for my $line (split /\n/, $out) {
        $name = $name_of->{$1} if $line =~ /^File: (.*)/;
        my ($place, $symbol) =
            $line =~ /\s(?:GLOBAL|WEAK)\s+\S+\s+(\S+) (\S+)$/ or next;
        $place eq 'UND' ? $refers{$name}{$symbol} : $defines{$name}{$symbol}
            = 1;
    }
    return (\%defines, \%refers);
}

sub room_of { my ($name) = @_; return $name =~ m{^([^/]+)/} ? $1 : '' }

# Who uses whom: a symbol is that of a file of the same room; or, if it is in none
# of them, of any other file. (Each program has its own main().)
sub uses {
    my ($defines, $refers) = @_;
    my (%at, %graph);
    for my $name (sort keys %$defines) {
        for my $symbol (keys %{ $defines->{$name} }) {
            $at{ room_of($name) }{$symbol} = $name;
            $at{''}{$symbol} = $name;
        }
    }
    for my $name (sort keys %$refers) {
        for my $symbol (keys %{ $refers->{$name} }) {
            my $other = $at{ room_of($name) }{$symbol} // $at{''}{$symbol};
            $graph{$name}{$other} = 1 if defined $other && $other ne $name;
        }
    }
    return \%graph;
}

sub reachable {
    my ($graph, $from) = @_;
    my (%seen, @todo);
    @todo = keys %{ $graph->{$from} // {} };
    while (defined(my $name = shift @todo)) {
        push @todo, keys %{ $graph->{$name} // {} } if !$seen{$name}++;
    }
    return \%seen;
}

# The circles of a graph: of each, the names of its files in one string.
sub circles {
    my ($graph) = @_;
    my %reach = map { $_ => reachable($graph, $_) } keys %$graph;
    my %found;
    for my $name (sort keys %reach) {
        my @circle = grep { $reach{$name}{$_} && $reach{$_}{$name} } sort keys %reach;
        $found{"@circle"} = 1 if @circle;
    }
    return sort keys %found;
}

# The objects of a room, at any depth, whose source is there: a build folder may
# have older ones. What is built for the build machine is left out.
sub objects {
    my ($room) = @_;
    my %name_of;
    find({ no_chdir => 1, wanted => sub {
        my ($dir, $name) = m{^\Q@{[built('')]}\E(.*)/([^/.]+)\.o$} or return;
        # libx_a-name.o is that of name.c, which may have a - itself.
        $name =~ s/^[^-]*-// while !-f source("$dir/$name.c") && $name =~ /-/;
        $name_of{$_} = "$dir/$name.c" if -f source("$dir/$name.c");
    } }, built($room));
    return %name_of;
}

sub included {
    my (@lines) = @_;
    return map { /^\s*#\s*include\s+"([^"]+\.h)"/ ? $1 : () } @lines;
}

my %name_of = map { objects($_) } @rooms;
my %files = map { $_ => 1 } values %name_of;
my $graph = uses(symbols(\%name_of, sort keys %name_of));
my @circles = circles($graph);

for my $room (@rooms) {
    my @sources = sources(qr{\.c$}, $room);
    is(join(' ', grep { !$files{$_} } @sources), '', "$room: each file is looked at");
    my @found = grep { m{(?:^| )\Q$room\E/} } @circles;
    is(join('; ', @found), '', "$room: no circle of files");
}

my %headers = map { my $name = $_;
    $name => { map { $_ => 1 } included(lines($name)) } } sources(qr{\.h$}, rooms());
is(join('; ', circles(\%headers)), '', 'no circle of headers');

# The test itself: circles that are planted are found.
my $dir = scratch();
my %text = (
    first  => 'int second(void); int first(void); int first(void) { return second(); }',
    second => 'extern int third; int second(void); int second(void) { return third; }',
    third  => 'int first(void); int third; int (*again)(void) = first;',
    fourth => 'int first(void); int fourth(void); int fourth(void) { return first(); }',
);
my (%planted, @cc);
@cc = split ' ', $ENV{CC} // 'cc';
for my $name (sort keys %text) {
    spew("$dir/$name.c", "$text{$name}\n");
    my ($code, undef, $err) = run(@cc, '-c', '-o', "$dir/$name.o", "$dir/$name.c");
    is($code, 0, "$name.c is built") or diag($err);
    $planted{"$dir/$name.o"} = "room/$name.c";
}
is(join('; ', circles(uses(symbols(\%planted, sort keys %planted)))),
    'room/first.c room/second.c room/third.c', 'found: a circle of three files');
is(join('; ', circles({ map { $_->[0] => { map { $_ => 1 } included($_->[1]) } }
                        ['a.h', '#include "b.h"'], ['b.h', "#\tinclude \"a.h\""],
                        ['c.h', '#include "a.h"'] })),
    'a.h b.h', 'found: a circle of two headers');
done_testing();
