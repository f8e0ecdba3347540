# SPDX-License-Identifier: MIT
# make bench: our figures beside the least that the kernel allows.
EXTRA_PROGRAMS += bench/bench bench/floor bench/noop bench/speak

bench_bench_SOURCES = \
	bench/bench.c \
	bench/bench.h \
	bench/child.c \
	bench/sample.c \
	bench/session.c
bench_bench_LDADD = t/libmodel.a

bench_floor_SOURCES = bench/floor.c
bench_floor_CFLAGS = $(freestanding_cflags)
bench_floor_LDFLAGS = $(FREESTANDING_LDFLAGS)
bench_floor_LDADD = $(freestanding_libs)

bench_noop_SOURCES = bench/noop.c
bench_noop_CFLAGS = $(freestanding_cflags)
bench_noop_LDFLAGS = $(FREESTANDING_LDFLAGS)
bench_noop_LDADD = $(freestanding_libs)

bench_speak_SOURCES = bench/speak.c
bench_speak_CFLAGS = $(freestanding_cflags)
bench_speak_LDFLAGS = $(FREESTANDING_LDFLAGS)
bench_speak_LDADD = $(freestanding_libs)

# Those of bench/compare: makes orphans; what an emulated machine runs.
EXTRA_PROGRAMS += bench/orphans bench/booted
bench_orphans_SOURCES = bench/orphans.c bench/look.c bench/look.h
bench_orphans_CFLAGS = $(freestanding_cflags)
bench_orphans_LDFLAGS = $(FREESTANDING_LDFLAGS)
bench_orphans_LDADD = $(freestanding_libs)
bench_booted_SOURCES = bench/booted.c bench/look.c bench/look.h
bench_booted_CFLAGS = $(freestanding_cflags)
bench_booted_LDFLAGS = $(FREESTANDING_LDFLAGS)
bench_booted_LDADD = $(freestanding_libs)

# N services, all of them the no-op, down until they are asked for. They are
# started again without a pause, so concheck's warnings say nothing new.
bench_services = $(AWK) -v n=$$n -v field="$$field" 'BEGIN { \
	print "\#include <connate/config.h>"; \
	print "int nothing(void) { return 0; }"; \
	print "static const struct service services[] = {"; \
	for (i = 0; i < n; i++) \
		printf "SERVICE(\"s%05d\", .target = DOWN, " \
		       ".retry = RETRY_FIXED(.after = MILLISECONDS(0)), " \
		       "%s),\n", i, field; \
	print "};"; \
	print "CONNATE();" }'
bench_supervisords = \
	bench/10.supervisord \
	bench/100.supervisord \
	bench/1000.supervisord \
	bench/10000.supervisord \
	bench/called.supervisord \
	bench/guarded.supervisord \
	bench/pings.supervisord
$(bench_supervisords): bench/noop bench/speak $(supervisord_parts)
	$(AM_V_GEN)kind=`basename $@ .supervisord`; \
	n=$$kind field=".run = EXEC(\\\"`pwd`/bench/noop\\\")"; \
	case $$kind in \
	called) n=100 field=".setup = CALL(nothing)";; \
	guarded) n=100 field="$$field, .stop_all = true";; \
	pings) n=1000 field=".run = EXEC(\\\"`pwd`/bench/speak\\\", \\\"ping\\\")"; \
		field="$$field, .ready = READY_SD_NOTIFY"; \
		field="$$field, .watchdog = SECONDS(30)";; \
	esac; \
	mkdir -p bench/$$kind && \
	$(bench_services) >bench/$$kind/$$kind.c && \
	{ config/supervisord-for --keep bench/$$kind bench/$$kind/$$kind.c $@ \
		2>bench/$$kind/log || { cat bench/$$kind/log >&2; exit 1; }; }

# Two services that say that they are ready, each needed by another one.
bench/ready.supervisord: bench/speak $(supervisord_parts)
	$(AM_V_GEN)mkdir -p bench/ready && { \
	echo '#include <connate/config.h>'; \
	echo 'static const struct service services[] = {'; \
	for how in 'fd", READY_FD(3)' 'notify", READY_SD_NOTIFY'; do \
		echo "SERVICE(\"$${how%%\"*}\", .target = DOWN," \
			".run = EXEC(\"`pwd`/bench/speak\", \"$${how%%\"*}\")," \
			".ready = $${how#*, }),"; \
		echo "SERVICE(\"$${how%%\"*}-user\", .target = DOWN," \
			".run = EXEC(\"`pwd`/bench/speak\", \"stamp\")," \
			".needs = LIST(\"$${how%%\"*}\")),"; \
	done; echo '};'; echo 'CONNATE();'; } >bench/ready/ready.c && \
	config/supervisord-for --no-host-checks bench/ready/ready.c $@ \
		2>bench/ready/log || { cat bench/ready/log >&2; exit 1; }

bench: all bench/bench bench/floor bench/noop bench/ready.supervisord \
	$(bench_supervisords)
	@$(STRIP) -o bench/connate.stripped pid1/connate
	@$(STRIP) -o bench/supervisord.stripped supervisord/supervisord
	@bench/bench bench pid1/connate conctl/conctl bench/10000/concheck \
		2>bench/messages || { cat bench/messages >&2; exit 1; }
.PHONY: bench

# connate-build beside the compiler's way.
bench-build: all
	@$(PERL) $(srcdir)/bench/build . bench
.PHONY: bench-build
EXTRA_DIST += bench/build

# Beside the inits of others. N services, up at once, of a machine that has
# nothing but them.
boot_supervisords = \
	bench/boot-1.supervisord \
	bench/boot-20.supervisord \
	bench/boot-100.supervisord
$(boot_supervisords): $(supervisord_parts)
	$(AM_V_GEN)mkdir -p bench/boot; \
	n=`basename $@ .supervisord | sed s/boot-//`; \
	$(AWK) -v n=$$n 'BEGIN { \
		print "#include <connate/config.h>"; \
		print "static const struct service services[] = {"; \
		for (i = 1; i <= n; i++) \
			printf "SERVICE(\"s%03d\", .run = EXEC(\"/service\")),\n", i; \
		print "};"; \
		print "CONNATE();" }' >bench/boot/$$n.c && \
	config/supervisord-for --no-host-checks bench/boot/$$n.c $@
bench/stock.supervisord: $(srcdir)/config/config.c $(supervisord_parts)
	$(AM_V_GEN)config/supervisord-for --no-host-checks \
		$(srcdir)/config/config.c $@

init_parts = \
	bench/booted \
	bench/orphans \
	bench/stock.supervisord \
	$(boot_supervisords)
bench-init: all $(init_parts)
	@$(STRIP) -o bench/connate.stripped pid1/connate
	@$(STRIP) -o bench/stock.supervisord.stripped bench/stock.supervisord
	@$(PERL) $(srcdir)/bench/compare bench $(BENCH)
.PHONY: bench-init

# The others, as Debian has them: unpacked, not installed, as they conflict.
bench-packages:
	mkdir -p bench/packages
	cd bench/packages && \
		apt-get download `$(PERL) $(abs_srcdir)/bench/compare --packages` && \
		for each in *.deb; do dpkg-deb -x $$each . || exit 1; done
.PHONY: bench-packages
EXTRA_DIST += bench/compare bench/import bench/logs

CLEANFILES += \
	$(EXTRA_PROGRAMS) \
	$(bench_supervisords) \
	$(boot_supervisords) \
	bench/connate.stripped \
	bench/messages \
	bench/ready.supervisord \
	bench/stock.supervisord \
	bench/stock.supervisord.stripped \
	bench/supervisord.stripped
clean-bench:
	rm -rf $(bench_supervisords:.supervisord=) bench/boot bench/packages \
		bench/ready
clean-local: clean-bench
