# SPDX-License-Identifier: MIT
# The program conctl.
bin_PROGRAMS += conctl/conctl

conctl_conctl_SOURCES = \
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
	conctl/ready.c \
	conctl/reason.c \
	conctl/reload.c \
	conctl/screen.c \
	conctl/signal.c \
	conctl/starts.c \
	conctl/status.c \
	conctl/value.c \
	conctl/verb.def \
	conctl/wait.c \
	conctl/why.c
nodist_conctl_conctl_SOURCES = config/conctl.c
conctl_conctl_CFLAGS = $(freestanding_cflags)
conctl_conctl_LDFLAGS = $(FREESTANDING_LDFLAGS)
conctl_conctl_LDADD = $(freestanding_libs)

# What it has to know of the configuration, which supervisord was made of. Its
# warnings have been seen.
config/conctl.c: supervisord/supervisord$(EXEEXT)
	$(AM_V_GEN)config/concheck --no-host-checks --conctl -o $@ 2>/dev/null
CLEANFILES += config/conctl.c

# What a shell asks when its user presses the tab key.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_bashcompletion_DATA = conctl/complete/conctl
dist_zshcompletion_DATA = conctl/complete/_conctl
dist_fishcompletion_DATA = conctl/complete/conctl.fish
