#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# concheck: each wrong configuration of t/config gives exactly the findings
# that stand in it and no table; each right one a table that loads. Needs a
# compiler for the build machine, and no build of ours.
#
# In each t/config/*.c: "// expect: LINE: KIND: TEXT" is a finding, all of
# them in order; "// table: LINE" is one line of what load.c prints; "// flags:"
# are options for concheck, --object gets the object for the host.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/lib";
use House ();
use POSIX qw(mkfifo);
use Test::More;

my $here = dirname(abs_path($0));
my $top = abs_path($ENV{top_srcdir} || ($ENV{srcdir} && -e "$ENV{srcdir}/model"
        ? $ENV{srcdir} : "$here/.."));
my $tmp = tempdir("concheck-XXXXXX", TMPDIR => 1, CLEANUP => 1);
my @flags = qw(-std=gnu11 -Wall -Wextra -Werror -ffunction-sections
        -fdata-sections);
my @include = ("-iquote", $top, "-I", "$top/config");
my @compilers = compilers();
my @objects;

sub slurp {
	my ($path) = @_;
	open(my $in, '<', $path) or return undef;
	local $/;
	return scalar <$in>;
}

sub spew {
	my ($path, $text) = @_;
	open(my $out, '>', $path) or die "$path: $!";
	print $out $text;
	close($out) or die "$path: $!";
	return $path;
}

# Exit status, output, errors.
sub run {
	my (@command) = @_;
	my $child = fork() // die "fork: $!";
	if ($child == 0) {
		alarm(120);         # a hang, not a measurement
		open(STDOUT, '>', "$tmp/out") or die;
		open(STDERR, '>', "$tmp/err") or die;
		exec { $command[0] } @command or exit 127;
	}
	waitpid($child, 0);
	my $status = $? & 127 ? "signal " . ($? & 127) : $? >> 8;
	return ($status, slurp("$tmp/out"), slurp("$tmp/err"));
}

sub compile_ok {
	my ($what, @command) = @_;
	my ($status, undef, $err) = run(@command);
	ok($status eq 0 && $err eq '', $what)
		or diag("@command\n$status\n$err");
	return $status eq 0;
}

sub found {
	my ($command) = @_;
	return grep { -x "$_/$command" } split(/:/, $ENV{PATH});
}

# Commands as lists: those of the build first, then the usual ones.
sub compilers {
	my @list = $ENV{CC_FOR_BUILD} ? ([split ' ', $ENV{CC_FOR_BUILD}]) : ();
	for my $cc ('gcc', 'clang', 'cc') {
		next if grep { $_->[0] eq $cc } @list;
		next if $cc eq 'cc' && @list;
		push(@list, [$cc]) if found($cc);
	}
	return @list;
}

sub compile_concheck {
	my @cc = @{$compilers[0]};
	my @sources = (glob("$top/config/check/*.c"),
	               map { "$top/$_" } House::check_models());
	for my $source (@sources) {
		my $object = basename(dirname($source)) . "-" .
			basename($source, '.c') . ".o";
		compile_ok("compile $object", @cc, @flags, '-O1', @include,
		           '-D_GNU_SOURCE',
		           '-c', $source, '-o', "$tmp/$object");
		push(@objects, "$tmp/$object");
	}
	compile_ok("all of them as one", qw(ld -r -o), "$tmp/all.o", @objects);
	compile_ok("compile load.o", @cc, @flags, '-O1', '-iquote',
	           "$top/t/config", @include, '-c', "$top/t/config/load.c",
	           '-o', "$tmp/load.o");
}

# The configuration as a part of concheck, by the first linker: that is not what
# differs. It lands in $tmp/concheck.
sub link_concheck {
	my ($cc, $source) = @_;
	unlink("$tmp/concheck");
	return compile_ok("compiles as a part of concheck", @$cc, @flags,
	                  '-DCONNATE_CHECK=1', @include, '-c', $source, '-o',
	                  "$tmp/config.o") &&
	       compile_ok("links with concheck", @{$compilers[0]},
	                  '-Wl,--gc-sections', "$tmp/config.o", "$tmp/all.o",
	                  '-o', "$tmp/concheck");
}

# For the host: functions are left, data is not.
sub compile_host {
	my ($cc, $source) = @_;
	compile_ok("compiles for the host", @$cc, @flags, '-O2',
	           '-ffreestanding', @include, '-c', $source, '-o',
	           "$tmp/host.o");
	my (undef, $symbols) = run('nm', "$tmp/host.o");
	# Texts that its functions print, but no list of services.
	$symbols =~ s/^\S+ r \.L\S+\n//mg if slurp($source) =~ /\bcall_\w+\(/;
	unlike($symbols, qr/^\S* *[bdrscv] /mi, "leaves no data there");
}

sub lines_of {
	my ($text, $word) = @_;
	return $text =~ m{^// $word: (.*)$}mg;
}

sub flags_of {
	my ($text) = @_;
	my ($flags) = lines_of($text, 'flags');
	return map { $_ eq '--object' ? ($_, "$tmp/host.o") : $_ }
		split(' ', $flags // '');
}

# The output of load.c for the table in $tmp/table.c.
sub load_table {
	my ($cc) = @_;
	my @model = grep { m{/model-} } @objects;
	compile_ok("the table compiles and links", @$cc, @flags, '-iquote',
	           "$top/t/config", @include, "$tmp/table.c", "$tmp/load.o",
	           "$tmp/host.o", @model, '-o', "$tmp/load") or return '';
	my ($status, $out, $err) = run("$tmp/load");
	is("$status $err", "0 ", "the table loads and is sound");
	return $out;
}

sub test_config {
	my ($cc, $source) = @_;
	my $text = slurp($source);
	my @expected = lines_of($text, 'expect');
	my $wrong = grep { /^\d+: error: / } @expected;

	compile_host($cc, $source);
	link_concheck($cc, $source) or return;
	unlink("$tmp/table.c");
	my ($status, $out, $err) =
		run("$tmp/concheck", flags_of($text), '-o', "$tmp/table.c");
	$err =~ s/^\Q$source\E://mg;
	is($err, join('', map { "$_\n" } @expected), "its findings");
	is($status, $wrong ? 1 : 0, "its exit status");
	is($out, '', "nothing on standard output");
	if ($wrong) {
		is_deeply([glob("$tmp/table.c*")], [], "no table");
		return;
	}
	my $dump = load_table($cc);
	for my $line (lines_of($text, 'table')) {
		like($dump, qr/^\Q$line\E$/m, "the table says: $line");
	}
}

sub refused_ok {
	my ($what, $cc, $text, $why) = @_;
	my $source = spew("$tmp/refused.c", $text);
	my ($status, undef, $err) = run(@$cc, @flags, '-DCONNATE_CHECK=1',
	                                @include, '-c', $source, '-o',
	                                "$tmp/refused.o");
	isnt($status, 0, "the compiler refuses $what");
	like($err, $why, "and says why");
}

sub test_compiler_refuses {
	my ($cc) = @_;
	my $head = "#include <connate/config.h>\n";
	my $with = sub {
		return $head . "int f(int x) { return x; }\n" .
			"static const struct service services[] = {\n" .
			"SERVICE(\"a\", $_[0]),\n};\nCONNATE();\n";
	};
	refused_ok('an unknown field', $cc, $with->('.rum = LIST("x")'),
	           qr/rum/);
	refused_ok('CALL of another type', $cc, $with->('.run = CALL(f)'),
	           qr/_Generic|controlling expression/);
	refused_ok('a log as a program', $cc, $with->('.run = LOG_NONE'),
	           qr/\blog\b/);
	refused_ok('a program as a log', $cc, $with->('.log = EXEC("/x")'),
	           qr/\baction\b/);
	refused_ok('a list as a program', $cc, $with->('.run = LIST("/x")'),
	           qr/\bitem\b/);
}

# The example of DESIGN, section 6, as it stands.
sub test_design {
	my ($cc) = @_;
	my $source = spew("$tmp/design.c", <<'END');
    /* What every service gets unless it says otherwise (may be left out). */
    #define DEFAULTS \
            .retry = RETRY_DOUBLING(.after = MILLISECONDS(100), .max = SECONDS(10), .attempts = 5), \
            .env   = LIST("PATH=/usr/local/bin:/usr/bin:/bin"),
    #include <connate/config.h>

    int mount_pseudofs(void) { return 0; }      /* returns 0 or -errno; external linkage */

    static const struct service services[] = {
            SERVICE("pseudofs", .setup = CALL(mount_pseudofs)),
            SERVICE("network",
                    .wants = LIST("pseudofs"),
                    .run   = EXEC("/sbin/dhcpcd", "--nobackground")),
            SERVICE("sshd",
                    .needs = LIST("network", "host-keys"),
                    .run   = EXEC("/usr/sbin/sshd", "-D"),
                    .stop  = SIGNAL(SIGTERM),
                    .log   = LOG_TO("sshd-log")),
            SERVICE("sshd-log", .run = EXEC("/usr/bin/s6-log", "t", "/var/log/sshd")),
    };

    CONNATE(.lock_file = "/run/user/1000/connate.lock");
END
	compile_host($cc, $source);
	link_concheck($cc, $source) or return;
	my ($status, undef, $err) = run("$tmp/concheck", '--no-host-checks');
	is($err, "$source:14: error: service 'sshd' needs 'host-keys', which " .
	         "does not exist\n", "only the missing service is wrong");
	is($status, 1, "so it is refused");
}

sub test_output {
	my ($cc) = @_;
	my $source = "$top/t/config/005-conflict.c";
	link_concheck($cc, $source) or return;
	my ($status, $table) = run("$tmp/concheck");
	my (undef, $again) = run("$tmp/concheck", '-o', "$tmp/table.c");
	is(slurp("$tmp/table.c"), $table, "-o and standard output are alike");
	is_deeply([run("$tmp/concheck", '--names')], [0, "a\nb\nc\n", ''],
	          "--names");
	mkdir("$tmp/elsewhere");
	spew("$tmp/elsewhere/005-conflict.c", slurp($source));
	link_concheck($cc, "$tmp/elsewhere/005-conflict.c");
	is((run("$tmp/concheck"))[1], $table,
	   "the same configuration elsewhere gives the same table");

	($status, undef, my $err) = run("$tmp/concheck", '-o', "$tmp/no/x");
	is($status, 2, "an output that cannot be written is an error");
	like($err, qr{^concheck: error: \S*/no/x.*: No such file or directory$},
	     "and named");
	unlink("$tmp/pipe");
	mkfifo("$tmp/pipe", 0600) or die "$tmp/pipe: $!";
	open(my $pipe, '+<', "$tmp/pipe") or die "$tmp/pipe: $!";
	is((run("$tmp/concheck", '--names', '-o', "$tmp/pipe"))[0], 0,
	   "-o to a pipe");
	ok(-p "$tmp/pipe", "leaves it one");
	is(scalar <$pipe>, "a\n", "and writes to it");
	for my $options (['--what'], ['x'], ['--dot', '--list'], ['-o'],
	                 ['--list', '--list']) {
		($status, undef, $err) = run("$tmp/concheck", @$options);
		is($status, 2, "@$options is no option");
		like($err, qr/^usage: concheck/m, "and usage is shown");
	}
	is((run("$tmp/concheck", '--help'))[0], 0, "--help");
}

sub test_wrong_keeps_output {
	my ($cc) = @_;
	link_concheck($cc, "$top/t/config/110-self.c") or return;
	spew("$tmp/table.c", "old\n");
	for my $options ([], ['--dot'], ['--list'], ['--names']) {
		is((run("$tmp/concheck", @$options, '-o', "$tmp/table.c"))[0],
		   1, "a wrong configuration: @$options");
		is(slurp("$tmp/table.c"), "old\n", "the old output stays");
	}
}

sub test_no_connate {
	my ($cc) = @_;
	my $source = spew("$tmp/none.c", "#include <connate/config.h>\n" .
		"#pragma GCC diagnostic ignored \"-Wunused-const-variable\"\n" .
		"static const struct service services[] = { SERVICE(\"a\") };\n");
	link_concheck($cc, $source) or return;
	my ($status, undef, $err) = run("$tmp/concheck");
	is($err, "concheck: error: the configuration: it has no CONNATE(); " .
	         "at its end\n", "CONNATE() is missed");
	is($status, 2, "and nothing is made");
}

sub test_strict {
	my ($cc) = @_;
	link_concheck($cc, "$top/t/config/003-empty.c") or return;
	is((run("$tmp/concheck"))[0], 0, "a warning is no error");
	my ($status, $out, $err) = run("$tmp/concheck", '--strict');
	is("$status $out", "1 ", "but with --strict");
	like($err, qr/: warning: there are no services$/, "and still a warning");
	link_concheck($cc, "$top/t/config/001-minimal.c") or return;
	is((run("$tmp/concheck", '--strict'))[0], 0, "without one all is well");
}

# The rest of each line of --list that begins so.
sub listed {
	my ($list, $service, $what) = @_;
	my ($block) = $list =~ /^\Q$service\E\n((?: .*\n)*)/m;
	return join('|', ($block // '') =~ /^  \Q$what\E +(.*)$/mg);
}

sub test_list {
	my ($cc) = @_;
	my $source = "$top/t/config/002-supported.c";
	compile_host($cc, $source);
	link_concheck($cc, $source) or return;
	my ($status, $list, $err) = run("$tmp/concheck", '--list');
	is("$status $err", "0 ", "--list");
	for (['full', 'target', 'up (line 26)'], ['full', 'needs', 'base'],
	     ['full', 'groups', 'base other'], ['full', 'run', "/bin/sleep ''"],
	     ['full', 'setup', '/bin/true  (at most forever)'],
	     ['full', 'ready', 'by conctl ready, after at most 0.5 s'],
	     ['full', 'stop', 'signal 2  (at most 0.001 s)'],
	     ['full', 'retry', 'after 1 s, at most 1000 times, on failure only'],
	     ['full', 'env', 'A=1 B= AB=x=y'], ['full', 'user', '12'],
	     ['full', 'extra groups', '56 7'], ['full', 'log', 'to log'],
	     ['full', 'umask', '00'], ['full', 'nice', '-20'],
	     ['base', 'setup', 'begin()  (at most 10 s)'],
	     ['base', 'stop', ''], ['root', 'env', 'empty'],
	     ['stops', 'stop all', '/bin/true  (at most 2 s)'],
	     ['stops', 'reload', '/bin/sh -c true'],
	     ['stops', 'ready', 'by a newline on descriptor 3, after at most 10 s'],
	     ['member', 'log', '/tmp/a.log, mode 0644, overwritten'],
	     ['guarded', 'target', 'up, primary (line 65)'],
	     ['other', 'retry', 'never'],
	     ['root', 'ioprio', 'idle 0'], ['root', 'cpus', '0-3,8'],
	     ['root', 'limit', 'nofile 64 64|core 0 unlimited'],
	     ['root', 'capabilities', 'none'], ['root', 'namespaces', 'uts'],
	     ['root', 'cgroup', '/sys/fs/cgroup/x'],
	     ['all of 002-supported.c', 'end signals', 'QUIT ABRT USR2 39 63 64'],
	     ['all of 002-supported.c', 'services', '12'],
	     ['all of 002-supported.c', 'pipes', '3']) {
		my ($service, $what, $value) = @$_;
		is(listed($list, $service, $what), $value, "$service: $what");
	}
	test_memory($cc, $list);
}

# The table of supervisord has the size that --list prints.
sub test_memory {
	my ($cc, $list) = @_;
	run("$tmp/concheck", '-o', "$tmp/table.c");
	compile_ok("the table compiles for supervisord", @$cc, @flags,
	           '-ffreestanding', @include, '-c', "$tmp/table.c", '-o',
	           "$tmp/table.o");
	my ($status, $symbols) = run('nm', '-S', "$tmp/table.o");
	my %size = map { /^\S+ (\S+) \S (\w+)/ ? ($2 => hex($1)) : () }
		split(/\n/, $symbols);
	is(listed($list, 'all of 002-supported.c', 'table'),
	   "$size{image_table} bytes", "and the table");
}

sub test_dot {
	my ($cc) = @_;
	link_concheck($cc, "$top/t/config/005-conflict.c") or return;
	my ($status, $dot, $err) = run("$tmp/concheck", '--dot');
	is("$status $err", "0 ", "--dot");
	my @edges = $dot =~ /^\t("[abc]" -> "[abc]") \[/mg;
	is_deeply(\@edges, ['"a" -> "b"', '"a" -> "c"', '"c" -> "a"'],
	          "has each edge, a conflict once");
	my @sources = ((map { "$top/t/config/$_.c" }
	                qw(001-minimal 002-supported 003-empty 005-conflict)),
	               glob("$top/config/example-*.c"));
	SKIP: {
		skip("dot is not installed", scalar(@sources)) unless found('dot');
		for my $source (@sources) {
			link_concheck($cc, $source) or next;
			run("$tmp/concheck", '--no-host-checks', '--dot', '-o',
			    "$tmp/graph.dot");
			my ($code, $svg, $said) =
				run('dot', '-Tsvg', "$tmp/graph.dot");
			is("$code $said", "0 ", "dot takes " . basename($source));
		}
	}
}

sub long_text {
	my ($field) = @_;
	return "#include <connate/config.h>\n" .
	       "static const struct service services[] = {\n" .
	       "SERVICE(\"a\", $field),\n};\nCONNATE();\n";
}

sub test_too_long {
	my ($cc) = @_;
	my $one = 'x' x 131071;
	my $many = join(', ', map { '"' . ('y' x 65535) . '"' } 1 .. 33);
	my $source = "$tmp/long.c";

	spew($source, long_text(qq{.run = EXEC("/bin/cat", "$one")}));
	link_concheck($cc, $source) or return;
	is((run("$tmp/concheck"))[0], 0, "the longest argument");
	spew($source, long_text(qq{.run = EXEC("/bin/cat", "x$one")}));
	link_concheck($cc, $source) or return;
	is((run("$tmp/concheck"))[2], "$source:3: error: service 'a': .run: " .
	   "argument 1 has 131073 bytes; execve(2) takes 131072\n",
	   "an argument that is too long");
	spew($source, long_text(qq{.run = EXEC("/bin/cat", $many)}));
	link_concheck($cc, $source) or return;
	like((run("$tmp/concheck"))[2], qr/: \.run: 34 arguments of \d+ bytes /,
	     "too many arguments");
}

sub test_loggers {
	my ($cc) = @_;
	for my $count (1024, 1025) {
		my $source = spew("$tmp/loggers.c", join("\n",
			"#include <connate/config.h>",
			"static const struct service services[] = {",
			(map { ("SERVICE(\"l$_\", .run = EXEC(\"/bin/cat\")),",
			        "SERVICE(\"s$_\", .run = EXEC(\"/bin/cat\"), " .
			        ".log = LOG_TO(\"l$_\")),") } 1 .. $count),
			"};", "CONNATE();", ""));
		link_concheck($cc, $source) or return;
		my ($status, undef, $err) = run("$tmp/concheck");
		is($status, $count > 1024 ? 1 : 0, "$count loggers");
		like($err, $count > 1024 ? qr/: 1025 services are logged to/
		                         : qr/^$/, "and why");
	}
}

# That many services: a chain, groups of ten, a logger. What the first waits for,
# if it does, is told by another file, so that this one is compiled once.
sub large {
	my ($count) = @_;
	my @lines = ("#define DEFAULTS .env = LIST(\"PATH=/bin\"), \\",
	             "\t.log = LOG_TO(\"log\"),",
	             "#include <connate/config.h>",
	             "extern const char first_after[];",
	             "static const struct service services[] = {",
	             "SERVICE(\"log\", .run = EXEC(\"/bin/cat\"), " .
	             ".log = LOG_NONE),");
	for my $i (1 .. $count - 1) {
		my @fields = (".run = EXEC(\"/bin/sleep\", \"$i\")");
		push(@fields, $i == 1 ? '.nice = 1, .after = LIST(first_after)'
		                      : ".needs = LIST(\"s" . ($i - 1) . "\")");
		push(@fields, ".wants = LIST(\"s" . int($i / 2) . "\")")
			if $i > 10;
		push(@fields, ".groups = LIST(\"s" . ($i - 9) . "\")")
			if $i % 10 == 0 && $i > 10;
		push(@lines, "SERVICE(\"s$i\", " . join(', ', @fields) . "),");
	}
	return join("\n", @lines, "};", "CONNATE();", "");
}

# concheck with the objects of large() and of that name.
sub link_large {
	my ($cc, $name) = @_;
	my $source = spew("$tmp/first.c",
	                  "extern const char first_after[];\n" .
	                  "const char first_after[] = \"$name\";\n");
	return compile_ok("what the first waits for", @$cc, @flags, '-c',
	                  $source, '-o', "$tmp/first.o") &&
	       compile_ok("links with concheck", @{$compilers[0]},
	                  '-Wl,--gc-sections', "$tmp/large.o", "$tmp/first.o",
	                  "$tmp/all.o", '-o', "$tmp/concheck");
}

sub test_large {
	my ($cc, $count) = @_;
	my $source = spew("$tmp/large.c", large($count));
	compile_host($cc, $source);
	my $begin = (times)[2];
	compile_ok("compiles as a part of concheck", @$cc, @flags,
	           '-DCONNATE_CHECK=1', @include, '-c', $source, '-o',
	           "$tmp/large.o") or return;
	my $before = (times)[2];
	my $compiling = $before - $begin;
	link_large($cc, 'log') or return;
	$before = (times)[2];
	my ($status, undef, $err) = run("$tmp/concheck", '-o',
	                                "$tmp/table.c");
	my $took = (times)[2] - $before;
	is("$status $err", "0 ", "$count services are checked");
	cmp_ok($took, '<', $compiling, "in less time than the compiler's");
	my ($first) = split(/^/, load_table($cc));
	like($first // '', qr/^table services $count profiles 2 /,
	     "and are in the table");

	link_large($cc, 's' . ($count - 1)) or return;
	($status, undef, $err) = run("$tmp/concheck");
	is($status, 1, "a cycle through all of them");
	like($err, qr/^\S+:7: error: service 's1' waits for itself: s1 -> \S+/,
	     "is found");
}

plan(skip_all => "no C compiler for the build machine") unless @compilers;
compile_concheck();
for my $cc (@compilers) {
	my $name = join(' ', @$cc);
	for my $source (glob("$top/t/config/[0-9]*.c")) {
		subtest("$name: " . basename($source)
		        => sub { test_config($cc, $source) });
	}
	subtest("$name: config.c"
	        => sub { test_config($cc, "$top/config/config.c") });
	for my $example (glob("$top/config/example-*.c")) {
		subtest("$name: " . basename($example) => sub {
			compile_host($cc, $example);
			link_concheck($cc, $example) or return;
			my ($status, undef, $err) = run("$tmp/concheck",
				'--no-host-checks', '-o', "$tmp/table.c");
			$err =~ s/^.* (?:there is no user|is \d+ on this) .*\n//mg;
			is($err, '', "no finding but names of users");
		});
	}
	subtest("$name: the example of DESIGN" => sub { test_design($cc) });
	subtest("$name: refused" => sub { test_compiler_refuses($cc) });
	subtest("$name: --strict" => sub { test_strict($cc) });
	subtest("$name: --list" => sub { test_list($cc) });
	subtest("$name: --dot" => sub { test_dot($cc) });
	subtest("$name: output" => sub { test_output($cc) });
	subtest("$name: old output" => sub { test_wrong_keeps_output($cc) });
	subtest("$name: no CONNATE()" => sub { test_no_connate($cc) });
	subtest("$name: too long" => sub { test_too_long($cc) });
	subtest("$name: loggers" => sub { test_loggers($cc) });
	# Another compiler makes the same of each line: fewer show it.
	my $count = $cc == $compilers[0] ? 10_000 : 1000;
	subtest("$name: $count services" => sub { test_large($cc, $count) });
}
done_testing();
