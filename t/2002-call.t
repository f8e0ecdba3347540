#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The helpers of a CALL: each works, and fails with the right error, as seen
# from outside. t/call.c runs one by its name and prints what it returned.
use strict;
use warnings;
use Errno;
use FindBin;
use lib "$FindBin::Bin/lib";
use Connate;
use File::Copy qw(copy);
use House;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
run('make', '-s', '-C', built(), 't/call') if !-x built('t/call');
my $dir  = scratch();
my $call = "$dir/call";
copy(built('t/call'), $call) or BAIL_OUT("there is no t/call: make t/call");
chmod 0755, $call;
my @user = plain_user();

# The output and the result of the helper, as "TEXT" or "NAME OF THE ERROR".
sub named {
    my ($out) = @_;
    $out =~ s{^-(\d+)$}{ my $e = $1; my ($n) = grep { Errno->can($_)->() == $e }
        sort grep { Errno->EXISTS($_) } keys %!; $n // -$e }gme;
    return $out =~ s/\n\z//r;
}
sub call { return named((run($call, @_))[1]) }

# The same as an ordinary user. With root's rights nothing is forbidden.
sub call_as_user {
    my @as = @user
        ? ($^X, '-e', '$( = $_[1]; ($(, $)) = ($ARGV[1], "$ARGV[1] $ARGV[1]");'
            . ' ($<, $>) = ($ARGV[0], $ARGV[0]); exec @ARGV[2 .. $#ARGV]', @user)
        : ();
    return named((run(@as, $call, @_))[1]);
}

# The same in this folder, in which no user but root may make or rename a file.
sub forbidden {
    chmod 0555, '.';
    my $said = call_as_user(@_);
    chmod 0777, '.';
    return $said;
}

sub mode { my ($path) = @_; return sprintf '%04o', (lstat $path)[2] & 07777 }
sub fresh { my ($name) = @_; my $d = "$dir/$name"; mkdir $d; chmod 0777, $d; chdir $d; return $d }
sub left { return join ' ', map { s{.*/}{}r } glob '*' }

subtest 'mkdir' => sub {
    fresh('mkdir');
    is(call('-umask', '077', 'mkdir', 'a', '0757'), 0, 'a folder');
    is(mode('a'), '0757', 'with its mode, whatever the umask');
    is(call('mkdir', 'a', '0700'), 0,      'again');
    is(mode('a'),                  '0757', 'changes nothing');
    is(call('mkdir', 'tmp', '1777'), 0,      'a sticky one');
    is(mode('tmp'),                  '1777', 'is sticky');
    symlink 'a',     'link';
    symlink 'never', 'dangling';
    spew('file', '');
    is(call('mkdir', 'link', '0755'),     0,        'a link to a folder is one');
    is(call('mkdir', 'dangling', '0755'), 'EEXIST', 'one to nothing is not');
    is(call('mkdir', 'file', '0755'),     'EEXIST', 'nor is a file');
    is(call('mkdir', 'no/b', '0755'),     'ENOENT', 'without the folder above');
    is(call('mkdir', 'sgid', '2755'),     'EINVAL', 'a mode that mkdir(2) does not take');
    is(forbidden('mkdir', 'b', '0755'), 'EACCES', 'where one may not');
    is(left(), 'a dangling file link tmp', 'and nothing else was made');
};

subtest 'mkdirs' => sub {
    fresh('mkdirs');
    is(call('-umask', '077', 'mkdirs', 'a/b//c/', '0700'), 0, 'folders');
    is(join(' ', map { mode($_) } qw(a a/b a/b/c)), '0755 0755 0700', 'with their modes');
    is(call('mkdirs', 'a/b//c/', '0755'), 0,      'again');
    is(mode('a/b/c'),                     '0700', 'changes nothing');
    is(call('mkdirs', "$dir/mkdirs/d/e", '0711'), 0, 'from the root on');
    is(mode('d/e'), '0711', 'they are there');
    is(call('mkdirs', '/', '0755'), 0, 'the root is there');
    is(call('mkdirs', '', '0755'), 'ENOENT', 'no name');
    spew('file', '');
    is(call('mkdirs', 'file/a', '0755'), 'EEXIST', 'a file on the way');
    is(call('mkdirs', 'x/' x 2047 . 'y', '0755'), 0, 'the longest path');
    is(call('mkdirs', 'z/' x 2047 . 'yz', '0755'), 'ENAMETOOLONG', 'a longer one');
    ok(!-e 'z', 'makes nothing');
};

subtest 'touch' => sub {
    fresh('touch');
    is(call('-umask', '077', 'touch', 'a', '0646'), 0, 'a file');
    is(mode('a'), '0646', 'with its mode, whatever the umask');
    spew('a', 'text');
    utime 1, 1, 'a';
    is(call('touch', 'a', '0600'), 0, 'again');
    is(slurp('a') . mode('a'), 'text0646', 'keeps text and mode');
    cmp_ok((stat 'a')[9], '>', 1, 'and is younger');
    mkdir 'folder';
    utime 1, 1, 'folder';
    is(call('touch', 'folder', '0600'), 0, 'a folder, too');
    cmp_ok((stat 'folder')[9], '>', 1, 'which is younger');
    POSIX::mkfifo('fifo', 0600);
    is(call('touch', 'fifo', '0600'), 0,        'a FIFO without a reader');
    is(call('touch', 'no/a', '0600'), 'ENOENT', 'without its folder');
    is(forbidden('touch', 'b', '0600'), 'EACCES', 'where one may not');
};

subtest 'write' => sub {
    fresh('write');
    spew('a', 'something long');
    chmod 0640, 'a';
    is(call('write', 'a', 'short'), 0, 'into a file');
    is(slurp('a') . mode('a'), 'short0640', 'which has only that then');
    is(call('write', 'b', 'x'), 'ENOENT', 'there is no such file');
    ok(!-e 'b', 'and none is made');
    is(call('write', '/proc/sys/kernel/connate_no_such', 'x'), 'ENOENT', 'no such setting');
    is(call('write', '/proc/self/oom_score_adj', '5000'), 'EINVAL', 'a value that it refuses');
    is(call('write', '/proc/self/oom_score_adj', '900'), 0, 'a value that it takes');
    is(call('write', '/dev/full', 'x'), 'ENOSPC', 'a full device');
    is(call('write', '.', 'x'),         'EISDIR', 'a folder');
    chmod 0444, 'a';
    is(call_as_user('write', 'a', 'x'), 'EACCES', 'what one may not');
};

subtest 'create' => sub {
    fresh('create');
    is(call('-umask', '077', 'create', 'a', "text\n", '0646'), 0, 'a file');
    is(slurp('a') . mode('a'), "text\n0646", 'with text and mode');
    open my $before, '<', 'a';
    is(call('create', 'a', 'other', '0600'), 0, 'again');
    is(slurp('a') . mode('a'), 'other0600', 'is another');
    is(<$before>, "text\n", 'and the old one was whole to the end');
    spew('target', 'kept');
    symlink 'target', 'link';
    is(call('create', 'link', 'x', '0600'), 0, 'in place of a link');
    ok(-f 'link' && !-l 'link', 'which is a file then');
    is(slurp('target'), 'kept', 'its target is not touched');
    symlink 'target', 'c.part';
    is(call('create', 'c', 'x', '0600'), 0,      'over what was left of an earlier one');
    is(slurp('target'),                  'kept', 'nothing is followed');
    mkdir 'folder';
    is(call('create', 'folder', 'x', '0600'), 'EISDIR', 'a folder');
    is(call('create', 'no/a', 'x', '0600'),   'ENOENT', 'without its folder');
    is(call('create', '', 'x', '0600'),       'ENOENT', 'no name');
    is(call('create', 'n' x 251, 'x', '0600'), 'ENAMETOOLONG', 'no room for the other name');
    is(forbidden('create', 'a', 'x', '0600'), 'EACCES', 'where one may not');
    is(left(), 'a c folder link target', 'nothing else is left');
};

subtest 'copy' => sub {
    fresh('copy');
    my $letters = join '', map { chr(65 + $_ % 61) } 1 .. 61;
    for my $size (0, 1, 4095, 4096, 4097, 3 << 20) {
        spew('from', substr $letters x (1 + $size / length $letters), 0, $size);
        is(call('copy', 'from', 'to', '0'), 0, "$size bytes");
        ok(slurp('from') eq slurp('to'), 'are the same');
    }
    chmod 0754, 'from';
    is(call('-umask', '077', 'copy', 'from', 'to', '0'), 0, 'without a mode');
    is(mode('to'), '0754', 'it has the same');
    is(call('copy', 'from', 'to', '0604'), 0,      'with one');
    is(mode('to'),                         '0604', 'it has that');
    is(call('copy', '/proc/self/comm', 'proc', '0600'), 0, 'a file of no size');
    is(slurp('proc'), "call\n", 'is copied, too');
    spew('to', 'old');
    is(call('copy', 'no', 'to', '0'), 'ENOENT', 'there is nothing to copy');
    is(call('copy', '.', 'to', '0'), 'EISDIR', 'a folder');
    is(slurp('to'), 'old', 'and the old one stays');
    is(call('copy', 'from', '.',    '0'), 'EBUSY',  'to the folder itself');
    is(call('copy', 'from', 'no/a', '0'), 'ENOENT', 'to no folder');
    chmod 0, 'from';
    is(call_as_user('copy', 'from', 'b', '0'), 'EACCES', 'what one may not read');
    is(left(), 'from proc to', 'nothing else is left');
};

subtest 'symlink' => sub {
    fresh('symlink');
    is(call('symlink', 'target', 'a'), 0,        'a link');
    is(readlink 'a',                   'target', 'says so');
    my $inode = (lstat 'a')[1];
    is(call('symlink', 'target', 'a'), 0,      'again');
    is((lstat 'a')[1],                 $inode, 'is the same');
    is(call('symlink', 'targe', 'a'), 0,       'another');
    is(readlink 'a',                  'targe', 'replaces it');
    mkdir 'folder';
    symlink 'folder', 'to_folder';
    is(call('symlink', 'x', 'to_folder'), 0,   'one to a folder');
    is(readlink 'to_folder',              'x', 'is replaced, not entered');
    spew('file', '');
    is(call('symlink', 'x', 'file'),   'EEXIST', 'a file is not');
    is(call('symlink', 'x', 'folder'), 'EEXIST', 'nor is a folder');
    is(call('symlink', 'x', 'no/a'),   'ENOENT', 'without its folder');
    is(forbidden('symlink', 'y', 'a'), 'EACCES', 'where one may not');
    is(left(), 'a file folder to_folder', 'nothing else is left');
};

subtest 'run' => sub {
    fresh('run');
    is(call('run', '/bin/true'),                    0,   'a program');
    is(call('run', '/bin/sh', '-c', 'exit 255'),    255, 'its exit code');
    is(call('run', '/bin/sh', '-c', 'kill -9 $$'),  137, 'its signal');
    is(call('run', '/bin/echo', 'a b', 'c'), "a b c\n0", 'its arguments');
    local $ENV{COLOUR} = 'blue';
    is(call('run', '/bin/sh', '-c', 'echo $COLOUR'), "blue\n0", 'its environment');
    is(call('run', '/nonexistent/program'), 'ENOENT', 'there is none');
    spew('plain', "text\n");
    is(call('run', './plain'), 'EACCES', 'it is no program');
    chmod 0755, 'plain';
    is(call('run', './plain'), 'ENOEXEC', 'it is none at all');
    my @ls = ('/bin/ls', '-l', '/proc/self/fd');
    my ($with, $without) = map { join ' ', (run(@$_))[1] =~ m{ (\d+) -> }g }
        [$call, 'run', @ls], [@ls];
    is($with, $without, 'it gets no descriptor of ours');
};

# Starts the helper; its pid and where its words go.
sub start {
    my (@arguments) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>', "$dir/started";
        exec $call, @arguments or POSIX::_exit(127);
    }
    return $pid;
}
sub ended { my ($pid) = @_; waitpid $pid, 0; return named(slurp("$dir/started")) }

sub watches {
    my ($pid) = @_;
    return grep { (slurp($_) // '') =~ /^inotify wd:/m } glob "/proc/$pid/fdinfo/*";
}

subtest 'wait_path' => sub {
    fresh('wait_path');
    spew('here', '');
    is(call('wait_path', 'here', '0'), 0,           'what is there');
    is(call('wait_path', 'no',   '0'), 'ETIMEDOUT', 'what is not');
    my ($begin, @times) = (time, times);
    is(call('wait_path', 'no', '1000'), 'ETIMEDOUT', 'nor after a second');
    cmp_ok(time - $begin, '>=', 1, 'which it has waited');
    cmp_ok((times)[2] + (times)[3] - $times[2] - $times[3], '<', 0.5, 'and slept');

    my $pid = start('wait_path', 'soon', '60000');
    eventually { watches($pid) } 'the kernel is asked to tell';
    spew('soon', '');
    is(ended($pid), 0, 'a file that comes');
    $pid = start('wait_path', "$dir/wait_path/moved", '60000');
    eventually { watches($pid) } 'the kernel is asked to tell';
    rename 'soon', 'moved';
    is(ended($pid), 0, 'a file that is moved there');
    $pid = start('wait_path', 'a/b/c', '60000');
    mkdir 'a';
    mkdir 'a/b';
    spew('a/b/c', '');
    is(ended($pid), 0, 'a file whose folders come, too');
    symlink 'a/target', 'link';
    $pid = start('wait_path', 'link', '60000');
    eventually { watches($pid) } 'a link without a target is waited for';
    spew('a/target', '');
    is(ended($pid), 0, 'until it has one');

    is(call('wait_path', 'here/a', '60000'), 'ENOTDIR', 'what will never be');
    mkdir 'closed', 0;
    is(call_as_user('wait_path', 'closed/a', '60000'), 'EACCES', 'what one may not see');
    chmod 0700, 'closed';
};

subtest 'seed' => sub {
    fresh('seed');
    is(call('-umask', '0', 'seed_save', 'a'), 0, 'a seed');
    my $first = slurp('a');
    is(length($first) . ' ' . mode('a'), '512 0600', 'is 512 bytes for its owner');
    cmp_ok(scalar(keys %{ { map { $_ => 1 } split //, $first } }), '>', 100, 'by chance');
    is(call('seed_load', 'a'), 0, 'is loaded');
    my $second = slurp('a');
    isnt($second, $first, 'and is another at once');
    is(length($second) . ' ' . mode('a'), '512 0600', 'of the same kind');
    is(call('seed_load', 'b'), 0, 'the first boot has none');
    is(length slurp('b'), 512, 'the second has');
    spew('short', 'x' x 10);
    is(call('seed_load', 'short'), 0, 'a short one');
    is(length slurp('short'), 512, 'is whole then');
    is(call('seed_load', 'no/a'), 'ENOENT', 'without its folder');
    is(call('seed_load', '.'),    'EISDIR', 'a folder');
    is(forbidden('seed_save', 'a'), 'EACCES', 'where one may not');
    is(left(), 'a b short', 'nothing else is left');
};

subtest 'print and step' => sub {
    is((run($call, 'print', 'a line'))[2], "a line\n", 'a line');
    my %said = (
        0   => "[ ok ] mounting /proc\n",
        -19 => "[fail] mounting /proc: No such device\n",
        4   => "[fail] mounting /proc: exit code 4\n",
    );
    for my $result (sort keys %said) {
        my (undef, $out, $err) = run($call, 'step', 'mounting /proc', $result);
        is("$out$err", "$result\n$said{$result}", "step: $result");
    }
    my $long = (run($call, 'print', 'x' x 1000))[2];
    is($long, 'x' x 511 . "\n", 'a long line is cut');
};

is((run($call, 'has', 'connate-no-such'))[1], "-2\n", 'cmdline: what was not said');

# Calls that only root may do are tried in namespaces of their own.
my @spaces = ('unshare', '--mount', '--uts', '--net', '--propagation', 'private');
my ($can) = run(@spaces, 'true');
if ($can != 0) {
    splice @spaces, 1, 0, '--user', '--map-root-user';
    ($can) = run(@spaces, 'true');
}
my $real_root = $> == 0 && !grep { $_ eq '--user' } @spaces;

# The output of a script there; its lines of numbers as names of errors.
sub inside {
    my ($script) = @_;
    local $ENV{call} = $call;
    my ($code, $out, $err) = run(@spaces, 'sh', '-c', $script);
    return named($out . $err);
}

SKIP: {
    skip 'namespaces are not allowed here', 5 if $can != 0;

    subtest 'mount' => sub {
        my $at = fresh('mount');
        mkdir "$at/$_" for qw(m n);
        my $count = "grep -c ' $at/m ' /proc/self/mountinfo";
        is(inside("\$call mount none m tmpfs nosuid,size=64k,mode=0750; $count;"
                    . " grep -o ' $at/m rw,nosuid' /proc/self/mountinfo; stat -c %a m"),
            "0\n1\n $at/m rw,nosuid\n750", 'a mount, with flags and data');
        is(inside("\$call mount a m tmpfs -; \$call mount b m tmpfs size=1m; $count"),
            "0\n0\n1", 'again: it is there');
        is(inside("\$call mount a m tmpfs -; \$call mount b m/../m/ tmpfs -; $count"),
            "0\n0\n1", 'also by another name');
        is(inside("\$call mount a m tmpfs -; \$call mount b m ramfs -; $count"),
            "0\n0\n2", 'another type is no such mount');
        is(inside("touch n/file; \$call mount n m - bind; ls m; $count;"
                    . " \$call mount - m - remount,bind,ro; \$call touch m/b 0600"),
            "0\nfile\n1\n0\nEROFS", 'bind, and then read-only');
        is(inside("\$call mount a m tmpfs -; \$call mount - m - shared;"
                    . " grep -c ' $at/m .* shared:' /proc/self/mountinfo"),
            "0\n0\n1", 'propagation');
        is(inside("\$call mount a m tmpfs ro,rw,defaults; \$call touch m/b 0600"),
            "0\n0", 'of contraries the last counts');
        is(inside("\$call mount p /proc tmpfs -; ls /proc;"
                    . " \$call mount a m tmpfs -; \$call mount b m tmpfs -; umount /proc; $count"),
            "0\n0\n0\n1", 'there need not be a /proc');
        is(inside('$call mount a no tmpfs -'),          'ENOENT', 'no target');
        is(inside('$call mount a m connatefs -'),       'ENODEV', 'no such type');
        is(inside('$call mount a m tmpfs size=bogus'),  'EINVAL', 'a wrong option');
        is(inside('$call mount a m - -'),               'EINVAL', 'neither type nor flag');
        is(inside('$call mount a m tmpfs ' . 'x' x 4095), 'E2BIG', 'too many of them');
        is(call_as_user('mount', 'a', 'm', 'tmpfs', '-'), 'EPERM', 'without the right');

        is(inside('$call mount a m tmpfs size=16k; $call create m/f old 0600;'
                    . ' head -c 100000 /dev/zero >n/big; $call copy n/big m/f 0; ls -A m; cat m/f'),
            "0\n0\nENOSPC\nf\nold", 'copy: a full disk leaves the old file as it is');
        is(inside('echo x >n/f; mount --bind n/f n/f; $call create n/f y 0600; ls -A n; cat n/f'),
            "EBUSY\nbig\nf\nfile\nx", 'create: a file that is mounted on');
    };

    subtest 'hostname' => sub {
        fresh('hostname');
        my $name = 'cat /proc/sys/kernel/hostname';
        is(inside("\$call hostname my.host; $name"), "0\nmy.host", 'a name');
        is(inside("\$call hostname " . 'x' x 65), 'EINVAL', 'a name that is too long');
        spew('simple',   "my-host\n");
        spew('comments', "# the name\n\n   \t# of\n  host2\t \r\nhost3\n");
        spew('no_line',  'host4');
        spew('none',     "# nothing\n\n");
        spew('long',     "# comment\n" x 500 . "host5\n");
        is(inside("\$call hostname_from simple; $name"),   "0\nmy-host", 'from a file');
        is(inside("\$call hostname_from comments; $name"), "0\nhost2",   'with comments');
        is(inside("\$call hostname_from no_line; $name"),  "0\nhost4",   'without a newline');
        is(inside('$call hostname_from none'), 'EINVAL', 'without a name');
        is(inside('$call hostname_from long'), 'EINVAL', 'with too many comments');
        is(inside('$call hostname_from no'),   'ENOENT', 'no file');
        is(inside("\$call write /proc/sys/kernel/hostname set; $name"), "0\nset",
            'write: a setting') if $real_root;
        is(call_as_user('hostname', 'x'), 'EPERM', 'without the right');
    };

    subtest 'interface_up' => sub {
        my $local = "grep -c '127\\.0\\.0\\.1' /proc/net/fib_trie";
        is(inside("$local; \$call interface_up lo; $local >/dev/null && echo there"),
            "0\n0\nthere", 'lo has its address');
        is(inside('$call interface_up lo; $call interface_up lo'), "0\n0",   'again');
        is(inside('$call interface_up connate7'),                  'ENODEV', 'no such interface');
        is(inside('$call interface_up a-name-that-is-too-long'),   'ENODEV', 'no such name');
        SKIP: {
            skip 'only root can give up its rights', 1 if !$real_root;
            is(inside("setpriv --reuid $user[0] --regid $user[1] --clear-groups \$call interface_up lo"),
                'EPERM', 'without the right');
        }
    };

    subtest 'cmdline' => sub {
        my $at   = fresh('cmdline');
        my $line = sub {
            my ($text, @asks) = @_;
            spew("$at/line", $text);
            return inside("mount --bind $at/line /proc/cmdline;"
                    . join ';', map { "\$call $_" } @asks);
        };
        my $boot = "BOOT_IMAGE=/vmlinuz root=/dev/vda1 quiet empty= console=a  console=b\t"
            . 'say="a b" "wide=c d" "solo" my-name=e half="f root2=g' . "\n";
        my %values = (
            root    => '/dev/vda1',
            quiet   => '',
            empty   => '',
            console => 'b',
            say     => 'a b',
            wide    => 'c d',
            solo    => '',
            my_name => 'e',
            'my-name' => 'e',
            half    => "f root2=g\n",
        );
        is($line->($boot, "cmdline $_"), "$values{$_}\n0", "the value of $_") for sort keys %values;
        is($line->($boot, "cmdline $_"), 'ENOENT', "nothing of $_")
            for qw(roo oot root2 image vmlinuz b quietly);
        is($line->($boot, 'has quiet', 'has root', 'has silent'), "0\n0\nENOENT", 'said or not');
        is($line->('x=' . 'y' x 15, 'cmdline x'), 'y' x 15 . "\n0", 'a value that just fits');
        is($line->('x=' . 'y' x 16, 'cmdline x', 'has x'), "EMSGSIZE\n0", 'one that does not');
        is($line->('', 'cmdline x'), 'ENOENT', 'nothing was said');
        is($line->('a=1 ' . 'b ' x 2044 . 'x=23', 'cmdline x'), "23\n0", 'four KiB are read');
        is($line->('a=1 ' . 'b ' x 4000 . 'x=23', 'cmdline a', 'cmdline x'), "1\n0\nE2BIG",
            'and beyond them nothing is known');
    };

    subtest 'seed, the kernel' => sub {
        my $at = fresh('kernel');
        spew('seed', join '', map { chr($_ % 251) } 1 .. 600);
        my $old = substr slurp('seed'), 0, 512;
        spew('device', '');
        is(inside('mount --bind device /dev/urandom; $call seed_load seed'), 0, 'it is loaded');
        is(slurp('device'), $old, 'by writing it to /dev/urandom');
        isnt(slurp('seed'), $old, 'and replaced');
        spew('device', '');
        unlink 'seed';
        is(inside('mount --bind device /dev/urandom; $call seed_load seed'), 0, 'the first time');
        is(slurp('device'), '', 'there is nothing to load');
        my $seed = slurp('seed');
        is(inside('mount --bind device /dev/urandom; mount --bind . .; mount -o remount,bind,ro .;'
                    . " cd $at; \$call seed_load seed"), 'EROFS', 'a disk that is read-only');
        is(slurp('device'), $seed, 'does not keep it from being loaded');
    };
}

# In earnest: functions of a configuration, called by supervisord.
my $at     = fresh('session');
my $config = <<"CONFIG";
#include <connate/config.h>
#include <connate/call.h>

#define HERE "$at/"

int files(void);
int files(void)
{
	return call_step("mkdirs", call_mkdirs(HERE "a/b", 0711)) ?:
	       call_step("mkdir", call_mkdir(HERE "a/c", 01777)) ?:
	       call_step("touch", call_touch(HERE "a/touched", 0600)) ?:
	       call_step("create", call_create(HERE "a/f", "text\\n", 0640)) ?:
	       call_step("write", call_write(HERE "a/f", "other\\n")) ?:
	       call_step("copy", call_copy(HERE "a/f", HERE "a/g", 0)) ?:
	       call_step("symlink", call_symlink("g", HERE "a/link")) ?:
	       call_step("wait", call_wait_path(HERE "a/link", 1000)) ?:
	       call_step("seed", call_seed_load(HERE "a/seed")) ?:
	       call_step("run", CALL_RUN("/bin/sh", "-c",
	                                 "echo \$COLOUR >" HERE "a/colour"));
}

/* The children that are left of those that it ran. */
int leaves(void);
int leaves(void)
{
	for (int i = 0; i < 5; i++)
		if (CALL_RUN("/bin/true") != 0 ||
		    CALL_RUN("/nonexistent/program") != -2)
			return -22;
	return CALL_RUN("/bin/sh", "-c",
	                "echo \$\$ \$(cat /proc/\$PPID/task/\$PPID/children) "
	                ">" HERE "children");
}

int machine(void);
int machine(void)
{
	char value[8];

	return call_step("tmpfs", call_mount("x", HERE "m", "tmpfs", "nodev")) ?:
	       call_step("name", call_hostname("session")) ?:
	       call_step("from", call_hostname_from(HERE "hostname")) ?:
	       call_step("lo", call_interface_up("lo")) ?:
	       call_step("cmdline", call_cmdline("x", value, sizeof(value))) ?:
	       call_step("has", call_cmdline("quiet", NULL, 0)) ?:
	       call_seed_save(HERE "a/seed");
}

int fails(void);
int fails(void)
{
	return call_step("nowhere", call_mkdir("/nonexistent/x", 0755)) ?:
	       call_touch(HERE "never", 0600);
}

int exits(void);
int exits(void)
{
	return call_step("exit", CALL_RUN("/bin/sh", "-c", "exit 3"));
}

static const char *name_of(int target)
{
	switch (target) {
	case CALL_TARGET_DOWN: return "down";
	case CALL_TARGET_UP: return "up";
	case CALL_TARGET_ONCE: return "once";
	case CALL_TARGET_RESTART: return "restart";
	}
	return target == -2 ? "ENOENT" : "wrong";
}

int targets(void);
int targets(void)
{
	call_print(name_of(call_target("files")));
	call_print(name_of(call_target("idle")));
	call_print(name_of(call_target("targets")));
	call_print(name_of(call_target("nobody")));
	return 0;
}

int waits(void);
int waits(void)
{
	return CALL_RUN("/bin/sleep", "1000");
}

static const struct service services[] = {
	SERVICE("files", .setup = CALL(files), .log = LOG_FILE(HERE "files.log"),
		.env = LIST("COLOUR=green", "PATH=/usr/bin:/bin")),
	SERVICE("leaves", .setup = CALL(leaves), .retry = RETRY_NEVER),
	SERVICE("machine", .target = DOWN, .setup = CALL(machine)),
	SERVICE("fails", .setup = CALL(fails), .retry = RETRY_NEVER,
		.log = LOG_FILE(HERE "fails.log")),
	SERVICE("exits", .setup = CALL(exits), .retry = RETRY_NEVER),
	SERVICE("idle", .target = DOWN, .run = EXEC("/bin/sleep", "1000")),
	SERVICE("targets", .needs = LIST("files"), .target = ONCE,
		.run = CALL(targets), .log = LOG_FILE(HERE "targets.log")),
	SERVICE("waits", .setup = CALL(waits), .max_setup = FOREVER),
};

CONNATE();
CONFIG

my $s = session(supervisord => supervisord('call', $config, '--no-host-checks'));
ok($s->becomes(files => 'up'), 'a configuration: its function comes to its end');
is(slurp('files.log'), join('', map { "[ ok ] $_\n" }
            qw(mkdirs mkdir touch create write copy symlink wait seed run)),
    'each step was done, and said');
is(join(' ', map { mode("a/$_") } qw(. b c touched f g seed)),
    '0755 0711 1777 0600 0640 0640 0600', 'they are there, with their modes');
is(slurp('a/link'),   "other\n", 'so is what was written');
is(slurp('a/colour'), "green\n", 'a program has the environment of the service');
ok($s->becomes(leaves => 'up'), 'programs that run, and that do not');
my ($own, @others) = split ' ', slurp('children');
is("@others", $own, 'leave no process');
ok($s->becomes(fails => 'failed'), 'a function that fails');
is(slurp('fails.log'), "[fail] nowhere: No such file or directory\n", 'says why');
like(($s->ctl(status => 'fails'))[1], qr/call.*: No such file/, 'and conctl says it');
ok(!-e 'never', 'what comes after it is not done');
ok($s->becomes(exits => 'failed'), 'a program that fails');
is($s->field(code => 'exits'), 3, 'its exit code is that of the function');
eventually { slurp('targets.log') =~ /(?:.*\n){4}/ } 'a function looks at targets';
is(slurp('targets.log'), "up\ndown\nonce\nENOENT\n", 'and knows them');

eventually { grep { comm($_) eq 'sleep' } children($s->records->{waits}{pid}) }
'a function waits for its program';
my ($sleep) = children($s->records->{waits}{pid});
$s->ctl('down', 'waits');
ok($s->becomes(waits => 'down'), 'it is stopped meanwhile');
eventually { !alive($sleep) } 'and the program with it';
is($s->stop, 0, 'it ends');

# Any compiler and any level of optimization, without a warning: what the
# helpers need is not there for concheck, and is linked for supervisord.
my $script = slurp(built('config/supervisord-for'));
my ($cc) = $script =~ /^CC='(.*)'/m;
my ($build_cc) = $script =~ /^CC_FOR_BUILD='(.*)'/m;
SKIP: {
    skip 'this build is for another machine', 1 if $cc ne $build_cc;
    for my $compiler (grep { my $c = $_; grep { -x "$_/$c" } split /:/, $ENV{PATH} } qw(gcc clang)) {
        for my $level (qw(-O0 -O1 -O2 -Os)) {
            my $quiet = $compiler eq 'clang' ? ' -Qunused-arguments' : '';
            my $flags = "-Wall -Wextra -Werror -g $level";
            my $other = $script
                =~ s/^CC=.*/CC='$compiler$quiet'/mr
                =~ s/^CC_FOR_BUILD=.*/CC_FOR_BUILD='$compiler'/mr
                =~ s/^CFLAGS_FOR_BUILD=.*/CFLAGS_FOR_BUILD='$flags'/mr
                =~ s/^FLAGS=.*/FLAGS='-std=gnu11 -ffreestanding -fno-stack-protector -fno-pie $flags'/mr;
            spew("$dir/for", $other);
            my ($code, $out, $err) = run('sh', "$dir/for", '--no-host-checks',
                "$dir/call.c", "$dir/matrix");
            is("$code $out$err", '0 ', "it builds: $compiler $level");
        }
    }
    spew("$dir/libc.c", "#define _GNU_SOURCE\n#include <errno.h>\n#include <fcntl.h>\n"
            . "#include <stdio.h>\n#include <sys/mount.h>\n#include <unistd.h>\n"
            . "#include <connate/call.h>\n" . $config);
    my ($code, $out, $err) = run(built('config/supervisord-for'), '--no-host-checks',
        "$dir/libc.c", "$dir/matrix");
    is("$code $out$err", '0 ', 'beside headers of libc, in any order');
}

# A helper that is not called is not linked; a helper that is called is, with all that it needs.
sub symbols { my ($path) = @_; return (run('nm', $path))[1] =~ /\b(call_\w+)$/mg }
is(join(' ', symbols(supervisord('plain', <<'CONFIG'))), '', 'without a CALL nothing is linked');
#include <connate/config.h>
#include <connate/call.h>
int calls(void);
static volatile double half = 0.5; /* ours compute with integers only */
int calls(void) { return half * 2 != 1; }
static const struct service services[] = { SERVICE("a", .setup = CALL(calls)) };
CONNATE();
CONFIG
my @linked = symbols("$dir/call.supervisord");
cmp_ok(scalar @linked, '>', 15, 'what is called, is');

# A function that is called like one of ours does not take its place: the linker
# refuses it; but where supervisord was compiled as a whole it has no such names.
sub clashing {
    my ($name) = @_;
    my $config = spew("$dir/$name.c", <<"CONFIG");
#include <connate/config.h>
int $name(void);
int $name(void) { return 7; }
static const struct service services[] = { SERVICE("a", .setup = CALL($name), .retry = RETRY_NEVER) };
CONNATE();
CONFIG
    my ($code, undef, $err) = run(built('config/supervisord-for'), $config, "$dir/$name");
    return ($code, $err);
}
my ($clash, $why) = clashing('clock_now_ms');
isnt($clash, 0, 'a name that is taken is refused');
like($why, qr/multiple definition of .clock_now_ms'.*clock_now_ms\.c:3/, 'and said');
ok(!-e "$dir/clock_now_ms", 'and nothing is made');
($clash, $why) = clashing('boot');
if ($clash == 0) {
    $s = session(supervisord => "$dir/boot");
    ok($s->becomes(a => 'failed'), 'the name of a function of supervisord: both are there');
    is($s->field(code => 'a'), 7, 'and each is called where it belongs');
    is($s->stop, 0, 'it ends');
} else {
    like($why, qr/multiple definition of .boot'.*boot\.c:3/, 'so is that of supervisord');
}

# They have a bound on their stack, like the programs.
SKIP: {
    my @objects = grep { !/-(?:environment|target)\.o$/ }
        glob(built('config/call/*.o') . ' ' . built('t/call-call.o'));
    my ($code, $out, $err) = run(source('t/stack-bound'), 'call', @objects,
        map { built($_) } qw(model/libmodel.a sys/libsys.a sys/libstart.a));
    is($code, 0, 'no recursion') or diag($err);
    skip 'the compiler does not tell', 1 if $out !~ /at most (\d+)/;
    cmp_ok($out =~ s/\D//gr, '<', 16 << 10, "a bound on the stack: $out");
}
chdir '/';
done_testing();
