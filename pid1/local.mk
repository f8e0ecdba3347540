# SPDX-License-Identifier: MIT
# The program connate.
sbin_PROGRAMS += pid1/connate

pid1_connate_SOURCES = \
	pid1/clone.c \
	pid1/end.c \
	pid1/image.c \
	pid1/init.c \
	pid1/keep.c \
	pid1/link.c \
	pid1/main.c \
	pid1/pid1.h \
	pid1/report.c \
	pid1/notify.c \
	pid1/orders.c \
	pid1/privilege.c \
	pid1/probation.c \
	pid1/reap.c \
	pid1/reexec.c \
	pid1/rescue.c \
	pid1/signals.c \
	pid1/terminal.c
pid1_connate_CPPFLAGS = $(AM_CPPFLAGS) \
	-DSUPERVISORD_PATH='"$(pkglibexecdir)/supervisord"'
pid1_connate_CFLAGS = $(freestanding_cflags)
pid1_connate_LDFLAGS = $(FREESTANDING_LDFLAGS)
pid1_connate_LDADD = $(freestanding_libs)
