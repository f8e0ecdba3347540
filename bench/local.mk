# SPDX-License-Identifier: MIT
# make bench: our figures beside the least that the kernel allows.
EXTRA_PROGRAMS += bench/bench bench/floor bench/noop

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

# N services, all of them the no-op, down until they are asked for. They are
# started again without a pause, so concheck's warnings say nothing new.
bench_services = $(AWK) -v n=$$n -v noop="`pwd`/bench/noop" 'BEGIN { \
	print "\#include <connate/config.h>"; \
	print "static const struct service services[] = {"; \
	for (i = 0; i < n; i++) \
		printf "SERVICE(\"s%05d\", .target = DOWN, " \
		       ".retry = RETRY_FIXED(.after = MILLISECONDS(0)), " \
		       ".run = EXEC(\"%s\")),\n", i, noop; \
	print "};"; \
	print "CONNATE();" }'
bench/1000.supervisord bench/10.supervisord: bench/noop $(supervisord_parts)
	$(AM_V_GEN)n=`basename $@ .supervisord`; \
	$(bench_services) >bench/$$n.c && \
	{ config/supervisord-for bench/$$n.c $@ 2>bench/$$n.log || \
		{ cat bench/$$n.log >&2; exit 1; }; }

bench: all bench/bench bench/floor bench/noop bench/1000.supervisord \
		bench/10.supervisord
	@$(STRIP) -o bench/connate.stripped pid1/connate
	@$(STRIP) -o bench/supervisord.stripped supervisord/supervisord
	@bench/bench pid1/connate bench/1000.supervisord bench/10.supervisord \
		conctl/conctl bench/floor bench/noop bench/connate.stripped \
		bench/supervisord.stripped 2>bench/messages || \
		{ cat bench/messages >&2; exit 1; }
.PHONY: bench

CLEANFILES += \
	$(EXTRA_PROGRAMS) \
	bench/10.c \
	bench/10.log \
	bench/10.supervisord \
	bench/1000.c \
	bench/1000.log \
	bench/1000.supervisord \
	bench/connate.stripped \
	bench/messages \
	bench/supervisord.stripped
