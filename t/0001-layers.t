#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# An include names its room and points downstairs (ARCHITECTURE.md, rooms).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use House;
use Test::More;

my $std    = qr{<std(?:arg|bool|def|int)\.h>};
my $kernel = qr{<(?:linux|asm)/[\w-]+\.h>};
my $libc   = qr{<[\w/]+\.h>};

# These helpers of a CALL read the supervisord whose fork they run in.
my $inside = qr{^config/call/(?:environment|target)\.c$};

# Whose headers each room may use, the kernel's, the compiler's, libc's.
my @rows = (
    # files                             rooms                  others
    [qr{^sys/},                         [qw(sys)],             qr{$std|$kernel}],
    [qr{^model/},                       [qw(model)],           $std],
    [qr{^pid1/},                        [qw(pid1 model sys)],  qr{$std|$kernel}],
    rooms_of('supervisord', qw(loop guard recovery upgrade process tree io base)),
    [qr{^supervisord/},          [qw(supervisord model sys)],  qr{$std|$kernel}],
    [qr{^bus/},       [qw(bus model sys)],   qr{$std|$kernel}],
    [qr{^prepare/},   [qw(prepare supervisord model sys)],  qr{$std|$kernel}],
    rooms_of('conctl', qw(machine upgrade change show session base)),
    [qr{^conctl/[^/]+$},              [qw(conctl model sys)],  qr{$std|$kernel}],
    [qr{^log/},                         [qw(log model sys)],   qr{$std|$kernel}],
    [qr{^config/connate/},              [],                    $std],
    [qr{^config/check/},                [qw(config model)],    $libc],
    [qr{^reader/},                      [qw(reader config model)], $libc],
    [$inside,                    [qw(config model supervisord)],  $std],
    [qr{^config/call/},                 [qw(config model sys)], qr{$std|$kernel}],
    [qr{^config/[^/]+$},                [qw(config sys)],      qr{$std|$kernel|<connate/c\w+\.h>}],
    [qr{^import/},                      [qw(import)],          $libc],
    [qr{^bench/speak\.c$},             [qw(model sys)],       qr{$std|$kernel}],
    [qr{^bench/(?:floor|noop)\.c$},     [qw(sys)],             qr{$std|$kernel}],
    [qr{^bench/(?:booted|look|orphans)\.[ch]$}, [qw(bench model sys)], qr{$std|$kernel}],
    [qr{^bench/},                       [qw(bench model)],     $libc],
    [qr{^t/(?:call|flap|inside|witness)\.c$},    [qw(config model sys)], qr{$std|$kernel}],
    [qr{^t/crash-after\.c$},            [qw(supervisord model sys)],  $std],
    [qr{^t/1015-stamp\.c$},     [qw(t sys)],                         $libc],
    [qr{^t/4032-reaped\.c$},    [qw(t supervisord model sys)],       $libc],
    [qr{^t/101(?:2-trust|7-overlap)\.c$}, [qw(t supervisord model sys)], $libc],
    [qr{^t/import-fuzz\.c$},            [qw(import)],          $libc],
    [qr{^t/},                           [qw(t model config reader)],  $libc],
);

# The complaint about that line of that file, or nothing.
sub complaint {
    my ($name, $line) = @_;
    return '' if $line !~ /^\s*#\s*include\s*(\S+)/;
    my $included = $1;
    my ($row) = grep { $name =~ $_->[0] } @rows;
    return 'is in no room' if !$row;
    my (undef, $rooms, $others) = @$row;
    return "may not include $included"
        if $included =~ /^</ && $included !~ /^$others$/;
    return '' if $included !~ /^"(.*)"$/;
    my $path = $1;
    my ($room) = $path =~ m{^(\w+)/};
    return "$included names no room" if !$room;
    return "may not include $included" if !grep { $path =~ m{^$_/} } @$rooms;
    return "$included does not exist" if !-f source($path) && !-f built($path);
    return '';
}

# A row for each of these rooms of a program, from top to bottom: it may use itself
# and those below it.
sub rooms_of {
    my ($program, @rooms) = @_;
    return map { [qr{^$program/$rooms[$_]/},
        [qw(model sys), map { "$program/$_" } @rooms[$_ .. $#rooms]],
        qr{$std|$kernel}] } 0 .. $#rooms;
}

my %own = map { $_ => 1 } sources(qr{^t/config/}, 't');
my @files = grep { !$own{$_} } sources(qr{\.(?:c|h|def)$}, rooms());
cmp_ok(scalar @files, '>', 50, 'there are files to look at');
for my $name (@files) {
    my @found;
    for my $line (lines($name)) {
        my $why = complaint($name, $line);
        push @found, $why if $why;
    }
    is("@found", '', $name);
}

# The test of the test: it finds each of these.
for (['model/x.c', '#include "sys/call.h"'],
    ['sys/x.c',   '#include "model/text.h"'],
    ['sys/x.c',   '#include <stdio.h>'],
    ['config/call/x.c', '#include "supervisord/base/supervisor.h"'],
    ['model/x.c', '#include <linux/errno.h>'],
    ['pid1/x.c',  '#include "supervisord/base/image.h"'],
    ['supervisord/io/x.c', '#include "supervisord/loop/halt.h"'],
    ['supervisord/tree/x.c', '#include "supervisord/process/owner.h"'],
    ['import/x.c', '#include "config/check/check.h"'],
    ['log/x.c',   '#include "conctl/base/out.h"'],
    ['pid1/x.c',  '#include "pid1.h"'],
    ['pid1/x.c',  '#include "pid1/absent.h"'],
    ['conctl/base/x.c',    '#include "conctl/session/record.h"'],
    ['conctl/change/x.c',  '#include "conctl/upgrade/image.h"'],
    ['conctl/machine/x.c', '#include "conctl/help.h"'],
    ['lib/x.c',   '#include "sys/call.h"'])
{
    isnt(complaint(@$_), '', "not in $_->[0]: $_->[1]");
}
done_testing();
