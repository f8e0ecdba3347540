#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The lock file is deleted or replaced while its session runs, as the folder of a
# user's session is at the last logout: there is still only one session.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir     = scratch();
my $top     = $ENV{top_builddir} // "$FindBin::Bin/..";
my $connate = "$top/pid1/connate";
my $folder  = "$dir/run/user";
my $lock    = "$folder/lock";

sub image {
    my ($name, $file, $what) = @_;
    return supervisord($name, <<"CONFIG", '--no-host-checks');
#include <connate/config.h>
static const struct service services[] = {
	SERVICE("$what", .run = SHELL("echo x >>$dir/starts-$what; exec sleep 1000")),
};
CONNATE(.lock_file = "$file");
CONFIG
}

sub folder_made { mkdir "$dir/run"; return mkdir $folder }

# What rm -rf does.
sub folder_removed {
    unlink $lock, "$dir/run/away/lock";
    rmdir $_ for $folder, "$dir/run/away", "$dir/run";
    return;
}

$ENV{RUN_0} = $folder;
my $image = image('one', '$RUN_0/lock', 'one');
my $same  = image('same', $lock, 'one');

sub refused {
    my ($what, $by, $same) = @_;
    my ($code, undef, $err) = run('timeout', 20, $connate, '--supervisor', $same // $image);
    is($code, 1, "$what: a second session is refused");
    like($err, qr{^(?:connate|supervisord): cannot lock \Q$lock\E: it is held by process $by \(is this}m,
        'with the process that holds the lock');
    return is(slurp("$dir/starts-one"), "x\n", 'and no service is started twice');
}

folder_made();
my $s = session(supervisord => $image);
ok($s->becomes(one => 'up'), 'a session with a lock file');

folder_removed();
folder_made();
refused('the folder is made anew', $s->{pid});
folder_removed();
folder_made();
refused('by another configuration', $s->{pid}, $same);
rename $lock, "$dir/moved";
refused('the file is moved', $s->{pid});
unlink $lock;
spew($lock, '');
refused('the file is replaced', $s->{pid});
folder_removed();
folder_made();
# The session puts its file back, and conctl finds it by that.
sub is_back {
    my ($what) = @_;
    eventually { (run("$top/conctl/conctl", '-q', '-l', $lock, 'status', 'one'))[0] == 0 } "$what: it is put back";
    return refused($what, $s->{pid});
}

folder_removed();
eventually { $s->log =~ /cannot be made again: No such file/ } 'without the folder it cannot be put back: said';
folder_made();
is_back('the folder is made anew');
unlink $lock;
is_back('the file is deleted');
rename $folder, "$dir/run/away";
folder_made();
is_back('the folder is moved');
folder_removed();
folder_made();
ok($s->kill_supervisord, 'supervisord is killed');
eventually { $s->header->{starts} == 2 } 'and succeeded';
is_back('the folder was made anew before supervisord died');
unlink $lock;
is_back('the file is deleted under its successor');
is($s->field(pid => 'one') > 1, 1, 'the service runs');
is(-s $lock, 0, 'nothing is written to it');

# Another path is another session; and so is the same variable with another value, also
# where that stands too far behind in the environment to be read.
my @far = ('env', '-i', 'A=' . 'x' x 20_000);
for my $wrap ([], [ @far, "RUN_0=$dir/other" ]) {
    my $what = @$wrap ? 'far behind: ' : '';
    local $ENV{RUN_0} = "$dir/other";
    mkdir $ENV{RUN_0};
    my $other = session(supervisord => $image, wrap => $wrap);
    ok($other->becomes(one => 'up'), "${what}a session with a lock file elsewhere") or diag($other->log);
    is($other->stop, 0, "${what}it ends");
    spew("$dir/starts-one", "x\n");
}
is($s->stop, 0, 'the first session ends');
my $next = session(supervisord => $image);
ok($next->becomes(one => 'up'), 'then another one may begin');
is($next->stop, 0, 'it ends');

unlink "$dir/starts-one";
$s = session(supervisord => $image, wrap => [ @far, "RUN_0=$folder" ]);
ok($s->becomes(one => 'up'), 'a session with its variable far behind');
my $beside = session(supervisord => image('beside', "$dir/lock", 'beside'));
ok($beside->becomes(beside => 'up'), '... and one beside it, with another path');
is($beside->stop, 0, '... that ends');
unlink $lock;
refused('far behind: the file is deleted', $s->{pid}, $same);
is($s->stop, 0, 'it ends');
done_testing();
