# SPDX-License-Identifier: MIT
# The functions that the tests of the house share: the folders, the list of sources
# and the programs.
package House;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Find qw(find);

our @EXPORT = qw(source built rooms sources lines programs check_models);

my $source = abs_path($ENV{top_srcdir}   // dirname(__FILE__) . '/../..');
my $built  = abs_path($ENV{top_builddir} // dirname(__FILE__) . '/../..');

sub source   { return join '/', $source, @_ }
sub built    { return join '/', $built, @_ }
sub rooms    { return qw(sys model config reader pid1 supervisord prepare bus conctl log import bench t) }
# What concheck takes of the model.
sub check_models { return map {"model/$_.c"} qw(calendar condition daylight ledger signal state table text words
        zone) }
sub programs { return map { built($_) }
        qw(pid1/connate supervisord/supervisord conctl/conctl prepare/prepare bus/bus log/log) }

# The files of these folders whose names match, from the top; nothing that
# was built there.
sub sources {
    my ($pattern, @folders) = @_;
    my @found;
    find({
        no_chdir => 1,
        wanted   => sub {
            my $name = substr $_, length "$source/";
            push @found, $name
                if -f && $name =~ $pattern && $name !~ m{/\.deps/|\.parts/}
                && $name !~ m{^(?:config/table\.c|bench/\d+\.c)$};
        },
    }, map { source($_) } @folders);
    return sort @found;
}

sub lines {
    my ($name) = @_;
    open my $in, '<:encoding(UTF-8)', source($name) or die "$name: $!";
    my @lines = <$in>;
    return @lines;
}

1;
