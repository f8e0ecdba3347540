/* SPDX-License-Identifier: MIT */
/* The hand-over, part three: a session, where connate is not PID 1 and may be
 * killed like supervisord, which then becomes connate (succession.c). And
 * the same session is started again meanwhile, with the same lock file.
 *
 * Read handover/exits.pml first for how these models are written.
 *
 * The model has connate and supervisord, each killed between any two
 * steps, BLOWS times in all, also both at once; one service, which ends at
 * most DEATHS times; and one more session, which takes the lock if it can. As
 * little of that one as matters to ours: it finds what runs (earlier.c), watches
 * it, and keeps the service up.
 * It leaves out pids that are reused, guards, upgrades (the other models);
 * a session without a lock file, which can promise nothing.
 *
 * The lock file has two parts. LOCK_CONNATE is held by connate, and tells which process
 * that is. LOCK_OWN is held by each supervisord, so that while one of the two
 * lives, no other session can begin; that one needs both.
 *
 * What has to hold, in all orders:
 *   one     one process of the service at most
 *   status  an end that connate has passed on is written down as that
 *   up      when no more kills come and a process is left, the service is up
 */

#ifndef BLOWS
#define BLOWS 3
#endif
#ifndef DEATHS
#define DEATHS 2
#endif

mtype = { FREE, LIVES, ZOMBIE };                /* processes */
mtype = { NOBODY, CONNATE, SUPERVISORD, OTHERS, INIT }; /* of what */
mtype = { EXITED, DRAINED };

mtype connate = LIVES, sup = FREE;
bit connate_cut, sup_cut;
mtype lock_connate = CONNATE, lock_own = NOBODY;

mtype service = FREE, parent = NOBODY;
byte serial;                                /* how many there have been */
bit execed;                                 /* it has its own environment, and
                                               the ledger no longer */
bit passed_on;                              /* ghost: EXITED was sent of it */

chan link = [1] of { mtype, byte };         /* EXITED process; DRAINED era */
byte era;
bit drained_said;                           /* p->drained */
bit reaped = true;                          /* p->supervisord is 0 */

byte life;                                  /* the ledger: which; 0: none */
byte their_life;
bit others, calm;
byte blows, deaths;

inline clone(whose)
{
	assert(service != LIVES);                   /* one */
	serial++; service = LIVES; parent = whose; passed_on = false;
	execed = false
}

/* connate, whichever process that is */

proctype connate_runs()
{
	byte ours;

	do
	:: connate == LIVES && !connate_cut -> {
		/* succeed(): what supervisord had locked */
		d_step {
			if
			:: lock_own == CONNATE -> lock_own = NOBODY
			:: else
			fi
		};
		do
		/* image_start() */
		:: d_step { reaped && sup == FREE && !sup_cut ->
			sup = LIVES; era++; reaped = false;
			drained_said = false }
		/* reap_supervisord() */
		:: d_step { sup == ZOMBIE && !sup_cut ->
			sup = FREE; reaped = true }
		/* exit_pass_on(): peek, send, reap */
		:: atomic { service == ZOMBIE && parent == CONNATE &&
			nfull(link) -> link!EXITED(serial); passed_on = true };
		   d_step { service = FREE; parent = NOBODY }
		:: atomic { !reaped && !drained_said && nfull(link) &&
			!(service == ZOMBIE && parent == CONNATE) ->
			link!DRAINED(era) };
		   drained_said = true
		od
	} unless { connate_cut } -> connate_cut = false
	:: connate_cut -> connate_cut = false
	od
}

/* supervisord */

/* publish_end() */
inline ended(n, known)
{
	if
	:: life == n ->
		assert(known || !passed_on || n != serial); /* status */
		life = 0
	:: else
	fi
}

inline observe_message()                    /* link_receive() */
{
	link?<kind(n)>;
	if
	:: kind == EXITED -> ended(n, true)
	:: kind == DRAINED -> drained = drained || n == era
	fi;
	d_step { link?_(_); kind = 0; n = 0 }
}

#define hung_up     (connate != LIVES)
#ifdef HANGS_UP_AT_ONCE
#define HEARD_ALL   true
#else
#define HEARD_ALL   empty(link)
#endif
#ifdef NO_LOCK
#define LOCK_IS_FREE true
#define TAKE_LOCK   skip
#else
#define LOCK_IS_FREE (lock_connate == NOBODY)
#define TAKE_LOCK   lock_connate = SUPERVISORD
#endif

proctype supervisord()
{
	bit drained;
	mtype kind = 0;
	byte n;

	do
	:: sup == LIVES && !sup_cut -> {
#ifndef NO_OWN_LOCK
		/* resume(): before anything is done */
		d_step { lock_own == NOBODY -> lock_own = SUPERVISORD };
#endif
		do
		:: !drained && nempty(link) -> observe_message()
		:: drained || hung_up && empty(link) -> break
		od;
		skip;
		do
		/* children_reap(): peek, record, release */
		:: service == ZOMBIE && parent == SUPERVISORD ->
			ended(serial, true);
			d_step { service = FREE; parent = NOBODY }
		:: nempty(link) -> observe_message()
#ifndef NO_WATCH
		/* orphan_read(): link_receive() first */
		:: life != 0 && (life != serial || service == FREE) &&
		   empty(link) -> ended(life, false)
#endif
		/* spawn() */
		:: d_step { life == 0 && service != ZOMBIE ->
			clone(SUPERVISORD); life = serial }
		/* succession_try(): lock_take_all(), which is tried again */
		:: d_step { hung_up && HEARD_ALL && LOCK_IS_FREE ->
			TAKE_LOCK };
		   d_step {                         /* exec(2), keep_link() */
			connate = LIVES; sup = FREE; reaped = true;
			drained = false;
			if
			:: parent == SUPERVISORD -> parent = CONNATE
			:: else
			fi;
			if
			:: lock_own == SUPERVISORD -> lock_own = CONNATE
			:: else
			fi;
			if
			:: lock_connate == SUPERVISORD -> lock_connate = CONNATE
			:: else
			fi;
			if
			:: len(link) > 0 -> link?_(_)
			:: len(link) == 0
			fi
		   };
		   break
		od;
		skip
	} unless { sup_cut } ->
		d_step { sup_cut = false; drained = false; kind = 0; n = 0 }
	:: sup_cut -> sup_cut = false
	od
}

/* Another session: its connate and its supervisord as one */

inline look(stage)
{
	d_step {
		if
		:: service == LIVES && execed == stage -> their_life = serial
		:: else
		fi
	}
}

proctype other_session()
{
	if
	:: calm -> goto done
	:: skip
	fi;
	/* keep_lock(), or lock_refused() */
#ifdef NO_LOCK
	others = true;
#else
#ifdef NO_OWN_LOCK
	d_step {
		if
		:: lock_connate == NOBODY -> lock_connate = OTHERS; others = true
		:: else
		fi
	};
#else
	d_step {
		if
		:: lock_connate == NOBODY && lock_own == NOBODY ->
			lock_connate = OTHERS; lock_own = OTHERS; others = true
		:: else
		fi
	};
#endif
#endif
	if
	:: others
	:: else -> goto done
	fi;
#ifndef NO_LOOK
	/* earlier_find(): into the ledger that it has, then at its environment */
#ifdef ENVIRONMENT_FIRST
	look(true);
	look(false);
#else
#ifndef NO_LEDGER_LOOK
	look(false);
#endif
	look(true);
#endif
#endif
	do
	:: d_step { their_life == 0 && service != ZOMBIE ->
		clone(OTHERS); their_life = serial }
	:: their_life != 0 && (their_life != serial || service == FREE) ->
		their_life = 0
	:: service == ZOMBIE && parent == OTHERS ->
		d_step { service = FREE; parent = NOBODY; their_life = 0 }
	od;
done:	skip
}

/* Events */

/* A lock goes with its process, and the children to the process that adopts them. */
inline orphan_of(whose, heir)
{
	if
	:: parent == whose -> parent = heir
	:: else
	fi
}

proctype fate()
{
	do
	:: d_step { deaths < DEATHS && service == LIVES ->
		deaths++; service = ZOMBIE }
	:: d_step { blows < BLOWS && connate == LIVES && !connate_cut ->
		blows++; connate = FREE; connate_cut = true;
		orphan_of(CONNATE, INIT);
		if
		:: lock_connate == CONNATE -> lock_connate = NOBODY
		:: else
		fi;
		if
		:: lock_own == CONNATE -> lock_own = NOBODY
		:: else
		fi }
	:: d_step { blows < BLOWS && sup == LIVES && !sup_cut ->
		blows++; sup_cut = true;
		if
		:: connate == LIVES -> sup = ZOMBIE; orphan_of(SUPERVISORD, CONNATE)
		:: else -> sup = FREE; orphan_of(SUPERVISORD, INIT)
		fi;
		if
		:: lock_own == SUPERVISORD -> lock_own = NOBODY
		:: else
		fi;
		if
		:: lock_connate == SUPERVISORD -> lock_connate = NOBODY
		:: else
		fi }
	:: calm = true -> break
	od
}

/* The init of the machine; and the service, which comes to its exec. */
proctype others_do()
{
	do
	:: d_step { service == ZOMBIE && parent == INIT ->
		service = FREE; parent = NOBODY }
	:: d_step { service == LIVES && !execed -> execed = true }
	od
}

#define ours_is_up   (connate == LIVES && sup == LIVES && \
	service == LIVES && life == serial)
#define theirs_is_up (others && service == LIVES && their_life == serial)
#define all_dead     (connate != LIVES && sup != LIVES && !others)

#ifndef FORMULA
/* When nothing moves any more */
proctype audit()
{
	timeout -> assert(ours_is_up || theirs_is_up || all_dead)
}
#endif

init
{
	atomic {
		run connate_runs(); run supervisord(); run other_session();
		run fate(); run others_do()
#ifndef FORMULA
		; run audit()
#endif

	}
}

ltl rises { [](calm -> <>(ours_is_up || theirs_is_up || all_dead)) }
