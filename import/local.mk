# SPDX-License-Identifier: MIT
# The program connate-import, an ordinary one with libc.
bin_PROGRAMS += import/connate-import

import_connate_import_SOURCES = \
	import/command.c \
	import/command.h \
	import/dinit.c \
	import/dinit_map.c \
	import/draft.c \
	import/draft.h \
	import/folders_map.c \
	import/gather.c \
	import/gather.h \
	import/host.c \
	import/host.h \
	import/ini.c \
	import/item.c \
	import/item.h \
	import/main.c \
	import/memory.c \
	import/memory.h \
	import/procfile.c \
	import/procfile_map.c \
	import/read.c \
	import/read.h \
	import/row.c \
	import/row.def \
	import/source.c \
	import/source.h \
	import/specifier.c \
	import/specifier.h \
	import/split.c \
	import/split.h \
	import/summary.c \
	import/supervisor_map.c \
	import/text.c \
	import/text.h \
	import/unit.c \
	import/unit_attributes.c \
	import/unit_end.c \
	import/unit_relate.c \
	import/unit_run.c \
	import/unit_set.c \
	import/unit_set.h \
	import/unit_surroundings.c \
	import/unit_trigger.c \
	import/units_map.c \
	import/value.c \
	import/value.h \
	import/word.c \
	import/word.h \
	import/write.c \
	import/write.h
import_connate_import_CPPFLAGS = $(AM_CPPFLAGS) -iquote $(top_builddir) \
	-D_GNU_SOURCE

# What can be carried follows from the vocabulary of this tree.
import/word.def: $(srcdir)/import/words.awk $(srcdir)/config/connate/config.h
	$(AM_V_GEN)$(MKDIR_P) import && LC_ALL=C $(AWK) \
		-f $(srcdir)/import/words.awk \
		$(srcdir)/config/connate/config.h >$@.new && mv $@.new $@
import/connate_import-word.$(OBJEXT): import/word.def
EXTRA_DIST += import/words.awk
CLEANFILES += import/word.def
