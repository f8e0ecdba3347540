#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# connate-build on a folder: all *.c below it are one configuration; services of other
# files are overridden and masked; --show says what came from where; the image is
# replaced as a whole or not at all; --dry-run and --apply ask conctl.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $dir    = scratch();
my $folder = "$dir/etc";
my $stock  = built('supervisord/supervisord');
my $head   = "#include <connate/config.h>\n";
mkdir $_ for $folder, "$folder/services.d";

sub build {
    my (@words) = @_;
    return run(built('reader/connate-build'), '--supervisord', $stock, '-o', "$dir/image", @words);
}

sub file { my ($name, $text) = @_; return spew("$folder/$name", $text) }

# A file with services, the first of them in line 3.
sub services {
    my ($name, @lines) = @_;
    my $list = join "\n", 'static const struct service services[] = {', @lines, '};';
    return file("services.d/$name.c", "$head$list\n");
}

sub sleeper {
    my ($name, @more) = @_;
    return qq{\tSERVICE("$name", } . join(', ', '.run = EXEC("/bin/sleep", "1000")', @more) . '),';
}

sub names {
    my (@paths) = @_;
    my ($code, $out, $err) = build('--names', @paths ? @paths : $folder);
    return "$code$err" eq '0' ? $out : "$code $err";
}

sub fails_with {
    my ($what, $said, @words) = @_;
    my ($code, $out, $err) = build(@words ? @words : $folder);
    ok($code != 0 && $out eq '', $what) or diag("$code $out");
    like($err, $said, 'and it is said');
    return;
}

# --- Several files

file('connate.c', "${head}CONNATE(.max_rest = SECONDS(1));\n");
services(b => sleeper('b1'), sleeper('b2'));
services(a => sleeper('a', '.needs = LIST("b2")', '.nice = 1', '.env = LIST("X=1")'));
is(names(), "a\nb1\nb2\n", 'files are read in order of their names');
file('services.d/.a.c', 'nonsense');
file('services.d/a.c~', 'nonsense');
file('services.d/README', 'nonsense');
is(names(), "a\nb1\nb2\n", 'and only those that are C');
is(names("$folder/services.d/b.c", "$folder/connate.c"), "b1\nb2\n", 'or those that are named');
my ($code, $out) = build('--list', $folder);
like($out, qr/^all of connate\.c\n  rest         at most 1 s$/m, 'and one CONNATE() is for all');

services(c => sleeper('c'));
file('services.d/c.c', "#define DEFAULTS .nice = 7,\n" . slurp("$folder/services.d/c.c"));
($code, $out) = build('--list', $folder);
is(join(' ', $out =~ /^  nice +(\d+)$/mg), '1 7', 'DEFAULTS are those of their file');

services(d => sleeper('b1'));
fails_with('a name twice', qr{/d\.c:3: error: service 'b1' exists twice; the first is in \S+/services\.d/b\.c:3$}m);
file('services.d/d.c', "${head}CONNATE();\n");
fails_with('CONNATE() twice', qr{stands once, in \S+/connate\.c:2 or in \S+/d\.c:2$});
unlink "$folder/services.d/d.c";
rename "$folder/connate.c", "$folder/connate";
fails_with('no CONNATE()', qr/it has no CONNATE\(\);/);
rename "$folder/connate", "$folder/connate.c";
mkdir "$dir/empty";
fails_with('an empty folder', qr{/empty: there is no \*\.c in it}, "$dir/empty");

# --- Changes of other files

services('0-mine', qq{\tOVERRIDE("a", .nice = 5, .env = LIST()),}, qq{\tMASK("c"),});
is(names(), "a\nb1\nb2\n", 'what is masked is left out');
($code, $out) = build('--show', 'a', $folder);
like($out, qr{^a    \S+/services\.d/a\.c:3\n}, 'a service comes from its file');
like($out, qr{^  \.nice = 5    \S+/0-mine\.c:3$}m, 'a field that is overridden from the other one');
like($out, qr{^  \.env = LIST\(\)    \S+/0-mine\.c:3$}m, 'as a whole');
like($out, qr{^  \.needs = LIST\("b2"\)    \S+/a\.c:3$}m, 'and others stay');
like($out, qr{^  \.max_stop = SECONDS\(2\)    the first value$}m, 'those that nobody gives are ours');
services('0-mine', qq{\tMASK("b2"),});
fails_with('what is needed is not masked', qr/0-mine\.c:3:\d+: error: service 'a' needs 'b2', which this masks/);
services('0-mine', qq{\tOVERRIDE("x", .nice = 5),});
fails_with('nothing to override', qr/0-mine\.c:3:\d+: error: there is no service 'x' to override/);
services('0-mine', qq{\tOVERRIDE("a", .nicer = 5),});
fails_with('a wrong field', qr/0-mine\.c:3:\d+: error: there is no \.nicer; did you mean \.nice\?/);
services('0-mine', qq{\tOVERRIDE("a", .nice = 500),});
fails_with('a wrong value', qr/error: service 'a': \.nice is .*\n {4}.*OVERRIDE\("a", \.nice = 500\)/);
unlink "$folder/services.d/0-mine.c";
fails_with('an unknown service', qr/no-such: there is no such service/, '--show', 'no-such', $folder);

# --- The image

is((build($folder))[0], 0, 'an image is made');
my $first = slurp("$dir/image");
file('services.d/c.c', 'nonsense');
fails_with('a wrong file', qr/c\.c:1:\d+: error/);
is(slurp("$dir/image"), $first, 'leaves the former image');
unlink "$folder/services.d/c.c";
is_deeply([grep { /image\./ } glob "$dir/*"], [], 'and nothing beside it');
# A process that may write 20 KB into a file gets EFBIG, as with a full disk.
($code, undef, my $err) = run('sh', '-c', 'trap "" XFSZ; ulimit -f 40; exec "$@"', 'sh',
    built('reader/connate-build'), '--supervisord', $stock, '-o', "$dir/image", $folder);
like("$code $err", qr{^2 connate-build: error: \S+/image: File too large$}, 'no room is said');
is(slurp("$dir/image"), $first, 'and leaves the former image');
is_deeply([grep { /image\./ } glob "$dir/*"], [], 'and nothing beside it');

# --- A connate that runs

my $s = session(supervisord => "$dir/image");
ok($s->becomes(a => 'up'), 'it runs');
my @to = ('--conctl', built('conctl/conctl'), '-p', $s->{pid});
services(d => sleeper('d'));
($code, $out) = build('--dry-run', @to, $folder);
like("$code $out", qr/^0 .*^\+ d: added/ms, '--dry-run says what would change');
is(slurp("$dir/image"), $first, 'and changes no file');
is($s->field(state => 'd'), '', 'and no service');
my $pid = $s->field(pid => 'a');
($code, $out) = build('--apply', @to, $folder);
like("$code $out", qr/^0 .*^\+ d: added.*^added 1: d/ms, '--apply says it, and does it');
ok($s->becomes(d => 'up'), 'the service is up');
is($s->field(pid => 'a'), $pid, 'the others run on');
isnt(slurp("$dir/image"), $first, 'and the image is the new one');
$first = slurp("$dir/image");
services(e => sleeper('e', '.needs = LIST("no-such")'));
($code, $out, $err) = build('--apply', @to, $folder);
like("$code $err", qr/^1 \S+e\.c:3: error: service 'e' needs 'no-such'/, 'a wrong one is refused');
is(slurp("$dir/image"), $first, 'and nothing has changed');
services(e => sleeper('e'));
kill 'TERM', $s->{pid};
$s->stop;
isnt((build('--apply', @to, $folder))[0], 0, 'without a connate nothing is applied');
is(slurp("$dir/image"), $first, 'and the image stays');
done_testing();
