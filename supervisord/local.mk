# SPDX-License-Identifier: MIT
# The program supervisord: a library, or one object of all (doc/why/0015), and
# what config/supervisord-for makes of it and a configuration.
noinst_LIBRARIES += supervisord/libsupervisord.a
pkglibexec_PROGRAMS += supervisord/supervisord

supervisord_libsupervisord_a_SOURCES = \
	supervisord/main.c \
	supervisord/base/command.c \
	supervisord/base/command.h \
	supervisord/base/environment.c \
	supervisord/base/environment.h \
	supervisord/base/image.h \
	supervisord/base/memory.c \
	supervisord/base/memory.h \
	supervisord/base/privilege.c \
	supervisord/base/privilege.h \
	supervisord/base/publish.c \
	supervisord/base/publish.h \
	supervisord/base/say.c \
	supervisord/base/say.h \
	supervisord/base/supervisor.c \
	supervisord/base/supervisor.h \
	supervisord/base/targets.c \
	supervisord/base/targets.h \
	supervisord/guard/guard.c \
	supervisord/guard/guard.h \
	supervisord/guard/main_process.c \
	supervisord/guard/main_process.h \
	supervisord/io/descriptors.c \
	supervisord/io/descriptors.h \
	supervisord/io/link.c \
	supervisord/io/link.h \
	supervisord/io/lock.c \
	supervisord/io/lock.h \
	supervisord/io/pipes.c \
	supervisord/io/pipes.h \
	supervisord/io/sockets.c \
	supervisord/io/sockets.h \
	supervisord/io/watch.c \
	supervisord/io/watch.h \
	supervisord/loop/children.c \
	supervisord/loop/children.h \
	supervisord/loop/halt.c \
	supervisord/loop/halt.h \
	supervisord/loop/messages.c \
	supervisord/loop/messages.h \
	supervisord/loop/news.c \
	supervisord/loop/news.h \
	supervisord/loop/observe.c \
	supervisord/loop/observe.h \
	supervisord/loop/overdue.c \
	supervisord/loop/overdue.h \
	supervisord/loop/probation.c \
	supervisord/loop/probation.h \
	supervisord/loop/requests.c \
	supervisord/loop/requests.h \
	supervisord/loop/rest.c \
	supervisord/loop/rest.h \
	supervisord/loop/settle.c \
	supervisord/loop/settle.h \
	supervisord/process/attributes.c \
	supervisord/process/child.c \
	supervisord/process/child.h \
	supervisord/process/claim.c \
	supervisord/process/claim.h \
	supervisord/process/effect.c \
	supervisord/process/effect.h \
	supervisord/process/exec.c \
	supervisord/process/exec.h \
	supervisord/process/groups.c \
	supervisord/process/groups.h \
	supervisord/process/helper.c \
	supervisord/process/helper.h \
	supervisord/process/oom.c \
	supervisord/process/overlap.c \
	supervisord/process/overlap.h \
	supervisord/process/oom.h \
	supervisord/process/owner.c \
	supervisord/process/owner.h \
	supervisord/process/notify.c \
	supervisord/process/notify.h \
	supervisord/process/store.c \
	supervisord/process/store.h \
	supervisord/process/processes.c \
	supervisord/process/processes.h \
	supervisord/process/ready.c \
	supervisord/process/ready.h \
	supervisord/process/sessions.c \
	supervisord/process/sessions.h \
	supervisord/process/spawn.c \
	supervisord/process/spawn.h \
	supervisord/recovery/boot.c \
	supervisord/recovery/boot.h \
	supervisord/recovery/earlier.c \
	supervisord/recovery/earlier.h \
	supervisord/recovery/orphans.c \
	supervisord/recovery/orphans.h \
	supervisord/recovery/pidfds.c \
	supervisord/recovery/pidfds.h \
	supervisord/recovery/rediscover.c \
	supervisord/recovery/rediscover.h \
	supervisord/recovery/resume.c \
	supervisord/recovery/resume.h \
	supervisord/tree/leftovers.c \
	supervisord/tree/leftovers.h \
	supervisord/tree/proc.c \
	supervisord/tree/proc.h \
	supervisord/tree/process.c \
	supervisord/tree/process.h \
	supervisord/tree/tree.c \
	supervisord/tree/tree.h \
	supervisord/upgrade/succession.c \
	supervisord/upgrade/succession.h \
	supervisord/upgrade/upgrade.c \
	supervisord/upgrade/upgrade.h
supervisord_libsupervisord_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPREPARE_PATH='"$(pkglibexecdir)/prepare"'
supervisord_libsupervisord_a_CFLAGS = $(whole_cflags)

if WHOLE
supervisord_objects = supervisord/whole.o sys/libstart.a
supervisord/whole.o: $(supervisord_libsupervisord_a_OBJECTS) $(whole_objects)
	$(whole) $(supervisord_libsupervisord_a_OBJECTS) $(whole_objects)
CLEANFILES += supervisord/whole.o
else
supervisord_objects = supervisord/libsupervisord.a $(freestanding_archives)
endif

# What supervisord-for needs to make another one.
supervisord_parts = \
	config/supervisord-for \
	config/libcall.a \
	config/libconcheck.a \
	$(SUPERVISORD_PARTS) \
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
