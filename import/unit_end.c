/* SPDX-License-Identifier: MIT */
/* How a unit ends and comes back: Restart=, StartLimit...=, time-outs,
 * Kill...=. */
#include <string.h>

#include "import/text.h"
#include "import/unit_set.h"
#include "import/value.h"
#include "import/word.h"

enum { START_MS = 90000, STOP_MS = 90000, RESTART_MS = 100,
       LIMIT_MS = 10000, LIMIT_STARTS = 5, ATTEMPTS_MOST = 1000 };

static bool is_oneshot(const struct unit *u)
{
	return !draft_has(&u->draft, ".run");
}

/* --- Restart= */

/* The retry of this unit, as it grows. */
struct retry {
	struct unit *u;
	struct draft *d;
	struct item *restart;
	long long after_ms, interval_ms, starts;
};

static long long time_of(struct unit *u, const char *key, long long first)
{
	struct item *it = unit_item(u, key);
	long long ms = first;

	if (it != NULL && value_time(it->value, false, &ms) != NULL)
		draft_carry(&u->draft, it);
	return ms;
}

static struct retry retry_read(struct unit *u)
{
	struct item *starts = unit_item(u, "StartLimitBurst");
	struct retry r = {
		.u = u, .d = &u->draft, .restart = unit_item(u, "Restart"),
		.after_ms = time_of(u, "RestartSec", RESTART_MS),
		.starts = LIMIT_STARTS,
	};

	r.interval_ms = time_of(u, "StartLimitInterval", LIMIT_MS);
	r.interval_ms = time_of(u, "StartLimitIntervalSec", r.interval_ms);
	if (starts != NULL)
		(void)value_number(starts->value, 0, 0, 1LL << 40, &r.starts);
	draft_carry(r.d, starts);
	return r;
}

/* systemd counts starts in an interval. A program that lives for the same time
 * each time is limited if it lives shorter than interval / starts - delay: this
 * is .healthy, and the starts are .attempts. */
static long long retry_healthy_ms(const struct retry *r)
{
	if (r->interval_ms <= 0 || r->starts <= 0 ||
	    r->starts > ATTEMPTS_MOST || r->after_ms < 0)
		return 0;
	return r->interval_ms / r->starts - r->after_ms;
}

static void retry_set(struct retry *r, const char *more)
{
	long long healthy = retry_healthy_ms(r);
	struct text t = { 0 };

	if (r->interval_ms < 0 && r->starts > 0 && r->starts <= ATTEMPTS_MOST)
		text_format(&t, ", .attempts = %lld", r->starts);
	else if (healthy > 0)
		text_format(&t, ", .attempts = %lld", r->starts);
	draft_set(r->d, r->restart, ".retry", "RETRY_FIXED(.after = %s%s%s)",
	          value_ms(r->after_ms), text_end(&t), more);
	if (healthy > 0)
		draft_set(r->d, NULL, ".healthy", "%s", value_ms(healthy));
}

/* systemd takes these for a good end (and does not restart on-failure). */
static void retry_clean(struct retry *r)
{
	static const char *const clean[] = {
		"SIGHUP", "SIGINT", "SIGPIPE", "SIGTERM",
	};

	if (!word_known(".success")) {
		draft_note(r->d, "%s: killed by SIGHUP, SIGINT, SIGPIPE or "
		           "SIGTERM from outside it is tried again, which "
		           "systemd does not do", item_place(r->restart));
		return;
	}
	for (size_t i = 0; i < sizeof(clean) / sizeof(*clean); i++)
		draft_list(r->d, NULL, ".success", clean[i]);
}

static void retry_abnormal(struct retry *r)
{
	if (!word_known(".on_abnormal_only")) {
		draft_decide(r->d, r->restart, "waits for .on_abnormal_only; "
		             "until then write .on_failure_only, which also "
		             "restarts after exit codes, or RETRY_NEVER");
		return;
	}
	if (text_same(r->restart->value, "on-abort"))
		draft_note(r->d, "%s: it is tried again after a time-out, too",
		           item_place(r->restart));
	retry_set(r, ", .on_abnormal_only = true");
}

static void unit_restart(struct unit *u)
{
	struct retry r = retry_read(u);
	const char *how = r.restart != NULL ? r.restart->value : "no";

	if (text_same(how, "no"))
		draft_set(r.d, r.restart, ".retry", "RETRY_NEVER");
	else if (is_oneshot(u) && (text_same(how, "always") ||
	                           text_same(how, "on-success")))
		draft_decide(r.d, r.restart, "systemd does not load a oneshot "
		             "with this");
	else if (text_same(how, "always") ||
	         (is_oneshot(u) && text_same(how, "on-failure")))
		retry_set(&r, "");
	else if (text_same(how, "on-failure")) {
		retry_set(&r, ", .on_failure_only = true");
		retry_clean(&r);
	} else if (text_same(how, "on-abnormal") || text_same(how, "on-abort"))
		retry_abnormal(&r);
	else
		draft_decide(r.d, r.restart, "there is no such retry: write "
		             "RETRY_FIXED(), with .on_failure_only or not");
}

/* --- Exit codes */

/* The names of exit codes that systemd knows, sysexits and LSB. */
static const char *status_code(const char *name)
{
	static const struct {
		const char *name, *code;
	} codes[] = {
		{ "SUCCESS", "0" }, { "FAILURE", "1" },
		{ "INVALIDARGUMENT", "2" }, { "NOTIMPLEMENTED", "3" },
		{ "NOPERMISSION", "4" }, { "NOTINSTALLED", "5" },
		{ "NOTCONFIGURED", "6" }, { "NOTRUNNING", "7" },
		{ "USAGE", "64" }, { "DATAERR", "65" }, { "NOINPUT", "66" },
		{ "NOUSER", "67" }, { "NOHOST", "68" },
		{ "UNAVAILABLE", "69" }, { "SOFTWARE", "70" },
		{ "OSERR", "71" }, { "OSFILE", "72" }, { "CANTCREAT", "73" },
		{ "IOERR", "74" }, { "TEMPFAIL", "75" }, { "PROTOCOL", "76" },
		{ "NOPERM", "77" }, { "CONFIG", "78" },
	};
	long long n;
	int signal;

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (text_same(codes[i].name, name))
			return codes[i].code;
	if (value_number(name, 10, 0, 255, &n))
		return name;
	signal = value_signal(name);
	return signal != VALUE_WRONG ? text_of("SIG%s", name +
	                               3 * text_starts(name, "SIG"))
	                             : NULL;
}

static void unit_statuses(struct unit *u, const char *key, const char *field)
{
	struct item *restart = unit_item(u, "Restart");
	bool never = restart == NULL || text_same(restart->value, "no");

	for (size_t i = 0; i < u->items.count; i++) {
		struct item *it = &u->items.item[i];
		const char *at = it->value, *word, *code;

		if (!text_same(it->key, key) || it->fate != FATE_OPEN)
			continue;
		if (never && text_same(field, ".never_retry")) {
			draft_drop(&u->draft, it, "it is never tried again");
			continue;
		}
		if (!unit_may(&u->draft, it))
			continue;
		while ((word = text_next(&at)) != NULL) {
			code = status_code(word);
			if (code != NULL)
				draft_list(&u->draft, it, field, code);
			else
				draft_decide(&u->draft, it, "what is '%s'? "
				             "write its number", word);
		}
	}
}

/* --- Time-outs */

/* The later one of two settings that mean the same. */
static struct item *later(struct item *a, struct item *b)
{
	return a == NULL || (b != NULL && b > a) ? b : a;
}

static void set_time(struct unit *u, struct item *it, const char *field,
                     const char *first)
{
	const char *text =
		it != NULL ? value_time(it->value, true, NULL) : first;

	draft_set(&u->draft, it, field, "%s", text);
}

static void unit_timeouts(struct unit *u)
{
	struct item *both = unit_item(u, "TimeoutSec");
	struct item *start = later(unit_item(u, "TimeoutStartSec"), both);
	struct item *stop = later(unit_item(u, "TimeoutStopSec"), both);

	if (draft_has(&u->draft, ".setup"))
		set_time(u, start, ".max_setup",
		         is_oneshot(u) ? "FOREVER" : value_ms(START_MS));
	if (draft_has(&u->draft, ".ready"))
		set_time(u, start, ".max_ready", value_ms(START_MS));
	if (draft_has(&u->draft, ".run"))
		set_time(u, stop, ".max_stop", value_ms(STOP_MS));
	if (draft_has(&u->draft, ".cleanup"))
		set_time(u, stop, ".max_cleanup", value_ms(STOP_MS));
	if (unit_item(u, "TimeoutStartSec") != NULL)
		draft_drop(&u->draft, unit_item(u, "TimeoutStartSec"),
		           "nothing here takes time to start");
	if (unit_item(u, "TimeoutStopSec") != NULL)
		draft_drop(&u->draft, unit_item(u, "TimeoutStopSec"),
		           "nothing here takes time to stop");
	if (both != NULL)
		draft_drop(&u->draft, both, "nothing here takes time");
}

static bool is_limit(const char *value)
{
	long long ms;

	return value_time(value, false, &ms) != NULL && ms > 0;
}

static bool notifies(const struct unit *u)
{
	const struct item *type = unit_item(u, "Type");

	return type != NULL && text_starts(type->value, "notify");
}

static void unit_notify(struct unit *u)
{
	struct item *watchdog = unit_item(u, "WatchdogSec");
	struct item *access = unit_item(u, "NotifyAccess");
	struct item *most = unit_item(u, "RuntimeMaxSec");
	struct draft *d = &u->draft;

	if (most != NULL && !is_limit(most->value))
		draft_drop(d, most, "this is so anyway");
	if (watchdog != NULL && !is_limit(watchdog->value))
		draft_drop(d, watchdog, "this is so anyway");
	else if (watchdog != NULL && notifies(u))
		set_time(u, watchdog, ".watchdog", "");
	if (!notifies(u)) {
		if (access != NULL && watchdog == NULL)
			draft_drop(d, access, "only Type=notify waits for a "
			                      "message");
		return;
	}
	if (access == NULL || text_same(access->value, "main") ||
	    text_same(access->value, "none"))
		draft_set(d, access, ".notify_from", "MAIN");
	else
		draft_set(d, access, ".notify_from", "ALL");
}

/* --- Kill...= */

static void unit_kill(struct unit *u)
{
	struct item *mode = unit_item(u, "KillMode");
	struct item *kill = unit_item(u, "SendSIGKILL");
	const char *how = mode != NULL ? mode->value : "control-group";
	struct draft *d = &u->draft;

	if (!draft_has(d, ".run")) {
		if (mode != NULL)
			draft_drop(d, mode, "there is no program to stop");
		if (kill != NULL)
			draft_drop(d, kill, "there is no program to stop");
		return;
	}
	if (text_same(how, "none"))
		draft_decide(d, mode, "nothing is left running here: the "
		             "process group ends, or all with .stop_all");
	else if (text_same(how, "process"))
		draft_set(d, mode, ".stop_all", "false");
	else
		draft_set(d, mode, ".stop_all", "true");
	if (kill != NULL && value_boolean(kill->value) == 0) {
		draft_set(d, kill, ".max_stop", "FOREVER");
		draft_note(d, "%s: what ignores the signal is waited for",
		           item_place(kill));
	}
}

static void unit_actions(struct unit *u)
{
	static const char *const keys[] = {
		"FailureAction", "SuccessAction", "StartLimitAction",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct item *it = unit_item(u, keys[i]);

		if (it != NULL && text_same(it->value, "none"))
			draft_drop(&u->draft, it, "this is so anyway");
	}
}

/* Restart=, time-outs, Kill...= and what else tells how it ends. */
void unit_end(struct unit *u)
{
	struct item *kill = unit_item(u, "SendSIGKILL");

	unit_restart(u);
	unit_statuses(u, "SuccessExitStatus", ".success");
	unit_statuses(u, "RestartPreventExitStatus", ".never_retry");
	unit_timeouts(u);
	unit_notify(u);
	unit_kill(u);
	unit_actions(u);
	if (kill != NULL && value_boolean(kill->value) == 1)
		draft_drop(&u->draft, kill, "this is so anyway");
}
