# SPDX-License-Identifier: MIT
# The program conctl.
bin_PROGRAMS += conctl/conctl

conctl_conctl_SOURCES = \
	conctl/ask.c \
	conctl/change.c \
	conctl/choose.c \
	conctl/conctl.h \
	conctl/field.def \
	conctl/find.c \
	conctl/list.c \
	conctl/main.c \
	conctl/map.c \
	conctl/moment.c \
	conctl/near.c \
	conctl/out.c \
	conctl/ready.c \
	conctl/reason.c \
	conctl/status.c \
	conctl/verb.def \
	conctl/wait.c
nodist_conctl_conctl_SOURCES = config/conctl.c
conctl_conctl_CFLAGS = $(freestanding_cflags)
conctl_conctl_LDFLAGS = $(FREESTANDING_LDFLAGS)
conctl_conctl_LDADD = $(freestanding_libs)

# What it has to know of the configuration, which supervisord was made of. Its
# warnings have been seen.
config/conctl.c: supervisord/supervisord$(EXEEXT)
	$(AM_V_GEN)config/concheck --no-host-checks --conctl -o $@ 2>/dev/null
CLEANFILES += config/conctl.c
