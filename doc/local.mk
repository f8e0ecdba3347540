# SPDX-License-Identifier: MIT
# Manual pages, and the reasons of decisions.
dist_man_MANS = \
	doc/conctl.1 \
	doc/connate-build.8 \
	doc/connate-log.8 \
	doc/connate-config.5 \
	doc/connate.8
man_MANS = doc/connate.7
dist_man_MANS += \
	doc/connate-import.1
EXTRA_DIST += \
	doc/why/0038-an-import-decides-nothing.md \
	doc/why/0047-a-name-on-a-bus.md

EXTRA_DIST += \
	doc/why/0043-two-places.md

EXTRA_DIST += \
	doc/why/0042-a-process-that-checks.md

EXTRA_DIST += \
	doc/boot.svg \
	doc/comparison.md \
	doc/connate.7.in \
	doc/container \
	doc/container.md \
	doc/hand-over.dot \
	doc/hand-over.md \
	doc/hand-over.svg \
	doc/states.c \
	doc/why/0001-two-processes.md \
	doc/why/0002-no-libc-no-heap.md \
	doc/why/0003-answers-in-the-ledger.md \
	doc/why/0004-one-word-per-transition.md \
	doc/why/0005-configuration-is-c.md \
	doc/why/0006-a-stop-is-for-the-group.md \
	doc/why/0007-looking-for-exec.md \
	doc/why/0008-guard.md \
	doc/why/0009-readiness-is-a-socket.md \
	doc/why/0010-one-helper-at-a-time.md \
	doc/why/0011-deaths-by-number.md \
	doc/why/0012-last-to-be-killed.md \
	doc/why/0013-one-message-commits.md \
	doc/why/0014-what-an-earlier-session-left.md \
	doc/why/0015-size-for-safety.md \
	doc/why/0016-orphans.md \
	doc/why/0017-terminal.md \
	doc/why/0018-what-conctl-believes.md \
	doc/why/0019-capabilities.md \
	doc/why/0020-probation.md \
	doc/why/0021-a-process-is-more-than-its-number.md \
	doc/why/0022-what-a-successor-believes.md \
	doc/why/0023-what-a-service-says.md \
	doc/why/0024-a-logger-reads-to-the-end.md \
	doc/why/0025-a-pipe-for-each-writer.md \
	doc/why/0030-a-second-reader.md \
	doc/why/0033-sockets-that-stay.md \
	doc/why/0034-a-store-of-descriptors.md \
	doc/why/0035-prepare.md \
	doc/why/0041-kept-above.md \
	doc/why/0044-less-than-a-need.md \
	doc/why/0045-timers.md \
	doc/why/0046-lines-in-memory.md \
	doc/why/0048-behind-a-start.md \
	doc/why/0049-history.md

# The state diagram is made of the rules, on the machine that builds.
doc_states_parts = diagram rules facts
doc/states: $(srcdir)/doc/states.c model/state.def model/rule.def \
	model/fact.def model/clock.def Makefile
	$(AM_V_CC_FOR_BUILD)$(MKDIR_P) doc && $(CC_FOR_BUILD) -std=gnu11 \
		-Wall -Wextra -iquote $(top_srcdir) $(CFLAGS_FOR_BUILD) \
		-o $@ $(srcdir)/doc/states.c
doc/connate.7: doc/connate.7.in doc/states
	$(AM_V_GEN)for part in $(doc_states_parts); do \
		doc/states $$part >doc/states.$$part || exit 1; \
	done && \
	sed -e 's/\^/\\(ha/g' doc/states.diagram >doc/states.roff && \
	sed -e '/^@diagram@$$/{r doc/states.roff' -e 'd' -e '}' \
		-e '/^@rules@$$/{r doc/states.rules' -e 'd' -e '}' \
		-e '/^@facts@$$/{r doc/states.facts' -e 'd' -e '}' \
		$(srcdir)/doc/connate.7.in >$@.new && mv $@.new $@
doc/states.dot: doc/states
	$(AM_V_GEN)doc/states dot >$@.new && mv $@.new $@
doc/states.svg: doc/states.dot
	$(AM_V_GEN)dot -Tsvg -o $@ doc/states.dot

# Kept beside its source, for readers without Graphviz: make pictures.
.PHONY: pictures
pictures:
	dot -Tsvg -o $(srcdir)/doc/hand-over.svg $(srcdir)/doc/hand-over.dot

# The output of conctl plot for a Debian that was just booted: make boot-chart.
.PHONY: boot-chart
boot-chart:
	CONNATE_BOOT_CHART='$(abs_top_srcdir)/doc/boot.svg' \
		$(MAKE) check TESTS=t/6004-debian.t
CLEANFILES += \
	doc/connate.7 \
	doc/states \
	doc/states.diagram \
	doc/states.dot \
	doc/states.facts \
	doc/states.roff \
	doc/states.rules \
	doc/states.svg
