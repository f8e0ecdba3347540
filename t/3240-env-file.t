#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .env_file: its variables, by the rules of systemd's EnvironmentFile=; read at each
# start, before the user is changed; a file that cannot be read ends the start, and
# says which and why, before the program runs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX qw(mkfifo);
use Test::More;

my $dir = scratch();
chmod 0755, $dir;
my $root = $> == 0;

# The environment of a process, as NAME => value.
sub environment_of {
    my ($pid) = @_;
    return map { /^([^=]*)=(.*)\z/s ? ($1 => $2) : () } split /\0/, slurp("/proc/$pid/environ");
}

# --- The text of a file: line, and what it gives (undef: no variable).
my @cases = (
    [ 'A=plain value   ',          A => 'plain value' ],
    [ 'SP=  x',                    SP => 'x' ],
    [ ' I = x',                    I => 'x' ],
    [ 'H=x # y',                   H => 'x # y' ],
    [ "# C1=1\n; C2=2",            C1 => undef ],
    [ "#C3=1 \\\nC4=2",            C4 => '2' ],
    [ 'export J=1',                J => undef ],
    [ q{S='it'\''s'},              S => q{it''s'} ],
    [ 'E=a\ b\x41\n',              E => 'a bx41n' ],
    [ 'D="a\"b\\\\c\n\x41"',       D => 'a"b\\c\n\x41' ],
    [ 'V=$A ${A}',                 V => '$A ${A}' ],
    [ "L=\"two\nlines\"",          L => "two\nlines" ],
    [ "M=one\\\n  two",            M => 'one  two' ],
    [ q{Q='a'"b"c"d"},             Q => 'abc"d"' ],
    [ 'N=',                        N => '' ],
    [ '1X=1',                      '1X' => undef ],
    [ 'A-B=1',                     'A-B' => undef ],
    [ 'no assignment',             no => undef ],
    [ 'T=1',                       T => '1' ],
    [ 'T=2',                       T => '2' ],
    [ 'GIVEN=by the file',         GIVEN => 'by the file' ],
    [ 'CONNATE_SERVICE=other',     CONNATE_SERVICE => 'reads' ],
    [ q{U='no end},                U => 'no end' ],
);
spew("$dir/file", join "\n", map { $_->[0] } @cases);
spew("$dir/second", "A=later\r\nB=2\r\n");
spew("$dir/secret", "SECRET=1\n");
chmod 0600, "$dir/secret";
spew("$dir/nul", "A=1\0B=2\n");
spew("$dir/large", 'A=' . ('x' x (1 << 20)) . "\n");
mkdir "$dir/folder";
mkfifo("$dir/fifo", 0600) or die;
symlink 'file', "$dir/link";

my $user = $root ? '.user = "65534", .group = "65534", .extra_groups = LIST(), ' : '';
my %bad = (
    missing => 'No such file or directory', folder => 'Is a directory', fifo => 'it is no regular file',
    nul => 'it has a NUL byte', large => 'it is larger than 1 MB',
);
my $bad = join '', map { qq{	SERVICE("$_", .target = DOWN, .retry = RETRY_NEVER,
		.env_file = LIST("$dir/file", "$dir/$_"),
		.run = EXEC("/bin/touch", "$dir/ran.$_")),\n} } sort keys %bad;
my $s = session(supervisord => supervisord('env-file', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

int function(void) { return 7; }

static const struct service services[] = {
	SERVICE("reads", .env = LIST("GIVEN=by env", "KEPT=1"), .env_file = LIST("$dir/file", "-$dir/none"),
		.run = EXEC("/bin/sleep", "100000")),
	SERVICE("later", .env_file = LIST("$dir/link", "$dir/second"), .stop_all = true,
		.run = EXEC("/bin/sleep", "100000")),
	SERVICE("secret", $user .env_file = LIST("$dir/secret"),
		.setup = SHELL("echo setup \$SECRET >&2"),
		.run = EXEC("/bin/sleep", "100000"), .reload = SHELL("echo reload \$SECRET >&2"),
		.cleanup = SHELL("echo cleanup \$SECRET >&2")),
	SERVICE("calls", .target = DOWN, .retry = RETRY_NEVER, .env_file = LIST("$dir/second"),
		.run = CALL(function)),
	SERVICE("absent", .target = DOWN, .retry = RETRY_NEVER, .env_file = LIST("$dir/second"),
		.run = EXEC("$dir/no-program")),
$bad
};

CONNATE();
CONFIG

ok($s->becomes($_ => 'up'), "$_ is up") for qw(reads later secret);
my %reads = environment_of($s->field(pid => 'reads'));
for my $case (@cases) {
    my ($line, $name, $value) = @$case;
    next if $name eq 'T' && $value eq '1';
    is($reads{$name}, $value, "$name of: " . ($line =~ s/\n/ | /gr));
}
is($reads{KEPT}, 1, 'what no file has is as .env has it');
ok(defined $reads{CONNATE_PID}, 'and what connate adds is there');
my $log = $s->log;
my ($at) = grep { $cases[$_][0] eq 'export J=1' } 0 .. $#cases;
my $line = 1 + (() = join("\n", map { $_->[0] } @cases[0 .. $at - 1]) =~ /\n/g) + 1;
like($log, qr{^prepare: reads: \Q$dir\E/file:$line: the line is none: a variable has another name$}m,
    'a line that is none: which, and why');
like($log, qr{^prepare: reads: \Q$dir\E/file:\d+: it is set by connate$}m, 'a name of ours, too');
like($log, qr{^prepare: reads: \Q$dir\E/file:\d+: a ' has no counterpart$}m, 'and a quotation without an end');

# The guard's program is the process.
my ($main) = children($s->field(pid => 'later'));
my %later = environment_of($main // $s->field(pid => 'later'));
is($later{A}, 'later', 'a later file wins, also behind a guard');
is($later{B}, 2, 'a carriage return ends a line');
is(environment_of($s->field(pid => 'secret'))  && { environment_of($s->field(pid => 'secret')) }->{SECRET}, 1,
    'a file that the user of the service cannot read');
eventually { $s->log =~ /^setup 1$/m } 'the set-up has it';
is(($s->ctl(reload => 'secret'))[0], 0, 'reload');
eventually { $s->log =~ /^reload 1$/m } 'the command of .reload has it';

# Only the descriptors 0, 1 and 2.
opendir my $fds, '/proc/' . $s->field(pid => 'reads') . '/fd' or die;
is(join(' ', sort grep { /\d/ } readdir $fds), '0 1 2', 'no descriptor of ours goes on to the program');
like(slurp('/proc/' . $s->field(pid => 'reads') . '/status'), qr/^SigBlk:\s+0+$/m, 'no signal is blocked');

# It is read at each start.
spew("$dir/secret", "SECRET=2\n");
is(($s->ctl(restart => '-w', 'secret'))[0], 0, 'a restart');
is({ environment_of($s->field(pid => 'secret')) }->{SECRET}, 2, 'reads the file again');
eventually { $s->log =~ /^cleanup \d$/m } 'the clean-up has it';

# --- Files that cannot be read
for my $name (sort keys %bad) {
    (undef, undef, my $err) = $s->ctl(up => '-w', '-t', 60, $name);
    ok($s->becomes($name => 'failed'), "$name: failed");
    my (undef, $status) = $s->ctl(status => $name);
    like($status, qr{env_file \Q$dir\E/$name: \Q$bad{$name}\E}, "$name: which file, and why");
    ok(!-e "$dir/ran.$name", "$name: the program has not run");
}

# root may read all.
{
    my @plain = plain_user();
    spew("$dir/closed", '');
    chmod 0, "$dir/closed";
    my $others = session(@plain ? (user => \@plain) : (), supervisord => supervisord('closed', <<"CONFIG"));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("closed", .retry = RETRY_NEVER, .env_file = LIST("$dir/closed"), .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
    ok($others->becomes(closed => 'failed'), 'without the right to read a file');
    like(($others->ctl(status => 'closed'))[1], qr{env_file \Q$dir\E/closed: Permission denied}, 'and that is said');
    $others->stop;
}

# --- What comes after it fails as it does without it.
$s->ctl(up => '-w', '-t', 60, $_) for qw(absent calls);
ok($s->becomes($_ => 'failed'), "$_ has failed") for qw(absent calls);
like(($s->ctl(status => 'absent'))[1], qr{exec \Q$dir\E/no-program: No such file}, 'the program is missing');
is($s->field(code => 'absent'), 127, 'the exit code of that');
is($s->field(code => 'calls'), 7, 'a function of the configuration is called');
my (undef, $events) = $s->ctl('events');
is(join('', $events =~ /^.*\babsent\b.*-> up\b.*$/mg), '', 'and it was never taken for up');

# --- Supervisord is killed again and again while services come up: each comes up, once.
for my $round (1 .. 20) {
    $s->ctl('restart', qw(reads later secret));
    $s->kill_supervisord;
    ok($s->becomes($_ => 'up'), "round $round: $_ is up") for qw(reads later secret);
}
is({ environment_of($s->field(pid => 'secret')) }->{SECRET}, 2, 'with its variables');

# --- Another configuration: a service that is gone stops by its words.
my $next = supervisord('next', <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("reads", .env = LIST("GIVEN=by env", "KEPT=1"), .env_file = LIST("$dir/file", "-$dir/none"),
		.run = EXEC("/bin/sleep", "100000")),
	SERVICE("later", .env_file = LIST("$dir/second"), .stop_all = true, .run = EXEC("/bin/sleep", "100000")),
};

CONNATE();
CONFIG
(undef, my $diff) = $s->ctl(diff => $next);
like($diff, qr/env_file/, 'diff shows another list of files');
my $pid = $s->field(pid => 'reads');
spew("$dir/secret", "SECRET=gone\n");
is(($s->ctl(exec => $next))[0], 0, 'another configuration');
eventually { $s->log =~ /^cleanup gone$/m } 'the clean-up of a service that is gone has its variables';
is($s->field(pid => 'reads'), $pid, 'one that is in both goes on');
like(($s->ctl(status => 'reads'))[1], qr/^(?!.*stale)/s, 'by the same definition');
like(($s->ctl(status => 'later'))[1], qr/stale/, 'another one is stale');

# --- Without the program, in an installation that lacks it.
SKIP: {
    skip 'one is installed', 3 if -e '/usr/local/libexec/connate/prepare';
    my $built = $ENV{top_builddir} // "$FindBin::Bin/..";
    run('cp', "$built/pid1/connate", "$dir/connate");
    my $lacks = session(command => [ "$dir/connate", '--supervisor', $next ]);
    eventually { $lacks->field(state => 'later') eq 'retrying' || $lacks->field(state => 'later') eq 'starting' }
    'the start fails';
    eventually { ($lacks->ctl(status => 'later'))[1] =~ /prepare: No such file or directory/ } 'and says why';
    is($lacks->stop, 0, 'the session ends');
}

# --- By hand it does nothing.
my ($code, undef, $said) = run(($ENV{top_builddir} // "$FindBin::Bin/..") . '/prepare/prepare');
is($code, 126, 'by hand: refused');
like($said, qr/started by supervisord/, 'and said so');
done_testing();
