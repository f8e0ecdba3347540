# SPDX-License-Identifier: MIT
# What is decided, without a kernel. Built up to three times: freestanding for
# the programs, with libc for tests and bench, and for the build machine.
noinst_LIBRARIES += model/libmodel.a

model_headers = \
	model/attribute.h \
	model/board.h \
	model/calendar.h \
	model/change.h \
	model/clock.def \
	model/clock.h \
	model/condition.def \
	model/condition.h \
	model/daylight.h \
	model/descriptor.def \
	model/descriptor.h \
	model/due.h \
	model/edge.def \
	model/effect.def \
	model/error.def \
	model/fact.def \
	model/facts.h \
	model/graph.h \
	model/halt.def \
	model/halt.h \
	model/handling.h \
	model/hopeless.h \
	model/ioprio.def \
	model/ledger.h \
	model/link.def \
	model/link.h \
	model/merge.h \
	model/moment.h \
	model/namespace.def \
	model/outer.def \
	model/overlap.h \
	model/phase.h \
	model/pids.h \
	model/queue.h \
	model/rebuild.h \
	model/request.def \
	model/request.h \
	model/resource.def \
	model/ring.h \
	model/rule.def \
	model/rules.h \
	model/said.h \
	model/settle.h \
	model/signal.h \
	model/snapshot.h \
	model/state.def \
	model/state.h \
	model/step.def \
	model/step.h \
	model/table.h \
	model/target.def \
	model/target.h \
	model/text.h \
	model/trust.h \
	model/when.h \
	model/word.def \
	model/words.h \
	model/world.h \
	model/zone.h
model_sources = \
	model/calendar.c \
	model/clock.c \
	model/condition.c \
	model/daylight.c \
	model/due.c \
	model/facts.c \
	model/graph.c \
	model/halt.c \
	model/handling.c \
	model/hopeless.c \
	model/ledger.c \
	model/link.c \
	model/merge.c \
	model/overlap.c \
	model/phase.c \
	model/pids.c \
	model/queue.c \
	model/rebuild.c \
	model/request.c \
	model/ring.c \
	model/rules.c \
	model/said.c \
	model/settle.c \
	model/signal.c \
	model/snapshot.c \
	model/state.c \
	model/step.c \
	model/table.c \
	model/target.c \
	model/text.c \
	model/trust.c \
	model/when.c \
	model/words.c \
	model/world.c \
	model/zone.c
model_libmodel_a_SOURCES = $(model_headers) $(model_sources)
model_libmodel_a_CFLAGS = $(freestanding_cflags)

# For whole_objects; no archive is made of them.
EXTRA_LIBRARIES += model/libwhole.a
model_libwhole_a_SOURCES = $(model_sources)
model_libwhole_a_CFLAGS = $(whole_cflags)
