# SPDX-License-Identifier: MIT
# A concheck for a configuration given as text, linked with the objects that the build
# made for the build machine. Knows no supervisord.
package Concheck;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use Connate;

our @EXPORT = qw(concheck reader reader_complaint config_of);

my $build  = abs_path($ENV{top_builddir} // dirname(__FILE__) . '/../..');
my $source = abs_path($ENV{top_srcdir}   // dirname(__FILE__) . '/../..');
my @cc = split ' ', $ENV{CC_FOR_BUILD} // $ENV{CC} // 'cc';

# A configuration of these services, one a line from line 2 on.
sub config_of {
    my (@services) = @_;
    return join("\n", '#include <connate/config.h>',
        'static const struct service services[] = {' . shift @services,
        @services, '};', "CONNATE();\n");
}

my @compile = (@cc, qw(-std=gnu11 -O0 -DCONNATE_CHECK=1 -ffunction-sections -fdata-sections),
    '-I', "$source/config", '-iquote', $source);

# A configuration that is linked with concheck, as supervisord-for does it.
sub linked {
    my ($path) = @_;
    my ($code, undef, $err) = run(@compile, '-Wl,--gc-sections', "$path.c",
        "$build/config/libconcheck.a", '-o', "$path.made");
    return ($code, $err, "$path.made");
}

# One that is a shared object, which the loader puts into a concheck that was linked
# before: to link is most of the work. The services are found by a weak symbol.
my $concheck;

sub loaded {
    my ($path) = @_;
    my ($code, undef, $err) = run(@compile, qw(-fPIC -shared -nostdlib), "$path.c", '-o', "$path.made");
    return ($code, $err, $concheck);
}

# Not every compiler and loader can do that.
my $way;

sub way {
    my $path = scratch() . '/way';
    $concheck = "$path.concheck";
    spew("$path.c", config_of('SERVICE("a", .target = DOWN),'));
    my ($code) = run(@cc, '-Wl,-z,dynamic-undefined-weak', '-Wl,--whole-archive',
        "$build/config/libconcheck.a", '-Wl,--no-whole-archive', '-o', $concheck);
    ($code) = loaded($path) if $code == 0;
    local $ENV{LD_PRELOAD} = "$path.made";
    return $code == 0 && (run($concheck, '--names'))[1] eq "a\n" ? \&loaded : \&linked;
}

# concheck(NAME, TEXT, OPTION …): ('compiler', '', its messages) if it is no C;
# else (exit code or 128 + signal, standard output, findings).
sub concheck {
    my ($name, $text, @options) = @_;
    my $path = scratch() . "/$name";
    spew("$path.c", $text);
    $way //= way();
    my ($code, $err, $program) = $way->($path);
    my @result = ('compiler', '', $err);
    if ($code == 0) {
        local $ENV{LD_PRELOAD} = "$path.made" if $way == \&loaded;
        @result = run($program, @options);
        $result[2] =~ s/^\Q$path\E\.c:/$name.c:/mg;
    }
    unlink "$path.c", "$path.made";
    return @result;
}

# reader(NAME, TEXT, OPTION …): the same of connate-build.
sub reader {
    my ($name, $text, @options) = @_;
    my $path = scratch() . "/$name";
    spew("$path.c", $text);
    my @result = run("$build/reader/connate-build", '--supervisord',
        "$build/supervisord/supervisord", '--table', @options, "$path.c");
    $result[2] =~ s/^\Q$path\E\.c:/$name.c:/mg;
    $result[2] =~ s/^ {4}.*\n//mg;    # the lines that it shows
    unlink "$path.c";
    return @result;
}

# How that differs from what concheck() gave, or nothing: findings and table are the
# same; what is no C is refused; and so is, as it cannot be compiled here, a function.
sub reader_complaint {
    my ($text, $concheck, $reader) = @_;
    my ($code, $out, $err) = @$concheck;
    my ($reader_code, $reader_out, $reader_err) = @$reader;
    return "connate-build ended by signal " . ($reader_code - 128) if $reader_code >= 128;
    return '' if $reader_code == 1 && $reader_err =~ /:\d+:\d+: error: \S/
        && ($code eq 'compiler' || $text =~ /CALL\(/);
    return "connate-build takes what is no C:\n$err" if $code eq 'compiler' && $reader_code == 0;
    return '' if $code eq 'compiler' || $text =~ /CALL\(/;
    return "connate-build ended with $reader_code, not $code:\n$reader_err"
        if $reader_code != $code && "$reader_code$code" =~ /0/;
    return "connate-build says:\n$reader_err" if $reader_err ne $err
        && $err !~ /^concheck: error: the configuration: it has no CONNATE/;
    return 'connate-build makes another table' if $reader_out ne $out;
    return '';
}

1;
