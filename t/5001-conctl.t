#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl from its user's view: its output, its exit codes, its messages about
# mistakes; and faulty clients, which no other client may notice.
use strict;
use warnings;
use Fcntl;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

my $dir    = scratch();
my $top    = $ENV{top_builddir} // "$FindBin::Bin/..";
my $conctl = "$top/conctl/conctl";
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE)};

my $s = session(
    supervisord => supervisord('conctl', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("alpha", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("beta", .needs = LIST("alpha"), .wants = LIST("gamma"),
		.run = EXEC("/bin/sleep", "1000"), .log = LOG_FILE("$dir/log")),
	SERVICE("gamma", .run = EXEC("/nonexistent"), .retry = RETRY_NEVER),
	SERVICE("delta", .target = DOWN, .needs = LIST("gamma"),
		.run = EXEC("/bin/sleep", "1000")),
	SERVICE("slow", .target = DOWN, .ready = READY_NOTIFY,
		.run = EXEC("/bin/sleep", "1000")),
};

CONNATE(.lock_file = "$dir/lock");
CONFIG
ok($s->becomes(beta => 'up') && $s->becomes(gamma => 'failed'), 'a session');

# gives(code, standard output, standard error, arguments…)
sub gives {
    my ($code, $out, $err, @arguments) = @_;
    my ($got_code, $got_out, $got_err) = $s->ctl(@arguments);
    my $what = join ' ', 'conctl', @arguments;
    is($got_code, $code, "$what: exit code $code");
    ref $out ? like($got_out, $out, "$what: output") : is($got_out, $out, "$what: output");
    like($got_err, $err, "$what: errors");
    return;
}
my $nothing = qr/\A\z/;

# Its output.
my $pid = $s->records->{alpha}{pid};
gives(0, "alpha\nbeta\ngamma\ndelta\nslow\n", $nothing, 'list');
gives(0, "$pid\n",                            $nothing, 'pid', 'alpha');
gives(0, "alpha: up\ngamma: failed\n",        $nothing, 'state', 'gamma', 'alpha');
gives(3, "-\n",                               $nothing, 'pid', 'gamma');
gives(3, "alpha: $pid\ngamma: -\n",          $nothing, 'pid', 'alpha', 'gamma');
gives(0, qr/^gamma: -\n/m,                    $nothing, 'pid');
gives(0, "127\n",                             $nothing, 'code', 'gamma');
gives(0, "-\n",                               $nothing, 'code', 'alpha');
gives(0, "up\n",                              $nothing, 'target', 'alpha');
gives(0, "1\n",                               $nothing, 'attempt', 'alpha');
gives(0, qr/\A\d+(\.\d+)?\n\z/,               $nothing, 'time', 'alpha');
gives(0, "alpha\n",                           $nothing, 'needs', 'beta');
gives(0, "gamma\n",                           $nothing, 'wants', 'beta');
gives(0, "$dir/log\n",                        $nothing, 'log', 'beta');
gives(0, "inherit\n",                         $nothing, 'log', 'alpha');
gives(0, qr/\Aconctl \d/,                     $nothing, 'version');
gives(0, qr/^  restart /m,                    $nothing, 'help');
gives(0, qr/restart .*\[-t SECONDS\]/,        $nothing, 'help', 'restart');
gives(3, qr/^gamma +failed +- .*exec \/nonexistent: No such file/m, $nothing, 'status');
unlike(($s->ctl('status'))[1], qr/\e/, 'no colour but on a terminal');

# Exit codes of status.
gives(0, qr/alpha/, $nothing, 'status', 'alpha');
gives(3, qr/gamma/, $nothing, 'status', 'gamma');
gives(3, qr/gamma/, $nothing, 'status', 'alpha', 'gamma');
gives(4, '', qr/no such service: 'alpa'; did you mean 'alpha'\?/, 'status', 'alpa');

# Mistakes.
gives(2, '', qr/usage/, 'frobnicate');
gives(2, '', qr/usage/, 'up');
gives(2, '', qr/usage|-t/, 'up', '-t', 'soon', 'alpha');
gives(2, '', qr/usage|exit/, 'exit', '256');
gives(5, '', qr/'wrong'.*\n.*'worse'/, 'down', 'alpha', 'wrong', 'worse');
is($s->field(state => 'alpha'), 'up', 'and nothing was done for the one that exists');
gives(1, '', qr/not.*service/, 'ready');

# Done, or nothing to do; failed; not in time.
gives(0, '', $nothing, qw(up -w -t 30 alpha beta));
is($s->records->{alpha}{pid}, $pid, 'up of what is up does nothing');
gives(1, '', qr/^gamma: failed: exec \/nonexistent: No such/, qw(up -w -t 30 gamma));
gives(124, '', qr/slow.*starting/, qw(up -w -t 0.2 slow));
gives(124, '', qr/slow/, qw(wait -t 0.2 up slow));
gives(0, '', $nothing, qw(down -w -t 30 slow));
gives(0, '', $nothing, qw(stop -w -t 30 beta));
gives(0, '', $nothing, qw(start -w -t 30 beta));
gives(1, '', qr/delta/, qw(up -w -t 30 delta));
$s->ctl(qw(down -w -t 30 delta));

# Finding connate.
my ($code, $out, $err) = run($conctl, '-l', "$dir/lock", 'pid', 'alpha');
is("$code $out", "0 $pid\n", 'by the lock file');
{
    local $ENV{CONNATE_PID} = $s->{pid};
    is((run($conctl, 'pid', 'alpha'))[1], "$pid\n", 'by $CONNATE_PID');
}
{
    local $ENV{CONNATE_LOCK_FILE} = "$dir/lock";
    is((run($conctl, 'pid', 'alpha'))[1], "$pid\n", 'by $CONNATE_LOCK_FILE');
}
for my $wrong ([ '-p', $$, qr/$$/ ], [ '-p', 4194303, qr/4194303/ ],
    [ '-l', "$dir/nothing", qr{nothing.*No such file} ]) {
    my ($option, $value, $line) = @$wrong;
    ($code, $out, $err) = run($conctl, $option, $value, 'list');
    is($code, 4, "$option $value: exit code 4");
    like($err, $line, 'and it names what is wrong');
    is(scalar(() = $err =~ /\n/g), 1, 'in one line');
}
SKIP: {
    my @user = plain_user();
    skip 'only root can be another user', 2 if !@user;
    ($code, $out, $err) = run('setpriv', "--reuid=$user[0]", "--regid=$user[1]",
        '--clear-groups', $conctl, '-p', $s->{pid}, 'down', 'alpha');
    is($code, 4, 'another user has no right to');
    like($err, qr/[Pp]ermission|not permitted|another user/, 'and is told so');
}

# Faulty clients. A correct request follows each of them.
sub unharmed {
    my ($what) = @_;
    is(($s->ctl(qw(restart -w -t 30 beta)))[0], 0, "$what: no other client notices");
    return;
}
my $supervisord = $s->header->{supervisord};
sub client {
    my ($flags) = @_;
    sysopen my $pipe, "/proc/$s->{pid}/fd/111", $flags or die "request pipe: $!";
    return $pipe;
}
my $open = client(O_WRONLY);
unharmed('one that opens and stalls');
syswrite $open, 'x' x 100;
unharmed('one that writes half of nothing');
srand 1;
for my $size (1, 39, 40, 41, 4095, 4096, 4097, 20000) {
    my $pipe = client(O_WRONLY | O_NONBLOCK);
    syswrite $pipe, join '', map { chr rand 256 } 1 .. $size;
    unharmed("$size random bytes");
}
my $magic = pack 'L<', 0x716e6331;
for my $head (map { $magic . $_ } "\1\0", "\1\0\2\0" . "\0" x 4, "\1\0\2\0" . "\xff" x 32,
    "\2\0\2\0\x28\0\0\0" . "\0" x 28, "\1\0\xff\xff\x28\0\0\0" . "\0" x 28) {
    my $pipe = client(O_WRONLY | O_NONBLOCK);
    syswrite $pipe, $head;
    unharmed('the beginning of a request, ' . length($head) . ' bytes');
}
my @clients = map {
    my $child = fork // die;
    POSIX::_exit((run($conctl, '-p', $s->{pid}, 'up', '-t', '30', 'alpha'))[0]) if !$child;
    $child;
} 1 .. 40;
is((grep { ended_by($_) != 0 } @clients), 0, 'forty at once are all answered');
is($s->header->{supervisord}, $supervisord, 'supervisord lived through all of it');

# The end.
gives(0, '', $nothing, 'exit', '7');
is(ended_by(delete $s->{child}) >> 8, 7, 'exit gives connate its exit code');
gives(4, '', qr/$s->{pid}/, 'list');
done_testing();
