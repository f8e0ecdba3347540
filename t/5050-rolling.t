#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Names with * and ?; and conctl restart --rolling: some at a time, in order, each when
# those before it are up again, and none behind the first that does not come up.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Test::More;

my $dir = scratch();

# Each says when it starts, and is ready when there is no file with its name. Its stop
# takes a moment, in which another one that goes down would be seen.
sub worker {
    my ($n) = @_;
    my $conctl = "$ENV{top_builddir}/conctl/conctl";
    return qq{SERVICE("worker\@$n", .ready = READY_NOTIFY, .max_ready = SECONDS(120),
	.run = SHELL("echo $n >>$dir/starts; [ ! -e $dir/fail-$n ] || exit 1;"
		" while [ -e $dir/hold-$n ]; do sleep 0.02; done;"
		" '$conctl' ready; exec sleep 1000"), .retry = RETRY_FIXED(.attempts = 1),
	.stop = SHELL("'$conctl' state 'worker@*' >>$dir/states;"
		" '$conctl' signal KILL worker\@$n")),\n};
}
my $config = "#include <connate/config.h>\nstatic const struct service services[] = {\n"
    . join('', map { worker($_) } 1 .. 6)
    . qq{SERVICE("other", .run = EXEC("/bin/sleep", "1000")),\n}
    . qq{SERVICE("crew", .members = LIST("worker\@2", "worker\@5")),\n};
my $s = session(supervisord => supervisord('rolling', "$config};\nCONNATE();\n", '--no-host-checks'));
my ($code, $out, $err);

sub ctl { ($code, $out, $err) = $s->ctl(@_); return $code }

is(ctl(qw(wait -t 120 up *)), 0, 'all are up');

# Globs

for (
    [ 'worker@*', 6 ],
    [ 'worker@?', 6 ],
    [ '?orker@1', 1 ],
    [ '*',        8 ],
    [ '*@*2',     1 ],
    [ 'o*',       1 ],
    [ '*er*',     7 ],
    [ '**h**r',   1 ],
  )
{
    my ($glob, $count) = @$_;
    is(ctl('state', $glob, 'crew'), 0, "state '$glob'");
    my %named = map { /^(\S+): / ? ($1 => 1) : () } split /\n/, $out;
    $named{crew} = 1;    # alone: the bare value
    delete $named{crew} if $glob ne '*';
    is(scalar keys %named, $count, "... names $count") or diag($out);
}
for my $glob ('x*', 'worker@', 'worker@??', '?', '*1*1') {
    next if $glob !~ /[*?]/;
    is(ctl('state', $glob), 5, "state '$glob' names none");
    is($err, "conctl: no service matches '$glob'\n", '... and says so');
    is(ctl('-q', 'state', '-i', $glob), 0, '... with -i it does not matter');
}
is(ctl('status', 'x*'), 4, 'status has an exit code of its own');
is(ctl(qw(signal CONT worker@*)), 0, 'a signal for several');
is(ctl(qw(events worker@3 o*)), 0, 'events of some');
unlike($out, qr/worker\@[12456]/, '... and of no others');

# Rolling

sub starts { return join ' ', split /\n/, slurp("$dir/starts") }

sub clear { unlink "$dir/starts", "$dir/states"; return }

# At most so many were not up at any stop, the one that stops among them.
sub most_at_once {
    my ($most, $what) = @_;
    my (%down, $worst);
    my $size = 0;
    $worst = 0;
    for my $line (split /\n/, slurp("$dir/states")) {
        my ($name, $state) = $line =~ /^(\S+): (\S+)/ or next;
        ($size, %down) = (0) if $name eq 'worker@1';
        $size++ if $state ne 'up';
        $worst = $size if $size > $worst;
    }
    cmp_ok($worst, '>',  0,     "$what: they were looked at");
    return cmp_ok($worst, '<=', $most, "$what: at most $most are not up");
}

clear();
is(ctl(qw(restart --rolling worker@*)), 0, 'restart --rolling') or diag($err);
is(starts(), '1 2 3 4 5 6', 'one after another, in order');
most_at_once(1, '--rolling');
clear();
is(ctl(qw(restart --at-once=2 worker@*)), 0, 'restart --at-once=2') or diag($err);
like(starts(), qr/^(?:1 2|2 1) (?:3 4|4 3) (?:5 6|6 5)$/, 'two at a time');
most_at_once(2, '--at-once=2');
clear();
is(ctl(qw(restart -RA 100 worker@2 worker@4)), 0, 'more at once than there are');
like(starts(), qr/^(?:2 4|4 2)$/, '... are all of them');
clear();
is(ctl(qw(restart -R crew)), 0, 'of a group');
is(starts(), '2 5', '... its members');
most_at_once(1, 'a group');

# One that does not come up

clear();
spew("$dir/fail-3", '');
is(ctl(qw(restart -R worker@*)), 1, 'one that fails');
is(starts(), '1 2 3', '... is the last');
like($err, qr/^worker\@3: failed: .*\nleft as they were: worker\@4 worker\@5 worker\@6\n\z/,
    '... and the others are named');
unlink "$dir/fail-3";
clear();
spew("$dir/hold-3", '');
is(ctl(qw(restart -R -t 3 worker@3 worker@4)), 124, 'one that is not ready in time');
is(starts(), '3', '... is the last');
like($err, qr/^left as they were: worker\@4$/m, '... and the other is named');
unlink "$dir/hold-3";
is(ctl(qw(wait -t 120 up worker@*)), 0, 'it is ready at last');
clear();
is(ctl(qw(restart -R worker@1 nothing)), 5, 'a name that is none');
ok(!-e "$dir/starts", '... and nothing was restarted');
for my $wrong ([qw(-A 0)], [qw(-A x)], ['--at-once=']) {
    is(ctl('restart', @$wrong, 'worker@1'), 2, "restart @$wrong");
    like($err, qr/^conctl: option -A needs a number of services$/m, '... is explained');
}
is(ctl(qw(up -R worker@1)), 2, 'up does not take it');

# A new configuration in the middle: names are found in it again.

clear();
spew("$dir/hold-2", '');
my $more  = qq{SERVICE("a", .run = EXEC("/bin/sleep", "1000")),\n};
my $image = supervisord('other', "$config$more};\nCONNATE();\n", '--no-host-checks');
my $rolling = fork_patiently();
if ($rolling == 0) {
    exec "$ENV{top_builddir}/conctl/conctl", '-p', $s->{pid}, qw(restart -R worker@1 worker@2 worker@4)
        or POSIX::_exit(127);
}
eventually { starts() eq '1 2' } 'the second one waits';
is(ctl('exec', $image), 0, 'another configuration comes into force');
unlink "$dir/hold-2";
is(ended_by($rolling), 0, 'all are restarted');
is(starts(), '1 2 4', '... the same ones');
is($s->stop, 0, 'it ends');
done_testing();
