# SPDX-License-Identifier: MIT
# The program conctl.
bin_PROGRAMS += conctl/conctl

conctl_conctl_SOURCES = \
	conctl/complete.c \
	conctl/complete.h \
	conctl/habit.c \
	conctl/habit.def \
	conctl/habit.h \
	conctl/help.c \
	conctl/help.h \
	conctl/main.c \
	conctl/option.def \
	conctl/verb.def \
	conctl/base/date.c \
	conctl/base/date.h \
	conctl/base/glob.c \
	conctl/base/glob.h \
	conctl/base/group.def \
	conctl/base/json.c \
	conctl/base/json.h \
	conctl/base/near.c \
	conctl/base/near.h \
	conctl/base/order.h \
	conctl/base/out.c \
	conctl/base/out.h \
	conctl/base/screen.c \
	conctl/base/screen.h \
	conctl/base/terminal.c \
	conctl/base/terminal.h \
	conctl/base/time.c \
	conctl/base/time.h \
	conctl/base/zone.c \
	conctl/base/zone.h \
	conctl/change/ask.c \
	conctl/change/ask.h \
	conctl/change/change.c \
	conctl/change/change.h \
	conctl/change/exchange.c \
	conctl/change/exchange.h \
	conctl/change/fall.c \
	conctl/change/fall.h \
	conctl/change/keep.c \
	conctl/change/ready.c \
	conctl/change/reload.c \
	conctl/change/rolling.c \
	conctl/change/rolling.h \
	conctl/change/signal.c \
	conctl/change/wait.c \
	conctl/change/wait.h \
	conctl/machine/applet.c \
	conctl/machine/applet.def \
	conctl/machine/end.c \
	conctl/machine/end.h \
	conctl/machine/machine.h \
	conctl/machine/switch.def \
	conctl/machine/wall.c \
	conctl/machine/wall.h \
	conctl/machine/when.c \
	conctl/machine/when.h \
	conctl/session/choose.c \
	conctl/session/choose.h \
	conctl/session/command.c \
	conctl/session/command.h \
	conctl/session/event.c \
	conctl/session/event.h \
	conctl/session/find.c \
	conctl/session/find.h \
	conctl/session/identity.c \
	conctl/session/identity.h \
	conctl/session/left.c \
	conctl/session/left.h \
	conctl/session/mapping.c \
	conctl/session/mapping.h \
	conctl/session/members.c \
	conctl/session/members.h \
	conctl/session/process.c \
	conctl/session/process.h \
	conctl/session/record.c \
	conctl/session/record.h \
	conctl/session/ring.c \
	conctl/session/ring.h \
	conctl/session/session.c \
	conctl/session/session.h \
	conctl/session/supervisord.c \
	conctl/session/supervisord.h \
	conctl/session/timer.c \
	conctl/session/timer.h \
	conctl/session/usage.c \
	conctl/session/usage.h \
	conctl/session/watch.c \
	conctl/session/watch.h \
	conctl/show/account.c \
	conctl/show/account.h \
	conctl/show/blame.c \
	conctl/show/detail.c \
	conctl/show/detail.h \
	conctl/show/document.c \
	conctl/show/document.h \
	conctl/show/ending.c \
	conctl/show/ending.h \
	conctl/show/events.c \
	conctl/show/field.c \
	conctl/show/field.def \
	conctl/show/field.h \
	conctl/show/folds.c \
	conctl/show/folds.h \
	conctl/show/history.c \
	conctl/show/journal.c \
	conctl/show/journal.h \
	conctl/show/line.c \
	conctl/show/line.h \
	conctl/show/lines.c \
	conctl/show/lines.h \
	conctl/show/list.c \
	conctl/show/logs.c \
	conctl/show/metric.def \
	conctl/show/metrics.c \
	conctl/show/moment.c \
	conctl/show/moment.h \
	conctl/show/news.c \
	conctl/show/news.h \
	conctl/show/pages.c \
	conctl/show/pages.h \
	conctl/show/plot.c \
	conctl/show/checked.c \
	conctl/show/health.c \
	conctl/show/health.h \
	conctl/show/probation.c \
	conctl/show/probation.h \
	conctl/show/ranking.c \
	conctl/show/ranking.h \
	conctl/show/reason.c \
	conctl/show/reason.h \
	conctl/show/sheet.c \
	conctl/show/sheet.h \
	conctl/show/show.h \
	conctl/show/sort.def \
	conctl/show/starts.c \
	conctl/show/starts.h \
	conctl/show/status.c \
	conctl/show/timers.c \
	conctl/show/top.c \
	conctl/show/turned.c \
	conctl/show/turned.h \
	conctl/show/why.c \
	conctl/show/why.h \
	conctl/upgrade/diff.c \
	conctl/upgrade/exec.c \
	conctl/upgrade/image.c \
	conctl/upgrade/image.h \
	conctl/upgrade/outcome.c \
	conctl/upgrade/outcome.h \
	conctl/upgrade/part.def \
	conctl/upgrade/upgrade.h \
	conctl/upgrade/value.c \
	conctl/upgrade/value.h
nodist_conctl_conctl_SOURCES = config/conctl.c
conctl_conctl_CFLAGS = $(freestanding_cflags)
conctl_conctl_LDFLAGS = $(FREESTANDING_LDFLAGS)
conctl_conctl_LDADD = $(freestanding_libs)

# The lock file of the configuration that supervisord was made of. The warnings
# about it were printed when supervisord was made.
config/conctl.c: supervisord/supervisord$(EXEEXT)
	$(AM_V_GEN)config/concheck --no-host-checks --conctl -o $@ 2>/dev/null
CLEANFILES += config/conctl.c

# reboot, shutdown and the like: conctl does what it is called by. An uninstall
# removes only links to this conctl.
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
uninstall-links:
	for name in `$(applets)`; do \
		case `readlink "$(DESTDIR)$(sbindir)/$$name"` in \
		'$(bindir)/conctl') rm -f "$(DESTDIR)$(sbindir)/$$name";; \
		esac; \
	done
else
uninstall-links:
endif
.PHONY: uninstall-links

# What a shell asks when its user presses the tab key.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_bashcompletion_DATA = conctl/complete/conctl
dist_zshcompletion_DATA = conctl/complete/_conctl
dist_fishcompletion_DATA = conctl/complete/conctl.fish
