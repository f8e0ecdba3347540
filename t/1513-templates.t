#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# TEMPLATE: a service for each instance, with %i in all texts, by both readers, and the
# same table as services that are written one by one; and what is wrong with one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $dir = scratch();
my $reader = built('reader/connate-build');
my $stock  = built('supervisord/supervisord');

sub config {
    my ($name, @services) = @_;
    return spew("$dir/$name.c", join "\n", "#define DEFAULTS .nice = 3, .env = LIST(\"D=%i\"),",
        '#include <connate/config.h>', 'static const struct service services[] = {', @services, '};', 'CONNATE();', '');
}

sub both {
    my ($option, $path) = @_;
    my @by_reader = run($reader, '--supervisord', $stock, '--no-host-checks', $option, $path);
    my @by_compiler =
        run('sh', built('config/supervisord-for'), '--no-host-checks', '--keep', "$dir/keep", $path, "$dir/image");
    return (\@by_reader, \@by_compiler);
}

# The fields of the header: a text in each, which becomes another.

my $header = join '', lines('config/connate/config.h');
my ($struct) = $header =~ /^struct config_service \{\n(.*?)^\};/ms;
my %type;
for (split /;/, $struct =~ s{/\*.*?\*/}{}gsr) {
    my ($type, $names) = /^\s*(const char \*|(?:struct |enum )?\w+) ?(.*)/s or next;
    $type{$_} = $type for $names =~ /\w+/g;
}
delete @type{qw(name instances)};
my $source = join '', lines('config/check/templates.c');
my %filled = map { $_ => 1 } $source =~ /\bfield\((\w+)\)/g;
my @texts = sort grep { $type{$_} =~ /char|config_(?:list|action|log)$/ } keys %type;
cmp_ok(scalar @texts, '>', 20, 'fields with texts are found');
is(join(' ', grep { !$filled{$_} } @texts), '', 'and all are in templates.c');
is(join(' ', sort keys %filled), "@texts", 'which has no others');

my %known = map { $_ => 1 } qw(config_check config_every config_list config_action config_ready config_time config_retry
    config_log config_ioprio config_limits);
is(join(' ', grep { $type{$_} =~ /^struct (\w+)/ && !$known{$1} } sort keys %type), '',
    'a struct that is new may have a text in it: templates.c, and then this list');

# A template is the same as its services one by one

my @fields = (
    '.needs = LIST("a-%i")', '.wants = LIST("b", "c%i")', '.run = EXEC("/bin/%i", "%i%i", "100%%", "%%i")',
    '.setup = SHELL("echo %i")', '.cleanup = EXEC("/c/%i")', '.stop = EXEC("/s/%i")', '.reload = SHELL("r %i")',
    '.env = LIST("I=%i", INHERIT("HOME"))', '.chdir = "/d/%i"', '.log = LOG_FILE("/l/%i")',
    '.errors = LOG_FILE("/e/%i")', '.env_file = LIST("-/f/%i")', '.only_if = LIST("path:/o/%i")',
    '.folders = LIST(RUNTIME("r/%i", .mode = 0700), FOLDER("/x/%i", .user = "root"))',
    '.check = CHECK(EXEC("/h/%i"))', '.ready = READY_BUS("org.a%i", SYSTEM)', '.listen = LIST("unix:/run/%i.sock")',
    '.cgroup = "/sys/fs/cgroup/%i"', '.chroot = "/root/%i"', '.started = EXEC("/a/%i")',
);

sub written_out {
    my ($word) = @_;
    return map { s/%(.)/$1 eq 'i' ? $word : '%'/egr } @fields;
}
my @others = map { qq{SERVICE("$_", .env = LIST("D=1"), .run = EXEC("/bin/x")),} } qw(b a-1 a-two c1 ctwo);
my $template = config('template', @others,
    'TEMPLATE("t@", .instances = LIST("1", "two"), ' . join(', ', @fields) . '),',
    'TEMPLATE("d@", .instances = LIST("9"), .run = EXEC("/bin/x")),',
    'TEMPLATE("none@", .run = EXEC("/bin/%i")),');
my $plain = config('plain', @others,
    (map { qq{SERVICE("t\@$_", } . join(', ', written_out($_)) . '),' } qw(1 two)),
    'SERVICE("d@9", .env = LIST("D=9"), .run = EXEC("/bin/x")),');
my ($t_reader, $t_compiler) = both('--table', $template);
my ($p_reader, $p_compiler) = both('--table', $plain);
is($_->[0], 0, 'it is read') or diag($_->[2]) for $t_reader, $t_compiler, $p_reader, $p_compiler;

# The lines of services are in the table, and differ: those of the list.
sub listed { my ($path) = @_; return (run($reader, '--supervisord', $stock, '--no-host-checks', '--list', $path))[1] }
my ($with, $without) = map { s/\(line \d+\)//gr =~ s/^all of .*//mr } listed($template), listed($plain);
is($with, $without, 'a template is what its services are');
like($with, qr{^t\@two\n.*^  run +/bin/two twotwo 100% %i\n}ms, '... with its words');
unlike($with, qr/^none/m, 'one without instances is nothing');

my (undef, $names) = run($reader, '--supervisord', $stock, '--no-host-checks', '--names', $template);
is($names, "b\na-1\na-two\nc1\nctwo\nt\@1\nt\@two\nd\@9\n", 'the names are theirs') or diag($names);
my (undef, $show) = run($reader, '--supervisord', $stock, '--no-host-checks', '--show', 't@two', $template);
like($show, qr{^t\@two    \S+/template\.c:\d+$}m, '--show finds the place of one');
like($show, qr{^  \.chdir = "/d/%i"    \S+/template\.c:\d+$}m, '... and of its fields');

# What is wrong

for (
    [ 'SERVICE("x", .instances = LIST("1"), .run = EXEC("/x"))',
        qr/'x': \.instances is for a TEMPLATE\("x@", \.\.\.\)/ ],
    [ 'TEMPLATE("x", .instances = LIST("1"), .run = EXEC("/x"))', qr/'x1': the name of a TEMPLATE ends with '@'/ ],
    [ 'TEMPLATE("x@", .instances = LIST("1", ""), .run = EXEC("/x"))', qr/'x\@': \.instances has an empty text/ ],
    [ 'TEMPLATE("x@", .instances = LIST("1", "1"), .run = EXEC("/x"))', qr/'x\@1' exists twice/ ],
    [ 'TEMPLATE("x@", .instances = LIST("1 2"), .run = EXEC("/x"))', qr/'x\@1 2': a name has only/ ],
    [ 'TEMPLATE("x@", .instances = LIST("1", "2"), .run = EXEC("/x", "%s"))', qr/'x\@1': '%s': in a TEMPLATE, %i is/ ],
    [ 'TEMPLATE("x@", .instances = LIST("1"), .run = EXEC("/x", "5%"))', qr/'x\@1': '5%': in a TEMPLATE, %i is/ ],
    [ 'TEMPLATE("x@", .instances = LIST("1", "2"), .needs = LIST("y"), .run = EXEC("/x"))', qr/'x\@1' needs 'y'/ ],
  )
{
    my ($service, $like) = @$_;
    my ($reader_says, $compiler_says) = both('--check', config('wrong', "$service,"));
    for ([ 'connate-build', $reader_says ], [ 'supervisord-for', $compiler_says ]) {
        my ($who, $says) = @$_;
        is($says->[0], 1, "$who refuses $service");
        like($says->[2], qr/wrong\.c:4: error: service $like/, '... and says why');
    }
    my @lines = grep { /: error: / } split /\n/, $reader_says->[2];
    is(scalar @lines, 1, '... once');
}

# In several files: fields of a template are replaced, and it is masked.

mkdir "$dir/etc";
spew("$dir/etc/a.c", "#include <connate/config.h>\nstatic const struct service services[] = {\n"
        . "\tTEMPLATE(\"getty@\", .run = EXEC(\"/sbin/getty\", \"%i\")),\n"
        . "\tTEMPLATE(\"gone@\", .instances = LIST(\"1\"), .run = EXEC(\"/x\")),\n};\n");
spew("$dir/etc/b.c", "#include <connate/config.h>\nstatic const struct service services[] = {\n"
        . "\tOVERRIDE(\"getty@\", .instances = LIST(\"tty1\", \"tty2\")),\n\tMASK(\"gone@\"),\n};\nCONNATE();\n");
is((run($reader, '--supervisord', $stock, '--no-host-checks', '--names', "$dir/etc"))[1],
    "getty\@tty1\ngetty\@tty2\n", 'instances are given by another file');

# And they run.

my $s = session(supervisord => supervisord('runs', <<"CONFIG", '--no-host-checks'));
#include <connate/config.h>
static const struct service services[] = {
	TEMPLATE("w@", .instances = LIST("1", "2"), .run = SHELL("echo %i \$N >>$dir/said; exec sleep 1000"),
		.env = LIST("N=n%i")),
};
CONNATE();
CONFIG
is(($s->ctl(qw(wait -t 120 up w@*)))[0], 0, 'the instances are up');
is(join(' ', sort split /\n/, slurp("$dir/said")), '1 n1 2 n2', 'each with its word');
is($s->stop, 0, 'they end');
done_testing();
