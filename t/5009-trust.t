#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Processes that conctl believes. A process may have any file at the numbers of connate's
# descriptors, and belong to another user: conctl opens no file before it has
# examined it, and writes to nothing but a request pipe of that user. And
# its output has nothing that a terminal would obey.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Hostile;
use JSON::PP;
use POSIX ();
use Socket;
use File::Temp;
use Test::More;
use Time::HiRes ();

my $dir    = scratch();
my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
my $conctl = "$top/conctl/conctl";
my @user   = plain_user();
my $user   = @user ? \@user : undef;
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};

my $s = session(supervisord => supervisord('trust', <<"CONFIG", '--no-host-checks'), user => $user);
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("alpha", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("guarded", .stop_all = true, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("evil", .target = DOWN, .run = EXEC("/bin/sleep", "\\033]0;title\\007", "\\n1000"),
		.log = LOG_FILE("$dir/a\\033[31m\\nb\\302\\233c\\342\\200\\256d\\177e\\tf\\200g")),
};

CONNATE(.lock_file = "$dir/lock");
CONFIG
ok($s->becomes(alpha => 'up') && $s->becomes(guarded => 'up'), 'a session, of another user if there is one');
my $ledger = ledger_bytes($s);

# gives(name, code, message, arguments…)
sub gives {
    my ($what, $code, $err, @arguments) = @_;
    my ($got, undef, $said) = run($conctl, @arguments);
    is($got, $code, "$what: exit code $code");
    like($said, $err, "$what: what it says");
    unlike($said, qr/\n./, "$what: in a line");
    return;
}
my $nothing = qr/\A\z/;
gives('its connate', 0, $nothing, '-p', $s->{pid}, 'status');
gives('its connate', 0, $nothing, '-p', $s->{pid}, qw(up alpha));

# A process that is like connate, but for one detail.
my $pid = hostile(user => $user, ledger => $ledger);
is((run($conctl, '-p', $pid, 'pid', 'alpha'))[1], $s->field(pid => 'alpha') . "\n", 'one like it is read');
gives('and asked, in vain', 124, qr/does not answer/, '-p', $pid, qw(up -t 0.1 alpha));

# conctl writes to nothing but a request pipe of the process's user.
sub bad_pipe {
    my ($what, %how) = @_;
    my $pid = hostile(user => $user, ledger => $ledger, %how);
    gives($what, 4, qr/cannot reach connate, process $pid.*descriptor 111 .* nothing was written/,
        '-p', $pid, qw(up -t 1 alpha));
    return;
}
sub at_111 {
    my ($path, $flags) = @_;
    return after => sub { POSIX::dup2(opened($path, $flags // O_PATH), 111) };
}
my $precious = spew("$dir/precious", 'precious');
chmod 0600, $precious;
bad_pipe('a file', at_111($precious));
is(slurp($precious), 'precious', 'and it is what it was');
POSIX::mkfifo("$dir/fifo", 0600);
chown @user, "$dir/fifo" if $user;
chmod 0600, "$dir/fifo";
sysopen my $reader, "$dir/fifo", O_RDWR | O_NONBLOCK or die "fifo: $!";
bad_pipe('a FIFO with a name', at_111("$dir/fifo"));
is(sysread($reader, my $got, 1), undef, 'which nothing came through');
bad_pipe('a device', at_111('/dev/null'));
bad_pipe('a folder', at_111('/'));
bad_pipe('a socket', after => sub {
    socketpair(my $left, my $right, AF_UNIX, SOCK_STREAM, 0) or die "socketpair: $!";
    POSIX::dup2(fileno $left, 111);
});
bad_pipe('a pipe that all may write to', after => sub {
    my (undef, $out) = POSIX::pipe();
    chmod 0666, "/proc/self/fd/$out" or die "chmod: $!";
    POSIX::dup2($out, 111);
});
SKIP: {
    skip 'only root has another user', 4 if !$user;
    pipe(my $in, my $out) or die "pipe: $!";
    bad_pipe('a pipe of root', after => sub { POSIX::dup2(fileno $out, 111) });
    fcntl $in, F_SETFL, O_NONBLOCK;
    is(sysread($in, $got, 1), undef, 'which nothing came through');
}

# conctl reads nothing but a ledger of the process's user.
sub bad_ledger {
    my ($what, $why, %how) = @_;
    my $pid = hostile(user => $user, %how);
    gives($what, 4, qr/cannot reach connate, process $pid.*: $why/, '-p', $pid, 'status');
    return;
}
my $none = 'it is not connate: its descriptor 100 is no ledger';
spew("$dir/ledger", $ledger);
chmod 0666, "$dir/ledger";
chown @user, "$dir/ledger" if $user;
bad_ledger('a ledger on a disk', $none, after => sub { POSIX::dup2(opened("$dir/ledger", O_RDWR), 100) });
bad_ledger('a FIFO', $none, after => sub { POSIX::dup2(opened("$dir/fifo", O_PATH), 100) });
bad_ledger('a device', $none, after => sub { POSIX::dup2(opened('/dev/zero', O_RDONLY), 100) });
bad_ledger('one that can be cut off', 'it has no ledger yet',
    after => sub { POSIX::dup2(memfd($ledger, open => 1), 100) });
bad_ledger('one that is cut off', 'it is cut off', ledger => substr($ledger, 0, $s->header($ledger)->{size} - 1));
bad_ledger('one that ends in its table', 'it is cut off', ledger => substr($ledger, 0, 300));
SKIP: {
    skip 'only root has another user', 9 if !$user;
    bad_ledger('one of root', $none, before => sub { POSIX::dup2(memfd($ledger), 100) });
    bad_ledger('one of a process with more than one user', 'its user ids are not all the same', user => undef,
        ledger => $ledger, after => sub { $> = $user[0] });
    SKIP: {
        skip 'there is no /dev/shm', 3 if !-d '/dev/shm' || !-w _;
        my $file = File::Temp->new(TEMPLATE => 'connate-XXXXXX', DIR => '/dev/shm');
        print $file $ledger;
        $file->flush;
        chmod 0666, $file->filename;
        chown @user, $file->filename;
        bad_ledger('a file on a tmpfs', $none, after => sub { POSIX::dup2(opened($file->filename, O_RDWR), 100) });
    }
}

# A process with connate's descriptors need not be connate.
my $supervisord = $s->header->{supervisord};
my $guard       = $s->records->{guarded}{pid};
my $itself      =
    qr/\Aconctl: process \d+ \(-p\) is not connate itself: that is process $s->{pid}, so say -p $s->{pid}\n\z/;
gives('its supervisord', 4, $itself, '-p', $supervisord, 'status');
gives('its guard', 4, $itself, '-p', $guard, 'status');
{
    my %fd;
    my $has = hostile(user => $user, before => sub {
        $fd{$_} = opened("/proc/$s->{pid}/fd/$_", $_ == 111 ? O_WRONLY : O_RDONLY) for 100, 111;
    }, after => sub { POSIX::dup2($fd{$_}, $_) for 100, 111 });
    gives('one that has them open', 4, qr/process $has .*is not connate itself, although/, '-p', $has, 'status');
}

# Without a supervisord it is connate, too.
freeze($s->{pid});
kill 'KILL', $supervisord;
eventually { (run($conctl, '-p', $s->{pid}, 'status'))[2] =~ /supervisord is down/ }
'supervisord dies: connate is read';
is((run($conctl, '-p', $s->{pid}, 'list'))[0], 0, 'and still connate');
kill 'CONT', $s->{pid};
eventually { $s->header->{supervisord} != $supervisord && (run($conctl, '-p', $s->{pid}, qw(up alpha)))[0] == 0 }
'another one';

# The lock file: its holder is believed if it is the file's owner, root, or our user.
gives('the lock file', 0, $nothing, '-l', "$dir/lock", 'status');
sub holder {
    my ($path, $type, $as) = @_;
    return hostile(user => $as, before => sub {
        sysopen my $file, $path, $type == F_RDLCK ? O_RDONLY : O_RDWR or die "$path: $!";
        Hostile::keep($file);
    }, after => sub {
        my $file = Hostile::kept();
        # struct flock of fcntl(2) on 64-bit machines
        fcntl $file, F_SETLK, pack 's s x4 q q l x4', $type, 0, 0, 0, 0 or die "lock: $!";
    });
}
SKIP: {
    skip 'only root has another user', 9 if !$user;
    spew("$dir/roots", '');
    chmod 0666, "$dir/roots";
    my $stranger = holder("$dir/roots", F_WRLCK, $user);
    gives('a lock of root, held by a stranger', 4,
        qr/\Aconctl: no connate: the lock file \Q$dir\E\/roots \(-l\) is held by a process of another user .*-p PID/,
        '-l', "$dir/roots", 'status');
    spew("$dir/read", '');
    $stranger = holder("$dir/read", F_RDLCK, $user);
    gives('one that is only locked for reading', 4, qr/is held by no process/, '-l', "$dir/read", 'status');
    spew("$dir/roots.2", '');
    my $own = holder("$dir/roots.2", F_WRLCK);
    gives('one that root holds', 4, qr/cannot reach connate, process $own /, '-l', "$dir/roots.2", 'status');
}
gives('a lock file that is a FIFO', 4, qr/is no regular file/, '-l', "$dir/fifo", 'status');
gives('an image that is a device', 4, qr/it is no regular file/, '-p', $s->{pid}, 'diff', '/dev/zero');

# connate dies, and its supervisord becomes connate.
SKIP: {
    my $connate = $s->{pid};
    $supervisord = $s->header->{supervisord};
    kill 'KILL', $connate;
    eventually { (run($conctl, '-l', "$dir/lock", qw(up -t 20 alpha)))[0] == 0 }
    'connate dies: another one takes its place';
    gives('by its lock file', 0, $nothing, '-l', "$dir/lock", 'pid', 'alpha');
    gives('by its number', 0, $nothing, '-p', $supervisord, 'list');
    $s->{pid} = $supervisord;
}

# Garbage that cuts a request in two: packets are cut, too, where a read ends.
sub pipe_of { sysopen my $pipe, "/proc/$s->{pid}/fd/111", O_WRONLY | O_NONBLOCK or die "pipe: $!"; return $pipe }
use constant { SETPIPE_SZ => 1031, ROOM => 65536, READ => 0x541b };
sub unread { my $count = pack 'i', 0; ioctl $_[0], READ, $count or die "FIONREAD: $!"; return unpack 'i', $count }
eventually { $s->header->{supervisord} != $supervisord } 'it has a supervisord';
eventually { (run($conctl, '-p', $s->{pid}, qw(up -t 20 alpha)))[0] == 0 } 'which works';
for my $options ([], ['-q']) {
    my $file = "$dir/again";
    freeze($supervisord = $s->header->{supervisord});
    my $pipe = pipe_of();
    fcntl $pipe, SETPIPE_SZ, 4 * ROOM or die "F_SETPIPE_SZ: $!";
    is(syswrite($pipe, 'x' x (ROOM - 20)), ROOM - 20, 'a pipe full of garbage');
    my $client = fork_patiently();
    if ($client == 0) {
        open STDERR, '>', $file;
        exec $conctl, '-p', $s->{pid}, @$options, qw(up -t 100 alpha);
    }
    eventually { unread($pipe) > ROOM - 20 } 'with a request behind it, which a read will end in';
    my $answers = $s->header->{answers};
    kill 'CONT', $supervisord;
    is(ended_by($client), 0, 'is asked again, and done');
    is(slurp($file), @$options ? '' : "conctl: the request was read, but not answered: garbage in the request "
            . "pipe has cut it in two; asking again\n", 'which is said once, unless it is to be quiet');
    is($s->header->{answers}, $answers + 1, 'and answered once');
}

# One that is stopped has not read it: it is asked once.
{
    freeze($supervisord = $s->header->{supervisord});
    my $answers = $s->header->{answers};
    my $client = fork_patiently();
    exec $conctl, '-p', $s->{pid}, qw(up -t 100 alpha) if $client == 0;
    my $pipe = pipe_of();
    eventually { unread($pipe) > 0 } 'a request to one that is stopped';
    my $size = unread($pipe);
    Time::HiRes::sleep(2);    # as long as it would take to ask again
    is(unread($pipe), $size, 'is not sent again');
    kill 'CONT', $supervisord;
    is(ended_by($client), 0, 'and is done when it goes on');
    is($s->header->{answers}, $answers + 1, 'once');
}

# Control characters are not printed, and JSON has all of them.
my $shown = "$dir/a?[31m?b?c?d?e?f?g";
is((run($conctl, '-p', $s->{pid}, 'log', 'evil'))[1], "$shown\n", 'a path, alone');
is((run($conctl, '-p', $s->{pid}, 'log'))[1], "alpha: inherit\nguarded: inherit\nevil: $shown\n", 'of several');
my ($detail) = (run($conctl, '-p', $s->{pid}, 'status', 'evil'))[1];
like($detail, qr/^ +log: \Q$shown\E$/m, 'in a line of its own');
like($detail, qr/^ +runs: \/bin\/sleep \?\]0;title\? \?1000$/m, 'and so are arguments');
my ($json) = (run($conctl, '-p', $s->{pid}, '-j', 'log', 'evil'))[1];
unlike($json, qr/[\0-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae/, 'JSON has no control characters in it');
is(JSON::PP->new->utf8->decode($json)->{evil}, "$dir/a\e[31m\nb\x{9b}c\x{202e}d\x7fe\tf\x{fffd}g",
    'and says which there are');
my $bad = "\e[31m\n\xc2\x9bx";
for my $case (
    [ 5, 'a name', '-p', $s->{pid}, 'up', $bad ],
    [ 2, 'a command', $bad ],
    [ 2, 'an option', "--$bad" ],
    [ 2, 'a time', '-p', $s->{pid}, 'wait', '-t', $bad, 'up', 'alpha' ],
    [ 4, 'a lock file', '-l', $bad, 'status' ],
    [ 4, 'a file', '-p', $s->{pid}, 'diff', $bad ]) {
    my ($code, $what, @arguments) = @$case;
    my ($got, $out, $err) = run($conctl, @arguments);
    is($got, $code, "$what with control characters in it");
    unlike("$out$err", qr/[\0-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/, "$what: is shown without them");
}
{
    local $ENV{CONNATE_PID} = "\e[31m\n1";
    is((run($conctl, 'status'))[2], "conctl: '?[31m?1' (\$CONNATE_PID) is not a process id\n",
        'nor those of an environment');
}
kill 'TERM', $s->{pid};
eventually { !alive($s->{pid}) } 'it ends';
done_testing();
