# SPDX-License-Identifier: MIT
# The program conctl.
bin_PROGRAMS += conctl/conctl

conctl_conctl_SOURCES = \
	conctl/complete.c \
	conctl/conctl.h \
	conctl/help.c \
	conctl/main.c \
	conctl/option.def \
	conctl/verb.def \
	conctl/base/group.def \
	conctl/base/json.c \
	conctl/base/moment.c \
	conctl/base/near.c \
	conctl/base/out.c \
	conctl/base/screen.c \
	conctl/change/ask.c \
	conctl/change/change.c \
	conctl/change/ready.c \
	conctl/change/reload.c \
	conctl/change/signal.c \
	conctl/change/wait.c \
	conctl/machine/applet.c \
	conctl/machine/applet.def \
	conctl/machine/switch.def \
	conctl/machine/wall.c \
	conctl/machine/when.c \
	conctl/machine/zone.c \
	conctl/session/choose.c \
	conctl/session/find.c \
	conctl/session/map.c \
	conctl/session/process.c \
	conctl/show/blame.c \
	conctl/show/detail.c \
	conctl/show/events.c \
	conctl/show/field.def \
	conctl/show/list.c \
	conctl/show/plot.c \
	conctl/show/probation.c \
	conctl/show/reason.c \
	conctl/show/starts.c \
	conctl/show/status.c \
	conctl/show/why.c \
	conctl/upgrade/diff.c \
	conctl/upgrade/exec.c \
	conctl/upgrade/image.c \
	conctl/upgrade/part.def \
	conctl/upgrade/value.c
nodist_conctl_conctl_SOURCES = config/conctl.c
conctl_conctl_CFLAGS = $(freestanding_cflags)
conctl_conctl_LDFLAGS = $(FREESTANDING_LDFLAGS)
conctl_conctl_LDADD = $(freestanding_libs)

# What it has to know of the configuration, which supervisord was made of. Its
# warnings have been seen.
config/conctl.c: supervisord/supervisord$(EXEEXT)
	$(AM_V_GEN)config/concheck --no-host-checks --conctl -o $@ 2>/dev/null
CLEANFILES += config/conctl.c

# reboot, shutdown and so on: conctl looks at what it is called by. What was
# there of another's is not taken away again.
if SYSV_LINKS
applets = sed -n 's/^APPLET("\([a-z]*\)",.*/\1/p' \
	$(top_srcdir)/conctl/machine/applet.def
install-exec-hook:
	$(MKDIR_P) '$(DESTDIR)$(sbindir)'
	for name in `$(applets)`; do \
		rm -f "$(DESTDIR)$(sbindir)/$$name" && \
		$(LN_S) '$(bindir)/conctl' "$(DESTDIR)$(sbindir)/$$name" || \
			exit 1; \
	done
uninstall-hook:
	for name in `$(applets)`; do \
		case `readlink "$(DESTDIR)$(sbindir)/$$name"` in \
		'$(bindir)/conctl') rm -f "$(DESTDIR)$(sbindir)/$$name";; \
		esac; \
	done
endif

# What a shell asks when its user presses the tab key.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_bashcompletion_DATA = conctl/complete/conctl
dist_zshcompletion_DATA = conctl/complete/_conctl
dist_fishcompletion_DATA = conctl/complete/conctl.fish
