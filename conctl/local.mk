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
conctl_conctl_CFLAGS = $(freestanding_cflags)
conctl_conctl_LDFLAGS = $(FREESTANDING_LDFLAGS)
conctl_conctl_LDADD = $(freestanding_libs)
