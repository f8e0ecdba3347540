# SPDX-License-Identifier: MIT
# The tests: all speak TAP, each can be run alone. What the numbers mean is in
# t/README.md.
check_LIBRARIES += t/libmodel.a
t_libmodel_a_SOURCES = $(model_sources)

# The model, in C with libc. Those that put faults in its tables are linked
# with t/mutable.c instead of what it includes.
check_PROGRAMS += \
	t/1001-rules \
	t/1002-stories \
	t/1003-mutants \
	t/1004-worlds \
	t/1005-target \
	t/1006-ledger \
	t/1007-request \
	t/1008-index \
	t/1010-merge \
	t/1011-daylight \
	t/1012-trust \
	t/1013-moment \
	t/1014-handling \
	t/1015-stamp \
	t/1016-when \
	t/1017-overlap
check_PROGRAMS += t/4032-reaped
t_world = t/model.c t/model.h t/tap.h
t_stories = \
	$(t_world) \
	t/decision.def \
	t/decisions.c \
	t/mutable.c \
	t/mutable.h \
	t/stories.c \
	t/stories.h \
	t/story.def
t_1001_rules_SOURCES = t/1001-rules.c $(t_world)
t_1002_stories_SOURCES = t/1002-stories.c $(t_stories)
t_1003_mutants_SOURCES = t/1003-mutants.c $(t_stories)
t_1004_worlds_SOURCES = t/1004-worlds.c $(t_world) $(model_sources)
t_1005_target_SOURCES = t/1005-target.c $(t_world)
t_1006_ledger_SOURCES = t/1006-ledger.c t/guard.h $(t_world)
t_1007_request_SOURCES = t/1007-request.c t/guard.h t/tap.h
t_1008_index_SOURCES = t/1008-index.c t/guard.h $(t_world)
t_1010_merge_SOURCES = t/1010-merge.c t/guard.h $(t_world)
t_1011_daylight_SOURCES = t/1011-daylight.c t/guard.h t/tap.h
t_1012_trust_SOURCES = t/1012-trust.c t/tap.h
t_1012_trust_LDADD = t/libmodel.a
t_1017_overlap_SOURCES = t/1017-overlap.c t/tap.h
t_1017_overlap_LDADD = t/libmodel.a
t_1013_moment_SOURCES = t/1013-moment.c t/tap.h
t_1014_handling_SOURCES = t/1014-handling.c t/tap.h
t_1014_handling_LDADD = t/libmodel.a
t_1016_when_SOURCES = t/1016-when.c t/guard.h t/tap.h
t_1015_stamp_SOURCES = t/1015-stamp.c t/tap.h sys/stamp.c sys/stamp.h
t_1001_rules_LDADD = t/libmodel.a
t_1002_stories_LDADD = t/libmodel.a
t_1003_mutants_LDADD = t/libmodel.a
t_1005_target_LDADD = t/libmodel.a
t_1006_ledger_LDADD = t/libmodel.a
t_1007_request_LDADD = t/libmodel.a
t_1008_index_LDADD = t/libmodel.a
t_1010_merge_LDADD = t/libmodel.a
t_1011_daylight_LDADD = t/libmodel.a
t_1016_when_LDADD = t/libmodel.a
t_1013_moment_LDADD = t/libmodel.a
t_4032_reaped_SOURCES = t/4032-reaped.c t/tap.h sys/fd.c sys/fd.h
t_4032_reaped_LDADD = t/libmodel.a

# Some go through the model millions of times. It is optimized for that, and the
# one that does so most is optimized as one program.
$(t_libmodel_a_OBJECTS): CFLAGS = -g -O2
worlds_cflags = -g -O2 $(LTO_CFLAGS)
t_1004_worlds_CFLAGS = $(AM_CFLAGS)
t_1004_worlds_LINK = $(CC) $(AM_CFLAGS) $(worlds_cflags) -o $@
$(t_1004_worlds_OBJECTS): CFLAGS = $(worlds_cflags)

# The helpers of a CALL as a command: no test, but what one runs.
EXTRA_PROGRAMS += t/call
check_DATA = t/call$(EXEEXT)
t_call_SOURCES = t/call.c
t_call_CFLAGS = $(freestanding_cflags)
t_call_LDFLAGS = $(FREESTANDING_LDFLAGS)
t_call_LDADD = config/libcall.a $(freestanding_libs)
CLEANFILES += t/call$(EXEEXT)

# What t/9004-every-call.t runs: the killer, with libc, and its services.
EXTRA_PROGRAMS += t/kill-at t/witness
check_DATA += t/kill-at$(EXEEXT) t/witness$(EXEEXT)
t_kill_at_SOURCES = t/kill-at.c
t_witness_SOURCES = t/witness.c
t_witness_CFLAGS = $(freestanding_cflags)
t_witness_LDFLAGS = $(FREESTANDING_LDFLAGS)
t_witness_LDADD = $(freestanding_libs)
CLEANFILES += t/kill-at$(EXEEXT) t/witness$(EXEEXT)

# What flaps in t/9001-storm.t.
EXTRA_PROGRAMS += t/flap
check_DATA += t/flap$(EXEEXT)
t_flap_SOURCES = t/flap.c
t_flap_CFLAGS = $(freestanding_cflags)
t_flap_LDFLAGS = $(FREESTANDING_LDFLAGS)
t_flap_LDADD = $(freestanding_libs)
CLEANFILES += t/flap$(EXEEXT)

# The sandbox of t/4027-refused-calls.t, with libc.
EXTRA_PROGRAMS += t/refuse
check_DATA += t/refuse$(EXEEXT)
t_refuse_SOURCES = t/refuse.c
CLEANFILES += t/refuse$(EXEEXT)

# The only program of the image of t/6006-container.t.
EXTRA_PROGRAMS += t/inside
check_DATA += t/inside$(EXEEXT)
t_inside_SOURCES = t/inside.c
t_inside_CFLAGS = $(freestanding_cflags)
t_inside_LDFLAGS = $(FREESTANDING_LDFLAGS)
t_inside_LDADD = $(freestanding_libs)
CLEANFILES += t/inside$(EXEEXT)

# What t/3280-calendar.t asks, with libc.
EXTRA_PROGRAMS += t/calendar
check_DATA += t/calendar$(EXEEXT)
t_calendar_SOURCES = t/calendar.c
t_calendar_CPPFLAGS = -I $(top_srcdir)/config -iquote $(top_srcdir) \
	-DCONNATE_CHECK=1 -D_GNU_SOURCE
t_calendar_LDADD = reader/libcheck.a
CLEANFILES += t/calendar$(EXEEXT)

# What t/9008-orphans.t has an init run.
check_DATA += bench/orphans$(EXEEXT)

TEST_EXTENSIONS = .t
tap_driver = $(PERL) $(top_srcdir)/t/timed \
	env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER = $(tap_driver)
LOG_DRIVER = $(tap_driver)
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	CC='$(CC)'; export CC; \
	CFLAGS='$(CFLAGS)'; export CFLAGS; \
	CC_FOR_BUILD='$(CC_FOR_BUILD)'; export CC_FOR_BUILD; \
	READELF='$(READELF)'; export READELF; \
	STRIP='$(STRIP)'; export STRIP; \
	host_cpu='$(host_cpu)'; export host_cpu; \
	VERSION='$(VERSION)'; export VERSION;

# Those that take longest begin first, so that all processors have work to the end;
# among them those that wait more than they compute.
long_tests = \
	t/6004-debian.t \
	t/2001-machines.t \
	t/5010-hostile.t \
	t/5020-groups.t \
	t/5021-settle.t \
	t/5022-questions.t \
	t/5023-told.t \
	t/5030-metrics.t \
	t/5031-no-wake-ups.t \
	t/5032-top.t \
	t/5033-since.t \
	t/5034-last-lines.t \
	t/5040-logs.t \
	t/5041-logs-follow.t \
	t/5042-last-words.t \
	t/5043-many-logs.t \
	t/5044-history.t \
	t/5045-night.t \
	t/5046-history-bytes.t \
	t/5050-rolling.t \
	t/5012-down.t \
	t/4008-failing.t \
	t/1009-handover.t \
	t/6005-worst-days.t \
	t/6003-machine.t \
	t/9004-every-call.t \
	t/4009-end.t \
	t/1500-concheck.t \
	t/4007-versions.t \
	t/4014-privileges.t \
	t/9001-storm.t \
	t/9009-numbers.t \
	t/9012-overlap-storm.t \
	t/4015-changed.t \
	t/9003-zoo.t \
	t/1501-mutations.t \
	t/1502-config-fuzz.t \
	t/9002-servers.t \
	t/9006-both.t
script_tests = \
	t/0001-layers.t \
	t/0002-symbols.t \
	t/0003-sizes.t \
	t/0004-stack.t \
	t/0005-source.t \
	t/0006-configurations.t \
	t/0007-manuals.t \
	t/0008-tarball.t \
	t/0009-circles.t \
	t/0010-references.t \
	t/0011-install.t \
	t/1503-programs.t \
	t/1504-mistakes.t \
	t/1505-users.t \
	t/1510-reader.t \
	t/1511-hostile-configurations.t \
	t/1512-folders.t \
	t/1513-templates.t \
	t/2002-call.t \
	t/3001-spawn.t \
	t/3002-logs.t \
	t/3003-phases.t \
	t/3004-faults.t \
	t/3101-dependencies.t \
	t/3102-retry.t \
	t/3103-timeouts.t \
	t/3104-groups.t \
	t/3201-guard.t \
	t/3202-daemonize.t \
	t/3203-commands.t \
	t/3204-ready-fd.t \
	t/3205-full-pipes.t \
	t/3206-log-files.t \
	t/3208-first-thread.t \
	t/3209-hands-over.t \
	t/3210-notifying-daemons.t \
	t/3211-watchdog.t \
	t/3212-last-lines.t \
	t/3213-sd-notify.t \
	t/3220-mainpid.t \
	t/3221-upgrades.t \
	t/3222-notify-reload.t \
	t/3223-cannot-watch.t \
	t/3230-listen.t \
	t/3231-no-refusal.t \
	t/3232-on-demand.t \
	t/3233-fd-store.t \
	t/3234-rolled-back.t \
	t/3235-socket-activation.t \
	t/3240-env-file.t \
	t/3241-folders.t \
	t/3242-only-if.t \
	t/3243-ends.t \
	t/3244-process.t \
	t/3250-health.t \
	t/3251-health-kills.t \
	t/3252-health-many.t \
	t/3253-health-redis.t \
	t/3260-overlap.t \
	t/3261-overlap-upgrade.t \
	t/3262-overlap-gunicorn.t \
	t/3263-overlap-lost.t \
	t/3270-followers.t \
	t/3271-as-root.t \
	t/3272-reload-with.t \
	t/3273-started.t \
	t/3274-told.t \
	t/3275-started-orphan.t \
	t/3280-calendar.t \
	t/3281-timers.t \
	t/3282-catch-up.t \
	t/3290-bus.t \
	t/3301-attributes.t \
	t/3310-reads-each.t \
	t/3311-log.t \
	t/3312-log-storm.t \
	t/3313-log-ring.t \
	t/3316-log-health.t \
	t/3314-log-history.t \
	t/3315-log-ledger.t \
	t/4001-recover.t \
	t/4002-namespace.t \
	t/4003-refusals.t \
	t/4004-signals.t \
	t/4005-upgrade.t \
	t/4006-succession.t \
	t/4010-notify.t \
	t/4011-strangers.t \
	t/4012-time.t \
	t/4013-probation.t \
	t/4016-sealed.t \
	t/4017-lying-ledgers.t \
	t/4018-surroundings.t \
	t/4019-no-proc.t \
	t/4020-lock-file.t \
	t/4022-parent-death.t \
	t/4021-few-resources.t \
	t/4027-refused-calls.t \
	t/4028-orphan-endings.t \
	t/4029-console.t \
	t/4031-rest.t \
	t/4033-left-beside.t \
	t/4034-hung-successor.t \
	t/4040-systemd.t \
	t/4041-supervised.t \
	t/4042-kept-above.t \
	t/4043-given-back.t \
	t/4050-image-of-machine.t \
	t/4051-long-environment.t \
	t/5001-conctl.t \
	t/5002-shows.t \
	t/5003-garbage.t \
	t/5004-words.t \
	t/5005-diff.t \
	t/5006-exec.t \
	t/5007-starts.t \
	t/5008-applets.t \
	t/5009-trust.t \
	t/6001-examples.t \
	t/6002-command.t \
	t/6006-container.t \
	t/6010-command-lines.t \
	t/6012-no-compiler.t \
	t/9005-upgrades.t \
	t/9007-at-once.t \
	t/9008-orphans.t \
	t/9010-odd-storm.t
TESTS += $(long_tests) $(check_PROGRAMS) $(script_tests)

# What takes hours rather than minutes: the tests that have a long form, in it.
soak:
	env CONNATE_EVERY_CALL=all CONNATE_PROBATION=long CONNATE_STORM_KILLS=5000 \
		CONNATE_ODD_KILLS=20000 $(MAKE) $(AM_MAKEFLAGS) check
.PHONY: soak

EXTRA_DIST += \
	$(long_tests) \
	$(script_tests) \
	t/config \
	t/config-fuzz.c \
	t/reader-fuzz.c \
	t/handover \
	t/README.md \
	t/lib

# How much stack each program needs at most: printed when one was made.
stack_bound = $(PERL) $(top_srcdir)/t/stack-bound
stack-bounds: $(sbin_PROGRAMS) $(bin_PROGRAMS) $(pkglibexec_PROGRAMS)
	@if test -n "$(PERL)"; then \
		READELF='$(READELF)'; export READELF; \
		{ $(stack_bound) connate $(pid1_objects) && \
		$(stack_bound) supervisord --own-stack child_run=stacks/32 \
			--elsewhere image_calls \
			$(supervisord_objects) && \
		$(stack_bound) conctl $(conctl_conctl_OBJECTS) \
			$(freestanding_archives) && \
		$(stack_bound) connate-log $(log_log_OBJECTS) \
			$(freestanding_archives) && \
		$(stack_bound) connate-bus $(bus_bus_OBJECTS) \
			$(freestanding_archives) && \
		$(stack_bound) prepare $(prepare_prepare_OBJECTS) \
			$(freestanding_archives); } >$@.new || \
			{ rm -f $@.new; exit 1; }; \
		cat $@.new; mv $@.new $@; \
	fi
all-local: stack-bounds
CLEANFILES += stack-bounds
EXTRA_DIST += t/stack-bound t/crash-after.c t/timed

# connate-import.
import_tests = \
	t/1600-import.t \
	t/1601-import-formats.t \
	t/1602-import-corpus.t \
	t/1603-import-input.t \
	t/6011-imported.t
TESTS += $(import_tests)
EXTRA_DIST += $(import_tests) t/import-fuzz.c
