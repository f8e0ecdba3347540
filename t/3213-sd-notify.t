#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# READY_SD_NOTIFY: which messages make a service ready, of which processes; what
# is sent while there is no supervisord; descriptors that come with a message.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use JSON::PP;
use Socket;
use Speaker;
use Test::More;

my $dir = scratch();
my %fields = (
    plain  => '',
    plain2 => '',
    main   => '.notify_from = MAIN',
    guided => '.stop_all = true',
    guided_main => '.stop_all = true, .notify_from = MAIN',
    short  => '.target = ONCE',
    short_guided => '.target = ONCE, .stop_all = true',
    rooted => '.chroot = "/"',
);
delete $fields{rooted} if $> != 0;

sub configuration {
    my (%ready) = @_;
    my $rows = join '', map {
        my $ready = $ready{$_} // 'READY_SD_NOTIFY';
        qq{	SERVICE("$_", @{[ speaker($_) ]}, .ready = $ready, $fields{$_}),\n}
    } sort keys %fields;
    return <<"CONFIG";
#define DEFAULTS .target = DOWN, .max_ready = SECONDS(100), .retry = RETRY_NEVER,
#include <connate/config.h>

static const struct service services[] = {
$rows
	SERVICE("after", .needs = LIST("plain"), .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG
}

my $s = session(supervisord => supervisord('notify', configuration(), '--no-host-checks'));

sub done { my ($file) = @_; wait_until { -e $file } "$file"; return slurp($file) }

sub starts {
    my ($name) = @_;
    unlink glob "$dir/$name.*";
    $s->ctl(restart => $name);
    return ok($s->becomes($name, 'starting'), "$name starts");
}

# supervisord has read what was sent before: it has taken a barrier after it.
sub is_read { my ($name) = @_; return done(tell($name, barrier => 'BARRIER=1')) eq '0' }

# The messages
$s->ctl(up => 'after');
ok($s->becomes('plain', 'starting'), 'it is not up before it says so');
is($s->field(state => 'after'), 'waiting-to-start', 'nor does what needs it start');
like(($s->ctl('status', 'plain'))[1], qr/waiting for READY=1/, 'conctl says what it waits for');
for my $text ('READY=0', 'READY=1x', 'XREADY=1', 'READY', '', "\n\n", "A=b\nREADY=2\n", 'x' x 4000, "\0READY=1",
    "READY=1\n" . 'x' x 5000)
{
    done(tell(plain => main => $text));
    ok(is_read('plain'), 'a message is read');
    my $shown = length $text > 20 ? substr($text, 0, 20) . '...' : $text;
    is($s->field(state => 'plain'), 'starting', 'it says nothing: ' . $shown =~ s/[\n\0]/./gr);
}
tell(plain => main => 'READY=1');
ok($s->becomes('plain', 'up'), 'READY=1 makes it up');
ok($s->becomes('after', 'up'), 'and what needs it starts');
starts('plain');
tell(plain => main => "STATUS=x\nREADY=1\nMAINPID=1\n");
ok($s->becomes('plain', 'up'), 'also among others, and with a newline');

# The senders
starts('plain');
tell(plain => child => 'READY=1');
ok($s->becomes('plain', 'up'), 'a child counts, also when it has ended');
starts('main');
done(tell(main => child => 'READY=1'));
ok(is_read('main'), 'the message of a child is read');
is($s->field(state => 'main'), 'starting', 'with MAIN a child does not count');
tell(main => main => 'READY=1');
ok($s->becomes('main', 'up'), 'but the main process');
for my $name (qw(guided guided_main)) {
    starts($name);
    tell($name => main => 'READY=1');
    ok($s->becomes($name, 'up'), "$name: behind a guard");
}
if ($fields{rooted}) {
    starts('rooted');
    tell(rooted => main => 'READY=1');
    ok($s->becomes('rooted', 'up'), 'the socket is seen in a chroot');
    starts('plain');
    tell(plain => user => 'READY=1');
    ok($s->becomes('plain', 'up'), 'a child that is another user counts while it lives');
    spew("$dir/plain.heard", '');
}

# A process that is none of it, of another user.
SKIP: {
    skip 'only root can be another user', 5 if $> != 0;
    starts('main');
    my $refused = () = $s->log =~ /is refused/g;
    my ($name) = slurp('/proc/' . $s->field(pid => 'main') . '/environ') =~ /NOTIFY_SOCKET=\@(\w+)/;
    for (1 .. 20) {
        my $pid = fork_patiently();
        if ($pid == 0) {
            $< = $> = 65534;
            socket my $socket, AF_UNIX, SOCK_DGRAM, 0;
            send $socket, 'READY=1', 0, pack_sockaddr_un("\0$name");
            POSIX::_exit(0);
        }
        waitpid $pid, 0;
    }
    ok(is_read('main'), 'the messages of a stranger are read');
    is($s->field(state => 'main'), 'starting', 'they make nothing ready');
    my @lines = $s->log =~ /^(supervisord: main: a message of process \d+ of user 65534 is refused: .*)$/mg;
    is($refused + @lines, 1, 'that is said once');
    tell(main => main => 'READY=1');
    ok($s->becomes('main', 'up'), 'its own still count');
}

# What was said before a restart does not count after it.
starts('plain');
done(tell(plain => main => 'READY=1'));
freeze($s->header->{supervisord});
my $told = tell(plain => main => 'READY=1');
done($told);
my $requests = fork_patiently();
if ($requests == 0) { $s->ctl(restart => 'plain'); POSIX::_exit(0) }
kill 'CONT', $s->header->{supervisord};
waitpid $requests, 0;
ok($s->becomes('plain', 'starting'), 'READY=1 of the former process does not count');
tell(plain => main => 'READY=1');
ok($s->becomes('plain', 'up'), 'that of the new one does');

# While there is no supervisord; and when there is no more room.
for my $how (qw(main many)) {
    starts('plain');
    my $pid = $s->header->{supervisord};
    freeze($pid);
    my $sent = tell(plain => $how => 'READY=1');
    done($sent) if $how eq 'main';
    kill 'KILL', $pid;
    ok($s->becomes('plain', 'up'), "$how: what is said to one that is killed is heard by the next");
}

# The end comes with the message.
for my $name (qw(short short_guided)) {
    for my $round (1 .. 5) {
        unlink glob "$dir/$name.*";
        $s->ctl(once => $name);
        $s->becomes($name, 'starting');
        freeze($s->header->{supervisord});
        tell($name => end => 'READY=1');
        wait_until { !-e "$dir/$name.do" } 'its last word';
        kill 'CONT', $s->header->{supervisord};
        last if !wait_until { $s->field(state => $name) =~ /down|failed/ } "$name to end";
        last if $s->field(state => $name) eq 'failed';
    }
    is($s->field(state => $name), 'down', "$name: was ready, and then done");
}

# What it says is shown: STATUS in its words, but for what a terminal would obey.
sub shown { my ($name) = @_; return decode_json(($s->ctl('-j', 'status', $name))[1])->{services}[0] }
done(tell(plain => main => "STATUS=serving \e[31m tea\nERRNO=5\nEXIT_STATUS=7"));
is_read('plain');
my $plain = shown('plain');
unlike(join('', map { ($s->ctl(@$_, 'status', 'plain'))[1] } [], ['-j']), qr/\e/,
    'a control character is not shown as it is');
like($plain->{says}, qr/^serving .*tea$/, 'the rest of STATUS is');
is_deeply([@$plain{qw(errno exit_status stopping)}], [ 5, 7, JSON::PP::false ], 'and ERRNO and EXIT_STATUS');
like($plain->{why}, qr/it says: serving .* tea; errno 5 \(Input\/output error\); exit status 7$/, 'also in the reason');
done(tell(plain => main => 'STATUS=' . 'long ' x 200));
is_read('plain');
like(shown('plain')->{says}, qr/^(long )+/, 'a long one is cut');
is(length shown('plain')->{says}, 127, 'at its room');
is(shown('plain')->{errno}, 5, 'what was said before and not again stays');
done(tell(plain => main => "STATUS=\nSTOPPING=1"));
is_read('plain');
is(shown('plain')->{says}, undef, 'an empty one takes it back');
like(shown('plain')->{why}, qr/it is stopping by itself/, 'STOPPING=1 is shown');
my $other = $s->kill_supervisord;
wait_until { ($s->header->{supervisord} // 0) != $other } 'the next supervisord';
is(shown('plain')->{errno}, 5, 'all of it is still there after kill -9 of supervisord');
starts('plain');
is_deeply([@{ shown('plain') }{qw(says errno exit_status)}],
    [ undef, undef, undef ], 'the next process has said nothing');
tell(plain => main => 'READY=1');
$s->becomes('plain', 'up');
tell(plain => end => "STATUS=out of beans\nERRNO=28");
ok($s->becomes('plain', 'failed'), 'it fails');
like(shown('plain')->{why}, qr/out of beans; errno 28 \(No space left on device\)/, 'its last words are the reason');
starts('plain');
done(tell(plain => main => "READY=1\nSTATUS=before the upgrade"));
ok($s->becomes('plain', 'up'), 'it is up again');

# Descriptors
my $before = () = glob '/proc/' . $s->header->{supervisord} . '/fd/*';
is(done(tell(plain => barrier => "READY=1\nBARRIER=1")), 0, 'a descriptor that came is closed') for 1 .. 3;
my $after = () = glob '/proc/' . $s->header->{supervisord} . '/fd/*';
is($after, $before, 'and none is left');
my %fds = map { $_ => 1 } glob '/proc/' . $s->field(pid => 'plain') . '/fd/*';
is(scalar(grep { m{/1\d\d$} } keys %fds), 0, 'it has none of ours');

# Upgrades: the socket stays, unless it has to be another one.
starts('plain');
my $next = supervisord('fds', configuration(plain2 => 'READY_FD(3)'), '--no-host-checks');
is(($s->ctl('exec', $next))[0], 0, 'an upgrade');
is(shown('plain')->{says}, undef, 'the process that has just started has said nothing');
tell(plain => main => 'READY=1');
ok($s->becomes('plain', 'up'), 'it still speaks by the same socket');
done(tell(plain => main => 'STATUS=kept'));
is_read('plain');
my $back = supervisord('back', configuration(), '--no-host-checks');
like(($s->ctl('diff', $back))[1], qr/READY_FD\(3\).*READY_SD_NOTIFY/s, 'conctl diff shows both');
is(($s->ctl('exec', $back))[0], 0, 'another one');
is(shown('plain')->{says}, 'kept', 'what was said is carried over');
starts('plain2');
tell(plain2 => main => 'READY=1');
ok($s->becomes('plain2', 'up'), 'a service that had another kind of socket has one now');

is($s->stop, 0, 'SIGTERM ends it with 0');
done_testing;
