#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A program that asks for a signal at the death of its parent (PR_SET_PDEATHSIG)
# does not outlive supervisord, unless its parent is a guard.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my %wraps = (
    setpriv => [qw(--pdeathsig KILL)],
    bwrap   => [qw(--die-with-parent --bind / /)],
);

# The path of that program, if it works here.
sub usable {
    my ($program) = @_;
    my ($path) = grep { -x } map { "$_/$program" } qw(/usr/bin /bin);
    return if !$path || (run($path, @{ $wraps{$program} }, '/bin/true'))[0] != 0;
    return $path;
}

my %path = map { $_ => usable($_) } keys %wraps;
my @have = grep { defined $path{$_} } sort keys %wraps;
plan skip_all => 'neither setpriv nor bwrap works here' if !@have;

my $services = '';
for my $program (@have) {
    my $run = join ', ', map { qq["$_"] } $path{$program}, @{ $wraps{$program} }, '/bin/sleep', '1000';
    $services .= qq[\tSERVICE("$program", .run = EXEC($run)),\n];
    $services .= qq[\tSERVICE("$program-guarded", .stop_all = true, .run = EXEC($run)),\n];
}
my $s = session(supervisord => supervisord('dies', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>
static const struct service services[] = {
$services};
CONNATE();
CONFIG

# It runs what it is to run, so it has asked for the signal.
sub sleeps {
    my ($pid) = @_;
    return grep { comm($_) eq 'sleep' } Connate::tree($pid);
}

my %pid;
for my $name (map { $_, "$_-guarded" } @have) {
    ok($s->becomes($name => 'up'), "$name is up");
    eventually { sleeps($s->field(pid => $name)) } 'and runs';
    $pid{$name} = $s->field(pid => $name);
}
ok($s->kill_supervisord, 'supervisord is killed');
eventually { $s->header->{starts} == 2 } 'and succeeded';
for my $program (@have) {
    eventually { $s->field(pid => $program) =~ /^(?!$pid{$program}$)\d+$/ } "$program: it is killed, and started again";
    is($s->field(pid => "$program-guarded"), $pid{"$program-guarded"}, 'with a guard it goes on');
    ok(alive($pid{"$program-guarded"}), 'and lives');
}
is($s->stop, 0, 'the end');
done_testing();
