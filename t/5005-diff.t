#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl diff: the changes by another supervisord, read from its file without
# running it; and files that are no supervisord, or a forged one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use Test::More;

my $dir   = scratch();
my $sleep = '.run = EXEC("/bin/sleep", "1000")';

sub configuration {
    my ($name, $services, $connate) = @_;
    return supervisord($name, <<"CONFIG" . ($connate // "CONNATE();\n"), '--no-host-checks');
#include <connate/config.h>
int first(void);
int first(void) { return 0; }
int second(void);
int second(void) { return 0; }
static const struct service services[] = {
$services
};
CONFIG
}

# A field, its value before and after, and how both are shown.
my @fields = (
    [ target => 'UP', 'DOWN', 'UP -> DOWN' ],
    [ needs  => 'LIST("a")', 'LIST("a", "b")', 'LIST("a") -> LIST("b", "a")' ],
    [ binds  => 'LIST()', 'LIST("a")', 'LIST() -> LIST("a")' ],
    [ wants  => 'LIST("a")', 'LIST("b")', 'LIST("a") -> LIST("b")' ],
    [ after  => 'LIST("a")', 'LIST()', 'LIST("a") -> LIST()' ],
    [ members => 'LIST("a")', 'LIST("b")', 'LIST("a") -> LIST("b")' ],
    [ follows => 'LIST("a")', 'LIST()', 'LIST("a") -> LIST()' ],
    [ reload_with => 'LIST("a"), .reload = SIGNAL(SIGHUP)', 'LIST("b"), .reload = SIGNAL(SIGHUP)',
        'LIST("a") -> LIST("b")' ],
    [ requires_up => 'LIST("a")', 'LIST("b")', 'LIST("a") -> LIST("b")' ],
    [ setup  => 'EXEC("/bin/true")', 'AS_ROOT(EXEC("/bin/true", ""))',
        'EXEC("/bin/true") -> AS_ROOT(EXEC("/bin/true", ""))' ],
    [ run    => 'EXEC("/bin/sleep", "1 2")', 'EXEC("/bin/sleep", "1", "2")',
        'EXEC("/bin/sleep", "1 2") -> EXEC("/bin/sleep", "1", "2")' ],
    [ cleanup => 'SHELL("a \\"b\\"\\n")', 'CALL(first)', 'SHELL("a \\"b\\"\\n") -> CALL(first)' ],
    [ ready => 'READY_AT_ONCE', 'READY_FD(3)', 'READY_AT_ONCE -> READY_FD(3)' ],
    [ stop  => 'SIGNAL(SIGTERM)', 'SIGNAL(34)', 'SIGNAL(SIGTERM) -> SIGNAL(34)' ],
    [ started => 'EXEC("/bin/true")', 'SHELL("x")', 'EXEC("/bin/true") -> SHELL("x")' ],
    [ reload      => 'SIGNAL(SIGHUP)', 'SIGNAL(SIGUSR1)', 'SIGNAL(SIGHUP) -> SIGNAL(SIGUSR1)' ],
    [ stop_all    => 'false', 'true', 'false -> true' ],
    [ hands_over  => 'false', 'true', 'false -> true' ],
    [ max_setup   => 'SECONDS(10)', 'MILLISECONDS(1500)', 'SECONDS(10) -> MILLISECONDS(1500)' ],
    [ max_ready   => 'SECONDS(1)', 'FOREVER', 'SECONDS(1) -> FOREVER' ],
    [ max_stop    => 'SECONDS(1)', 'SECONDS(2)', 'SECONDS(1) -> SECONDS(2)' ],
    [ max_cleanup => 'SECONDS(1)', 'SECONDS(2)', 'SECONDS(1) -> SECONDS(2)' ],
    [ retry => 'RETRY_NEVER', 'RETRY_FIXED(.after = SECONDS(1), .attempts = 2, .on_failure_only = true)',
        'RETRY_NEVER -> RETRY_FIXED(.after = SECONDS(1), .attempts = 2, .on_failure_only = true)' ],
    [ healthy => 'SECONDS(1)', 'SECONDS(2)', 'SECONDS(1) -> SECONDS(2)' ],
    [ settle => 'SECONDS(1)', 'MILLISECONDS(1500)', 'SECONDS(1) -> MILLISECONDS(1500)' ],
    [ log => 'LOG_NONE', "LOG_FILE(\"$dir/log\", .overwrite = true, .mode = 0640)",
        "LOG_NONE -> LOG_FILE(\"$dir/log\", .overwrite = true, .mode = 0640)" ],
    [ reads => 'TOGETHER', 'EACH', 'TOGETHER -> EACH' ],
    [ restart => 'IN_TURN', 'OVERLAP', 'IN_TURN -> OVERLAP' ],
    [ env => 'LIST("A=1", "B=2")', 'LIST("A=1", "B=\\033[31m", INHERIT("C"))',
        'LIST("A=1", "B=2") -> LIST("A=1", "B=\\033[31m", INHERIT("C"))' ],
    [ chdir        => '"/"',   '"/tmp/\303\244"', '"/" -> "/tmp/\303\244"' ],
    [ umask        => '022',   '0',             '022 -> 00' ],
    [ user         => '"65534"', '"65533"',     '"65534" -> "65533"' ],
    [ group        => '"7"',   '"8"',           '"7" -> "8"' ],
    [ extra_groups => 'LIST("7")', 'LIST("7", "8")', 'LIST("7") -> LIST("7", "8")' ],
    [ no_new_privs => 'false', 'true',          'false -> true' ],
    [ nice         => '0',     '-5',            '0 -> -5' ],
    [ ioprio => 'IO_IDLE', 'IO_BEST_EFFORT(7)', 'IO_IDLE -> IO_BEST_EFFORT(7)' ],
    [ oom_score_adj => '-5', '0', '-5 -> 0' ],
    [ rlimits => 'LIMITS(LIMIT("nofile", 10, 20))', 'LIMITS(LIMIT("core", 0, UNLIMITED))',
        'LIMITS(LIMIT("nofile", 10, 20)) -> LIMITS(LIMIT("core", 0, UNLIMITED))' ],
    [ chroot       => '"/srv"', '"/"', '"/srv" -> "/"' ],
    [ capabilities => 'LIST()', 'LIST("CAP_NET_BIND_SERVICE")', '0x0 -> 0x400' ],
    [ cgroup       => '"/a"',  '"/b"', qr/".*\ba" -> ".*\bb"/ ],
    [ namespaces   => 'LIST("net")', 'LIST("mount", "pid")', 'LIST("net") -> LIST("mount", "pid")' ],
    [ cpus         => '"0-3,8"', '"1"', '"0-3,8" -> "1"' ],
    [ primary      => 'false', 'true', 'false -> true' ],
);

sub of_fields {
    my ($which) = @_;
    return join "\n", map {
        my $own = $_->[0] eq 'run' ? '' : "$sleep, ";
        my $target = $_->[0] eq 'target' ? '' : '.target = DOWN, ';
        $target = '' if $_->[0] eq 'primary';
        $target .= '.group = "7", ' if $_->[0] eq 'user';
        "\tSERVICE(\"of-$_->[0]\", $target$own.$_->[0] = $_->[$which]),"
    } @fields;
}
my $others = "\tSERVICE(\"a\", .target = DOWN, $sleep),\n\tSERVICE(\"b\", .target = DOWN, $sleep),\n";
my $some = <<"SERVICES";
	SERVICE("stays", $sleep),
	SERVICE("same-set", .target = DOWN, .wants = LIST("a", "b"), .conflicts = LIST("stays"), $sleep),
	SERVICE("leaves", .run = SHELL("trap '' TERM; while :; do sleep 1; done"),
		.stop = SIGNAL(SIGINT), .max_stop = SECONDS(3), .cleanup = EXEC("/bin/true")),
	SERVICE("leaves-too", .target = DOWN, $sleep),
	SERVICE("runs", .run = EXEC("/bin/sleep", "1000"), .max_stop = SECONDS(1)),
	SERVICE("function", .setup = CALL(first)),
	SERVICE("clean-up", .target = DOWN, $sleep, .cleanup = CALL(first)),
SERVICES
my $old = configuration(old => $some . $others . of_fields(1));
my $connate = qq{CONNATE(.lock_file = "$dir/lock", .end_signals = LIST("SIGUSR2", "RTMIN+3"),
	.max_rest = SECONDS(7));\n};
my $new = configuration(new => <<"SERVICES", $connate);
	SERVICE("b", .target = DOWN, $sleep),
	SERVICE("comes", $sleep),
	SERVICE("comes-not", .target = DOWN, $sleep),
	SERVICE("same-set", .target = DOWN, .wants = LIST("b", "a"), .conflicts = LIST("stays"), $sleep),
	SERVICE("runs", .run = EXEC("/bin/sleep", "1001"), .max_stop = SECONDS(2)),
	SERVICE("function", .setup = CALL(second)),
	SERVICE("clean-up", .target = DOWN, $sleep, .cleanup = CALL(second)),
	SERVICE("stays", $sleep),
	SERVICE("a", .target = DOWN, $sleep),
@{[ of_fields(2) ]}
SERVICES

my $s = session(supervisord => $old);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(stays leaves runs function);

sub diff {
    my ($code, $path, @options) = @_;
    my ($got, $out, $err) = $s->ctl('diff', @options, $path);
    is($got, $code, "diff: exit code $code") or diag($err);
    return $out . $err;
}

is(diff(0, $old), "no difference\n", 'the same image');
my $text = diff(1, $new);
my $pid  = $s->field(pid => 'leaves');
for my $field (@fields) {
    my ($name, undef, undef, $shown) = @$field;
    $shown = ref $shown ? $shown : quotemeta $shown;
    like($text, qr/^~ of-\Q$name\E: .*\n(?:      .*\n)*?      \.$name: $shown$/m, ".$name");
}
like($text, qr/^      \.lock_file: none -> "\Q$dir\E\/lock"$/m, 'the lock file');
like($text, qr/^      \.end_signals: none -> USR2 37$/m, 'signals that end everything');
like($text, qr/^      \.max_rest: SECONDS\(2\) -> SECONDS\(7\)$/m, 'the time of what is left at the end');
my $stop = 'would be stopped by SIGNAL(SIGINT), killed after 3.0 s, cleaned up by EXEC("/bin/true")';
like($text, qr/^- leaves: removed; up, pid $pid: \Q$stop\E$/m, 'one that would be stopped');
like($text, qr/^- leaves-too: removed; down: nothing is to be done$/m, 'one that is down');
like($text, qr/^\+ comes: added; would be started$/m,                 'one that would be started');
like($text, qr/^\+ comes-not: added; would stay down$/m,              'and one that would not');
like($text, qr/^~ runs: changed; stale until it is restarted\n +\.run: .*\n +\.max_stop: .*\n~/m, 'one that runs');
like($text, qr/^~ of-needs: changed; takes effect at once$/m,         'what needs no restart');
like($text, qr/^~ of-target: changed; its target stays what it is now$/m, 'what matters only once');
like($text, qr/^~ of-env: changed; takes effect when it is started$/m, 'one that does not run');
like($text, qr/^~ function: changed; .*\n      \.setup: CALL\(first\) -> CALL\(second\)$/m, 'another function');
like($text, qr/^~ clean-up: changed; .*\n      \.cleanup: CALL\(first\) -> CALL\(second\)$/m,
    'also where it starts nothing');
unlike($text, qr/^. (?:stays|same-set|a|b):/m, 'nothing of those that are the same, in another order');
unlike($text, qr/[^\n -~]/, 'nothing that a terminal obeys');

my $json = JSON::PP->new->utf8->decode((($s->ctl('-j', 'diff', $new))[1]));
is_deeply(
    $json->{CONNATE},
    {
        lock_file   => { old => 'none', new => "\"$dir/lock\"" },
        end_signals => { old => 'none', new => 'USR2 37' },
        max_rest    => { old => 'SECONDS(2)', new => 'SECONDS(7)' }
    },
    'JSON: the fields of CONNATE()'
);
is_deeply([ map { $_->{name} } @{ $json->{removed} } ], [qw(leaves leaves-too)], 'removed');
is_deeply($json->{removed}[0],
    { name => 'leaves', state => 'up', pid => 0 + $pid, stops => JSON::PP::true, stop => 'SIGNAL(SIGINT)',
        max_stop => 'SECONDS(3)', cleanup => 'EXEC("/bin/true")' }, 'and how');
is_deeply([ map { "$_->{name} $_->{starts}" } @{ $json->{added} } ], [ 'comes 1', 'comes-not 0' ], 'added');
my %changed = map { $_->{name} => $_ } @{ $json->{changed} };
is_deeply($changed{runs}, { name => 'runs', at => 'restart', function => JSON::PP::false, fields => {
    run => { old => 'EXEC("/bin/sleep", "1000")', new => 'EXEC("/bin/sleep", "1001")' },
    max_stop => { old => 'SECONDS(1)', new => 'SECONDS(2)' } } }, 'changed');
is_deeply($changed{function}{fields}, { setup => { old => 'CALL(first)', new => 'CALL(second)' } }, 'another function');
is_deeply(JSON::PP->new->utf8->decode((($s->ctl('-j', 'diff', $old))[1])),
    { CONNATE => undef, removed => [], changed => [], added => [] }, 'nothing');
is(($s->ctl('-q', 'diff', $new))[1], '', 'quiet');

# Files that are no image.
my $bytes = slurp($new);
sub refused {
    my ($what, $why, $path) = @_;
    like(diff(4, $path), qr/\Aconctl: diff: \Q$path\E: $why\n\z/, $what);
    return;
}
sub file { my ($text) = @_; return spew("$dir/image", $text) }
sub patched { my ($at, $with) = @_; my $copy = $bytes; substr $copy, $at, length $with, $with; return file($copy) }

# The table in it, and the digest of all behind that.
my $at = 0;
do { $at = index $bytes, 'cnctable', $at + 1 } while $at > 0 && $at % 64 != 0;
cmp_ok($at, '>', 0, 'the table is found');
sub fnv {
    my ($text) = @_;
    use integer;
    no warnings 'portable';    # 64 bits
    my $h = 0xcbf29ce484222325;
    $h = ($h ^ $_) * 0x100000001b3 for unpack 'C*', $text;
    return $h;
}
my $size = unpack 'L<', substr $bytes, $at + 12, 4;
is(fnv(substr $bytes, $at + 24, $size - 24), unpack('q<', substr $bytes, $at + 16, 8), 'with its digest');
sub sealed {
    my ($copy) = @_;
    substr $copy, $at + 16, 8, pack 'q<', fnv(substr $copy, $at + 24, $size - 24);
    return file($copy);
}

refused('no file',             'No such file or directory', "$dir/nothing");
refused('a folder',            'Is a directory',            $dir);
my $no_program = 'it is no ELF program; supervisord-for makes one of a configuration';
refused('no program', $no_program, file("nonsense\n"));
refused('an empty file', $no_program, file(''));
refused('another program',     'there is no table of services in it', '/bin/sh');
refused('of another machine',  'it is a program for another machine', patched(18, pack 'S<', 8));
refused('of another word size', 'it is a program for another machine', patched(4, "\1"));
refused('cut off in front of its table', 'there is no table of services in it', file(substr $bytes, 0, $at));
refused('cut off in its table', 'its table of services is cut off', file(substr $bytes, 0, $at + $size - 1));
refused('a table that was changed', 'its table of services is damaged', patched(index($bytes, "comes-not\0"), 'x'));
refused('of another version',  'its table of services is of another version', patched($at + 8, pack 'L<', 99));
refused('one that lies',       'an area of its table of services is out of range', sealed(do {
            my $copy = $bytes;
            substr $copy, $at + 56, 4, pack 'L<', 0xfffffff8;
            $copy;
}));
SKIP: {
    skip 'there is no mkfifo', 2 if system('mkfifo', "$dir/fifo") != 0;
    refused('a pipe', 'it is no regular file', "$dir/fifo");
}
if ($> != 0) {    # root may read all
    chmod 0, file($bytes);
    refused('one that may not be read', 'Permission denied', "$dir/image");
    unlink "$dir/image";
}

# Names that no concheck lets pass.
my $evil = $bytes;
$evil =~ s/comes-not\0/com\e[31m\n\0/;
refused('a name with control characters', 'a service of its table of services is broken', sealed($evil));

# Anything else in it is refused, or shown.
srand($ENV{CONNATE_FUZZ_SEED} // 1);
my %codes;
for (1 .. 300) {
    my $copy = $bytes;
    substr $copy, $at + 24 + int rand($size - 24), 1, chr rand 256 for 0 .. rand 3;
    my ($code) = $s->ctl('diff', sealed($copy));
    $codes{$code}++;
}
is_deeply([ grep { $_ != 1 && $_ != 4 } keys %codes ], [], 'random changes: refused or shown');
cmp_ok($codes{$_} // 0, '>', 0, "exit code $_") for 1, 4;

is(($s->ctl('diff'))[0], 2, 'usage');
is(($s->ctl('diff', 'a', 'b'))[0], 2, 'usage, too');
$s->stop;
is(($s->ctl('diff', $new))[0], 4, 'without connate');
done_testing();
