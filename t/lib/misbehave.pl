#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A program that behaves as badly as it is asked to:
#
#     misbehave.pl HOW NAME FOLDER [WORD...]
#
# It appends its pid to FOLDER/NAME.started, and "doubled" to FOLDER/doubled
# if another one of that name runs. Its descendants keep its command line.
use strict;
use warnings;
no warnings qw(recursion);
use Fcntl qw(:flock);
use IO::Handle;
use POSIX qw(setsid _exit);

my ($how, $name, $dir, @words) = @ARGV;

sub note {
    my ($file, $text) = @_;
    open my $out, '>>', "$dir/$file" or die "$dir/$file: $!";
    syswrite $out, "$text\n";
}

sub stay { sleep 1000 while 1 }

# A process that does that and no more.
sub forked {
    my ($do) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    $do->();
    _exit(0);
}

sub wait_for {
    my ($file) = @_;
    select undef, undef, undef, 0.005 while !-e "$dir/$file";
}

# Held by the program of that name, and not by its children.
my $held;

sub alone {
    open $held, '>', "$dir/$name.lock" or die "$dir/$name.lock: $!";
    note('doubled', $name) if !flock $held, LOCK_EX | LOCK_NB;
    note("$name.started", $$);
}

# Ignores SIGTERM, in a session of its own, without a parent.
sub hidden {
    forked(sub {
        close $held if $held;
        setsid();
        forked(sub {
            $SIG{TERM} = $SIG{HUP} = 'IGNORE';
            note("$name.hidden", $$);
            stay();
        });
    });
    wait;
    wait_for("$name.hidden");
}

# One process of at most 100 that fork as fast as they may.
sub bomb {
    for my $slot (1 .. 100) {
        open my $place, '>', "$dir/$name.slot.$slot" or next;
        next if !flock $place, LOCK_EX | LOCK_NB;
        setsid() if rand() < 0.5;
        while (1) {
            my $pid = fork;
            if (defined $pid && $pid == 0) { close $place; return bomb() }
            _exit(0) if rand() < 0.2;
            select undef, undef, undef, 0.002;
            1 while waitpid(-1, POSIX::WNOHANG()) > 0;
        }
    }
    _exit(0);
}

# One after the other: each forks the next and ends.
sub hop { while (1) { fork and _exit(0); setsid() } }

sub daemonize {
    my ($levels, $then) = @_;
    forked(sub {
        close $held if $held;
        undef $held;
        setsid();
        daemonize($levels - 1, $then), _exit(0) if $levels > 1;
        alone();
        $then->();
    });
}

my %ways = (
    # Stays, with all kinds of children.
    tree => sub {
        alone();
        hidden();
        forked(sub { close $held; $SIG{TERM} = 'IGNORE'; stay() });
        forked(sub { close $held; kill 'STOP', $$; stay() });
        note("$name.there", $$);
        stay();
    },
    # Ends with a code when it may, and leaves something behind.
    leave => sub {
        alone();
        note("$name.overlap", $$) if -s "$dir/$name.hidden" && grep { kill 0, $_ }
            do { open my $in, '<', "$dir/$name.hidden"; map { 0 + $_ } <$in> };
        unlink "$dir/$name.hidden";
        hidden();
        note("$name.there", $$);
        wait_for("$name.go");
        exit $words[0];
    },
    # The process that it leaves behind holds the lock, and takes long to end: it has much memory.
    heavy => sub {
        forked(sub {
            setsid();
            alone();
            my $weight = 'x' x (-e "$dir/$name.there" ? 1 : 1 << 29);
            note("$name.there", $$);
            stay();
        });
        wait_for("$name.go");
        exit $words[0];
    },
    # The same with nothing behind.
    end => sub { alone(); note("$name.there", $$); wait_for("$name.go"); exit $words[0] },
    job => sub { alone(); exit $words[0] },
    bomb => sub {
        alone();
        forked(sub { close $held; $SIG{TERM} = 'IGNORE'; bomb() }) for 1 .. 3;
        stay();
    },
    hop => sub { alone(); forked(sub { close $held; $SIG{TERM} = 'IGNORE'; hop() }); stay() },
    env => sub { alone(); note("$name.env", "$_=$ENV{$_}") for sort keys %ENV; stay() },
    notify => sub {
        alone();
        hidden();
        wait_for("$name.go");
        system $words[0], 'ready';
        stay();
    },
    newline => sub {
        alone();
        hidden();
        wait_for("$name.go");
        open my $out, '>&=', 3 or die "3: $!";
        syswrite $out, "\n";
        stay();
    },
    # The program of a daemon that comes up after so many forks; its parent
    # ends when it may, if that is said.
    daemon => sub {
        my ($levels, $waits) = @words;
        daemonize($levels, sub { note("$name.there", $$); stay() });
        wait_for("$name.go") if $waits;
        exit 0;
    },
    workers => sub {
        daemonize(2, sub {
            my @workers = map { forked(sub { close $held; stay() }) } 1 .. 3;
            $SIG{TERM} = sub { kill 'TERM', @workers; 1 while wait > 0; _exit(0) };
            note("$name.there", $$);
            stay();
        });
        exit 0;
    },
    # A daemon with a session: or one that is still to fork and to end.
    session => sub {
        daemonize(1, sub {
            forked(sub { close $held; setsid(); note("$name.there", $$); stay() });
            stay();
        });
        exit 0;
    },
    # A daemon whose parent says that it failed.
    refuse => sub { daemonize(1, \&stay); wait_for("$name." . ($words[0] // 'started')); exit 1 },
    crash => sub { daemonize(2, sub { note("$name.there", $$); wait_for("$name.go"); _exit(5) }); exit 0 },
    # A daemon that leaves the work to another when told to.
    successor => sub {
        daemonize(2, sub {
            $SIG{USR2} = sub {
                my $next = forked(sub {
                    $SIG{USR2} = 'IGNORE';
                    close $held;
                    wait_for("$name.gone");
                    alone();
                    my $worker = forked(sub { close $held; stay() });
                    $SIG{TERM} = sub { kill 'TERM', $worker; _exit(0) };
                    note("$name.next", $$);
                    stay();
                });
                close $held;
                note("$name.gone", $$);
                wait_for("$name.next");
                _exit(0);
            };
            note("$name.there", $$);
            stay() while 1;
        });
        exit 0;
    },
    hang => sub { alone(); hidden(); stay() },
);
($ways{$how} // die "how is $how?\n")->();
