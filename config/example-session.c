/* SPDX-License-Identifier: MIT */
/* An example: the services of a user's session, on Debian (packages dbus,
 * openssh-client, dunst and libnotify-bin). No root is needed: start
 *
 *     connate &
 *
 * from where the session begins, such as ~/.xsession, so that DISPLAY is known.
 * The words are explained in connate/config.h. */

/* The user's folder for what lives as long as the session: put your own number
 * here (id -u). */
#define RUN_FOLDER "/run/user/1000"

/* What every service below gets unless it says otherwise. .env replaces the
 * environment: what is to come from that of connate is named. After five
 * failed starts in a row a service is left "failed", until it is asked for
 * again: conctl up NAME. */
#define DEFAULTS \
	.env = LIST(INHERIT("PATH"), INHERIT("HOME"), INHERIT("LANG"), \
	            INHERIT("DISPLAY"), INHERIT("XAUTHORITY"), \
	            "XDG_RUNTIME_DIR=" RUN_FOLDER, \
	            "DBUS_SESSION_BUS_ADDRESS=unix:path=" RUN_FOLDER "/bus", \
	            "SSH_AUTH_SOCK=" RUN_FOLDER "/ssh-agent"), \
	.retry = RETRY_DOUBLING(.after = MILLISECONDS(200), \
	                        .max = SECONDS(30), .attempts = 5), \
	.log = LOG_TO("log"),
#include <connate/config.h>

static const struct service services[] = {
	/* Reads what the others print. As it is a logger it is started
	 * before, and stopped after, those it reads. */
	SERVICE("log",
	        .run = SHELL("exec cat >>" RUN_FOLDER "/session.log"),
	        .log = LOG_INHERIT),

	/* The bus. It writes its address, and with it a newline, to a
	 * descriptor of our choice as soon as it listens: then it is up. */
	SERVICE("dbus",
	        .run = EXEC("/usr/bin/dbus-daemon", "--session", "--nofork",
	                    "--nopidfile", "--address=unix:path=" RUN_FOLDER "/bus",
	                    "--print-address=3"),
	        .ready = READY_FD(3)),

	/* Keeps keys. It prints where it listens, when it does: that line,
	 * sent to descriptor 3, makes it up. One that was killed has left its
	 * socket behind, and would not replace it. */
	SERVICE("ssh-agent",
	        .setup = EXEC("/bin/rm", "-f", RUN_FOLDER "/ssh-agent"),
	        .run = SHELL("exec ssh-agent -D -a " RUN_FOLDER "/ssh-agent >&3"),
	        .ready = READY_FD(3)),

	/* Shows messages. Without the bus it is nothing: if that is lost, it
	 * is stopped, and comes back with it. It is up when it has the name by
	 * which others talk to it. */
	SERVICE("notifications",
	        .binds = LIST("dbus"),
	        .run = EXEC("/usr/bin/dunst"),
	        .ready = READY_BUS("org.freedesktop.Notifications", SESSION)),

	/* To the end, once, when the session begins. */
	SERVICE("greeting",
	        .target = ONCE,
	        .needs = LIST("notifications"),
	        .run = EXEC("/usr/bin/notify-send", "the session is up")),

	/* Only when asked for, by `conctl up tidy`. It is tried again when it
	 * fails; when it ends with 0 it is done. It is to disturb no other program. */
	SERVICE("tidy",
	        .target = DOWN,
	        .run = SHELL("find ~/.cache -type f -atime +90 -delete"),
	        .retry = RETRY_FIXED(.after = SECONDS(10), .attempts = 3,
	                             .on_failure_only = true),
	        .nice = 10),
};

/* One for each user. conctl finds it by this, and needs no option. */
CONNATE(.lock_file = "$XDG_RUNTIME_DIR/connate.lock");
