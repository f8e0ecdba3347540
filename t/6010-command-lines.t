#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Each command line of README and the manual pages is run, as it stands there: by
# this test, or by one that is named here. One that is not known here fails it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use Cwd qw(getcwd);
use House;
use POSIX qw(setsid);
use Test::More;

my $dir  = scratch();
my $word = qr{(?:conctl|connate|make|ln|unshare|kill|mkdir|shutdown|config/supervisord-for|\.\.?/\w\S*)};

# --- The lines: of blocks, and in the text where they begin with such a word.

# README: blocks are indented by four columns; a comment stands behind two blanks.
sub of_markdown {
    my ($text) = @_;
    my @lines = map { s/^ {4}(?:\$ )?//r =~ s/  +#.*//r } grep { /^ {4}(?:\$ )?$word(?: |$)/ }
        split /\n/, $text;
    return @lines, $text =~ /`($word [^`]+)`/g;
}

# A line that ends with | goes on in the next one.
sub of_manual {
    my ($text) = @_;
    my @lines = $text =~ /^\.(?:Dl|Ql) (?:\\&)?($word .*)$/mg;
    for my $block ($text =~ /^\.Bd -literal[^\n]*\n(.*?)^\.Ed/msg) {
        push @lines, grep { /^$word / } map { s/^\\&//r } split /\n/, $block =~ s/\|\n\s*/| /gr;
    }
    return map { s/ [.,:;]$//r } @lines;
}

my %stands;                      # line => where
for my $file (qw(README.md doc/conctl.1 doc/connate-config.5 doc/connate.7.in doc/connate.8)) {
    my $text = slurp(source($file));
    my @lines = $file =~ /md$/ ? of_markdown($text) : of_manual($text);
    $stands{$_} //= $file for @lines;
    cmp_ok(scalar @lines, '>=', 3, "$file has command lines");
}

# --- Those that other tests run, or the build: the file, and what is in it.

my $built = qr/aclocal|configure|make/;
my %elsewhere = (
    './bootstrap demo'                       => [ 'CONTRIBUTING.md' => qr{`\./bootstrap demo`} ],
    './bootstrap check'                      => [ '.ci/run' => qr{^\./bootstrap check }m ],
    './bootstrap'                            => [ 'bootstrap' => $built ],
    'mkdir build && cd build'                => [ 'bootstrap' => $built ],
    '../configure'                           => [ 'bootstrap' => $built ],
    'make'                                   => [ 'bootstrap' => $built ],
    'make check'                             => [ 'bootstrap' => $built ],
    'make install'                           => [ 't/6004-debian.t' => qr/install/ ],
    '../configure --host=aarch64-linux-gnu'  => [ 't/2001-machines.t' => qr/aarch64/ ],
    '../configure --with-config=services.c && make' => [ 't/0006-configurations.t' => qr/config/ ],
    './configure --with-config=services.c && make' => [ 't/0006-configurations.t' => qr/config/ ],
    './configure --enable-sysv-links'        => [ 't/5008-applets.t' => qr/shutdown/ ],
    'ln -s connate /usr/sbin/init'           => [ 't/6004-debian.t' => qr/init/ ],
    'shutdown -r +5'                         => [ 't/5008-applets.t' => qr/shutdown -r \+5/ ],
    'shutdown -c'                            => [ 't/5008-applets.t' => qr/shutdown -c\b/ ],
    'conctl keep-time'                       => [ 't/3281-timers.t' => qr/"keep-time"/ ],
    "conctl restart --rolling --at-once 2 'worker@*'" => [ 't/5050-rolling.t' => qr/--at-once=2 worker/ ],
    'connate &'                              => [ 't/lib/Connate.pm' => qr{pid1/connate} ],
    'connate -- COMMAND'                     => [ 't/6002-command.t' => qr/'--'/ ],
    'connate --'                             => [ 't/6002-command.t' => qr/'--'/ ],
    (map { ("conctl signal $_" => [ 'conctl/habit.def' => qr/"signal $_"/ ]) }
        qw(ALRM CONT HUP INT QUIT STOP TERM USR1 USR2)),
);

# --- The programs, by the names that the lines have; and a session.

mkdir "$dir/bin";
symlink built('conctl/conctl'), "$dir/bin/conctl";
symlink built('pid1/connate'),  "$dir/bin/connate";
$ENV{PATH} = "$dir/bin:$ENV{PATH}";
my $here = getcwd();
my ($example) = slurp(source('README.md')) =~ m{^    (/\* services\.c \*/.*?CONNATE\(\);\n)}ms;
$example =~ s/^ {4}//mg;
my $services = <<'MORE';
	SERVICE("nginx", .ready = READY_NOTIFY, .reload = SHELL("true"),
		.run = SHELL("conctl ready; trap : USR1; while :; do sleep 0.1; done")),
	SERVICE("redis", .run = EXEC("/bin/sleep", "1000")),
MORE
my $more = $example =~ s/^\};\n/$services};\n/mr;
$more =~ s/^(#include)/#define DEFAULTS .env = LIST("PATH=$ENV{PATH}"),\n$1/m;

my $s = session(supervisord => supervisord('lines', $more, '--no-host-checks'));
$ENV{CONNATE_PID} = $s->{pid};
for my $name (qw(new-supervisord supervisord.new)) {
    my $other = supervisord($name, $more =~ s/sleep 10;/sleep 60;/r, '--no-host-checks');
    rename $other, "$dir/$name";
}
ok($s->becomes($_ => 'up'), "given that $_ is up") for qw(clock watcher nginx redis);

# As a shell runs it, in that folder.
sub shell {
    my ($line, $folder) = @_;
    return run('/bin/sh', '-c', 'cd "$1" && eval "$2"', 'sh', $folder // $dir, $line);
}

# A line that goes on until it is ended: it has said something by then.
sub goes_on {
    my ($line) = @_;
    my $pid = fork_patiently();
    if ($pid == 0) {
        setsid();
        open STDOUT, '>', "$dir/goes-on" or POSIX::_exit(126);
        exec '/bin/sh', '-c', 'cd "$1" && eval "exec $2"', 'sh', $dir, $line or POSIX::_exit(127);
    }
    my $said = wait_until { -s "$dir/goes-on" } $line;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    unlink "$dir/goes-on";
    return $said ? 0 : 1;
}

# Another session, from the build folder or with another supervisord, as the line
# starts it.
sub starts {
    my ($line, $folder) = @_;
    local $ENV{CONNATE_PID} = '';
    my $other = session(command =>
            [ '/bin/sh', '-c', 'cd "$1" && eval "exec $2"', 'sh', $folder, $line ]);
    my ($code) = $other->ctl('list');
    $other->stop;
    return $code;
}

# Words that stand for others.
my %means = (
    NAME => 'clock', name => 'clock', COMMAND => 'up', PID => $s->{pid},
);

# The exit codes that are right, if 0 is not the only one.
my %right = (
    'conctl status'          => qr/^[03]$/,
    'conctl status --failed' => qr/^[03]$/,
    'conctl diff new-supervisord'   => qr/^1$/,
    'conctl diff ./supervisord.new' => qr/^[01]$/,
    'conctl reboot'          => qr/^1$/,
);

sub is_a_mention {
    my ($line) = @_;
    my ($verb) = $line =~ /^conctl (\w[\w-]*)$/ or return;
    my ($code, $usage) = run('conctl', 'help', $verb);
    return $code == 0 && $usage =~ /^usage: conctl .*\b$verb (?:\[-[^\]]*\] )*[A-Za-z]/m;
}

sub try_line {
    my ($line) = @_;
    if (my $other = $elsewhere{$line}) {
        return like(slurp(source($other->[0])), $other->[1], "$line: $other->[0] runs it");
    }
    return is(goes_on($line), 0, $line) if $line =~ /^conctl (?:events -f|exec -w)/;
    return is(starts($line, built()), 0, $line) if $line =~ m{^\./pid1/connate};
    return is(starts($line, $dir), 0, $line) if $line =~ m{^connate --supervisor};
    if ($line =~ /^unshare/) {
        SKIP: {
            skip 'only root may', 1 if $> != 0;
            is(starts($line, built()), 0, $line);
        }
        return;
    }
    return ok(1, "$line: a command that needs more words") if is_a_mention($line);
    return is($s->field(state => 'nginx'), 'up', "$line: nginx says so") if $line eq 'conctl ready';
    return is((shell("kill -HUP $s->{pid}"))[0], 0, $line) if $line =~ /^kill -HUP(?: PID)?$/;
    $s->becomes(clock => 'up');  # it may have been sent a signal
    SKIP: {
        skip 'needs jq', 1 if $line =~ /\| jq / && (shell('command -v jq'))[0] != 0;
        skip 'needs dot', 1 if $line =~ /states\.svg/ && (shell('command -v dot'))[0] != 0;
        my $typed  = $line =~ s/\b(NAME|name|COMMAND|PID)\b/$means{$1}/gr;
        my $folder = $line =~ /^(?:make)/ ? built() : $dir;
        $typed =~ s/^make /make -n /;
        if ($typed =~ s{^(config/supervisord-for)}{built($1) . ' --no-host-checks'}e) {
            spew("$dir/services.c", $example);
        }
        my @result;
        my $right = $right{$line} // qr/^0$/;
        # With -t a busy machine may be late.
        my $done = wait_until { @result = shell($typed, $folder); $result[0] =~ $right || $line !~ / -t / }
        $line;
        like($result[0], $right, "$line ($stands{$line})") or diag("$result[1]$result[2]");
    }
    return;
}

# What ends the session comes last, and what needs a file after what makes it.
sub rank {
    my ($line) = @_;
    return 3 if $line =~ /^kill PID|exit$/;
    return 2 if $line =~ m{^conctl (?:exec|upgrade)|^kill -HUP|--supervisor};
    return $line =~ /^conctl diff/ ? 0 : 1;
}

my @ends = grep { rank($_) == 3 } sort keys %stands;
try_line($_) for sort { rank($a) <=> rank($b) || $a cmp $b } grep { rank($_) < 3 } keys %stands;
for my $line (@ends) {
    my $own = session(supervisord => $s->{supervisord});
    local $ENV{CONNATE_PID} = $own->{pid};
    is((shell($line =~ s/\bPID\b/$own->{pid}/r))[0], 0, "$line ($stands{$line})");
    my $ended = wait_until { waitpid($own->{child}, POSIX::WNOHANG()) != 0 } 'its end';
    ok($ended, 'and the session ends');
}
is(getcwd(), $here, 'nothing else has changed');
delete @elsewhere{ grep { $stands{$_} } keys %elsewhere };
is_deeply([ sort keys %elsewhere ], [], 'this test knows no line that does not stand there');
done_testing();
