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

our @EXPORT = qw(concheck config_of);

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

# concheck(NAME, TEXT, OPTION …): ('compiler', '', its messages) if it is no C;
# else (exit code or 128 + signal, standard output, findings).
sub concheck {
    my ($name, $text, @options) = @_;
    my $path    = scratch() . "/$name";
    my $program = "$path.concheck";
    spew("$path.c", $text);
    my ($code, undef, $err) = run(
        @cc, qw(-std=gnu11 -O0 -DCONNATE_CHECK=1 -ffunction-sections -fdata-sections),
        '-I', "$source/config", '-iquote', $source, '-Wl,--gc-sections', "$path.c",
        "$build/config/libconcheck.a", '-o', $program);
    my @result = ('compiler', '', $err);
    if ($code == 0) {
        @result = run($program, @options);
        $result[2] =~ s/^\Q$path\E\.c:/$name.c:/mg;
    }
    unlink "$path.c", $program;
    return @result;
}

1;
