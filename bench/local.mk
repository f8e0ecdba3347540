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
	bench/guarded.supervisord
$(bench_supervisords): bench/noop $(supervisord_parts)
	$(AM_V_GEN)kind=`basename $@ .supervisord`; \
	n=$$kind field=".run = EXEC(\\\"`pwd`/bench/noop\\\")"; \
	case $$kind in \
	called) n=100 field=".setup = CALL(nothing)";; \
	guarded) n=100 field="$$field, .stop_all = true";; \
	esac; \
	mkdir -p bench/$$kind && \
	$(bench_services) >bench/$$kind/$$kind.c && \
	{ config/supervisord-for --keep bench/$$kind bench/$$kind/$$kind.c $@ \
		2>bench/$$kind/log || { cat bench/$$kind/log >&2; exit 1; }; }

bench: all bench/bench bench/floor bench/noop $(bench_supervisords)
	@$(STRIP) -o bench/connate.stripped pid1/connate
	@$(STRIP) -o bench/supervisord.stripped supervisord/supervisord
	@bench/bench bench pid1/connate conctl/conctl bench/10000/concheck \
		2>bench/messages || { cat bench/messages >&2; exit 1; }
.PHONY: bench

CLEANFILES += \
	$(EXTRA_PROGRAMS) \
	$(bench_supervisords) \
	bench/connate.stripped \
	bench/messages \
	bench/supervisord.stripped
clean-bench:
	rm -rf $(bench_supervisords:.supervisord=)
clean-local: clean-bench
