/* SPDX-License-Identifier: MIT */
/* The hand-over, part two: another image of supervisord takes over, with
 * another ledger or with the same; or it dies on the way, and the former one
 * goes on.
 *
 * Read supervisord/upgrade/upgrade.c first, and handover/exits.pml for how these
 * models are written: one statement is one system call or one store that others
 * can see, and each process that can be killed is killed between any two.
 *
 * The model has two images, of the same configuration or of two; two
 * requests EXEC; one service, which ends at most DEATHS times and is to be up.
 * An image that hangs is one that is killed. A request that supervisord has
 * read when it is killed is sent again by the client (conctl/change/exchange.c),
 * so reading it is one step with the following one.
 * It leaves out pids that are reused and guards (exits.pml); services that
 * the other configuration does not have.
 *
 * What has to hold, in all orders:
 *   one     one process of the service at most, none forgotten
 *   pair    in the end the image in force, the ledger in force and the
 *           supervisord that runs belong together
 *   answer  each request is answered, with what is true: 0 if and only if the
 *           image that it named was adopted; if it is answered again, the same
 *   up      when blows no longer fall, the service is up
 *
 * With -DBAD the image that is asked for is bad: it dies by itself again and
 * again, before it is adopted or after that, at any step (pid1/probation.c; the
 * last resort, the former ledger, is not modelled). Then also
 *   left    in the end another image is in force
 * and what was answered before the roll-back may be taken back.
 *
 * With -DFAULTS pid1 is hit by faults as well, and goes on by exec (reexec.c).
 * Then it has to peek, handle and take the messages of supervisord, as that
 * one does; and KEPT has to say which ADOPTED it answers (its request), as it
 * may be said twice.
 */

#ifndef BLOWS
#define BLOWS 2
#endif
#ifndef REQUESTS
#define REQUESTS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#define PROBATION_DEATHS 2

mtype = { FREE, LIVES, ZOMBIE };
mtype = { TRY, ADOPTED, LEDGER, DRAINED, KEPT, EXITED, STOOD };

#define NONE 9

/* Answers */
#define ADOPTED_IT 1
#define CANCELLED  2
#define BUSY       3
#define CANNOT     4

/* The ledgers: at most two are of interest at a time. */
typedef ledger {
	bit config;                         /* whose it is */
	byte exec_id, exec_images;
	byte images;                        /* report.images, by pid1 */
	byte life = 1;                      /* which process; 0: none */
};
ledger ledgers[2];

bit config_of[2];                           /* of each image */

chan up = [2] of { mtype, byte, byte, byte };   /* to pid1: … */
    /* TRY era image (ghost: request), ADOPTED era request ledger,
       LEDGER era ledger, STOOD era */
chan down = [2] of { mtype, byte, byte };       /* … and back: */
    /* EXITED process, DRAINED era, KEPT era request */
chan requests = [2] of { byte, bit };           /* EXEC: id, image */
#define SAME 8                              /* instead of a ledger: the image
                                               could not be run */

/* Held by pid1 */
byte fd_ledger;                             /* 100 */
byte fd_image;                              /* 105 */
byte fd_candidate = NONE;                   /* 109 */
byte fd_former = NONE;                      /* 98 */
byte former_ledger = NONE;                  /* 99 */

/* Probation, as the ledger has it */
#define ON       1
#define RESTORED 2
byte stage, counted;

/* The processes */
mtype sup = FREE;
byte era;
bit image;                                  /* what supervisord runs */
bit its_ledger;                             /* its descriptor 100 */
bit cut, fault;
bit by_itself;                              /* it has died, not been killed */
mtype service = LIVES;
byte serial = 1;                            /* how many there have been */
bit orphan = true;                          /* it is a child of pid1 */

/* Ghosts */
byte answered[3];
bit won[3];                                 /* was the image adopted? */
byte wants;                                 /* whose the candidate is */
byte asked, blows, deaths, crashes;
bit calm;
bit bad[2];                                 /* each image */
bit restored;                               /* one was rolled back */

inline answer(id, what)
{
	d_step {
		assert((what == ADOPTED_IT) == won[id]);        /* answer */
		assert(answered[id] == 0 || answered[id] == what ||
		       restored && what == CANCELLED);
		answered[id] = what
	}
}

/* pid1 */

inline image_adopt()
{
#ifndef NO_KEEPING
	if                                          /* probation_keep() */
	:: fd_candidate != NONE && l != SAME && !former_kept ->
		fd_former = fd_image;
		former_ledger = fd_ledger;
#ifndef KEPT_AGAIN
		former_kept = true
#endif
	:: else
	fi;
#endif
	if
	:: l < 2 -> fd_ledger = l                   /* dup3(2) */
	:: else
	fi;
	if
	:: fd_candidate != NONE && l != SAME ->
		d_step {                            /* dup3(2) */
			fd_image = fd_candidate;
			assert(answered[wants] == 0 ||      /* answer */
			       answered[wants] == ADOPTED_IT);
			won[wants] = true
		};
		d_step {                            /* probation_begin() */
			images++; fd_candidate = NONE;
			former_kept = false;
			stage = ON; counted = 0
		}
	:: else -> fd_candidate = NONE
	fi;
	d_step {                                    /* report_write() */
#ifdef COUNT_FROM_ADOPTED
		counted = 0;
#endif
		adopted = true; owes = true; token = id;
		ledgers[fd_ledger].images = images
	}
}

/* probation_died() */
#ifdef NO_COUNT
#define COUNTS false
#else
#define COUNTS (by_itself && stage != 0 && fd_candidate == NONE)
#endif
inline image_fell()
{
	if
	:: COUNTS && counted < PROBATION_DEATHS -> counted++
	:: else
	fi;
	if
	:: counted == PROBATION_DEATHS && stage == ON && fd_former != NONE ->
		fd_image = fd_former;               /* dup3(2) */
		d_step {
			stage = RESTORED; counted = 0; restored = true;
#ifndef IMAGES_STAY
			images--;
#endif
			won[wants] = false
		};
#ifdef NO_MERGE
		fd_ledger = former_ledger;
#endif
		ledgers[fd_ledger].images = images
	:: else
	fi
}

/* orders_receive(), order_do(): one message */
#ifdef PID1_TAKES_FIRST
#define PEEK    up?kind(e, id, l)
#define TAKE    skip
#else
#define PEEK    up?<kind(e, id, l)>
#define TAKE    up?_(_, _, _)
#endif
inline receive()
{
	atomic {
		PEEK;
		if
		:: e != runs -> kind = 0            /* from one that is dead */
		:: else
		fi
	};
	if
	:: kind == TRY ->                           /* image_try() */
		d_step {
			fd_candidate = id; wants = l; former_kept = false;
			adopted = false; drained = false
		}
	:: kind == ADOPTED -> image_adopt()
	:: kind == STOOD && stage != 0 ->           /* probation_stood() */
		d_step { stage = 0; fd_former = NONE; former_ledger = NONE }
	:: kind == LEDGER ->
		d_step { fd_ledger = l; ledgers[l].images = images }
	:: else
	fi;
	d_step { TAKE; kind = 0; e = 0; id = 0; l = 0 }
}

proctype pid1()
{
	byte runs;                          /* p->supervisord: an era, or 0 */
	bit adopted, drained, owes, former_kept;    /* p->… */
	byte images, token;
	mtype kind = 0;
	byte e, id, l;

	do
	:: {
		do
		:: nempty(up) -> receive()
		/* orders_answer() */
		:: atomic { owes && runs != 0 && nfull(down) ->
			down!KEPT(runs, token) };
		   owes = false
		/* image_start() */
		:: d_step { runs == 0 && sup == FREE ->
			assert(config_of[fd_image] ==       /* pair */
			       ledgers[fd_ledger].config ||
			       stage == RESTORED);
			era++; sup = LIVES; runs = era; adopted = false;
			drained = false; image = fd_image; its_ledger = fd_ledger }
		/* reap_supervisord(), image_died() */
		:: runs != 0 && sup == ZOMBIE && !cut ->
#ifndef START_BEFORE_READING
			do
			:: nempty(up) -> receive()
			:: empty(up) -> break
			od;
#endif
			image_fell();
			d_step { fd_candidate = NONE; former_kept = false };
#ifndef KEPT_STAYS_OWED
			owes = false;
#endif
			runs = 0; sup = FREE
		:: runs == 0 && sup == ZOMBIE -> sup = FREE
		/* reap(): exit_pass_on(), DRAINED */
		:: atomic { service == ZOMBIE && orphan && nfull(down) ->
			down!EXITED(serial, 0) };
		   service = FREE
		:: atomic { runs != 0 && !drained && nfull(down) &&
			    !(service == ZOMBIE && orphan) ->
			down!DRAINED(runs, 0) };
		   drained = true
		od
	} unless { fault }                  /* fault_handle(), image_exec() */
		d_step { fault = false; kind = 0; e = 0; id = 0; l = 0 }
	od
}

/* supervisord */

#define mine ledgers[my]
#if defined(FAULTS) && !defined(NO_TOKEN)
#define TOKEN_FITS(n) (n == token)
#else
#define TOKEN_FITS(n) true
#endif
#ifdef TRY_BEFORE_KEPT
#define MAY_TRY     adopted
#else
#define MAY_TRY     kept
#endif
#define NOT_SENT    7

inline exit_recorded(n)                     /* publish_end() */
{
	if
	:: mine.life == n -> mine.life = 0
	:: else
	fi
}

inline observe_message()                    /* link_receive() */
{
	atomic {
		down?<kind(e, n)>;
		if
		:: kind == EXITED -> exit_recorded(e)
		:: kind == DRAINED -> drained = drained || e == era
		:: kind == KEPT && e == era && TOKEN_FITS(n) ->
			kept = true;                /* upgrade_kept() */
			if
			:: mine.exec_id == 0
			:: mine.exec_id != 0 && mine.images != mine.exec_images ->
				answer(mine.exec_id, ADOPTED_IT)
			:: mine.exec_id != 0 && mine.images == mine.exec_images ->
				answer(mine.exec_id, CANCELLED)
			fi
		:: else -> kind = 0
		fi
	};
	if
	:: kind == KEPT -> d_step { mine.exec_id = 0; mine.exec_images = 0 }
	:: else
	fi;
	d_step { down?_(_, _); kind = 0; e = 0; n = 0 }
}

inline act()
{
	if
	/* children_reap() */
	:: service == ZOMBIE && !orphan -> exit_recorded(serial);
		service = FREE
	/* spawn() */
	:: d_step { mine.life == 0 && service != ZOMBIE ->
		assert(service == FREE);            /* one */
		serial++; service = LIVES; orphan = false;
		mine.life = serial }
	fi
}
#define TO_DO (service == ZOMBIE && !orphan || \
	mine.life == 0 && service != ZOMBIE)


proctype supervisord()
{
	bit my, merged, adopted, kept, drained, same, stood;
	byte token = NOT_SENT, e, n;
	mtype kind = 0;

	do
	:: sup == LIVES && !cut -> {
		skip;
boot:		skip;
		d_step {
			my = its_ledger; token = NOT_SENT; same = false;
			merged = false; adopted = false; kept = false;
			drained = false; stood = false; e = 0; n = 0;
			/* open_ledger(), upgrade_merge(): into memory that is
			 * nobody's yet */
			if
			:: mine.config != config_of[image] ->
				ledgers[1 - my].config = config_of[image];
				ledgers[1 - my].exec_id = mine.exec_id;
				ledgers[1 - my].exec_images = mine.exec_images;
				ledgers[1 - my].images = mine.images;
				ledgers[1 - my].life = mine.life;
				my = 1 - my; merged = true
			:: else ->                  /* nobody's */
				ledgers[1 - my].config = 0;
				ledgers[1 - my].exec_id = 0;
				ledgers[1 - my].exec_images = 0;
				ledgers[1 - my].images = 0;
				ledgers[1 - my].life = 0
			fi
		};
#ifdef ACT_BEFORE_COMMIT
		do
		:: TO_DO -> act()
		:: break
		od;
#endif
		if
		:: merged ->                        /* upgrade_commit() */
			token = mine.exec_id;
#ifdef TWO_MESSAGES
			up!ADOPTED(era, token, NONE);
			up!LEDGER(era, 0, my);
#else
			up!ADOPTED(era, token, my);
#endif
			adopted = true;
			do
			:: !kept && nempty(down) -> observe_message()
			:: kept -> break
			od;
			its_ledger = my
		:: else
		fi;
		/* resume() */
		do
		:: !drained && nempty(down) -> observe_message()
		:: drained -> break
		od;
		do
		:: TO_DO -> act()
		:: nempty(down) -> observe_message()
		/* news_send() */
		:: !adopted && nfull(up) ->
			token = mine.exec_id;
			if
			:: same -> up!ADOPTED(era, token, SAME)
			:: else -> up!ADOPTED(era, token, NONE)
			fi;
			adopted = true
		/* probation_is_over() */
		:: kept && !stood && stage != 0 && !bad[image] && nfull(up) ->
			up!STOOD(era, 0, 0); stood = true
		/* requests_read(), upgrade_try() */
		:: nempty(requests) && !MAY_TRY ->
			d_step { requests?n(e); answer(n, BUSY); n = 0; e = 0 }
		:: nempty(requests) && MAY_TRY && nfull(up) ->
			mine.exec_images = mine.images;
			d_step { requests?n(e); mine.exec_id = n };
			up!TRY(era, e, n);
			if
			:: d_step { image = e; n = 0; e = 0 };  /* exec(2) */
			   goto boot
			:: d_step {                         /* stay() */
				mine.exec_id = 0; mine.exec_images = 0;
				answer(n, CANNOT);
				n = 0; e = 0
			   };
			   same = true; adopted = false; kept = false
			fi
		od
	} unless { cut } ->
		d_step {
			cut = false; my = 0; merged = false; adopted = false;
			kept = false; drained = false; same = false;
			stood = false;
			token = NOT_SENT; e = 0; n = 0; kind = 0
		}
	:: cut -> cut = false
	od
}

init
{
	atomic {
		if
		:: config_of[1] = 0
		:: config_of[1] = 1
		fi;
#ifdef BAD
		bad[1] = true;
		run crash();
#endif
		asked = 1; requests!1(1);
		if
#if REQUESTS > 1
		:: asked = 2; requests!2(0)
		:: asked = 2; requests!2(1)
#endif
		:: skip
		fi;
		run pid1(); run supervisord(); run fate()
#ifndef FORMULA
		; run audit()
#endif

	}
}

proctype fate()
{
	do
	:: d_step { deaths < DEATHS && service == LIVES ->
		deaths++; service = ZOMBIE }
	:: d_step { blows < BLOWS && sup == LIVES && !cut ->
		blows++; sup = ZOMBIE; cut = true; orphan = true;
		by_itself = false }
#ifdef FAULTS
	:: d_step { blows < BLOWS && !fault -> blows++; fault = true }
#endif
	:: calm = true -> break
	od
}

/* As often as it takes: not only until fate is calm. */
proctype crash()
{
	do
	:: d_step { crashes < PROBATION_DEATHS && bad[image] && sup == LIVES &&
		    !cut ->
		crashes++; sup = ZOMBIE; cut = true; orphan = true;
		by_itself = true }
	od
}

#define pair (image == fd_image && its_ledger == fd_ledger && \
	config_of[fd_image] == ledgers[fd_ledger].config)
#define up_again (sup == LIVES && service == LIVES && \
	ledgers[fd_ledger].life == serial)
#define all_told ((asked < 1 || answered[1] != 0) && \
	(asked < 2 || answered[2] != 0))

#ifndef FORMULA
/* When nothing moves any more */
proctype audit()
{
	timeout -> assert(pair); assert(up_again); assert(all_told);
	assert(!bad[image])                         /* left */
}
#endif

ltl rises { [](calm -> <>(pair && up_again && all_told)) }
