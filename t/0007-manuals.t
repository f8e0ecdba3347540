#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The manual pages describe everything that a user meets, and mandoc has
# no complaint about them. The state diagram has every rule.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

use constant COLUMNS => 80;

my %page = (
    'conctl(1)'         => source('doc/conctl.1'),
    'connate-build(8)'  => source('doc/connate-build.8'),
    'connate-import(1)' => source('doc/connate-import.1'),
    'connate-config(5)' => source('doc/connate-config.5'),
    'connate(7)'        => built('doc/connate.7'),
    'connate(8)'        => source('doc/connate.8'),
    'connate-log(8)'    => source('doc/connate-log.8'),
);
my %text = map { $_ => slurp($page{$_}) } keys %page;
my ($concepts, $config) = @text{ 'connate(7)', 'connate-config(5)' };

# The rows of a list of the model: their arguments.
sub rows {
    my ($name, $row) = @_;
    my @rows;
    for (lines("model/$name.def")) {
        push @rows, [ split /\s*,\s*/, $1 ] if /^$row\((.*)\)/;
    }
    return @rows;
}

my %label = map { ($_->[0] => $_->[1] =~ s/"//gr) } rows(state => 'STATE');
my @facts = map { lc $_->[0] } rows(fact => 'FACT');
cmp_ok(scalar(keys %label), '>=', 12, 'the states are found');

# --- The entries

# True if the page has an entry of that name in one of its lists.
sub entry {
    my ($text, $name) = @_;
    return $text =~ /^\.It (?:F[an]|Dv|Cm|Li)? ?\Q$name\E(?:\s|$)/m;
}

sub described {
    my ($page, $what, @names) = @_;
    cmp_ok(scalar @names, '>', 0, "$what are found");
    my @missing = grep { !entry($text{$page}, $_) } @names;
    is("@missing", '', "$page describes all $what");
    return;
}

described('connate(7)', 'states', values %label);
described('connate(7)', 'targets', map { $_->[1] =~ s/"//gr } rows(target => 'TARGET'));
described('connate(7)', 'facts', @facts);

my $header  = join '', lines('config/connate/config.h');
my ($fields) = $header =~ /^struct config_service \{\n(.*?)^\};/ms;
$fields =~ s{/\*.*?\*/}{}gs;
my @fields = grep { $_ ne 'name' } map { /\w+/g }
    map { s/^\s*(?:const\s+)?(?:struct |enum )?\w+\s+\**//r } split /;/, $fields;
described('connate-config(5)', 'fields', map { ".$_" } @fields);
my ($of_connate) = $header =~ /^struct config \{.*?struct \{\n(.*?)\} is;/ms;
described('connate-config(5)', 'fields of CONNATE',
    map { ".$_" } $of_connate =~ /(\w+);/g);

# Words that make a value; those of LIST and LIMITS are in its text.
my %seen;
my @words = grep { !/^(?:CONFIG_|CONNATE|DEFAULTS|SERVICE|SIG[A-Z]+|LIST|LIMITS?|UNLIMITED|INHERIT(?:_ALL)?$)/
        && !$seen{$_}++ } $header =~ /^#define ([A-Z_]+)\b/mg;
described('connate-config(5)', 'words', grep { !/^IO_/ } @words);
is(join(' ', grep { $config !~ /\b$_\b/ } @words, qw(LIST LIMITS LIMIT UNLIMITED INHERIT INHERIT_ALL)),
    '', 'and names those that are parts of a value');
my ($retry) = $header =~ /^struct config_retry \{\n(.*?)^\};/ms;
is(join(' ', grep { $config !~ /^(?:\.It )?\.?Fa \.$_\b/m } grep { !/^(?:no_)?retry$/ } $retry =~ /(\w+)(?=[,;])/g),
    '', 'and what .retry takes');

my %option = map { $_ => 1 } map { /^\t\{ "([a-z]+)", / } lines('import/main.c');
delete $option{help};
is(join(' ', grep { $text{'connate-import(1)'} !~ /^\.It Fl -$_\b/m } sort keys %option), '',
    'connate-import(1) describes all options');
cmp_ok(scalar keys %option, '>', 5, 'which are found');

my $call = join '', lines('config/connate/call.h');
described('connate-config(5)', 'helpers', grep { !/^CALL_TARGET|CONNATE/ }
        $call =~ /^(?:\#define|\w+) +((?:CALL|call)_\w+)\(/mg);

# Options of connate-log.
is(join(' ', grep { $text{'connate-log(8)'} !~ /\bFl -$_\b/ }
        map { /^OPTION\(\w+,\s*"([\w-]+)"/ } lines('log/option.def')),
    '', 'connate-log(8) describes all options');

# The examples are right: all together in one configuration, and the whole one.
# Users may be unknown on this machine.
sub example {
    my ($name, $text) = @_;
    my $path = spew(scratch() . "/$name.c", $text =~ s/\.user\s*=\s*"\w[^"]*"/.umask = 022/gr);
    my ($code, $out, $err) = run(built('config/supervisord-for'), '--no-host-checks',
        $path, scratch() . "/$name");
    is("$code$out$err", '0', "the example is right: $name");
    return;
}

my @blocks = map { s/\\e$/\\/mgr } $config =~ /^\.Bd -literal -offset indent\n(.*?)^\.Ed/msg;
my ($whole)    = grep { /^CONNATE\(/m } @blocks;
my ($function) = grep { /^int /m } @blocks;
my ($defaults) = grep { /^#define DEFAULTS/ } @blocks;
my @services   = grep { /^SERVICE/ } @blocks;
cmp_ok(scalar @services, '>=', 5, 'the examples are found');
example(whole => $whole);
example(parts => "$defaults#include <connate/call.h>\n$function" .
    "int make_spool(void) { return call_mkdir(\"/var/spool/fetch\", 0755); }\n" .
    "static const struct service services[] = {\n@services" .
    "SERVICE(\"network\", .setup = CALL(mount_pseudofs)),\n" .
    "SERVICE(\"database\", .run = EXEC(\"/bin/cat\")),\n};\nCONNATE();\n");

# --- The diagram

my @order = map { $_->[0] } rows(state => 'STATE');
my ($ways) = $concepts =~ /^\.Ss Ways\n.*?^\.Bd -literal\n(.*?)^\.Ed/ms;
my @lanes  = grep { /^  \S/ } split /\n/, ($ways // '') =~ s/\\\(ha/^/gr;
my ($listed) = $concepts =~ /^\.Ss Rules\n.*?^\.Bd -literal\n(.*?)^\.Ed/ms;
my (%expected, %leads);

# "RETRY|OWES" as the page says it.
sub facts_of {
    my ($set, $before) = @_;
    my %has = map { lc($_) => 1 } $set =~ /\w+/g;
    return map { "$before$_" } grep { $has{$_} } @facts;
}

for (rows(rule => 'RULE')) {
    my ($in, $to, $all, $none) = @$_;
    my @when = (facts_of($all, ''), facts_of($none, 'not '));
    push @{ $expected{ $label{$in} } }, "$label{$to}: " . join ', ', @when;
    $leads{$in}{$to} = 1;
}

my (%found, $in);
for (split /\n/, $listed // '') {
    if    (/^(\S+)$/)              { $in = $1 }
    elsif (/^ {22}(\S.*)$/)        { $found{$in}[-1] .= " $1" }
    elsif (/^    (\S+)\s+(\S.*)$/) { push @{ $found{$in} }, "$1: $2" }
    else                           { fail("a line of the rules: $_") }
}
cmp_ok(scalar(map { @$_ } values %expected), '>=', 30, 'the rules are found');
is_deeply(\%found, \%expected, 'connate(7) has every rule');

my (%drawn, %wanted);
for my $row (0 .. $#lanes) {
    my ($name, @marks) = split ' ', $lanes[$row];
    is($name, $label{ $order[$row] }, "the line of $name");
    $drawn{"$order[$_] $order[$row]"} = $marks[$_] for 0 .. $#order;
}
for my $from (0 .. $#order) {
    for my $to (0 .. $#order) {
        my ($a, $b) = @order[ $from, $to ];
        $wanted{"$a $b"} =
              $from == $to  ? 'o'
            : $leads{$a}{$b} ? ($from < $to ? 'v' : '^')
            :                  '';
        $drawn{"$a $b"} =~ s/[.|]// if defined $drawn{"$a $b"};
    }
}
is_deeply(\%drawn, \%wanted, 'and draws each way, and no other');

my ($code, $dot, $err) = run(built('doc/states'), 'dot');
is($code, 0, 'the graph for dot') or diag($err);
my %arrows;
while ($dot =~ /^\t"(\S+)" -> "(\S+)" \[.*label="(.*)"\]$/mg) {
    my ($from, $to, $when) = ($1, $2, $3);
    push @{ $arrows{$from} }, map { "$to: $_" } split /\\l/, $when;
}
is_deeply({ map { $_ => [ sort @{ $arrows{$_} } ] } keys %arrows },
    { map { $_ => [ sort @{ $expected{$_} } ] } keys %expected }, 'has every rule');

# --- How they look

SKIP: {
    my ($there) = grep { -x "$_/mandoc" } split /:/, $ENV{PATH};
    skip 'mandoc is not installed', 1 if !$there;
    my $wrong = spew(scratch() . '/wrong.7', ".Dd today\n.Dt X\n.Nosuch\n");
    my ($bad) = run('mandoc', '-Tlint', '-Wwarning', $wrong);
    isnt($bad, 0, 'mandoc finds what is wrong');
    for my $name (sort keys %page) {
        my ($code, $out, $err) = run('mandoc', '-Tlint', '-Wwarning', $page{$name});
        is("$code$out$err", '0', "$name: nothing to complain about");
        ($code, $out) = run('mandoc', '-Tascii', $page{$name});
        my @long = grep { length > COLUMNS } map { s/.\x08//gr } split /\n/, $out;
        is("@long", '', "$name fits into 80 columns");
    }
}

for my $name (sort keys %page) {
    my @unknown = grep { /^(?:connate|conctl)/ && !$page{$_} }
        map { s/ (\d).*/($1)/sr } $text{$name} =~ /^\.Xr (\S+ \d)/mg;
    is("@unknown", '', "$name refers to pages that there are");
    unlike($text{$name}, qr/^@\w+@/m, "$name is whole");
}
done_testing();
