#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# No reader: a logger that does not read, and the reader of what connate and
# supervisord print. Services may have to wait for them; those two must not.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(mkfifo);
use Test::More;

my $dir = scratch();
my $sv  = supervisord('full', <<"CONFIG");
#define DEFAULTS .retry = RETRY_NEVER, .max_stop = MILLISECONDS(500),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("deaf", .run = SHELL("while [ ! -e $dir/listen ]; do"
		" sleep 0.02; done; exec cat >$dir/heard"), .log = LOG_NONE),
	SERVICE("talks", .log = LOG_TO("deaf"), .run = SHELL("i=0; while :; do"
		" i=\$((i+1)); echo line \$i of many that nobody reads;"
		" echo \$i >$dir/said; done")),
	SERVICE("other", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("fails", .target = DOWN, .ready = READY_NOTIFY,
		.run = SHELL("exit 3")),
};

CONNATE();
CONFIG

# The state letter of a process: S while it waits in write(2).
sub waits {
    my ($pid) = @_;
    return slurp("/proc/$pid/wchan") =~ /pipe/
        || slurp("/proc/$pid/stat") =~ /\) S /;
}

my $s = session(supervisord => $sv);
$s->becomes('talks', 'up');
my $talker = $s->field(pid => 'talks');
eventually {
    my $before = slurp("$dir/said");
    select undef, undef, undef, 0.1;
    waits($talker) && $before ne '' && slurp("$dir/said") eq $before
}
'a service whose logger does not read waits';
my ($code) = $s->ctl(qw(restart -w -t 60 other));
is($code, 0, 'others are not held up by it');
$s->kill_supervisord;
($code) = $s->ctl(qw(restart -w -t 60 other));
is($code, 0, 'nor when supervisord is killed meanwhile');
is($s->field(pid => 'talks'), $talker, 'it is the same process still');
spew("$dir/listen", '');
my $full = 1 << 18;    # more than a pipe holds
eventually { (-s "$dir/heard" // 0) > $full } 'it goes on when it is read';
my @lines = slurp("$dir/heard") =~ /^line (\d+) of many that nobody reads$/mg;
is(scalar(grep { $lines[$_] != $_ + 1 } 0 .. $#lines), 0,
    'and no line of it is missing');
kill 'KILL', $s->field(pid => 'deaf');
ok($s->becomes(deaf => 'failed'), 'its logger fails');
like(($s->ctl('status'))[1], qr/^talks .*nobody reads its log: deaf \(failed\)$/m, 'which status says of it');
is($s->stop, 0, 'all ends well');

# The output of the two processes themselves.
my $fifo = "$dir/fifo";
mkfifo($fifo, 0600) or die "mkfifo: $!";
sysopen my $pipe, $fifo, O_RDWR | O_NONBLOCK or die "$fifo: $!";
my $filled = 0;
while (my $more = syswrite $pipe, 'x' x 4096) { $filled += $more }
ok($filled > 4096, "a pipe is full ($filled bytes)");
$s = session(
    supervisord => $sv,
    wrap        => [ '/bin/sh', '-c', qq{exec "\$@" 2<>$fifo}, 'sh' ],
);
($code) = $s->ctl(qw(up -w -t 60 fails));
is($code, 1, 'a service fails, which is to be said there');
is($s->field(state => 'fails'), 'failed', 'supervisord goes on');
for my $round (1 .. 3) {
    my $starts = $s->header->{starts};
    $s->kill_supervisord;
    eventually { $s->header->{starts} > $starts } "and so does connate ($round)";
}
($code) = $s->ctl(qw(restart -w -t 60 other));
is($code, 0, 'and all is as it was');
is($s->stop, 0, 'also the end');

done_testing;
