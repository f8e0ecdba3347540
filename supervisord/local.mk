# SPDX-License-Identifier: MIT
# The program supervisord: a library, and what config/supervisord-for makes of
# it and a configuration.
noinst_LIBRARIES += supervisord/libsupervisord.a
pkglibexec_PROGRAMS += supervisord/supervisord

supervisord_libsupervisord_a_SOURCES = \
	supervisord/attributes.c \
	supervisord/await.c \
	supervisord/boot.c \
	supervisord/child.c \
	supervisord/children.c \
	supervisord/command.c \
	supervisord/effect.c \
	supervisord/forked.c \
	supervisord/guard.c \
	supervisord/halt.c \
	supervisord/heir.c \
	supervisord/heir.h \
	supervisord/helper.c \
	supervisord/hunt.c \
	supervisord/hunt.h \
	supervisord/left.c \
	supervisord/lock.c \
	supervisord/lost.c \
	supervisord/image.h \
	supervisord/main.c \
	supervisord/observe.c \
	supervisord/oom.c \
	supervisord/orphans.c \
	supervisord/others.c \
	supervisord/owner.c \
	supervisord/pipes.c \
	supervisord/post.c \
	supervisord/privilege.c \
	supervisord/proc.c \
	supervisord/proc.h \
	supervisord/process.c \
	supervisord/process.h \
	supervisord/processes.c \
	supervisord/publish.c \
	supervisord/ready.c \
	supervisord/requests.c \
	supervisord/resume.c \
	supervisord/say.c \
	supervisord/spawn.c \
	supervisord/stood.c \
	supervisord/succession.c \
	supervisord/supervisord.h \
	supervisord/sweep.c \
	supervisord/upgrade.c
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
