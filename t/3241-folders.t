#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# .folders: made before the set-up by the rights of connate, also below what the
# user of the service cannot enter; no symbolic link is followed; what exists keeps
# what is not ours to change; RUNTIME goes with the service, with all that is in it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir  = scratch();
my $root = $> == 0;
my $tag  = "connate-test-$$";
chmod 0755, $dir;

# Where the standard folders are: root's are below that of the test by a link that
# no test makes, so that only names of this test are made there.
my %base = $root
    ? (RUNTIME => '/run', STATE => '/var/lib', CACHE => '/var/cache', LOGS => '/var/log', CONFIG => '/etc')
    : (RUNTIME => "$dir/run", STATE => "$dir/state", CACHE => "$dir/cache", LOGS => "$dir/state/log",
    CONFIG => "$dir/config");
my @xdg = map { "XDG_$_" } qw(RUNTIME_DIR STATE_HOME CACHE_HOME CONFIG_HOME);
my %env = (XDG_RUNTIME_DIR => "$dir/run", XDG_STATE_HOME => "$dir/state", XDG_CACHE_HOME => "$dir/cache",
    XDG_CONFIG_HOME => "$dir/config");
mkdir "$dir/run";
END { system 'rm', '-rf', map { "$_/$tag" } values %base if $tag && $root }

my $user  = $root ? '.user = "65534", .group = "65533", .extra_groups = LIST(), ' : '';
my ($uid, $gid) = $root ? (65534, 65533) : ($>, $) + 0);
mkdir "$dir/closed", 0700;
mkdir "$dir/there",  0711;
symlink 'there', "$dir/link";
mkdir "$dir/real";

my $s = session(env => \%env, supervisord => supervisord('folders', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("all", $user
		.folders = LIST(RUNTIME("$tag", .mode = 0750), STATE("$tag/a/b"), CACHE("$tag"),
			LOGS("$tag"), CONFIG("$tag"), RUNTIME("$tag/second"),
			FOLDER("$dir/closed/x/y", .mode = 02775), FOLDER("$dir/there")),
		.setup = SHELL("touch \$STATE_DIRECTORY/by-setup"),
		.run = EXEC("/bin/sleep", "100000"),
		.cleanup = SHELL("test -d $base{RUNTIME}/$tag && echo cleaned >> $dir/cleaned")),
	SERVICE("plain", $user .folders = LIST(RUNTIME("$tag-2")), .run = EXEC("/bin/sleep", "100000")),
	SERVICE("link", .target = DOWN, .retry = RETRY_NEVER,
		.folders = LIST(FOLDER("$dir/real/z"), FOLDER("$dir/link/x")),
		.run = EXEC("/bin/touch", "$dir/ran")),
	SERVICE("file", .target = DOWN, .retry = RETRY_NEVER, .folders = LIST(FOLDER("$dir/a-file/x")),
		.run = EXEC("/bin/touch", "$dir/ran")),
};

CONNATE();
CONFIG
spew("$dir/a-file", "");
spew("$dir/cleaned", "");
chmod 0666, "$dir/cleaned";
END { system 'rm', '-rf', "$base{RUNTIME}/$tag-2" if $tag && $root }

sub about { my ($path) = @_; my @s = lstat $path; return @s ? sprintf('%o %d %d', $s[2] & 07777, @s[4, 5]) : 'missing' }
sub environment_of {
    my ($pid) = @_;
    return map { /^([^=]*)=(.*)\z/s ? ($1 => $2) : () } split /\0/, slurp("/proc/$pid/environ");
}

ok($s->becomes($_ => 'up'), "$_ is up") for qw(all plain);
is(about("$base{RUNTIME}/$tag"),        "750 $uid $gid",  'RUNTIME, with its mode, of the user');
is(about("$base{STATE}/$tag/a/b"),      "755 $uid $gid",  'STATE');
is(about("$base{STATE}/$tag/a") =~ s/ .*//r, '755',       'and what is on the way to it');
is(about("$base{CACHE}/$tag"),          "755 $uid $gid",  'CACHE');
is(about("$base{LOGS}/$tag"),           "755 $uid $gid",  'LOGS');
is(about("$base{CONFIG}/$tag"), '755 ' . ($> + 0) . ' ' . ($) + 0), 'CONFIG stays connate\'s');
is(about("$dir/closed/x/y") =~ s/ .*//r, '2775', 'FOLDER, below one that the user cannot enter');
is(about("$dir/there") =~ s/ .*//r, '711', 'what is there keeps its mode where none is given');
ok(-e "$base{STATE}/$tag/a/b/by-setup", 'they are there for the set-up');
my %env_of = environment_of($s->field(pid => 'all'));
is($env_of{RUNTIME_DIRECTORY}, "$base{RUNTIME}/$tag:$base{RUNTIME}/$tag/second", 'RUNTIME_DIRECTORY has both');
is($env_of{STATE_DIRECTORY},   "$base{STATE}/$tag/a/b", 'STATE_DIRECTORY');
is($env_of{CACHE_DIRECTORY},   "$base{CACHE}/$tag", 'CACHE_DIRECTORY');
is($env_of{LOGS_DIRECTORY},    "$base{LOGS}/$tag", 'LOGS_DIRECTORY');
is($env_of{CONFIGURATION_DIRECTORY}, "$base{CONFIG}/$tag", 'CONFIGURATION_DIRECTORY');

# RUNTIME goes, with what is in it; a link in it is removed, not followed.
my $run = "$base{RUNTIME}/$tag";
mkdir "$run/deep";
mkdir "$run/deep/deeper";
spew("$run/deep/deeper/$_", '') for 1 .. 300;
symlink "$dir/real", "$run/deep/out";
spew("$dir/real/kept", '');
is(($s->ctl(down => '-w', '-t', 60, 'all', 'plain'))[0], 0, 'they go down');
ok(!-e $run, 'RUNTIME is gone');
ok(!-e "$run-2", 'also without a clean-up');
ok(-e "$dir/real/kept", 'what a link in it led to is there');
is(slurp("$dir/cleaned"), "cleaned\n", 'its clean-up ran before that');
ok(-e "$base{STATE}/$tag/a/b/by-setup", 'the others stay');
is(($s->ctl(up => '-w', '-t', 60, 'all'))[0], 0, 'up again');
is(about($run), "750 $uid $gid", 'and there it is again');

# Links, and what is no folder.
$s->ctl(up => '-w', '-t', 60, $_) for qw(link file);
ok($s->becomes($_ => 'failed'), "$_: failed") for qw(link file);
like(($s->ctl(status => 'link'))[1], qr{folders \Q$dir\E/link/x: a symbolic link is on the way},
    'a link: which, and why');
like(($s->ctl(status => 'file'))[1], qr{folders \Q$dir\E/a-file/x: Not a directory}, 'a file on the way');
ok(!-e "$dir/ran", 'no program has run');
ok(!-e "$dir/there/x", 'nothing was made behind the link');
is(($s->ctl(down => '-w', '-t', 60, 'all'))[0], 0, 'down');
done_testing();
