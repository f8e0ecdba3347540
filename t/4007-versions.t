#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Upgrades to a later version, which has longer structures, and back to this
# one; and to versions that lay ledger or table out in another way, which is
# refused. They are made of these sources, with a few words changed.
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

plan skip_all => 'images are made by a compiler for this machine'
    if ($ENV{host_cpu} // (POSIX::uname())[4]) ne (POSIX::uname())[4];
my $source = abs_path($ENV{top_srcdir} // "$FindBin::Bin/..");
plan skip_all => "$source is configured in place: use a build folder"
    if -e "$source/config.status";

my $dir  = scratch();
my $make = $ENV{MAKE} || 'make';
my $rows = <<"ROWS";
	SERVICE("one", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("says", .ready = READY_FD(3), .run = SHELL("echo >&3; exec sleep 1000")),
	SERVICE("writes", .log = LOG_TO("logger"), .run = SHELL("echo line; exec sleep 1000")),
	SERVICE("logger", .run = SHELL("exec cat >>$dir/log")),
	SERVICE("as", .umask = 022, .env = LIST("A=b"), .run = EXEC("/bin/sleep", "1000")),
	SERVICE("flaps", .retry = RETRY_FIXED(.after = MILLISECONDS(5)),
		.run = SHELL("printf x >>$dir/flaps; [ ! -e $dir/calm ] || exec sleep 1000; exit 1")),
ROWS

sub configuration {
    my ($more) = @_;
    return <<"CONFIG";
#include <connate/config.h>

static const struct service services[] = {
$more$rows
};

CONNATE();
CONFIG
}

# One copy of these sources, in which one version is made after the other.
my $tree  = "$dir/tree";
my $build = "$dir/build";
mkdir $_ for $tree, $build;
run('sh', '-c', "cd '$source' && tar cf - --exclude=.git --exclude=./bench/results --exclude=./build . |"
        . " tar xf - -C '$tree'");

# A file there with these words changed: from, to, ...
sub change {
    my ($file, @words) = @_;
    my $text = slurp("$tree/$file");
    while (my ($from, $to) = splice @words, 0, 2) {
        $text =~ s/\Q$from\E/$to/ or BAIL_OUT("$file has no '$from'");
    }
    chmod 0644, "$tree/$file";
    return spew("$tree/$file", $text);
}

# What the sources there make, in a folder of its own.
sub made {
    my ($name) = @_;
    my $own      = qq{\tSERVICE("$name", .run = EXEC("/bin/sleep", "1000")),\n};
    my $services = spew("$tree/services.c", configuration($own));
    mkdir "$dir/$name";
    my ($code, $out, $err) = run('sh', '-c',
        "unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS; cd '$build' && { [ -e config.status ] ||"
            . " '$tree/configure' -q --disable-host-checks --with-config='$services'"
            . " CFLAGS=-O0 CFLAGS_FOR_BUILD=-O0; } &&"
            . " $make -s V=0 -j2 supervisord/supervisord conctl/conctl &&"
            . " tar cf - supervisord/supervisord conctl/conctl | tar xf - -C '$dir/$name'");
    is($code, 0, "$name: it builds") or diag($out . $err);
    return "$dir/$name";
}

# A version with another number in a header. Each use of it is in a file that is compiled:
# these are made again, and not all that includes the header, which keeps its time.
sub renumbered {
    my ($name, $header, $from, $to) = @_;
    my ($number) = $from =~ /^(\w+)/;
    my @using = grep { slurp($_) =~ /\b$number\b/ } map { glob "$tree/$_" } qw(*/*.[ch] */*/*.[ch] */*.def);
    my ($other) = grep { !/\.c$/ && $_ ne "$tree/$header" } @using;
    BAIL_OUT("$number is used in $other, too") if $other;
    my @times = (stat "$tree/$header")[8, 9];
    my $with  = sub {
        change($header, @_);
        utime @times, "$tree/$header";
        utime undef, undef, grep { /\.c$/ } @using;
    };
    $with->($from, $to);
    my $folder = made($name);
    $with->($to, $from);
    return $folder;
}

# A version with these changes, of which there is no way back: file => [from, to, ...].
sub version {
    my ($name, %change) = @_;
    change($_, @{ $change{$_} }) for keys %change;
    return made($name);
}

my $ours  = supervisord('ours', configuration(''), '--no-host-checks');
my %refused = (
    ledger => renumbered('ledger', 'model/ledger.h', 'LEDGER_VERSION = 3', 'LEDGER_VERSION = 1003'),
    table  => renumbered('table',  'model/table.h',  'TABLE_VERSION = 3',  'TABLE_VERSION = 1003'),
);
my $later = version(
    'later',
    'model/ledger.h' => [
        "};\n\n/* What a successor", "	uint64_t later[2];\n};\n\n/* What a successor",
        'sizeof(struct record) == 96', 'sizeof(struct record) == 112',
        "that ended last */\n}", "that ended last */\n	uint64_t later;\n}",
        'sizeof(struct event) == 24', 'sizeof(struct event) == 32',
        "or TABLE_NONE */\n}", "or TABLE_NONE */\n	uint64_t later;\n}",
        'sizeof(struct answer) == 16', 'sizeof(struct answer) == 24',
    ],
    'model/table.h' => [
        "before it is up */\n};", "before it is up */\n	uint64_t later;\n};",
        'sizeof(struct table_service) == 184', 'sizeof(struct table_service) == 192',
        "	uint32_t unused;\n};\n\n_Static", "	uint32_t unused;\n	uint64_t later;\n};\n\n_Static",
        'sizeof(struct table) == 128', 'sizeof(struct table) == 136',
    ],
    # Something behind the tail, as a second array of records would be.
    'model/trust.c' => [ 'return tail_offset(l) + sizeof(struct tail);',
                         'return tail_offset(l) + sizeof(struct tail) + 64ull * l->services;' ]);

my $s     = session(supervisord => $ours);
my @names = qw(one guarded says writes logger as);
ok($s->becomes($_ => 'up'), "$_ is up") for @names;
my %pid = map { $_ => $s->field(pid => $_) } @names;

sub ctl_of { my ($build, @words) = @_; return run("$build/conctl/conctl", '-p', $s->{pid}, @words) }

sub kept_ok {
    my ($what, $build) = @_;
    my %now = map { my (undef, $out) = ctl_of($build, 'pid', $_); chomp $out; $_ => $out } @names;
    return is_deeply(\%now, \%pid, "$what: no service has noticed");
}

# conctl of either version can control and read both versions.
my $here = $ENV{top_builddir} // "$FindBin::Bin/..";
my %by = (ours => $here, later => $later);
for my $round (1 .. 3) {
    for my $to (qw(later ours)) {
        my $image = $to eq 'ours' ? $ours : "$later/supervisord/supervisord";
        for my $with (sort keys %by) {
            my $what = "round $round, to $to by the conctl of $with";
            my ($code, $out, $err) = ctl_of($by{$with}, 'exec', $image);
            is($code, 0, $what) or diag($err);
            like($out, qr/^kept \d+$/m, "$what: it says what was kept");
            unlike($out, qr/stale/, "$what: and nothing is stale");
            kept_ok($what, $_) for values %by;
        }
        is($s->header->{record_bytes}, $to eq 'later' ? 112 : 96, "$to has laid out the ledger");
        is((ctl_of($by{$_}, qw(restart -w -t 60 one)))[0], 0, "$to answers the conctl of $_")
            for sort keys %by;
        $pid{one} = $s->field(pid => 'one');
        is((ctl_of($later, qw(wait -t 60 up later)))[0], 0, 'what only the later one has comes up')
            if $to eq 'later';
    }
}

for my $kind (sort keys %refused) {
    my $image = "$refused{$kind}/supervisord/supervisord";
    my ($code, undef, $err) = $s->ctl('exec', $image);
    is($code, 1, "another layout of the $kind: exit code 1");
    diag($err) if $ENV{VERBOSE};
    like($err, qr/^conctl: exec: .*\n\z/, 'and one line');
    like($err, qr/version|layout|did not take over|exited with/, "which says why");
    kept_ok("another layout of the $kind", $here);
    is((ctl_of($here, qw(up -w -t 60 one)))[0], 0, 'and the former one works');
}

# Each run of the flapping service was counted once, over all of it.
# Stopped right after its start it would not have been counted by itself.
spew("$dir/calm", '');
wait_until { comm($s->records->{flaps}{pid}) eq 'sleep' } 'one that stays';
is(($s->ctl(qw(down -w -t 60 flaps)))[0], 0, 'what flaps is stopped');
my $runs = length slurp("$dir/flaps");
is($s->records->{flaps}{exits}, $runs, "each of its $runs exits was counted, by one or the other");
is($s->stop, 0, 'it ends');

# The other way round: a ledger of another layout is refused.
for my $kind (sort keys %refused) {
    my $build = $refused{$kind};
    my $other = session(supervisord => "$build/supervisord/supervisord", no_wait => 1);
    my @by    = ("$build/conctl/conctl", '-p', $other->{pid});
    eventually { (run(@by, qw(wait -t 60 up one guarded)))[0] == 0 } "a session of another layout of the $kind";
    my $pids = sub { return (run(@by, qw(pid one guarded)))[1] };
    my $before = $pids->();
    my ($code, undef, $err) = run(@by, 'exec', $ours);
    is($code, 1, 'does not become ours') or diag($err);
    like($err, qr/^conctl: exec: .*(?:version|layout|exited with 1 before it took over).*\n\z/, 'and it is said why');
    is((run(@by, qw(restart -w -t 60 says)))[0], 0, 'it works');
    is($pids->(), $before, 'and no service has noticed');
    is($other->stop, 0, 'it ends');
}
done_testing();
