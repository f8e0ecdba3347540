#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# conctl status SERVICE shows the last lines of a service that logs to connate-log: of its
# own file or of that of all, and none of anything else.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();
my $log = ($ENV{top_builddir} // "$FindBin::Bin/..") . '/log/log';
mkdir "$dir/each";

sub image {
    my ($name, @options) = @_;
    my $options = join ', ', map { qq{"$_"} } @options;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .log = LOG_TO("log"),
		.run = SHELL("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line \$i; done;"
			" printf '<3>bad \\\\033[31mred\\\\n'; exec sleep 1000")),
	SERVICE("web2", .log = LOG_TO("log"), .run = SHELL("echo another one; exec sleep 1000")),
	SERVICE("plain", .log = LOG_NONE, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("log", .reads = EACH, .ready = READY_SD_NOTIFY, .run = EXEC("$log", $options)),
};

CONNATE();
CONFIG
}

# What follows the heading, without times.
sub shown {
    my ($s, $service) = @_;
    my (undef, $out) = $s->ctl('status', $service);
    return '' if $out !~ /^ last lines: (.*?)\n(.*)/ms;
    return join '|', $1, map { s/^  \S+Z //r } split /\n/, $2;
}

my $lines = join '|', map { "web: line $_" } 4 .. 12;
for ([ each => "$dir/each", "$dir/each/web.log" ], [ file => "$dir/all", "$dir/all" ]) {
    my ($option, $path, $file) = @$_;
    my $s = session(supervisord => image($option, "--$option", $path));
    eventually { shown($s, 'web') eq "$file|$lines|web[err]: bad \\x1b[31mred" } "--$option: the last ten lines";
    eventually { shown($s, 'web2') =~ /\|web2: another one$/ } 'of another service, its own';
    unlike(shown($s, 'web2'), qr/web:/, 'and none of one whose name is the beginning of its name');
    is(shown($s, 'plain'), '', 'none of one that logs elsewhere');
    is(shown($s, 'log'), '', 'and none of the logger');

    # Somebody else has written to the file.
    my $time = '2031-12-24T18:00:00.000000Z';
    open my $out, '>>', $file;
    print $out "not of our form\n$time web: raw \e[31m\a\n$time web: not ended";
    close $out;
    unlike(($s->ctl('status', 'web'))[1], qr/[\e\a]/, 'what a terminal would obey is not sent');
    like(shown($s, 'web'), qr/\|web: raw \?\[31m\?$/, 'only whole lines of our form are shown');
    unlink $file;
    mkdir $file;
    is(shown($s, 'web'), '', 'nothing, where there is no file');
    open my $web, '>', '/proc/' . $s->field(pid => 'web') . '/fd/1';
    syswrite $web, "once more\n";
    close $web;
    eventually { ($s->ctl('status', 'log'))[1] =~ /it says: cannot write its file: Is a directory/ }
    'the logger says what is wrong';
    rmdir $file;
    eventually { shown($s, 'web') eq "$file|web: once more" } 'nothing is lost by that';
    eventually { ($s->ctl('status', 'log'))[1] !~ /it says/ } 'and all is well again';
    is($s->stop, 0, 'it ends');
}

# The command line of a logger of another user's session may name any file.
SKIP: {
    my @user = plain_user();
    skip 'not root', 2 if !@user;
    spew("$dir/secret", "2031-12-24T18:00:00.000000Z web: of root\n");
    my $s = session(supervisord => image('user', '--file', "$dir/secret"), user => \@user);
    ok($s->becomes(web => 'up'), 'a session of another user');
    is(shown($s, 'web'), '', 'only its own files are read');
}
done_testing();
