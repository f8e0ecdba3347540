#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Services of other managers, imported by connate-import, run: words and environment of
# the program, order, reload by its pid, ends and restarts, clean-up, as with the manager
# that they were written for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Import;
use Test::More;

my $dir = scratch();
my $limits = "LimitNOFILE=64\nLimitCORE=0\n";    # no right is needed for these

# A script of this test, as a program.
sub script {
    my ($name, $text) = @_;
    my $path = spew("$dir/$name", "#!/bin/sh\n$text");
    chmod 0755, $path;
    return $path;
}

my $words = script('words', qq{for each in "\$@"; do echo "<\$each>"; done >$dir/words.new\n}
    . qq{env >$dir/env\numask >$dir/umask\nulimit -n >$dir/nofile\npwd >$dir/pwd\n}
    . "mv $dir/words.new $dir/words.out\nexec sleep 1000\n");
my $hups = script('hups', "trap 'echo hup >>$dir/hups.out' HUP\n: >$dir/hups.out\n"
    . "while :; do sleep 0.05; done\n");
my $forks = script('forks', "sleep 1000 &\necho \$! >$dir/forks.pid\n");
my $fails = script('fails', "echo x >>$dir/fails.out\n[ \$(wc -l <$dir/fails.out) -ge 3 ] || exit 1\n"
    . "exec sleep 1000\n");
my $ends  = script('ends', "echo x >>$dir/ends.out\n");
my $tree  = script('tree', "setsid sh -c 'echo \$\$ >$dir/tree.pid; exec sleep 1000' &\nsleep 1000\n");

my %unit = (
    words => "ExecStart=$words \$A \"\${A}\" x\${A} \$\$ %n 'it''s' a\\x20b\nEnvironment=\"A=one two\" B=%N\n"
        . "WorkingDirectory=$dir\nUMask=027",
    hups => "ExecStart=$hups\nEnvironment=PATH=@{[ built('conctl') ]}:/usr/bin:/bin\n"
        . "ExecReload=/bin/sh -c 'echo check >>$dir/hups.out'\nExecReload=/bin/kill -HUP \$MAINPID",
    forks => "Type=forking\nExecStart=$forks\nTimeoutStopSec=20",
    fails => "ExecStart=$fails\nRestart=on-failure\nRestartSec=50ms",
    ends  => "ExecStart=$ends\nRestart=on-failure",
    tree  => "ExecStart=$tree\nTimeoutStopSec=20",
    once  => "Type=oneshot\nRemainAfterExit=yes\nExecStartPre=-/bin/false\n"
        . "ExecStart=/bin/sh -c 'echo up >$dir/once.out'\n"
        . "ExecStop=/bin/sh -c 'echo down >$dir/once.out'",
);
my %files = map { ("u/$_.service" => "[Service]\n$limits$unit{$_}\n") } keys %unit;
$files{'u/after.service'} = "[Unit]\nAfter=once.service\nWants=once.service\n[Service]\n$limits"
    . "ExecStart=/bin/sh -c 'cat $dir/once.out >$dir/after.out; exec sleep 1000'\n";
$files{'u/hups.service.d/x.conf'} = "[Service]\nKillSignal=SIGKILL\n";
$files{'sv/asks/run'} = "#!/bin/sh -e\nsv check held >/dev/null\necho \$PWD >$dir/asks.out\nexec sleep 1000\n";
$files{'sv/held/run'} = "#!/bin/sh\nexec sleep 1000\n";
$files{'x.ini'} = "[program:prog]\ncommand=/bin/sh -c 'echo \$E >$dir/prog.out; exec sleep 1000' ; a comment\n"
    . "environment=E=\"a b\"\nautostart=false\nstartsecs=0\nstdout_logfile=NONE\nredirect_stderr=true\n";
$files{$_} =~ s/^ +//mg for keys %files;

my ($code, undef, $err) = import_files(\%files, '--whole', '-o', "$dir/imported.c", '@/u', '@/sv', '@/x.ini');
is($code, 0, 'all of them are carried') or diag($err);
run('chmod', '+x', map { "$dir/import/sv/$_/run" } qw(asks held));
my $text = slurp("$dir/imported.c") =~ s/\Q.max_stop = FOREVER\E/.max_stop = SECONDS(20)/gr;
my $s = session(supervisord => supervisord('imported', $text, '--no-host-checks'));

sub value { my ($field, $name) = @_; return $s->field($field, $name) }

($code, undef, $err) = $s->ctl(qw(up -w words hups forks fails tree after asks prog));
is($code, 0, 'they come up') or diag($err);
eventually { -e "$dir/words.out" } 'the program runs';
is(slurp("$dir/words.out"), "<one>\n<two>\n<one two>\n<xone two>\n<\$>\n<words.service>\n<its>\n<a b>\n",
    'its words');
my %env = slurp("$dir/env") =~ /^(\w+)=(.*)$/mg;
is_deeply({ map { $_ => $env{$_} } qw(A B PATH HOME USER) }, { A => 'one two', B => 'words', HOME => undef,
    USER => undef,
    PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }, 'its environment');
is(join(' ', map { slurp("$dir/$_") =~ s/\n//r } qw(umask nofile)), '0027 64', 'its mask and limit');
is(slurp("$dir/pwd"), "$dir\n", 'its folder');

eventually { slurp("$dir/after.out") ne '' } 'the one that waits runs';
is(slurp("$dir/after.out"), "up\n", 'what it waits for had ended');
is(value('state', 'once'), 'up', 'and stays up');
$s->ctl(qw(down -w after once));
is(slurp("$dir/once.out"), "down\n", 'its end is done when it goes down');

eventually { -e "$dir/hups.out" } 'the program that reloads runs';
is(($s->ctl(qw(reload hups)))[0], 0, 'a reload with MAINPID');
eventually { slurp("$dir/hups.out") eq "check\nhup\n" } 'does one thing after another, and reaches the program';

is(value('pid', 'forks'), slurp("$dir/forks.pid") =~ s/\n//r, 'a daemon is known by its process');
$s->ctl(qw(down -w forks));
ok(!alive(slurp("$dir/forks.pid") =~ s/\n//r), 'and ends');

eventually { slurp("$dir/fails.out") eq "x\n" x 3 } 'a failure is tried again';
$s->ctl(qw(up ends));
eventually { value('state', 'ends') eq 'down' } 'a good end is one';
is(slurp("$dir/ends.out"), "x\n", 'and not tried again');

eventually { -s "$dir/tree.pid" } 'a child in a session of its own runs';
$s->ctl(qw(down -w tree));
ok(!alive(slurp("$dir/tree.pid") =~ s/\n//r), 'a stop reaches it');

is(value('state', 'held'), 'up', 'what a script of runit asks for is up');
eventually { slurp("$dir/asks.out") ne '' } 'and the script goes on';
eventually { slurp("$dir/prog.out") eq "a b\n" } "a program of Supervisor's has its environment";
$s->stop();
done_testing();
