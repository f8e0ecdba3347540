#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Configurations that are right, each changed in one place: none of the wrong
# ones becomes a table, none of the right ones is refused, and with any change
# of their letters concheck ends by itself. connate-build says the same of each.
use strict;
use warnings;
use File::Basename qw(basename);
use FindBin;
use lib "$FindBin::Bin/lib";
use Concheck;
use Connate;
use House;
use Test::More;

use constant {
    WORKERS => 2,
    TURNS => 6,            # each configuration takes one part in so many of the fields
    SERVICES_EACH => 3,    # of a configuration: which of them are changed
    TYPOS => 60,
};

my $seed = $ENV{CONNATE_MUTATION_SEED} // 1;
my @mutants;               # [name, text, 'refused', 'accepted' or 'either']

# With numbers for the names of users, which are refused without host checks.
sub text_of {
    my ($name) = @_;
    return slurp(source($name)) =~ s/\.user = "(?!root)[a-z][\w-]*"/.user = "33", .group = "33"/gr;
}

# Where each SERVICE( … ) of a text begins and ends: strings and comments do
# not count.
sub services_in {
    my ($text) = @_;
    my (@found, $depth, $begin);
    while ($text =~ m{(?<token>"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*|\bSERVICE\(|[()])}gs) {
        my $token = $+{token};
        if ($token eq 'SERVICE(') { ($begin, $depth) = ($-[0], 1) }
        elsif (defined $begin && $token eq '(') { $depth++ }
        elsif (defined $begin && $token eq ')' && --$depth == 0) {
            my $end   = $+[0];
            my $block = substr $text, $begin, $end - $begin;
            my ($name) = $block =~ /^SERVICE\("([^"]*)"/;
            push @found, { at => $begin, end => $end, text => $block, name => $name };
            undef $begin;
        }
    }
    return @found;
}

# The text with other words in place of a service's.
sub with_service {
    my ($text, $service, $words) = @_;
    substr $text, $service->{at}, $service->{end} - $service->{at}, $words;
    return $text;
}

# A service with a field more, which counts if it is there twice.
sub with_field {
    my ($text, $service, $field) = @_;
    return with_service($text, $service, $service->{text} =~ s/,?\s*\)\z/, $field)/r);
}

sub mutant {
    my ($expected, $base, $what, $text) = @_;
    push @mutants, [sprintf('%s: %s', $base->{name}, $what), $text, $expected];
}

# Fields that no service may have, and some that each may have.
my @wrong_fields = (
    '.rum = LIST("x")', '.run = LOG_NONE', '.log = EXEC("/bin/cat")', '.run = "/bin/cat"',
    '.needs = "a"', '.needs = LIST("no-such-service")', '.wants = LIST("")', '.after = LIST(NULL)',
    '.run = EXEC()', '.run = EXEC("")', '.run = EXEC("cat")', '.run = SHELL("")',
    '.run = CALL(no_such_function)', '.run = SIGNAL(SIGTERM)', '.setup = EXEC("./x")',
    '.cleanup = EXEC("bin/x")', '.stop = SIGNAL(0)', '.stop = SIGNAL(99)', '.stop = EXEC("x")',
    '.stop = SIGNAL(SIGSTOP)', '.reload = SIGNAL(SIGKILL)', '.reload = SHELL("")',
    '.target = 7', '.ready = READY_FD(0)', '.ready = READY_FD(5000)', '.ready = READY_AT_ONCE, .notify_from = MAIN',
    '.ready = READY_AT_ONCE, .watchdog = SECONDS(5)',
    '.listen = "tcp:[::]:80"', '.listen = LIST("tcp:80")', '.listen = LIST("unix:x")',
    '.listen = LIST(), .on_demand = true', '.ready = READY_AT_ONCE, .fd_store = 3', '.fd_store = -1',
    '.max_setup = SECONDS(0)', '.max_ready = SECONDS(-1)', '.max_stop = 20',
    '.max_stop = SECONDS(-2)', '.max_cleanup = SECONDS(60LL * 86400)', '.healthy = 5',
    '.settle = SECONDS(-1)', '.settle = FOREVER', '.settle = 5',
    '.retry = RETRY_FIXED(.after = FOREVER)', '.retry = RETRY_DOUBLING(.attempts = -1)',
    '.retry = RETRY_DOUBLING(.after = SECONDS(99))', '.retry = RETRY_FIXED(.attempts = 9999)',
    '.log = LOG_TO("no-such-service")', '.log = LOG_TO("")', '.log = LOG_FILE("log")',
    '.log = LOG_FILE("/tmp/")', '.log = LOG_FILE("/tmp/x", .mode = 01777)',
    '.env = LIST("PATH")', '.env = LIST("=x")', '.env = LIST("A=1", "A=2")',
    '.env = LIST("CONNATE_PID=1")', '.env = LIST("A B=1")', '.env = "A=1"',
    '.chdir = "tmp"', '.chdir = ""', '.umask = 01000', '.umask = -1', '.user = ""',
    '.user = "no such user"', '.user = "4294967296", .group = "1"', '.group = ""',
    '.extra_groups = LIST("no such group")', '.nice = 20', '.nice = -21',
    '.ioprio = IO_BEST_EFFORT(8)', '.oom_score_adj = 1001',
    '.rlimits = LIMITS(LIMIT("nofiles", 1, 2))', '.rlimits = LIMITS(LIMIT("core", 2, 1))',
    '.chroot = "x"', '.capabilities = LIST("CAP_FLY")', '.cgroup = "x"', '.cgroup = "/../x"',
    '.reads = 7', '.reads = EACH, .stop_all = true',
    '.restart = OVERLAP, .started = SHELL("true")',
    '.restart = 7', '.restart = OVERLAP, .target = ONCE', '.restart = OVERLAP, .stop_all = true',
    '.namespaces = LIST("moon")', '.cpus = "3-1"', '.cpus = "a"',
    '.env_file = LIST("x")', '.env_file = "/x"', '.ignore = LIST("SIGKILL")', '.errors = LOG_FILE("x")', '.tty = "x"',
    '.reload_with = LIST("no-such-service")', '.reload_with = LIST("x"), .reload = {0}', '.reload_with = "x"',
    '.reload = AS_ROOT(SIGNAL(SIGHUP))', '.setup = AS_ROOT(EXEC("x"))',
    '.started = SIGNAL(SIGHUP)', '.started = EXEC("x")', '.run = {0}, .started = EXEC("/bin/true")',
    '.success = LIST("256")', '.never_retry = LIST("SIG")',
    '.only_if = LIST("x")', '.only_if = LIST("path:x")',
    '.folders = LIST("x")', '.folders = LIST(STATE(".."))',
);
my @right_fields = (
    '.listen = LIST()', '.target = DOWN', '.needs = LIST()', '.max_setup = FOREVER', '.max_stop = SECONDS(1)',
    '.max_cleanup = MILLISECONDS(1)', '.healthy = FOREVER', '.retry = RETRY_NEVER',
    '.settle = SECONDS(0)', '.settle = SECONDS(2)',
    '.retry = RETRY_FIXED(.after = SECONDS(1), .attempts = 1000)', '.log = LOG_NONE',
    '.log = LOG_FILE("/dev/null")', '.log = LOG_FILE("/tmp/x", .mode = 0644)', '.env = LIST()',
    '.env = LIST(INHERIT("HOME"), "A=", "B=x=y")', '.chdir = "/"', '.umask = 077',
    '.user = "0", .group = "0"', '.extra_groups = LIST()', '.no_new_privs = true', '.nice = 19',
    '.ioprio = IO_IDLE', '.oom_score_adj = -1000', '.cpus = "0"', '.stop = SIGNAL(64)',
    '.rlimits = LIMITS(LIMIT("nofile", 64, 64), LIMIT("core", 0, UNLIMITED))',
    '.capabilities = LIST()', '.cgroup = "/connate"', '.namespaces = LIST("net")',
);

my @wrong_checks = (
    '.check = CHECK(EXEC("x"))', '.check = CHECK(SHELL("true"), .failures = 0)', '.check = EXEC("/bin/true")',
    '.check = CHECK(SHELL("true"), .every = FOREVER)',
);

# Fields that are added to a service by its name; the rest go round the services.
sub mutate_fields {
    my ($base, @services) = @_;
    my @rows = ((map { [refused => $_] } @wrong_fields), (map { [accepted => $_] } @right_fields),
        (map { [refused => $_] } @wrong_checks));
    for my $k (grep { $_ % TURNS == $base->{turn} } 0 .. $#rows) {
        my ($expected, $field) = @{ $rows[$k] };
        my $service = $services[$k % @services];
        mutant($expected, $base, "'$service->{name}' with $field",
            with_field($base->{text}, $service, $field));
    }
}

sub mutate_names {
    my ($base, $service) = @_;
    my $text = $base->{text};
    my $name = $service->{name};
    my $named = sub {
        my ($other) = @_;
        return with_service($text, $service, $service->{text} =~ s/"\Q$name\E"/"$other"/r);
    };
    # But not where it is the name of a user.
    my $everywhere = sub {
        my ($other) = @_;
        return $text =~ s/(?<!user = )(?<!group = )"\Q$name\E"/"$other"/gr;
    };

    mutant('refused', $base, "'$name' has no name", $named->(''));
    mutant('refused', $base, "'$name' has 64 bytes", $everywhere->('x' x 64));
    mutant('refused', $base, "'$name' has a blank", $everywhere->("$name x"));
    mutant('refused', $base, "'$name' has other bytes", $everywhere->("$name\xc3\xa4"));
    mutant('refused', $base, "'$name' twice", with_service($text, $service,
        "$service->{text}, $service->{text}"));
    mutant('refused', $base, "'$name' is called otherwise", $named->("$name-x"))
        if ($text =~ s{/\*.*?\*/}{}gsr) =~ /(?:LIST|LOG_TO)\([^)]*"\Q$name\E".*?\)/s;
    mutant('accepted', $base, "'$name' has 63 bytes", $everywhere->('y' x 63));
    mutant('accepted', $base, "'$name' is called otherwise everywhere",
        $everywhere->('-_.@:' =~ s/^-/z/r . $name));
}

sub mutate_letters {
    my ($base, $service) = @_;
    my ($text, $name) = @$base{qw(text name)};
    my $block = $service->{text};
    my $with = sub { return with_service($text, $service, $_[0]) };

    mutant('refused', $base, "no comma after '$service->{name}'",
        $text =~ s/\Q$block\E\s*,(?=[^{}]*SERVICE)/$block/r)
        if $text =~ /\Q$block\E\s*,(?=[^{}]*SERVICE)/;
    mutant('refused', $base, "a quote less in '$service->{name}'", $with->($block =~ s/"//r));
    mutant('refused', $base, "a bracket less in '$service->{name}'", $with->($block =~ s/\)\z//r));
    mutant('refused', $base, "a program of '$service->{name}' without its slash",
        $with->($block =~ s{EXEC\("/}{EXEC("}r))
        if $block =~ m{EXEC\("/};
    mutant('refused', $base, "a negative time in '$service->{name}'",
        $with->($block =~ s/SECONDS\((?=[1-9])/SECONDS(-/r))
        if $block =~ /(?:max|after|healthy|settle)\w* = \w*SECONDS\([1-9]/;
    mutant('accepted', $base, "a comma more in '$service->{name}'",
        $with->($block =~ s/(LIST\("[^()]*")\)/$1,)/r))
        if $block =~ /LIST\("[^()]*"\)/;
    mutant('accepted', $base, "a comment in '$service->{name}'",
        $with->($block =~ s{\)\z}{ /* ) " */)}r));
}

# Edges that cannot be, from each service that names another one.
sub mutate_edges {
    my ($base, @services) = @_;
    my %named = map { $_->{name} => $_ } @services;
    for my $service (@services) {
        my ($field, $other) =
            $service->{text} =~ /\.(needs|binds|wants|after) = LIST\("([^"]+)"/ or next;
        next if !$named{$other};
        mutant('refused', $base, "'$service->{name}' and '$other' wait for each other",
            with_field($base->{text}, $named{$other}, qq{.after = LIST("$service->{name}")}));
        mutant('refused', $base, "'$service->{name}' $field '$other' twice",
            $base->{text} =~ s/(\.$field = LIST\("\Q$other\E")/$1, "$other"/r);
        mutant('refused', $base, "'$service->{name}' $field '$other' and conflicts with it",
            with_field($base->{text}, $service, qq{.conflicts = LIST("$other")}))
            if $field ne 'after';
        last;
    }
    my $first = $services[0];
    my $field = (qw(needs binds wants after conflicts groups follows requires_up))[$base->{turn} % 8];
    mutant('refused', $base, "'$first->{name}' $field itself",
        with_field($base->{text}, $first, qq{.$field = LIST("$first->{name}")}));
    mutant('refused', $base, "'$first->{name}' logs to itself",
        with_field($base->{text}, $first, qq{.log = LOG_TO("$first->{name}")}));
}

sub mutate_all {
    my ($base, @services) = @_;
    my $text = $base->{text};
    my ($first, $last) = @services[0, -1];
    my ($program) = grep { $_->{text} =~ /\.run = / } @services;

    mutant('accepted', $base, 'as it is', $text);
    mutant('refused', $base, 'without CONNATE()', $text =~ s/^CONNATE\(.*?\);$//msr);
    mutant('refused', $base, 'without a semicolon', $text =~ s/^(CONNATE\(.*?\));$/$1/msr);
    mutant('refused', $base, 'without the header', $text =~ s/^#include <connate.*$//mgr);
    mutant('refused', $base, 'with a lock file that is no path',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.lock_file = "lock");/msr);
    mutant('refused', $base, 'with no time to stop',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.stop_budget = MILLISECONDS(0));/msr);
    mutant('refused', $base, 'with too little time to stop',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.stop_budget = MILLISECONDS(1));/msr)
        if $program && $program->{text} !~ /\.max_stop/;
    mutant('refused', $base, 'with an end signal that is none',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.end_signals = LIST("TERMINATE"));/msr);
    mutant('accepted', $base, 'with an end signal',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.end_signals = LIST("SIGUSR2"));/msr);
    mutant('refused', $base, 'with no time for what is left',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.max_rest = MILLISECONDS(0));/msr);
    mutant('accepted', $base, 'with some time for what is left',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.max_rest = MILLISECONDS(1));/msr);
    mutant('accepted', $base, 'with enough time to stop',
        $text =~ s/^CONNATE\(.*?\);$/CONNATE(.stop_budget = SECONDS(1000LL * 86400));/msr);
    mutant('accepted', $base, 'with one service more',
        with_service($text, $last, qq{$last->{text}, SERVICE("one-more", .run = SHELL("x"))}));
    mutant('refused', $base, 'with two primaries',
        with_service($text, $last, "$last->{text}, "
            . join ', ', map {qq{SERVICE("p$_", .run = SHELL("x"), .primary = true)}} 1, 2));
    return if @services < 2 || $first->{text} =~ /"\Q$last->{name}\E"/;
    my $swapped = with_service($text, $last, $first->{text});
    mutant('accepted', $base, 'in another order',
        with_service($swapped, $first, $last->{text}));
}

# A letter less, more, or another.
sub mutate_letter {
    my ($text) = @_;
    my $at = int rand length $text;
    my $letter = (split //, '"\\(){},.;=-_09aZ /*#' . "\n\t\x01\xff")[rand 23];
    my $how = int rand 3;
    substr $text, $at, $how > 0, $how < 2 ? $letter : '';
    return $text;
}

# The bases: the examples, and the right ones of t/config.
my @names = (
    'config/config.c',
    sources(qr{^config/example-[\w-]+\.c$}, 'config'),
    grep { text_of($_) !~ m{^// (?:expect|flags):}m && text_of($_) =~ /SERVICE\(/ }
        sources(qr{^t/config/\d[\w-]+\.c$}, 't')
);
my $turn = 0;
srand $seed;
for my $name (@names) {
    my %base = (name => basename($name, '.c'), text => text_of($name), turn => $turn++ % TURNS);
    my ($code, undef, $err) = concheck("base-$base{name}", $base{text}, '--no-host-checks');
    is("$code$err", '0', "$name is right");
    my @services = services_in($base{text});
    my @some = @services > SERVICES_EACH ? @services[map { $_ * $#services / 2 } 0 .. 2] : @services;
    mutate_all(\%base, @services);
    mutate_fields(\%base, @services);
    mutate_edges(\%base, @services);
    mutate_names(\%base, $_), mutate_letters(\%base, $_) for $some[$turn % @some];
}
my @texts = map { text_of($_) } @names;
push @mutants, ["typo $_ (CONNATE_MUTATION_SEED=$seed)", mutate_letter($texts[rand @texts]), 'either']
    for 1 .. TYPOS;

# The complaint about the result of concheck, or nothing.
sub verdict {
    my ($expected, $code, $out, $err) = @_;
    return "it ended by signal " . ($code - 128) if $code =~ /^\d+$/ && $code >= 128;
    my $refused = $code eq 'compiler' || $code != 0;
    return 'it was accepted' if $expected eq 'refused' && !$refused;
    return "it was refused:\n$err" if $expected eq 'accepted' && $refused;
    return 'refused, and yet a table' if $refused && $out ne '';
    return 'no table' if !$refused && $out !~ /^const uint32_t image_table/m;
    return "refused without a reason:\n$err" if $refused && $err !~ /error/;
    return "a finding without its place:\n$err"
        if $code eq '1' && grep { !/^m\d+\.c:\d+: (?:error|warning): / } split /\n/, $err;
    return '';
}

# Worker n takes each WORKERS-th mutant; its verdicts are lines.
my @workers;
for my $n (0 .. WORKERS - 1) {
    my $pid = open my $from, '-|' // die "fork: $!";
    if ($pid == 0) {
        for my $k (grep { $_ % WORKERS == $n } 0 .. $#mutants) {
            my (undef, $text, $expected) = @{ $mutants[$k] };
            my @result = concheck("m$k", $text, '--no-host-checks');
            my @reader = reader("m$k", $text, '--no-host-checks');
            my $why = verdict($expected, @result) || reader_complaint($text, \@result, \@reader);
            print "$k ", $why =~ s/\n/\x00/gr, "\n";
        }
        close STDOUT;
        POSIX::_exit(0);
    }
    push @workers, $from;
}
my @verdicts = ('it was not tried') x @mutants;
for my $from (@workers) {
    while (<$from>) {
        chomp;
        my ($k, $why) = split / /, $_, 2;
        $verdicts[$k] = $why =~ tr/\x00/\n/r;
    }
    close $from;
}
cmp_ok(scalar @mutants, '>', 300, scalar(@mutants) . ' mutants');
for my $k (0 .. $#mutants) {
    my ($name, $text, $expected) = @{ $mutants[$k] };
    is($verdicts[$k], '', "$expected: $name")
        or diag(length $text < 2000 ? $text : substr($text, 0, 2000) . '...');
}
done_testing();
