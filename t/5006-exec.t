#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl exec from its user's view: its output, its refusals, its messages about
# an image that did not work; clients that wait meanwhile; and clients of a
# connate that another process succeeds.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use JSON::PP;
use POSIX ();
use Test::More;

my $dir    = scratch();
my $conctl = built('conctl/conctl');
my $sleep  = '.run = EXEC("/bin/sleep", "1000")';
my $native = ($ENV{host_cpu} // (POSIX::uname())[4]) eq (POSIX::uname())[4];
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};

sub configuration {
    my ($name, $services) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
$services
};

CONNATE(.lock_file = "$dir/lock");
CONFIG
}

my $old = configuration(old => <<"SERVICES");
	SERVICE("one", $sleep),
	SERVICE("two", .needs = LIST("one"), $sleep),
	SERVICE("leaves", .max_stop = FOREVER,
		.run = SHELL("trap 'while [ ! -e $dir/ends ]; do sleep 0.05; done; exit' TERM; "
			"while :; do sleep 0.05; done")),
	SERVICE("leaves-down", .target = DOWN, $sleep),
	SERVICE("changes", $sleep, .log = LOG_TO("logger")),
	SERVICE("logger", .run = EXEC("/bin/cat")),
	SERVICE("idle", .target = DOWN, $sleep),
	SERVICE("reloads", $sleep,
		.reload = SHELL("while [ ! -e $dir/reloaded ]; do sleep 0.05; done")),
SERVICES
my $new = configuration(new => <<"SERVICES");
	SERVICE("comes", $sleep),
	SERVICE("reloads", $sleep,
		.reload = SHELL("while [ ! -e $dir/reloaded ]; do sleep 0.05; done")),
	SERVICE("idle", .target = DOWN, $sleep),
	SERVICE("changes", .run = EXEC("/bin/sleep", "1001")),
	SERVICE("two", .needs = LIST("one"), $sleep),
	SERVICE("one", $sleep),
SERVICES

my $s = session(supervisord => $old);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(one two leaves changes logger reloads);
my @kept = qw(one two changes reloads);
my %pid  = map { $_ => $s->field(pid => $_) } @kept;

# gives(code, standard output, standard error, arguments…)
sub gives {
    my ($code, $out, $err, @arguments) = @_;
    my ($got_code, $got_out, $got_err) = $s->ctl(@arguments);
    my $what = join ' ', 'conctl', @arguments;
    is($got_code, $code, "$what: exit code $code");
    ref $out ? like($got_out, $out, "$what: output") : is($got_out, $out, "$what: output");
    like($got_err, $err, "$what: errors");
    return $got_out;
}
my $nothing = qr/\A\z/;
my $probation = qr/on probation: it has stood after 2 min in which a service came up and one ended, or after 1 h; (?x:
    )if it dies 3 times before, the former image goes on/;
my $on_probation = qr/conctl: supervisord's image is $probation \(so far it died \d+ times?\)\n/;
sub kept { my ($count) = @_; return qr/\Akept $count\n$probation\n\z/ }
sub json { my (@arguments) = @_; return JSON::PP->new->utf8->decode(($s->ctl('-j', @arguments))[1]) }

sub kept_ok {
    my ($what) = @_;
    is_deeply({ map { $_ => $s->field(pid => $_) } @kept }, \%pid, "$what: no service has noticed");
    return;
}

my @background;
sub background {
    my ($name, @arguments) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', "$dir/$name" or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        exec { $conctl } $conctl, @arguments or POSIX::_exit(127);
    }
    push @background, $pid;
    return $pid;
}
END { kill 'KILL', @background if @background }

# A client waits when it sleeps: nothing else shows that.
sub waits {
    my ($pid) = @_;
    return wait_until { slurp("/proc/$pid/wchan") =~ /futex/ || slurp("/proc/$pid/syscall") =~ /^202 /
            || slurp("/proc/$pid/stat") =~ /\) S / }
    'a client that waits';
}

sub ends {
    my ($pid, $code, $what) = @_;
    ok((wait_until { waitpid($pid, POSIX::WNOHANG()) != 0 } $what), "$what: ends");
    my $status = $?;
    @background = grep { $_ != $pid } @background;
    is($status >> 8, $code, "$what: exit code $code");
    return;
}

# The same image.
my $images = $s->header->{images};
gives(0, kept(8), $nothing, 'exec');
gives(0, kept(8), $nothing, 'exec', $old);
gives(0, '',         $nothing, '-q', 'exec');
is_deeply(json('exec'),
    { kept => [ qw(one two leaves leaves-down changes logger idle reloads) ],
        added => [], removed => [], stale => [], stopping => [],
        probation => { 'rolled-back' => JSON::PP::false, deaths => 0, why => undef } }, 'JSON: exec');
is($s->header->{images}, $images + 4, 'four times another image');
my $pwd = POSIX::getcwd();
chdir $dir;
gives(0, kept(8), $nothing, 'exec', 'old.supervisord');
chdir '/';
gives(0, kept(8), $nothing, 'exec', substr $old, 1);
chdir $pwd;
kept_ok('the same image');
$s->kill_supervisord;
is(($s->ctl('exec'))[0], 0, 'right after it was killed, too');

# Images that are refused without being tried.
sub image {
    my ($bytes, $mode) = @_;
    unlink "$dir/image";
    spew("$dir/image", $bytes);
    chmod $mode // 0755, "$dir/image";
    return "$dir/image";
}
my $bytes = slurp($new);
my $other = $bytes;
substr $other, 18, 2, pack 'S<', 8;    # e_machine: MIPS
my ($starts, $answers) = @{ $s->header }{qw(starts answers)};
for my $case ([ 'not ELF', "nonsense\n", 'it is no ELF program; supervisord-for makes one of a configuration' ],
    [ 'another machine', $other, 'it is a program for another machine' ],
    [ 'cut off', substr($bytes, 0, 8192), '(?:there is no|its) table of services .*' ],
    [ 'another program', slurp('/bin/true'), 'there is no table of services in it' ]) {
    my ($what, $content, $why) = @$case;
    my $path = image($content);
    gives(1, '', qr/\Aconctl: exec: supervisord does not become \Q$path\E: $why\n\z/, 'exec', $path);
}
is_deeply([ @{ $s->header }{qw(starts answers)} ], [ $starts, $answers ], 'supervisord was not even asked');
gives(1, '', qr/: Permission denied; it has to be executable/, 'exec', image($bytes, 0644));
gives(1, '', qr{does not become /no/such: No such file or directory\n}, 'exec', '/no/such');
gives(1, '', qr/: Permission denied/, 'exec', $dir);
gives(2, '', qr/No such file/, 'exec', '');
gives(2, '', qr/File name too long/, 'exec', 'x' x 5000);
is($s->header->{starts}, $starts, 'nothing came of it');

# Images that do not work. The first instructions are others then.
sub broken {
    my ($code) = @_;
    my $copy = $bytes;
    my ($entry, $headers) = unpack 'Q< Q<', substr $copy, 24, 16;
    my ($size, $count) = unpack 'S< S<', substr $copy, 54, 4;
    for my $k (0 .. $count - 1) {
        my ($type, undef, $offset, $address, undef, $length) =
            unpack 'L< L< Q< Q< Q< Q<', substr $copy, $headers + $k * $size, 40;
        next if $type != 1 || $entry < $address || $entry >= $address + $length;
        substr $copy, $entry - $address + $offset, length $code, $code;
    }
    return image($copy);
}
my $back = 'before it took over; the former one goes on, no service was touched';
gives(1, '', qr/\Aconctl: exec: the new image was killed by SIG(?:SEGV|ILL) $back\n\z/, 'exec', broken("\0" x 32));
kept_ok('one that crashes');
SKIP: {
    skip 'that is machine code of x86_64', 1 if !$native || (POSIX::uname())[4] ne 'x86_64';
    gives(1, '', qr/\Aconctl: exec: the new image exited with 3 $back \(connate's log says why\)\n\z/,
        'exec', broken("\xbf\3\0\0\0\xb8\x3c\0\0\0\x0f\5"));
    # poll(NULL, 0, 300), and then a fault.
    gives(1, '', qr/\Aconctl: exec: the new image was killed by SIGILL $back\n\z/, 'exec',
        broken("\xb8\7\0\0\0\x31\xff\x31\xf6\xba\x2c\1\0\0\x0f\5\x0f\x0b"));
    kept_ok('one that crashes after a while');
    my $hangs = broken("\xeb\xfe");
    my $first = background(first => '-p', $s->{pid}, 'exec', $hangs);
    my $supervisord = $s->header->{supervisord};
    eventually { (readlink "/proc/$supervisord/exe" // '') eq $hangs } 'one that hangs is tried';
    setpriority 0, $supervisord, 19;
    gives(124, '', qr/does not answer/, 'exec', '-t', '0.5');
    my $second = background(second => '-p', $s->{pid}, 'exec');
    ends($first, 1, 'one that hangs');
    like(slurp("$dir/first"), qr/the new image did not get ready in 10 s; the former one goes on/, 'and says why');
    ends($second, 0, 'a client that asked meanwhile');
    kept_ok('one that hangs');
}

# Clients that wait, and another configuration.
unlink "$dir/ends", "$dir/reloaded";
my %client = (
    events  => background(events  => '-p', $s->{pid}, qw(events -f)),
    idle    => background(idle    => '-p', $s->{pid}, qw(wait -t 50 up idle)),
    down    => background(down    => '-p', $s->{pid}, qw(wait -t 50 down leaves logger)),
    reload  => background(reload  => '-p', $s->{pid}, qw(reload -t 50 reloads)),
    gone    => background(gone    => '-p', $s->{pid}, qw(wait -t 50 up leaves-down)),
);
eventually { slurp("$dir/events") =~ /WHY/ } 'events are followed';
eventually { $s->records->{reloads}{helper} > 0 } 'a reload is under way';
waits($client{$_}) for qw(idle down gone);
my $text = gives(0, qr/\Akept 5\n/, $nothing, 'exec', $new);
like($text, qr/^added 1: comes$/m, 'what was added');
like($text, qr/^removed 3: leaves \(\S*stop\S*\), leaves-down, logger \(waiting-to-stop\)$/m, 'what was removed');
like($text, qr/^stale 1: changes$/m, 'what is stale');
kept_ok('another configuration');

# The commands on a service that was removed.
my $status = gives(0, qr/^changes +up +\d+ +\S+ +stale$/m, qr/\A$on_probation\z/, 'status');
my $removed = 'removed from the configuration; is being stopped:';
like($status, qr/^leaves +stopping +\d+ .* $removed waiting for/m, 'it is there until it has stopped');
like($status, qr/^logger .* $removed changes logs to it until it is restarted$/m, 'and why it has not');
unlike($status, qr/^leaves-down/m, 'one that was down is not');
like(gives(0, qr/^changes up: stale$/m, $nothing, 'status', 'changes'),
    qr/^ +stale: runs by a former definition; conctl restart changes$/m, 'what to do about it');
my %json = map { $_->{name} => $_ } @{ json('status')->{services} };
is_deeply([ map { $json{$_}{stale} } qw(changes one) ],  [ JSON::PP::true, JSON::PP::false ], 'JSON: stale');
is_deeply([ map { $json{$_}{removed} } qw(leaves one) ], [ JSON::PP::true, JSON::PP::false ], 'and removed');
my $refusal = qr/'leaves' was removed from the configuration, and is being stopped/;
gives(5, '', $refusal, $_, 'leaves') for qw(up restart once);
gives(5, '', qr/no such service: 'leaves-down'/, 'up', 'leaves-down');
gives(0, '', $nothing, 'down', 'leaves');
spew("$dir/ends", '');
eventually { ($s->ctl(qw(state leaves)))[0] == 5 } 'it is unknown when it has stopped';
unlike(gives(0, qr/^comes$/m, $nothing, 'list'), qr/^leaves$/m, 'it is not listed');
unlike(($s->ctl('status'))[1], qr/^leaves/m, 'nor shown');
unlike((run($conctl, 'complete', '-p', $s->{pid}, 'down', ''))[1], qr/^leaves/m, 'nor completed');
like(gives(0, qr/^comes +up/m, qr/\A$on_probation\z/, 'status'), qr/^logger/m, 'the other one still is');

# Clients over all these changes.
ends($client{gone}, 5, 'one that waits for a service that was removed');
like(slurp("$dir/gone"), qr/no such service: 'leaves-down'/, 'and says so');
gives(0, '', $nothing, qw(up idle));
ends($client{idle}, 0, 'wait up');
gives(0, '', $nothing, qw(restart -w changes));
$pid{changes} = $s->field(pid => 'changes');
ends($client{down}, 0, 'wait down, of those that were removed');
unlike(($s->ctl('status'))[1], qr/stale|logger/, 'nothing is left of the former configuration');
spew("$dir/reloaded", '');
ends($client{reload}, 0, 'reload');
is(slurp("$dir/$_"), '', "$_ had nothing to say") for qw(idle down reload);
for my $event ('idle +\S+ -> up', 'leaves +\S+ -> down', 'comes +\S+ -> up', 'reloads +reload', 'logger +\S+ -> down') {
    eventually { slurp("$dir/events") =~ /$event/ } "events -f: $event";
}
my @lines = grep { /->/ } split /\n/, slurp("$dir/events");
my %times;
$times{$_}++ for @lines;
is_deeply([ grep { $times{$_} > 1 } keys %times ], [], 'nothing twice');
unlike(slurp("$dir/events"), qr/overwritten/, 'and nothing is missing');

# connate itself.
gives(0, "connate runs its own file now\n", $nothing, 'exec', '--pid1');
my $copy = "$dir/connate";
run('cp', built('pid1/connate'), $copy);
gives(0, "connate runs $copy now\n", $nothing, 'exec', '-1', $copy);
is(readlink "/proc/$s->{pid}/exe", $copy, 'and so it does');
gives(1, '', qr/connate does not become \Q$new\E: it is a supervisord, not a connate/, 'exec', '--pid1', $new);
gives(1, '', qr/it is no ELF program/, 'exec', '--pid1', image("nonsense\n"));
gives(1, '', qr/No such file/,         'exec', '--pid1', '/no/such');
$bytes = slurp($copy);
gives(1, '', qr/\Aconctl: exec: the self-test of the new image was killed by SIG(?:SEGV|ILL) before it took over; /,
    'exec', '--pid1', broken("\0" x 32));
kept_ok('connate itself');

# A supervisord that cannot be run, nor can the former one, which is the same.
gives(0, kept(6), $nothing, 'exec');
chmod 0644, $new;
$s->kill_supervisord;
eventually { $s->header->{deaths} > 3 } 'it cannot be started again';
my ($code, $out, $err) = $s->ctl('status');
like($err, qr/\Aconctl: supervisord is down since [\d.]+s: it cannot be run: Permission denied \(\d+ times in a row\)/,
    'status says why');
like($err, qr/; services run on, and connate starts it again (?:now|in [\d.]+s)\n/, 'and what happens now');
like($err, qr/^conctl: the image tried last was rolled back: it died 3 times on probation; last it cannot be run: /m,
    'that it was rolled back');
like($out, qr/^one +up +$pid{one} /m, 'and what is there');
my $down = json('status');
is($down->{supervisord}, undef, 'JSON: it is down');
is($down->{down}{why}, 'cannot be run: Permission denied', 'and why');
cmp_ok($down->{down}{times}, '>', 3, 'how often');
like($down->{down}{$_}, qr/^20\d\d-.*Z$/, "and $_") for qw(since next);
chmod 0755, $new;
is(($s->ctl(qw(up -w one)))[0], 0, 'until it can be run');
is(json('status')->{down}, undef, 'then it is not down');

# Another process takes the place of connate.
my $former = $s->{pid};
my @by     = ('-l', "$dir/lock");
my $waits  = background(waits => @by, qw(wait -t 50 down idle));
my $follows = background(follows => '-p', $former, qw(events -f one));
waits($_) for $waits, $follows;
kill 'KILL', $former;
is((run($conctl, @by, 'pid', 'one'))[1], "$pid{one}\n", 'found by the lock file at once');
{
    local $ENV{CONNATE_PID} = $former;
    wait_until { slurp("/proc/$former/stat") !~ /\) [^Z] / } 'its end';
    is((run($conctl, 'pid', 'one'))[0], 4, '$CONNATE_PID alone is too old then');
    local $ENV{CONNATE_LOCK_FILE} = "$dir/lock";
    is((run($conctl, 'pid', 'one'))[1], "$pid{one}\n", 'with $CONNATE_LOCK_FILE it does not matter');
    is((run($conctl, '-p', $former, 'pid', 'one'))[0], 4, '-p means what it says');
}
is((run($conctl, @by, qw(down -w idle)))[0], 0, 'it takes orders');
ends($waits, 0, 'a client that waited by the lock file');
is((run($conctl, @by, qw(restart -w one)))[0], 0, 'and more of them');
eventually { slurp("$dir/follows") =~ /stopping -> down/ } 'a client that knew only its pid';
my $status_now = JSON::PP->new->utf8->decode((run($conctl, @by, qw(-j status)))[1]);
isnt($status_now->{connate}, $former, 'another process is connate');
$s->{pid} = $status_now->{connate};
gives(0, qr/^kept 6$/m, $nothing, 'exec');
my $asks = background(asks => @by, qw(restart -w -t 50 two));
kill 'KILL', $s->{pid};
ends($asks, 0, 'one that asks in the middle of it');

# The end.
is((run($conctl, @by, 'exit'))[0], 0, 'exit');
eventually { (run($conctl, @by, 'list'))[0] == 4 } 'the session is over';
ends($follows, 4, 'and so is events -f');
like(slurp("$dir/follows"), qr/has ended meanwhile\n\z/, 'which says it');
done_testing();
