# SPDX-License-Identifier: MIT
# The program connate: a library, or one object of all (doc/why/0015).
noinst_LIBRARIES += pid1/libconnate.a
sbin_PROGRAMS += pid1/connate

pid1_libconnate_a_SOURCES = \
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
	pid1/store.c \
	pid1/terminal.c
pid1_libconnate_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DSUPERVISORD_PATH='"$(pkglibexecdir)/supervisord"'
pid1_libconnate_a_CFLAGS = $(whole_cflags)

if WHOLE
pid1_objects = pid1/whole.o sys/libstart.a
pid1/whole.o: $(pid1_libconnate_a_OBJECTS) $(whole_objects)
	$(whole) $(pid1_libconnate_a_OBJECTS) $(whole_objects)
CLEANFILES += pid1/whole.o
else
pid1_objects = pid1/libconnate.a $(freestanding_archives)
endif

pid1_connate_SOURCES =
pid1_connate_LDFLAGS = $(FREESTANDING_LDFLAGS)
pid1_connate_LDADD = $(pid1_objects) $(FREESTANDING_LIBS)
