# SPDX-License-Identifier: MIT
# The program connate-log, installed as log.
pkglibexec_PROGRAMS += log/log

log_log_SOURCES = \
	log/chronicle.c \
	log/chronicle.h \
	log/datagram.c \
	log/datagram.h \
	log/file.c \
	log/file.h \
	log/history.c \
	log/history.h \
	log/main.c \
	log/mark.c \
	log/mark.h \
	log/memory.c \
	log/memory.h \
	log/option.def \
	log/options.c \
	log/options.h \
	log/output.c \
	log/output.h \
	log/past.c \
	log/past.h \
	log/rate.c \
	log/rate.h \
	log/reason.c \
	log/reason.h \
	log/ring.c \
	log/ring.h \
	log/source.c \
	log/source.h \
	log/split.c \
	log/split.h \
	log/syslog.c \
	log/syslog.h \
	log/turn.c \
	log/turn.h \
	log/write.c \
	log/write.h
log_log_CFLAGS = $(freestanding_cflags) -O2
log_log_LDFLAGS = $(FREESTANDING_LDFLAGS)
log_log_LDADD = $(freestanding_libs)
