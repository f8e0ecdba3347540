# SPDX-License-Identifier: MIT
# The program prepare, with the steps of supervisord that it takes in its place.
pkglibexec_PROGRAMS += prepare/prepare
prepare_prepare_SOURCES = \
	prepare/bus.c \
	prepare/check.c \
	prepare/env_file.c \
	prepare/env_text.c \
	prepare/environment.c \
	prepare/folders.c \
	prepare/main.c \
	prepare/only_if.c \
	prepare/prepare.h \
	prepare/process.c \
	prepare/remove.c \
	supervisord/base/supervisor.c \
	supervisord/base/supervisor.h \
	supervisord/process/attributes.c \
	supervisord/process/child.h
prepare_prepare_CFLAGS = $(freestanding_cflags) \
	-DBUS_PATH='"$(pkglibexecdir)/bus"'
prepare_prepare_LDFLAGS = $(FREESTANDING_LDFLAGS)
prepare_prepare_LDADD = $(freestanding_libs)
