/* SPDX-License-Identifier: MIT */
/* The hand-over, part one: a service is started, ends, and is counted, while
 * supervisord is killed, replaced in place or started again, its guard is
 * killed, and pid1 runs into faults, between any two steps.
 *
 * Read ARCHITECTURE.md first ("One death, followed through the house"). One
 * statement here is one system call or one store that others can see; each
 * names the C function that does it. Each process that can be killed is killed between
 * any two of them, as often as BLOWS allows.
 *
 * The model has one service that is to be done once: it is started again
 * until it has ended well (target "once" with retries; so a status that is
 * mixed up shows). With -DGUARDED it has a guard. Numbers of processes are few
 * (PIDS), so that each is given out again and again. Strangers are orphans
 * that pid1 adopts; they have numbers too.
 * It leaves out other services, stopping (a signal is lost or sent twice, which
 * does no harm), time (an event after a time-out may happen at once), and
 * more than one thing to a pass: supervisord and pid1 do what there is to do
 * in any order, of which that of the code is one.
 *
 * What has to hold, in all orders:
 *   one     at most one process of the service, and one guard, is alive
 *   count   an end is counted once for each start, when nothing of it is
 *           alive any more, and with the status that it ended with
 *   done    a service that has ended well is not started again
 *   up      when blows no longer fall, it is up, or done, some time later
 *
 * Each rule that this rests on can be taken out by a macro; t/1009-handover.t
 * has the list, and shows that something of the above is then violated.
 * Variables that no process could see are marked "ghost".
 *
 * The assumption at clone() below is what spawn() comes down to, which reads
 * the link right before it. With STAMPED (each exit says how many supervisords
 * had died when it was passed on) there would be none; the code does without. */

#ifndef PIDS
#define PIDS 2                      /* 2 or 3 */
#endif
#ifndef LINK
#define LINK 1                      /* messages that fit into the link */
#endif
#ifndef BLOWS
#define BLOWS 2
#endif

/* The kernel */

mtype = { FREE, LIVES, ZOMBIE };                /* is[] */
mtype = { PROGRAM, GUARD, STRANGER };           /* what[] */
mtype = { PID1, SUPERVISORD, ITS_GUARD };       /* parent[] */
mtype = { EXITED, DRAINED };

#define BADLY   0                   /* how it ended */
#define WELL    1
#define UNKNOWN 2

mtype is[PIDS + 1] = FREE, what[PIDS + 1] = STRANGER, parent[PIDS + 1] = PID1;
byte how[PIDS + 1];
chan link = [LINK] of { mtype, byte, byte, byte };
                                    /* EXITED pid how (see STAMP);
                                       DRAINED era */
bit try_sent;                       /* TRY is on its way to pid1 */

mtype sup = FREE;                   /* the process supervisord */
byte era;                           /* its name: they are counted */
bit cut;                            /* it was killed, and is to notice */
bit guard_cut;
byte guard_pid;
bit fault;                          /* pid1 was hit */

/* The ledger: one record, and its place on the board */

byte life;                          /* life.pid */
byte due;                           /* phase.launch - life.exits, modulo 4:
                                       1 and pid 0: to be launched */
byte ending;                        /* BADLY to begin with */
byte board;                         /* main: 0, a pid, or … */
#define ENDED(h) (100 + (h))

/* Ghosts */

byte launched;                      /* STAMPED: in which era */
bit open_run;                       /* started, not counted yet */
byte truth;                         /* how its program has really ended */
bit finished;
byte blows;
bit calm;

/* What holds of number i */
#define lives(i)      (is[i] == LIVES)
#define ours(i)       (lives(i) && what[i] != STRANGER)
#define program(i)    (lives(i) && what[i] == PROGRAM)
#define dead_guard(i, who) \
	(is[i] == ZOMBIE && what[i] == GUARD && parent[i] == who)
#if PIDS > 2
#define ANY(that)     (that(1) || that(2) || that(3))
#define ANY_OF(that, who) (that(1, who) || that(2, who) || that(3, who))
#define GUARD_DIED(who) \
	(dead_guard(1, who) || dead_guard(2, who) || dead_guard(3, who))
#else
#define ANY(that)     (that(1) || that(2))
#define ANY_OF(that, who) (that(1, who) || that(2, who))
#define GUARD_DIED(who) (dead_guard(1, who) || dead_guard(2, who))
#endif
#define is_free(i)    (is[i] == FREE)

/* A guard's program becomes its parent's child when the guard is dead, and
 * stands behind it in the list that waitid(2) goes through. */
#define to_reap(i, who) \
	(is[i] == ZOMBIE && parent[i] == who && \
	 !(what[i] == PROGRAM && GUARD_DIED(who)))

#if PIDS > 2
#define PICK(n, that) \
	if :: that(1) -> n = 1 :: that(2) -> n = 2 :: that(3) -> n = 3 fi
#define PICK_OF(n, that, who) \
	if :: that(1, who) -> n = 1 :: that(2, who) -> n = 2 \
	:: that(3, who) -> n = 3 fi
#else
#define PICK(n, that) if :: that(1) -> n = 1 :: that(2) -> n = 2 fi
#define PICK_OF(n, that, who) \
	if :: that(1, who) -> n = 1 :: that(2, who) -> n = 2 fi
#endif

/* What pid1 says with an exit: STAMPED, the era in which it was reaped, where
 * an era ends with the life of its supervisord; else a ghost: is there a
 * supervisord that will read it soon? */
#ifdef STAMPED
#define STAMP        (era + (sup != LIVES))
#else
#define STAMP        (sup == LIVES)
#endif

/* clone(2). Numbers that are free are given out in turn, so one comes again
 * only when all others have been used. That it does not happen in the moment
 * between the end of its last owner and the reading of that by a supervisord
 * that runs is assumed; AT_ONCE lifts that. */
#ifdef AT_ONCE
#define to_give(i)   is_free(i)
#else
#define to_give(i)   (is_free(i) && !link??[EXITED(i, BADLY, 1)] && \
                      !link??[EXITED(i, WELL, 1)])
#endif

inline clone(n, kind, whose)
{
	PICK(n, to_give);
	assert(!ANY(program));              /* one */
	assert(!finished);                  /* done */
	is[n] = LIVES; what[n] = kind; parent[n] = whose
}

inline release(n)                           /* reap_release() */
{
	d_step {
		is[n] = FREE; what[n] = STRANGER; parent[n] = PID1;
		how[n] = BADLY; n = 0
	}
}

/* pid1. A peek has no effect, so it is one step with what follows it. */

active proctype pid1()
{
	byte runs;                          /* p->supervisord: an era, or 0 */
	bit drained;                        /* p->drained */
	byte z, p, h, r;

	do
	:: {
		do
		/* image_start(): clone stores the pid */
		:: runs == 0 && sup == FREE ->
			d_step {
				era++; sup = LIVES; runs = era; drained = false
			}
		/* reap_supervisord(): image_died(), then reap_release() */
#ifdef SUPERVISORD_REAPED_FIRST
		:: runs != 0 && sup == ZOMBIE && !cut -> sup = FREE; runs = 0
#else
		:: runs != 0 && sup == ZOMBIE && !cut -> runs = 0; sup = FREE
		:: runs == 0 && sup == ZOMBIE -> sup = FREE
#endif
		/* reap(), exit_pass_on(): peek, send, reap */
#ifdef PID1_REAPS_FIRST
		:: atomic {
			nfull(link) && ANY_OF(to_reap, PID1) ->
			PICK_OF(z, to_reap, PID1);
			p = z; h = how[z]; r = STAMP; release(z)
		   };
		   link!EXITED(p, h, r);
		   d_step { p = 0; h = 0; r = 0 }
#else
		:: atomic {
			nfull(link) && ANY_OF(to_reap, PID1) ->
			PICK_OF(z, to_reap, PID1);
			link!EXITED(z, how[z], STAMP)
		   };
		   release(z)
#endif
#ifdef DROP_WHEN_FULL
		:: atomic {
			full(link) && ANY_OF(to_reap, PID1) ->
			PICK_OF(z, to_reap, PID1); release(z)
		   }
#endif
		/* reap(), when no zombie is left */
		:: atomic {
			nfull(link) && runs != 0 && !drained &&
			!ANY_OF(to_reap, PID1) -> link!DRAINED(runs, 0, 0)
		   };
		   drained = true
		/* orders_receive(), image_try() */
		:: try_sent -> d_step { drained = false; try_sent = false }
		od
	} unless { fault }                  /* fault_handle(), image_exec() */
		d_step { fault = false; z = 0; p = 0; h = 0; r = 0 }
	od
}

/* supervisord */

/* Whose end it is: not that of a child of our own. STAMPED: of one that was
 * started in an earlier era than the one in which it was reaped. */
#ifdef STAMPED
#define ABOUT_IT    (launched < r)
#define NOTE_ERA    launched = era
#else
#define ABOUT_IT    !own
#define NOTE_ERA    skip
#endif
#ifdef ANY_DRAINED
#define FOR_US(n)   true
#else
#define FOR_US(n)   (n == era)
#endif
#ifdef NO_INTENT
#define TO_LAUNCH   (due != 0 || ending != WELL)
#define AFTERWARDS(store) store
#else
#define TO_LAUNCH   (due != 0)
#define AFTERWARDS(store) skip
#endif
#ifdef PID_BY_US
#define KERNEL_STORES(store) skip
#define PARENT_STORES(store) store
#else
#define KERNEL_STORES(store) store
#define PARENT_STORES(store) skip
#endif
#ifdef GUARDED
#define STARTED     GUARD
#else
#define STARTED     PROGRAM
#endif

/* publish_end(): the last store commits it */
inline publish_end(h)
{
#ifdef TWO_STORES
	ending = h;
	life = 0;
#else
#ifndef ENDING_LAST
	ending = h;
#endif
#endif
	d_step {
		assert(open_run && !ANY(ours));     /* count */
#ifndef ENDING_LAST
		assert(ending == truth);
		finished = ending == WELL;
#endif
		open_run = false;
		life = 0; due = (due + 3) % 4
	};
#ifdef ENDING_LAST
	ending = h
#endif
}

/* life_ended() */
inline life_ended(h)
{
	if
#ifdef GUARDED
	:: board > 0 && board < ENDED(0) && board != life ->
#ifdef NO_ADOPTION
		publish_end(h)
#else
		life = board                /* publish_adopted() */
#endif
	:: board >= ENDED(0) -> h = board - ENDED(0); publish_end(h)
	:: else -> publish_end(h)
#else
	:: true -> publish_end(h)
#endif
	fi
}

inline take()
{
	d_step { link?_(_, _, _); p = 0; h = 0; r = 0 }
}

/* link_receive(), one message: peek, record, take. on_message(),
 * child_ended(), pid_find() decide whose end it is. */
inline observe_message()
{
	if
	:: atomic {
		link?[DRAINED] -> link?<DRAINED(p, h, r)>;
		drained = drained || FOR_US(p)
	   };
	   take()
	:: atomic { link?[EXITED] -> link?<EXITED(p, h, r)>;
		if
		:: life == p && ABOUT_IT
		:: else -> p = 0
		fi
	   };
#ifdef TAKE_FIRST
	   link?_(_, _, _);
	   if
	   :: p != 0 -> life_ended(h)
	   :: else
	   fi;
	   d_step { p = 0; h = 0; r = 0 }
#else
	   if
	   :: p != 0 -> life_ended(h)
	   :: else
	   fi;
	   take()
#endif
	fi
}

inline find_own()                           /* waitid(2) tells */
{
#ifdef NO_FIND_OWN
	skip
#else
	own = life != 0 && is[life] != FREE && parent[life] == SUPERVISORD
#endif
}

active proctype supervisord()
{
	byte p, h, r, z;
	bit own, drained;

	do
	:: sup == LIVES && !cut -> {
		skip;
boot:		skip;
		/* resume(): link_wait(&drained), find_own() */
		d_step {
			drained = false; own = false;
#ifdef STAMPED
			own = life != 0 && launched == era
#endif
		};
#ifdef NO_DRAIN
		drained = true;
#endif
		do
		:: !drained && nempty(link) -> observe_message()
		:: drained -> break
		od;
#ifndef STAMPED
		find_own();
#endif
		/* processes_check() */
		if
		:: life != 0 && is[life] == FREE ->
			z = life;
			do
			:: nempty(link) -> observe_message()
			:: empty(link) -> break
			od;
			if
			:: life == z -> h = UNKNOWN; publish_end(h)
			:: else
			fi;
			d_step { z = 0; h = 0 }
		:: else
		fi;
		do
		/* children_reap(): peek, record, release */
		:: atomic {
			ANY_OF(to_reap, SUPERVISORD) ->
			PICK_OF(z, to_reap, SUPERVISORD);
			h = how[z];
			if
			:: life == z && own -> p = z
			:: else
			fi
		   };
#ifdef REAP_FIRST
		   release(z);
#endif
		   if
		   :: p != 0 -> life_ended(h)
		   :: else
		   fi;
#ifdef REAP_FIRST
		   d_step { h = 0; p = 0 }
#else
		   atomic { release(z); h = 0; p = 0 }
#endif
		/* link_receive() */
		:: nempty(link) -> observe_message()
		/* settle(), publish_change(): a launch is due */
#ifndef NO_INTENT
		:: life == 0 && due == 0 && ending != WELL -> due = 1
#endif
		/* spawn(): publish_launch(), then clone */
		:: life == 0 && TO_LAUNCH && ANY(to_give) && !guard_cut ->
#ifndef NO_CLEARING
			board = 0;
#endif
			if
			:: atomic {
				ANY(to_give) ->
				clone(z, STARTED, SUPERVISORD);
				assert(!open_run);          /* count */
				open_run = true; truth = UNKNOWN;
				NOTE_ERA;
#ifdef GUARDED
				guard_pid = z;
#endif
				KERNEL_STORES(life = z);
				own = true
			   };
			   PARENT_STORES(life = z);
			   AFTERWARDS(due = 1);
			   z = 0
			:: !ANY(to_give)                    /* SPAWN_REFUSED */
			fi
		/* upgrade_try(): TRY, then exec: the same process again */
		:: d_step {
			!calm && !try_sent && blows < BLOWS ->
			blows++; try_sent = true
		   };
		   goto boot
		od
	} unless { cut } ->
		d_step {
			cut = false; p = 0; h = 0; r = 0; z = 0;
			own = false; drained = false
		}
	:: cut -> cut = false
	od
}

/* guard.c */

#ifdef GUARDED
#define its_dead(i)  (is[i] == ZOMBIE && parent[i] == ITS_GUARD)
active proctype guard()
{
	byte m;

	do
	:: guard_pid != 0 && !guard_cut -> {
		/* start(), spawn_guarded() */
		atomic {
			ANY(to_give) -> clone(m, PROGRAM, ITS_GUARD);
#ifndef GUARD_PID_BY_US
			board = m
#endif
		};
#ifdef GUARD_PID_BY_US
		board = m;
#endif
		/* reap(), main_has_ended(): peek, record, release */
		its_dead(m);
#ifdef GUARD_REAPS_FIRST
		release(m);
#endif
		board = ENDED(how[m]);
#ifndef GUARD_REAPS_FIRST
		release(m);
#endif
		/* go_on(): is_over(), sys_exit(0) */
		d_step {
			is[guard_pid] = ZOMBIE; how[guard_pid] = WELL;
			guard_pid = 0; m = 0
		}
	} unless { guard_cut } -> d_step { guard_cut = false; m = 0 }
	:: guard_cut -> guard_cut = false
	od
}
#endif

/* Events: programs end, strangers come and go, and so many blows
 * fall. Then all is calm. */

inline die(n, h)
{
	d_step {
		is[n] = ZOMBIE; how[n] = h;
		if
		:: what[n] == PROGRAM -> truth = h; finished = h == WELL
		:: else
		fi
	}
}

/* The kernel gives the children to the process that adopts them. */
inline kill_supervisord(i)
{
	d_step {
		blows++; sup = ZOMBIE; cut = true;
		i = 1;
		do
		:: i <= PIDS ->
			if
			:: parent[i] == SUPERVISORD -> parent[i] = PID1
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

inline kill_guard(i)
{
	d_step {
		blows++; guard_cut = true;
		is[guard_pid] = ZOMBIE; how[guard_pid] = BADLY;
		if
		:: board == 0 -> truth = BADLY
		:: else
		fi;
		i = 1;
		do
		:: i <= PIDS ->
			if
			:: parent[i] == ITS_GUARD -> parent[i] = parent[guard_pid]
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0; guard_pid = 0
	}
}

#define stranger(i)  (lives(i) && what[i] == STRANGER)
#define mortal(i)    (lives(i) && what[i] != GUARD)
active proctype fate()
{
	byte i;

	do
	:: atomic { ANY(mortal) -> PICK(i, mortal); die(i, BADLY); i = 0 }
	:: atomic { ANY(program) -> PICK(i, program); die(i, WELL); i = 0 }
	:: atomic { ANY(is_free) -> PICK(i, is_free);
		d_step { is[i] = LIVES; what[i] = STRANGER; parent[i] = PID1; i = 0 } }
	:: atomic { blows < BLOWS && sup == LIVES && !cut -> kill_supervisord(i) }
	:: atomic {
		blows < BLOWS && guard_pid != 0 && !guard_cut -> kill_guard(i)
	   }
	:: atomic { blows < BLOWS && !fault -> blows++; fault = true }
	:: calm = true -> break
	od;
	do                                  /* there are numbers again */
	:: atomic { ANY(stranger) -> PICK(i, stranger); die(i, BADLY); i = 0 }
	:: !ANY(stranger) -> break
	od
}

#define up    (life != 0 && ANY(program) && is[life] == LIVES)
#define done  (finished && !open_run && life == 0)

#ifndef FORMULA
/* When nothing moves any more */
active proctype audit()
{
	timeout -> assert(up || done)
}
#endif

ltl rises { [](calm -> <>(up || done)) }
