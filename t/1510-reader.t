#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-build: every configuration of ours gives the same table, byte for byte, and the
# same findings as the compiler's way; and what it makes of a supervisord runs.
# t/1501-mutations.t compares the same for hundreds of changed ones.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Concheck;
use Connate;
use House;
use Test::More;

my $dir     = scratch();
my $program = built('reader/connate-build');
my $stock   = built('supervisord/supervisord');

# Functions without what they do, in as many lines.
sub without_bodies {
    my ($text) = @_;
    return $text =~ s/^((?:static )?int \w+\(void\))\n\{\n(.*?)^\}$/"$1;\n" . $2 =~ s{.*}{}gr . "\n"/megsr;
}

# Both ways; functions, which connate-build cannot compile, only as names: of these the
# supervisord that it is given has some.
sub same_ok {
    my ($name, $supervisord) = @_;
    my $text    = slurp(source($name));
    my @options = map { grep { $_ ne '--object' } split ' ' } $text =~ m{^// flags: (.*)}mg;
    my $path    = "$dir/both.c";
    my @compiled = concheck('both', $text, @options);
    spew($path, $text);
    spew($path, without_bodies($text)) if $supervisord;
    my @read = run($program, '--supervisord', $supervisord // $stock, '--table', @options, $path);
    $read[2] =~ s/^\Q$dir\E\/both\.c:/both.c:/mg;
    $read[2] =~ s/^ {4}.*\n//mg;    # the lines that it shows
    is_deeply([@read], [@compiled], $name);
    return;
}

my @names = grep { slurp(source($_)) =~ /^CONNATE\(/m }
    sources(qr{/(?:\d|example-|connate|config\.c)[\w-]*(?:\.c)?$}, 'config', 't/config');
my @calling = grep { slurp(source($_)) =~ /CALL\(/ } @names;
cmp_ok(scalar @names, '>', 60, 'configurations are found');
same_ok($_) for grep { my $name = $_; !grep { $_ eq $name } @calling } @names;

# --- Functions

for my $name ('config/config.c', 'config/example-machine.c') {
    my ($code, $out, $err) =
        run('sh', built('config/supervisord-for'), '--no-host-checks', source($name), "$dir/calls");
    is($code, 0, "$name is compiled") or diag($err);
    same_ok($name, "$dir/calls");
}
for my $name (@calling) {
    my ($code, $out, $err) = run($program, '--supervisord', $stock, '--check', '--no-host-checks', source($name));
    like("$code $err", qr/^1 \S+:\d+:\d+: error: (?:connate-build cannot compile|\.setup is written)/,
        "its functions are refused: $name");
}

# --- What it makes

sub sleeper { my ($name, $more) = @_; return qq{SERVICE("$name", .run = EXEC("/bin/sleep", "1000")$more),} }

sub built_by_it {
    my ($name, @services) = @_;
    spew("$dir/$name.c", config_of('', @services));
    my ($code, $out, $err) = run($program, '--supervisord', $stock, '-o', "$dir/$name", "$dir/$name.c");
    is("$code$out$err", '0', "$name is made");
    return "$dir/$name";
}
my $one = built_by_it('one', sleeper('a', ''), sleeper('b', ', .needs = LIST("a")'));
my $two = built_by_it('two', sleeper('a', ''), sleeper('c', ''),
    map { sleeper("more$_", ', .target = DOWN') } 1 .. 500);
my $s = session(supervisord => $one);
ok($s->becomes(b => 'up'), 'it runs');
my $pid = $s->field(pid => 'a');
my ($code, $out) = $s->ctl('diff', $two);
like($out, qr/^- b: removed.*^\+ c: added/ms, 'conctl finds the table of another one');
is(($s->ctl('exec', $two))[0], 0, 'which takes over');
ok($s->becomes(c => 'up'), 'and starts what is new');
is($s->field(pid => 'a'), $pid, 'what is in both runs on');
$s->kill_supervisord;
ok($s->becomes(c => 'up'), 'a successor reads it, too');
is($s->field(pid => 'a'), $pid, 'and nothing is started again');
($code, $out, my $err) = run($program, '--supervisord', $two, '-o', "$dir/again", "$dir/one.c");
is("$code$out$err", '0', 'one that it has made can be changed, too');
is(slurp("$dir/again"), slurp($one), 'and is then as if made of the first one');
$s->stop;
done_testing();
