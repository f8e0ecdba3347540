/* SPDX-License-Identifier: MIT */
/* The hand-over, part four: a restart with overlap, while supervisord is killed
 * between any two stores (doc/why/0043). One statement is one store that
 * others can see, or one system call; each names the C function that does it.
 *
 * A generation is a number; the first one serves. Each that comes up says so, or
 * ends before that, at any time; the one that serves ends only when it is
 * stopped. connate is in no statement: it holds what is stored, and starts the
 * next supervisord, which is the label `resume`.
 *
 * What has to hold, in all orders:
 *   few     at most two generations live
 *   some    one that is ready and was not stopped lives
 *   known   each that lives stands in a record
 *   once    no generation takes over twice, and none that is not ready
 *
 * Each rule that this rests on can be taken out by a macro (t/1009-handover.t).
 * Variables that no process could see are marked "ghost". */

#ifndef BLOWS
#define BLOWS 2
#endif
#ifndef REQUESTS
#define REQUESTS 3
#endif
#define GENERATIONS (REQUESTS + 1)

mtype = { DOWN, STARTING, UP, STOPPING };

bit lives[GENERATIONS + 1];
bit told[GENERATIONS + 1];      /* READY=1 lies in its socket */
bit stopped[GENERATIONS + 1];   /* it was sent the signal of .stop */
byte swaps[GENERATIONS + 1];    /* ghost: how often it has taken over */
byte started = 1;

/* The ledger: the records of the two places. The first one is up all the time. */

byte first = 1;                 /* life.pid */
byte second;                    /* life.pid; 0: none */
mtype state = DOWN;             /* of the second place */
bit wanted;                     /* its target is up */
bit due;                        /* launch != exits: it is still to be started */
byte next_first;                /* what the first place is to become … */
bit swapping;                   /* … LOST_SWAP */

byte blows = BLOWS, requests = REQUESTS;
byte kept;                      /* in the memory of supervisord */

/* Killed here, or not. */
#define STEP if :: blows > 0 -> blows--; kept = 0; goto resume :: skip fi

#define COUNT (lives[1] + lives[2] + lives[3] + lives[4])
#define SERVES(g) (lives[g] && told[g] && !stopped[g])
#define KNOWN(g) (!lives[g] || first == g || second == g || next_first == g)

proctype supervisord()
{
resume:
	/* publish_mend() */
#ifdef NO_MEND
	atomic { swapping = 0; next_first = 0 };
#else
	if
	:: swapping ->
		first = next_first;
		STEP;
		atomic { swapping = 0; next_first = 0 }
	:: else
	fi;
#endif
	STEP;
loop:
	do
	/* target_set() */
	:: requests > 0 && !wanted ->
		atomic { requests--; wanted = 1 };
		STEP
	/* settle: it was down */
	:: state == DOWN && wanted && !swapping ->
#ifdef LAUNCH_AGAIN
		state = STARTING;
#else
		atomic { state = STARTING; due = 1 };
#endif
		STEP
	/* spawn(): the kernel stores the pid */
#ifdef LAUNCH_AGAIN
	:: state == STARTING && started < GENERATIONS ->
#else
	:: state == STARTING && due && started < GENERATIONS ->
#endif
		atomic {
			started++;
			lives[started] = 1;
			second = started;
			due = 0
		};
		STEP
	/* ready_read(): by the socket of that generation */
#ifdef ANY_SOCKET
	:: state == STARTING && second != 0 && (told[second] || told[first]) ->
#else
	:: state == STARTING && second != 0 && told[second] ->
#endif
		state = UP;
		STEP
	/* child_ended() */
	:: second != 0 && !lives[second] && !swapping ->
		atomic { second = 0; state = DOWN; wanted = 0 };
		STEP
	/* overlap_swap(), publish_swap() */
	:: state == UP && wanted && second != 0 ->
#ifdef FIRST_FIRST
		kept = first;
		atomic { swaps[second]++; first = second };
		STEP;
		atomic { second = kept; wanted = 0; state = STOPPING };
		STEP
#else
		atomic {
			swaps[second]++;
			next_first = second;
			second = first;
			wanted = 0;
#ifndef STAYS_UP
			state = STOPPING;
#endif
			swapping = 1
		};
		STEP;
		first = next_first;
		STEP;
		atomic { swapping = 0; next_first = 0 };
		STEP
#endif
#ifdef STAYS_UP
	:: state == UP && !wanted && !swapping ->
		state = STOPPING;
		STEP
#endif
	/* stop_service(): again by each successor */
	:: state == STOPPING && second != 0 && !stopped[second] ->
		stopped[second] = 1;
		STEP
	od
}

/* The generations themselves. */
proctype services()
{
	byte g;
end:
	do
	:: select (g : 1 .. GENERATIONS);
		if
		:: atomic { lives[g] && !told[g] -> told[g] = 1 }
		:: atomic { lives[g] && !told[g] -> lives[g] = 0 }
		:: atomic { lives[g] && stopped[g] -> lives[g] = 0 }
		:: else
		fi
	od
}

proctype monitor()
{
	do
	:: atomic {
		COUNT > 2 || !(SERVES(1) || SERVES(2) || SERVES(3) || SERVES(4)) ||
		!(KNOWN(1) && KNOWN(2) && KNOWN(3) && KNOWN(4)) ||
		swaps[1] > 0 || swaps[2] > 1 || swaps[3] > 1 || swaps[4] > 1 ->
		assert(false)
	}
	od
}

init {
	atomic {
		lives[1] = 1;
		told[1] = 1;
		run supervisord();
		run services();
		run monitor()
	}
}
