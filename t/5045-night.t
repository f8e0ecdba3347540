#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The morning after a night, in a shortened form: a service has died, another one crashed
# again and again, logs were turned and compressed, supervisord was killed, another one took
# over, the logger was killed, and everything was restarted. conctl history names what
# restarted, when and why; conctl logs has its last words.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
mkdir "$dir/$_" for qw(each past);
my $gzip = -x '/bin/gzip' ? '"--compress", "/bin/gzip",' : '';

sub image {
    my ($name, $more) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#define DEFAULTS .retry = RETRY_FIXED(.after = MILLISECONDS(1)), .stop = SIGNAL(SIGKILL), .log = LOG_TO("log"),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .run = SHELL("echo begins; until test -e $dir/panic; do sleep 0.05; done; "
		"rm $dir/panic; echo 'panic: no more file descriptors' >&2; exit 17")),
	SERVICE("shop", .run = EXEC("/bin/sleep", "1000"), .binds = LIST("web")),
	SERVICE("queue", .run = SHELL("echo cannot open the queue; test -e $dir/well || exit 1; exec sleep 1000")),
	$more
	SERVICE("log", .reads = EACH, .ready = READY_SD_NOTIFY, .log = LOG_INHERIT,
		.run = EXEC("$log", "--each", "$dir/each", "--history", "$dir/past/history",
			$gzip "--max-size", "2K", "--memory", "$dir/memory")),
};

CONNATE();
CONFIG
}

my @images = (image('evening', ''), image('night', 'SERVICE("mail", .run = EXEC("/bin/sleep", "1000")),'));
spew("$dir/well", '');
my $s = session(supervisord => $images[0]);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(log web shop queue);

# What the history has since then, without dates and with times as TIME.
my $since = '1h ago';
sub history {
    my (@names) = @_;
    my ($code, $out, $err) = $s->ctl('history', '--since', $since, @names);
    return $out =~ s/\d{4}-\d\d-\d\dT\S+Z|\b\d\d:\d\d:\d\d\b/TIME/gr =~ s/pid \d+/pid N/gr =~ s/ +/ /gr;
}
eventually { 4 == (() = history() =~ /^TIME \w+ up, pid N: ready$/mg) } 'the evening is written down';
eventually { ($s->ctl('logs', 'web'))[1] =~ /web: begins$/m } 'and what it said';
sleep 0.01; # the next moment is another one
$since = sprintf '@%.3f', time;

# 03:12
my $web = $s->field(pid => 'web');
spew("$dir/panic", '');
eventually { $s->field(state => 'web') eq 'up' && $s->field(pid => 'web') ne $web } 'web has died, and runs again';

# A crash loop, and the logger and supervisord killed in the middle of it
unlink "$dir/well";
kill 'KILL', $s->field(pid => 'queue');
my $begin = $s->header->{events};
eventually { $s->header->{events} - $begin > 200 } 'a crash loop';
ok($s->kill_supervisord, 'supervisord is killed');
kill 'KILL', $s->field(pid => 'log');
my $then = $s->header->{events};
eventually { $s->header->{events} - $then > 100 } 'it goes on';
spew("$dir/well", '');
ok($s->becomes($_ => 'up'), "$_ is up") for qw(queue log);

# Another configuration
is(($s->ctl('exec', $images[1]))[0], 0, 'an upgrade');
ok($s->becomes(mail => 'up'), 'with one service more');

# Everything anew
is($s->stop, 0, 'everything is stopped');
$s = session(supervisord => $images[1]);
ok($s->becomes($_ => 'up'), "$_ is up") for qw(log web shop queue mail);

# The morning
eventually {
    my (undef, $new) = split /a new session of connate begins/, history();
    5 == (() = ($new // '') =~ /^TIME \w+ up, pid N: ready$/mg);
}
'the history is complete';
my $all = history();
like($all, qr/^TIME web ended, is tried again: exited with 17$/m, 'what died, and how');
like($all, qr/^TIME shop goes down: web is retrying$/m, 'what it took along');
like($all, qr/^TIME queue ended \d\d+ times between TIME and TIME: exited with 1$/m, 'the crash loop');
my @crashes = $all =~ /^TIME queue ended.*$/mg;
cmp_ok(scalar @crashes, '<=', 3, 'is a line or two: ' . join ' | ', @crashes);
like($all, qr/^TIME - supervisord died and was started again: killed by SIGKILL$/m, 'the death of supervisord');
like($all, qr/^TIME log ended, is tried again: killed by SIGKILL$/m, 'that of the logger');
like($all, qr/^TIME - upgraded: another supervisord took over$/m, 'the upgrade');
like($all, qr/^TIME - a new session of connate begins$/m, 'the restart of everything');
my @order = $all =~ /(exited with 17|queue ended \d\d|supervisord died|upgraded|a new session)/g;
like(join(' ', @order) =~ s/queue ended \d\d/loop/gr,
    qr/^exited with 17 loop .*supervisord died.* upgraded a new session$/,
    'in order');
unlike(history('web'), qr/queue|mail|upgraded/, 'of one service only its own');

# Its last words: the logger may have read them a moment after its end was known.
my ($code, $words) = $s->ctl('logs', '--since', $since, 'web');
like($words, qr/\A\S+Z web: panic: no more file descriptors\n\S+Z web: begins\n/, 'its last words');
cmp_ok(scalar(my @turned = glob "$dir/each/queue.log.*"), '>', 1, 'logs were turned meanwhile');
cmp_ok(scalar(@turned = glob "$dir/past/history.*"), '>', 1, 'and the history');
(undef, $words) = $s->ctl('logs', '--since', $since, 'queue');
my ($loop) = $all =~ /queue ended (\d+) times/;
cmp_ok(scalar(() = $words =~ /cannot open the queue/g), '>=', $loop, "each of $loop crashes has said why");
is($s->stop, 0, 'it ends');
done_testing();
