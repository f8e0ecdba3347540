#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-log by itself: what it writes of each line, where, how files are turned, and
# what it does when they cannot be written. A test may run it with pipes of its own,
# passed as connate passes them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use POSIX qw(:sys_wait_h dup2);
use Test::More;

use constant KILLS => 30;

my $program = abs_top() . '/log/log';
my $dir     = scratch();
my %running;
my $number = 0;

sub abs_top { return $ENV{top_builddir} // "$FindBin::Bin/.." }

END { kill 'KILL', keys %running if %running }

# Pipes for these names: { name => [reader, writer] }.
sub pipes {
    my %pipes;
    for my $name (@_) {
        pipe my $in, my $out or die "pipe: $!";
        $out->autoflush(1);
        $pipes{$name} = [ $in, $out ];
    }
    return \%pipes;
}

# The logger with these pipes, in the order of their names: { pid, out, err }.
sub logger {
    my ($pipes, @options) = @_;
    my @command = ref $options[0] ? @{ shift @options } : $program;
    my @names = sort keys %$pipes;
    my %l     = (out => "$dir/" . ++$number . '.out', err => "$dir/$number.err");
    my $pid   = fork_patiently();
    if ($pid == 0) {
        open STDIN,  '<', '/dev/null';
        open STDOUT, '>', $l{out};
        open STDERR, '>', $l{err};
        # The readers are copied to where none of them is, then to their numbers.
        my @high = map { fcntl $pipes->{$_}[0], POSIX::F_DUPFD(), 100 } @names;
        dup2($high[$_], 3 + $_) for 0 .. $#high;
        POSIX::close($_) for 3 + @names .. 200;
        @ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, scalar(@names), join ':', @names);
        exec { $command[0] } @command, @options or POSIX::_exit(127);
    }
    $running{$pid} = 1;
    $l{pid} = $pid;
    return \%l;
}

# Its exit code, or 128 + signal.
sub ended {
    my ($l) = @_;
    my $status;
    wait_until { waitpid($l->{pid}, WNOHANG) == $l->{pid} and defined($status = $?) } 'the logger to end';
    delete $running{ $l->{pid} };
    return $status & 127 ? 128 + ($status & 127) : $status >> 8;
}

# No writer is left.
sub close_all { my ($pipes) = @_; close $_->[1] for values %$pipes; return }

sub texts { my ($path) = @_; return join '|', map { s/^\S+Z //r } split /\n/, slurp($path) }

# Lines
{
    my $p = pipes(qw(a b));
    my $l = logger($p, '--file', "$dir/all", '--json');
    print { $p->{a}[1] } "one\n<3>bad\n\nhal";
    eventually { texts("$dir/all") eq 'a: one|a[err]: bad|a: ' } 'lines, one with a level, one empty';
    print { $p->{b}[1] } "in between\n";
    eventually { texts("$dir/all") =~ /\|b: in between$/ } 'a line that has not ended is not written';
    print { $p->{a}[1] } "f\n\e[31mred \0 \xff \xc3\xa4 \xc2\x85\ttab\nlast";
    eventually { texts("$dir/all") =~ /a: half\|a: \\x1b\[31mred \\x00 \\xff \xc3\xa4 \\xc2\\x85\ttab$/ }
    'its parts are put together; what a terminal would obey is shown';
    close_all($p);
    is(ended($l), 0, 'it ends when no writer is left');
    like(texts("$dir/all"), qr/\|a: last$/, 'with the last line, which has no newline');
    like(slurp("$dir/all"), qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z a: one$/m, 'with the time');
    my @json = map { decode_json($_) } split /\n/, slurp($l->{out});
    is_deeply([ map { $_->{text} } @json ],
        [ 'one', 'bad', '', 'in between', 'half', "\e[31mred \0 \x{ff} \x{e4} \x{c2}\x{85}\ttab", 'last' ],
        'the same as JSON');
    is_deeply([ @{ $json[1] }{qw(service level)} ], [qw(a err)], 'with service and level');
    is(slurp($l->{err}), '', 'and nothing is wrong');
}

# Long lines
{
    my $p = pipes('a');
    my $l = logger($p, '--each', $dir);
    my $long = 'x' x 20_000;
    print { $p->{a}[1] } "$long\nshort\n", 'y' x 8192, "\n", 'z' x 8193;
    close_all($p);
    is(ended($l), 0, 'long lines');
    my @pieces = split /\|/, texts("$dir/a.log");
    is_deeply([ map { length } @pieces ],
        [ map { 3 + $_ } 8192 + 6, 8192 + 12, 20_000 - 16_384 + 6, 5, 8192, 8192 + 6, 1 + 6 ],
        'are cut after 8192 bytes, and marked');
    is(join('', map { s/^a: (?:\[cut\] )?//r =~ s/ \[cut\]$//r } @pieces[ 0 .. 2 ]), $long, 'with no byte lost');
}

# A gigabyte in a line would be the same; a character is not cut.
{
    my $p = pipes('a');
    my $l = logger($p, '--file', "$dir/wide");
    print { $p->{a}[1] } 'x', "\xc3\xa4" x 8000, "\n";
    close_all($p);
    is(ended($l), 0, 'a long line of long characters');
    unlike(slurp("$dir/wide"), qr/\\x/, 'which are not cut');
}

# Turning
my @numbered;
{
    my $p = pipes('a');
    my $l = logger($p, '--file', "$dir/turned", '--max-size', '4096');
    print { $p->{a}[1] } map { "line $_\n" } 1 .. 3000;
    close_all($p);
    is(ended($l), 0, 'turning');
    my @files = ((sort glob "$dir/turned.*"), "$dir/turned");
    cmp_ok(scalar(@files), '>', 20, scalar(@files) . ' files');
    is(scalar(grep { -s $_ > 4096 } @files), 0, 'none is larger than --max-size');
    is(scalar(grep { -s $_ < 3500 } @files[ 0 .. $#files - 1 ]), 0, 'or much smaller');
    is(join('|', map { texts($_) } @files), join('|', map { "a: line $_" } 1 .. 3000), 'each line once, in order');

    $p = pipes('a');
    $l = logger($p, '--file', "$dir/turned", '--max-size', '4096', '--keep', 3);
    spew("$dir/turned.20000101T000000", 'not ours');
    print { $p->{a}[1] } map { "line $_\n" } 1 .. 3000;
    close_all($p);
    is(ended($l), 0, 'with --keep');
    my @kept = glob "$dir/turned.*Z";
    is(scalar(@kept), 3, 'so many are kept');
    is(join('|', map { texts($_) } @kept, "$dir/turned"),
        join('|', map { "a: line $_" } 3001 - (() = map { split /\n/, slurp($_) } @kept, "$dir/turned") .. 3000),
        'the last ones');
    is(slurp("$dir/turned.20000101T000000"), 'not ours', 'a file of another form is not touched');

    $p = pipes('a');
    $l = logger($p, '--file', "$dir/turned", '--max-size', '4K', '--max-total', '9K');
    print { $p->{a}[1] } map { "line $_\n" } 1 .. 3000;
    close_all($p);
    is(ended($l), 0, 'with --max-total');
    is(scalar(() = glob "$dir/turned.*Z"), 2, 'the sum of the turned ones');
}

# Age: the last lines are of another hour.
{
    spew("$dir/old", "former\n");
    utime time - 7300, time - 7300, "$dir/old";
    my $p = pipes('a');
    my $l = logger($p, '--file', "$dir/old", '--max-age', '1h');
    print { $p->{a}[1] } "now\n";
    close_all($p);
    is(ended($l), 0, 'by age');
    is(texts("$dir/old"), 'a: now', 'the new file');
    is(join('', map { slurp($_) } glob "$dir/old.*Z"), "former\n", 'and the old one');
}

# Compression, of one file after another.
SKIP: {
    skip 'no gzip', 2 if !-x '/bin/gzip';
    my $p = pipes('a');
    my $l = logger($p, '--file', "$dir/packed", '--max-size', '4K', '--compress', '/bin/gzip');
    print { $p->{a}[1] } map { "line $_\n" } 1 .. 500;
    eventually {
        my @left = grep { !/gz$/ } glob "$dir/packed.*";
        @left == 0 && (() = glob "$dir/packed.*.gz") > 3;
    }
    'turned files are compressed';
    close_all($p);
    is(ended($l), 0, 'it ends');
    my $all = join '|', (map { (run('/bin/gzip', '-dc', $_))[1] =~ s/^\S+Z //mgr =~ s/\n\z//r =~ s/\n/|/gr }
            sort glob "$dir/packed.*.gz"), texts("$dir/packed");
    is($all, join('|', map { "a: line $_" } 1 .. 500), 'with all lines');
}

# Turned by somebody else, removed, its folder away: what the path says counts.
{
    mkdir "$dir/f";
    my $p = pipes('a');
    my $l = logger($p, '--file', "$dir/f/log");
    print { $p->{a}[1] } "one\n";
    eventually { texts("$dir/f/log") eq 'a: one' } 'a file';
    rename "$dir/f/log", "$dir/f/log.1";
    kill 'HUP', $l->{pid};
    print { $p->{a}[1] } "two\n";
    eventually { texts("$dir/f/log") eq 'a: two' } 'turned by somebody else';
    rename "$dir/f", "$dir/g";
    print { $p->{a}[1] } "three\n";
    eventually { slurp($l->{err}) =~ /cannot write the log of a: No such file or directory; services wait/ }
    'without its folder it says so';
    print { $p->{a}[1] } "four\n";
    rename "$dir/g", "$dir/f";
    eventually { texts("$dir/f/log") eq 'a: two|a: three|a: four' } 'and goes on when that is back';
    is(scalar(() = slurp($l->{err}) =~ /cannot write/g), 1, 'which was said once');
    like(slurp($l->{err}), qr/can be written again/, 'and that all is well');
    kill 'TERM', $l->{pid};
    is(ended($l), 0, 'SIGTERM');
}

# A full disk: a tmpfs that only the logger sees.
SKIP: {
    mkdir "$dir/full";
    my @unshare = ('unshare', '--mount', 'sh', '-c',
        "mount -t tmpfs -o size=256k none $dir/full && exec \"\$\@\"", 'sh');
    skip 'no right to mount', 6 if (run(@unshare, 'true'))[0] != 0;
    my $p = pipes('a');
    my $l = logger($p, [ @unshare, $program ], '--file', "$dir/full/log");
    my $inside = "/proc/$l->{pid}/root$dir/full";
    print { $p->{a}[1] } "first\n";
    eventually { texts("$inside/log") eq 'a: first' } 'a small disk';
    spew("$inside/other", 'x' x 220_000);
    my $writer = fork_patiently();
    if ($writer == 0) {
        my $all = join '', map { "line $_ " . 'x' x 120 . "\n" } 1 .. 1400;
        my $at  = 0;
        $at += syswrite $p->{a}[1], $all, length($all) - $at, $at while $at < length $all;
        POSIX::_exit(0);
    }
    $running{$writer} = 1;
    close_all($p);
    eventually { slurp($l->{err}) =~ /cannot write the log of a: No space left on device; services wait/ }
    'when it is full, that is said';
    eventually { waitpid($writer, WNOHANG) == 0 } 'the service waits, and lives';
    unlink "$inside/other";
    my $written = '';
    eventually { $written = texts("$inside/log") if -e "$inside/log"; $written =~ /line 1400 x+$/ || !-d $inside }
    'and goes on when there is room';
    is(ended($l), 0, 'to the end');
    waitpid $writer, 0;
    delete $running{$writer};
    is(scalar(() = slurp($l->{err}) =~ /cannot write/g), 1, 'which was said once');
}

# DROP: writers do not wait.
{
    my $p = pipes('a');
    my $l = logger($p, '--file', "$dir/h/log", '--drop');
    print { $p->{a}[1] } "kept\n";
    eventually { slurp($l->{err}) =~ /lines are dropped/ } 'a folder that is not there';
    print { $p->{a}[1] } "dropped $_\n" for 1 .. 20_000;
    mkdir "$dir/h";
    eventually { slurp("$dir/h/log") =~ /a: kept\n.* a\[warning\]: \d+ lines of this service were dropped\n/ }
    'writers go on; what was dropped is said in the log';
    close_all($p);
    is(ended($l), 0, 'it ends');
    my ($dropped) = slurp("$dir/h/log") =~ /(\d+) lines of this/;
    my $written = () = slurp("$dir/h/log") =~ /a: dropped/g;
    is($dropped + $written, 20_000, "$dropped dropped, $written written");
}

# Rates
{
    my $p = pipes(qw(a b));
    my $l = logger($p, '--file', "$dir/rate", '--rate', 10, '--period', 2);
    print { $p->{a}[1] } map { "line $_\n" } 1 .. 1000;
    print { $p->{b}[1] } "quiet\n";
    eventually { slurp("$dir/rate") =~ /a\[warning\]: \d+ lines of this service were dropped/ } 'too many lines';
    like(slurp("$dir/rate"), qr/b: quiet/, 'another service is not concerned');
    close_all($p);
    is(ended($l), 0, 'it ends');
    my $dropped = 0;
    $dropped += $_ for slurp("$dir/rate") =~ /(\d+) lines of this/g;
    my $written = () = slurp("$dir/rate") =~ /a: line/g;
    is($dropped + $written, 1000, 'all are counted');
    cmp_ok($written, '<=', 30, "$written were written");
}

# The socket of a syslog daemon.
{
    require IO::Socket::UNIX;
    my $socket = IO::Socket::UNIX->new(Type => IO::Socket::SOCK_DGRAM(), Local => "$dir/dev-log");
    my $p = pipes('a');
    my $l = logger($p, '--syslog', "$dir/dev-log");
    print { $p->{a}[1] } "<3>bad\nplain\n";
    $socket->recv(my $first, 100);
    $socket->recv(my $second, 100);
    is("$first|$second", '<27>a: bad|<30>a: plain', 'syslog');
    unlink "$dir/dev-log";
    close $socket;
    print { $p->{a}[1] } "nobody\nis there\n";
    eventually { slurp($l->{err}) =~ /its lines are dropped until it takes them/ } 'a daemon that is not there';
    close_all($p);
    is(ended($l), 0, 'holds nothing up');
}

# The command line
for ([ [], 'one of --file' ], [ ['--fil'], 'unknown option --fil' ], [ [ '--file', 'x' ], 'absolute path' ],
    [ [ '--file', '/x', '--max-size', '3x' ], 'takes a number' ], [ [ '--file', '/x', '--each', '/y' ], 'not both' ])
{
    my ($words, $what) = @$_;
    my ($code, undef, $err) = run($program, @$words);
    is($code, 2, "@$words");
    like($err, qr/\Q$what\E/, 'and why');
}

# Kills: with its memory in a file no line is doubled, and none is lost.
{
    my @names = qw(a b c);
    my $p     = pipes(@names);
    my @options = ('--each', "$dir/k", '--max-size', '16K', '--memory', "$dir/memory");
    my ($kills, $slow) = (0, 20_000);    # so many lines, then slowly
    mkdir "$dir/k";
    my @writers = map {
        my $name = $_;
        my $pid  = fork_patiently();
        if ($pid == 0) {
            # In pieces that end anywhere, until there were enough kills.
            my ($text, $n, $k) = ('', 0, 0);
            while (1) {
                if (length $text < 3000 && !-e "$dir/enough") {
                    $text .= "$name line $_ " . 'x' x ($_ * 7 % 50) . "\n" for $n + 1 .. $n + 100;
                    $n += 100;
                }
                last if $text eq '';
                my $wrote = syswrite $p->{$name}[1], $text, 1 + (++$k * 7919) % 3000;
                substr $text, 0, $wrote, '';
                select undef, undef, undef, $n > $slow ? 0.05 : 0.0005 if $k % 4 == 0;
            }
            spew("$dir/k/$name.count", $n);
            POSIX::_exit(0);
        }
        $running{$pid} = 1;
        $pid;
    } @names;
    close_all($p);
    my %left = map { $_ => 1 } @writers;
    my $last;
    wait_until {
        my $l = logger($p, @options);
        select undef, undef, undef, rand 0.03;
        %left = map { $_ => 1 } grep { waitpid($_, WNOHANG) == 0 } keys %left;
        my $done = !%left;
        kill 'KILL', $l->{pid} if !$done;
        my $code = ended($l);
        $kills++ if $code == 128 + 9;
        spew("$dir/enough", '') if $kills == KILLS;
        $last = slurp($l->{err});
        return $done && $code == 0;
    }
    'all lines';
    delete @running{@writers};
    for my $name (@names) {
        my $lines = slurp("$dir/k/$name.count");
        my $all = join '', map { slurp($_) } ((sort glob "$dir/k/$name.log.*"), "$dir/k/$name.log");
        my %seen;
        my @bad = grep { !/^\S{26}Z $name: $name line (\d+) (x*)$/ || length $2 != $1 * 7 % 50 || $seen{$1}++ }
            split /\n/, $all;
        my $lost = grep { !$seen{$_} } 1 .. $lines;
        is(scalar(@bad), 0, "$name: no line is doubled or broken") or diag(map { "$_\n" } @bad);
        is($lost, 0, 'and none is lost');
    }
    is($last, '', 'nothing is wrong at the end');
}
done_testing();
