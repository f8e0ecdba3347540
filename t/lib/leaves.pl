# SPDX-License-Identifier: MIT
# Stays in the group of its parent, which ends at SIGTERM, until it gets that as
# well: then it goes into a session of its own.
use strict;
use warnings;
use POSIX ();

my ($dir) = @ARGV;
$ENV{PARENT} = $$;
my $pid = fork // die;
if ($pid == 0) {
    my $told = 0;
    $SIG{TERM} = sub { $told = 1 };
    open my $file, '>', "$dir/leaves.new" or die;
    print $file "$$\n";
    close $file;
    rename "$dir/leaves.new", "$dir/leaves.server";
    select undef, undef, undef, 0.02 until $told && getppid != $ENV{PARENT};
    select undef, undef, undef, 0.1;
    POSIX::setsid();
    sleep 1000;
    exit 0;
}
sleep 1000 while 1;
