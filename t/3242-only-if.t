#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .only_if: each kind of condition; a service for which one does not hold is skipped,
# which says which; it is met for needs and wants, not for bonds; it is asked again at
# each start; it has never been up, and nothing else of it is done.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
spew("$dir/full", 'x');
spew("$dir/empty", '');
mkdir "$dir/folder";
mkdir "$dir/folder-full";
spew("$dir/folder-full/x", '');
my ($word) = split ' ', slurp('/proc/cmdline');
my ($bounding) = slurp('/proc/self/status') =~ /^CapBnd:\s*(\w+)/m;
my %machine = (flags => scalar slurp('/proc/cpuinfo') =~ /^flags.*\bhypervisor\b/m);
my $contained = -e '/run/systemd/container' || -e '/.dockerenv' || -e '/run/.containerenv'
    || -e '/run/host/container-manager' || slurp('/proc/1/environ') =~ /(?:^|\0)container=[^\0]/;
my @mains = grep { slurp("$_/type") =~ /^Mains/ } glob '/sys/class/power_supply/*';
my $mains = !@mains || grep { slurp("$_/online") =~ /^1/ } @mains;

# Each condition, and whether it holds.
my @conditions = (
    [ "path:$dir/full" => 1 ], [ "path:$dir/none" => 0 ], [ "path:$dir/folder" => 1 ],
    [ "file-not-empty:$dir/full" => 1 ], [ "file-not-empty:$dir/empty" => 0 ],
    [ "file-not-empty:$dir/folder" => 0 ],
    [ "folder-not-empty:$dir/folder-full" => 1 ], [ "folder-not-empty:$dir/folder" => 0 ],
    [ "folder-not-empty:$dir/full" => 0 ],
    [ "writable:$dir" => 1 ], [ "writable:$dir/none" => 0 ],
    [ 'kernel-argument:connate-has-no-such-argument' => 0 ],
    (defined $word && $word !~ /["\\]/ ? [ "kernel-argument:$word" => 1 ] : ()),
    [ 'capability:CAP_SYS_ADMIN' => (hex(substr $bounding, -8) >> 21) & 1 ],
    [ 'container' => $contained ? 1 : 0 ],
    [ 'ac-power' => $mains ? 1 : 0 ],
    ($machine{flags} ? [ 'virtual-machine' => $contained ? 0 : 1 ] : ()),
);
my $services = '';
for my $k (0 .. $#conditions) {
    my ($text) = @{ $conditions[$k] };
    $services .= qq{	SERVICE("c$k", .only_if = LIST("path:/", "$text"), .run = EXEC("/bin/sleep", "100000")),\n}
        . qq{	SERVICE("n$k", .only_if = LIST("!$text"), .setup = EXEC("/bin/true")),\n};
}
my $s = session(supervisord => supervisord('only-if', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
$services
	SERVICE("skips", .target = DOWN, .only_if = LIST("path:/", "path:$dir/flag"),
		.folders = LIST(FOLDER("$dir/made")),
		.setup = EXEC("/bin/touch", "$dir/setup"), .run = EXEC("/bin/sleep", "100000"),
		.cleanup = SHELL("echo . >> $dir/cleanup")),
	SERVICE("guarded", .target = DOWN, .stop_all = true, .only_if = LIST("path:$dir/flag"),
		.run = EXEC("/bin/sleep", "100000")),
	SERVICE("needs", .target = DOWN, .needs = LIST("skips"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("wants", .target = DOWN, .wants = LIST("skips"), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("binds", .target = DOWN, .binds = LIST("skips"), .run = EXEC("/bin/sleep", "100000")),
};

CONNATE();
CONFIG

for my $k (0 .. $#conditions) {
    my ($text, $holds) = @{ $conditions[$k] };
    ok($s->becomes("c$k" => $holds ? 'up' : 'skipped'), "$text: " . ($holds ? 'holds' : 'does not hold'));
    ok($s->becomes("n$k" => $holds ? 'skipped' : 'up'), "!$text: the other way round");
}

# --- What follows from it
is(($s->ctl(up => '-w', '-t', 60, 'needs', 'wants'))[0], 0, 'what needs or wants a skipped one comes up');
is($s->field(state => 'skips'), 'skipped', 'it is skipped');
is(($s->ctl(up => '-w', '-t', 60, 'skips'))[0], 0, 'up -w takes it for done');
my ($code, $out) = $s->ctl(status => 'skips');
is($code, 3, 'status: it is not up');
like($out, qr{only_if path:\Q$dir\E/flag: it does not hold}, 'and says which condition');
like(($s->ctl('status'))[1], qr/^skips\b.*\bskipped\b/m, 'the table of all shows it');
like(($s->ctl('-j', status => 'skips'))[1], qr/"state": ?"skipped"/, 'so does JSON');
my (undef, $events) = $s->ctl('events');
like($events, qr/skips.*setting-up -> skipped.*only_if path/, 'events say why');
unlike($events, qr/skips.*-> up\b/, 'it was never up');
unlike($events, qr/skips.*-> (?:retrying|cleaning-up)/, 'and nothing was tried again or cleaned up');
is(($s->ctl('blame'))[0], 0, 'blame knows it');
ok(!-e "$dir/$_", "$_: nothing of it was done") for qw(made setup cleanup);
is(($s->ctl(up => '-t', 60, 'binds'))[0], 0, 'one that binds to it');
ok($s->becomes(binds => 'waiting-to-start'), 'waits');
$s->ctl(up => 'guarded');
ok($s->becomes(guarded => 'skipped'), 'behind a guard, too');

# --- A new supervisord, and the next start
$s->kill_supervisord;
$s->wait_ready;
is($s->field(state => 'skips'), 'skipped', 'the next supervisord leaves it so');
spew("$dir/flag", '');
is($s->field(state => 'skips'), 'skipped', 'nothing looks at the condition by itself');
is(($s->ctl(up => '-w', '-t', 60, 'skips', 'guarded'))[0], 0, 'asked up again');
ok($s->becomes($_ => 'up'), "$_ is up") for qw(skips guarded binds);
ok(-e "$dir/made" && -e "$dir/setup", 'with all that belongs to it');
unlink "$dir/flag";
$s->ctl(restart => 'guarded');
ok($s->becomes(guarded => 'skipped'), 'a restart asks, too');
is(($s->ctl(down => '-w', '-t', 60, 'guarded'))[0], 0, 'a skipped one goes down');
is($s->field(state => 'guarded'), 'down', 'and is down');
is($s->stop, 0, 'the session ends');
done_testing();
