#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-log --history and the ledger at connate's descriptor 100: this test takes the
# place of connate, with copies of a real one. Another ledger that comes into force without a
# word in the one before is found when a service says something; what is no ledger is not
# read; without connate it says so, and logs all the same.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
my $s = session(supervisord => supervisord('ledger', <<'CONFIG', '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .retry = RETRY_FIXED(.after = MILLISECONDS(1)), .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
ok($s->becomes(web => 'up'), 'a session');

# What it is now becomes our descriptor 100.
sub take_ledger {
    my ($bytes) = @_;
    open my $copy, '+>:raw', "$dir/copy" or die $!;
    unlink "$dir/copy";
    syswrite $copy, $bytes;
    POSIX::dup2(fileno $copy, 100) or die $!;
    return;
}

# A logger, whose standard input is the handle that it returns.
sub logger {
    my ($connate, $name) = @_;
    pipe my $in, my $out or die $!;
    my $pid = fork_patiently();
    if ($pid == 0) {
        POSIX::dup2(fileno $in, 0);
        POSIX::close($_) for fileno $in, fileno $out, 100;
        open STDERR, '>>', "$dir/$name.err";
        delete $ENV{CONNATE_PID};
        $ENV{CONNATE_PID} = $connate if $connate;
        exec { $log } $log, '--file', "$dir/$name.log", '--history', "$dir/$name.past" or POSIX::_exit(127);
    }
    close $in;
    return ($pid, $out);
}

sub crashes { my ($name) = @_; return scalar(() = slurp("$dir/$name.past") =~ /"to":"retrying"/g) }

take_ledger($s->bytes);
my ($pid, $out) = logger($$, 'one');
eventually { slurp("$dir/one.past") =~ /"service":"web".*"to":"up"/ } 'the events of a ledger';
is(crashes('one'), 0, 'no crash yet');
kill 'KILL', $s->field(pid => 'web');
ok($s->becomes(web => 'up'), 'it is up again');
eventually { ($s->ctl('events', 'web'))[1] =~ /retrying(?:.*\n)+.* up / } 'another ledger has its crash';
take_ledger($s->bytes);
eventually { syswrite $out, "a line\n"; crashes('one') == 1 } 'it is found when something is said';
is(scalar(() = slurp("$dir/one.past") =~ /"event":"(?:boot|session)"/g), 1, 'and goes on in the same session');
my @next = slurp("$dir/one.past") =~ /"event":"state".*"mark":"\d+\.\d+\.(\d+)/g;
is("@next", join(' ', 1 .. @next), 'each event once');
close $out;
is(ended_by($pid), 0, 'it ends with its input');

# No ledger
take_ledger("nonsense\n" x 100_000);
($pid, $out) = logger($$, 'two');
syswrite $out, "a line\n";
eventually { slurp("$dir/two.log") =~ /a line/ } 'what is no ledger stops no line';
take_ledger($s->bytes);
eventually { syswrite $out, "a line\n"; crashes('two') == 1 } 'one that is there later is read';
close $out;
is(ended_by($pid), 0, 'it ends');

# No connate
($pid, $out) = logger(undef, 'three');
syswrite $out, "a line\n";
eventually { slurp("$dir/three.log") =~ /a line/ } 'without connate it logs';
like(slurp("$dir/three.err"), qr/^\S+ connate-log: --history: CONNATE_PID is not set; /, 'and says what is missing');
close $out;
is(ended_by($pid), 0, 'it ends');
is($s->stop, 0, 'and the session');
done_testing();
