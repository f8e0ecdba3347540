# SPDX-License-Identifier: MIT
# The program supervisord: a library, and what config/supervisord-for makes of
# it and a configuration.
noinst_LIBRARIES += supervisord/libsupervisord.a
pkglibexec_PROGRAMS += supervisord/supervisord

supervisord_libsupervisord_a_SOURCES = \
	supervisord/main.c \
	supervisord/base/command.c \
	supervisord/base/image.h \
	supervisord/base/privilege.c \
	supervisord/base/publish.c \
	supervisord/base/say.c \
	supervisord/base/supervisor.h \
	supervisord/guard/guard.c \
	supervisord/guard/main_process.c \
	supervisord/guard/main_process.h \
	supervisord/io/link.c \
	supervisord/io/lock.c \
	supervisord/io/pipes.c \
	supervisord/io/ready.c \
	supervisord/loop/children.c \
	supervisord/loop/halt.c \
	supervisord/loop/observe.c \
	supervisord/loop/overdue.c \
	supervisord/loop/probation.c \
	supervisord/loop/requests.c \
	supervisord/process/attributes.c \
	supervisord/process/child.c \
	supervisord/process/effect.c \
	supervisord/process/exec.c \
	supervisord/process/helper.c \
	supervisord/process/oom.c \
	supervisord/process/owner.c \
	supervisord/process/processes.c \
	supervisord/process/sessions.c \
	supervisord/process/spawn.c \
	supervisord/recovery/boot.c \
	supervisord/recovery/earlier.c \
	supervisord/recovery/orphans.c \
	supervisord/recovery/rediscover.c \
	supervisord/recovery/resume.c \
	supervisord/tree/leftovers.c \
	supervisord/tree/proc.c \
	supervisord/tree/proc.h \
	supervisord/tree/process.c \
	supervisord/tree/process.h \
	supervisord/tree/tree.c \
	supervisord/tree/tree.h \
	supervisord/upgrade/succession.c \
	supervisord/upgrade/upgrade.c
supervisord_libsupervisord_a_CFLAGS = $(freestanding_cflags)

# What supervisord-for needs to make another one.
supervisord_parts = \
	config/supervisord-for \
	config/libcall.a \
	config/libconcheck.a \
	supervisord/libsupervisord.a \
	$(freestanding_archives)

# When the configuration is wrong, the program that was made of an earlier one
# goes too: what is there is always what the configuration says.
supervisord_supervisord_SOURCES =
supervisord/supervisord$(EXEEXT): $(CONFIG_FILE) $(supervisord_parts)
	$(AM_V_CONFIG)config/supervisord-for $(CONCHECK_FLAGS) --keep config \
		$(CONFIG_FILE) $@ || { rm -f $@; exit 1; }

AM_V_CONFIG = $(am__v_CONFIG_@AM_V@)
am__v_CONFIG_ = $(am__v_CONFIG_@AM_DEFAULT_V@)
am__v_CONFIG_0 = @echo "  CONFIG   $(CONFIG_FILE)";
am__v_CONFIG_1 =

# Whatever else the configuration includes.
-include config/config.d
