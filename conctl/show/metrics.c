/* SPDX-License-Identifier: MIT */
/* The command metrics: the rows of metric.def for a monitoring system. In
 * OpenMetrics 1.0, or with --classic in the text format of Prometheus before it
 * (0.0.4), which node_exporter's text files and promtool have: there a counter
 * is described by the whole name of its samples, and there is neither a unit
 * nor an end. Names of services need no escaping in a label (table_is_name()).
 * Knows no request. */
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/event.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/session/supervisord.h"
#include "conctl/session/usage.h"
#include "conctl/show/health.h"
#include "conctl/show/probation.h"
#include "conctl/show/show.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

#define ABSENT INT64_MIN

static bool has_usage;
static struct report report;
static bool runs;

/* What a sample is about: the service and its record, with BY_STATE and BY_KIND
 * the label. */
struct subject {
	uint32_t service, label;
	struct record record;
};

/* The functions of metric.def. */

static int64_t of_state(const struct subject *s)
{
	return s->record.phase.state == s->label;
}

static int64_t of_wanted(const struct subject *s)
{
	return target_wanted(s->record.phase.target);
}

static int64_t of_stale(const struct subject *s)
{
	return s->record.phase.stale;
}

static int64_t of_age(const struct subject *s)
{
	return (int64_t)record_age_ms(&s->record);
}

static int64_t of_uptime(const struct subject *s)
{
	return s->record.phase.state == STATE_UP ? of_age(s) : 0;
}

static int64_t of_healthy(const struct subject *s)
{
	return health_word(s->service, &s->record) != NULL
	               ? health_is_good(s->service, &s->record)
	               : ABSENT;
}

static int64_t of_failures(const struct subject *s)
{
	struct health h;

	return session_health(s->service, &s->record, &h) ? h.failures : ABSENT;
}

static int64_t of_attempt(const struct subject *s)
{
	return s->record.phase.attempt;
}

static int64_t of_ends(const struct subject *s)
{
	return session_ends(s->service, &s->record);
}

/* As FIELD(CODE) has it. */
static int64_t of_code(const struct subject *s)
{
	union ending e = s->record.ending;

	if (e.code == 0)
		return ABSENT;
	return e.code == ENDING_EXITED ? e.status : 128 + (int64_t)e.status;
}

static int64_t of_kind(const struct subject *s)
{
	return s->record.ending.code == 0
	               ? ABSENT
	               : s->record.ending.code == s->label + 1;
}

static int64_t of_processes(const struct subject *s)
{
	return has_usage ? usage_of(s->service).processes : ABSENT;
}

static int64_t of_memory(const struct subject *s)
{
	return has_usage ? (int64_t)usage_of(s->service).memory_bytes : ABSENT;
}

static int64_t of_cpu(const struct subject *s)
{
	return has_usage ? (int64_t)usage_of(s->service).cpu_ms : ABSENT;
}

static int64_t of_start(const struct subject *s)
{
	(void)s;
	return (int64_t)time_real_ms(session.head->session_ms);
}

static int64_t of_running(const struct subject *s)
{
	(void)s;
	return runs;
}

static int64_t of_starts(const struct subject *s)
{
	(void)s;
	return load(&session.live->starts);
}

static int64_t of_deaths(const struct subject *s)
{
	(void)s;
	return report.deaths;
}

static int64_t of_upgrades(const struct subject *s)
{
	(void)s;
	return report.images;
}

static int64_t of_successions(const struct subject *s)
{
	(void)s;
	return report.successions;
}

static int64_t of_probation(const struct subject *s)
{
	(void)s;
	return probation_read().stage == STAGE_PROBATION;
}

static int64_t of_rolled_back(const struct subject *s)
{
	(void)s;
	return probation_read().stage == STAGE_RESTORED;
}

static int64_t of_events(const struct subject *s)
{
	(void)s;
	return events_now();
}

enum type { GAUGE, COUNTER };
enum by { SESSION, SERVICE, STATE, KIND };
typedef int64_t metric_value(const struct subject *s);

static const struct metric {
	const char *name;
	enum type type;
	const char *unit;
	enum by by;
	metric_value *value;
	const char *help;
} metrics[] = {
#define METRIC(name, type, unit, by, value, help) \
	{ name, type, unit, by, value, help },
#include "conctl/show/metric.def"
#undef METRIC
};

enum { METRICS = sizeof(metrics) / sizeof(metrics[0]), KINDS = 3 };

static void name_write(const struct metric *m, bool whole)
{
	out_texts(&out_result, "connate_", m->name,
	          whole && m->type == COUNTER ? "_total" : "", NULL);
}

static void line_write(const struct metric *m, const char *what,
                       const char *text, bool classic)
{
	out_texts(&out_result, "# ", what, " ", NULL);
	name_write(m, classic);
	out_texts(&out_result, " ", text, "\n", NULL);
}

static void family_describe(const struct metric *m, bool classic)
{
	line_write(m, "TYPE", m->type == COUNTER ? "counter" : "gauge",
	           classic);
	if (!classic && m->unit[0] != '\0')
		line_write(m, "UNIT", m->unit, classic);
	line_write(m, "HELP", m->help, classic);
}

static void labels_write(const struct metric *m, const struct subject *s)
{
	static const char *const kinds[KINDS] = { "exited", "killed",
		                                  "dumped" };

	if (m->by == SESSION)
		return;
	out_texts(&out_result, "{service=\"",
	          table_name(session.table, s->service), "\"", NULL);
	if (m->by == STATE)
		out_texts(&out_result, ",state=\"", state_label[s->label], "\"",
		          NULL);
	if (m->by == KIND)
		out_texts(&out_result, ",kind=\"", kinds[s->label], "\"", NULL);
	out_text(&out_result, "}");
}

static void sample_write(size_t row, const struct subject *s)
{
	const struct metric *m = &metrics[row];
	int64_t value = metrics[row].value(s);

	if (value == ABSENT)
		return;
	name_write(m, true);
	labels_write(m, s);
	out_text(&out_result, " ");
	if (text_equal(m->unit, "seconds"))
		decimal_write(&out_result, (uint64_t)value);
	else
		out_number(&out_result, value);
	out_text(&out_result, "\n");
}

static void family_samples(size_t row)
{
	const struct metric *m = &metrics[row];
	uint32_t labels = m->by == STATE ? STATES : m->by == KIND ? KINDS : 1;
	struct subject s = { .service = chosen_next(0) };

	if (m->by == SESSION) {
		sample_write(row, &s);
		return;
	}
	for (; s.service != TABLE_NONE;
	     s.service = chosen_next(s.service + 1)) {
		s.record = session_record(s.service);
		for (s.label = 0; s.label < labels; s.label++)
			sample_write(row, &s);
	}
}

static void read_usage(void)
{
	int error = usage_read();
	struct digits d;

	has_usage = error >= 0;
	if (!has_usage)
		complain("metrics: memory and processor time of services are "
		         "left out, as /proc cannot be read for them: ",
		         error == -ENXIO ? "connate is in another pid namespace"
		                         : text_error(&d, error),
		         NULL);
}

/* metrics: prints the metrics of the session and of these services. */
int metrics_run(const struct order *o)
{
	enum supervisord_state state = supervisord_look(&report);

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	runs = state == SUPERVISORD_RUNS;
	read_usage();
	for (size_t k = 0; k < METRICS; k++) {
		family_describe(&metrics[k], o->classic);
		family_samples(k);
	}
	if (!o->classic)
		out_text(&out_result, "# EOF\n");
	return EXIT_DONE;
}
