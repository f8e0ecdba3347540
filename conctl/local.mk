# SPDX-License-Identifier: MIT
# The program conctl.
bin_PROGRAMS += conctl/conctl

conctl_conctl_SOURCES = \
	conctl/applet.c \
	conctl/applet.def \
	conctl/ask.c \
	conctl/blame.c \
	conctl/change.c \
	conctl/choose.c \
	conctl/complete.c \
	conctl/conctl.h \
	conctl/detail.c \
	conctl/diff.c \
	conctl/events.c \
	conctl/exec.c \
	conctl/field.def \
	conctl/find.c \
	conctl/group.def \
	conctl/help.c \
	conctl/image.c \
	conctl/json.c \
	conctl/list.c \
	conctl/main.c \
	conctl/map.c \
	conctl/moment.c \
	conctl/near.c \
	conctl/option.def \
	conctl/out.c \
	conctl/part.def \
	conctl/plot.c \
	conctl/probation.c \
	conctl/process.c \
	conctl/ready.c \
	conctl/reason.c \
	conctl/reload.c \
	conctl/screen.c \
	conctl/signal.c \
	conctl/starts.c \
	conctl/status.c \
	conctl/switch.def \
	conctl/value.c \
	conctl/verb.def \
	conctl/wait.c \
	conctl/wall.c \
	conctl/when.c \
	conctl/why.c \
	conctl/zone.c
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
	$(top_srcdir)/conctl/applet.def
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
