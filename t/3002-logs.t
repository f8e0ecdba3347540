#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The four kinds of log. A log pipe outlives its logger and supervisord, and
# nothing that was written to it is lost.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
spew("$dir/kept", "before\n");
spew("$dir/fresh", "before\n");

my $s = session(
    supervisord => supervisord('logs', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("inherit", .run = SHELL("echo inherited; exec sleep 1000")),
	SERVICE("none", .log = LOG_NONE, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("append", .log = LOG_FILE("$dir/kept"),
		.run = SHELL("echo out; echo err >&2; exec sleep 1000")),
	SERVICE("overwrite", .log = LOG_FILE("$dir/fresh", .overwrite = true),
		.run = SHELL("echo out; exec sleep 1000")),
	SERVICE("new", .log = LOG_FILE("$dir/new", .mode = 0640),
		.run = SHELL("echo out; exec sleep 1000")),
	SERVICE("count", .log = LOG_TO("count-log"),
		.run = SHELL("while [ ! -e $dir/go ]; do sleep 0.02; done;"
			" i=0; while [ \$i -lt 3000 ]; do i=\$((i+1));"
			" echo line \$i;"
			" [ \$((i % 10)) = 0 ] && sleep 0.005; done;"
			" exec sleep 1000")),
	SERVICE("count-log", .retry = RETRY_FIXED(.after = MILLISECONDS(1)),
		.run = SHELL("while read -r line; do"
			" echo \\"\$line\\" >>$dir/counted; done")),
};

CONNATE();
CONFIG

ok($s->becomes($_ => 'up'), "$_ is up")
    for qw(inherit none append overwrite new count count-log);
eventually { $s->log =~ /^inherited$/m } 'LOG_INHERIT';
my $none = $s->field(pid => 'none');
is(readlink "/proc/$none/fd/$_", '/dev/null', "LOG_NONE, descriptor $_") for 1, 2;
eventually { slurp("$dir/kept") eq "before\nout\nerr\n" } 'LOG_FILE appends, both outputs';
eventually { slurp("$dir/fresh") eq "out\n" } 'LOG_FILE overwrites';
eventually { slurp("$dir/new") eq "out\n" } 'LOG_FILE makes it';
is((stat "$dir/new")[2] & 0777, 0640 & ~umask, 'with its mode');

# Kill the logger and supervisord again and again while lines come in.
spew("$dir/go", '');
my $writer = $s->field(pid => 'count');
my ($rounds, $deaths, $kills) = (0, 0, 0);
wait_until {
    my $logger = $s->records->{'count-log'}{pid};
    $deaths += kill 'KILL', $logger if $logger > 0 && $rounds++ % 3 == 0;
    $kills++ if $s->kill_supervisord;
    slurp("$dir/counted") =~ /^line 3000$/m;
}
'the last line';
cmp_ok($deaths, '>', 2, "the logger was killed $deaths times");
cmp_ok($kills, '>', 2, "and supervisord $kills times");
is($s->field(pid => 'count'), $writer, 'the writer never noticed');

# A shell that is killed between reading a line and writing it loses that
# line; the pipe itself loses none. So each loss has a death.
my %seen = map { $_ => 1 } slurp("$dir/counted") =~ /^line (\d+)$/mg;
my $lost = grep { !$seen{$_} } 1 .. 3000;
cmp_ok($lost, '<=', $deaths, "the pipe lost nothing (the logger itself: $lost)");
my @kept = grep { /^12[01]$/ }
    map { (split m{/})[-1] } glob "/proc/$s->{pid}/fd/*";
is(scalar(@kept), 2, 'connate keeps both ends');
is($s->stop, 0, 'it ends');
done_testing();
