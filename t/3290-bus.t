#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# READY_BUS: ready when the name is owned, with a real dbus-daemon, and a peer that
# says what it likes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use IO::Socket::UNIX;
use POSIX ();
use Test::More;

my ($daemon) = grep { -x } map { "$_/dbus-daemon" } split /:/, $ENV{PATH};
plan skip_all => 'there is no dbus-daemon' if !$daemon;

delete @ENV{qw(DBUS_SESSION_BUS_ADDRESS DBUS_SYSTEM_BUS_ADDRESS XDG_RUNTIME_DIR)};
my $dir = scratch();
my $bus = "$dir/bus";

# A program that asks a bus for a name, when a file is there, and keeps it as long as
# another one is not.
spew("$dir/own.pl", <<'PERL');
use strict;
use warnings;
use IO::Socket::UNIX;
my ($path, $name, $go) = @ARGV;
my $serial = 0;
sub text { my ($t) = @_; return pack('V', length $t) . $t . "\0" }
sub align { my ($bytes, $to) = @_; $$bytes .= "\0" while length($$bytes) % $to; return }
sub call {
    my ($s, $member, $signature, $body) = @_;
    my $fields = '';
    my $bus    = 'org.freedesktop.DBus';
    for ([ 1, 'o', '/org/freedesktop/DBus' ], [ 2, 's', $bus ], [ 3, 's', $member ], [ 6, 's', $bus ]) {
        align(\$fields, 8);
        $fields .= pack('CCaC', $_->[0], 1, $_->[1], 0) . text($_->[2]);
    }
    align(\$fields, 8);
    $fields .= pack('CCaC', 8, 1, 'g', 0) . pack('C', length $signature) . "$signature\0";
    my $message = pack('aCCCVVV', 'l', 1, 0, 1, length $body, ++$serial, length $fields) . $fields;
    align(\$message, 8);
    syswrite $s, $message . $body;
    return;
}
print "child\n" if waitpid(-1, 1) != -1;
select undef, undef, undef, 0.02 until -e $go;
my $s;
select undef, undef, undef, 0.02 until $s = IO::Socket::UNIX->new(Peer => $path);
syswrite $s, "\0AUTH EXTERNAL " . unpack('H*', $<) . "\r\nBEGIN\r\n";
call($s, 'Hello', '', '');
my $body = text($name);
align(\$body, 4);
call($s, 'RequestName', 'su', $body . pack('V', 0));
sleep 1000;
PERL

sub owner {
    my ($name, $which, $extra) = @_;
    return qq{SERVICE("$name", .ready = READY_BUS("org.example.$name", $which), .max_ready = FOREVER, $extra
	.run = EXEC("$^X", "$dir/own.pl", "$bus", "org.example.$name", "$dir/go-$name"),
	.log = LOG_FILE("$dir/$name.log"), .retry = RETRY_FIXED(.attempts = 0)),\n};
}
my $s = session(supervisord => supervisord('bus', <<"CONFIG" . owner('Plain', 'SESSION', '')
#define DEFAULTS .env = LIST("PATH=/usr/bin:/bin", "DBUS_SESSION_BUS_ADDRESS=tcp:host=x;unix:path=$bus,guid=0", \\
	"DBUS_SYSTEM_BUS_ADDRESS=unix:path=$bus"),
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("bus", .target = DOWN, .run = EXEC("$daemon", "--session", "--nofork", "--nopidfile",
		"--address=unix:path=$bus"), .log = LOG_FILE("$dir/bus.log")),
CONFIG
        . owner('System', 'SYSTEM',  '.target = DOWN,')
        . owner('Guard',  'SESSION', '.target = DOWN, .stop_all = true,')
        . owner('Late',   'SESSION', '.target = DOWN, .needs = LIST("Plain"),')
        . owner('None',   'SESSION', '.target = DOWN, .env = LIST("PATH=/usr/bin"),')
        . owner('Peer',   'SESSION', qq{.target = DOWN, .env = LIST("DBUS_SESSION_BUS_ADDRESS=unix:abstract=x%2d$$"),})
        . "};\nCONNATE();\n",
    '--no-host-checks'));

sub go { spew("$dir/go-$_[0]", ''); return }

# The helper program of a service: which descends from the session.
sub helpers {
    my ($name) = @_;
    my @found;
    my @next = ($s->{pid});
    while (defined(my $pid = shift @next)) {
        push @next, children($pid);
        push @found, $pid if comm($pid) eq 'connate-bus' && slurp("/proc/$pid/cmdline") =~ /\0org\.example\.$name\0/;
    }
    return @found;
}

sub no_helper_ok { my ($name, $what) = @_; return eventually { !helpers($name) } $what }

# No bus yet

ok($s->becomes(Plain => 'starting'), 'without a bus it is starting') or diag($s->log);
eventually { helpers('Plain') == 1 } 'beside a program that watches the bus';
my $unreached = qr/ bus: org\.example\.Plain: the session bus cannot be reached: [^;]+; trying again$/m;
eventually { slurp("$dir/Plain.log") =~ $unreached }
    'which says once that it cannot';
like(($s->ctl('status', 'Plain'))[1], qr/waiting for org\.example\.Plain on the bus of the session/,
    'status says what for');
is(($s->ctl(qw(up -w -t 60 bus)))[0], 0, 'the bus comes up');
is($s->field(state => 'Plain'), 'starting', 'the name is not owned');
go('Plain');
ok($s->becomes(Plain => 'up'), 'it is, and the service is up') or diag(slurp("$dir/Plain.log"), $s->log);
no_helper_ok('Plain', 'the program has ended');
is(scalar(() = slurp("$dir/Plain.log") =~ /trying again/g), 1, 'it has said it once');
unlike(slurp("$dir/Plain.log"), qr/^child/m, 'it was no child of the service');

# Dependents, and a kill of supervisord

is(($s->ctl(qw(up Late System)))[0], 0, 'two more');
ok($s->becomes(Late => 'starting'), 'one that needs it starts');
eventually { helpers('Late') == 1 && helpers('System') == 1 } 'they are watched';
my $old = $s->kill_supervisord;
go($_) for qw(Late System);
eventually { ($s->header->{supervisord} // $old) != $old } 'supervisord was killed';
ok($s->becomes($_ => 'up'), "$_ is up") for qw(Late System);
is($s->field(attempt => 'Late'), '1', 'by its first start');

# An end before it is ready

unlink "$dir/go-Plain";
is(($s->ctl(qw(restart Plain)))[0], 0, 'it is started again');
eventually { helpers('Plain') == 1 && $s->field(state => 'Plain') eq 'starting' } 'with another program';
my ($helper) = helpers('Plain');
kill 'KILL', $s->records->{Plain}{pid};
eventually { my @now = helpers('Plain'); @now == 1 && $now[0] != $helper } 'that goes with its service';
is(($s->ctl(qw(down -w -t 60 Plain)))[0], 0, 'it goes down');
no_helper_ok('Plain', '... as well as that');
is(($s->ctl(qw(restart -w -t 60 bus)))[0], 0, 'another bus');
is(($s->ctl(qw(up Plain)))[0], 0, 'and it starts');
eventually { helpers('Plain') == 1 } 'watched';
is(($s->ctl(qw(restart -w -t 60 bus)))[0], 0, 'the bus goes away meanwhile, and another comes');
go('Plain');
ok($s->becomes(Plain => 'up'), 'the name is found on that one');

# A guard

is(($s->ctl(qw(up Guard)))[0], 0, 'a service with a guard');
eventually { helpers('Guard') == 1 } 'is watched';
go('Guard');
ok($s->becomes(Guard => 'up'), 'it is up');
is(($s->ctl(qw(down -w -t 60 Guard)))[0], 0, 'and goes down');

# No address

is(($s->ctl(qw(up None)))[0], 0, 'a service that knows of no bus');
eventually {
    slurp("$dir/None.log") =~ /None: .*no DBUS_SESSION_BUS_ADDRESS and no XDG_RUNTIME_DIR in \.env; /m
}
    'is told what is missing';
is(($s->ctl(qw(down -w -t 60 None)))[0], 0, 'it goes down');
no_helper_ok('None', 'and what watches it');

# A peer that is no bus. Each row: what it sends, and what is said.

my $listener = IO::Socket::UNIX->new(Local => "\0x-$$", Listen => 5) or BAIL_OUT("an abstract socket: $!");
my $signal = do {
    my $text = sub { pack('V', length $_[0]) . "$_[0]\0" };
    my $make = sub {
        my ($sender, $name, $old, $new) = @_;
        my $fields = '';
        for ([ 3, 'NameOwnerChanged' ], [ 7, $sender ]) {
            $fields .= "\0" while length($fields) % 8;
            $fields .= pack('CCaC', $_->[0], 1, 's', 0) . $text->($_->[1]);
        }
        my $body = '';
        for ($name, $old, $new) { $body .= "\0" while length($body) % 4; $body .= $text->($_) }
        my $message = pack('aCCCVVV', 'l', 4, 0, 1, length $body, 9, length $fields) . $fields;
        $message .= "\0" while length($message) % 8;
        $message . $body;
    };
    $make;
};
my $right = $signal->('org.freedesktop.DBus', 'org.example.Peer', '', ':1.7');
is(($s->ctl(qw(up Peer)))[0], 0, 'a service whose bus is a peer of ours');

sub peer {
    my $client = $listener->accept or return;
    my $line = '';
    until ($line =~ /\r\n/) { last if !sysread $client, $line, 1, length $line }
    return $client;
}
my $uid = unpack 'H*', $<;
for (
    [ "REJECTED EXTERNAL\r\n", 'does not admit us' ],
    [ "OK 0123\r\n" . "\1" x 64, 'sends what is no message' ],
    [ 'x' x 8192, 'sends what is no answer' ],
    [ "OK 0123\r\n" . pack('aCCCVVV', 'l', 3, 0, 1, 0, 1, 16) . pack('CCaCV', 5, 1, 'u', 0, 1) . "\0" x 8, 'refuses' ],
    [ "OK 0123\r\n", 'has gone: it has closed the connection' ],
  )
{
    my ($sends, $says) = @$_;
    my $client = peer();
    syswrite $client, $sends;
    close $client;
}
eventually { slurp("$dir/Peer.log") =~ / bus: org\.example\.Peer: the session bus does not admit us; trying again$/m }
    'the first reason is said';
my $client = peer();
syswrite $client, "OK 0123\r\n";
syswrite $client, $_ for (
    $signal->(':1.9', 'org.example.Peer', '', ':1.7'),                        # of another peer
    $signal->('org.freedesktop.DBus', 'org.example.Peer2', '', ':1.7'),       # another name
    $signal->('org.freedesktop.DBus', 'org.example.Peer', ':1.7', ''),        # lost
    pack('aCCCVVV', 'B', 4, 0, 1, 1 << 24, 9, 0) . 'x',                       # another byte order
    pack('aCCCVVV', 'l', 4, 0, 1, 100_000, 9, 0) . $right x 2 . 'y' x (100_000 - 2 * length $right),    # too long
    pack('aCCCVVV', 'l', 4, 0, 1, 0, 9, 8) . "\7\1s\0\xff\xff\xff\x7f",       # a damaged field
);
is($s->field(state => 'Peer'), 'starting', 'none of this is the name');
syswrite $client, $_ for split //, $right;
ok($s->becomes(Peer => 'up'), 'byte by byte it is') or diag(slurp("$dir/Peer.log"));
is(scalar(() = slurp("$dir/Peer.log") =~ /trying again/g), 1, 'one line was enough');

is($s->stop, 0, 'it ends');

# What concheck says

for (
    [ 'READY_BUS("noDots", SYSTEM)',  qr/READY_BUS\("noDots"\): the name on a bus has two or more words/ ],
    [ 'READY_BUS("a.1b", SESSION)',   qr/READY_BUS\("a\.1b"\)/ ],
    [ 'READY_BUS(":1.7", SESSION)',   qr/READY_BUS\(":1\.7"\)/ ],
    [ 'READY_BUS("a.b", 7)',          qr/SYSTEM or SESSION/ ],
  )
{
    my ($value, $like) = @$_;
    my $path = spew("$dir/wrong.c", "#include <connate/config.h>\nstatic const struct service services[] = {\n"
            . "\tSERVICE(\"x\", .ready = $value, .run = EXEC(\"/bin/true\")),\n};\nCONNATE();\n");
    my ($code, undef, $err) = run(built('config/supervisord-for'), '--no-host-checks', $path, "$dir/wrong");
    is($code, 1, "$value is refused");
    like($err, qr/^\S+:3: error: service 'x': .*$like/m, '... and explained');
}
done_testing();
