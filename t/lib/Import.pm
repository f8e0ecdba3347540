# SPDX-License-Identifier: MIT
# What the tests of connate-import share: an import of files that are given as texts, and
# its output as services with their fields.
package Import;
use strict;
use warnings;
use Connate;
use Exporter 'import';
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use House;

our @EXPORT = qw(import_run import_files services corpus build_import);

# Runs connate-import with these words: exit code, output, standard error.
sub import_run { return run(built('import/connate-import'), @_) }

# Writes files below a folder of this test, which is empty before, and imports with
# these words in it. @ in a word is that folder.
sub import_files {
    my ($files, @words) = @_;
    my $dir = scratch() . '/import';
    remove_tree($dir);
    for my $name (sort keys %$files) {
        make_path(dirname("$dir/$name"));
        spew("$dir/$name", $files->{$name});
    }
    my ($code, $out, $err) = import_run(map { s/\@/$dir/r } @words);
    return ($code, map { s/\Q$dir\E/\@/gr } $out, $err);
}

# The services of an output: of each its fields, as they are written; "error": its
# decisions; "dropped", "hardening", "mind": what its comment says.
sub services {
    my ($out) = @_;
    my (%service, %now, $head);
    $out =~ s/,\n\t {16}/, /g;    # a value on several lines
    for (split /\n/, $out) {
        if (m{^\t/\* })                         { %now = (); $head = '' }
        elsif (/^\t \* Mind:/)                 { $head = 'mind' }
        elsif (/^\t \* Dropped/)               { $head = 'dropped' }
        elsif (/^\t \* Hardening/)             { $head = 'hardening' }
        elsif (/^\t \*   (.*)/)                { push @{ $now{$head} }, $1 }
        elsif (/^#error "(.*)"$/)              { push @{ $now{error} }, $1 }
        elsif (/^\tSERVICE\("([^"]*)"/)        { $service{$1} = {%now}; $head = $1 }
        elsif (m{^\t {8}(\.\w+) = (.*) /\* (.*) \*/}) { $service{$head}{$1} = $2 }
    }
    return \%service;
}

# The folder of other people's definitions, or nothing.
sub corpus {
    my $own = $ENV{CONNATE_CORPUS};
    return -d $own ? $own : () if defined $own;
    for my $dir (source('../shared/corpus'), source('../../shared/corpus')) {
        return $dir if -d $dir;
    }
    return;
}

# Builds a supervisord with what was imported; users are replaced by root, as they may
# be unknown on this machine. The code, and what was said without warnings.
sub build_import {
    my ($out, $name) = @_;
    $out =~ s/\.(user|group) = "[^"]*"/.$1 = "root"/g;
    $out =~ s/\.extra_groups = LIST\([^)]*\)/.extra_groups = LIST("root")/g;
    $out =~ s/,(?:user|group)=[^",]*//g;
    my $path = spew(scratch() . "/$name.c", $out);
    my ($code, undef, $err) = run(built('config/supervisord-for'), '--no-host-checks', $path,
        scratch() . "/$name");
    return ($code, join "\n", grep { !/warning:/ } split /\n/, $err);
}

1;
