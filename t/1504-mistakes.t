#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The mistakes that people make in a configuration, and all that supervisord-for says of
# each, with gcc and with clang: concheck's line, or four lines with the compiler's, which
# point into the user's file and say what is meant. Nothing is made of it. connate-build
# says the same sentences, in three lines.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use House;
use Test::More;

my $dir  = scratch();
my $head = "#include <connate/config.h>\n";
my $run  = '.run = EXEC("/bin/sleep", "1")';
my $db   = qq{\tSERVICE("db", $run),\n};

# A configuration whose line 5 is in question.
sub config {
    my ($services, $end, $start) = @_;
    return ($start // $head) . "\nstatic const struct service services[] = {\n$services};\n"
        . ($end // "CONNATE();\n");
}

# A service with one more field, in line 5; and "db".
sub field { my ($field) = @_; return config(qq{\tSERVICE("web", $run,\n\t        $field),\n$db}) }

# A service that does that, in line 4.
sub action { my ($action) = @_; return config(qq{\tSERVICE("web", .run = $action),\n}) }

my $process = 'EXEC("/path", "argument", ...), SHELL("command")';
my $limits  = 'LIMITS(LIMIT("name", soft, hard), ...)';
my $texts   = 'LIST("...", "...")';
my $logs    = 'LOG_INHERIT, LOG_NONE, LOG_FILE("/path") or LOG_TO("service")';
my $readies = 'READY_AT_ONCE, READY_NOTIFY, READY_DAEMONIZE, READY_FD(n), READY_SD_NOTIFY, READY_CHECK or '
    . 'READY_BUS("org.name", SYSTEM)';
my $retries = 'RETRY_DOUBLING(), RETRY_FIXED(.attempts = n) or RETRY_NEVER';
my $times   = 'SECONDS(n), MILLISECONDS(n) or FOREVER';
my $ends    = 'a semicolon is missing: the list ends with }; and the file with CONNATE();';
my $large   = 'a number above 2147483647 needs ULL';
my $include = 'a configuration begins with #include <connate/config.h>';
my $spaces  = 'arguments are strings of their own, with commas, and a command line is written '
    . 'SHELL("command")';

# What a compiler refuses: [the mistake, the line, the sentence of ours]. Where compilers
# differ in what they see first, there are two lines.
my @compiled = (
    [field('.respawn = true'), 5, 'there is no .respawn; did you mean .retry?'],
    [field('.startsecs = 3'), 5, 'there is no .startsecs; did you mean .settle?'],
    [field('.stopwaitsecs = 3'), 5, 'there is no .stopwaitsecs; did you mean .max_stop?'],
    [field('.stopasgroup = true'), 5, 'there is no .stopasgroup; did you mean .stop_all?'],
    [field('.ExecStart = "/bin/true"'), 5, 'there is no .ExecStart; did you mean .run?'],
    [field('.ExecStartPost = "/bin/true"'), 5, 'there is no .ExecStartPost; did you mean .started?'],
    [field('.need = LIST("db")'), 5, 'there is no .need; did you mean .needs?'],
    [field('.max_stopp = SECONDS(1)'), 5, 'there is no .max_stopp; did you mean .max_stop?'],
    [field('.frobnicate = 1'), 5, 'there is no .frobnicate; connate-config(5) lists the fields'],
    [field('.lock_file = "/run/x"'), 5, '.lock_file stands in CONNATE(...), at the end'],
    [config($db, "CONNATE(.lockfile = \"/x\");\n"), 6,
        'there is no .lockfile; did you mean .lock_file?'],
    [config($db, "CONNATE(.needs = LIST(\"db\"));\n"), 6, '.needs stands in SERVICE("...", ...)'],
    [field('.needs = "db"'), 5, ".needs is written $texts"],
    [field('.needs = {"db"}'), 5, ".needs is written $texts"],
    [field('.needs = "db", "web"'), 5, ".needs is written $texts"],
    [field('.needs = LIST(db)'), 5, 'a text stands in quotation marks: "db"'],
    [field('.env = "A=b"'), 5, '.env is written LIST("NAME=value", ...)'],
    [field('.capabilities = CAP_KILL'), 5, ".capabilities is written $texts"],
    [field('.stop = SIGTERM'), 5,
        ".stop is written SIGNAL(SIGTERM), $process or CALL(function)"],
    [field('.stop = SIGHUP'), 5,
        ".stop is written SIGNAL(SIGTERM), $process or CALL(function)"],
    [field('.max_stop = "5s"'), 5, ".max_stop is written $times"],
    [field('.max_stop = MINUTES(5)'), 5, ".max_stop is written $times"],
    [field('.retry = 3'), 5, ".retry is written $retries"],
    [field('.retry = RETRY_FIXED'), 5, ".retry is written $retries"],
    [field('.retry = RETRY_FIXED(.after = "5s")'), 5, ".after is written $times"],
    [field('.ready = NOTIFY'), 5, ".ready is written $readies"],
    [field('.ready = READY_FD'), 5, ".ready is written $readies"],
    [field('.log = "/var/log/x"'), 5, ".log is written $logs"],
    [field('.log = 1'), 5, ".log is written $logs"],
    [field('.user = 33'), 5, '.user is written as a text in quotation marks: "..."'],
    [field('.user = nobody'), 5, 'a text stands in quotation marks: "nobody"'],
    [field(".chdir = '/tmp'"), 5, 'a text stands in quotation marks: "..."'],
    [field('.target = "up"'), 5, '.target is written UP, DOWN or ONCE'],
    [field('.target = up'), 5, '.target is written UP, DOWN or ONCE'],
    [field('.stop_all = "yes"'), 5, '.stop_all is written true or false'],
    [field('.stop_all = yes'), 5, '.stop_all is written true or false'],
    [field('.umask = "022"'), 5, '.umask is written as an octal number, such as 022'],
    [field('.umask = 089'), 5, '.umask is written as an octal number, such as 022'],
    [field('.nice = "5"'), 5, '.nice is written as a number'],
    [field('.rlimits = LIMIT("nofile", 9, 9)'), 5, ".rlimits is written $limits"],
    [field('.rlimits = LIMITS(LIMIT("nofile", 9))'), 5, ".rlimits is written $limits"],
    [field('.rlimits = LIMITS(LIMIT("as", "4G", "4G"))'), 5, ".rlimits is written $limits"],
    [field('.rlimits = LIMITS(LIMIT("as", 4 << 30, 4 << 30))'), 5, "$large: 4ULL << 30"],
    [field('target = DOWN'), 5, 'a field begins with a dot: .target'],
    [field('.target: DOWN'), 5, 'a field is written .name = value'],
    [action('"/bin/sleep 1"'), 4, ".run is written $process or CALL(function)"],
    [action('EXEC(/bin/sleep)'), 4, 'a text stands in quotation marks: "..."'],
    [action('EXEC("/bin/sleep)'), 4, 'a quotation mark is missing'],
    [action('EXCE("/bin/sleep")'), 4, ".run is written $process or CALL(function)"],
    [action('SHELL("/bin/sleep", "1")'), 4, ".run is written $process or CALL(function)"],
    [action('CALL(prepare)'), 4, 'a function stands above the list: int prepare(void)'],
    [action('CALL("prepare")'), 4, 'CALL takes the name of a function: int NAME(void)'],
    [config("\tSERVICE(web, $run),\n"), 4, 'a text stands in quotation marks: "web"'],
    [config("\tSERVCE(\"web\", $run),\n"), 4, 'a service is written SERVICE("name", ...)'],
    [config("\tSERVICE(\"web\" $run),\n"), 4, 'a comma is missing before .run'],
    [config("\tSERVICE(\"web\", .target = UP\n\t$run),\n"), 5, 'a comma is missing before .run'],
    [config("\tSERVICE(\"web\", $run\n\t.target = UP),\n"), 5, 'a comma is missing before .target'],
    [config("\tSERVICE(\"web\", $run)\n$db"), 5, 'a comma is missing before SERVICE'],
    [config("\tSERVICE(\"web\", $run,\n$db"), 4, 'a parenthesis is not closed'],
    [config("\t# the server\n$db"), 4, 'a comment is written /* ... */'],
    [config($db) =~ s/^\};\n//mr, 5, '}; is missing before CONNATE'],
    [config($db) =~ s/^\};\n/}\n/mr, [6, 5], $ends],
    [config($db, "CONNATE()\n"), 6, $ends],
    [config($db, "CONNATE();\nCONNATE();\n"), 7, 'CONNATE(); stands once, at the end'],
    [config($db) =~ s/services\[/server[/r, 6,
        'the list is named so: static const struct service services[] = {'],
    [config($db) =~ s/\(("db")/ $1/r, 4, 'a service is written SERVICE("name", ...)'],
    [config($db) =~ s/\),$/);/mr, 4, 'fields and services have commas between them'],
    [config($db) =~ s/\),$/)),/mr, 4, 'there is a parenthesis too many'],
    [config($db) =~ s/"db",/"db",,/r, 4, 'something is missing before the comma'],
    [config($db) =~ s/"db"/\xe2\x80\x9cdb\xe2\x80\x9d/r, 4,
        'a text stands in quotation marks: "..."'],
    [config("\t/* the server\n$db"), 4, 'a comment ends with */'],
    [config($db, "CONNATE;\n"), 6, 'the file ends with CONNATE();'],
    [config($db, undef, "#define DEFAULTS .log = LOG_NONE\n$head"), 5,
        'each field of DEFAULTS ends with a comma'],
    [field('.max_stop = SECONDS("5")'), 5, ".max_stop is written $times"],
    [field('.env = LIST("A=\xc3\xa4\xc3\xb6\xe2\x82\xac"), .needs = "db"'), 5,
        ".needs is written $texts"],
    [config($db, undef, ''), 2, $include],
    [config($db, undef, "#include <connate.h>\n"), 1, $include],
);

# What only a compiler refuses.
my @for_compilers = (
    [config("\tOVERRIDE(\"web\", .nice = 5),\n$db"), 4,
        'OVERRIDE and MASK are for connate-build, which reads several files'],
    [config("\tMASK(\"web\"),\n$db"), 4, 'OVERRIDE and MASK are for connate-build, which reads several files'],
);

# What concheck refuses: [the mistake, its lines].
my @checked = (
    [field('.max_stop = 5'), "4: error: service 'web': .max_stop is written $times"],
    [field('.retry = RETRY_FIXED(.after = 5)'),
        "4: error: service 'web': .retry: .after is written $times"],
    [field('.umask = 22'), "4: error: service 'web': .umask is 22, which is 026; an octal number "
            . 'begins with 0: 022; for 026, say 027'],
    [field('.umask = 77'), "4: error: service 'web': .umask is 77, which is 0115; an octal number "
            . 'begins with 0: 077; for 0115, say 0117'],
    [field('.log = LOG_FILE("/x", .mode = 644)'),
        "4: error: service 'web': .log: .mode is 0 to 0777 (octal)"],
    [field('.rlimits = LIMITS(LIMIT("as", 2 << 30, 2 << 30))'),
        "4: error: service 'web': .rlimits: 'as' is negative; $large, such as 4ULL << 30"],
    [field('.rlimits = LIMITS(LIMIT("as", 0, 0))'),
        "4: error: service 'web': .rlimits: 'as' is 0; $large, such as 4ULL << 30"],
    [field('.needs = LIST("dv")'),
        "4: error: service 'web' needs 'dv', which does not exist; did you mean 'db'?"],
    [field('.log = LOG_TO("logger")'),
        "4: error: service 'web' logs to 'logger', which does not exist"],
    [field('.env = LIST("PATH")'), "4: error: service 'web': .env: 'PATH' is not NAME=value"],
    [field('.chdir = "tmp"'), "4: error: service 'web': .chdir: 'tmp' is not an absolute path"],
    [field('.log = LOG_FILE("x")'), "4: error: service 'web': .log: 'x' is not an absolute path"],
    [action('EXEC()'), "4: error: service 'web': .run: EXEC without a path"],
    [action('EXEC("sleep", "1")'),
        "4: error: service 'web': .run: 'sleep' is not an absolute path; PATH is not searched"],
    [action('EXEC("sleep 1")'),
        "4: error: service 'web': .run: 'sleep 1' is not an absolute path; $spaces"],
    [action('EXEC("/bin/sleep 1")'), "4: error: service 'web': .run: '/bin/sleep 1' does not "
            . 'exist; the arguments of /bin/sleep are strings of their own, with commas'],
    [config($db . $db), "5: error: service 'db' exists twice; the first is in line 4"],
    [config($db, ''), 'concheck: error: the configuration: it has no CONNATE(); at its end'],
);

# supervisord-for with that compiler for the build machine.
sub script_for {
    my ($compiler) = @_;
    return spew("$dir/for-$compiler", slurp(built('config/supervisord-for'))
            =~ s/^CC_FOR_BUILD=.*/CC_FOR_BUILD='$compiler'/mr);
}

# The lines that are said, without the path of the file.
sub said {
    my ($script, $text) = @_;
    spew("$dir/web.c", $text);
    my ($code, $out, $err) = run('sh', $script, "$dir/web.c", "$dir/image");
    ok($code != 0 && $out eq '' && !-e "$dir/image", 'it is refused') or diag("$code $out");
    return split /\n/, $err =~ s/^\Q$dir\E\/web\.c:/web.c:/mgr;
}

sub mistake_of {
    my ($text) = @_;
    return join '; ', map { s{^\s+}{}r } grep { defined } (split m{\n}, $text)[3, 4];
}

sub compiled_ok {
    my ($script, $text, $places, $sentence) = @_;
    my @lines = said($script, $text);
    my $what  = mistake_of($text);
    my ($at)  = ($lines[0] // '') =~ /^web\.c:(\d+): error: \S/;
    my $row   = (split /\n/, $text)[($at // 1) - 1] =~ s/^\s+//r;
    ok($at && (grep { $_ == $at } ref $places ? @$places : $places), "where it is: $what");
    is($lines[-1], "web.c:" . ($at // '?') . ": note: $sentence", 'and what is meant');
    is(scalar @lines, 4, 'in four lines');
    like($lines[2] // '', qr/^[ |~]*\^[~ ^]*$/, 'one of which points to it');
    my $shown = ref $places || $row =~ /[^ -~]/ || index($lines[1] // '', $row) >= 0;
    ok($shown, 'and one of which is theirs') or diag(join "\n", @lines);
    return;
}

sub checked_ok {
    my ($script, $text, @expected) = @_;
    my @lines = said($script, $text);
    is_deeply(\@lines, [map { /^\d/ ? "web.c:$_" : $_ } @expected], $expected[0]);
    return;
}

# Each field has a sentence, also one that is added tomorrow.
sub fields_ok {
    my ($script) = @_;
    my $header   = slurp(source('config/connate/config.h'));
    my ($struct) = $header =~ /^struct config_service \{\n(.*?)^\};/ms;
    my @fields = grep { $_ ne 'name' } $struct =~ /(\w+)(?=[,;])/g;
    cmp_ok(scalar @fields, '>', 30, 'the fields are found');
    for my $name (@fields) {
        my @lines = said($script, field(".$name = nonsense"));
        my $meant = qr/\.$name is written \w|a text stands in quotation marks: "nonsense"/;
        like($lines[-1], qr/^web\.c:5: note: $meant/, ".$name = nonsense");
    }
    return;
}

# What is none of ours stays as the compiler says it.
sub others_ok {
    my ($script) = @_;
    my @lines = said($script, config($db, undef, "${head}int f(void) { return nonsense; }\n"));
    like($lines[0], qr/^web\.c:2: error: .*nonsense/, 'an error in a function');
    is(scalar @lines, 3, 'has no sentence of ours');
    spew("$dir/part.h", qq{SERVICE("web", $run, .needs = "db"),\n});
    @lines = said($script, config("#include \"part.h\"\n$db"));
    like($lines[0], qr{^\Q$dir\E/part\.h:1: error: }, 'an error in a file that is included');
    is($lines[-1], "$dir/part.h:1: note: .needs is written $texts", 'is explained there');
    spew("$dir/web.c", config($db, undef, "${head}static int f(void) { return 1; }\n"));
    my ($code, undef, $err) = run('sh', $script, "$dir/web.c", "$dir/image");
    is($code, 0, 'a warning is none');
    like($err, qr/web\.c:2:\d+: warning: .*\n.*static int f/, 'and is shown as it is');
    unlink "$dir/image";
    return;
}

# connate-build says the sentence at once, with the line and a mark below the place, and
# leaves nothing.
sub reader_says {
    my ($text) = @_;
    spew("$dir/web.c", $text);
    my ($code, $out, $err) = run(built('reader/connate-build'), '--supervisord',
        built('supervisord/supervisord'), '-o', "$dir/image", "$dir/web.c");
    ok($code == 1 && $out eq '' && !-e "$dir/image", 'it is refused') or diag("$code $out");
    return split /\n/, $err =~ s/^\Q$dir\E\/web\.c:/web.c:/mgr;
}

sub read_ok {
    my ($text, $places, $sentence) = @_;
    my @lines = reader_says($text);
    my $what  = mistake_of($text);
    my ($at, $said) = ($lines[0] // '') =~ /^web\.c:(\d+):\d+: error: (\S.*)/;
    ok($at && (grep { $_ == $at } ref $places ? @$places : $places), "where it is: $what") or diag("@lines");
    is($said, $sentence, 'and what is meant');
    is(scalar @lines, 3, 'in three lines');
    like($lines[2] // '', qr/^ +\^~*$/, 'one of which points to it');
    my $row = (split /\n/, $text)[($at // 1) - 1] =~ s/^\s+//r;
    ok($row =~ /[^ -~]/ || index($lines[1] // '', $row) >= 0, 'and one of which is theirs') or diag(join "\n", @lines);
    return;
}

sub read_and_checked_ok {
    my ($text, @expected) = @_;
    my @lines = reader_says($text);
    is((scalar grep { /^ +\^~*$/ } @lines), (scalar grep { /: \.\w| needs | logs / } @expected), 'the place is shown');
    @lines = grep { !/^ {4}/ } @lines;
    is_deeply(\@lines, [map { (/^\d/ ? "web.c:$_" : $_) =~ s/^concheck:/connate-build:/r } @expected], $expected[0]);
    return;
}

my @compilers = grep { my $c = $_; grep { -x "$_/$c" } split /:/, $ENV{PATH} } qw(gcc clang);
plan skip_all => 'neither gcc nor clang is here' if !@compilers;
cmp_ok(@compiled + @checked, '>=', 30, 'there are mistakes enough');
subtest 'connate-build' => sub {
    read_ok(@$_)             for @compiled;
    read_and_checked_ok(@$_) for @checked;
};
for my $compiler (@compilers) {
    my $script = script_for($compiler);
    subtest $compiler => sub {
        compiled_ok($script, @$_) for @compiled, @for_compilers;
        checked_ok($script, @$_)  for @checked;
        fields_ok($script);
        others_ok($script);
    };
}
done_testing();
