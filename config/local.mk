# SPDX-License-Identifier: MIT
# The vocabulary, what a CALL may use, the default configuration, and concheck,
# which is for the build machine: automake knows one machine, hence the rules by
# hand.
pkginclude_HEADERS = \
	config/connate/call.h \
	config/connate/config.h

# Only what a configuration calls is linked (see supervisord-for).
noinst_LIBRARIES += config/libcall.a
config_libcall_a_SOURCES = \
	config/call/cmdline.c \
	config/call/environment.c \
	config/call/file.c \
	config/call/file.h \
	config/call/folder.c \
	config/call/host.c \
	config/call/link.c \
	config/call/mount.c \
	config/call/part.c \
	config/call/run.c \
	config/call/say.c \
	config/call/seed.c \
	config/call/target.c \
	config/call/wait.c \
	config/call/write.c
config_libcall_a_CFLAGS = $(freestanding_cflags)

check_sources = \
	config/check/actions.c \
	config/check/attributes.c \
	config/check/budget.c \
	config/check/calendar.c \
	config/check/checks.c \
	config/check/compose.c \
	config/check/cycles.c \
	config/check/definition.c \
	config/check/dot.c \
	config/check/edges.c \
	config/check/emit.c \
	config/check/environment.c \
	config/check/functions.c \
	config/check/host_path.c \
	config/check/limits.c \
	config/check/list.c \
	config/check/logs.c \
	config/check/overlap.c \
	config/check/memory.c \
	config/check/names.c \
	config/check/object.c \
	config/check/paths.c \
	config/check/phases.c \
	config/check/pool.c \
	config/check/programs.c \
	config/check/report.c \
	config/check/shell.c \
	config/check/signals.c \
	config/check/sockets.c \
	config/check/stops.c \
	config/check/targets.c \
	config/check/templates.c \
	config/check/timers.c \
	config/check/users.c \
	config/check/words.c \
	model/calendar.c \
	model/condition.c \
	model/daylight.c \
	model/ledger.c \
	model/signal.c \
	model/state.c \
	model/table.c \
	model/text.c \
	model/words.c \
	model/zone.c
concheck_sources = $(check_sources) config/check/main.c
concheck_objects = $(concheck_sources:.c=.for-build.o)

EXTRA_DIST += \
	$(concheck_sources) \
	config/explain.awk \
	config/check/check.h \
	config/config.c \
	config/connate.c \
	config/example-container.c \
	config/example-machine.c \
	config/example-metrics.c \
	config/example-session.c \
	config/example-web.c

# All that is compiled for the build machine: few files, all small.
SUFFIXES = .for-build.o
.c.for-build.o:
	$(AM_V_CC_FOR_BUILD)$(MKDIR_P) $(@D) && \
	$(CC_FOR_BUILD) -std=gnu11 -Wall -Wextra -I $(top_srcdir)/config \
		-iquote $(top_srcdir) -DCONNATE_CHECK=1 -D_GNU_SOURCE \
		-DCONCTL='"$(bindir)/conctl"' \
		$(CFLAGS_FOR_BUILD) -c -o $@ $<
$(concheck_objects): config/check/check.h config/connate/config.h \
	$(model_headers) Makefile
config/libconcheck.a: $(concheck_objects)
	$(AM_V_AR)rm -f $@ && $(AR_FOR_BUILD) cr $@ $(concheck_objects)

AM_V_CC_FOR_BUILD = $(am__v_CC_FOR_BUILD_@AM_V@)
am__v_CC_FOR_BUILD_ = $(am__v_CC_FOR_BUILD_@AM_DEFAULT_V@)
am__v_CC_FOR_BUILD_0 = @echo "  BUILD-CC $@";
am__v_CC_FOR_BUILD_1 =

CLEANFILES += \
	$(concheck_objects) \
	config/libconcheck.a \
	config/check.o \
	config/concheck \
	config/config.d \
	config/config.o \
	config/table.c \
	config/table.o

# What connate-build begins with. A machine's own is not replaced, and one that was
# changed outlives an uninstall.
machinedir = $(sysconfdir)/connate
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(machinedir)/services.d'
	test -e '$(DESTDIR)$(machinedir)/connate.c' || $(INSTALL_DATA) \
		$(top_srcdir)/config/connate.c '$(DESTDIR)$(machinedir)'
uninstall-local:
	if cmp -s $(top_srcdir)/config/connate.c \
		'$(DESTDIR)$(machinedir)/connate.c'; then \
		rm -f '$(DESTDIR)$(machinedir)/connate.c'; \
	fi
