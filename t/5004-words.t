#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The words of conctl: help, the manual and completion agree with verb.def; and
# completion works in each installed shell. With --update the table of
# commands in the manual is written anew.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $dir    = scratch();
my $conctl = built('conctl/conctl');
delete @ENV{qw(CONNATE_PID CONNATE_LOCK_FILE COMP_LINE COMP_POINT)};

# The rows of a .def file, as the compiler reads them.
sub rows {
    my ($file, $macro, @columns) = @_;
    my $list = join ', ', @columns;
    spew("$dir/rows.c", "#define $macro($list) row $list;\n#include \"conctl/$file\"\n");
    my ($code, $out, $err) = run(split(' ', $ENV{CC} // 'gcc'), '-E', '-P',
        '-iquote', source(), "$dir/rows.c");
    $code == 0 or BAIL_OUT("$file: $err");
    my @rows;
    while ($out =~ /\brow\s+((?:"(?:[^"\\]|\\.)*"|[^;"])*);/g) {
        my @values = map { s/^\s*"?|"?\s*$//gr =~ s/"\s*"//gr } $1 =~ /((?:"[^"]*"|'.'|[^,"])+)(?:,|$)/g;
        my %row;
        @row{@columns} = @values;
        push @rows, \%row;
    }
    return @rows;
}

my @verbs = rows('verb.def', 'VERB',
    qw(name group options arguments least most reaches run detail help));
my @options = rows('option.def', 'OPTION', qw(letter word value everywhere help));
$_->{letter} =~ tr/'//d for @options;
my @shown = grep { $_->{group} ne 'HIDDEN' } @verbs;
cmp_ok(scalar @shown, '>', 30, 'there are commands');
is(scalar(grep { length $_->{letter} != 1 } @options), 0, 'and options');

my @habits = rows('habit.def', 'HABIT', qw(words from takes says));
cmp_ok(scalar @habits, '>', 30, 'there are words of others');
for my $habit (@habits) {
    is(($habit->{takes} ne '') + ($habit->{says} ne ''), 1, "$habit->{words}: one answer");
    my @named = ($habit->{takes} =~ /^(\S+)/, $habit->{says} =~ /\bconctl (?:-\w )?([\w-]+)/g);
    for my $name (grep { !/^-/ } @named) {
        ok((grep { $_->{name} eq $name } @shown), "$habit->{words}: there is a command $name");
    }
    unlike($habit->{says}, qr/\.$/, "$habit->{words}: no full stop");
}

# The manual's table of commands.
sub mdoc_arguments {
    my ($arguments) = @_;
    my @parts;
    for my $word (split ' ', $arguments) {
        my $optional = $word =~ s/^\[(.*)\]$/$1/;
        my $many = $word =~ s/\.\.\.$// ? ' ...' : '';
        my $part =
            $word =~ /\|/
            ? 'Cm ' . join(' | ', split /\|/, $word)
            : 'Ar ' . lc $word;
        push @parts, $optional ? "Op $part$many" : "$part$many";
    }
    return @parts;
}

sub mdoc_options {
    my ($verb) = @_;
    return map {
        $_->{value} ne '' ? "Oo Fl $_->{letter} Ar \L$_->{value}\E Oc" : "Oo Fl $_->{letter} Oc"
    } grep { index($verb->{options}, $_->{letter}) >= 0 } @options;
}

my $table = join '', ".Bl -tag -width restart -compact\n", (map {
    (join ' ', '.It Cm', $_->{name}, mdoc_options($_), mdoc_arguments($_->{arguments}))
        . "\n\u$_->{help}.\n"
} @shown), ".El\n";
my ($begin, $end) = map { qr/^\.\\" $_.*\n/m } 'verb\.def', 'end of verb\.def';
my $manual = slurp(source('doc/conctl.1'));

my $others = join '', ".Bl -tag -width Ds\n", (map {
    ".It " . join(' , ', map { /^-(.*)/ ? "Fl $1" : "Cm $_" } split ' ', $_->{words})
        . "\nOf $_->{from}: " . ($_->{takes} ne '' ? "taken as\n.Ql conctl $_->{takes} ." : "$_->{says}.") . "\n"
} @habits), ".El\n";
my ($first, $last) = map { qr/^\.\\" $_.*\n/m } 'habit\.def', 'end of habit\.def';
if (grep { $_ eq '--update' } @ARGV) {
    $manual =~ s/($begin).*($end)/$1$table$2/s or die 'no place for the table';
    $manual =~ s/($first).*($last)/$1$others$2/s or die 'no place for the words';
    spew(source('doc/conctl.1'), $manual);
}
my ($written) = $manual =~ /$begin(.*)$end/s;
is($written, $table, 'the table of commands in the manual is that of verb.def');
is(($manual =~ /$first(.*)$last/s)[0], $others, 'that of the words of others is that of habit.def');
my ($prose) = $manual =~ /$end(.*)$first/s;
for my $verb (@shown) {
    like($prose, qr/^\.It Cm (?:.* )?\Q$verb->{name}\E(?: |$)/m, "the manual explains $verb->{name}");
}
for my $option (@options) {
    like($manual, qr/^\.It Fl \Q$option->{letter}\E(?: |$)/m, "and -$option->{letter}");
    my $word = $option->{word} =~ s/^-//r;
    like($manual, qr/^\.It Fl \S , \Q$word\E$/m, "and $option->{word}") if $word ne '';
}

# Help.
my ($code, $help, $err) = run($conctl, 'help');
is($code, 0, 'help');
cmp_ok(scalar(() = $help =~ /\n/g), '<=', 24, 'fits a screen');
is(scalar(grep { length > 79 } split /\n/, $help), 0, 'of 80 columns');
for my $verb (@verbs) {
    my ($name, $arguments) = @$verb{qw(name arguments)};
    if ($verb->{group} eq 'HIDDEN') {
        unlike($help, qr/\b$name\b/, "help does not show $name");
    }
    else {
        like($help, qr/^ .*\b$name\b/m, "help shows $name");
    }
    my ($code, $one) = run($conctl, 'help', $name);
    is($code, 0, "help $name");
    like($one, qr/^usage: .* $name\b.*\Q$arguments\E\n\Q$verb->{help}\E\n/, 'says how and what');
    is((run($conctl, $name, '--help'))[1], $one, "$name --help, too")
        if $verb->{group} ne 'HIDDEN';
    for my $option (grep { $_->{everywhere} ne 'true' } @options) {
        my $takes = index($verb->{options}, $option->{letter}) >= 0;
        is($one =~ /^  -$option->{letter}\b.*\Q$option->{help}\E$/m ? 1 : 0, $takes ? 1 : 0,
            "and -$option->{letter}" . ($takes ? '' : ' not'));
    }
}
for my $habit (grep { $_->{says} ne '' } @habits) {
    for my $word (split ' ', $habit->{words}) {
        my ($code, $out, $err) = run($conctl, $word, 'web');
        is("$code $out", '2 ', "$word is refused");
        is($err, "conctl: '$word' is a word of $habit->{from}; here: $habit->{says}\n", 'in one line');
        is((run($conctl, 'help', $word))[2], $err, 'by help, too') if $word !~ /^-/;
    }
}
is((run($conctl, 'web', 'restart'))[2], "conctl: the command stands first: conctl restart web\n",
    'a service before the command');
is((run($conctl, 'help', 'nonsense'))[0], 2, 'help of nothing');
like((run($conctl, 'statsu'))[2], qr/did you mean 'status'\?/, 'a command that is mistyped');

# Completion: the output of conctl itself.
my $s = session(supervisord => supervisord('words', <<'CONFIG'));
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("web-log", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("tty@1:main", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("tty@2:main", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
};

CONNATE();
CONFIG

sub candidates {
    my (@words) = @_;
    my ($code, $out, $err) = run($conctl, 'complete', @words);
    is("$code $err", '0 ', join ' ', 'complete', map { "'$_'" } @words);
    return join ' ', map { s/\t.*//r } split /\n/, $out;
}
my @services = qw(web web-log tty@1:main tty@2:main);
my @here = ('-p', $s->{pid});
is(candidates(''), "@{[map { $_->{name} } @shown]}", 'all commands');
is(candidates('re'), 'requires_up reload_with restart reload ready reboot', 'those that begin so');
is(candidates('-'), "@{[map { (qq(-$_->{letter}), $_->{word} || ()) } grep { $_->{everywhere} eq 'true' } @options]}",
    'options before the command');
like(candidates('up', '-'), qr/-w --wait -t -i --ignore-unknown$/, 'options of the command');
unlike(candidates('list', '-'), qr/-w/, 'and only those');
is(candidates(@here, 'up', ''),                      "@services",   'services');
is(candidates("-p$s->{pid}", 'up', 'web'),           'web web-log', 'that begin so');
is(candidates(@here, 'up', '-w', '-t', '5', 'web', 'tty@1:'), 'tty@1:main', 'the second one');
is(candidates(@here, $_, ''), "@services", "services behind $_") for qw(logs history events);
is(candidates(@here, 'logs', '-n', '5', 'web-'),     'web-log',     'behind a number of lines, too');
is(candidates(@here, 'logs', '-L', 'e'),              'emerg err',   'levels');
is(candidates(@here, 'up', '-t', ''),                '',            'of a number nothing is known');
is(candidates(@here, 'wait', ''),                    'up down settled', 'words of an argument');
is(candidates(@here, 'wait', 'up', 'web-'),          'web-log',     'then services');
is(candidates(@here, 'signal', 'HU'),                'HUP',         'signals');
is(candidates(@here, 'signal', 'HUP', ''),           "@services",   'then services');
is(candidates(@here, 'help', 'vers'),                'version',     'commands as an argument');
is(candidates(@here, 'list', ''),                    '',            'no argument, no words');
is(candidates(@here, 'exit', '0', ''),               '',            'nothing behind the last one');
is(candidates('-l', ''),                             ':files',      'files');
is(candidates('-p', $$, 'up', ''),                   '',            'quiet without connate');
is(candidates('nonsense', ''),                       '',            'and without a command');
is(candidates(@here, '--', 'up', '-'),               '',            'behind -- there are no options');
is(candidates(),                                     "@{[map { $_->{name} } @shown]}", 'no word at all');

# Words of others that mean the same.
sub ctl_ok {
    my ($words, $expected, $what) = @_;
    my ($code, $out, $err) = $s->ctl(@$words);
    is("$code $err", '0 ', "@$words");
    like($out, $expected, $what);
    return;
}
ctl_ok(['list-units'], qr/^SERVICE.*\n(?:.*\n){4}\z/, 'is status');
ctl_ok(['rc-status'], qr/^SERVICE/, 'so is this');
ctl_ok(['listall'], qr/\A(?:\S+\n){4}\z/, 'is list');
ctl_ok([qw(state web.service)], qr/\Adown\n\z/, 'the name of a unit');
is(($s->ctl(qw(state nothing.service)))[2], "conctl: no such service: 'nothing.service'\n", 'which must exist');
is(($s->ctl(qw(up all)))[2], "conctl: no such service: 'all'; '*' names all of them\n", 'all of them');
ok(($s->ctl(qw(up -w web web-log)))[0] == 0, 'two are up');
ctl_ok([qw(pause web)], qr/\A\z/, 'is a signal');
eventually { slurp('/proc/' . $s->field(pid => 'web') . '/stat') =~ /\) T / } 'that stops its process';
ctl_ok([qw(cont web)], qr/\A\z/, 'another');
eventually { slurp('/proc/' . $s->field(pid => 'web') . '/stat') !~ /\) T / } 'by which it goes on';
like(($s->ctl(qw(hup web nothing)))[2], qr/'nothing'/, 'names follow');
like(($s->ctl('hup'))[2], qr/^conctl: signal: too few arguments\n/, 'or are missed');
is(($s->ctl(qw(down -w web web-log)))[0], 0, 'both are down');

# The shells.
sub there { my ($name) = @_; return grep { -x "$_/$name" } split /:/, $ENV{PATH} }
sub words { my ($text) = @_; return join ' ', sort split ' ', $text }
my %script = (
    bash => source('conctl/complete/conctl'),
    zsh  => source('conctl/complete/_conctl'),
    fish => source('conctl/complete/conctl.fish'),
);
$ENV{CONNATE_PID} = $s->{pid};
$ENV{PATH} = built('conctl') . ":$ENV{PATH}";
for my $shell (sort keys %script) {
SKIP: {
        skip "$shell is not installed", 1 if !there($shell);
        is((run($shell, '-n', $script{$shell}))[0], 0, "$shell understands its script");
    }
}

# bash: as it calls a completion function.
sub bash {
    my (@words) = @_;
    my $list = join ' ', map { "'$_'" } 'conctl', @words;
    my ($code, $out, $err) = run('bash', '-c', <<"BASH");
source '$script{bash}'
COMP_WORDS=($list) COMP_CWORD=\$((\${#COMP_WORDS[@]} - 1))
_conctl conctl && echo "\${COMPREPLY[*]}"
BASH
    is("$code $err", '0 ', "bash: @words");
    return words($out);
}

# The same with the line as it was typed: bash itself cuts words at : and @,
# and replaces what is behind them.
sub bash_line {
    my ($line) = @_;
    my ($code, $out, $err) = run('bash', '-c', <<"BASH");
COMP_WORDBREAKS=\$' \\t\\n"\\'><=;|&(:\@'
source '$script{bash}'
COMP_LINE='conctl $line'; COMP_POINT=\${#COMP_LINE}
_conctl conctl && echo "\${COMPREPLY[*]}"
BASH
    is("$code $err", '0 ', "bash: $line");
    return words($out);
}
SKIP: {
    skip 'bash is not installed', 1 if !there('bash');
    is(bash('st'),              'start state status stop', 'commands');
    is(bash('up', ''),          words("@services"),        'services');
    is(bash('up', 'web', 'web-'), 'web-log',               'one that is left');
    is(bash('signal', 'SEG'),   'SEGV',                    'signals');
    is(bash('up', '--w'),       '--wait',                  'options');
    is(bash_line('up web'),     'web web-log',             'by the line');
    is(bash_line('up '),        words("@services"),        'a new word');
    is(bash_line('up tty@1:m'), 'main',                    'what is behind a colon');
    is(bash_line('up tty@'),    '1:main 2:main',           'what is behind an @');
    spew("$dir/some-lock", '');
    is(bash('-l', "$dir/some"), "$dir/some-lock", 'files');
}

# fish: it can be asked.
SKIP: {
    skip 'fish is not installed', 1 if !there('fish');
    local $ENV{HOME} = $dir;
    local @ENV{qw(XDG_CONFIG_HOME XDG_DATA_HOME)} = ("$dir/config", "$dir/data");
    my $fish = sub {
        my ($line) = @_;
        my ($code, $out) = run('fish', '-c', "source '$script{fish}'; complete -C '$line'");
        is($code, 0, "fish: $line");
        return words(join ' ', map { s/\t.*//r } split /\n/, $out);
    };
    is($fish->('conctl st'),         'start state status stop', 'commands');
    is($fish->('conctl up '),        words("@services"),        'services');
    is($fish->('conctl up tty@1:m'), 'tty@1:main',              'with any letters');
    is($fish->('conctl signal SEG'), 'SEGV',                    'signals');
    like($fish->('conctl up --w'), qr/^--wait$/, 'options');
    is($fish->("conctl -l $dir/some"), "$dir/some-lock", 'files');
}

# zsh: with its own functions replaced by some that show what they are given.
SKIP: {
    skip 'zsh is not installed', 1 if !there('zsh');
    my $zsh = sub {
        my (@words) = @_;
        my $list = join ' ', map { "'$_'" } 'conctl', @words;
        my ($code, $out, $err) = run('zsh', '-f', '-c', <<"ZSH");
_call_program() { shift; eval "\$*" }
_files() { echo files }
compadd() { echo "\${candidates[@]}"; (( \${#shown} == \${#candidates} )) || echo wrong }
words=($list) CURRENT=\${#words}
source '$script{zsh}'
ZSH
        is("$code $err", '0 ', "zsh: @words");
        return words($out);
    };
    is($zsh->('st'),            'start state status stop', 'commands');
    is($zsh->('up', ''),        words("@services"),        'services');
    is($zsh->('up', 'tty@1:m'), 'tty@1:main',              'with any letters');
    is($zsh->('signal', 'SEG'), 'SEGV',                    'signals');
    is($zsh->('-l', ''),        'files',                   'files');
}
$s->stop;
done_testing();
