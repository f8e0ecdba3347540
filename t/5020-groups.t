#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A group does not wait for its members; what conctl says of a group, and how
# long it waits for one, goes by them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use POSIX ();
use Test::More;

my $dir = scratch();

my $s = session(
    supervisord => supervisord('members', <<"CONFIG", '--no-host-checks'));
#define DEFAULTS .target = DOWN, .max_ready = FOREVER, .max_stop = FOREVER,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("outer", .members = LIST("group")),
	SERVICE("group", .groups = LIST("good", "slow")),
	SERVICE("broken", .groups = LIST("good", "bad")),
	SERVICE("many", .groups = LIST("m1", "m2", "m3", "m4")),
	SERVICE("good", .run = EXEC("/bin/sleep", "1000")),
	SERVICE("slow", .run = SHELL("trap 'while [ -e $dir/linger ]; do sleep 0.02;"
		" done; exit 0' TERM; while [ ! -e $dir/go ]; do sleep 0.02; done;"
		" '$ENV{top_builddir}/conctl/conctl' ready;"
		" while :; do sleep 0.02; done"), .ready = READY_NOTIFY),
	SERVICE("bad", .run = SHELL("exit 7"), .retry = RETRY_NEVER),
	SERVICE("m1", .ready = READY_NOTIFY, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("m2", .ready = READY_NOTIFY, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("m3", .ready = READY_NOTIFY, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("m4", .ready = READY_NOTIFY, .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG

my ($code, $out, $err);

sub ctl { ($code, $out, $err) = $s->ctl(@_); return $code }

# It is waited for, and no other service is; on a busy machine supervisord may
# not even answer in that time.
sub waits_for {
    my ($line, $name, @command) = @_;
    return eventually { ctl(@command) == 124 && $err =~ $line } $name;
}

# A wait that begins before anything is wanted, as in a script that starts it all

my $waiter = fork_patiently();
if ($waiter == 0) {
    exec "$ENV{top_builddir}/conctl/conctl", '-p', $s->{pid}, qw(-q wait -t 5 up outer)
        or POSIX::_exit(127);
}
eventually { comm($waiter) eq 'conctl' } 'given a wait for a group that is not wanted yet';
is(ctl(qw(up outer)), 0, 'which is then brought up');
is(ended_by($waiter) >> 8, 124, 'its members are waited for');

is(ctl(qw(up -w -t 60 good)), 0, 'given that a member is up');
waits_for(qr/^slow: starting/m, 'up -w of a group waits for its members, and names them',
    qw(up -w -t 0.3 outer));
unlike($err, qr/good/, 'but not those that are up');
is($s->field(state => 'outer'), 'up', 'though the group itself is up');
waits_for(qr/^slow: starting/m, 'so does wait up',      qw(wait -t 0.3 up group));
waits_for(qr/^slow: starting/m, 'and wait settled', qw(wait -t 0.3 settled outer));
is(ctl(qw(status outer)), 3, 'status does not call it up');
like($out, qr/not up: slow \(starting\)/, 'and says why');
ctl(qw(-j status outer));
like($out, qr/"why":"members not up: slow \(starting\)"/, 'as JSON, too');

spew("$dir/go", '');
is(ctl(qw(wait -t 60 up outer)), 0, 'when they are up, it is');
is(ctl(qw(status outer group)), 0, 'status says so');
is(ctl(qw(up -w -t 60 outer)), 0, 'and up has nothing to wait for');
is(ctl('status'), 0, 'status without names: all that is wanted is up');
is(ctl(qw(status --failed)), 0, 'so nothing has failed');
is($out, '', 'and nothing is printed');

is($s->field($_ => 'outer'), 'group', "its member, by $_") for qw(members groups);
is(ctl(qw(down -w -t 60 good)), 0, 'a member goes down alone');
is(ctl(qw(status outer)), 0, 'which is no fault of the group');
is(ctl(qw(wait -t 60 up outer)), 0, 'nor is it waited for');
is(ctl(qw(restart -w -t 60 outer)), 0, 'nor does a restart bring it up');
is($s->field(state => 'good'), 'down', 'it stays down');

spew("$dir/linger", '');
waits_for(qr/^slow: stopping/m, 'down -w waits for the members, too',
    qw(down -w -t 0.3 outer));
waits_for(qr/^slow: stopping/m, 'so does wait down', qw(wait -t 0.3 down outer));
unlink "$dir/linger";
is(ctl(qw(wait -t 60 down outer)), 0, 'until they are down');
is($s->field(state => 'slow'), 'down', 'as they are');

is(ctl(qw(up -w -t 60 broken)), 1, 'a member that fails is a failure of up -w');
like($err, qr/^bad: failed: exited with 7$/m, 'which says why');
is(ctl(qw(status broken)), 3, 'and of status');
like($out, qr/not up: bad \(failed\)/, 'which names it');
is(ctl('status'), 3, 'as does status without names');
like($out, qr/^good /m, 'which shows all');
is(ctl(qw(status --failed)), 3, 'and status --failed');
is_deeply([ sort $out =~ /^([a-z]\S*) /mg ], [qw(bad broken)], 'which shows no other');
is(ctl(qw(status -F good)), 0, 'of these services none');
ctl(qw(-j status -F));
is_deeply([ sort $out =~ /"name":"([^"]+)"/g ], [qw(bad broken)], 'as JSON, too');

ctl(qw(up many));
eventually { $s->field(state => 'm4') eq 'starting' } 'of many members';
ctl(qw(status many));
like($out, qr/not up: m1 \(starting\), m2 \(starting\), m3 \(starting\) and others/,
    'only the first ones are named');
done_testing();
