# SPDX-License-Identifier: MIT
# connate-build: reads a configuration without a compiler. An ordinary program,
# with the checks of concheck in it.
bin_PROGRAMS += reader/connate-build

reader_sources = \
	reader/built_in.h \
	reader/declare.c \
	reader/directive.c \
	reader/explain.c \
	reader/expression.c \
	reader/initialize.c \
	reader/input.c \
	reader/lex.c \
	reader/literal.c \
	reader/macro.c \
	reader/macro.h \
	reader/names.c \
	reader/parse.h \
	reader/say.c \
	reader/say.h \
	reader/source.c \
	reader/source.h \
	reader/store.c \
	reader/store.h \
	reader/token.h \
	reader/type.c \
	reader/type.h \
	reader/unit.c \
	reader/unit.h
reader_connate_build_SOURCES = \
	$(reader_sources) \
	reader/apply.c \
	reader/apply.h \
	reader/folder.c \
	reader/folder.h \
	reader/image.c \
	reader/image.h \
	reader/main.c \
	reader/show.c \
	reader/show.h
nodist_reader_connate_build_SOURCES = reader/built_in.c
reader_connate_build_CPPFLAGS = -I $(top_srcdir)/config \
	-iquote $(top_srcdir) -DCONNATE_CHECK=1 -D_GNU_SOURCE \
	-DSTOCK_SUPERVISORD='"$(pkglibexecdir)/supervisord"' \
	-DCONCTL='"$(bindir)/conctl"'
reader_connate_build_LDADD = reader/libcheck.a
# It is to be fast rather than small.
$(reader_connate_build_OBJECTS) $(reader_libcheck_a_OBJECTS): CFLAGS += -O2

# The same files as concheck's, for the machine that it is installed on.
noinst_LIBRARIES += reader/libcheck.a
reader_libcheck_a_SOURCES = $(check_sources)
reader_libcheck_a_CPPFLAGS = -I $(top_srcdir)/config -iquote $(top_srcdir) \
	-DCONNATE_CHECK=1 -D_GNU_SOURCE -DCONCTL='"$(bindir)/conctl"'

# What it has of other files, so that a new word of a configuration needs no
# change here.
reader_headers = \
	$(top_srcdir)/config/connate/call.h \
	$(top_srcdir)/config/connate/config.h \
	$(top_srcdir)/reader/headers/prelude.h \
	$(top_srcdir)/reader/headers/signal.h \
	$(top_srcdir)/reader/headers/stdbool.h \
	$(top_srcdir)/reader/headers/stddef.h \
	$(top_srcdir)/reader/headers/stdint.h
reader/built_in.c: $(reader_headers) $(top_srcdir)/reader/embed.awk \
	$(top_srcdir)/reader/forms.awk $(top_srcdir)/config/explain.awk
	$(AM_V_GEN)$(MKDIR_P) reader && { \
		echo '#include "reader/built_in.h"' && \
		echo 'const struct built_in built_in[] = {' && \
		LC_ALL=C $(AWK) -f $(top_srcdir)/reader/embed.awk \
			$(reader_headers) && \
		echo '	{ 0, 0 },' && echo '};' && \
		echo 'const struct built_in built_in_forms[] = {' && \
		LC_ALL=C $(AWK) -f $(top_srcdir)/config/explain.awk \
			-f $(top_srcdir)/reader/forms.awk </dev/null | \
			LC_ALL=C sort && \
		echo '	{ 0, 0 },' && echo '};' && \
		echo 'const struct built_in built_in_others[] = {' && \
		LC_ALL=C $(AWK) -v which=others \
			-f $(top_srcdir)/config/explain.awk \
			-f $(top_srcdir)/reader/forms.awk </dev/null && \
		echo '	{ 0, 0 },' && echo '};'; } >$@.new && mv $@.new $@

EXTRA_DIST += \
	$(reader_headers) \
	reader/embed.awk \
	reader/forms.awk
CLEANFILES += reader/built_in.c

# What a shell asks when its user presses the tab key.
dist_bashcompletion_DATA += reader/complete/connate-build
dist_zshcompletion_DATA += reader/complete/_connate-build
dist_fishcompletion_DATA += reader/complete/connate-build.fish
